//! The texts that the editor holds, which win over those on the disk.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gen_lsp_types::{TextDocumentContentChangeEvent, Uri};

use crate::discover::Shadow;
use crate::line_index::{Columns, LineIndex};

use super::convert::offset;
use super::uri::uri_of;

/// One text.
#[derive(Debug)]
pub(super) struct Document {
    /// As the client wrote it, which may differ from how we would.
    pub(super) uri: Uri,
    /// Counted by the client.
    pub(super) version: i32,
    pub(super) text: String,
}

/// All open texts by their paths.
#[derive(Debug, Default)]
pub(super) struct Documents {
    by_path: BTreeMap<PathBuf, Document>,
}

impl Documents {
    pub(super) fn open(&mut self, path: PathBuf, document: Document) {
        self.by_path.insert(path, document);
    }

    pub(super) fn close(&mut self, path: &Path) {
        self.by_path.remove(path);
    }

    pub(super) fn get(&self, path: &Path) -> Option<&Document> {
        self.by_path.get(path)
    }

    /// Makes the changes in their order; one that lies outside of the text reaches to its end.
    pub(super) fn change(
        &mut self,
        path: &Path,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
        columns: Columns,
    ) {
        let Some(document) = self.by_path.get_mut(path) else {
            return;
        };
        document.version = version;
        for change in changes {
            apply(&mut document.text, change, columns);
        }
    }

    /// How the client knows a file.
    pub(super) fn uri(&self, path: &Path) -> Uri {
        match self.get(path) {
            Some(document) => document.uri.clone(),
            None => Uri(uri_of(path)),
        }
    }

    /// The paths of all open texts.
    pub(super) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.by_path.keys().map(PathBuf::as_path)
    }

    /// The texts below a folder.
    pub(super) fn shadows(&self, folder: &Path) -> Vec<Shadow> {
        let below = self.by_path.iter().filter(|it| it.0.starts_with(folder));
        let shadows = below.map(|(path, document)| Shadow {
            path: path.clone(),
            bytes: document.text.clone().into_bytes(),
        });
        shadows.collect()
    }
}

fn apply(text: &mut String, change: TextDocumentContentChangeEvent, columns: Columns) {
    match change {
        TextDocumentContentChangeEvent::TextDocumentContentChangePartial(it) => {
            let lines = LineIndex::new(text);
            let start = offset(&lines, text, it.range.start, columns);
            let end = offset(&lines, text, it.range.end, columns).max(start);
            text.replace_range(start..end, &it.text);
        }
        TextDocumentContentChangeEvent::TextDocumentContentChangeWholeDocument(it) => {
            *text = it.text;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, from: (u32, u32), to: (u32, u32), new: &str, expected: &str) {
        let change = serde_json::json!({
            "range": {
                "start": {"line": from.0, "character": from.1},
                "end": {"line": to.0, "character": to.1},
            },
            "text": new,
        });
        let change = serde_json::from_value(change).expect("it is a change");
        let mut text = text.to_owned();
        apply(&mut text, change, Columns::Utf16);
        assert_eq!(text, expected);
    }

    #[test]
    fn a_change_replaces_its_range() {
        check("a🦀b\nc", (0, 3), (0, 4), "x", "a🦀x\nc");
        check("a\r\nb", (1, 0), (1, 0), "x", "a\r\nxb");
        check("a\nb", (0, 1), (1, 0), "", "ab");
    }

    #[test]
    fn a_change_outside_of_the_text_is_made_at_its_edge() {
        check("ab\ncd", (0, 9), (0, 9), "x", "abx\ncd");
        check("ab", (7, 0), (9, 9), "x", "abx");
        check("a🦀", (0, 2), (0, 3), "x", "ax");
        check("ab", (0, 2), (0, 1), "x", "abx");
    }
}
