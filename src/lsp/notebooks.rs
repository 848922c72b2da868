//! Notebooks that the editor holds: each cell is a text of its own to the editor, and a part of one
//! to us.

use gen_lsp_types::{
    NotebookCell, NotebookCellKind, NotebookDocumentCellChanges, TextDocumentItem, Uri,
};
use serde_json::json;

use crate::line_index::Columns;

use super::documents::apply;

/// One notebook.
#[derive(Debug, Default)]
pub(super) struct Notebook {
    cells: Vec<Cell>,
}

/// One cell.
#[derive(Debug)]
pub(super) struct Cell {
    pub(super) uri: Uri,
    /// Counted by the client.
    pub(super) version: i32,
    is_code: bool,
    is_python: bool,
    text: String,
}

impl Cell {
    /// A cell whose text is not known yet.
    fn new(cell: NotebookCell) -> Self {
        Self {
            uri: cell.document,
            version: 0,
            is_code: cell.kind == NotebookCellKind::Code,
            is_python: false,
            text: String::new(),
        }
    }
}

impl Notebook {
    pub(super) fn new(cells: Vec<NotebookCell>, texts: Vec<TextDocumentItem>) -> Self {
        let mut notebook = Self {
            cells: cells.into_iter().map(Cell::new).collect(),
        };
        notebook.take(texts);
        notebook
    }

    /// The cells; the number of the first one is 1.
    pub(super) fn cells(&self) -> impl Iterator<Item = (u32, &Cell)> {
        (1..).zip(&self.cells)
    }

    /// What a file with these cells holds, as far as anybody reads it.
    pub(super) fn file(&self) -> String {
        let cells = self.cells.iter().map(|it| {
            let is_read = it.is_code && it.is_python;
            json!({"cell_type": if is_read { "code" } else { "raw" }, "source": it.text})
        });
        json!({"cells": cells.collect::<Vec<_>>()}).to_string()
    }

    /// Makes changes in the order of the protocol, and gives the cells that are gone.
    pub(super) fn change(
        &mut self,
        changes: NotebookDocumentCellChanges,
        columns: Columns,
    ) -> Vec<Uri> {
        let mut gone = Vec::new();
        if let Some(structure) = changes.structure {
            let array = structure.array;
            let start = (array.start as usize).min(self.cells.len());
            let end = (start.saturating_add(array.delete_count as usize)).min(self.cells.len());
            let new = array.cells.unwrap_or_default().into_iter().map(Cell::new);
            let mut old: Vec<Cell> = self.cells.splice(start..end, new).collect();
            // A cell that moves is taken out and put in again, and its text is not sent anew.
            for cell in &mut self.cells {
                if let Some(at) = old.iter().position(|it| it.uri == cell.uri) {
                    let is_code = cell.is_code;
                    *cell = old.swap_remove(at);
                    cell.is_code = is_code;
                }
            }
            gone.extend(old.into_iter().map(|it| it.uri));
            self.take(structure.did_open.unwrap_or_default());
        }
        for data in changes.data.unwrap_or_default() {
            if let Some(cell) = self.cell(&data.document) {
                cell.is_code = data.kind == NotebookCellKind::Code;
            }
        }
        for content in changes.text_content.unwrap_or_default() {
            let document = content.document;
            if let Some(cell) = self.cell(&document.text_document_identifier.uri) {
                cell.version = document.version;
                for change in content.changes {
                    apply(&mut cell.text, change, columns);
                }
            }
        }
        gone
    }

    fn take(&mut self, texts: Vec<TextDocumentItem>) {
        for text in texts {
            if let Some(cell) = self.cell(&text.uri) {
                cell.version = text.version;
                cell.is_python = String::from(text.language_id) == "python";
                cell.text = text.text;
            }
        }
    }

    fn cell(&mut self, uri: &Uri) -> Option<&mut Cell> {
        self.cells.iter_mut().find(|it| it.uri == *uri)
    }
}
