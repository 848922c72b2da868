//! From the first message to the last: what is done when, and what is told to the client unasked.

use std::collections::{BTreeSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use lsp_server::{ErrorCode, Message, Notification, Request, RequestId, Response};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::discover;

use super::End;
use super::answers::{self, Parked};
use super::client::Client;
use super::documents::{Document, Documents};
use super::folder::{Editor, Folder};
use super::uri::path_of;
use super::wire::Incoming;

/// How long nobody must have typed before the whole project is judged.
const PAUSE: Duration = Duration::from_millis(200);

/// What was asked wrongly.
pub(super) struct Refusal(pub(super) ErrorCode, pub(super) String);

/// One session.
pub(super) struct Session {
    incoming: Receiver<Incoming>,
    out: Sender<Message>,
    /// What came while something else was done.
    queue: VecDeque<Incoming>,
    pub(super) client: Client,
    pub(super) documents: Documents,
    pub(super) folders: Vec<Folder>,
    /// Open texts that changed since they were looked at.
    stale: BTreeSet<PathBuf>,
    /// Questions that are answered when there is something new to say.
    pub(super) parked: Vec<Parked>,
    /// How many questions were asked.
    asked: i32,
    stage: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nothing was said yet.
    New,
    Open,
    /// The client said that it is done.
    Closing,
}

impl Session {
    pub(super) fn new(incoming: Receiver<Incoming>, out: Sender<Message>) -> Self {
        Self {
            incoming,
            out,
            queue: VecDeque::new(),
            client: Client::new(&Value::Null),
            documents: Documents::default(),
            folders: Vec::new(),
            stale: BTreeSet::new(),
            parked: Vec::new(),
            asked: 0,
            stage: Stage::New,
        }
    }

    /// Takes messages until the client ends the session or goes away.
    pub(super) fn run(mut self) -> End {
        loop {
            let Some(incoming) = self.next() else {
                return End::Lost;
            };
            if matches!(&incoming, Incoming::Message(Message::Notification(it)) if it.method == "exit")
            {
                return match self.stage {
                    Stage::Closing => End::Orderly,
                    Stage::New | Stage::Open => End::Lost,
                };
            }
            // A bug is one answer that nobody gets, not the end of a working day.
            let done = catch_unwind(AssertUnwindSafe(|| self.take(incoming)));
            if done.is_err() {
                self.recover();
            }
        }
    }

    /// The next message; meanwhile, and while there is none, the work that is left.
    fn next(&mut self) -> Option<Incoming> {
        loop {
            self.queue.extend(self.incoming.try_iter());
            if let Some(incoming) = self.queue.pop_front() {
                return Some(incoming);
            }
            if catch_unwind(AssertUnwindSafe(|| self.catch_up())).is_err() {
                self.recover();
            }
            let left = self.folders.iter().any(|it| !it.settled);
            let incoming = if left {
                self.incoming.recv_timeout(PAUSE)
            } else {
                let last = self.incoming.recv();
                last.map_err(|_| RecvTimeoutError::Disconnected)
            };
            match incoming {
                Ok(incoming) => return Some(incoming),
                Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) => {
                    if catch_unwind(AssertUnwindSafe(|| self.settle())).is_err() {
                        self.recover();
                    }
                }
            }
        }
    }

    fn take(&mut self, incoming: Incoming) {
        match incoming {
            Incoming::Message(Message::Request(it)) => self.request(it),
            Incoming::Message(Message::Notification(it)) => self.notification(it),
            // Nothing depends on what the client answers.
            Incoming::Message(Message::Response(_)) => {}
            Incoming::Nonsense(Some(id), why) => {
                self.refuse(id, &Refusal(ErrorCode::InvalidRequest, why));
            }
            Incoming::Nonsense(None, why) => self.log(&format!("passed over a message: {why}")),
        }
    }

    fn request(&mut self, request: Request) {
        let Request { id, method, params } = request;
        if self.is_cancelled(&id) {
            let why = "the client does not need it any more".to_owned();
            return self.refuse(id, &Refusal(ErrorCode::RequestCanceled, why));
        }
        let answer = match (self.stage, method.as_str()) {
            (Stage::New, "initialize") => Ok(self.initialize(&params)),
            (Stage::New, _) => {
                let why = "`initialize` comes first".to_owned();
                Err(Refusal(ErrorCode::ServerNotInitialized, why))
            }
            (Stage::Closing, _) | (_, "initialize") => {
                let why = format!("`{method}` comes too late or twice");
                Err(Refusal(ErrorCode::InvalidRequest, why))
            }
            (Stage::Open, "shutdown") => {
                self.stage = Stage::Closing;
                self.release();
                Ok(Value::Null)
            }
            (Stage::Open, _) => {
                let Some(id) = self.park(&id, &method, &params) else {
                    return;
                };
                self.catch_up();
                let answer = self.answer(&method, params);
                return self.reply(id, answer);
            }
        };
        self.reply(id, answer);
    }

    fn reply(&mut self, id: RequestId, answer: Result<Value, Refusal>) {
        match answer {
            Ok(answer) => self.say(Response::new_ok(id, answer)),
            Err(refusal) => self.refuse(id, &refusal),
        }
    }

    fn initialize(&mut self, params: &Value) -> Value {
        self.client = Client::new(params);
        self.stage = Stage::Open;
        answers::abilities(&self.client)
    }

    fn notification(&mut self, it: Notification) {
        let Notification { method, params } = it;
        if self.stage != Stage::Open {
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

    fn did_open(&mut self, params: gen_lsp_types::DidOpenTextDocumentParams) {
        let gen_lsp_types::TextDocumentItem {
            uri, version, text, ..
        } = params.text_document;
        let Some(path) = self.path(uri.as_ref()) else {
            return;
        };
        let document = Document { uri, version, text };
        self.documents.open(path.clone(), document);
        if self.folder_of(&path).is_none() {
            self.open_folder(discover::project_of(&path));
        }
        self.stale.insert(path);
    }

    fn did_change(&mut self, params: gen_lsp_types::DidChangeTextDocumentParams) {
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

    fn did_close(&mut self, params: &gen_lsp_types::DidCloseTextDocumentParams) {
        let Some(path) = self.path(params.text_document.uri.as_ref()) else {
            return;
        };
        self.documents.close(&path);
        if path.exists() {
            self.stale.insert(path);
        } else {
            self.read_again();
        }
    }

    fn did_watch(&mut self, params: &gen_lsp_types::DidChangeWatchedFilesParams) {
        let mut again = false;
        for change in &params.changes {
            let Some(path) = self.path(change.uri.as_ref()) else {
                continue;
            };
            let python = path.extension().is_some_and(|it| it == "py" || it == "pyw");
            let only_text = change.kind == gen_lsp_types::FileChangeType::Changed && python;
            if !only_text {
                again = true;
            } else if self.documents.get(&path).is_none() {
                self.stale.insert(path);
            }
        }
        if again {
            self.read_again();
        }
    }

    fn did_move(&mut self, params: &gen_lsp_types::DidChangeWorkspaceFoldersParams) {
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
        let with_findings = folder.all_shown().filter(|it| !it.1.diagnostics.is_empty());
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

    /// Looks at the texts that changed.
    fn catch_up(&mut self) {
        for path in std::mem::take(&mut self.stale) {
            let editor = Editor {
                client: &self.client,
                documents: &self.documents,
            };
            let roots = self.folders.iter().enumerate();
            let holds = roots.filter(|(_, it)| path.starts_with(&it.root));
            let deepest = holds.max_by_key(|(_, it)| it.root.components().count());
            if let Some(at) = deepest.map(|it| it.0) {
                self.folders[at].update(&path, editor);
                self.publish(&path);
            }
        }
    }

    /// Judges all that changed, unless a message comes meanwhile.
    fn settle(&mut self) {
        let editor = Editor {
            client: &self.client,
            documents: &self.documents,
        };
        let incoming = &self.incoming;
        let stop = || !incoming.is_empty();
        let mut changed = Vec::new();
        for folder in self.folders.iter_mut().filter(|it| !it.settled) {
            match folder.settle(editor, &stop) {
                Some(paths) => changed.extend(paths),
                None => break,
            }
        }
        for path in &changed {
            self.publish(path);
        }
        if self.folders.iter().all(|it| it.settled) {
            self.answer_parked();
        }
        if !changed.is_empty() && self.client.refreshes {
            self.ask("workspace/diagnostic/refresh", Value::Null);
        }
    }

    /// After a bug: reads everything anew, since nobody knows what is half done.
    fn recover(&mut self) {
        self.log("unhang has a bug: please report the message on its standard error");
        let roots: Vec<PathBuf> = self.folders.drain(..).map(|it| it.root).collect();
        self.stale.clear();
        for root in roots {
            let opened = catch_unwind(|| Folder::open(root, &Documents::default()));
            if let Ok((Some(mut folder), _)) = opened {
                // What failed once would fail again for as long as nobody changes anything.
                folder.settled = true;
                self.folders.push(folder);
            }
        }
    }

    /// The innermost folder that holds a file.
    pub(super) fn folder_of(&self, path: &Path) -> Option<&Folder> {
        let holds = self.folders.iter().filter(|it| path.starts_with(&it.root));
        holds.max_by_key(|it| it.root.components().count())
    }

    /// The path of a URI; `None` when it is none of a file.
    pub(super) fn path(&self, uri: &str) -> Option<PathBuf> {
        let first = self.folders.first().map(|it| it.root.as_path());
        path_of(uri, first)
    }

    /// Whether the client has taken back a question meanwhile.
    fn is_cancelled(&mut self, id: &RequestId) -> bool {
        self.queue.extend(self.incoming.try_iter());
        let id = serde_json::to_value(id).unwrap_or_default();
        self.queue.iter().any(|it| match it {
            Incoming::Message(Message::Notification(it)) => {
                it.method == "$/cancelRequest" && it.params.get("id") == Some(&id)
            }
            _ => false,
        })
    }

    /// Sends the diagnostics of a file, unless the client asks for them.
    fn publish(&self, path: &Path) {
        if self.client.pulls {
            return;
        }
        let shown = self.folder_of(path).and_then(|it| it.shown(path));
        let diagnostics = shown.map_or(&[][..], |it| &it.diagnostics);
        let mut params = json!({"uri": self.documents.uri(path), "diagnostics": diagnostics});
        if let Some(document) = self.documents.get(path) {
            params["version"] = document.version.into();
        }
        let method = "textDocument/publishDiagnostics".to_owned();
        self.say(Notification { method, params });
    }

    /// Tells the user why something does not work.
    fn warn(&self, error: &discover::Error) {
        let params = json!({"type": 1, "message": format!("unhang: {error}")});
        let method = "window/showMessage".to_owned();
        self.say(Notification { method, params });
    }

    fn log(&self, message: &str) {
        let params = json!({"type": 2, "message": message});
        let method = "window/logMessage".to_owned();
        self.say(Notification { method, params });
    }

    /// Asks the client for something, whatever it answers.
    pub(super) fn ask(&mut self, method: &str, params: Value) {
        self.asked += 1;
        let id = RequestId::from(format!("unhang-{}", self.asked));
        let method = method.to_owned();
        self.say(Request { id, method, params });
    }

    fn refuse(&self, id: RequestId, refusal: &Refusal) {
        let Refusal(code, why) = refusal;
        self.say(Response::new_err(id, *code as i32, why.clone()));
    }

    pub(super) fn say(&self, message: impl Into<Message>) {
        // When the writer is gone, so is the client, and the end of its input will tell.
        let _ = self.out.send(message.into());
    }
}

/// Parameters as their type.
pub(super) fn read<T: DeserializeOwned>(params: Value) -> Result<T, Refusal> {
    serde_json::from_value(params).map_err(|it| Refusal(ErrorCode::InvalidParams, it.to_string()))
}
