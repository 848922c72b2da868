//! The texts that the editor holds, which win over those on the disk.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gen_lsp_types::{NotebookDocumentCellChanges, TextDocumentContentChangeEvent, Uri};

use crate::discover::Shadow;
use crate::line_index::{Columns, LineIndex};

use super::convert::offset;
use super::notebooks::Notebook;
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
    notebooks: BTreeMap<PathBuf, Notebook>,
}

/// What the client shows of a file: the file, or a cell of a notebook.
#[derive(Debug)]
pub(super) struct Face {
    pub(super) uri: Uri,
    /// Counted by the client; `None` for a text that it does not hold.
    pub(super) version: Option<i32>,
    /// The number of the cell; `None` for a file.
    pub(super) cell: Option<u32>,
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

    pub(super) fn open_notebook(&mut self, path: PathBuf, notebook: Notebook) {
        self.notebooks.insert(path, notebook);
    }

    /// Changes a notebook, and gives the cells that are gone.
    pub(super) fn change_notebook(
        &mut self,
        path: &Path,
        changes: NotebookDocumentCellChanges,
        columns: Columns,
    ) -> Vec<Uri> {
        let notebook = self.notebooks.get_mut(path);
        notebook.map_or_else(Vec::new, |it| it.change(changes, columns))
    }

    /// Forgets a notebook, and gives its cells.
    pub(super) fn close_notebook(&mut self, path: &Path) -> Vec<Uri> {
        let notebook = self.notebooks.remove(path).unwrap_or_default();
        notebook.cells().map(|(_, it)| it.uri.clone()).collect()
    }

    /// The notebook that has a cell, and the cell's number.
    pub(super) fn cell(&self, uri: &Uri) -> Option<(&Path, u32)> {
        self.notebooks.iter().find_map(|(path, notebook)| {
            let (number, _) = notebook.cells().find(|(_, it)| it.uri == *uri)?;
            Some((path.as_path(), number))
        })
    }

    /// What the client shows of a file.
    pub(super) fn faces(&self, path: &Path) -> Vec<Face> {
        if let Some(notebook) = self.notebooks.get(path) {
            let faces = notebook.cells().map(|(number, it)| Face {
                uri: it.uri.clone(),
                version: Some(it.version),
                cell: Some(number),
            });
            return faces.collect();
        }
        vec![Face {
            uri: self.uri(path),
            version: self.get(path).map(|it| it.version),
            cell: None,
        }]
    }

    /// What the client shows of a place; `None` for a cell of a notebook that it does not hold.
    pub(super) fn face(&self, path: &Path, cell: Option<u32>) -> Option<Face> {
        self.faces(path).into_iter().find(|it| it.cell == cell)
    }

    /// Whether the editor holds what a file says.
    pub(super) fn holds(&self, path: &Path) -> bool {
        self.by_path.contains_key(path) || self.notebooks.contains_key(path)
    }

    /// What the editor holds for a file; `None` when the disk says it.
    pub(super) fn held(&self, path: &Path) -> Option<Cow<'_, str>> {
        if let Some(notebook) = self.notebooks.get(path) {
            return Some(notebook.file().into());
        }
        // An editor that shows a notebook as one text shows something else than its file.
        let document = self.get(path);
        let document = document.filter(|_| path.extension().is_none_or(|it| it != "ipynb"));
        document.map(|it| it.text.as_str().into())
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
        let all = self.by_path.keys().chain(self.notebooks.keys());
        all.map(PathBuf::as_path)
    }

    /// The texts below a folder.
    pub(super) fn shadows(&self, folder: &Path) -> Vec<Shadow> {
        let below = self.paths().filter(|it| it.starts_with(folder));
        let shadows = below.filter_map(|path| {
            Some(Shadow {
                path: path.to_owned(),
                bytes: self.held(path)?.into_owned().into_bytes(),
            })
        });
        shadows.collect()
    }
}

/// Makes a change in a text; what lies outside of it reaches to its end.
pub(super) fn apply(text: &mut String, change: TextDocumentContentChangeEvent, columns: Columns) {
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
