#!/usr/bin/env bash
# Applies all fixes to copies of real applications and holds them to what must be true of each:
# every changed file compiles under CPython, no finding is left that had a fix, a second run changes
# nothing. Prints what changed, for people to read: would a maintainer take each hunk?
#
#   UNHANG=target/debug/unhang tests/fixes/real.sh FOLDER… > hunks.diff
#
# Needs git and python3, with PyYAML where a fix reaches into YAML. The folders themselves are never touched.
set -euo pipefail

unhang=$(realpath "${UNHANG:-target/release/unhang}")
copies=$(mktemp -d)
trap 'rm -rf "$copies"' EXIT
wrong=0

complain() {
    printf 'WRONG: %s\n' "$*" >&2
    wrong=1
}

# How many findings a machine could end, of the folder we are in. In a notebook only an editor can,
# which knows its cells.
fixable() {
    "$unhang" check --isolated --exit-zero --quiet --format json |
        python3 -c 'import json, sys; print(sum(bool(f["fixes"]) and not f["path"].endswith(".ipynb") for f in json.load(sys.stdin)["findings"]))'
}

for folder in "$@"; do
    name=$(basename "$folder")
    copy=$copies/$name
    cp -rL "$folder" "$copy"
    cd "$copy"
    rm -rf .git
    git init -q .
    git add -Af . && git -c user.name=fixes -c user.email=fixes@localhost commit -qm before
    before=$(fixable)
    said=$("$unhang" check --isolated --exit-zero --fix --unsafe-fixes 2>&1 >/dev/null) ||
        complain "$name: $said"
    mapfile -t changed < <(git diff --name-only -- '*.py')
    for file in "${changed[@]}"; do
        if git show "HEAD:$file" | python3 -W ignore -c 'import sys; compile(sys.stdin.buffer.read(), "before", "exec")' 2>/dev/null; then
            python3 -W ignore -m compileall -q -f "$file" || complain "$name: $file does not compile"
        fi
    done
    for file in $(git diff --name-only -- '*.toml'); do
        python3 -c 'import sys, tomllib; tomllib.load(open(sys.argv[1], "rb"))' "$file" || complain "$name: $file is no TOML"
    done
    for file in $(git diff --name-only -- '*.yml' '*.yaml'); do
        python3 -c 'import sys, yaml; list(yaml.safe_load_all(open(sys.argv[1])))' "$file" || complain "$name: $file is no YAML"
    done
    after=$(fixable)
    [ "$after" = 0 ] || complain "$name: $after findings with a fix are left"
    git diff >"$copies/$name.diff"
    "$unhang" check --isolated --exit-zero --quiet --fix --unsafe-fixes >/dev/null
    git diff | cmp -s - "$copies/$name.diff" || complain "$name: a second run changes something"
    printf '%s: %s fixable,%s\n' "$name" "$before" "$(git diff --shortstat)" >&2
    cat "$copies/$name.diff"
    cd - >/dev/null
    rm -rf "$copy"
done
exit "$wrong"
