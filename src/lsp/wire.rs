//! Messages as bytes: the frames of the protocol, and what is left of broken ones.
//!
//! Source: "Base Protocol" of the Language Server Protocol 3.18.

use std::io::{self, BufRead, Read as _, Write};

use crossbeam_channel::{Receiver, Sender};
use lsp_server::{Message, RequestId};
use serde_json::Value;

/// Longer lines are no headers.
const LONGEST_LINE: u64 = 64 * 1024;

/// Longer messages are passed over: the largest text that is read has 20 MB, and JSON may write
/// each of its bytes as six.
const LONGEST_MESSAGE: u64 = 256 * 1024 * 1024;

/// What came.
#[derive(Debug)]
pub(super) enum Incoming {
    /// A message.
    Message(Message),
    /// Something that is none, with its id if it has one, and what is the matter.
    Nonsense(Option<RequestId>, String),
}

/// Hands on all that comes until the input ends.
pub(super) fn read_all(mut from: impl BufRead, to: &Sender<Incoming>) {
    while let Ok(Some(incoming)) = read(&mut from) {
        let is_exit = matches!(&incoming, Incoming::Message(Message::Notification(it)) if it.method == "exit");
        if to.send(incoming).is_err() || is_exit {
            return;
        }
    }
}

/// Writes all that is said until nobody can say more.
pub(super) fn write_all(mut to: impl Write, from: &Receiver<Message>) {
    for message in from {
        if message.write(&mut to).is_err() {
            // The client is gone, and the end of its input will tell the session.
            return;
        }
    }
}

/// Reads the next frame; `None` at the end of the input.
fn read(from: &mut impl BufRead) -> io::Result<Option<Incoming>> {
    let Some(length) = length(from)? else {
        return Ok(None);
    };
    let mut body = from.by_ref().take(length);
    if length > LONGEST_MESSAGE {
        io::copy(&mut body, &mut io::sink())?;
        let why = format!("a message of {length} bytes is too long");
        return Ok(Some(Incoming::Nonsense(None, why)));
    }
    // The header may lie, so no room is made before the bytes are there.
    let mut bytes = Vec::new();
    body.read_to_end(&mut bytes)?;
    if (bytes.len() as u64) < length {
        return Ok(None);
    }
    Ok(Some(understood(&bytes)))
}

/// The length that the next header gives; lines that are no header are passed over.
fn length(from: &mut impl BufRead) -> io::Result<Option<u64>> {
    let mut length = None;
    loop {
        let mut line = Vec::new();
        from.by_ref()
            .take(LONGEST_LINE)
            .read_until(b'\n', &mut line)?;
        if line.is_empty() {
            return Ok(None);
        }
        let line = String::from_utf8_lossy(&line);
        let line = line.trim();
        if line.is_empty() && length.is_some() {
            return Ok(length);
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().ok();
        }
    }
}

fn understood(bytes: &[u8]) -> Incoming {
    let value: Value = match serde_json::from_slice(bytes) {
        Ok(value) => value,
        Err(error) => return Incoming::Nonsense(None, format!("not JSON: {error}")),
    };
    // A broken answer needs no answer.
    let is_answer = value.get("result").or_else(|| value.get("error")).is_some();
    let id = value.get("id").filter(|_| !is_answer).cloned();
    serde_json::from_value(value).map_or_else(
        |_| {
            let id = id.and_then(|it| serde_json::from_value(it).ok());
            Incoming::Nonsense(id, "neither a request nor a notification".to_owned())
        },
        Incoming::Message,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes of the bytes: methods, and `?` for what is no message.
    fn check(bytes: &[u8], expected: &[&str]) {
        let (to, from) = crossbeam_channel::unbounded();
        read_all(bytes, &to);
        drop(to);
        let found: Vec<String> = from
            .iter()
            .map(|it| match it {
                Incoming::Message(Message::Request(it)) => it.method,
                Incoming::Message(Message::Notification(it)) => it.method,
                Incoming::Message(Message::Response(_)) => "response".to_owned(),
                Incoming::Nonsense(id, _) => id.map_or("?".to_owned(), |it| format!("?{it}")),
            })
            .collect();
        assert_eq!(found, expected);
    }

    fn frame(body: &str) -> String {
        format!("Content-Length: {}\r\n\r\n{body}", body.len())
    }

    #[test]
    fn a_frame_is_a_message() {
        check(frame(r#"{"id":1,"method":"a"}"#).as_bytes(), &["a"]);
        let lower = frame(r#"{"method":"b"}"#).replace("Content-Length", "content-length");
        check(lower.as_bytes(), &["b"]);
        check(frame(r#"{"id":1,"result":null}"#).as_bytes(), &["response"]);
    }

    #[test]
    fn nonsense_ends_where_the_next_frame_begins() {
        let good = frame(r#"{"method":"b"}"#);
        for (bad, shown) in [
            ("{", "?"),
            ("[]", "?"),
            ("null", "?"),
            (r#"{"id":7}"#, "?7"),
            (r#"{"id":7,"result":1,"error":2}"#, "?"),
            (&"[".repeat(100_000), "?"),
        ] {
            check((frame(bad) + &good).as_bytes(), &[shown, "b"]);
        }
        check(format!("hello\r\n\r\n\nx: y\n{good}").as_bytes(), &["b"]);
    }

    #[test]
    fn a_frame_that_never_ends_is_none() {
        check(b"Content-Length: 99999999999\r\n\r\n{}", &["?"]);
        check(b"Content-Length: 10\r\n\r\n{}", &[]);
        check(b"Content-Length: -1\r\n\r\n{}", &[]);
        check(b"Content-Length", &[]);
    }

    #[test]
    fn nothing_is_read_behind_the_end() {
        let end = frame(r#"{"method":"exit"}"#);
        check((end + &frame(r#"{"method":"b"}"#)).as_bytes(), &["exit"]);
    }
}
