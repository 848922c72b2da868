//! Loops written by hand around calls to models and services: what repeats them, what ends them.

mod body;
mod exits;
mod models;
mod pauses;
pub(super) mod reach;
mod retries;
pub(super) mod words;
mod writes;

use std::ops::Range;

use crate::budget::Backoff;
use crate::project::resolve::Resolver;
use crate::project::retries::catches::Catches;
use crate::project::value::Value;
use crate::source::{FileId, Span};
use crate::syntax::python::{ExprId, ExprKind, StmtId, StmtKind};

use body::{Body, Index};
use reach::Reaches;

/// A loop that calls a model or a service.
#[derive(Debug)]
pub struct LoopSite {
    /// Its header.
    pub at: Span,
    /// The text that it repeats.
    pub body: Range<u32>,
    /// The call that it repeats after a failure, if that is what it does.
    pub retry: Option<LoopRetry>,
    /// The run of a model that alone decides when it ends, if that is so.
    pub model: Option<ModelLoop>,
}

/// A loop that calls again after a failure.
#[derive(Debug, Clone)]
pub struct LoopRetry {
    /// The call.
    pub call: Span,
    /// The same call in the tree.
    pub expr: ExprId,
    /// What is called, as it is written.
    pub name: String,
    /// Where the failure is caught and the loop goes on.
    pub handler: Span,
    /// Whether the provider itself failed, or only its answer was of no use.
    pub failure: Failure,
    /// Whether the attempts end when each of them fails.
    pub ends: Ends,
    /// Whether it pauses between two attempts.
    pub pauses: bool,
    /// How often it calls at most; `None` when nobody can tell.
    pub attempts: Option<u32>,
    /// How long it pauses; `None` when nobody can tell.
    pub backoff: Option<Backoff>,
    /// After which exceptions it calls again.
    pub catches: Catches,
}

/// What a handler takes for a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The call may have failed.
    OfTheCall,
    /// The call gave something that could not be read.
    OfTheAnswer,
}

/// Whether a loop ends when everything in it fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    /// A counter or a deadline ends it.
    Certainly,
    /// Nothing does.
    Never,
    /// Nobody can tell.
    Unknown,
}

/// A loop that only a model's answer ends.
#[derive(Debug)]
pub struct ModelLoop {
    /// The run of the model.
    pub call: Span,
    /// What is run, as it is written.
    pub name: String,
    /// Where the answer decides; the condition of the loop, or the test around an exit.
    pub decided: Span,
}

/// What repeats a loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Header {
    /// `while test:`
    While(ExprId),
    /// `for _ in range(n):`
    Counted,
    /// `for _ in itertools.count():`
    Endless,
}

impl Resolver<'_> {
    /// All loops of a file that call a model or a service and may repeat themselves too often.
    #[must_use]
    pub fn loops(&self, file: FileId) -> Vec<LoopSite> {
        let Some(module) = self.project.module(file) else {
            return Vec::new();
        };
        let reaches = Reaches::new(self);
        let mut found = Vec::new();
        let index = Index::new(module);
        for (stmt, _) in (0..).map(StmtId).zip(&module.ast.stmts) {
            let Some(header) = self.header(file, stmt) else {
                continue;
            };
            let Some(body) = Body::new(module, &index, file, (stmt, header)) else {
                continue;
            };
            let calls = body.calls_with(|call| reaches.call(file, call));
            if !calls.iter().any(|(_, it)| it.talks()) {
                continue;
            }
            let retry = retries::retry(self, &body, &calls);
            let model = models::model_loop(self, &body, &calls);
            if retry.is_some() || model.is_some() {
                found.push(LoopSite {
                    at: self.project.stmt_span(file, stmt),
                    body: body.text.clone(),
                    retry,
                    model,
                });
            }
        }
        found
    }

    /// What repeats a statement; `None` when it is no loop, or runs over a collection.
    fn header(&self, file: FileId, stmt: StmtId) -> Option<Header> {
        let module = self.project.module(file)?;
        match &module.ast.stmt(stmt).kind {
            StmtKind::While { test, .. } => Some(Header::While(*test)),
            StmtKind::For { iterable, .. } => self.counted(file, *iterable),
            _ => None,
        }
    }

    /// How many rounds a loop over `range(…)` makes; `None` when nobody can tell.
    fn rounds(&self, file: FileId, stmt: StmtId) -> Option<u32> {
        let ast = &self.project.module(file)?.ast;
        let StmtKind::For { iterable, .. } = &ast.stmt(stmt).kind else {
            return None;
        };
        let ExprKind::Call { args, .. } = ast.kind(*iterable) else {
            return None;
        };
        let whole = |it: ExprId| match self.value(file, it).value {
            Value::Int(number) => Some(number),
            _ => None,
        };
        let rounds = match args.as_slice() {
            [stop] => whole(stop.value)?,
            [start, stop] => whole(stop.value)?.checked_sub(whole(start.value)?)?,
            _ => return None,
        };
        u32::try_from(rounds).ok()
    }

    fn counted(&self, file: FileId, iterable: ExprId) -> Option<Header> {
        let ast = &self.project.module(file)?.ast;
        let ExprKind::Call { callee, args } = ast.kind(iterable) else {
            return None;
        };
        match ast.last_name(*callee)?.as_str() {
            "range" => {
                // A single round repeats nothing.
                let stop = args.get(usize::from(args.len() > 1))?;
                let rounds = self.value(file, stop.value).number();
                (rounds != Some(1.0) || args.len() > 1).then_some(Header::Counted)
            }
            "count" => Some(Header::Endless),
            _ => None,
        }
    }
}
