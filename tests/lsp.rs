//! What an editor sees: sessions over the real protocol say what `check` says, whatever comes.

#[path = "support/editor.rs"]
mod editor;
#[path = "support/tree.rs"]
#[allow(dead_code)]
mod tree;

use std::fs;

use serde_json::{Value, json};

use editor::Editor;
use proptest::prelude::*;
use tree::{ENDS, HANGS, Tree};

const RULE: &str = "timeout-disabled";

/// A client whose timeout is a constant of another file.
const SETTINGS: &str = "TIMEOUT = None\n";
const CHAIN: &str = "\
from langchain_openai import ChatOpenAI

from settings import TIMEOUT

llm = ChatOpenAI(model=\"gpt-4o-mini\", timeout=TIMEOUT)
llm.invoke(\"hello\")
";

fn two_files() -> Tree {
    Tree::new(&[
        ("settings.py", SETTINGS.as_bytes()),
        ("chain.py", CHAIN.as_bytes()),
    ])
}

/// A client that is sent diagnostics, and understands all of them.
fn pushed() -> Value {
    json!({"textDocument": {"publishDiagnostics": {
        "relatedInformation": true, "tagSupport": {"valueSet": [1, 2]},
    }}})
}

/// A client that asks for diagnostics, and counts columns in bytes or in UTF-16.
fn pulling(encoding: &str) -> Value {
    json!({
        "general": {"positionEncodings": [encoding, "utf-16"]},
        "textDocument": {"diagnostic": {"relatedInformation": true}},
        "workspace": {"diagnostics": {"refreshSupport": true}},
    })
}

/// Path, line, column and rule of all findings, as `check` reports them: lines and columns from 1.
fn checked(tree: &Tree) -> Vec<(String, u64, u64, String)> {
    let outcome = tree.run(&["check", "--format", "json"]);
    let report: Value = serde_json::from_str(&outcome.out).expect("it is JSON");
    let findings = report["findings"].as_array().expect("there is a list");
    findings
        .iter()
        .map(|it| {
            let text = |key: &str| it[key].as_str().unwrap_or_default().to_owned();
            let start = |key: &str| it["start"][key].as_u64().unwrap_or_default();
            (text("path"), start("line"), start("column"), text("rule"))
        })
        .collect()
}

/// The same of what was published, for texts in which a column counts the same in all units.
fn seen(editor: &Editor) -> Vec<(String, u64, u64, String)> {
    let mut all = Vec::new();
    for (path, diagnostics) in &editor.published {
        for it in diagnostics.as_array().expect("there is a list") {
            let start = |key: &str| it["range"]["start"][key].as_u64().unwrap_or_default() + 1;
            let rule = it["code"].as_str().unwrap_or_default().to_owned();
            all.push((path.clone(), start("line"), start("character"), rule));
        }
    }
    all
}

#[test]
fn a_session_publishes_what_check_reports() {
    let apps = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/apps");
    let mut files = Vec::new();
    for entry in walkdir::WalkDir::new(&apps).sort_by_file_name() {
        let entry = entry.expect("fixtures can be listed");
        if entry.file_type().is_file() {
            let path = entry.path().strip_prefix(&apps).expect("it lies below");
            let path = path.to_string_lossy().replace('\\', "/");
            files.push((path, fs::read(entry.path()).expect("it can be read")));
        }
    }
    let files: Vec<(&str, &[u8])> = files.iter().map(|it| (&*it.0, &*it.1)).collect();
    let tree = Tree::new(&files);
    let expected = checked(&tree);
    assert!(expected.len() > 5, "{expected:#?}");
    let mut editor = Editor::open(&tree, &pushed());
    editor.wait("all that `check` reports", |it| seen(it) == expected);
    assert_eq!(editor.close(), Some(0));
}

#[test]
fn a_change_in_one_file_is_seen_in_another() {
    let tree = two_files();
    let mut editor = Editor::open(&tree, &pushed());
    editor.wait("found on the disk", |it| it.rules("chain.py") == [RULE]);
    let related = &editor.published["chain.py"][0]["relatedInformation"];
    let shown = related.as_array().into_iter().flatten();
    let files: Vec<_> = shown.map(|it| it["location"]["uri"].clone()).collect();
    assert!(
        files.contains(&editor.uri("settings.py").into()),
        "{related:#?}"
    );

    editor.did_open("settings.py", SETTINGS);
    editor.type_at("settings.py", (0, 10), (0, 14), "30");
    editor.wait("repaired", |it| it.rules("chain.py").is_empty());
    editor.type_at("settings.py", (0, 10), (0, 12), "None");
    editor.wait("broken again", |it| it.rules("chain.py") == [RULE]);
    editor.type_at("settings.py", (0, 10), (0, 14), "20");
    editor.wait("repaired again", |it| it.rules("chain.py").is_empty());
    let closed = json!({"textDocument": {"uri": editor.uri("settings.py")}});
    editor.tell("textDocument/didClose", closed);
    editor.wait("as on the disk", |it| it.rules("chain.py") == [RULE]);
    assert_eq!(editor.close(), Some(0));
}

#[test]
fn a_client_that_asks_gets_the_same_in_both_encodings() {
    let text = format!("x = '🦀é'; {}", HANGS.replace('\n', "\n# é\n"));
    let at = "llm = ChatOpenAI(model='🦀', timeout=None); llm.invoke('x')\n";
    let text = format!("{text}x = '🦀é'; {at}");
    let tree = Tree::new(&[("a b.py", text.as_bytes())]);
    for (encoding, columns) in [("utf-8", 45), ("utf-16", 40)] {
        let mut editor = Editor::open(&tree, &pulling(encoding));
        assert_eq!(
            editor.abilities["capabilities"]["positionEncoding"],
            encoding
        );
        editor.did_open("a b.py", &text);
        let params = json!({"textDocument": {"uri": editor.uri("a b.py")}});
        let answer = editor.ask("textDocument/diagnostic", params);
        let last = answer["items"].as_array().and_then(|it| it.last());
        let start = &last.expect("there is a finding")["range"]["start"];
        assert_eq!(start["character"], columns, "{encoding}: {answer:#?}");
        assert!(editor.published.is_empty());
        assert_eq!(editor.close(), Some(0));
    }
}

#[test]
fn what_did_not_change_is_not_sent_twice() {
    let tree = two_files();
    let mut editor = Editor::open(&tree, &pulling("utf-8"));
    let first = editor.ask("workspace/diagnostic", json!({"previousResultIds": []}));
    let item = &first["items"][0];
    assert_eq!(item["uri"], editor.uri("chain.py"));
    assert_eq!(item["items"][0]["code"], RULE);
    let known = json!({"uri": item["uri"], "value": item["resultId"]});
    let params =
        json!({"textDocument": {"uri": item["uri"]}, "previousResultId": item["resultId"]});
    let same = editor.ask("textDocument/diagnostic", params);
    assert_eq!(same["kind"], "unchanged", "{same:#?}");

    let parked = editor.ask_only(
        "workspace/diagnostic",
        json!({"previousResultIds": [known]}),
    );
    editor.did_open("settings.py", SETTINGS);
    editor.type_at("settings.py", (0, 10), (0, 14), "30");
    let news = editor.answer(&parked);
    let chain = news["items"].as_array().into_iter().flatten();
    let chain: Vec<_> = chain.filter(|it| it["uri"] == item["uri"]).collect();
    assert_eq!(chain[0]["items"], json!([]), "{news:#?}");
}

#[test]
fn a_question_that_is_taken_back_is_answered_at_once() {
    let mut editor = Editor::open(&two_files(), &pulling("utf-8"));
    editor.ask("workspace/diagnostic", json!({"previousResultIds": []}));
    let parked = editor.ask_only("workspace/diagnostic", json!({"previousResultIds": []}));
    let id = serde_json::to_value(&parked).expect("an id is JSON");
    editor.tell("$/cancelRequest", json!({"id": id}));
    assert_eq!(editor.answer(&parked), -32800);
}

/// The actions at the start of a line, by their titles.
fn actions(editor: &mut Editor, path: &str, line: u32, only: &[&str]) -> Vec<(String, Value)> {
    let place = json!({"line": line, "character": 8});
    let mut context = json!({"diagnostics": []});
    if !only.is_empty() {
        context["only"] = json!(only);
    }
    let params = json!({
        "textDocument": {"uri": editor.uri(path)},
        "range": {"start": place, "end": place},
        "context": context,
    });
    let answer = editor.ask("textDocument/codeAction", params);
    let all = answer.as_array().expect("there is a list").clone();
    let title = |it: &Value| it["title"].as_str().unwrap_or_default().to_owned();
    all.into_iter().map(|it| (title(&it), it)).collect()
}

#[test]
fn a_finding_can_be_suppressed_with_a_reason() {
    let tree = Tree::new(&[("app.py", HANGS.as_bytes())]);
    let mut editor = Editor::open(&tree, &pushed());
    editor.did_open("app.py", HANGS);
    let all = actions(&mut editor, "app.py", 3, &["quickfix"]);
    let (_, action) = all
        .iter()
        .find(|it| it.0.starts_with("Suppress"))
        .expect("it is offered");
    let uri = editor.uri("app.py");
    let edit = &action["edit"]["changes"][uri.as_str()][0];
    let place = &edit["range"]["start"];
    let (line, column) = (place["line"].as_u64(), place["character"].as_u64());
    assert_eq!((line, column), (Some(3), Some(51)), "{edit:#?}");
    let text = edit["newText"].as_str().expect("it inserts").to_owned();
    assert_eq!(text, format!("  # unhang: ignore[{RULE}] -- reason"));
    editor.type_at("app.py", (3, 51), (3, 51), &text);
    editor.wait("suppressed", |it| {
        it.published.contains_key("app.py") && it.rules("app.py").is_empty()
    });
    assert_eq!(actions(&mut editor, "app.py", 4, &[]), []);
    assert_eq!(actions(&mut editor, "app.py", 3, &["refactor"]), []);
}

#[test]
fn a_long_statement_is_suppressed_above_it() {
    let text = HANGS.replace("timeout=None)", "# why\n    timeout=None,\n)");
    let tree = Tree::new(&[("app.py", text.as_bytes())]);
    let mut capabilities = pushed();
    capabilities["workspace"] = json!({"workspaceEdit": {"documentChanges": true}});
    let mut editor = Editor::open(&tree, &capabilities);
    editor.did_open("app.py", &text);
    let all = actions(&mut editor, "app.py", 4, &[]);
    let action = &all.iter().find(|it| it.0.starts_with("Suppress"));
    let change = &action.expect("it is offered").1["edit"]["documentChanges"][0];
    assert_eq!(change["textDocument"]["version"], 1);
    let edit = &change["edits"][0];
    assert_eq!(edit["range"]["start"], json!({"line": 3, "character": 0}));
    let comment = edit["newText"].as_str().expect("it inserts").to_owned();
    editor.type_at("app.py", (3, 0), (3, 0), &comment);
    editor.wait("suppressed", |it| {
        it.published.contains_key("app.py") && it.rules("app.py").is_empty()
    });
}

/// The text after the edits of an action in one file; lines and columns of plain ASCII.
fn applied(text: &str, action: &Value, uri: &str) -> String {
    let edits = action["edit"]["changes"][uri].as_array();
    let mut edits: Vec<(usize, usize, &str)> = edits
        .expect("it edits the file")
        .iter()
        .map(|edit| {
            let at = |key: &str| {
                let number = |of: &str| edit["range"][key][of].as_u64().expect("a number");
                let lines = text.split_inclusive('\n').map(str::len);
                let above = lines.take(usize::try_from(number("line")).expect("it is small"));
                above.sum::<usize>() + usize::try_from(number("character")).expect("it is small")
            };
            let new = edit["newText"].as_str().expect("it is a text");
            (at("start"), at("end"), new)
        })
        .collect();
    edits.sort_unstable();
    let mut text = text.to_owned();
    for (start, end, new) in edits.into_iter().rev() {
        text.replace_range(start..end, new);
    }
    text
}

/// The action of that title, which is applied to a file and ends its finding.
fn repaired(text: &str, line: u32, title: &str) -> (String, Value) {
    let tree = Tree::new(&[("app.py", text.as_bytes())]);
    let mut editor = Editor::open(&tree, &pushed());
    editor.did_open("app.py", text);
    let all = actions(&mut editor, "app.py", line, &["quickfix"]);
    let found = all.iter().find(|it| it.0 == title);
    let (_, action) = found.unwrap_or_else(|| panic!("{title} is not offered: {all:#?}"));
    let code = action["diagnostics"][0]["code"].clone();
    let new = applied(text, action, &editor.uri("app.py"));
    let last = u32::try_from(text.lines().count()).expect("it is short");
    editor.type_at("app.py", (0, 0), (last, 0), &new);
    editor.wait("repaired", |it| {
        it.published.contains_key("app.py") && !it.rules("app.py").iter().any(|it| code == *it)
    });
    assert_eq!(editor.close(), Some(0));
    (new, action.clone())
}

#[test]
fn a_fix_is_applied_by_the_editor() {
    let (new, action) = repaired(HANGS, 3, "Write `30` instead of `None`");
    assert_eq!(new, HANGS.replace("timeout=None", "timeout=30"));
    assert_eq!(
        action["isPreferred"], false,
        "it changes what the program does"
    );

    let moved = "\
from langchain_ollama import ChatOllama

llm = ChatOllama(model=\"llama3.2\", timeout=20)
llm.invoke(\"hello\")
";
    let title = "Write `client_kwargs={\"timeout\": 20}` instead of `timeout=20`";
    let (new, action) = repaired(moved, 2, title);
    let kwargs = "client_kwargs={\"timeout\": 20}";
    assert_eq!(new, moved.replace("timeout=20", kwargs));
    assert_eq!(action["isPreferred"], true);
}

#[test]
fn a_fix_brings_the_import_it_needs() {
    let text = "\
from langchain_openai import ChatOpenAI
from tenacity import retry, stop_after_attempt

llm = ChatOpenAI(model=\"gpt-4o-mini\", timeout=30, max_retries=0)


@retry(stop=stop_after_attempt(3))
def ask():
    return llm.invoke(\"hello\")
";
    let (new, _) = repaired(text, 6, "Add `wait=wait_random_exponential(max=20)`");
    let import = "import retry, stop_after_attempt, wait_random_exponential\n";
    assert!(new.contains(import), "{new}");
    let call = "@retry(stop=stop_after_attempt(3), wait=wait_random_exponential(max=20))\n";
    assert!(new.contains(call), "{new}");
}

#[test]
fn everything_that_is_safe_is_fixed_at_once() {
    let unused = ")  # unhang: ignore[timeout-disabled] -- long ago\n";
    let text = ENDS.replace(")\n", unused);
    let tree = Tree::new(&[("app.py", text.as_bytes())]);
    let mut editor = Editor::open(&tree, &pushed());
    editor.did_open("app.py", &text);
    let all = actions(&mut editor, "app.py", 0, &["source.fixAll"]);
    let [(_, action)] = all.as_slice() else {
        panic!("one action: {all:#?}");
    };
    assert_eq!(applied(&text, action, &editor.uri("app.py")), ENDS);
}

#[test]
fn the_page_of_a_rule_can_be_read() {
    let tree = Tree::new(&[("app.py", HANGS.as_bytes())]);
    let mut capabilities = pushed();
    capabilities["window"] = json!({"showDocument": {"support": true}});
    let mut editor = Editor::open(&tree, &capabilities);
    editor.did_open("app.py", HANGS);
    let all = actions(&mut editor, "app.py", 3, &[]);
    let (_, action) = all
        .iter()
        .find(|it| it.0.starts_with("Open"))
        .expect("it is offered");
    let (command, arguments) = (
        &action["command"]["command"],
        &action["command"]["arguments"],
    );
    let params = json!({"command": command, "arguments": arguments});
    assert_eq!(editor.ask("workspace/executeCommand", params), Value::Null);
    let shown = editor.heard.iter().any(
        |it| matches!(it, lsp_server::Message::Request(it) if it.method == "window/showDocument"),
    );
    assert!(shown, "{:#?}", editor.heard);

    let place = json!({"line": 3, "character": 40});
    let params = json!({"textDocument": {"uri": editor.uri("app.py")}, "position": place});
    let hover = editor.ask("textDocument/hover", params);
    let text = hover["contents"]["value"].as_str().unwrap_or_default();
    assert!(text.contains(RULE), "{hover:#?}");
}

#[test]
fn the_facts_of_a_client_can_be_read() {
    let tree = Tree::new(&[("app.py", ENDS.as_bytes())]);
    let mut editor = Editor::open(&tree, &pushed());
    editor.did_open("app.py", ENDS);
    let mut hover = |line| {
        let place = json!({"line": line, "character": 9});
        let params = json!({"textDocument": {"uri": editor.uri("app.py")}, "position": place});
        editor.ask("textDocument/hover", params)
    };
    let text = hover(2)["contents"]["value"].to_string();
    assert!(
        text.contains("# ChatOpenAI") && text.contains("timeout"),
        "{text}"
    );
    assert_eq!(hover(1), Value::Null);
}

#[test]
fn files_come_and_go_and_settings_change() {
    let tree = Tree::new(&[("app.py", HANGS.as_bytes())]);
    let mut editor = Editor::open(&tree, &pushed());
    editor.wait("found on the disk", |it| it.rules("app.py") == [RULE]);
    let watched = |editor: &mut Editor, path: &str, kind: u32| {
        let change = json!({"uri": editor.uri(path), "type": kind});
        editor.tell(
            "workspace/didChangeWatchedFiles",
            json!({"changes": [change]}),
        );
    };
    fs::write(tree.at("new.py"), HANGS).expect("written");
    watched(&mut editor, "new.py", 1);
    editor.wait("created", |it| it.rules("new.py") == [RULE]);
    fs::write(tree.at("new.py"), ENDS).expect("written");
    watched(&mut editor, "new.py", 2);
    editor.wait("changed", |it| it.rules("new.py").is_empty());
    fs::rename(tree.at("app.py"), tree.at("moved.py")).expect("moved");
    editor.tell("workspace/didRenameFiles", json!({"files": []}));
    editor.wait("moved", |it| {
        it.rules("app.py").is_empty() && it.rules("moved.py") == [RULE]
    });
    fs::write(tree.at("unhang.toml"), "ignore = [\"timeouts\"]\n").expect("written");
    watched(&mut editor, "unhang.toml", 1);
    editor.wait("ignored", |it| it.rules("moved.py").is_empty());
    fs::write(tree.at("unhang.toml"), "ignroe = 1\n").expect("written");
    watched(&mut editor, "unhang.toml", 2);
    editor.wait("told of the mistake", |it| {
        let told = |it: &lsp_server::Message| {
            matches!(it, lsp_server::Message::Notification(it) if it.method == "window/showMessage")
        };
        it.heard.iter().any(told)
    });
    fs::remove_file(tree.at("unhang.toml")).expect("removed");
    watched(&mut editor, "unhang.toml", 3);
    editor.wait("not ignored", |it| it.rules("moved.py") == [RULE]);
    assert_eq!(editor.close(), Some(0));
}

#[test]
fn a_text_that_was_never_saved_is_judged() {
    let tree = Tree::new(&[("settings.py", SETTINGS.as_bytes())]);
    let mut editor = Editor::open(&tree, &pushed());
    editor.did_open("chain.py", CHAIN);
    editor.wait("found", |it| it.rules("chain.py") == [RULE]);
    let closed = json!({"textDocument": {"uri": editor.uri("chain.py")}});
    editor.tell("textDocument/didClose", closed);
    editor.wait("gone", |it| it.rules("chain.py").is_empty());
    let document = json!({
        "uri": "untitled:Untitled-1", "languageId": "python", "version": 1, "text": CHAIN,
    });
    editor.tell("textDocument/didOpen", json!({"textDocument": document}));
    editor.wait("found", |it| it.rules("untitled:Untitled-1") == [RULE]);
}

#[test]
fn the_files_of_a_deployment_are_followed_too() {
    let compose = "\
services:
  app:
    build: .
    command: python app.py
    environment:
      HTTPS_PROXY: none
";
    let files: [(&str, &[u8]); 3] = [
        ("app.py", ENDS.as_bytes()),
        ("Dockerfile", b"FROM python:3.12\nCOPY . .\n"),
        ("docker-compose.yml", compose.as_bytes()),
    ];
    let tree = Tree::new(&files);
    let expected = checked(&tree);
    assert!(
        expected.iter().any(|it| it.0 == "docker-compose.yml"),
        "{expected:#?}"
    );
    let mut editor = Editor::open(&tree, &pushed());
    editor.wait("all that `check` reports", |it| seen(it) == expected);
    editor.did_open("docker-compose.yml", compose);
    let last = u32::try_from(compose.lines().count()).expect("it is short");
    editor.type_at("docker-compose.yml", (4, 0), (last, 0), "");
    editor.wait("gone", |it| it.rules("docker-compose.yml").is_empty());
    editor.type_at(
        "docker-compose.yml",
        (4, 0),
        (4, 0),
        &compose[compose.find("    environment").expect("it has one")..],
    );
    editor.wait("back", |it| seen(it) == expected);
}

#[test]
fn a_notebook_is_read_for_what_it_means_to_others() {
    let cell =
        |code: &str| json!({"cell_type": "code", "source": code, "metadata": {}, "outputs": []});
    let notebook =
        json!({"cells": [cell(HANGS)], "metadata": {}, "nbformat": 4, "nbformat_minor": 5});
    let notebook = notebook.to_string();
    let tree = Tree::new(&[("a.ipynb", notebook.as_bytes()), ("b.py", HANGS.as_bytes())]);
    let mut editor = Editor::open(&tree, &pushed());
    editor.did_open("a.ipynb", &notebook);
    editor.wait("the module", |it| it.rules("b.py") == [RULE]);
    assert_eq!(editor.rules("a.ipynb"), Vec::<&str>::new());
    assert_eq!(editor.close(), Some(0));
}

/// A cell of Python, or of text, as the client describes it.
fn cell(uri: &str, is_code: bool) -> Value {
    json!({"kind": if is_code { 2 } else { 1 }, "document": uri})
}

/// What a cell says.
fn said(uri: &str, language: &str, text: &str) -> Value {
    json!({"uri": uri, "languageId": language, "version": 1, "text": text})
}

const CELLS: [&str; 3] = [
    "vscode-notebook-cell:/n.ipynb#a",
    "vscode-notebook-cell:/n.ipynb#b",
    "vscode-notebook-cell:/n.ipynb#c",
];
const IMPORTS: &str = "%pip install langchain-openai\nfrom langchain_openai import ChatOpenAI\n";
const BUILDS: &str = "TIMEOUT = None\nllm = ChatOpenAI(model='🦀', timeout=TIMEOUT)\n";

/// Opens a notebook of two cells with code and a text above them.
fn open_notebook(editor: &mut Editor) -> Value {
    let uri = editor.uri("n.ipynb");
    let [a, b, c] = CELLS;
    let cells = [cell(a, false), cell(b, true), cell(c, true)];
    let texts = [
        said(a, "markdown", "llm = ChatOpenAI()"),
        said(b, "python", IMPORTS),
        said(c, "python", BUILDS),
    ];
    let notebook = json!({
        "uri": uri, "notebookType": "jupyter-notebook", "version": 1, "cells": cells,
    });
    let params = json!({"notebookDocument": notebook, "cellTextDocuments": texts});
    editor.tell("notebookDocument/didOpen", params);
    json!({"uri": uri, "version": 2})
}

#[test]
fn a_notebook_is_judged_cell_by_cell() {
    let tree = Tree::new(&[("b.py", HANGS.as_bytes())]);
    let mut editor = Editor::open(&tree, &pushed());
    let notebook = open_notebook(&mut editor);
    let [a, b, c] = CELLS;
    editor.wait("found", |it| it.rules(c) == [RULE]);
    let place = |editor: &Editor| editor.published[c][0]["range"]["start"].clone();
    // In UTF-16 the crab counts twice.
    assert_eq!(place(&editor), json!({"line": 1, "character": 29}));
    let related = &editor.published[c][0]["relatedInformation"][0]["location"];
    assert_eq!(related["uri"], c, "{related:#?}");
    assert_eq!((editor.rules(a), editor.rules(b)), (vec![], vec![]));

    let change = |editor: &mut Editor, cells: Value| {
        let params = json!({"notebookDocument": notebook, "change": {"cells": cells}});
        editor.tell("notebookDocument/didChange", params);
    };
    let typed = |from: u32, to: u32, text: &str| {
        let place = |it| json!({"line": 0, "character": it});
        let range = json!({"start": place(from), "end": place(to)});
        let document = json!({"uri": c, "version": 2});
        let changes = json!([{"range": range, "text": text}]);
        json!({"textContent": [{"document": document, "changes": changes}]})
    };
    change(&mut editor, typed(10, 14, "30"));
    editor.wait("repaired", |it| it.rules(c).is_empty());
    change(&mut editor, typed(10, 12, "None"));
    editor.wait("broken again", |it| it.rules(c) == [RULE]);

    // A cell above that goes, and one that comes, move nothing in the others.
    let array = json!({"start": 0, "deleteCount": 1});
    change(
        &mut editor,
        json!({"structure": {"array": array, "didClose": [{"uri": a}]}}),
    );
    let d = "vscode-notebook-cell:/n.ipynb#d";
    let array = json!({"start": 0, "deleteCount": 0, "cells": [cell(d, true)]});
    let opened = [said(d, "python", "import os\nprint(os)\n")];
    change(
        &mut editor,
        json!({"structure": {"array": array, "didOpen": opened}}),
    );
    editor.wait("the new cell", |it| it.published.contains_key(d));
    assert_eq!(editor.rules(c), [RULE]);
    assert_eq!(place(&editor), json!({"line": 1, "character": 29}));

    let uri = editor.uri("n.ipynb");
    let params = json!({"notebookDocument": {"uri": uri}, "cellTextDocuments": []});
    editor.tell("notebookDocument/didClose", params);
    editor.wait("closed", |it| it.rules(c).is_empty());
    assert_eq!(editor.close(), Some(0));
}

#[test]
fn a_cell_can_be_asked_about() {
    let tree = Tree::new(&[("b.py", ENDS.as_bytes())]);
    let mut editor = Editor::open(&tree, &pulling("utf-8"));
    open_notebook(&mut editor);
    let c = CELLS[2];
    let document = json!({"uri": c});
    let asked = json!({"textDocument": document});
    let answer = editor.ask("textDocument/diagnostic", asked);
    assert_eq!(answer["items"][0]["code"], RULE, "{answer:#?}");
    assert_eq!(answer["items"][0]["range"]["start"]["line"], 1);
    let all = editor.ask("workspace/diagnostic", json!({"previousResultIds": []}));
    let items = all["items"].as_array().into_iter().flatten();
    let of_cell = items.clone().find(|it| it["uri"] == c);
    assert_eq!(
        of_cell.expect("it is one of them")["items"][0]["code"],
        RULE
    );

    let notebook = json!({"uri": editor.uri("n.ipynb"), "version": 2});
    let text = BUILDS.replace("timeout=TIMEOUT", "timeout=None");
    let typed = json!({"document": {"uri": c, "version": 2}, "changes": [{"text": text}]});
    let change = json!({"cells": {"textContent": [typed]}});
    let params = json!({"notebookDocument": notebook, "change": change});
    editor.tell("notebookDocument/didChange", params);
    let at = |line, character| json!({"line": line, "character": character});
    let range = json!({"start": at(1, 8), "end": at(1, 8)});
    let context = json!({"diagnostics": []});
    let params = json!({"textDocument": document, "range": range, "context": context});
    let actions = editor.ask("textDocument/codeAction", params);
    let titled = |word: &str| {
        let mut all = actions.as_array().into_iter().flatten();
        let found = all.find(|it| it["title"].as_str().is_some_and(|it| it.starts_with(word)));
        found
            .unwrap_or_else(|| panic!("{word}: {actions:#?}"))
            .clone()
    };
    let suppress = &titled("Suppress")["edit"]["changes"][c][0];
    assert_eq!(suppress["range"]["start"]["line"], 1, "{suppress:#?}");
    let fix = &titled("Write")["edit"]["changes"][c][0];
    assert_eq!(
        (&fix["newText"], &fix["range"]["start"]["line"]),
        (&json!("30"), &json!(1))
    );

    let hover = json!({"textDocument": document, "position": at(1, 8)});
    let hover = editor.ask("textDocument/hover", hover);
    let text = hover["contents"]["value"].as_str().unwrap_or_default();
    assert!(text.contains("# ChatOpenAI"), "{hover:#?}");
    let elsewhere = json!({"textDocument": {"uri": CELLS[1]}, "position": at(1, 8)});
    assert_eq!(editor.ask("textDocument/hover", elsewhere), Value::Null);
    assert_eq!(editor.close(), Some(0));
}

#[test]
fn folders_come_and_go() {
    let tree = Tree::new(&[
        ("a/app.py", HANGS.as_bytes()),
        ("b/app.py", HANGS.as_bytes()),
        ("c/pyproject.toml", b""),
        ("c/app.py", HANGS.as_bytes()),
    ]);
    let mut editor = Editor::start(&tree);
    let folder = |editor: &Editor, name: &str| json!({"uri": editor.uri(name), "name": name});
    let a = folder(&editor, "a");
    let params = json!({"capabilities": pushed(), "workspaceFolders": [a]});
    editor.ask("initialize", params);
    editor.tell("initialized", json!({}));
    editor.wait("the first", |it| it.rules("a/app.py") == [RULE]);
    assert_eq!(editor.rules("b/app.py"), Vec::<&str>::new());
    let (a, b) = (folder(&editor, "a"), folder(&editor, "b"));
    let event = json!({"event": {"added": [b], "removed": [a]}});
    editor.tell("workspace/didChangeWorkspaceFolders", event);
    editor.wait("the second", |it| {
        it.rules("a/app.py").is_empty() && it.rules("b/app.py") == [RULE]
    });
    editor.did_open("c/app.py", HANGS);
    editor.wait("one of a folder that nobody opened", |it| {
        it.rules("c/app.py") == [RULE]
    });
}

#[test]
fn a_session_has_an_order() {
    let tree = Tree::new(&[]);
    let mut editor = Editor::start(&tree);
    assert_eq!(editor.ask("textDocument/hover", json!({})), -32002);
    editor.tell("textDocument/didOpen", json!({}));
    let params = json!({"capabilities": {}});
    assert!(editor.ask("initialize", params.clone()).is_object());
    assert_eq!(editor.ask("initialize", params), -32600);
    assert_eq!(editor.ask("textDocument/hover", json!([1])), -32602);
    assert_eq!(editor.ask("no/such", json!({})), -32601);
    assert_eq!(editor.ask("shutdown", Value::Null), Value::Null);
    assert_eq!(editor.ask("textDocument/hover", json!({})), -32600);
    assert_eq!(Editor::start(&tree).leave(), Some(1));
}

/// JSON that looks like parts of the protocol, now and then.
fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (0..9_u32).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        prop::sample::select(&["file:///", "file:///a.py", "untitled:x", "full", "quickfix"][..])
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 6, |inner| {
        let key = prop_oneof![
            Just("textDocument".to_owned()),
            Just("uri".to_owned()),
            Just("range".to_owned()),
            Just("start".to_owned()),
            Just("end".to_owned()),
            Just("line".to_owned()),
            Just("character".to_owned()),
            Just("contentChanges".to_owned()),
            Just("notebookDocument".to_owned()),
            Just("cells".to_owned()),
            Just("text".to_owned()),
            Just("version".to_owned()),
            "[a-z]{1,4}",
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(key, inner, 0..4)
                .prop_map(|it| Value::Object(it.into_iter().collect())),
        ]
    })
}

/// A method, or something like one.
fn method() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(
            &[
                "textDocument/didOpen",
                "textDocument/didChange",
                "textDocument/didClose",
                "notebookDocument/didOpen",
                "notebookDocument/didChange",
                "notebookDocument/didClose",
                "textDocument/diagnostic",
                "textDocument/codeAction",
                "textDocument/hover",
                "workspace/diagnostic",
                "workspace/executeCommand",
                "workspace/didChangeWatchedFiles",
                "workspace/didChangeWorkspaceFolders",
                "workspace/didChangeConfiguration",
                "$/cancelRequest",
                "initialize",
                "initialized",
            ][..]
        )
        .prop_map(str::to_owned),
        "[a-z/$]{0,12}",
    ]
}

/// What somebody may send: nonsense of all kinds, in frames and without.
fn nonsense() -> impl Strategy<Value = Vec<u8>> {
    let framed = |body: String| format!("Content-Length: {}\r\n\r\n{body}", body.len());
    prop_oneof![
        (method(), json_value(), json_value()).prop_map(move |(method, id, params)| framed(
            json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}).to_string()
        )
        .into_bytes()),
        (method(), json_value()).prop_map(move |(method, params)| framed(
            json!({"jsonrpc": "2.0", "method": method, "params": params}).to_string()
        )
        .into_bytes()),
        json_value().prop_map(move |it| framed(it.to_string()).into_bytes()),
        "\\PC{0,40}".prop_map(move |it| framed(it).into_bytes()),
        "[a-zA-Z-]{0,12}(: [0-9]{0,2})?\r\n".prop_map(String::into_bytes),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_nonsense_ends_or_stops_a_session(all in prop::collection::vec(nonsense(), 1..40)) {
        let tree = Tree::new(&[("app.py", HANGS.as_bytes())]);
        let mut editor = Editor::open(&tree, &pushed());
        for bytes in all {
            editor.send(&bytes);
        }
        // The last header may still wait for its body, or for the empty line.
        editor.send(b"\r\n\r\n");
        editor.send(&[b' '; 128]);
        editor.send(b"\r\n");
        editor.tell("textDocument/didOpen", json!({"textDocument": {
            "uri": editor.uri("app.py"), "languageId": "python", "version": 1, "text": HANGS,
        }}));
        editor.wait("the findings", |it| it.rules("app.py") == [RULE]);
        prop_assert_eq!(editor.close(), Some(0));
    }

    #[test]
    fn any_typing_leads_to_the_text_as_a_new_session_sees_it(
        edits in prop::collection::vec((0..7_u32, 0..60_u32, 0..7_u32, 0..60_u32, "[a-z(\\n🦀='# ]{0,6}"), 1..12)
    ) {
        let tree = Tree::new(&[("app.py", HANGS.as_bytes())]);
        let mut editor = Editor::open(&tree, &pushed());
        editor.did_open("app.py", HANGS);
        for (line, column, last, end, text) in edits {
            editor.type_at("app.py", (line, column), (last, end), &text);
        }
        let whole = json!({
            "textDocument": {"uri": editor.uri("app.py"), "version": 3},
            "contentChanges": [{"text": HANGS}],
        });
        editor.tell("textDocument/didChange", whole);
        let place = json!({"line": 3, "character": 40});
        let params = json!({"textDocument": {"uri": editor.uri("app.py")}, "position": place});
        let hover = editor.ask("textDocument/hover", params);
        prop_assert!(hover["contents"]["value"].to_string().contains(RULE));
        prop_assert_eq!(editor.close(), Some(0));
    }
}
