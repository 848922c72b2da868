//! `tool-output-untrimmed`: a tool that returns all of what it reads to the model.

use super::{Check, Context};
use crate::project::prompts::outputs::ToolOutput;

pub(super) struct ToolOutputUntrimmed;

impl Check for ToolOutputUntrimmed {
    fn rule(&self) -> &'static str {
        "tool-output-untrimmed"
    }

    fn tool_output(&self, output: &ToolOutput, cx: &mut Context<'_, '_>) {
        let load = &output.load;
        let message = format!(
            "the tool `{}` returns {} to the model, whatever its size",
            output.tool,
            load.kind.words()
        );
        let mut finding = cx.finding(output.returned, "all of it is returned", message);
        if !output.returned.contains(load.at) {
            finding = finding.because(load.at, format!("`{}` reads it here", load.by));
        }
        cx.report(finding.help(
            "return a part of a size that you choose, and say in the text that there is more",
        ));
    }
}
