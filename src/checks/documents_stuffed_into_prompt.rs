//! `documents-stuffed-into-prompt`: all that a loader loads, in one prompt.

use super::{Check, Context};
use crate::catalog::prompts::TextKind;
use crate::project::prompts::StuffedPrompt;

pub(super) struct DocumentsStuffedIntoPrompt;

impl Check for DocumentsStuffedIntoPrompt {
    fn rule(&self) -> &'static str {
        "documents-stuffed-into-prompt"
    }

    fn stuffed_prompt(&self, prompt: &StuffedPrompt<'_>, cx: &mut Context<'_, '_>) {
        let load = &prompt.load;
        // A chain that does it for the program is the subject of another rule, and so is a file.
        if prompt.chain.is_some() || load.kind != TextKind::Documents {
            return;
        }
        let message = format!(
            "everything that `{}` loads goes into one prompt, whatever its size",
            load.by
        );
        let mut finding = cx.finding(prompt.callee, "sent in one prompt", message);
        if let Some(at) = load.joined {
            finding = finding.because(at, "joined here, however much it is");
        } else if let Some(at) = load.written {
            finding = finding.because(at, "put into the text here, however much it is");
        }
        finding = finding.because(load.at, "whole documents are loaded here");
        cx.report(finding.help(
            "split the documents and retrieve the few that matter, or cut the text to a size",
        ));
    }
}
