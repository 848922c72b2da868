//! What somebody who calls a function of the project waits for: models, agents, requests, pauses.

mod agents;
mod calls;
mod clients;
mod flows;
mod loops;
mod values;
mod what_if;

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use crate::budget::work::{Note, Work};
use crate::finding::Label;
use crate::project::entry_points::Runs;
use crate::project::loops::{LoopRetry, LoopSite};
use crate::project::requests::RequestSite;
use crate::project::resolve::Resolver;
use crate::project::value::{Frame, Seen, Site};
use crate::source::{FileId, Span};
use crate::syntax::python::{ExprId, FunctionId, StmtId};

pub use what_if::{BadSetting, WhatIf};

/// How many functions deep work is looked for.
const DEPTH: usize = 16;

/// How many functions below one are entered with the arguments of their callers; after that, with
/// what all of their callers have in common.
const ENTERED: u32 = 60;

/// How deep blocks and expressions of one function may be nested in each other.
const NESTED: u32 = 40;

/// What there may be to wait for.
type Maybe = Option<Arc<Work>>;

/// A function of the project.
type Own = (FileId, FunctionId);

/// Where code stands: its file, and the call of the function around it.
#[derive(Clone)]
pub(in crate::project) struct Place {
    file: FileId,
    frame: Option<Rc<Frame>>,
    /// How deep it is nested in blocks and expressions of its function.
    nested: u32,
}

impl Place {
    fn site(&self, call: ExprId) -> Site {
        Site {
            file: self.file,
            call,
            frame: self.frame.clone(),
        }
    }

    /// One block or expression further in; `None` when that is too deep.
    fn inside(&self) -> Option<Self> {
        (self.nested < NESTED).then(|| Self {
            nested: self.nested + 1,
            ..self.clone()
        })
    }
}

/// Answers what takes the time of a call, and remembers it for functions.
pub(in crate::project) struct Works<'r, 'p> {
    resolver: &'r Resolver<'p>,
    what_if: &'r WhatIf,
    of_files: RefCell<HashMap<FileId, Rc<OfFile<'p>>>>,
    /// What a function takes for any of its callers.
    plain: RefCell<HashMap<Own, Maybe>>,
    /// The same where functions call each other in turn, so that it depends on the one that was
    /// entered first: it holds for one entry point.
    passing: RefCell<HashMap<Own, Maybe>>,
    /// The functions that are being looked at.
    active: RefCell<Vec<Own>>,
    /// The outermost of them that a call below came back to, by its position.
    back: Cell<usize>,
    left: Cell<u32>,
}

/// What is known of a file before any of its functions is entered.
struct OfFile<'p> {
    loops: OnceCell<Vec<LoopSite>>,
    requests: OnceCell<HashMap<ExprId, RequestSite<'p>>>,
    /// The statements that call something.
    calling: HashSet<StmtId>,
}

impl<'r, 'p> Works<'r, 'p> {
    pub(in crate::project) fn new(resolver: &'r Resolver<'p>, what_if: &'r WhatIf) -> Self {
        Self {
            resolver,
            what_if,
            of_files: RefCell::default(),
            plain: RefCell::default(),
            passing: RefCell::default(),
            active: RefCell::default(),
            back: Cell::new(usize::MAX),
            left: Cell::new(ENTERED),
        }
    }

    /// What somebody waits for who enters the application.
    pub(in crate::project) fn of_entry(&self, runs: &Runs) -> Maybe {
        self.left.set(ENTERED);
        self.back.set(usize::MAX);
        self.passing.borrow_mut().clear();
        match runs {
            Runs::Function(file, function) => self.plain((*file, *function)),
            Runs::Value(seen) => self.of_value(seen),
            Runs::Script(file, lines) => {
                let place = Place {
                    file: *file,
                    frame: None,
                    nested: 0,
                };
                self.block(&place, lines).whole()
            }
        }
    }

    /// What running a value takes: a chain that is served, a graph.
    fn of_value(&self, seen: &Seen) -> Maybe {
        let run = values::Run {
            at: seen.at,
            site: None,
            reads: false,
            blocks: false,
            bindings: Vec::new(),
        };
        self.run_of(seen, &run)
    }

    fn of_file(&self, file: FileId) -> Rc<OfFile<'p>> {
        if let Some(known) = self.of_files.borrow().get(&file) {
            return Rc::clone(known);
        }
        let module = self.resolver.project.module(file);
        let calls = module.map_or(&[][..], |it| &it.calls);
        let calling = calls
            .iter()
            .filter_map(|it| module.map(|module| module.ast.expr(*it).stmt));
        let known = Rc::new(OfFile {
            loops: OnceCell::new(),
            requests: OnceCell::new(),
            calling: calling.collect(),
        });
        self.of_files.borrow_mut().insert(file, Rc::clone(&known));
        known
    }

    /// The request that a call of a file sends.
    fn request_at(&self, file: FileId, call: ExprId) -> Option<RequestSite<'p>> {
        let of_file = self.of_file(file);
        let requests = of_file.requests.get_or_init(|| {
            let all = self.resolver.requests(file).into_iter();
            all.map(|it| (it.site.call, it)).collect()
        });
        requests.get(&call).cloned()
    }

    /// The loop at a place that tries something again.
    fn retry_at(&self, at: Span) -> Option<LoopRetry> {
        let of_file = self.of_file(at.file);
        let loops = of_file.loops.get_or_init(|| self.resolver.loops(at.file));
        loops.iter().find(|it| it.at == at)?.retry.clone()
    }

    /// What a function takes when nothing is known of the call.
    fn plain(&self, own: Own) -> Maybe {
        if let Some(known) = self.plain.borrow().get(&own) {
            return known.clone();
        }
        if let Some(known) = self.passing.borrow().get(&own) {
            // What it depends on is further out than whoever asks now.
            self.back.set(0);
            return known.clone();
        }
        // The answer must not depend on who asked for what before.
        let left = self.left.replace(ENTERED);
        let outer = self.back.replace(usize::MAX);
        let position = self.active.borrow().len();
        let work = self.body(own, None);
        self.left.set(left);
        let back = self.back.get();
        let memo = if back < position {
            &self.passing
        } else {
            &self.plain
        };
        memo.borrow_mut().insert(own, work.clone());
        self.back
            .set(outer.min(if back < position { back } else { usize::MAX }));
        work
    }

    /// What a function takes for one call of it.
    fn entered(&self, own: Own, frame: Rc<Frame>) -> Maybe {
        let Some(left) = self.left.get().checked_sub(1) else {
            return self.plain(own);
        };
        self.left.set(left);
        self.body(own, Some(frame))
    }

    fn body(&self, own: Own, frame: Option<Rc<Frame>>) -> Maybe {
        let (file, function) = own;
        let module = self.resolver.project.module(file)?;
        let code = module.ast.function(function);
        let span = Span {
            file,
            start: code.name_span.start,
            end: code.name_span.end,
        };
        let before = self.active.borrow().iter().position(|it| *it == own);
        let deep = self.active.borrow().len() >= DEPTH;
        if let Some(position) = before.or(deep.then_some(0)) {
            self.back.set(self.back.get().min(position));
            return None;
        }
        self.active.borrow_mut().push(own);
        let place = Place {
            file,
            frame,
            nested: 0,
        };
        let work = match code.result {
            Some(result) => self.expr(&place, result),
            None => self.block(&place, &code.body).whole(),
        };
        self.active.borrow_mut().pop();
        let mut work = work?;
        if code.result.is_none() {
            work = Work::named(note(format!("{}()", code.name), span), work);
        }
        Some(self.decorated(own, work))
    }

    /// The same behind the decorators of the function.
    fn decorated(&self, (file, function): Own, work: Arc<Work>) -> Arc<Work> {
        let layers = self.resolver.layers_around(file, function);
        let layers = layers.iter().rev();
        layers.fold(work, |work, layer| loops::layered(layer, work))
    }
}

/// What people are told of something at one place.
fn note(title: impl Into<String>, span: Span) -> Note {
    Note {
        title: title.into(),
        at: Label {
            span,
            text: String::new(),
        },
        because: Vec::new(),
        client: None,
    }
}

/// The same with the place that a number comes from.
fn note_because(title: impl Into<String>, span: Span, at: Span, text: String) -> Note {
    Note {
        because: vec![Label { span: at, text }],
        ..note(title, span)
    }
}
