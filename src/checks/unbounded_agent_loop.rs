//! `unbounded-agent-loop`: a loop around a model that nothing but its answer ends.

use super::{Check, Context};
use crate::project::loops::LoopSite;

pub(super) struct UnboundedAgentLoop;

impl Check for UnboundedAgentLoop {
    fn rule(&self) -> &'static str {
        "unbounded-agent-loop"
    }

    fn repetition(&self, found: &LoopSite, cx: &mut Context<'_, '_>) {
        let Some(model) = &found.model else { return };
        let message = format!(
            "only the model's answer ends this loop around `{}`",
            model.name
        );
        let mut finding = cx
            .finding(found.at, "no counter and no deadline", message)
            .because(model.call, "the model runs here");
        if !found.at.contains(model.decided) {
            finding = finding.because(model.decided, "and decides here");
        }
        cx.report(finding.help(
            "count the rounds, as in `for _ in range(10):`, and decide what follows the last one",
        ));
    }
}
