//! What value an expression has: through names, imports, calls, objects and dicts, across files.
//!
//! The walk stops at a bounded depth, a bounded number of steps and at cycles; what lies behind is
//! unknown, with the reason. One resolver serves one task and remembers what it found, so the same
//! task always takes the same way, whatever the number of threads.

mod builtins;
mod calls;
mod dicts;
mod names;
pub mod objects;
mod operators;

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use crate::model::python::Module;
use crate::project::Project;
use crate::project::value::{Frame, List, Seen, Site, Value};
use crate::source::{FileId, Span};
use crate::syntax::python::{ExprId, ExprKind, Piece};

/// How many calls, names and attributes deep a value may lie.
const DEPTH: u32 = 60;

/// How many expressions may be read to answer one question.
const STEPS: u32 = 20_000;

/// Answers what values expressions have.
pub struct Resolver<'p> {
    /// The project.
    pub project: &'p Project,
    memo: RefCell<HashMap<(FileId, ExprId), Seen>>,
    active: RefCell<HashSet<Question>>,
    sites: RefCell<HashMap<(FileId, crate::syntax::python::FunctionId), Rc<calls::Callers>>>,
    depth: Cell<u32>,
    steps: Cell<u32>,
    /// Whether some answer was cut short since this was last cleared.
    cut: Cell<bool>,
}

/// An expression that is being read, in a frame.
type Question = (FileId, ExprId, usize);

impl<'p> Resolver<'p> {
    /// Starts without any memory.
    #[must_use]
    pub fn new(project: &'p Project) -> Self {
        Self {
            project,
            memo: RefCell::default(),
            active: RefCell::default(),
            sites: RefCell::default(),
            depth: Cell::new(0),
            steps: Cell::new(0),
            cut: Cell::new(false),
        }
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
            self.steps.set(0);
            self.cut.set(false);
        }
        if self.depth.get() >= DEPTH || self.steps.get() >= STEPS {
            self.cut.set(true);
            return Seen::unknown("too deep", at);
        }
        let question = (file, expr, frame.map_or(0, |it| Rc::as_ptr(it) as usize));
        if !self.active.borrow_mut().insert(question) {
            self.cut.set(true);
            return Seen::unknown("defined by itself", at);
        }
        self.depth.set(self.depth.get() + 1);
        self.steps.set(self.steps.get() + 1);
        let outer_cut = self.cut.replace(false);
        let seen = self.eval_kind(file, expr, frame);
        self.depth.set(self.depth.get() - 1);
        self.active.borrow_mut().remove(&question);
        // An answer that was cut short depends on the way here, so it must not be remembered.
        if frame.is_none() && !self.cut.get() {
            self.memo.borrow_mut().insert((file, expr), seen.clone());
        }
        self.cut.set(self.cut.get() || outer_cut);
        seen
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
            ExprKind::Call { callee, args } => self.call(file, expr, *callee, args, frame),
            ExprKind::Subscript { value, index } => self.subscript(file, *value, *index, frame, at),
            ExprKind::Tuple(items) | ExprKind::List(items) | ExprKind::Set(items) => {
                self.list(file, items, frame, at)
            }
            ExprKind::Dict(entries) => self.dict(file, entries, frame, at),
            ExprKind::Comprehension { .. } => self.comprehension(file, expr, frame, at),
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

    /// Applies a function to each alternative of a value.
    fn each(&self, seen: &Seen, mut apply: impl FnMut(&Seen) -> Seen) -> Seen {
        match &seen.value {
            Value::OneOf(all) => Seen::one_of(all.iter().map(apply).collect(), seen.at),
            _ => apply(seen),
        }
    }
}
