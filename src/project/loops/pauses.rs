//! How long a loop sleeps between two rounds, worked out for each round.

use smol_str::SmolStr;

use super::body::Body;
use super::words;
use crate::budget::{Backoff, Pause};
use crate::project::resolve::Resolver;
use crate::syntax::python::{ExprId, ExprKind, Operator, StmtKind};
use crate::units::{Millis, Unit};

/// How deep a sum may be nested.
const DEPTH: u32 = 12;

/// How many rounds are worked out; the last pause holds for those behind.
const ROUNDS: u32 = 12;

/// The pauses of a loop over `range(…)`; `None` when nobody can tell.
pub(super) fn pauses(
    resolver: &Resolver<'_>,
    body: &Body<'_>,
    pausing: &[ExprId],
    rounds: u32,
) -> Option<Backoff> {
    let [call] = pausing else {
        return pausing.is_empty().then(Backoff::default);
    };
    let ExprKind::Call { args, .. } = body.ast.kind(*call) else {
        return None;
    };
    if body.called_name(*call)? != "sleep" || args.len() != 1 {
        return None;
    }
    let sum = Sum {
        resolver,
        body,
        counter: counter(body),
    };
    let time = args.first()?.value;
    let seconds = |round| Millis::of(sum.value(time, round, DEPTH)?, Unit::Seconds);
    let all: Option<Vec<Millis>> = (0..rounds.min(ROUNDS)).map(seconds).collect();
    Some(Backoff {
        parts: vec![Pause::Listed(all?)],
        random: body.called(time).any(|it| words::is_random(it)),
    })
}

/// The variable that counts the rounds, and the first value it has.
fn counter<'m>(body: &Body<'m>) -> Option<(&'m SmolStr, f64)> {
    let StmtKind::For {
        target, iterable, ..
    } = &body.ast.stmt(body.stmt).kind
    else {
        return None;
    };
    let ExprKind::Name(name) = body.ast.kind(*target) else {
        return None;
    };
    let ExprKind::Call { args, .. } = body.ast.kind(*iterable) else {
        return None;
    };
    let first = match args.as_slice() {
        [_] => 0.0,
        [first, _] => match body.ast.kind(first.value) {
            #[allow(clippy::cast_precision_loss)]
            ExprKind::Int(first) => *first as f64,
            _ => return None,
        },
        _ => return None,
    };
    Some((name, first))
}

/// What a sum is worth in one round.
struct Sum<'s, 'p, 'm> {
    resolver: &'s Resolver<'p>,
    body: &'s Body<'m>,
    counter: Option<(&'m SmolStr, f64)>,
}

impl Sum<'_, '_, '_> {
    fn value(&self, expr: ExprId, round: u32, depth: u32) -> Option<f64> {
        let depth = depth.checked_sub(1)?;
        let inner = |it: ExprId| self.value(it, round, depth);
        match self.body.ast.kind(expr) {
            ExprKind::Name(name) => match self.counter {
                Some((counter, first)) if counter == name => Some(first + f64::from(round)),
                _ => self.constant(expr),
            },
            ExprKind::Binary(operator, a, b) => {
                let (a, b) = (inner(*a)?, inner(*b)?);
                match operator {
                    Operator::Add => Some(a + b),
                    Operator::Sub => Some(a - b),
                    Operator::Mul => Some(a * b),
                    Operator::Div if b != 0.0 => Some(a / b),
                    Operator::Pow => Some(a.powf(b)),
                    _ => None,
                }
            }
            ExprKind::Call { callee, args } => {
                let values: Option<Vec<f64>> = args.iter().map(|it| inner(it.value)).collect();
                let values = values?.into_iter();
                // What is left to chance counts at its maximum.
                match self.body.ast.last_name(*callee)?.as_str() {
                    "min" => values.reduce(f64::min),
                    "max" | "uniform" => values.reduce(f64::max),
                    "float" | "int" => values.last(),
                    "random" if values.len() == 0 => Some(1.0),
                    _ => None,
                }
            }
            _ => self.constant(expr),
        }
    }

    /// A value that is the same in each round.
    fn constant(&self, expr: ExprId) -> Option<f64> {
        let written = self.body.writes.iter().map(|it| &it.place);
        let places = self.body.reads(expr);
        if written.into_iter().any(|it| places.contains(it)) {
            return None;
        }
        self.resolver.value(self.body.file, expr).number()
    }
}
