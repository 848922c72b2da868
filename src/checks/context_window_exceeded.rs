//! `context-window-exceeded`: a prompt that is longer than what its model reads, by the numbers that
//! somebody wrote.

use super::{Check, Context};
use crate::project::prompts::sizes::Part;
use crate::project::prompts::windows::{ExceededWindow, Excess};
use crate::source::Span;
use crate::units::thousands;

pub(super) struct ContextWindowExceeded;

impl Check for ContextWindowExceeded {
    fn rule(&self) -> &'static str {
        "context-window-exceeded"
    }

    fn exceeded_window(&self, found: &ExceededWindow, cx: &mut Context<'_, '_>) {
        let (model, at) = &found.model;
        let limit = thousands(found.limit);
        match &found.excess {
            Excess::Answer(asked, written) => {
                let asked = thousands(*asked);
                let message = format!(
                    "an answer of {asked} tokens is asked for, and `{model}` writes {limit} at most"
                );
                let finding = cx
                    .finding(found.callee, "refused by the provider", message)
                    .because(*at, "the model")
                    .because(*written, "more than it writes");
                cx.report(finding.help(format!("ask for {limit} tokens or fewer")));
            }
            Excess::Prompt {
                parts,
                answer,
                is_cut,
            } => {
                let sum = Sum::new(parts, *answer);
                let message = format!(
                    "up to {} tokens for `{model}`, which takes {limit}: {}",
                    thousands(sum.total),
                    sum.terms.join(" + ")
                );
                let label = if *is_cut {
                    "what is too much is cut off without a word"
                } else {
                    "refused by the provider"
                };
                let mut finding = cx.finding(found.callee, label, message);
                for (at, text) in sum.reasons {
                    finding = finding.because(at, text);
                }
                finding = finding.because(*at, format!("takes {limit} tokens"));
                cx.report(finding.help(
                    "retrieve fewer documents, split them smaller, or choose a model with a larger window",
                ));
            }
        }
    }
}

/// The arithmetic, as a person would write it down.
struct Sum {
    total: u64,
    terms: Vec<String>,
    reasons: Vec<(Span, String)>,
}

impl Sum {
    fn new(parts: &[Part], answer: Option<(u64, Span)>) -> Self {
        let mut sum = Self {
            total: parts.iter().map(Part::total).sum(),
            terms: Vec::new(),
            reasons: Vec::new(),
        };
        for part in parts.iter().filter(|it| it.split.is_some()) {
            sum.add_documents(part);
        }
        let texts: u64 = parts
            .iter()
            .filter(|it| it.split.is_none())
            .map(Part::total)
            .sum();
        if texts > 0 {
            sum.terms.push(format!("{} of text", thousands(texts)));
        }
        if let Some((answer, at)) = answer {
            sum.total = sum.total.saturating_add(answer);
            sum.terms
                .push(format!("{} for the answer", thousands(answer)));
            sum.reasons.push((at, "kept for the answer".to_owned()));
        }
        sum
    }

    fn add_documents(&mut self, part: &Part) {
        let (count, tokens) = (thousands(part.count), thousands(part.tokens));
        self.terms.push(format!("{count} × {tokens} of documents"));
        self.reasons.push((part.at, format!("{count} documents")));
        if let Some(chunk) = &part.split {
            let text = if chunk.in_tokens {
                format!("each up to {tokens} tokens")
            } else {
                let size = thousands(chunk.size);
                format!("each up to {size} characters, about {tokens} tokens")
            };
            self.reasons.push((chunk.at, text));
        }
    }
}
