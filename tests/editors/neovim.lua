-- Neovim without a screen shows the diagnostics of the server and applies a code action.
--
--     nvim --headless --clean -c 'luafile tests/editors/neovim.lua'
--
-- `UNHANG` names the program, `target/debug/unhang` by default.

local program = vim.fn.fnamemodify(os.getenv("UNHANG") or "target/debug/unhang", ":p")
local folder = vim.fn.tempname()
vim.fn.mkdir(folder, "p")

local function write(name, lines)
  vim.fn.writefile(lines, folder .. "/" .. name)
end

local function fail(why)
  io.stderr:write("neovim: " .. why .. "\n")
  vim.cmd("cquit 1")
end

local function wait(what, wanted)
  if not vim.wait(30000, wanted, 20) then
    fail(what .. ": " .. vim.inspect(vim.diagnostic.get()))
  end
end

write("settings.py", { "TIMEOUT = None" })
write("chain.py", {
  "from langchain_openai import ChatOpenAI",
  "",
  "from settings import TIMEOUT",
  "",
  'llm = ChatOpenAI(model="🦀", timeout=TIMEOUT)',
  'llm.invoke("hello")',
})

write("unhang.toml", {})

-- The setup of editors/README.md, and by hand where Neovim is too old for it.
local by_hand
if vim.lsp.config then
  vim.lsp.config("unhang", {
    cmd = { program, "server" },
    filetypes = { "python" },
    root_markers = { "unhang.toml", "pyproject.toml", ".git" },
  })
  vim.lsp.enable("unhang")
else
  by_hand = vim.lsp.start_client({
    name = "unhang",
    cmd = { program, "server" },
    root_dir = folder,
    workspace_folders = { { uri = vim.uri_from_fname(folder), name = "it" } },
  })
end

local function open(name)
  vim.cmd("edit " .. folder .. "/" .. name)
  local buffer = vim.api.nvim_get_current_buf()
  if by_hand then
    vim.lsp.buf_attach_client(buffer, by_hand)
  end
  return buffer
end

local chain = open("chain.py")

local function shown()
  return vim.diagnostic.get(chain)
end

-- The finding stands behind a crab, which has four bytes, two UTF-16 units and one character.
wait("one diagnostic", function()
  return #shown() == 1
end)
local first = shown()[1]
local line = vim.api.nvim_buf_get_lines(chain, first.lnum, first.lnum + 1, false)[1]
local marked = line:sub(first.col + 1, first.end_col)
if marked ~= "timeout=TIMEOUT" then
  fail("marked is `" .. marked .. "`")
end
print("shown: " .. first.message:gsub("\n", " / ") .. "\n")

-- A change in another file that is not even saved.
local settings = open("settings.py")
vim.api.nvim_buf_set_lines(settings, 0, 1, false, { "TIMEOUT = 30" })
wait("gone after a change in settings.py", function()
  return #shown() == 0
end)
vim.api.nvim_buf_set_lines(settings, 0, 1, false, { "TIMEOUT = None" })
wait("back after another change", function()
  return #shown() == 1
end)
print("followed settings.py\n")

-- The action that suppresses it.
vim.cmd("buffer " .. chain)
local client = by_hand and vim.lsp.get_client_by_id(by_hand) or vim.lsp.get_clients({ bufnr = chain })[1]
local id = client.id
local place = { line = first.lnum, character = 30 }
local params = {
  textDocument = vim.lsp.util.make_text_document_params(chain),
  range = { start = place, ["end"] = place },
  context = { diagnostics = {} },
}
local answer = client.request_sync("textDocument/codeAction", params, 30000, chain)
local chosen
for _, action in ipairs(answer.result) do
  print("offered: " .. action.title .. "\n")
  if action.title:find("^Suppress") then
    chosen = action
  end
end
if not chosen then
  fail("no action suppresses")
end
vim.lsp.util.apply_workspace_edit(chosen.edit, client.offset_encoding)
local applied = vim.api.nvim_buf_get_lines(chain, first.lnum, first.lnum + 1, false)[1]
print("applied: " .. applied .. "\n")
wait("gone after the action", function()
  return #shown() == 0
end)

vim.lsp.stop_client(id)
vim.wait(1000, function()
  return vim.lsp.get_client_by_id(id) == nil
end, 20)
vim.fn.delete(folder, "rf")
print("neovim " .. tostring(vim.version().major) .. "." .. vim.version().minor .. ": all well\n")
vim.cmd("qall!")
