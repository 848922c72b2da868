//! An editor as the server sees it: speaks the protocol over the program's own streams.

use std::io::{BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use lsp_server::{Message, Notification, Request, RequestId, Response};
use serde_json::{Value, json};

use crate::tree::Tree;

/// Far more than any answer needs, also on a busy machine and without optimizations.
const PATIENCE: Duration = Duration::from_mins(1);

/// One session with a server that runs.
pub(crate) struct Editor {
    child: Child,
    to: Option<ChildStdin>,
    from: Receiver<Message>,
    asked: i32,
    /// What the server said at the greeting.
    pub(crate) abilities: Value,
    root: PathBuf,
    /// The last diagnostics of each file, by its path below the root.
    pub(crate) published: std::collections::BTreeMap<String, Value>,
    /// Everything else that the server said unasked.
    pub(crate) heard: Vec<Message>,
}

impl Editor {
    /// Starts a server and opens the folder of a tree.
    pub(crate) fn open(tree: &Tree, capabilities: &Value) -> Self {
        let mut editor = Self::start(tree);
        let params = json!({
            "processId": null,
            "capabilities": capabilities,
            "workspaceFolders": [{"uri": editor.uri(""), "name": "it"}],
        });
        editor.abilities = editor.ask("initialize", params);
        editor.tell("initialized", json!({}));
        editor
    }

    /// Starts a server and says nothing.
    pub(crate) fn start(tree: &Tree) -> Self {
        let mut command = tree.command(&["server"]);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let output = child.stdout.take().expect("it was asked for");
        let (to, from) = channel();
        std::thread::spawn(move || {
            let mut output = BufReader::new(output);
            while let Ok(Some(message)) = Message::read(&mut output) {
                if to.send(message).is_err() {
                    return;
                }
            }
        });
        Self {
            to: child.stdin.take(),
            child,
            from,
            asked: 0,
            abilities: Value::Null,
            root: tree.at(""),
            published: std::collections::BTreeMap::new(),
            heard: Vec::new(),
        }
    }

    /// The URI of a path below the root.
    pub(crate) fn uri(&self, path: &str) -> String {
        let path = self.root.join(path);
        let path = path.to_string_lossy().replace(' ', "%20");
        format!("file://{}", path.trim_end_matches('/'))
    }

    /// Sends bytes as they are.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        let to = self.to.as_mut().expect("the session is open");
        // A server that is gone is noticed by who waits for its answer.
        let _ = to.write_all(bytes).and_then(|()| to.flush());
    }

    fn write(&mut self, message: impl Into<Message>) {
        let mut bytes = Vec::new();
        message
            .into()
            .write(&mut bytes)
            .expect("a vector takes all");
        self.send(&bytes);
    }

    pub(crate) fn tell(&mut self, method: &str, params: Value) {
        let method = method.to_owned();
        self.write(Notification { method, params });
    }

    /// Asks, and gives what the answer holds: the result, or the error's code.
    pub(crate) fn ask(&mut self, method: &str, params: Value) -> Value {
        let id = self.ask_only(method, params);
        self.answer(&id)
    }

    /// Asks without waiting for the answer.
    pub(crate) fn ask_only(&mut self, method: &str, params: Value) -> RequestId {
        self.asked += 1;
        let (id, method) = (RequestId::from(self.asked), method.to_owned());
        let request = Request {
            id: id.clone(),
            method,
            params,
        };
        self.write(request);
        id
    }

    /// Waits for the answer to a question.
    pub(crate) fn answer(&mut self, id: &RequestId) -> Value {
        let until = Instant::now() + PATIENCE;
        loop {
            match self.hear(until) {
                Some(Message::Response(it)) if it.id == *id => {
                    return match it.response_result {
                        Ok(result) => result,
                        Err(error) => error.code.into(),
                    };
                }
                Some(message) => self.note(message),
                None => panic!("no answer to {id}: {:#?}", self.heard),
            }
        }
    }

    /// Waits until what was published is as wanted.
    pub(crate) fn wait(&mut self, what: &str, wanted: impl Fn(&Self) -> bool) {
        let until = Instant::now() + PATIENCE;
        while !wanted(self) {
            match self.hear(until) {
                Some(message) => self.note(message),
                None => panic!("{what}: {:#?} {:#?}", self.published, self.heard),
            }
        }
    }

    fn hear(&mut self, until: Instant) -> Option<Message> {
        let left = until.saturating_duration_since(Instant::now());
        self.from.recv_timeout(left).ok()
    }

    fn note(&mut self, message: Message) {
        match message {
            Message::Notification(it) if it.method == "textDocument/publishDiagnostics" => {
                let uri = it.params["uri"].as_str().expect("every file has a URI");
                let path = self.below(uri);
                self.published
                    .insert(path, it.params["diagnostics"].clone());
            }
            Message::Request(it) => {
                self.write(Response::new_ok(it.id.clone(), Value::Null));
                self.heard.push(Message::Request(it));
            }
            other => self.heard.push(other),
        }
    }

    /// The path below the root of a URI.
    pub(crate) fn below(&self, uri: &str) -> String {
        let path = uri
            .strip_prefix("file://")
            .unwrap_or(uri)
            .replace("%20", " ");
        let below = Path::new(&path).strip_prefix(&self.root);
        below.map_or_else(|_| uri.to_owned(), |it| it.to_string_lossy().into_owned())
    }

    pub(crate) fn did_open(&mut self, path: &str, text: &str) {
        let uri = self.uri(path);
        let document = json!({"uri": uri, "languageId": "python", "version": 1, "text": text});
        self.tell("textDocument/didOpen", json!({"textDocument": document}));
    }

    /// Replaces a range by lines and columns.
    pub(crate) fn type_at(&mut self, path: &str, from: (u32, u32), to: (u32, u32), text: &str) {
        let place = |it: (u32, u32)| json!({"line": it.0, "character": it.1});
        let change = json!({"range": {"start": place(from), "end": place(to)}, "text": text});
        let document = json!({"uri": self.uri(path), "version": 2});
        let params = json!({"textDocument": document, "contentChanges": [change]});
        self.tell("textDocument/didChange", params);
    }

    /// The rules of the diagnostics of a file; nothing when none were published.
    pub(crate) fn rules(&self, path: &str) -> Vec<&str> {
        let all = self.published.get(path).and_then(Value::as_array);
        let codes = all
            .into_iter()
            .flatten()
            .filter_map(|it| it["code"].as_str());
        codes.collect()
    }

    /// Ends the session and gives the exit code.
    pub(crate) fn close(mut self) -> Option<i32> {
        let answer = self.ask("shutdown", Value::Null);
        assert_eq!(answer, Value::Null);
        self.tell("exit", Value::Null);
        self.ended()
    }

    /// Goes away without a word, and gives the exit code.
    pub(crate) fn leave(mut self) -> Option<i32> {
        self.to = None;
        self.ended()
    }

    fn ended(&mut self) -> Option<i32> {
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            if let Some(status) = self.child.try_wait().expect("it is our child") {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("the server does not end");
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        // One that ended already has nothing against it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
