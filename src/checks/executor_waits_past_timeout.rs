//! `executor-waits-past-timeout`: a limit on a worker that leaving the block waits for.

use super::{Check, Context};
use crate::finding::Severity;
use crate::project::executors::ExecutorWait;
use crate::project::thread_waits::ThreadWait;
use crate::units::Millis;

pub(super) struct ExecutorWaitsPastTimeout;

impl Check for ExecutorWaitsPastTimeout {
    fn rule(&self) -> &'static str {
        "executor-waits-past-timeout"
    }

    fn executor_wait(&self, wait: &ExecutorWait, cx: &mut Context<'_, '_>) {
        if wait.worker_is_bounded || is_none(wait.limit, cx) {
            return;
        }
        let limit = after(wait.limit);
        let message =
            format!("this gives up {limit}, but leaving the `with` block waits for the worker");
        let mut finding = cx
            .finding(wait.call, "this limit bounds nothing", message)
            .because(wait.executor, "leaving this block waits for every worker");
        for submitted in wait.submitted.iter().filter(|it| !wait.call.contains(**it)) {
            finding = finding.because(*submitted, "the work that is waited for");
        }
        cx.report(finding.help(
            "create the executor without `with`, and end it with \
             `shutdown(wait=False, cancel_futures=True)`",
        ));
    }

    fn thread_wait(&self, wait: &ThreadWait, cx: &mut Context<'_, '_>) {
        if is_none(wait.limit, cx) {
            return;
        }
        let limit = after(wait.limit);
        let message = format!("this gives up {limit}, but the thread goes on until its call ends");
        let mut finding = cx
            .finding(wait.call, "does not end the thread", message)
            .severity(Severity::Note);
        if !wait.call.contains(wait.started) {
            finding = finding.because(wait.started, "the work that goes on");
        }
        cx.report(finding.help(
            "await the asynchronous method instead, or give the work a timeout of its own that is no longer",
        ));
    }
}

/// Whether a limit is so long that it was meant to be none: nobody counts on it.
fn is_none(limit: Option<Millis>, cx: &Context<'_, '_>) -> bool {
    limit.is_some() && limit > cx.settings.millis("implausible-timeout", "longest")
}

fn after(limit: Option<Millis>) -> String {
    match limit {
        Some(limit) => format!("after {limit}"),
        None => "after its timeout".to_owned(),
    }
}
