//! What the client tells: texts that change, files and folders that come and go.

use std::path::{Path, PathBuf};

use gen_lsp_types::{
    DidChangeNotebookDocumentParams, DidChangeTextDocumentParams, DidChangeWatchedFilesParams,
    DidChangeWorkspaceFoldersParams, DidCloseNotebookDocumentParams, DidCloseTextDocumentParams,
    DidOpenNotebookDocumentParams, DidOpenTextDocumentParams, FileChangeType, TextDocumentItem,
    Uri,
};
use lsp_server::Notification;

use crate::discover;

use super::answers;
use super::documents::{Document, Face};
use super::folder::Folder;
use super::notebooks::Notebook;
use super::session::{Refusal, Session, read};
use super::uri::path_of;

impl Session {
    /// Takes what the client tells.
    pub(super) fn notification(&mut self, it: Notification) {
        let Notification { method, params } = it;
        if !self.is_open() {
            return;
        }
        let known = match method.as_str() {
            "initialized" => {
                self.open_folders();
                Ok(())
            }
            "textDocument/didOpen" => read(params).map(|it| self.did_open(it)),
            "textDocument/didChange" => read(params).map(|it| self.did_change(it)),
            "textDocument/didClose" => read(params).map(|it| self.did_close(&it)),
            "notebookDocument/didOpen" => read(params).map(|it| self.did_open_notebook(it)),
            "notebookDocument/didChange" => read(params).map(|it| self.did_change_notebook(it)),
            "notebookDocument/didClose" => read(params).map(|it| self.did_close_notebook(&it)),
            "workspace/didChangeWatchedFiles" => read(params).map(|it| self.did_watch(&it)),
            "workspace/didChangeWorkspaceFolders" => read(params).map(|it| self.did_move(&it)),
            "workspace/didChangeConfiguration"
            | "workspace/didCreateFiles"
            | "workspace/didRenameFiles"
            | "workspace/didDeleteFiles" => {
                self.read_again();
                Ok(())
            }
            "$/cancelRequest" => {
                self.cancel_parked(&params);
                Ok(())
            }
            _ => Ok(()),
        };
        if let Err(Refusal(_, why)) = known {
            self.log(&format!("passed over `{method}`: {why}"));
        }
    }

    fn did_open(&mut self, params: DidOpenTextDocumentParams) {
        let TextDocumentItem {
            uri, version, text, ..
        } = params.text_document;
        let Some(path) = self.path(uri.as_ref()) else {
            return;
        };
        let document = Document { uri, version, text };
        self.documents.open(path.clone(), document);
        self.look_at(path);
    }

    /// Has a text looked at that was opened.
    fn look_at(&mut self, path: PathBuf) {
        if self.folder_of(&path).is_none() {
            self.open_folder(discover::project_of(&path));
        }
        self.stale.insert(path);
    }

    fn did_open_notebook(&mut self, params: DidOpenNotebookDocumentParams) {
        let notebook = params.notebook_document;
        let Some(path) = self.path(notebook.uri.as_ref()) else {
            return;
        };
        let notebook = Notebook::new(notebook.cells, params.cell_text_documents);
        self.documents.open_notebook(path.clone(), notebook);
        self.look_at(path);
    }

    fn did_change_notebook(&mut self, params: DidChangeNotebookDocumentParams) {
        let (Some(path), Some(cells)) = (
            self.path(params.notebook_document.uri.as_ref()),
            params.change.cells,
        ) else {
            return;
        };
        let columns = self.client.columns;
        let gone = self.documents.change_notebook(&path, cells, columns);
        self.clear(gone);
        if self.documents.holds(&path) {
            self.stale.insert(path);
        }
    }

    fn did_close_notebook(&mut self, params: &DidCloseNotebookDocumentParams) {
        let Some(path) = self.path(params.notebook_document.uri.as_ref()) else {
            return;
        };
        let gone = self.documents.close_notebook(&path);
        self.clear(gone);
        self.follow_disk(path);
    }

    /// Takes back what was sent about cells that are gone.
    fn clear(&self, cells: Vec<Uri>) {
        if self.client.pulls {
            return;
        }
        for uri in cells {
            let face = Face {
                uri,
                version: None,
                cell: None,
            };
            self.send(&face, &[]);
        }
    }

    fn did_change(&mut self, params: DidChangeTextDocumentParams) {
        let document = params.text_document;
        let uri = document.text_document_identifier.uri;
        if let Some(path) = self.path(uri.as_ref()) {
            let columns = self.client.columns;
            self.documents
                .change(&path, document.version, params.content_changes, columns);
            if self.documents.get(&path).is_some() {
                self.stale.insert(path);
            }
        }
    }

    fn did_close(&mut self, params: &DidCloseTextDocumentParams) {
        let Some(path) = self.path(params.text_document.uri.as_ref()) else {
            return;
        };
        self.documents.close(&path);
        self.follow_disk(path);
    }

    /// Has a file looked at of which the editor holds nothing any more.
    fn follow_disk(&mut self, path: PathBuf) {
        if path.exists() {
            self.stale.insert(path);
        } else {
            self.read_again();
        }
    }

    fn did_watch(&mut self, params: &DidChangeWatchedFilesParams) {
        let mut again = false;
        for change in &params.changes {
            let Some(path) = self.path(change.uri.as_ref()) else {
                continue;
            };
            if change.kind != FileChangeType::Changed || discover::concerns_all(&path) {
                again = true;
            } else if !self.documents.holds(&path) {
                self.stale.insert(path);
            }
        }
        if again {
            self.read_again();
        }
    }

    fn did_move(&mut self, params: &DidChangeWorkspaceFoldersParams) {
        for removed in &params.event.removed {
            if let Some(path) = path_of(removed.uri.as_ref(), None) {
                self.close_folder(&path);
            }
        }
        for added in &params.event.added {
            if let Some(path) = path_of(added.uri.as_ref(), None) {
                self.open_folder(path);
            }
        }
    }

    fn open_folders(&mut self) {
        if self.client.watches {
            self.ask("client/registerCapability", answers::watchers());
        }
        for folder in self.client.folders.clone() {
            self.open_folder(folder);
        }
    }

    fn open_folder(&mut self, root: PathBuf) {
        if self.folders.iter().any(|it| it.root == root) {
            return;
        }
        let (folder, error) = Folder::open(root, &self.documents);
        if let Some(error) = error {
            self.warn(&error);
        }
        self.folders.extend(folder);
        let open = self.documents.paths().map(Path::to_owned);
        self.stale.extend(open.collect::<Vec<_>>());
    }

    fn close_folder(&mut self, root: &Path) {
        let Some(at) = self.folders.iter().position(|it| it.root == root) else {
            return;
        };
        let folder = self.folders.remove(at);
        self.edition += 1;
        let with_findings = folder.all_shown().filter(|it| !it.1.is_empty());
        let paths: Vec<PathBuf> = with_findings.map(|it| it.0.to_owned()).collect();
        for path in paths {
            self.publish(&path);
        }
    }

    /// Reads all folders again, because what is on the disk has changed.
    fn read_again(&mut self) {
        let mut errors = Vec::new();
        for folder in &mut self.folders {
            errors.extend(folder.read_again(&self.documents).err());
        }
        for error in errors {
            self.warn(&error);
        }
        let open = self.documents.paths().map(Path::to_owned);
        self.stale.extend(open.collect::<Vec<_>>());
    }
}
