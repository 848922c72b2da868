//! What value an expression has: through names, imports, calls, objects and dicts, across files.
//!
//! The walk stops at a bounded depth, a bounded number of steps and at cycles; what lies behind is
//! unknown, with the reason. One resolver serves one task and remembers what it found, so the same
//! task always takes the same way, whatever the number of threads.

mod builtins;
mod calls;
mod conditions;
mod dicts;
mod fields;
mod files;
mod filters;
mod names;
pub mod objects;
mod operators;
mod params;
mod sessions;
mod texts;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use rustc_hash::FxHashMap as HashMap;

use crate::model::python::Module;
use crate::project::Project;
use crate::project::arguments::Reached;
use crate::project::modules::Target;
use crate::project::value::{Frame, List, Seen, Site, Value};
use crate::source::{FileId, Span};
use crate::syntax::python::{ClassId, ExprId, ExprKind, FunctionId, Piece};

/// How many calls, names and attributes deep a value may lie.
const DEPTH: u32 = 60;

/// How many expressions may be read to answer one question.
const STEPS: u32 = 3_000;

/// How many of them may go into one question aside, and into all that one question leads to.
const ASIDE: (u32, u32) = (200, 1_500);

/// How many calls may be entered inside each other.
const FRAMES: u32 = 8;

/// An answer that holds wherever it is asked for.
const HOLDS: u32 = u32::MAX;

/// An answer that was cut short.
const CUT: u32 = 0;

/// Answers what values expressions have.
pub struct Resolver<'p> {
    /// The project.
    pub project: &'p Project,
    /// Answers that hold wherever they are asked.
    memo: RefCell<HashMap<(FileId, ExprId), Seen>>,
    /// Answers that hold while one question of a caller is being answered: those that were cut
    /// short.
    passing: RefCell<HashMap<Question, Seen>>,
    /// Answers inside a frame that hold whoever asks.
    framed: RefCell<HashMap<Question, Seen>>,
    /// What calls build, by the call, when nothing is known of the calls around it.
    pub(super) reached: RefCell<ByCall<Rc<[Reached]>>>,
    imports: RefCell<HashMap<(FileId, u32, smol_str::SmolStr), Option<Target>>>,
    /// What is being read just now, with how far in it is.
    active: RefCell<HashMap<Question, u32>>,
    sites: RefCell<HashMap<(FileId, FunctionId), Rc<params::Callers>>>,
    depth: Cell<u32>,
    steps: Cell<u32>,
    /// How many steps went into questions aside.
    aside: Cell<u32>,
    /// Whether such a question is being answered just now.
    is_aside: Cell<bool>,
    frames: RefCell<HashMap<FrameKey, Rc<Frame>>>,
    last_frame: Cell<u32>,
    /// How many calls are entered inside each other just now.
    entered: Cell<u32>,
    /// The outermost of what is being read that the answer depends on: [`HOLDS`] for none, and
    /// [`CUT`] where it was cut short, so that it depends on the whole way to it.
    back: Cell<u32>,
    /// Whether nobody needs the answers any more, so that each may be "unknown".
    stop: Option<&'p (dyn Fn() -> bool + Sync)>,
}

/// What makes a frame.
#[derive(Clone, Copy)]
pub(super) struct Entered<'a> {
    pub(super) file: FileId,
    pub(super) function: FunctionId,
    pub(super) site: Option<&'a Site>,
    pub(super) partial: Option<&'a Site>,
    pub(super) this: Option<&'a Seen>,
    pub(super) outer: Option<&'a Rc<Frame>>,
}

/// What tells frames apart.
#[derive(Debug, PartialEq, Eq, Hash)]
struct FrameKey {
    function: (FileId, FunctionId),
    site: Option<Question>,
    partial: Option<Question>,
    this: Option<(FileId, ClassId, Option<Question>)>,
    outer: u32,
}

fn key_of(site: &Site) -> Question {
    (
        site.file,
        site.call,
        site.frame.as_ref().map_or(0, |it| it.id),
    )
}

/// What is known of calls.
type ByCall<T> = HashMap<(FileId, ExprId), T>;

/// An expression that is being read, in a frame.
type Question = (FileId, ExprId, u32);

impl<'p> Resolver<'p> {
    /// Starts without any memory.
    #[must_use]
    pub fn new(project: &'p Project) -> Self {
        Self {
            project,
            memo: RefCell::default(),
            passing: RefCell::default(),
            framed: RefCell::default(),
            reached: RefCell::default(),
            imports: RefCell::default(),
            active: RefCell::default(),
            sites: RefCell::default(),
            depth: Cell::new(0),
            steps: Cell::new(0),
            aside: Cell::new(0),
            is_aside: Cell::new(false),
            frames: RefCell::default(),
            last_frame: Cell::new(0),
            entered: Cell::new(0),
            back: Cell::new(HOLDS),
            stop: None,
        }
    }

    /// The same for somebody who may lose interest, and then throws all answers away.
    #[must_use]
    pub fn unless(project: &'p Project, stop: &'p (dyn Fn() -> bool + Sync)) -> Self {
        Self {
            stop: Some(stop),
            ..Self::new(project)
        }
    }

    /// Says whether nobody wants the answers any more.
    pub(super) fn stopper(&self) -> &'p (dyn Fn() -> bool + Sync) {
        self.stop.unwrap_or(&|| false)
    }

    /// The module of a file that some value led to.
    fn module(&self, file: FileId) -> Option<&'p Module> {
        self.project.module(file)
    }

    /// The place of an expression.
    #[must_use]
    pub fn span(&self, file: FileId, expr: ExprId) -> Span {
        self.project.span(file, expr)
    }

    /// The value of an expression when nothing is known of the calls around it.
    #[must_use]
    pub fn value(&self, file: FileId, expr: ExprId) -> Seen {
        self.eval(file, expr, None)
    }

    /// The value of an expression inside a call.
    #[must_use]
    pub fn eval(&self, file: FileId, expr: ExprId, frame: Option<&Rc<Frame>>) -> Seen {
        let at = self.span(file, expr);
        if frame.is_none()
            && let Some(known) = self.memo.borrow().get(&(file, expr))
        {
            return known.clone();
        }
        if self.depth.get() == 0 {
            if self.stop.is_some_and(|stop| stop()) {
                return Seen::unknown("not asked for any more", at);
            }
            self.steps.set(0);
            self.aside.set(0);
            self.back.set(HOLDS);
            self.passing.borrow_mut().clear();
        }
        let question = (file, expr, frame.map_or(0, |it| it.id));
        if frame.is_some()
            && let Some(known) = self.framed.borrow().get(&question)
        {
            return known.clone();
        }
        if let Some(known) = self.passing.borrow().get(&question) {
            return known.clone();
        }
        if self.depth.get() >= DEPTH || self.steps.get() >= STEPS {
            self.back.set(CUT);
            return Seen::unknown("too deep", at);
        }
        let (read, back) = self.once(question, 2 * self.depth.get() + 2, || {
            self.depth.set(self.depth.get() + 1);
            self.steps.set(self.steps.get() + 1);
            let seen = self.eval_kind(file, expr, frame);
            self.depth.set(self.depth.get() - 1);
            seen
        });
        let Some(seen) = read else {
            return Seen::unknown("defined by itself", at);
        };
        // An answer that depends on the way here is forgotten with the question it belongs to.
        if back == HOLDS || self.depth.get() == 0 {
            if frame.is_none() {
                self.memo.borrow_mut().insert((file, expr), seen.clone());
            } else {
                self.framed.borrow_mut().insert(question, seen.clone());
            }
        } else if !(self.is_aside.get() && back == CUT) {
            self.passing.borrow_mut().insert(question, seen.clone());
        }
        seen
    }

    /// Reads something unless it is being read already, further out: then the answer depends on
    /// that one. Gives what was read, and what it depends on.
    pub(super) fn once<T>(
        &self,
        question: Question,
        position: u32,
        read: impl FnOnce() -> T,
    ) -> (Option<T>, u32) {
        if let Some(outer) = self.active.borrow().get(&question) {
            let back = self.back.get().min(*outer);
            self.back.set(back);
            return (None, back);
        }
        self.active.borrow_mut().insert(question, position);
        let outer = self.back.replace(HOLDS);
        let answer = read();
        self.active.borrow_mut().remove(&question);
        let back = self.back.get();
        // A circle that ends here is nobody else's business.
        let back = if back >= position { HOLDS } else { back };
        self.back.set(outer.min(back));
        (Some(answer), back)
    }

    /// How far in something is that is read between two expressions.
    fn between(&self) -> u32 {
        2 * self.depth.get() + 1
    }

    /// Answers something that would be good to know on the way to another answer, with few steps of
    /// its own: the way itself must not end because of it.
    fn aside<T>(&self, ask: impl FnOnce() -> Option<T>) -> Option<T> {
        let (most, in_all) = ASIDE;
        if self.is_aside.get() {
            return ask();
        }
        if self.aside.get() >= in_all {
            return None;
        }
        let (steps, back) = (self.steps.get(), self.back.get());
        self.steps.set(STEPS - most);
        self.is_aside.set(true);
        let answer = ask();
        self.is_aside.set(false);
        let used = self.steps.get().saturating_sub(STEPS - most);
        self.aside.set(self.aside.get() + used);
        self.steps.set(steps);
        self.back.set(back);
        answer
    }

    /// The frame of a call: the same one whenever the same call is looked at again, so that what
    /// is found in it is found once.
    pub(super) fn frame(&self, entered: Entered<'_>) -> Rc<Frame> {
        let key = FrameKey {
            function: (entered.file, entered.function),
            site: entered.site.map(key_of),
            partial: entered.partial.map(key_of),
            this: entered.this.map(|it| match &it.value {
                Value::Instance(of) => (of.file, of.class, of.site.as_ref().map(key_of)),
                Value::Class(file, class) => (*file, *class, Some((*file, ExprId(u32::MAX), 0))),
                _ => (
                    it.at.file,
                    ClassId(u32::MAX),
                    Some((it.at.file, ExprId(it.at.start), 0)),
                ),
            }),
            outer: entered.outer.map_or(0, |it| it.id),
        };
        if let Some(known) = self.frames.borrow().get(&key) {
            return Rc::clone(known);
        }
        self.last_frame.set(self.last_frame.get() + 1);
        let frame = Rc::new(Frame {
            id: self.last_frame.get(),
            file: entered.file,
            function: entered.function,
            site: entered.site.cloned(),
            partial: entered.partial.cloned(),
            this: entered.this.cloned(),
            outer: entered.outer.cloned(),
        });
        self.frames.borrow_mut().insert(key, Rc::clone(&frame));
        frame
    }

    /// The frame in which a constructor builds an object.
    pub(super) fn constructor_frame(
        &self,
        file: FileId,
        function: FunctionId,
        this: &Seen,
        site: &Site,
    ) -> Rc<Frame> {
        let (site, this) = (Some(site), Some(this));
        self.frame(Entered {
            file,
            function,
            site,
            partial: None,
            this,
            outer: None,
        })
    }

    /// What an import of a file means.
    fn target(&self, file: FileId, level: u32, module: &str) -> Option<Target> {
        let key = (file, level, smol_str::SmolStr::from(module));
        if let Some(known) = self.imports.borrow().get(&key) {
            return known.clone();
        }
        let found = self.project.layout.resolve(file.0 as usize, level, module);
        self.imports.borrow_mut().insert(key, found.clone());
        found
    }

    fn eval_kind(&self, file: FileId, expr: ExprId, frame: Option<&Rc<Frame>>) -> Seen {
        let at = self.span(file, expr);
        let Some(module) = self.module(file) else {
            return Seen::unknown("in a file that was not parsed", at);
        };
        let simple = |value: Value| Seen { value, at };
        match module.ast.kind(expr) {
            ExprKind::None => simple(Value::None),
            ExprKind::Bool(value) => simple(Value::Bool(*value)),
            ExprKind::Int(value) => simple(Value::Int(*value)),
            ExprKind::Float(value) => simple(Value::Float(*value)),
            ExprKind::Str(value) => simple(Value::Str(value.clone())),
            ExprKind::Format(pieces) => self.format(file, pieces, frame, at),
            ExprKind::Name(name) => self.name(file, expr, name, frame),
            ExprKind::Attribute { value, name } => self.attribute(file, expr, *value, name, frame),
            ExprKind::Call { callee, .. } => self.call(file, expr, *callee, frame),
            ExprKind::Subscript { value, index } => self.subscript(file, *value, *index, frame, at),
            ExprKind::Tuple(items) | ExprKind::List(items) | ExprKind::Set(items) => {
                self.list(file, items, frame, at)
            }
            ExprKind::Dict(entries) => self.dict(file, entries, frame, at),
            ExprKind::Comprehension(_) => self.comprehension(file, expr, frame, at),
            ExprKind::Unary(operator, value) => self.unary(file, *operator, *value, frame, at),
            ExprKind::Binary(operator, a, b) => self.binary(file, *operator, *a, *b, frame, at),
            ExprKind::Or(a, b) => self.or(file, *a, *b, frame, at),
            ExprKind::And(a, b) => self.and(file, *a, *b, frame, at),
            ExprKind::Conditional {
                then,
                test,
                otherwise,
            } => self.conditional(file, [*then, *test, *otherwise], frame, at),
            ExprKind::Await(value) | ExprKind::Walrus(_, value) => self.eval(file, *value, frame),
            ExprKind::Lambda(function) => simple(Value::Function(file, *function, frame.cloned())),
            ExprKind::Not(_) | ExprKind::Compare(..) => Seen::unknown("a condition", at),
            ExprKind::Slice(_) | ExprKind::Star(_) | ExprKind::Yield(_) | ExprKind::Opaque(_) => {
                Seen::unknown("an expression that is not followed", at)
            }
        }
    }

    fn format(&self, file: FileId, pieces: &[Piece], frame: Option<&Rc<Frame>>, at: Span) -> Seen {
        let mut parts: Vec<Option<smol_str::SmolStr>> = Vec::new();
        for piece in pieces {
            match piece {
                Piece::Text(text) => parts.push(Some(text.clone())),
                Piece::Value(value) => {
                    let seen = self.eval(file, *value, frame);
                    match (&seen.value, seen.number()) {
                        (Value::Str(text), _) => parts.push(Some(text.clone())),
                        (Value::Text(inner), _) => parts.extend(inner.iter().cloned()),
                        (_, Some(number)) => parts.push(Some(number.to_string().into())),
                        _ => parts.push(None),
                    }
                }
            }
        }
        operators::text(parts, at)
    }

    fn list(&self, file: FileId, items: &[ExprId], frame: Option<&Rc<Frame>>, at: Span) -> Seen {
        let mut list = List::default();
        for item in items.iter().take(64) {
            let spread = self.module(file).is_some_and(|module| {
                matches!(
                    module.ast.kind(*item),
                    ExprKind::Star(_) | ExprKind::Opaque(_)
                )
            });
            if spread {
                list.open = true;
            } else {
                list.items.push(self.eval(file, *item, frame));
            }
        }
        list.open |= items.len() > 64;
        Seen {
            value: Value::List(Rc::new(list)),
            at,
        }
    }

    /// The call of an expression, as a site.
    fn site(file: FileId, call: ExprId, frame: Option<&Rc<Frame>>) -> Site {
        Site {
            file,
            call,
            frame: frame.cloned(),
        }
    }
}

/// Applies a function to each alternative of a value.
fn each(seen: &Seen, mut apply: impl FnMut(&Seen) -> Seen) -> Seen {
    match &seen.value {
        Value::OneOf(all) => Seen::one_of(all.iter().map(apply).collect(), seen.at),
        _ => apply(seen),
    }
}
