//! `stuff-chain-on-unsplit-documents`: a chain that puts all documents into one prompt, and gets
//! whole ones.

use super::{Check, Context};
use crate::catalog::prompts::TextKind;
use crate::project::prompts::StuffedPrompt;

pub(super) struct StuffChainOnUnsplitDocuments;

impl Check for StuffChainOnUnsplitDocuments {
    fn rule(&self) -> &'static str {
        "stuff-chain-on-unsplit-documents"
    }

    fn stuffed_prompt(&self, prompt: &StuffedPrompt<'_>, cx: &mut Context<'_, '_>) {
        let Some(chain) = prompt
            .chain
            .filter(|_| prompt.load.kind == TextKind::Documents)
        else {
            return;
        };
        let message = format!(
            "`{}` puts everything that `{}` loads into one prompt, whatever its size",
            chain.name, prompt.load.by
        );
        let finding = cx
            .finding(prompt.callee, "one prompt for all documents", message)
            .because(prompt.load.at, "whole documents are loaded here");
        cx.report(finding.help(match chain.chain_type {
            Some(_) => {
                "split the documents, and pass `chain_type=\"map_reduce\"` if all are needed"
            }
            None => "split the documents and let a retriever choose a few",
        }));
    }
}
