//! Why a retry never calls again: what it repeats cannot fail before its eyes.

use std::ops::Range;

use super::catches::Catches;
use super::layers::Layer;
use super::runs::{Heard, Run};
use crate::catalog::retry::Retry;
use crate::project::loops::words;
use crate::project::resolve::Resolver;
use crate::project::uses::Use;
use crate::project::value::{Lookup, Site, Value};
use crate::source::{FileId, Span};
use crate::syntax::python::{ExprKind, FunctionId, StmtKind};

/// Why a retry never calls again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Useless {
    /// It hands out a coroutine or a generator, which runs later: which of them, and its name.
    Later(&'static str, String),
    /// The function catches everything there and says nothing of it.
    Swallowed(Span),
    /// A coroutine is returned there without being awaited.
    Unawaited(Span),
    /// All its runs are streams, the first of them there.
    Streamed(Span),
    /// The client raises none of the exceptions that it waits for; one of them.
    NotRaised(String),
}

/// Methods that stream, which no `.with_retry()` repeats.
const STREAMS: &[&str] = &[
    "stream",
    "astream",
    "astream_log",
    "astream_events",
    "transform",
    "atransform",
];

/// Where the clients of models are given a transport of httpx.
const TRANSPORTS: &[&str] = &["http_client.transport", "http_async_client.transport"];

impl<'p> Resolver<'p> {
    /// Why a decorator never calls its function again, if that is so.
    pub(super) fn useless_decorator(
        &self,
        layer: &Layer<'_>,
        (file, function): (FileId, FunctionId),
        runs: &[Run<'_>],
    ) -> Option<Useless> {
        let module = self.project.module(file)?;
        let own = module.ast.function(function);
        let entry = layer.entry?;
        let innermost = own.decorators.last().map(|it| self.span(file, *it)) == Some(layer.at);
        if innermost && entry.never_repeats(own.is_async, own.is_generator) {
            let kind = if own.is_generator {
                "a generator"
            } else {
                "a coroutine"
            };
            return Some(Useless::Later(kind, own.name.to_string()));
        }
        // What looks at results hears of an answer all the same.
        if layer.catches.failed_requests() != Some(true) {
            return None;
        }
        let stmt = module.ast.stmt(own.stmt);
        let body = module.ast.stmt(*own.body.first()?).start..stmt.end;
        self.unheard(file, &body, runs)
            .or_else(|| self.not_raised(file, &body, layer, runs))
    }

    /// Why nothing that fails in a function is heard outside.
    fn unheard(&self, file: FileId, body: &Range<u32>, runs: &[Run<'_>]) -> Option<Useless> {
        let first = runs.first()?;
        let stmts = &self.project.module(file)?.ast.stmts;
        let mut inside = stmts.iter().filter(|it| body.contains(&it.start));
        if inside.any(|it| matches!(it.kind, StmtKind::Raise(_))) {
            return None;
        }
        match first.heard {
            Heard::Swallowed(handler, ref tried)
                if runs.iter().all(|it| it.heard.is_swallowed()) =>
            {
                let others = self.may_fail(file, body, &|at| {
                    tried.contains(&at) || runs.iter().any(|it| it.call.start == at)
                });
                (!others).then_some(Useless::Swallowed(handler))
            }
            Heard::Unawaited => runs
                .iter()
                .all(|it| it.heard == Heard::Unawaited)
                .then_some(Useless::Unawaited(first.call)),
            _ => None,
        }
    }

    /// Whether a retry waits for exceptions that its client never raises.
    fn not_raised(
        &self,
        file: FileId,
        body: &Range<u32>,
        layer: &Layer<'_>,
        runs: &[Run<'_>],
    ) -> Option<Useless> {
        let Catches::Only(awaited) = &layer.catches else {
            return None;
        };
        let heard = runs
            .iter()
            .all(|it| it.heard == Heard::Plainly && !self.may_repeat(layer, it));
        let here = runs
            .iter()
            .all(|it| it.call.file == file && body.contains(&it.call.start));
        let streams = runs.iter().any(|it| {
            let text = self.project.sources().text(it.call);
            STREAMS
                .iter()
                .any(|name| text.contains(&format!(".{name}(")))
        });
        if runs.is_empty() || awaited.is_empty() || !heard || !here || streams {
            return None;
        }
        let others = self.may_fail(file, body, &|at| runs.iter().any(|it| it.call.start == at));
        (!others).then(|| Useless::NotRaised(awaited[0].to_string()))
    }

    /// Whether the client of a run may raise what a layer waits for.
    #[must_use]
    pub fn may_repeat(&self, layer: &Layer<'_>, run: &Run<'_>) -> bool {
        let Catches::Only(awaited) = &layer.catches else {
            return true;
        };
        let raises = self.project.catalog.raises(&run.client.client.package);
        raises.is_none_or(|it| !awaited.iter().all(|path| it.never_raises(path)))
    }

    /// Whether something else in a body may raise: a call that is neither left out nor known for
    /// doing no more than making an object or telling somebody.
    fn may_fail(&self, file: FileId, body: &Range<u32>, without: &dyn Fn(u32) -> bool) -> bool {
        let Some(module) = self.project.module(file) else {
            return true;
        };
        let ast = &module.ast;
        module.calls.iter().any(|call| {
            let expr = ast.expr(*call);
            if !body.contains(&expr.start) || without(expr.start) {
                return false;
            }
            let ExprKind::Call { callee, .. } = ast.kind(*call) else {
                return false;
            };
            let name = ast.last_name(*callee).map_or("", |it| it.as_str());
            let makes = name.starts_with(char::is_uppercase)
                && matches!(
                    self.value(file, *callee).value,
                    Value::External(_) | Value::Class(..)
                );
            !makes && !words::only_tells(name) && name != "format"
        })
    }

    /// A transport that a client was given and that sends again, if only after some failures: where
    /// it is made, and what the catalogue says of it.
    #[must_use]
    pub fn retrying_transport(&self, client: &Site) -> Option<(Span, &'p Retry)> {
        let keywords = self.keywords(client, None);
        TRANSPORTS.iter().find_map(|argument| {
            let Lookup::Given(seen) = self.dotted_argument(&keywords, argument) else {
                return None;
            };
            let Value::Made(made) = &seen.value else {
                return None;
            };
            let entry = self.project.catalog.retry(&made.path)?;
            let keywords = self.keywords(&made.site, made.partial.as_ref());
            let attempts = entry.attempts.as_ref()?;
            let repeats = self.attempts(attempts, &made.site, &keywords)? > 1;
            (repeats && entry.after.is_some()).then(|| (self.callee_span(&made.site), entry))
        })
    }

    /// Whether all runs that go through a `.with_retry()` are streams; the first of them.
    pub(super) fn only_streams(&self, binding: Span, uses: &[Use]) -> Option<Useless> {
        let mut first = None;
        for used in uses {
            let through = used
                .bindings
                .iter()
                .any(|(file, call)| self.span(*file, *call) == binding);
            if !through {
                continue;
            }
            let ast = &self.project.module(used.call.0)?.ast;
            let ExprKind::Call { callee, .. } = ast.kind(used.call.1) else {
                return None;
            };
            if !STREAMS.contains(&ast.last_name(*callee)?.as_str()) {
                return None;
            }
            first = first.or(Some(self.span(used.call.0, used.call.1)));
        }
        first.map(Useless::Streamed)
    }
}
