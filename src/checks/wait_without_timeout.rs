//! `wait-without-timeout`: a wait for somebody who tells of a success and never of a failure.

use super::{Check, Context};
use crate::project::queues::UnboundedWait;

pub(super) struct WaitWithoutTimeout;

impl Check for WaitWithoutTimeout {
    fn rule(&self) -> &'static str {
        "wait-without-timeout"
    }

    fn unbounded_wait(&self, wait: &UnboundedWait, cx: &mut Context<'_, '_>) {
        let message = format!(
            "`{}` waits for ever when `{}` fails",
            wait.name, wait.producer
        );
        let finding = cx
            .finding(wait.at, "no timeout", message)
            .because(wait.told, "only a success gets here");
        cx.report(finding.help(format!(
            "tell the end in a `finally` of `{}`, and pass a timeout to the wait",
            wait.producer
        )));
    }
}
