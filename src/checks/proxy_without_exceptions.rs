//! `proxy-without-exceptions`: a proxy for everything, also for hosts it cannot reach.

use super::{Check, Context};
use crate::project::proxies::Unlisted;

/// How many hosts a message names.
const NAMED: usize = 5;

pub(super) struct ProxyWithoutExceptions;

impl Check for ProxyWithoutExceptions {
    fn rule(&self) -> &'static str {
        "proxy-without-exceptions"
    }

    fn unlisted_hosts(&self, proxy: &Unlisted, cx: &mut Context<'_, '_>) {
        let names: Vec<&str> = proxy.hosts.iter().map(|it| it.name.as_str()).collect();
        let listed: Vec<String> = names
            .iter()
            .take(NAMED)
            .map(|it| format!("`{it}`"))
            .collect();
        let message = format!(
            "`{}` also sends {} through the proxy",
            proxy.variable,
            listed.join(", ")
        );
        let mut finding = cx.finding(proxy.at, "no exception for own hosts", message);
        if let Some(at) = proxy.exceptions {
            finding = finding.because(at, "the exceptions");
        }
        for host in proxy.hosts.iter().take(NAMED) {
            finding = finding.because(host.at, "called here");
        }
        let names = names.join(",");
        cx.report(finding.help(match proxy.exceptions {
            Some(_) => format!("add `{names}` to `NO_PROXY`"),
            None => format!("set `NO_PROXY` to `{names}`"),
        }));
    }
}
