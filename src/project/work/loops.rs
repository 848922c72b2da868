//! Loops: how often they go round, and those that try again after a failure.

use std::sync::Arc;

use super::{Maybe, Place, Works, note, note_because};
use crate::budget::work::{Note, Work};
use crate::project::loops::{Ends, Failure, LoopRetry};
use crate::project::retries::catches::Catches;
use crate::project::retries::layers::Layer;
use crate::project::value::{Seen, Value};
use crate::source::Span;
use crate::syntax::python::{Block, ExprId, ExprKind, StmtId};

impl Works<'_, '_> {
    /// What a loop takes.
    pub(super) fn looped(
        &self,
        place: &Place,
        stmt: StmtId,
        body: &Block,
        iterable: Option<ExprId>,
    ) -> Maybe {
        let at = self.resolver.project.stmt_span(place.file, stmt);
        let round = self.block(place, body).whole()?;
        if let Some(retry) = self.retry_at(at)
            && retry.failure == Failure::OfTheCall
        {
            return self.tried_again(place, at, &retry);
        }
        let seen = iterable.map(|it| self.resolver.eval(place.file, it, place.frame.as_ref()));
        let layer = seen.as_ref().and_then(|it| self.resolver.layer_of(it, at));
        if let Some(layer) = layer {
            return Some(layered(&layer, round));
        }
        let times = iterable
            .zip(seen)
            .and_then(|(it, seen)| self.rounds(place, it, &seen));
        let title = match times {
            Some(times) => format!("loop, {times} rounds"),
            None => "loop, as many rounds as there are".to_owned(),
        };
        Some(Work::repeated(note(title, at), times, round))
    }

    /// A loop written by hand that calls again after a failure.
    fn tried_again(&self, place: &Place, at: Span, retry: &LoopRetry) -> Maybe {
        let call = self.expr(place, retry.expr)?;
        let layer = Layer {
            at,
            entry: None,
            attempts: retry.attempts,
            backoff: retry.backoff.clone(),
            catches: retry.catches.clone(),
            endless: retry.ends == Ends::Never,
        };
        Some(layered(&layer, call))
    }

    /// How often a `for` goes round.
    fn rounds(&self, place: &Place, iterable: ExprId, seen: &Seen) -> Option<u32> {
        match &seen.value {
            Value::List(list) if !list.open => return u32::try_from(list.items.len()).ok(),
            Value::Dict(dict) if dict.is_closed() => return u32::try_from(dict.entries.len()).ok(),
            _ => {}
        }
        let ast = &self.resolver.project.module(place.file)?.ast;
        let ExprKind::Call { callee, args } = ast.kind(iterable) else {
            return None;
        };
        let [only] = args.as_slice() else { return None };
        let counts = ast.last_name(*callee).is_some_and(|it| it == "range");
        let end = self
            .resolver
            .eval(place.file, only.value, place.frame.as_ref());
        match end.value {
            Value::Int(rounds) if counts => u32::try_from(rounds).ok(),
            _ => None,
        }
    }
}

/// Work behind something that calls it again.
pub(super) fn layered(layer: &Layer<'_>, work: Arc<Work>) -> Arc<Work> {
    let name = match layer.entry {
        Some(entry) => entry.name.to_string(),
        None => "this loop".to_owned(),
    };
    let note = |attempts: &str| -> Note {
        let text = format!("{name}: {attempts}");
        note_because(attempts, layer.at, layer.at, text)
    };
    match layer.catches {
        // What only repeats answers of no use does not repeat what has stalled.
        _ if layer.catches.failed_requests() == Some(false) => work,
        Catches::Own | Catches::Unknown if layer.entry.is_none() => work,
        _ if layer.endless => Work::retried_for_ever(note("attempts without an end"), work),
        _ => {
            let title = match layer.attempts {
                Some(1) => return work,
                Some(attempts) => format!("{attempts} attempts"),
                None => "attempts, nobody can tell how many".to_owned(),
            };
            Work::retried(note(&title), layer.attempts, layer.backoff.as_ref(), work)
        }
    }
}
