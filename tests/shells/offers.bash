#!/usr/bin/env bash
# The completions that bash offers with the script $1 for the line $2.
source "$1"
read -ra COMP_WORDS <<<"$2"
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_unhang unhang "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
printf '%s\n' "${COMPREPLY[@]}"
# What the shell adds by itself where the script knows nothing (`complete -o default`).
[ "${#COMPREPLY[@]}" -gt 0 ] || compgen -f -- "${COMP_WORDS[COMP_CWORD]}"
