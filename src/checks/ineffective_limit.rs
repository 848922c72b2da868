//! `ineffective-limit`: a limit that is written and never reaches the run.

use super::{Check, Context};
use crate::project::agents::{AgentLimit, AgentSite};
use crate::project::step_limits::{LimitFault, StepLimitSite};

pub(super) struct IneffectiveLimit;

impl Check for IneffectiveLimit {
    fn rule(&self) -> &'static str {
        "ineffective-limit"
    }

    fn agent(&self, agent: &AgentSite<'_>, cx: &mut Context<'_, '_>) {
        let (Some(tools), AgentLimit::Default(run)) = (&agent.tools_only, agent.limit) else {
            return;
        };
        let message = format!(
            "`{}` ends the tool and not the run: the model is called on and on",
            tools.name
        );
        let finding = cx
            .finding(tools.at, "it goes on when the limit is reached", message)
            .because(agent.callee, "the agent that it is given to")
            .because(run, "which runs here without another limit");
        cx.report(finding.help(format!(
            "pass `exit_behavior=\"{}\"`, or limit the model's calls with `ModelCallLimitMiddleware`",
            tools.ending
        )));
    }

    fn step_limit(&self, limit: &StepLimitSite, cx: &mut Context<'_, '_>) {
        let (label, message, help) = match &limit.fault {
            LimitFault::Steps(_) => return,
            LimitFault::Refused(function) => (
                "a TypeError at run time",
                format!("`{function}` takes no `recursion_limit`"),
                "pass `config={\"recursion_limit\": 25}` where the graph runs",
            ),
            LimitFault::Argument(method) => (
                "dropped without a word",
                format!("`.{method}` drops `recursion_limit`: it belongs into the configuration"),
                "pass `config={\"recursion_limit\": 25}`",
            ),
            LimitFault::Configurable => (
                "the graph does not look here",
                "`recursion_limit` inside `configurable` limits nothing".to_owned(),
                "write it beside `configurable`, not into it",
            ),
            LimitFault::Overridden(bound, own, at) => {
                let message = format!("the limit of {bound} steps never holds: the run sets {own}");
                let finding = cx
                    .finding(limit.passed, "replaced where it runs", message)
                    .because(*at, "this one holds");
                cx.report(finding.help("leave one of the two out"));
                return;
            }
        };
        let mut finding = cx.finding(limit.passed, label, message);
        if !limit.passed.contains(limit.written) {
            finding = finding.because(limit.written, "written here");
        }
        cx.report(finding.help(help));
    }
}
