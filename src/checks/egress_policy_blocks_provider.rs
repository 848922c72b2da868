//! `egress-policy-blocks-provider`: a network policy that keeps the application from its model.

use super::{Check, Context};
use crate::project::proxies::egress::{Blocked, BlockedEgress};

pub(super) struct EgressPolicyBlocksProvider;

impl Check for EgressPolicyBlocksProvider {
    fn rule(&self) -> &'static str {
        "egress-policy-blocks-provider"
    }

    fn blocked_egress(&self, found: &BlockedEgress, cx: &mut Context<'_, '_>) {
        let (name, service, client) = (&found.name, &found.service, &found.client);
        let (label, what, port) = match found.what {
            Blocked::Provider(port) => ("no way out", "to addresses outside", port),
            Blocked::Proxy(port) => ("no way to the proxy", "to the proxy", port),
            Blocked::Names(port) => ("no names", "to the servers of names", port),
        };
        let message = format!(
            "`{name}` lets no port {port} {what} out of `{service}`, and each call of `{client}` waits until it times out"
        );
        let finding = cx
            .finding(found.at, label, message)
            .because(found.container, "this container")
            .because(found.built, "calls its provider");
        cx.report(finding.help(match found.what {
            Blocked::Provider(port) => {
                format!("add a rule under `egress` with `ports: [{{port: {port}}}]`")
            }
            Blocked::Proxy(port) => {
                format!("add a rule under `egress` with the port of the proxy, `ports: [{{port: {port}}}]`")
            }
            Blocked::Names(port) => format!(
                "add a rule under `egress` with `ports: [{{port: {port}, protocol: UDP}}, {{port: {port}, protocol: TCP}}]`"
            ),
        }));
    }
}
