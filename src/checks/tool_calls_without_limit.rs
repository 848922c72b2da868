//! `tool-calls-without-limit`: an agent that is handed out with nothing that counts its calls.

use super::{Check, Context};
use crate::project::agents::{AgentLimit, AgentSite};

pub(super) struct ToolCallsWithoutLimit;

impl Check for ToolCallsWithoutLimit {
    fn rule(&self) -> &'static str {
        "tool-calls-without-limit"
    }

    fn agent(&self, agent: &AgentSite<'_>, cx: &mut Context<'_, '_>) {
        // Where a run is seen, `agent-without-iteration-limit` speaks of it.
        if agent.limit != AgentLimit::Unseen || agent.cycle.is_some() {
            return;
        }
        let given = cx.settings.option(cx.rule, "most");
        let most = given.or(cx.entry.options.get("most").map(|it| &it.default));
        let most = most.and_then(toml::Value::as_integer);
        if most.is_none_or(|it| i64::from(agent.default.absent) < it) {
            return;
        }
        let name = &agent.agent.name;
        let message = format!("nothing in `{name}` counts the calls of its tools or its model");
        let finding = cx.finding(agent.callee, "whoever runs it has to set a limit", message);
        cx.report(finding.help(
            "count the model's calls, as in `middleware=[ModelCallLimitMiddleware(run_limit=10)]`, or \
             bind a limit: `.with_config({\"recursion_limit\": 25})`",
        ));
    }
}
