//! How much text of any size an expression carries, followed backwards to where it was loaded.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use smol_str::SmolStr;

use super::calls::Call;
use super::loads::{Flow, cut, each, gathered, noted, one_of, readable, together};
use super::texts::part_of;
use crate::model::python::Module;
use crate::project::origins::{Origin, Place};
use crate::project::resolve::Resolver;
use crate::source::FileId;
use crate::syntax::python::{ExprId, ExprKind, Operator, Piece};

/// How many names, calls and collections deep a text may lie.
const DEPTH: u32 = 40;

/// How many expressions are read to answer one question.
const STEPS: u32 = 1_000;

/// One walk backwards from an expression.
pub(super) struct Walk<'r, 'p> {
    pub(super) resolver: &'r Resolver<'p>,
    steps: Cell<u32>,
    depth: Cell<u32>,
    active: RefCell<Vec<(FileId, ExprId, u32)>>,
    known: RefCell<HashMap<(FileId, ExprId), Flow>>,
}

impl<'r, 'p> Walk<'r, 'p> {
    pub(super) fn new(resolver: &'r Resolver<'p>) -> Self {
        Self {
            resolver,
            steps: Cell::new(0),
            depth: Cell::new(0),
            active: RefCell::default(),
            known: RefCell::default(),
        }
    }

    /// What an expression carries. The depth and the number of steps are bounded, and a value that
    /// is defined by itself ends the walk.
    pub(super) fn flow(&self, place: &Place) -> Flow {
        let frame = place.frame.as_ref().map_or(0, |it| it.id);
        let question = (place.file, place.expr, frame);
        if frame == 0
            && let Some(known) = self.known.borrow().get(&(place.file, place.expr))
        {
            return known.clone();
        }
        let too_far = self.depth.get() >= DEPTH || self.steps.get() >= STEPS;
        if too_far || self.active.borrow().contains(&question) {
            return Flow::Nothing;
        }
        self.steps.set(self.steps.get() + 1);
        self.depth.set(self.depth.get() + 1);
        self.active.borrow_mut().push(question);
        let flow = match self.resolver.project.module(place.file) {
            Some(module) => self.flow_of(module, place),
            None => Flow::Nothing,
        };
        self.active.borrow_mut().pop();
        self.depth.set(self.depth.get() - 1);
        if frame == 0 {
            let key = (place.file, place.expr);
            self.known.borrow_mut().insert(key, flow.clone());
        }
        flow
    }

    fn flow_of(&self, module: &Module, place: &Place) -> Flow {
        let inner = |expr: ExprId| self.flow(&within(place, expr));
        match module.ast.kind(place.expr) {
            ExprKind::Name(_) => self.named(module, place),
            ExprKind::Attribute { value, name } => self.attribute(module, place, *value, name),
            ExprKind::Call { callee, args } => self.call(&Call::new(module, place, *callee, args)),
            ExprKind::Format(pieces) => {
                let values = pieces.iter().filter_map(|it| match it {
                    Piece::Value(value) => Some(*value),
                    Piece::Text(_) => None,
                });
                self.written(place, together(values.map(inner)))
            }
            ExprKind::Binary(Operator::Add | Operator::Mod, a, b) => {
                self.written(place, together([*a, *b].into_iter().map(inner)))
            }
            ExprKind::Tuple(parts) | ExprKind::List(parts) | ExprKind::Set(parts) => {
                together(parts.iter().map(|it| inner(*it)))
            }
            ExprKind::Dict(entries) => together(entries.iter().map(|it| inner(it.1))),
            ExprKind::And(a, b) | ExprKind::Or(a, b) => one_of([*a, *b].into_iter().map(inner)),
            ExprKind::Conditional {
                then, otherwise, ..
            } => one_of([*then, *otherwise].into_iter().map(inner)),
            ExprKind::Await(value) | ExprKind::Walrus(_, value) | ExprKind::Star(value) => {
                inner(*value)
            }
            ExprKind::Subscript { value, index } => self.subscript(module, place, *value, *index),
            // `Path(folder) / name`.
            ExprKind::Binary(Operator::Div, a, b) => self.path(place, *a, *b),
            ExprKind::Comprehension(whole) => chosen(
                module,
                &whole.conditions,
                together(whole.element.iter().map(|it| inner(*it))),
            ),
            _ => Flow::Nothing,
        }
    }

    fn named(&self, module: &Module, place: &Place) -> Flow {
        let origins = self.resolver.origins(place);
        let flow = if origins.is_empty() {
            self.annotated(module, place)
        } else {
            self.carried_by(origins)
        };
        match flow {
            Flow::All(_) | Flow::One(_) if measured(module, place.expr) => Flow::Cut,
            other => other,
        }
    }

    /// What a name carries that got its value in these ways.
    pub(super) fn carried_by(&self, origins: Vec<Origin>) -> Flow {
        let mut bound = Vec::new();
        let mut added = Vec::new();
        for origin in origins {
            match origin {
                Origin::Value(inner) => bound.push(self.flow(&inner)),
                Origin::Element(inner, index) => bound.push(self.element(&inner, index)),
                Origin::Each(inner) => bound.push(each(self.flow(&inner))),
                // What is added round by round is all of it in the end.
                Origin::Added(inner) => added.push(gathered(self.flow(&inner))),
                Origin::Key(_) => {}
            }
        }
        added.push(one_of(bound.into_iter()));
        together(added.into_iter())
    }

    /// The element of a tuple that is unpacked, also of one that a function returns.
    fn element(&self, place: &Place, index: usize) -> Flow {
        let Some(module) = self.resolver.project.module(place.file) else {
            return Flow::Nothing;
        };
        let mut at = place.expr;
        while let ExprKind::Await(value) = module.ast.kind(at) {
            at = *value;
        }
        let place = within(place, at);
        if let ExprKind::Call { callee, .. } = module.ast.kind(at) {
            let target = self.target(&within(&place, *callee));
            let results = self.resolver.results(&place, &target).into_iter();
            let elements = results.filter_map(|it| match it {
                Origin::Value(inner) => self.part(&inner, index),
                _ => None,
            });
            return one_of(elements.map(|it| self.flow(&it)));
        }
        match self.part(&place, index) {
            Some(part) => self.flow(&part),
            None => Flow::Nothing,
        }
    }

    /// A part of a tuple that is written out.
    fn part(&self, place: &Place, index: usize) -> Option<Place> {
        let module = self.resolver.project.module(place.file)?;
        match module.ast.kind(place.expr) {
            ExprKind::Tuple(parts) | ExprKind::List(parts) => {
                Some(within(place, *parts.get(index)?))
            }
            _ => None,
        }
    }

    fn attribute(&self, module: &Module, place: &Place, value: ExprId, name: &SmolStr) -> Flow {
        if let Some(part) = part_of(self.flow(&within(place, value)), name) {
            return part;
        }
        if matches!(name.as_str(), "page_content" | "content" | "text") {
            return self.flow(&within(place, value));
        }
        self.named(module, place)
    }

    /// An element or a part: a number picks one document, a slice some, a text an entry of a dict.
    fn subscript(&self, module: &Module, place: &Place, value: ExprId, index: ExprId) -> Flow {
        let container = within(place, value);
        let ExprKind::Str(key) = module.ast.kind(index) else {
            // `table[table["day"] >= start]` keeps the rows that somebody asks for.
            return match self.flow(&container) {
                Flow::Nothing => Flow::Nothing,
                _ if compares(module, index) => Flow::Cut,
                other => cut(&other),
            };
        };
        if let one @ Flow::One(_) = self.flow(&container) {
            return one;
        }
        let dicts = match module.ast.kind(value) {
            ExprKind::Dict(_) => vec![Origin::Value(container)],
            _ => self.resolver.origins(&container),
        };
        let mut found = Vec::new();
        for dict in dicts {
            if let Origin::Value(dict) = dict
                && let Some(module) = self.resolver.project.module(dict.file)
                && let ExprKind::Dict(entries) = module.ast.kind(dict.expr)
            {
                let own = entries.iter().filter(|it| match it.0 {
                    Some(own) => matches!(module.ast.kind(own), ExprKind::Str(it) if it == key),
                    None => false,
                });
                found.extend(own.map(|it| self.flow(&within(&dict, it.1))));
            }
        }
        one_of(found.into_iter())
    }

    /// Notes where a text is put into another one.
    pub(super) fn written(&self, place: &Place, flow: Flow) -> Flow {
        // The name of a file is no text of it.
        let flow = readable(flow);
        let at = self.resolver.span(place.file, place.expr);
        noted(flow, |load| load.written = load.written.or(Some(at)))
    }

    /// Notes where documents are joined.
    pub(super) fn joined(&self, place: &Place, flow: Flow) -> Flow {
        let at = self.resolver.span(place.file, place.expr);
        noted(flow, |load| load.joined = load.joined.or(Some(at)))
    }
}

/// Another expression in the same frame.
pub(super) fn within(place: &Place, expr: ExprId) -> Place {
    Place {
        expr,
        ..place.clone()
    }
}

/// What a comprehension carries that keeps what meets some conditions.
fn chosen(module: &Module, conditions: &[ExprId], all: Flow) -> Flow {
    if conditions.iter().any(|it| !asks_for_text(module, *it)) {
        return cut(&all);
    }
    gathered(all)
}

/// Whether an expression compares, or joins comparisons.
fn compares(module: &Module, expr: ExprId) -> bool {
    let mut open = vec![expr];
    while let Some(at) = open.pop() {
        match module.ast.kind(at) {
            ExprKind::Compare(..) => return true,
            ExprKind::Binary(_, a, b) => open.extend([*a, *b]),
            _ => {}
        }
    }
    false
}

/// Whether a condition only asks whether there is any text, and chooses no documents.
fn asks_for_text(module: &Module, condition: ExprId) -> bool {
    match module.ast.kind(condition) {
        ExprKind::Name(_) | ExprKind::Attribute { .. } => true,
        ExprKind::Call { callee, args } => {
            args.is_empty()
                && module
                    .ast
                    .last_name(*callee)
                    .is_some_and(|it| it == "strip")
        }
        _ => false,
    }
}

/// Whether the function around a name looks at how long it is: passes it to something that counts
/// tokens, or compares what a call makes of it.
fn measured(module: &Module, used: ExprId) -> bool {
    let Some(name) = module.ast.dotted(used) else {
        return false;
    };
    let function = module.ast.function_of(module.ast.expr(used).scope);
    module.calls.iter().any(|call| {
        let expr = module.ast.expr(*call);
        let ExprKind::Call { callee, args } = &expr.kind else {
            return false;
        };
        let mut values = args.iter().map(|it| module.ast.dotted(it.value));
        values.any(|it| it.is_some_and(|it| it == name))
            && module.ast.function_of(expr.scope) == function
            && (counts(module, *callee) || is_compared(module, *call))
    })
}

fn counts(module: &Module, callee: ExprId) -> bool {
    let name = module.ast.last_name(callee).map_or("", |it| it.as_str());
    name.contains("token") || name == "encode"
}

fn is_compared(module: &Module, call: ExprId) -> bool {
    let mut at = module.ast.expr(call).parent;
    while let Some(parent) = at {
        match module.ast.kind(parent) {
            ExprKind::Compare(..) => return true,
            ExprKind::Call { .. } => return false,
            _ => at = module.ast.expr(parent).parent,
        }
    }
    false
}
