//! `timeout-ignored`: a timeout given where it does nothing.

use super::{Check, Context};
use crate::catalog::entry::Absent;
use crate::fix::Fix;
use crate::project::clients::{ClientSite, ClientWait, IgnoredArgument};
use crate::project::run_configs::{IgnoredCall, RunConfig};
use crate::project::step_timeouts::UnreachedStep;
use crate::project::written_timeouts::unit_of_name;

pub(super) struct TimeoutIgnored;

impl Check for TimeoutIgnored {
    fn rule(&self) -> &'static str {
        "timeout-ignored"
    }

    fn run_config(&self, config: &RunConfig, cx: &mut Context<'_, '_>) {
        let RunConfig {
            passed,
            written,
            method,
            key,
        } = config;
        let message = format!(
            "`{key}` in the configuration of `.{method}()` bounds nothing: a runnable's configuration has no such key"
        );
        let mut finding = cx.finding(*passed, "nobody reads it", message);
        if !passed.contains(*written) {
            finding = finding.because(*written, "written here");
        }
        cx.report(finding.help("give the timeout to the client, where it is built"));
    }

    fn ignored_call(&self, call: &IgnoredCall, cx: &mut Context<'_, '_>) {
        let IgnoredCall {
            class,
            method,
            argument,
            effect,
            ..
        } = call;
        let message = format!("`{argument}` in `.{method}()` of `{class}` {effect}");
        let finding = cx.finding(call.passed, "it bounds nothing", message);
        cx.report(finding.help(call.instead.clone()));
    }

    fn unreached_step(&self, step: &UnreachedStep<'_>, cx: &mut Context<'_, '_>) {
        let UnreachedStep { limit, model, .. } = step;
        let (argument, effect) = (&step.timeout.argument, &step.timeout.effect);
        let message = format!(
            "`{argument}` of {limit} {effect}: inside one, `{model}` waits for ever when the provider stalls"
        );
        let finding = cx
            .finding(step.passed, "does not end a step", message)
            .because(step.built, "waits for ever");
        cx.report(match &step.write {
            Some(write) => finding.help(format!("give the model `{write}` as well")),
            None => finding.help("bound the run from outside, with `asyncio.wait_for`"),
        });
    }

    fn client(&self, client: &ClientSite<'_>, cx: &mut Context<'_, '_>) {
        // With a timeout that works beside it, the ignored one is clutter and no danger.
        if client.bounded_outside {
            return;
        }
        let bounded = matches!(client.wait, ClientWait::Bounded(_));
        for ignored in client
            .ignored
            .iter()
            .filter(|it| !bounded || is_one_sided(it))
        {
            let argument = &ignored.argument;
            let message = format!("`{argument}` on `{}` {}", client.name, ignored.effect);
            let after = match client.client.timeout.absent {
                Absent::Forever => "the call still waits for ever".to_owned(),
                Absent::Wait(wait) => format!("the call still waits {wait}"),
                Absent::Unknown => "it bounds nothing".to_owned(),
            };
            let mut finding = cx.finding(ignored.passed, &after, message);
            if !ignored.passed.contains(ignored.written) {
                finding = finding.because(ignored.written, "written here");
            }
            if let Some(by) = ignored.kept_out_by {
                let help = format!("add `{argument}` to the keys that are handed on");
                cx.report(finding.because(by, "keeps it out").help(help));
                continue;
            }
            finding = finding.fix(fix(client, ignored, cx));
            let instead = ignored
                .instead
                .clone()
                .or_else(|| client.client.timeout.example());
            cx.report(match instead {
                Some(instead) => finding.help(format!("write `{instead}` instead")),
                None => finding.help("bound the call from outside, with `asyncio.wait_for`"),
            });
        }
    }
}

/// Whether it bounds some of the calls.
fn is_one_sided(ignored: &IgnoredArgument) -> bool {
    ignored.effect.starts_with("bounds only")
}

/// Says the same in words that the class understands.
fn fix(client: &ClientSite<'_>, ignored: &IgnoredArgument, cx: &Context<'_, '_>) -> Option<Fix> {
    let (site, timeout) = (&client.site, &client.client.timeout);
    let mut entries = client.client.ignored.iter();
    let carried = entries.any(|it| it.argument == ignored.argument && it.carries_timeout);
    let counts = unit_of_name(&ignored.argument);
    // Perhaps the other calls are to stay without a limit; and a number that counts in another unit
    // must not move as it is.
    if is_one_sided(ignored) || counts.is_some_and(|it| it != timeout.unit) {
        None
    } else if carried {
        cx.give_timeout(site, timeout)
    } else {
        cx.resolver.move_timeout(site, ignored.passed, timeout)
    }
}
