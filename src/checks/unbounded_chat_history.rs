//! `unbounded-chat-history`: a conversation that is kept for good, and sent again with every question.

use super::{Check, Context};
use crate::project::prompts::histories::GrowingHistory;

pub(super) struct UnboundedChatHistory;

impl Check for UnboundedChatHistory {
    fn rule(&self) -> &'static str {
        "unbounded-chat-history"
    }

    fn growing_history(&self, history: &GrowingHistory, cx: &mut Context<'_, '_>) {
        let (name, with) = match history.kept {
            Some(_) => (&history.name, " with a checkpointer"),
            None => (&history.name, ""),
        };
        let message = format!(
            "`{name}`{with} keeps every message, and each question sends all of them again"
        );
        let mut finding = cx.finding(history.callee, "nothing shortens it", message);
        if let Some(at) = history.kept.or(history.stored) {
            finding = finding.because(at, "the messages of a thread are kept here");
        }
        if let Some(at) = history.grows {
            finding = finding.because(at, "each turn adds to it");
        }
        if let Some(at) = history.sent {
            finding = finding.because(at, "all of them are sent here");
        }
        cx.report(finding.help(&history.help));
    }
}
