//! `tool-without-deadline`: a tool that can keep its agent waiting for ever.

use super::{Check, Context};
use crate::project::tools::{Endless, HangingTool};

pub(super) struct ToolWithoutDeadline;

impl Check for ToolWithoutDeadline {
    fn rule(&self) -> &'static str {
        "tool-without-deadline"
    }

    fn hanging_tool(&self, tool: &HangingTool<'_>, cx: &mut Context<'_, '_>) {
        let event = match &tool.why {
            Endless::Call(_, callee) => format!("`{callee}` stalls"),
            Endless::Runner(runner) => format!("{} does not end", runner.runs),
        };
        let message = format!(
            "the tool `{}` waits for ever when {event}, and its agent with it",
            tool.name
        );
        let finding = cx.finding(tool.at, "nothing ends it", message);
        cx.report(match &tool.why {
            Endless::Call(call, _) => finding
                .because(*call, "this call has no limit")
                .help("pass a timeout to that call: no agent ends a tool that runs"),
            Endless::Runner(runner) => finding.help(&runner.help),
        });
    }
}
