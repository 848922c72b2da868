" Reads `unhang check --format concise` as people's settings would, and prints what vim understood.
set errorformat=%f:%l:%c:\ %t%*[a-z][%*[^]]]\ %m
cgetfile $CONCISE
let s:lines = []
for s:item in getqflist()
  call add(s:lines, join([s:item.valid, bufname(s:item.bufnr), s:item.lnum, s:item.col, s:item.type, s:item.text], '|'))
endfor
call writefile(s:lines, $UNDERSTOOD)
qall!
