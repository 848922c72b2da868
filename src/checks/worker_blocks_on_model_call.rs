//! `worker-blocks-on-model-call`: a few processes that each wait for one model at a time.

use super::{Check, Context};
use crate::project::budgets::exceeded::BlockedServer;

pub(super) struct WorkerBlocksOnModelCall;

impl Check for WorkerBlocksOnModelCall {
    fn rule(&self) -> &'static str {
        "worker-blocks-on-model-call"
    }

    fn blocked_server(&self, server: &BlockedServer<'_>, cx: &mut Context<'_, '_>) {
        let budget = server.budget;
        let worst = budget.work.worst_case();
        let Some(least) = cx.settings.millis(self.rule(), "at-least") else {
            return;
        };
        if !worst.exceeds(least) {
            return;
        }
        let (count, written) = server.workers;
        let time = if worst.endless {
            "for ever".to_owned()
        } else {
            format!("for {worst}")
        };
        let calls = match count {
            1 => "one request".to_owned(),
            _ => format!("{count} requests"),
        };
        let message = format!(
            "`{}` answers {calls} at a time, so {calls} to `{}` that stall stop all others {time}",
            server.name, budget.entry.name
        );
        let at = written.unwrap_or(server.at);
        let mut finding = cx.finding(at, "each worker does one thing at a time", message);
        finding = finding.because(budget.entry.at, format!("can keep its worker {time}"));
        for reason in budget.work.reasons().into_iter().take(3) {
            finding = finding.because(reason.span, reason.text);
        }
        cx.report(finding.help(
            "start it with `--worker-class gthread --threads 8`, or serve `async def` routes with \
             `uvicorn`",
        ));
    }
}
