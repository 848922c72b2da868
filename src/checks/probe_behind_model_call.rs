//! `probe-behind-model-call`: a probe that fails while a model takes its time.

use super::{Check, Context};
use crate::project::services::Deployed;

pub(super) struct ProbeBehindModelCall;

impl Check for ProbeBehindModelCall {
    fn rule(&self) -> &'static str {
        "probe-behind-model-call"
    }

    fn deployed(&self, deployed: &Deployed, cx: &mut Context<'_, '_>) {
        for probe in cx.resolver.slow_probes(deployed) {
            let (path, service, call) = (&probe.path, &probe.service, &probe.call);
            let message = if probe.is_beside {
                format!(
                    "the probe of `{path}` waits for the event loop that `{call}` blocks: a slow model gets `{service}` restarted"
                )
            } else {
                format!(
                    "`{path}` calls a model with `{call}`: when the provider is slow, `{service}` is restarted"
                )
            };
            let finding = cx
                .finding(probe.at, "restarts the container", message)
                .because(
                    probe.function,
                    if probe.is_beside {
                        "on the same loop"
                    } else {
                        "answers the probe"
                    },
                )
                .because(probe.called, "waits for a model");
            cx.report(finding.help(if probe.is_beside {
                "await the model, or call it with `asyncio.to_thread`"
            } else {
                "answer the probe without asking the model"
            }));
        }
    }
}
