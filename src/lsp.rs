//! The editor's view: holds the texts, analyzes them as they change, and says what it found.
//!
//! One thread does all the work, in the order in which messages come.
//! A keystroke is answered with the findings of its file; once nobody has typed for a moment, the
//! whole project is judged as `unhang check` judges it, and that work stops when a message comes.

mod actions;
mod answers;
mod client;
mod convert;
mod documents;
mod events;
mod folder;
mod hover;
mod notebooks;
mod session;
mod uri;
mod wire;

use std::io::{BufRead, Write};
use std::thread;

use crossbeam_channel::unbounded;

use session::Session;

/// How a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The client said that it is done.
    Orderly,
    /// The client went away.
    Lost,
}

/// Speaks the language server protocol until the client ends it or goes away.
#[must_use]
pub fn serve(input: impl BufRead + Send + 'static, output: impl Write + Send + 'static) -> End {
    let (to_session, incoming) = unbounded();
    let (out, from_session) = unbounded();
    // It stays behind when the session ends: nobody can wake a thread that waits for input.
    thread::spawn(move || wire::read_all(input, &to_session));
    let writer = thread::spawn(move || wire::write_all(output, &from_session));
    let end = Session::new(incoming, out).run();
    // What was said last is still to be written; a panic there was reported where it happened.
    let _ = writer.join();
    end
}
