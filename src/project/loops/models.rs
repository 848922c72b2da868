//! Loops that only a model's answer ends.

use std::collections::BTreeSet;

use smol_str::SmolStr;

use super::body::Body;
use super::exits::Exit;
use super::reach::{Effect, Reach};
use super::{Header, ModelLoop, words};
use crate::project::resolve::Resolver;
use crate::syntax::python::{ExprId, ExprKind, StmtKind};

/// What ends a loop, when that is a model's answer and nothing else.
pub(super) fn model_loop(
    resolver: &Resolver<'_>,
    body: &Body<'_>,
    calls: &[(ExprId, Reach)],
) -> Option<ModelLoop> {
    if body.header == Header::Counted {
        return None;
    }
    let runs: Vec<ExprId> = calls
        .iter()
        .filter(|(_, it)| it.has(Effect::Model))
        .map(|it| it.0)
        .collect();
    let run = *runs.first()?;
    if catches_interrupts(body) {
        return None;
    }
    let answers = body.dependent(&runs);
    if calls.iter().any(|it| may_end(body, *it, &answers)) {
        return None;
    }
    let mut decided = None;
    for exit in body.exits() {
        if exit.after_failure {
            // That a failure ends the loop does not bound it while all goes well.
            continue;
        }
        decided = decided.or(Some(decides(body, &exit, &answers, &runs)?));
    }
    let decided = decided?;
    if resolver.statement_bounded_outside(body.file, body.stmt) {
        return None;
    }
    let callee = match body.ast.kind(run) {
        ExprKind::Call { callee, .. } => body.span(*callee),
        _ => body.span(run),
    };
    Some(ModelLoop {
        call: body.span(run),
        name: resolver.project.sources().text(callee).to_owned(),
        decided: body.span(decided),
    })
}

/// The test by which the answer decides an exit; `None` when something else decides it.
fn decides(
    body: &Body<'_>,
    exit: &Exit,
    answers: &BTreeSet<SmolStr>,
    runs: &[ExprId],
) -> Option<ExprId> {
    let innermost = *exit.tests.first()?;
    if exit.tests.iter().any(|it| body.bounds(*it)) {
        return None;
    }
    let own = |atom: &ExprId| {
        body.reads_any(*atom, answers)
            || super::body::parts(body.ast, *atom).any(|it| runs.contains(&it))
    };
    let atoms = body.atoms(innermost);
    atoms.iter().all(own).then_some(innermost)
}

/// Whether a call waits for somebody, or for data that ends by itself, or may raise when the loop
/// goes too far.
fn may_end(body: &Body<'_>, (call, reach): (ExprId, Reach), answers: &BTreeSet<SmolStr>) -> bool {
    // `pending_calls.pop()` goes through what the model said.
    let from_outside = reach.has(Effect::Source) && !body.reads_any(call, answers);
    reach.has(Effect::Person)
        || from_outside
        || body.called_name(call).is_some_and(|it| words::guards(it))
}

/// Whether a person may end the loop by a key.
fn catches_interrupts(body: &Body<'_>) -> bool {
    body.statements().any(|it| match &body.ast.stmt(it).kind {
        StmtKind::Try { handlers, .. } => handlers.iter().any(|it| {
            it.exception.is_some_and(|it| {
                let names = body.reads(it);
                names.contains("KeyboardInterrupt") || names.contains("EOFError")
            })
        }),
        _ => false,
    })
}
