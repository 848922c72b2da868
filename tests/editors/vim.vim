" Vim reads what `unhang check --format concise` writes, and jumps to the findings.
"
"     vim -Nes -u NONE -S tests/editors/vim.vim
"
" `UNHANG` names the program, target/debug/unhang by default.

let s:program = fnamemodify(empty($UNHANG) ? 'target/debug/unhang' : $UNHANG, ':p')
let s:folder = tempname()
call mkdir(s:folder, 'p')
execute 'cd' s:folder
call writefile([
  \ 'from langchain_openai import ChatOpenAI',
  \ '',
  \ 'llm = ChatOpenAI(model="🦀: a", timeout=None)',
  \ 'llm.invoke("hello")',
  \ ], 'chain.py')

" The two settings of editors/README.md.
let &makeprg = s:program . ' check --quiet --format concise'
set errorformat=%f:%l:%c:\ %trror[%o]\ %m,%f:%l:%c:\ %tarning[%o]\ %m,%f:%l:%c:\ %tote[%o]\ %m

silent make!
let s:found = getqflist()
function s:check(what, expected, found)
  if a:expected !=# a:found
    call writefile(['vim: ' . a:what . ' is ' . string(a:found)], '/dev/stderr', 'a')
    cquit
  endif
endfunction
call s:check('the number of findings', 1, len(s:found))
let s:first = s:found[0]
call s:check('the file', 'chain.py', fnamemodify(bufname(s:first.bufnr), ':t'))
call s:check('the line', 3, s:first.lnum)
call s:check('the kind', 'e', s:first.type)
call s:check('the rule', 'timeout-disabled', s:first.module)
call writefile(['vim: ' . s:first.text, 'vim ' . v:version . ': all well'], '/dev/stdout', 'a')
call delete(s:folder, 'rf')
qall!
