//! `subprocess-without-timeout`: a tool that waits for another program as long as it takes.

use super::{Check, Context};
use crate::project::processes::ProcessWait;

pub(super) struct SubprocessWithoutTimeout;

impl Check for SubprocessWithoutTimeout {
    fn rule(&self) -> &'static str {
        "subprocess-without-timeout"
    }

    fn program_wait(&self, wait: &ProcessWait<'_>, cx: &mut Context<'_, '_>) {
        let (name, tool) = (&wait.name, &wait.tool);
        let message =
            format!("`{name}` in the tool `{tool}` waits for ever when its program stalls");
        let finding = cx.finding(wait.callee, "no timeout", message);
        let finding = finding.because(wait.defined, "an agent calls this tool");
        cx.report(finding.help(format!("pass `{}`", wait.entry.write)));
    }
}
