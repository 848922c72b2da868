// Starts `unhang server` and lets VS Code talk to it.

"use strict";

const vscode = require("vscode");
const { LanguageClient, TransportKind } = require("vscode-languageclient/node");

/** @type {LanguageClient | undefined} */
let client;

/** The program, as the settings name it. */
function server() {
  const command = vscode.workspace.getConfiguration("unhang").get("path", "unhang");
  return { command, args: ["server"], transport: TransportKind.stdio };
}

async function start() {
  client = new LanguageClient("unhang", "unhang", server(), {
    documentSelector: [
      { scheme: "file", language: "python" },
      { scheme: "untitled", language: "python" },
      { scheme: "vscode-notebook-cell", language: "python" },
    ],
  });
  try {
    await client.start();
  } catch (error) {
    const choice = await vscode.window.showErrorMessage(
      `unhang does not start: ${error.message}. Is it installed, and is \`unhang.path\` right?`,
      "Open the settings",
    );
    if (choice) {
      await vscode.commands.executeCommand("workbench.action.openSettings", "unhang.path");
    }
  }
}

async function stop() {
  const old = client;
  client = undefined;
  // A server that never started cannot be stopped.
  await old?.stop().catch(() => undefined);
}

async function restart() {
  await stop();
  await start();
}

exports.activate = async (context) => {
  context.subscriptions.push(
    vscode.commands.registerCommand("unhang.restart", restart),
    vscode.commands.registerCommand("unhang.showLog", () => client?.outputChannel.show()),
    vscode.workspace.onDidChangeConfiguration((event) =>
      event.affectsConfiguration("unhang.path") ? restart() : undefined,
    ),
  );
  await start();
};

exports.deactivate = stop;
