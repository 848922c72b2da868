//! `agent-without-time-limit`: an agent whose steps are counted and whose time is not.

use super::{Check, Context};
use crate::project::agents::AgentSite;

pub(super) struct AgentWithoutTimeLimit;

impl Check for AgentWithoutTimeLimit {
    fn rule(&self) -> &'static str {
        "agent-without-time-limit"
    }

    fn agent(&self, agent: &AgentSite<'_>, cx: &mut Context<'_, '_>) {
        let Some(run) = agent.untimed else { return };
        let name = &agent.agent.name;
        let message = format!("nothing bounds the time of a run of `{name}`");
        let finding = cx
            .finding(agent.callee, "no limit on its time", message)
            .because(run, "run here without a deadline");
        cx.report(finding.help(match agent.default.time.as_deref() {
            Some(argument) => format!("pass `{argument}=60`; it is looked at between two steps"),
            None => "run it under a deadline, as in `async with asyncio.timeout(60):`".to_owned(),
        }));
    }
}
