//! `agent-without-iteration-limit`: an agent whose model alone decides when it stops.

use super::{Check, Context};
use crate::project::agents::{AgentLimit, AgentSite};
use crate::project::versions::Basis;

pub(super) struct AgentWithoutIterationLimit;

/// How many steps of an agent are as good as no limit.
///
/// Every limit that a person sets on purpose lies far below; every default that a library sets to
/// get out of the way lies above.
const ABSURD: u32 = 1000;

impl Check for AgentWithoutIterationLimit {
    fn rule(&self) -> &'static str {
        "agent-without-iteration-limit"
    }

    fn agent(&self, agent: &AgentSite<'_>, cx: &mut Context<'_, '_>) {
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
            AgentLimit::Default(run) if agent.default.absent >= ABSURD => {
                let steps = thousands(agent.default.absent);
                let message = format!("`{name}` may take {steps} steps: no limit reaches its runs");
                let finding = cx
                    .finding(agent.callee, "no limit of its own", message)
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
}

/// `9999` as "9,999".
fn thousands(number: u32) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::thousands;

    #[test]
    fn digits_are_grouped_by_three() {
        assert_eq!(thousands(25), "25");
        assert_eq!(thousands(9999), "9,999");
        assert_eq!(thousands(10007), "10,007");
        assert_eq!(thousands(1_000_000), "1,000,000");
    }
}
