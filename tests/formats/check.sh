#!/usr/bin/env bash
# Holds reports against the programs that read them: SARIF against Microsoft's validator with the
# rules of GitHub's code scanning, rdjson against a validator of that format, GitLab's and JUnit's
# against Python readers, concise against vim. On an empty folder, each app in fixtures/apps, and
# each folder that is named. Wants npm, python3 and vim, and the network at the first run.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
tools=${TMPDIR:-/tmp}/unhang-formats
mkdir -p "$tools"
cp "$here/package.json" "$here/requirements.txt" "$tools"
[ -d "$tools/node_modules" ] || npm install --prefix "$tools" --no-audit --no-fund --silent
[ -d "$tools/venv" ] || python3 -m venv "$tools/venv"
"$tools/venv/bin/pip" install --quiet --requirement "$tools/requirements.txt"
# The package's own starter loses quotes, so the program is started itself.
multitool=$(echo "$tools"/node_modules/@microsoft/sarif-multitool-*/Sarif.Multitool)
chmod u+x "$multitool"
cargo build --quiet --locked --manifest-path "$root/Cargo.toml"
unhang=${CARGO_TARGET_DIR:-$root/target}/debug/unhang

empty=$(mktemp -d)
folders=("$empty" "$root"/fixtures/apps/*/)
for folder in "$@"; do folders+=("$(cd "$folder" && pwd)"); done
for folder in "${folders[@]}"; do
    printf '== %s\n' "$(basename "$folder")"
    out=$(mktemp -d)
    for format in json sarif rdjson gitlab junit checkstyle concise; do
        (cd "$folder" && "$unhang" check --isolated --preview --fail-on never --quiet \
            --format "$format" > "$out/$format")
    done
    cp "$out/sarif" "$out/log.sarif"
    # Notes are the validator's taste (numeric rule ids, snippets); warnings and errors fail.
    verdict=$("$multitool" validate "$out/log.sarif" --rule-kind 'Sarif;Ghas' \
        --level 'Error;Warning' --kind Fail 2>&1) || { echo "$verdict"; exit 1; }
    if grep -E ': (warning|error) ' <<< "$verdict"; then exit 1; fi
    echo "sarif: no error, no warning"
    "$tools/node_modules/.bin/rdformat-validator" --strict --no-extra-fields --silent "$out/rdjson"
    echo "rdjson: valid"
    (cd "$folder" && CONCISE="$out/concise" UNDERSTOOD="$out/quickfix" \
        vim -Nu NONE -es -S "$here/quickfix.vim")
    "$tools/venv/bin/python" "$here/readers.py" "$out"
    rm -r "$out"
done
rmdir "$empty"
