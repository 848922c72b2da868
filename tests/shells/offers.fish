#!/usr/bin/env fish
# The completions that fish offers with the script $argv[1] for the line $argv[2].
source $argv[1]
complete -C $argv[2]
