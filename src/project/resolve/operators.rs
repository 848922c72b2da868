//! Arithmetic, `or`, conditions and joined text.

use std::rc::Rc;

use smol_str::SmolStr;

use super::Resolver;
use super::conditions::Told;
use crate::project::value::{Env, EnvDefault, Frame, List, Seen, Value};
use crate::source::{FileId, Span};
use crate::syntax::python::{ExprId, ExprKind, Operator};

impl Resolver<'_> {
    pub(super) fn unary(
        &self,
        file: FileId,
        operator: Operator,
        value: ExprId,
        frame: Option<&Rc<Frame>>,
        at: Span,
    ) -> Seen {
        let seen = self.eval(file, value, frame);
        let value = match (operator, &seen.value) {
            (Operator::Sub, Value::Int(number)) => number.checked_neg().map(Value::Int),
            (Operator::Sub, Value::Float(number)) => Some(Value::Float(-number)),
            (Operator::Add, Value::Int(_) | Value::Float(_)) => Some(seen.value.clone()),
            _ => None,
        };
        match value {
            Some(value) => Seen { value, at },
            None => Seen::unknown("an operation that is not followed", at),
        }
    }

    pub(super) fn binary(
        &self,
        file: FileId,
        operator: Operator,
        a: ExprId,
        b: ExprId,
        frame: Option<&Rc<Frame>>,
        at: Span,
    ) -> Seen {
        let (a, b) = (self.eval(file, a, frame), self.eval(file, b, frame));
        if let (Some(x), Some(y)) = (a.number(), b.number()) {
            return match arithmetic(operator, &a.value, &b.value, x, y) {
                Some(value) => Seen { value, at },
                None => Seen::unknown("an operation that is not followed", at),
            };
        }
        match (operator, &a.value, &b.value) {
            (Operator::Add, Value::List(x), Value::List(y)) => {
                let items = x.items.iter().chain(&y.items).cloned().collect();
                let list = List {
                    items,
                    open: x.open || y.open,
                };
                Seen {
                    value: Value::List(Rc::new(list)),
                    at,
                }
            }
            (Operator::Add, ..) if is_text(&a) || is_text(&b) => {
                text(parts(&a).into_iter().chain(parts(&b)).collect(), at)
            }
            (Operator::Or, Value::Dict(x), Value::Dict(y)) => {
                let mut dict = (**x).clone();
                dict.merge(y, true);
                Seen {
                    value: Value::Dict(Rc::new(dict)),
                    at,
                }
            }
            // A path: whatever the folder is, the end is known.
            (Operator::Div, _, Value::Str(_)) => text(vec![None, b.text().cloned()], at),
            (Operator::Or, ..) => chain(&a, &b, at),
            _ => Seen::unknown("an operation on something unknown", at),
        }
    }

    pub(super) fn or(
        &self,
        file: FileId,
        a: ExprId,
        b: ExprId,
        frame: Option<&Rc<Frame>>,
        at: Span,
    ) -> Seen {
        let first = self.eval(file, a, frame);
        match first.truth() {
            Some(true) => return first,
            Some(false) => return self.eval(file, b, frame),
            None => {}
        }
        let mut all = Vec::new();
        for it in first.alternatives() {
            match (it.truth(), &it.value) {
                (Some(false), _) => all.push(self.eval(file, b, frame)),
                (Some(true), _) => all.push(it.clone()),
                (None, Value::Env(env)) => {
                    let default = match &env.default {
                        EnvDefault::Is(default) if default.truth() == Some(true) => default.clone(),
                        _ => self.eval(file, b, frame),
                    };
                    let env = Env {
                        default: EnvDefault::Is(default),
                        ..(**env).clone()
                    };
                    all.push(Seen {
                        value: Value::Env(Rc::new(env)),
                        at,
                    });
                }
                (None, _) => {
                    all.push(it.clone());
                    all.push(self.eval(file, b, frame));
                }
            }
        }
        Seen::one_of(all, at)
    }

    pub(super) fn and(
        &self,
        file: FileId,
        a: ExprId,
        b: ExprId,
        frame: Option<&Rc<Frame>>,
        at: Span,
    ) -> Seen {
        let first = self.eval(file, a, frame);
        match first.truth() {
            Some(true) => self.eval(file, b, frame),
            Some(false) => first,
            None => {
                let mut all = vec![self.eval(file, b, frame)];
                for it in first.alternatives() {
                    match (it.truth(), &it.value) {
                        (Some(true), _) => {}
                        (Some(false), _) => all.push(it.clone()),
                        // What the deployment gives is something.
                        (None, Value::Env(env))
                            if self.project.deployed(&env.name).next().is_some() => {}
                        (None, Value::Env(env)) => match &env.default {
                            EnvDefault::Is(default) if default.truth() == Some(false) => {
                                all.push(default.clone());
                            }
                            _ => {}
                        },
                        (None, _) => all.push(Seen::unknown("depends on a condition", at)),
                    }
                }
                Seen::one_of(all, at)
            }
        }
    }

    /// `then if test else otherwise`, with what the test says of the name it tests.
    pub(super) fn conditional(
        &self,
        file: FileId,
        [then, test, otherwise]: [ExprId; 3],
        frame: Option<&Rc<Frame>>,
        at: Span,
    ) -> Seen {
        match self.holds(file, test, frame, Told::Certainly) {
            Some(true) => return self.eval(file, then, frame),
            Some(false) => return self.eval(file, otherwise, frame),
            None => {}
        }
        let mut yes = self.eval(file, then, frame);
        let mut no = self.eval(file, otherwise, frame);
        // `x if x else 30` and `30 if x is None else x`: the tested value is not None where it is used.
        if let Some((tested, present)) = self.tested_expr(file, test) {
            if present && self.mentions(file, then, &tested) {
                yes = yes.without_none();
            }
            if !present && self.mentions(file, otherwise, &tested) {
                no = no.without_none();
            }
        }
        Seen::one_of(vec![yes, no], at)
    }

    /// The text of what a test asks to be there (`true`) or to be missing (`false`).
    fn tested_expr(&self, file: FileId, test: ExprId) -> Option<(String, bool)> {
        let ast = &self.module(file)?.ast;
        match ast.kind(test) {
            ExprKind::Not(inner) => self.tested_expr(file, *inner).map(|(it, yes)| (it, !yes)),
            ExprKind::Compare(operands, operators) => match (operands.as_slice(), &**operators) {
                ([value, none], [operator]) if matches!(ast.kind(*none), ExprKind::None) => Some((
                    self.source(file, *value).to_owned(),
                    operator.contains("not") || operator == "!=",
                )),
                _ => None,
            },
            ExprKind::Name(_)
            | ExprKind::Attribute { .. }
            | ExprKind::Call { .. }
            | ExprKind::Subscript { .. } => Some((self.source(file, test).to_owned(), true)),
            _ => None,
        }
    }

    fn mentions(&self, file: FileId, expr: ExprId, text: &str) -> bool {
        self.source(file, expr).contains(text)
    }

    /// An expression as it is written.
    pub(super) fn source(&self, file: FileId, expr: ExprId) -> &str {
        self.project.sources().text(self.span(file, expr))
    }
}

fn arithmetic(operator: Operator, a: &Value, b: &Value, x: f64, y: f64) -> Option<Value> {
    if let (Value::Int(a), Value::Int(b)) = (a, b) {
        let whole = match operator {
            Operator::Add => a.checked_add(*b),
            Operator::Sub => a.checked_sub(*b),
            Operator::Mul => a.checked_mul(*b),
            Operator::FloorDiv => a.checked_div_euclid(*b),
            Operator::Mod => a.checked_rem_euclid(*b),
            Operator::Pow => a.checked_pow(u32::try_from(*b).ok()?),
            _ => None,
        };
        if let Some(whole) = whole {
            return Some(Value::Int(whole));
        }
    }
    let result = match operator {
        Operator::Add => x + y,
        Operator::Sub => x - y,
        Operator::Mul => x * y,
        Operator::Div => x / y,
        Operator::FloorDiv => (x / y).floor(),
        Operator::Mod => x.rem_euclid(y),
        Operator::Pow => x.powf(y),
        Operator::Or | Operator::Other => return None,
    };
    result.is_finite().then_some(Value::Float(result))
}

fn is_text(seen: &Seen) -> bool {
    matches!(seen.value, Value::Str(_) | Value::Text(_))
}

fn parts(seen: &Seen) -> Vec<Option<SmolStr>> {
    match &seen.value {
        Value::Str(text) => vec![Some(text.clone())],
        Value::Text(parts) => parts.to_vec(),
        _ => vec![None],
    }
}

/// Joined text: a string when all of it is known.
pub(super) fn text(parts: Vec<Option<SmolStr>>, at: Span) -> Seen {
    let value = match parts.iter().cloned().collect::<Option<Vec<SmolStr>>>() {
        Some(known) => Value::Str(known.concat().into()),
        None => Value::Text(parts.into()),
    };
    Seen { value, at }
}

/// `a | b` of runnables.
fn chain(a: &Seen, b: &Seen, at: Span) -> Seen {
    let mut parts = Vec::new();
    for seen in [a, b] {
        match &seen.value {
            Value::Chain(inner) => parts.extend(inner.iter().cloned()),
            _ => parts.push(seen.clone()),
        }
    }
    Seen {
        value: Value::Chain(parts.into()),
        at,
    }
}
