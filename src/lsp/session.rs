//! From the first message to the last: what is done when, and what is told to the client unasked.

use std::collections::{BTreeSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use gen_lsp_types::Diagnostic;
use lsp_server::{ErrorCode, Message, Notification, Request, RequestId, Response};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::discover;

use super::End;
use super::answers::{self, Parked};
use super::client::Client;
use super::documents::{Documents, Face};
use super::folder::{Editor, Folder};
use super::uri::path_of;
use super::wire::Incoming;

/// How long nobody must have typed before the whole project is judged.
const PAUSE: Duration = Duration::from_millis(300);

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
    pub(super) stale: BTreeSet<PathBuf>,
    /// Questions that are answered when there is something new to say.
    pub(super) parked: Vec<Parked>,
    /// How often something else was found than before, in any folder.
    pub(super) edition: u64,
    /// The edition of the last answer about all files.
    pub(super) told: Option<u64>,
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
            edition: 0,
            told: None,
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
            let id = match &incoming {
                Incoming::Message(Message::Request(it)) => Some(it.id.clone()),
                _ => None,
            };
            // A bug is one answer less, not the end of a working day.
            let done = catch_unwind(AssertUnwindSafe(|| self.take(incoming)));
            if done.is_err() {
                self.recover();
                if let Some(id) = id {
                    let why = "unhang has a bug".to_owned();
                    self.refuse(id, &Refusal(ErrorCode::InternalError, why));
                }
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
                let Some(id) = self.park(id, &method, &params) else {
                    return;
                };
                self.catch_up();
                let answer = self.answer(&method, params);
                return self.reply(id, answer);
            }
        };
        self.reply(id, answer);
    }

    pub(super) fn reply(&self, id: RequestId, answer: Result<Value, Refusal>) {
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

    /// Looks at the texts that changed.
    fn catch_up(&mut self) {
        for path in std::mem::take(&mut self.stale) {
            let roots = self.folders.iter().enumerate();
            let holds = roots.filter(|(_, it)| path.starts_with(&it.root));
            let deepest = holds.max_by_key(|(_, it)| it.root.components().count());
            if let Some(at) = deepest.map(|it| it.0) {
                let editor = Editor {
                    client: &self.client,
                    documents: &self.documents,
                };
                self.folders[at].update(&path, editor, &mut self.edition);
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
            match folder.settle(editor, &mut self.edition, &stop) {
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

    /// Whether the client has greeted and not said goodbye.
    pub(super) fn is_open(&self) -> bool {
        self.stage == Stage::Open
    }

    /// What the editor knows.
    pub(super) fn editor(&self) -> Editor<'_> {
        Editor {
            client: &self.client,
            documents: &self.documents,
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
    pub(super) fn publish(&self, path: &Path) {
        if self.client.pulls {
            return;
        }
        let shown = self.folder_of(path).and_then(|it| it.shown(path));
        for face in self.documents.faces(path) {
            let diagnostics = shown.map_or(&[][..], |it| it.of(face.cell));
            self.send(&face, diagnostics);
        }
    }

    /// Sends the diagnostics of what the client shows.
    pub(super) fn send(&self, face: &Face, diagnostics: &[Diagnostic]) {
        let mut params = json!({"uri": face.uri, "diagnostics": diagnostics});
        if let Some(version) = face.version {
            params["version"] = version.into();
        }
        let method = "textDocument/publishDiagnostics".to_owned();
        self.say(Notification { method, params });
    }

    /// Tells the user why something does not work.
    pub(super) fn warn(&self, error: &discover::Error) {
        let params = json!({"type": 1, "message": format!("unhang: {error}")});
        let method = "window/showMessage".to_owned();
        self.say(Notification { method, params });
    }

    pub(super) fn log(&self, message: &str) {
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
