//! `unsplit-documents-embedded`: whole files or web pages, each as one vector.

use super::{Check, Context};
use crate::project::prompts::stores::UnsplitDocuments;

pub(super) struct UnsplitDocumentsEmbedded;

impl Check for UnsplitDocumentsEmbedded {
    fn rule(&self) -> &'static str {
        "unsplit-documents-embedded"
    }

    fn unsplit_documents(&self, found: &UnsplitDocuments, cx: &mut Context<'_, '_>) {
        let message = format!(
            "`{}` embeds what `{}` loads as it is: each hit puts a whole document into the prompt",
            found.class, found.load.by
        );
        let finding = cx
            .finding(found.callee, "no splitter on the way", message)
            .because(found.load.at, "whole documents are loaded here");
        cx.report(finding.help(
            "split them first, with `RecursiveCharacterTextSplitter(chunk_size=1000).split_documents(…)`",
        ));
    }
}
