" Vim with the plugin ALE shows the diagnostics of the server.
"
"     vim -Nes -u NONE -S tests/editors/ale.vim
"
" `UNHANG` names the program, target/debug/unhang by default, and `ALE` the folder of the plugin.

let s:program = fnamemodify(empty($UNHANG) ? 'target/debug/unhang' : $UNHANG, ':p')
let s:folder = tempname()
call mkdir(s:folder, 'p')
execute 'cd' s:folder
call writefile([
  \ 'from langchain_openai import ChatOpenAI',
  \ '',
  \ 'llm = ChatOpenAI(model="gpt-4o", timeout=None)',
  \ 'llm.invoke("hello")',
  \ ], 'chain.py')

set nocompatible
filetype plugin on
execute 'set runtimepath^=' . (empty($ALE) ? '/usr/share/vim-ale' : $ALE)
let g:ale_linters = {'python': ['unhang']}
runtime plugin/ale.vim
call ale#linter#Define('python', {
\   'name': 'unhang',
\   'lsp': 'stdio',
\   'executable': s:program,
\   'command': '%e server',
\   'project_root': {buffer -> getcwd()},
\})

edit chain.py
set filetype=python
call ale#Queue(0)
let s:tries = 0
while empty(getloclist(0)) && s:tries < 600
  sleep 50m
  let s:tries += 1
endwhile
let s:found = getloclist(0)
if len(s:found) != 1 || s:found[0].lnum != 3 || s:found[0].text !~# 'waits for ever'
  call writefile(['ale: found is ' . string(s:found)], '/dev/stderr', 'a')
  cquit
endif
call writefile(['ale: ' . s:found[0].text, 'ale with vim ' . v:version . ': all well'], '/dev/stdout', 'a')
call delete(s:folder, 'rf')
qall!
