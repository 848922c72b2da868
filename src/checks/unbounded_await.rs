//! `unbounded-await`: an answer that is awaited while somebody waits for it, with no deadline in all.

use super::{Check, Context};
use crate::project::async_calls::ServedAwait;

pub(super) struct UnboundedAwait;

impl Check for UnboundedAwait {
    fn rule(&self) -> &'static str {
        "unbounded-await"
    }

    fn served_await(&self, awaited: &ServedAwait, cx: &mut Context<'_, '_>) {
        let name = &awaited.name;
        let message = match (awaited.is_agent, awaited.gap) {
            (true, _) => format!(
                "`{name}` has no deadline in all: the agent takes as many steps as it likes while the request waits"
            ),
            (false, Some(gap)) => format!(
                "`{name}` has no deadline in all: the timeout of {gap} starts anew with every piece of the answer"
            ),
            (false, None) => format!(
                "`{name}` has no deadline in all: a timeout of its client bounds each piece of the answer, not the whole"
            ),
        };
        let finding = cx
            .finding(awaited.callee, "no deadline in all", message)
            .because(awaited.route, "somebody waits for this");
        cx.report(finding.help("wrap it in `asyncio.timeout(…)` or `asyncio.wait_for(…, …)`"));
    }
}
