//! What the client asks and gets: abilities at first, then diagnostics, actions and pages.

use std::collections::BTreeMap;
use std::path::PathBuf;

use gen_lsp_types::Uri;
use lsp_server::{ErrorCode, RequestId};
use serde_json::{Value, json};

use crate::line_index::Columns;

use super::client::Client;
use super::folder::{Folder, Shown};
use super::session::{Refusal, Session, read};
use super::{actions, hover};

/// A question for the diagnostics of all files, which waits until some of them change.
pub(super) struct Parked {
    id: RequestId,
    /// By URI: the result that the client has.
    known: BTreeMap<String, String>,
}

/// What the server can do, in answer to `initialize`.
pub(super) fn abilities(client: &Client) -> Value {
    let diagnostics = json!({
        "identifier": "unhang",
        "interFileDependencies": true,
        "workspaceDiagnostics": true,
    });
    let folders = json!({"filters": [{"scheme": "file", "pattern": {"glob": "**/*"}}]});
    let mut abilities = json!({
        "capabilities": {
            "positionEncoding": match client.columns {
                Columns::Bytes => "utf-8",
                Columns::Chars => "utf-32",
                Columns::Utf16 => "utf-16",
            },
            "textDocumentSync": {"openClose": true, "change": 2},
            "notebookDocumentSync": {"notebookSelector": [
                {"notebook": "*", "cells": [{"language": "python"}]},
            ]},
            "codeActionProvider": {"codeActionKinds": ["quickfix", actions::FIX_ALL]},
            "hoverProvider": true,
            "executeCommandProvider": {"commands": [actions::OPEN_PAGE]},
            "workspace": {
                "workspaceFolders": {"supported": true, "changeNotifications": true},
                "fileOperations": {
                    "didCreate": folders, "didRename": folders, "didDelete": folders,
                },
            },
        },
        "serverInfo": {"name": "unhang", "version": env!("CARGO_PKG_VERSION")},
    });
    // Who asks is not sent any, so only one of the two ways may be open.
    if client.pulls {
        abilities["capabilities"]["diagnosticProvider"] = diagnostics;
    }
    abilities
}

/// The files that the client watches for us: the code, the settings, what tells versions, and what
/// deploys.
pub(super) fn watchers() -> Value {
    let globs = [
        "**/*.{py,pyw,ipynb}",
        "**/*.{toml,yml,yaml,conf,cfg,template,nginx,ini,service,env,sh,tf}",
        "**/{Dockerfile,Containerfile,Procfile,.env}*",
        "**/*.{Dockerfile,dockerfile,Containerfile,containerfile}",
        // Other JSON is data, which programs write at any time.
        "**/{app,host,langgraph,railway,vercel,Dockerrun.aws}.json",
        "**/{uv,poetry,pdm,Pipfile}.lock",
        "**/{*requirements*,constraints}.txt",
    ];
    let watchers: Vec<Value> = globs.iter().map(|it| json!({"globPattern": it})).collect();
    json!({"registrations": [{
        "id": "unhang-files",
        "method": "workspace/didChangeWatchedFiles",
        "registerOptions": {"watchers": watchers},
    }]})
}

impl Session {
    /// Answers a question about the texts as they are.
    pub(super) fn answer(&mut self, method: &str, params: Value) -> Result<Value, Refusal> {
        match method {
            "textDocument/diagnostic" => read(params).map(|it| self.diagnostics(&it)),
            "textDocument/codeAction" => read(params).map(|it| actions::actions(self, &it)),
            "textDocument/hover" => read(params).map(|it| hover::hover(self, &it)),
            "workspace/executeCommand" => actions::execute(self, &read(params)?),
            _ => {
                let why = format!("unhang does not know `{method}`");
                Err(Refusal(ErrorCode::MethodNotFound, why))
            }
        }
    }

    /// Keeps a question that is answered later, else gives its id back.
    pub(super) fn park(
        &mut self,
        id: RequestId,
        method: &str,
        params: &Value,
    ) -> Option<RequestId> {
        if method != "workspace/diagnostic" {
            return Some(id);
        }
        let previous = params.get("previousResultIds").and_then(Value::as_array);
        let known = previous.into_iter().flatten().filter_map(|it| {
            let text = |key: &str| it.get(key)?.as_str().map(str::to_owned);
            Some((text("uri")?, text("value")?))
        });
        let known = known.collect();
        self.parked.push(Parked { id, known });
        if self.folders.iter().all(|it| it.settled) {
            self.answer_parked();
        }
        None
    }

    /// Answers the parked questions to which there is something new to say.
    pub(super) fn answer_parked(&mut self) {
        let edition = self.edition;
        for question in std::mem::take(&mut self.parked) {
            if self.told == Some(edition) {
                self.parked.push(question);
            } else {
                let items = self.all_diagnostics(&question.known);
                self.told = Some(edition);
                self.reply(question.id, Ok(json!({"items": items})));
            }
        }
    }

    /// Forgets a parked question that the client takes back.
    pub(super) fn cancel_parked(&mut self, params: &Value) {
        let wanted = params.get("id");
        let is_meant = |it: &Parked| serde_json::to_value(&it.id).ok().as_ref() == wanted;
        let (meant, others) = std::mem::take(&mut self.parked)
            .into_iter()
            .partition(is_meant);
        self.parked = others;
        for question in meant {
            self.give_up(question);
        }
    }

    /// Answers what is still open when the session ends.
    pub(super) fn release(&mut self) {
        for question in std::mem::take(&mut self.parked) {
            self.give_up(question);
        }
    }

    fn give_up(&self, question: Parked) {
        let why = "nothing changed meanwhile".to_owned();
        self.reply(question.id, Err(Refusal(ErrorCode::RequestCanceled, why)));
    }

    fn diagnostics(&mut self, params: &gen_lsp_types::DocumentDiagnosticParams) -> Value {
        let place = self.place(&params.text_document.uri);
        let known = params.previous_result_id.as_deref();
        match place.and_then(|it| Some((it.folder.shown(&it.path)?, it.cell))) {
            Some((shown, cell)) => report(shown, cell, known),
            None => json!({"kind": "full", "items": []}),
        }
    }

    /// What was found in all files, as far as the client does not know it.
    fn all_diagnostics(&self, known: &BTreeMap<String, String>) -> Vec<Value> {
        let shown = self.folders.iter().flat_map(Folder::all_shown);
        let faces = shown.flat_map(|(path, shown)| {
            let faces = self.documents.faces(path).into_iter();
            faces.map(move |it| (it, shown))
        });
        let mut items: BTreeMap<String, Value> = faces
            .map(|(face, shown)| {
                let uri = face.uri.0;
                let known = known.get(&uri).map(String::as_str);
                let mut item = report(shown, face.cell, known);
                item["version"] = face.version.into();
                (uri, item)
            })
            .collect();
        for uri in known
            .keys()
            .filter(|it| !items.contains_key(*it))
            .cloned()
            .collect::<Vec<_>>()
        {
            items.insert(uri, json!({"kind": "full", "version": null, "items": []}));
        }
        let mut all = Vec::new();
        for (uri, mut item) in items {
            item["uri"] = uri.into();
            all.push(item);
        }
        all
    }

    /// The file or the cell that the client means, with the folder that holds it.
    pub(super) fn place(&self, uri: &Uri) -> Option<Place<'_>> {
        let (path, cell) = match self.documents.cell(uri) {
            Some((path, number)) => (path.to_owned(), Some(number)),
            None => (self.path(uri.as_ref())?, None),
        };
        let folder = self.folder_of(&path)?;
        Some(Place { path, cell, folder })
    }
}

/// A text as the client sees it.
pub(super) struct Place<'s> {
    /// Of the file; where it would lie, for one that was never saved.
    pub(super) path: PathBuf,
    /// The number of the cell, in a notebook.
    pub(super) cell: Option<u32>,
    pub(super) folder: &'s Folder,
}

/// What was found in a file or in a cell, or that it is what the client knows.
fn report(shown: &Shown, cell: Option<u32>, known: Option<&str>) -> Value {
    let id = shown.edition.to_string();
    if known == Some(id.as_str()) {
        json!({"kind": "unchanged", "resultId": id})
    } else {
        json!({"kind": "full", "resultId": id, "items": shown.of(cell)})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_watched() {
        let watchers = watchers();
        let globs = watchers["registrations"][0]["registerOptions"]["watchers"].as_array();
        let globs = globs.expect("there is a list").iter();
        let globs: Vec<_> = globs
            .filter_map(|it| globset::Glob::new(it["globPattern"].as_str()?).ok())
            .map(|it| it.compile_matcher())
            .collect();
        let watched = |path: &str| globs.iter().any(|it| it.is_match(path));
        for path in [
            "app/chain.py",
            "web.Dockerfile",
            "deploy/.env.production",
            "deploy/prod.env",
            "haproxy.cfg",
            "infra/main.tf",
            "nginx/default.conf.template",
            "requirements-dev.txt",
            "start.sh",
            "vercel.json",
        ] {
            assert!(watched(path), "{path}");
        }
        for path in ["data.json", "README.md", "package.json"] {
            assert!(!watched(path), "{path}");
        }
    }
}
