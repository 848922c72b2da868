//! `documents-stuffed-into-prompt`: all that a loader loads, in one prompt.

use super::{Check, Context};
use crate::project::prompts::StuffedPrompt;

pub(super) struct DocumentsStuffedIntoPrompt;

impl Check for DocumentsStuffedIntoPrompt {
    fn rule(&self) -> &'static str {
        "documents-stuffed-into-prompt"
    }

    fn stuffed_prompt(&self, prompt: &StuffedPrompt<'_>, cx: &mut Context<'_, '_>) {
        // A chain that does it for the program is the subject of another rule.
        if prompt.chain.is_some() {
            return;
        }
        let message = format!(
            "everything that `{}` loads goes into one prompt, whatever its size",
            prompt.loader
        );
        let mut finding = cx.finding(prompt.callee, "sent in one prompt", message);
        if let Some((at, how)) = prompt.joined {
            finding = finding.because(at, how);
        }
        finding = finding.because(prompt.loaded, "whole documents are loaded here");
        cx.report(finding.help(
            "split the documents and retrieve the few that matter, or cut the text to a size",
        ));
    }
}
