//! How much of a text of any size there is, and what becomes of several such amounts.

use std::rc::Rc;

use smol_str::SmolStr;

use crate::catalog::prompts::{TextKind, TextSource};
use crate::source::Span;

/// How much of what somebody loads an expression carries.
#[derive(Debug, Clone)]
pub(super) enum Flow {
    /// Nothing, as far as can be told.
    Nothing,
    /// Something that the text can be read from: an open file, an answer of a server.
    Handle(Rc<Load>),
    /// Something that was cut to size on the way.
    Cut,
    /// One document of many, at a time.
    One(Rc<Load>),
    /// All of it.
    All(Rc<Load>),
}

/// Where the text was loaded, and where it was put together.
#[derive(Debug, Clone)]
pub struct Load {
    /// The call that loads.
    pub at: Span,
    /// What kind of text it loads.
    pub kind: TextKind,
    /// What loads it: a class or a function, by its last name.
    pub by: SmolStr,
    /// Whether each document is a whole file or page.
    pub whole: bool,
    /// What the catalogue says of it; none for a loader of LangChain.
    pub source: Option<&'static TextSource>,
    /// Where the documents are joined.
    pub joined: Option<Span>,
    /// Where the text is put into another one.
    pub written: Option<Span>,
}

impl Load {
    /// Whether iterating over what is read from gives the text in parts.
    fn is_iterated(&self) -> bool {
        self.source.is_some_and(|it| it.iterated)
    }
}

/// What text there is without reading anything.
pub(super) fn readable(flow: Flow) -> Flow {
    match flow {
        Flow::Handle(_) => Flow::Nothing,
        other => other,
    }
}

pub(super) fn noted(flow: Flow, note: impl FnOnce(&mut Load)) -> Flow {
    match flow {
        Flow::All(load) => {
            let mut load = (*load).clone();
            note(&mut load);
            Flow::All(Rc::new(load))
        }
        other => other,
    }
}

/// What parts carry that stand side by side: the whole of one is the whole.
pub(super) fn together(parts: impl Iterator<Item = Flow>) -> Flow {
    parts.fold(Flow::Nothing, |all, part| match (&all, &part) {
        (Flow::All(_), _) | (Flow::One(_), Flow::Cut | Flow::One(_)) => all,
        (_, Flow::Nothing | Flow::Handle(_)) if !matches!(all, Flow::Nothing) => all,
        _ => part,
    })
}

/// What one of several values carries: where one of them is cut, somebody has thought of it.
pub(super) fn one_of(values: impl Iterator<Item = Flow>) -> Flow {
    values.fold(Flow::Nothing, |all, value| match (&all, &value) {
        (Flow::Cut, _)
        | (_, Flow::Nothing)
        | (Flow::All(_), Flow::One(_) | Flow::All(_))
        | (Flow::One(_) | Flow::All(_), Flow::Handle(_)) => all,
        _ => value,
    })
}

/// What a collection carries that is filled with this, round by round.
pub(super) fn gathered(each: Flow) -> Flow {
    match each {
        Flow::One(load) => Flow::All(load),
        other => other,
    }
}

/// What is left of something that was cut.
pub(super) fn cut(flow: &Flow) -> Flow {
    match flow {
        Flow::Nothing => Flow::Nothing,
        // One of several files is a whole file; one page of a document is not the document.
        Flow::Handle(load) if !load.is_iterated() => Flow::Handle(Rc::clone(load)),
        _ => Flow::Cut,
    }
}

/// What each element of something carries.
pub(super) fn each(all: Flow) -> Flow {
    match all {
        Flow::All(load) => Flow::One(load),
        Flow::Handle(load) if load.is_iterated() => Flow::One(load),
        other => other,
    }
}
