//! `agent-without-iteration-limit`: an agent whose model alone decides when it stops.

use super::{Check, Context};
use crate::project::agents::{AgentLimit, AgentSite};
use crate::project::step_limits::{LimitFault, StepLimitSite};
use crate::project::versions::Basis;
use crate::units::thousands;

pub(super) struct AgentWithoutIterationLimit;

impl Check for AgentWithoutIterationLimit {
    fn rule(&self) -> &'static str {
        "agent-without-iteration-limit"
    }

    fn agent(&self, agent: &AgentSite<'_>, cx: &mut Context<'_, '_>) {
        if agent.tools_only.is_some() {
            // A limit that ends the wrong thing is the cause, and `ineffective-limit` names it.
            return;
        }
        let name = &agent.agent.name;
        let write = &agent.default.write;
        match agent.limit {
            AgentLimit::Removed(passed, written) => {
                let argument = agent.default.argument.as_deref().unwrap_or_default();
                let message =
                    format!("`{name}` goes on until its model stops: `{argument}` is None");
                let mut finding = cx.finding(passed, "None means no limit", message);
                if !passed.contains(written) {
                    finding = finding.because(written, "None comes from here");
                }
                let number = write.rsplit('=').next().unwrap_or_default();
                finding = finding.fix(cx.resolver.replace_nothing(written, number));
                cx.report(finding.help(format!("give it a number, as in `{write}`")));
            }
            AgentLimit::Default(run) if agent.default.absent >= most(cx) => {
                let steps = thousands(agent.default.absent.into());
                let message = match &agent.cycle {
                    Some(cycle) => {
                        let nodes = cycle.nodes.join("`, `");
                        format!(
                            "only the model ends the way round `{nodes}` in at most {steps} steps"
                        )
                    }
                    None => format!("`{name}` may take {steps} steps: no limit reaches its runs"),
                };
                let mut finding = cx.finding(agent.callee, "no limit of its own", message);
                if let Some(cycle) = &agent.cycle {
                    finding = finding.because(cycle.decided, "its answer decides here");
                    finding.confidence = cx.medium();
                }
                let finding = finding
                    .because(run, "run here without one")
                    .fix(cx.resolver.give_configuration(run, write));
                let package = agent.agent.limited_by.as_ref();
                let package = package.unwrap_or(&agent.agent.package);
                cx.report(finding.help(match agent.basis {
                    Basis::Locked => format!("pass `{write}` where it runs"),
                    Basis::Allowed => format!(
                        "pass `{write}` where it runs; assuming the newest {package} that the \
                         requirements allow"
                    ),
                    Basis::Newest => format!(
                        "pass `{write}` where it runs; assuming the newest {package}, since no \
                         lock file names its version"
                    ),
                }));
            }
            _ => {}
        }
    }

    fn step_limit(&self, limit: &StepLimitSite, cx: &mut Context<'_, '_>) {
        let LimitFault::Steps(steps) = limit.fault else {
            return;
        };
        // A large number of steps does no harm where something else counts.
        if steps < most(cx) || cx.resolver.counts_model_calls() {
            return;
        }
        let steps = thousands(steps.into());
        let message = format!("a limit of {steps} steps is as good as none");
        let mut finding = cx.finding(limit.passed, "more than any run needs", message);
        if !limit.passed.contains(limit.written) {
            finding = finding.because(limit.written, "written here");
        }
        // Something else that the project wrote may end the run before.
        finding.confidence = cx.medium();
        cx.report(finding.help("set what the task needs, as in `\"recursion_limit\": 50`"));
    }
}

/// How many steps are as good as no limit.
fn most(cx: &Context<'_, '_>) -> u32 {
    let given = cx
        .settings
        .option(cx.rule, "most")
        .and_then(toml::Value::as_integer);
    let default = cx
        .entry
        .options
        .get("most")
        .and_then(|it| it.default.as_integer());
    let most = given.or(default).and_then(|it| u32::try_from(it).ok());
    most.unwrap_or(u32::MAX)
}
