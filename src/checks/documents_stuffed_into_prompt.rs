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
        if prompt.chain.is_some() || load.kind.is_one_file() {
            return;
        }
        let what = match load.kind {
            TextKind::Documents => format!("everything that `{}` loads", load.by),
            other => other.words().to_owned(),
        };
        let message = format!("{what} goes into one prompt, whatever its size");
        let mut finding = cx.finding(prompt.callee, "sent in one prompt", message);
        if let Some(at) = load.joined {
            finding = finding.because(at, "joined here, however much it is");
        } else if let Some(at) = load.written {
            finding = finding.because(at, "put into the text here, however much it is");
        }
        finding = finding.because(
            load.at,
            match load.kind {
                TextKind::Documents => "whole documents are loaded here",
                _ => "all of it is read here",
            },
        );
        cx.report(finding.help(
            "split the documents and retrieve the few that matter, or cut the text to a size",
        ));
    }
}
