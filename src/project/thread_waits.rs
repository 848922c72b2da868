//! Where asynchronous code gives up waiting for a thread that goes on all the same.

use crate::model::python::sites::Called;
use crate::model::python::{keyword, positional};
use crate::project::resolve::Resolver;
use crate::project::value::{Seen, Site, Value};
use crate::project::waits::Wait;
use crate::source::{FileId, Span};
use crate::syntax::python::{Arg, ExprKind};
use crate::units::{Millis, Unit};

/// Methods of threads, events and futures whose first argument is how long they wait.
const WAITS: &[&str] = &["join", "result", "wait"];

/// A limit on the wait for a thread, which does not end the thread.
#[derive(Debug)]
pub struct ThreadWait {
    /// The call that gives up.
    pub call: Span,
    /// How long it waits; `None` when that is known at run time only.
    pub limit: Option<Millis>,
    /// The call that starts the work in the thread.
    pub started: Span,
}

impl Resolver<'_> {
    /// All limits of a file on the wait for a thread whose work has no bound of its own.
    #[must_use]
    pub fn thread_waits(&self, file: FileId) -> Vec<ThreadWait> {
        let Some(module) = self.project.module(file) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for Called { call, callee, args } in module.called() {
            let named = module
                .ast
                .last_name(callee)
                .is_some_and(|it| it == "wait_for");
            if !named || !Self::is_wait_for(&self.value(file, callee)) {
                continue;
            }
            let limit = keyword(args, "timeout").or_else(|| positional(args, 1));
            let waited = positional(args, 0).or_else(|| keyword(args, "fut"));
            let (Some(limit), Some(waited)) = (limit, waited) else {
                continue;
            };
            let limit = match self.wait(&self.value(file, limit.value), Unit::Seconds) {
                Wait::Within(millis) => Some(millis),
                Wait::Unknown(_) => None,
                _ => continue,
            };
            let Some((started, at, work)) = self.thread_work(&self.value(file, waited.value))
            else {
                continue;
            };
            if self.is_given_a_limit(&started, at) || self.work_is_bounded(&work, limit) {
                continue;
            }
            found.push(ThreadWait {
                call: self.span(file, call),
                limit,
                started: self.span(started.file, started.call),
            });
        }
        found
    }

    fn is_wait_for(callee: &Seen) -> bool {
        matches!(&callee.value, Value::External(path) if path == "asyncio.wait_for")
    }

    /// Whether the work is to wait for somebody, and how long comes with it:
    /// `to_thread(worker.join, 5)`.
    fn is_given_a_limit(&self, started: &Site, at: usize) -> bool {
        let Some(module) = self.project.module(started.file) else {
            return false;
        };
        let args = self.args(started).unwrap_or_default();
        let waits = |it: &Arg| match module.ast.kind(it.value) {
            ExprKind::Attribute { name, .. } => WAITS.contains(&name.as_str()),
            _ => false,
        };
        let limit = keyword(args, "timeout").or_else(|| positional(args, at + 1));
        limit.is_some() && positional(args, at).is_some_and(waits)
    }

    /// The call that hands work to a thread, at which of its arguments, and the work.
    fn thread_work(&self, waited: &Seen) -> Option<(Site, usize, Seen)> {
        let (site, at) = match &waited.value {
            Value::Made(made) if made.path == "asyncio.to_thread" => (&made.site, 0),
            Value::Derived(derived) if derived.method == "run_in_executor" => (&derived.site, 1),
            _ => return None,
        };
        let work = positional(self.args(site)?, at)?;
        let seen = self.eval(site.file, work.value, site.frame.as_ref());
        Some((site.clone(), at, seen))
    }
}
