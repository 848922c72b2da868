//! What the client can do and wants, from the words with which it opens the session.

use std::path::PathBuf;

use serde_json::Value;

use crate::line_index::Columns;

use super::uri::path_of;

/// What the client can do.
///
/// Read leniently: an ability that it describes in a way of its own is one that it does not have.
// Each is a yes or no of the protocol, independent of the others.
#[allow(clippy::struct_excessive_bools)]
#[derive(Debug)]
pub(super) struct Client {
    /// What columns count.
    pub(super) columns: Columns,
    /// Whether it asks for diagnostics, so that nobody has to send them.
    ///
    /// One that cannot be told to ask again would never hear what a change in one file means for
    /// another, so it is sent them, if it takes them.
    pub(super) pulls: bool,
    /// Whether it can be told to ask again.
    pub(super) refreshes: bool,
    /// Whether it shows the places that explain a diagnostic.
    pub(super) relates: bool,
    /// Whether it knows tags of diagnostics.
    pub(super) tags: bool,
    /// Whether it watches files for others.
    pub(super) watches: bool,
    /// Whether it takes edits with the version of the text that they are made for.
    pub(super) versions: bool,
    /// Whether it opens web pages for others.
    pub(super) shows: bool,
    /// The folders that are open.
    pub(super) folders: Vec<PathBuf>,
}

impl Client {
    /// Reads the parameters of `initialize`.
    pub(super) fn new(params: &Value) -> Self {
        let able = |path: &str| {
            let value = params.pointer(&format!("/capabilities/{path}"));
            value.is_some_and(|it| it.as_bool().unwrap_or(it.is_object()))
        };
        let refreshes = able("workspace/diagnostics/refreshSupport");
        let is_sent = able("textDocument/publishDiagnostics");
        Self {
            columns: columns(params),
            pulls: able("textDocument/diagnostic") && (refreshes || !is_sent),
            refreshes,
            relates: able("textDocument/publishDiagnostics/relatedInformation")
                || able("textDocument/diagnostic/relatedInformation"),
            tags: able("textDocument/publishDiagnostics/tagSupport")
                || able("textDocument/diagnostic/tagSupport"),
            watches: able("workspace/didChangeWatchedFiles/dynamicRegistration"),
            versions: able("workspace/workspaceEdit/documentChanges"),
            shows: able("window/showDocument/support"),
            folders: folders(params),
        }
    }
}

/// UTF-8 where the client knows it, else UTF-16, which every client knows.
fn columns(params: &Value) -> Columns {
    let known = params.pointer("/capabilities/general/positionEncodings");
    let known = known.and_then(Value::as_array);
    if known.is_some_and(|it| it.iter().any(|it| it == "utf-8")) {
        Columns::Bytes
    } else {
        Columns::Utf16
    }
}

fn folders(params: &Value) -> Vec<PathBuf> {
    let uris = match params.get("workspaceFolders").and_then(Value::as_array) {
        Some(all) => all.iter().filter_map(|it| it.get("uri")).collect(),
        None => Vec::from_iter(params.get("rootUri")),
    };
    let uris = uris.into_iter().filter_map(Value::as_str);
    uris.filter_map(|it| path_of(it, None)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_client_that_says_nothing_can_do_nothing() {
        for params in [Value::Null, json!([]), json!({"capabilities": 1})] {
            let client = Client::new(&params);
            assert_eq!(client.columns, Columns::Utf16);
            assert!(!client.pulls && !client.watches && client.folders.is_empty());
        }
    }

    #[test]
    fn abilities_are_flags_or_objects() {
        let params = json!({
            "capabilities": {
                "general": {"positionEncodings": ["utf-16", "utf-8"]},
                "textDocument": {"diagnostic": {}, "publishDiagnostics": {"relatedInformation": true}},
                "window": {"showDocument": {"support": false}},
            },
            "workspaceFolders": [{"uri": "file:///a%20b", "name": "x"}, {"name": "y"}, 3],
            "rootUri": "file:///c",
        });
        let client = Client::new(&params);
        assert_eq!(client.columns, Columns::Bytes);
        assert!(!client.pulls && client.relates && !client.shows && !client.versions);
        assert_eq!(client.folders, [PathBuf::from("/a b")]);
    }

    #[test]
    fn only_who_can_be_told_to_ask_again_has_to_ask() {
        let pulls = |sent: bool, refreshes: bool| {
            let mut text = json!({"diagnostic": {}});
            if sent {
                text["publishDiagnostics"] = json!({});
            }
            let diagnostics = json!({"refreshSupport": refreshes});
            let workspace = json!({"diagnostics": diagnostics});
            let capabilities = json!({"textDocument": text, "workspace": workspace});
            Client::new(&json!({"capabilities": capabilities})).pulls
        };
        assert!(pulls(true, true) && pulls(false, true) && pulls(false, false));
        assert!(!pulls(true, false));
    }
}
