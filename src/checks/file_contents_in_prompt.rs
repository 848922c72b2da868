//! `file-contents-in-prompt`: a whole file, attachment or web page in one prompt.

use super::{Check, Context};
use crate::catalog::prompts::TextKind;
use crate::project::prompts::StuffedPrompt;

pub(super) struct FileContentsInPrompt;

impl Check for FileContentsInPrompt {
    fn rule(&self) -> &'static str {
        "file-contents-in-prompt"
    }

    fn stuffed_prompt(&self, prompt: &StuffedPrompt<'_>, cx: &mut Context<'_, '_>) {
        let load = &prompt.load;
        // What loaders of LangChain load is the subject of other rules.
        let what = match load.kind {
            TextKind::Documents => return,
            TextKind::File => "a whole file",
            TextKind::Attachment => "a whole attachment",
            TextKind::Document => "the text of a whole document",
            TextKind::Page => "a whole web page",
            TextKind::Table => "a whole table",
            TextKind::Output => "all that a program prints",
        };
        let message = format!("{what} goes into one prompt, whatever its size");
        let mut finding = cx.finding(prompt.callee, "sent in one prompt", message);
        if let Some(at) = load.written {
            finding = finding.because(at, "put into the text here");
        }
        finding = finding.because(load.at, format!("`{}` reads all of it", load.by));
        cx.report(
            finding.help("cut the text to a size, or split it and send the parts that matter"),
        );
    }
}
