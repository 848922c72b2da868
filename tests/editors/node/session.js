// A client of VS Code's own protocol library asks for diagnostics, in both encodings.
//
//     cd tests/editors/node && npm ci && UNHANG=../../../target/debug/unhang npm test

"use strict";

const assert = require("node:assert");
const { spawn } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { pathToFileURL } = require("node:url");
const rpc = require("vscode-jsonrpc/node");
const lsp = require("vscode-languageserver-protocol");

const PROGRAM = path.resolve(process.env.UNHANG ?? path.join(__dirname, "../../../target/debug/unhang"));

// The finding stands behind a crab: four bytes, two UTF-16 units.
const CHAIN = `from langchain_openai import ChatOpenAI

from settings import TIMEOUT

llm = ChatOpenAI(model="🦀", timeout=TIMEOUT)
llm.invoke("hello")
`;
const LINE = 4;
const BEFORE = 'llm = ChatOpenAI(model="🦀", ';

async function session(encoding) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "unhang-"));
  fs.writeFileSync(path.join(folder, "settings.py"), "TIMEOUT = None\n");
  fs.writeFileSync(path.join(folder, "chain.py"), CHAIN);
  const uri = (name) => pathToFileURL(path.join(folder, name)).href;

  const server = spawn(PROGRAM, ["server"], { stdio: ["pipe", "pipe", "inherit"] });
  const connection = rpc.createMessageConnection(
    new rpc.StreamMessageReader(server.stdout),
    new rpc.StreamMessageWriter(server.stdin),
  );
  let refreshes = 0;
  connection.onRequest(lsp.DiagnosticRefreshRequest.type, () => {
    refreshes += 1;
    return null;
  });
  connection.onRequest(lsp.RegistrationRequest.type, () => null);
  connection.onNotification(lsp.PublishDiagnosticsNotification.type, () => {
    assert.fail("whoever asks for diagnostics is not sent any");
  });
  connection.listen();

  const { capabilities } = await connection.sendRequest(lsp.InitializeRequest.type, {
    processId: process.pid,
    rootUri: null,
    workspaceFolders: [{ uri: pathToFileURL(folder).href, name: "it" }],
    capabilities: {
      general: { positionEncodings: [encoding] },
      textDocument: { diagnostic: { dynamicRegistration: false } },
      workspace: {
        diagnostics: { refreshSupport: true },
        didChangeWatchedFiles: { dynamicRegistration: true },
      },
    },
  });
  assert.strictEqual(capabilities.positionEncoding, encoding);
  await connection.sendNotification(lsp.InitializedNotification.type, {});

  const open = (name, text) =>
    connection.sendNotification(lsp.DidOpenTextDocumentNotification.type, {
      textDocument: { uri: uri(name), languageId: "python", version: 1, text },
    });
  const pull = (name, previousResultId) =>
    connection.sendRequest(lsp.DocumentDiagnosticRequest.type, {
      textDocument: { uri: uri(name) },
      previousResultId,
    });

  await open("chain.py", CHAIN);
  const first = await pull("chain.py");
  assert.strictEqual(first.kind, "full");
  assert.strictEqual(first.items.length, 1);
  const [finding] = first.items;
  const columns = encoding === "utf-8" ? Buffer.byteLength(BEFORE) : BEFORE.length;
  assert.deepStrictEqual(finding.range.start, { line: LINE, character: columns });
  assert.strictEqual(finding.code, "timeout-disabled");

  // All files at once, then only what is new.
  const all = await connection.sendRequest(lsp.WorkspaceDiagnosticRequest.type, {
    previousResultIds: [],
  });
  const known = all.items.map((it) => ({ uri: it.uri, value: it.resultId }));
  assert.deepStrictEqual(all.items.map((it) => it.uri), [uri("chain.py")]);
  const same = await pull("chain.py", known[0].value);
  assert.strictEqual(same.kind, "unchanged");

  const news = connection.sendRequest(lsp.WorkspaceDiagnosticRequest.type, {
    previousResultIds: known,
  });
  await open("settings.py", "TIMEOUT = None\n");
  await connection.sendNotification(lsp.DidChangeTextDocumentNotification.type, {
    textDocument: { uri: uri("settings.py"), version: 2 },
    contentChanges: [
      {
        range: { start: { line: 0, character: 10 }, end: { line: 0, character: 14 } },
        text: "30",
      },
    ],
  });
  const { items } = await news;
  const chain = items.find((it) => it.uri === uri("chain.py"));
  assert.deepStrictEqual(chain.items, []);
  while (refreshes === 0) {
    await new Promise((done) => setTimeout(done, 10));
  }

  // A question that is taken back.
  const source = new rpc.CancellationTokenSource();
  const parked = connection.sendRequest(
    lsp.WorkspaceDiagnosticRequest.type,
    { previousResultIds: [] },
    source.token,
  );
  source.cancel();
  await assert.rejects(parked, (it) => it.code === lsp.LSPErrorCodes.RequestCancelled);

  await connection.sendRequest(lsp.ShutdownRequest.type);
  await connection.sendNotification(lsp.ExitNotification.type);
  const code = await new Promise((done) => server.on("exit", done));
  assert.strictEqual(code, 0);
  connection.dispose();
  fs.rmSync(folder, { recursive: true });
  console.log(`${encoding}: all well`);
}

(async () => {
  for (const encoding of ["utf-8", "utf-16"]) {
    await session(encoding);
  }
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
