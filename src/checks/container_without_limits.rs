//! `container-without-limits`: a container of the application that may take all of its machine.

use super::{Check, Context};
use crate::model::service::Runtime;
use crate::project::services::Deployed;

pub(super) struct ContainerWithoutLimits;

impl Check for ContainerWithoutLimits {
    fn rule(&self) -> &'static str {
        "container-without-limits"
    }

    fn deployed(&self, deployed: &Deployed, cx: &mut Context<'_, '_>) {
        let (service, resources) = (&deployed.service, &deployed.service.resources);
        // Compose and images are for the developer's machine as often as for any other.
        if service.runtime != Runtime::Kubernetes || service.is_open || resources.is_open {
            return;
        }
        let missing = match (&resources.memory, &resources.cpu_request) {
            (None, None) => "neither memory nor processors",
            (None, Some(_)) => "no memory",
            (Some(_), None) if resources.cpu_limit.is_none() => "no processors",
            _ => return,
        };
        let message = format!(
            "container `{}` has {missing} set aside, and whatever runs beside it can starve it",
            service.name
        );
        let finding = cx.finding(deployed.at(), "without `resources`", message);
        cx.report(finding.help(
            "write `resources` with `requests` for `cpu` and `memory`, and a limit for `memory`",
        ));
    }
}
