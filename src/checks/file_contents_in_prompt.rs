//! `file-contents-in-prompt`: a whole file, attachment or web page in one prompt.

use super::{Check, Context};
use crate::project::prompts::StuffedPrompt;

pub(super) struct FileContentsInPrompt;

impl Check for FileContentsInPrompt {
    fn rule(&self) -> &'static str {
        "file-contents-in-prompt"
    }

    fn stuffed_prompt(&self, prompt: &StuffedPrompt<'_>, cx: &mut Context<'_, '_>) {
        let load = &prompt.load;
        // Collections of documents and rows are the subject of another rule.
        if !load.kind.is_one_file() {
            return;
        }
        let message = format!(
            "{} goes into one prompt, whatever its size",
            load.kind.words()
        );
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
