#!/usr/bin/env zsh
# The completions that zsh offers with the script $1 for the line $2, in a terminal of its own.
zmodload zsh/zpty
folder=$(mktemp -d)
cp $1 $folder/_unhang
# What the terminal says until it has been silent for so many seconds.
said() {
    local piece silent=0
    while ((silent < $1)); do
        if zpty -r -t shell piece; then print -rn -- $piece; silent=0; else sleep 1; ((silent += 1)); fi
    done
}
zpty shell zsh -f -i
zpty -w shell "fpath=($folder \$fpath); autoload -U compinit; compinit -u -d $folder/dump; LISTMAX=0; PS1='REA%{%}DY> '"
start=
while [[ $start != *READY\>* ]]; do start+=$(said 1); done
zpty -w -n shell "$2"$'\t\t'
said 2
zpty -d shell
rm -r $folder
