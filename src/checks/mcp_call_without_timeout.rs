//! `mcp-call-without-timeout`: a session with a server of tools that nobody gave a timeout.

use super::{Check, Context};
use crate::catalog::entry::Absent;
use crate::project::mcp::McpWait;

pub(super) struct McpCallWithoutTimeout;

impl Check for McpCallWithoutTimeout {
    fn rule(&self) -> &'static str {
        "mcp-call-without-timeout"
    }

    fn mcp(&self, session: &McpWait, cx: &mut Context<'_, '_>) {
        let class = &session.class;
        let (message, label) = match session.absent {
            Absent::Forever => (
                format!("a tool call through `{class}` waits for ever when the server stalls"),
                "a server behind pipes, without a limit of its own",
            ),
            Absent::Wait(wait) if Some(wait) >= cx.settings.millis(self.rule(), "long-default") => {
                (
                    format!("a tool call through `{class}` waits {wait} when the server stalls"),
                    "a server behind HTTP, with the limit of the library",
                )
            }
            Absent::Wait(_) | Absent::Unknown => return,
        };
        let mut finding = cx.finding(session.callee, "no timeout", message);
        if !finding.primary.span.contains(session.reached_by) {
            finding = finding.because(session.reached_by, label);
        }
        if let Some(write) = &session.write {
            finding = finding.help(format!("pass `{write}`"));
        }
        cx.report(finding);
    }
}
