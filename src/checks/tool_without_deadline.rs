//! `tool-without-deadline`: a tool that can keep its agent waiting for ever.

use super::{Check, Context};
use crate::project::tools::HangingTool;

pub(super) struct ToolWithoutDeadline;

impl Check for ToolWithoutDeadline {
    fn rule(&self) -> &'static str {
        "tool-without-deadline"
    }

    fn hanging_tool(&self, tool: &HangingTool, cx: &mut Context<'_, '_>) {
        let message = format!(
            "the tool `{}` waits for ever when `{}` stalls, and its agent with it",
            tool.name, tool.callee
        );
        let finding = cx
            .finding(tool.at, "nothing ends it", message)
            .because(tool.call, "this call has no limit");
        cx.report(finding.help("pass a timeout to that call: no agent ends a tool that runs"));
    }
}
