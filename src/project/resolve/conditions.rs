//! Whether a condition holds, and so whether a statement below it runs.

use std::rc::Rc;

use smol_str::SmolStr;

use super::Resolver;
use crate::project::value::{EnvDefault, Frame, Seen, Value};
use crate::source::FileId;
use crate::syntax::python::{ExprId, ExprKind, StmtId, StmtKind};

/// What may tell whether a condition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// Nothing but what holds in every run.
    Certainly,
    /// Also what holds as long as nobody sets the program up to do otherwise: the defaults of
    /// environment variables and of settings.
    ByDefault,
}

impl Resolver<'_> {
    /// Whether a condition holds, when reading alone can tell.
    pub(super) fn holds(
        &self,
        file: FileId,
        test: ExprId,
        frame: Option<&Rc<Frame>>,
        told: Told,
    ) -> Option<bool> {
        let ast = &self.module(file)?.ast;
        match ast.kind(test) {
            ExprKind::Not(inner) => self.holds(file, *inner, frame, told).map(|it| !it),
            ExprKind::And(a, b) => both(
                self.holds(file, *a, frame, told),
                self.holds(file, *b, frame, told),
            ),
            ExprKind::Or(a, b) => both(
                self.holds(file, *a, frame, told).map(|it| !it),
                self.holds(file, *b, frame, told).map(|it| !it),
            )
            .map(|neither| !neither),
            ExprKind::Compare(operands, operators) => {
                let ([a, b], [operator]) = (operands.as_slice(), &**operators) else {
                    return None;
                };
                let (a, b) = (self.eval(file, *a, frame), self.eval(file, *b, frame));
                self.compare(&a, operator, &b, told)
            }
            ExprKind::Name(_)
            | ExprKind::Bool(_)
            | ExprKind::None
            | ExprKind::Attribute { .. }
            | ExprKind::Subscript { .. } => self.truth(&self.eval(file, test, frame), told),
            // Only what reads a setting: any other call is a long way to an unknown answer.
            ExprKind::Call { callee, .. } if reads_setting(ast.last_name(*callee)) => {
                self.truth(&self.eval(file, test, frame), told)
            }
            ExprKind::Walrus(_, value) => self.holds(file, *value, frame, told),
            _ => None,
        }
    }

    /// Whether a run that gets to `at` (to the end of the scope without one) has come through a
    /// statement, by the conditions around it.
    pub(super) fn gets_to(
        &self,
        file: FileId,
        stmt: StmtId,
        at: Option<StmtId>,
        frame: Option<&Rc<Frame>>,
        told: Told,
    ) -> Option<bool> {
        let module = self.module(file)?;
        let ast = &module.ast;
        let mut certain = Some(true);
        let mut inner = stmt;
        while let Some(owner) = ast.stmt(inner).parent {
            if at.is_some_and(|at| module.stands_in_branch(at, owner, inner)) {
                break;
            }
            certain = match &ast.stmt(owner).kind {
                StmtKind::If(branches) => match self.picks(file, branches, inner, frame, told) {
                    Some(false) => return Some(false),
                    Some(true) => certain,
                    None => None,
                },
                StmtKind::With { .. } => certain,
                _ => None,
            };
            inner = owner;
        }
        certain
    }

    /// Whether an `if` takes the branch that a statement stands in.
    fn picks(
        &self,
        file: FileId,
        branches: &[(Option<ExprId>, Vec<StmtId>)],
        inner: StmtId,
        frame: Option<&Rc<Frame>>,
        told: Told,
    ) -> Option<bool> {
        let own = branches.iter().position(|it| it.1.contains(&inner))?;
        let mut certain = Some(true);
        for (index, (test, _)) in branches.iter().enumerate().take(own + 1) {
            let Some(test) = test else { continue };
            match (self.holds(file, *test, frame, told), index == own) {
                (Some(true), false) | (Some(false), true) => return Some(false),
                (None, _) => certain = None,
                _ => {}
            }
        }
        certain
    }

    /// Whether a value counts as true.
    fn truth(&self, seen: &Seen, told: Told) -> Option<bool> {
        let seen = match told {
            Told::Certainly => seen,
            Told::ByDefault => &self.defaulted(seen),
        };
        match &seen.value {
            Value::OneOf(all) => agreed(all.iter().map(|it| self.truth(it, told))),
            Value::Env(_) => None,
            _ => seen.truth(),
        }
    }

    fn compare(&self, a: &Seen, operator: &str, b: &Seen, told: Told) -> Option<bool> {
        if told == Told::Certainly {
            return compare(a, operator, b);
        }
        let (a, b) = (self.defaulted(a), self.defaulted(b));
        let pairs = a
            .alternatives()
            .iter()
            .flat_map(|a| b.alternatives().iter().map(move |b| (a, b)));
        agreed(pairs.map(|(a, b)| compare(a, operator, b)))
    }

    /// What a value is as long as nobody sets the program up to give another: what the files of the
    /// deployment give a variable, or its default.
    fn defaulted(&self, seen: &Seen) -> Seen {
        match &seen.value {
            Value::Env(env) => {
                if let Some(given) = self.project.deployed(&env.name).next() {
                    let value = given.value.clone().map_or(Value::Later, Value::Str);
                    return Seen {
                        value,
                        at: given.at,
                    };
                }
                match &env.default {
                    EnvDefault::Is(default) => default.clone(),
                    EnvDefault::Required => seen.clone(),
                }
            }
            Value::OneOf(all) => {
                let known = all.iter().filter(|it| !matches!(it.value, Value::Later));
                Seen::one_of(known.map(|it| self.defaulted(it)).collect(), seen.at)
            }
            _ => seen.clone(),
        }
    }
}

fn reads_setting(name: Option<&SmolStr>) -> bool {
    name.is_some_and(|it| matches!(it.as_str(), "getenv" | "get" | "bool" | "pop" | "getattr"))
}

fn both(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    match (a, b) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

fn compare(a: &Seen, operator: &str, b: &Seen) -> Option<bool> {
    let same = match (&a.value, &b.value) {
        (Value::None, Value::None) => true,
        (Value::None, known) | (known, Value::None) if is_definite(known) => false,
        (Value::Str(a), Value::Str(b)) => a == b,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Int(a), Value::Int(b)) => a == b,
        _ => return None,
    };
    match operator {
        "is" | "==" => Some(same),
        "is not" | "!=" => Some(!same),
        _ => None,
    }
}

/// What all say, if they all say the same.
fn agreed(mut all: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let first = all.next()??;
    all.all(|it| it == Some(first)).then_some(first)
}

/// Whether a value is certainly not `None`.
fn is_definite(value: &Value) -> bool {
    match value {
        Value::Env(env) => matches!(env.default, EnvDefault::Required),
        Value::None
        | Value::Later
        | Value::Unknown(_)
        | Value::OneOf(_)
        | Value::Member(..)
        | Value::Derived(_)
        | Value::Made(_) => false,
        _ => true,
    }
}
