//! `proxy-without-exceptions`: a proxy for everything, also for hosts it cannot reach.

use super::{Check, Context, listed};
use crate::fix::{Fix, Trust};
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
        let message = format!(
            "`{}` also sends calls of {} to the proxy, which hardly ever reaches them",
            proxy.variable,
            listed(&names[..names.len().min(NAMED)])
        );
        let mut finding = cx.finding(proxy.at, "no exception for own hosts", message);
        if let Some((at, _)) = &proxy.exceptions {
            finding = finding.because(*at, "the exceptions");
        }
        for host in proxy.hosts.iter().take(NAMED) {
            finding = finding.because(host.at, "called here");
        }
        let names = names.join(",");
        finding = finding.fix(fix(proxy, &names, cx));
        cx.report(finding.help(match proxy.exceptions {
            Some(_) => format!("add `{names}` to `NO_PROXY`"),
            None => format!("set `NO_PROXY` to `{names}`"),
        }));
    }
}

/// The names behind those that are there, or in a variable of their own.
fn fix(proxy: &Unlisted, names: &str, cx: &Context<'_, '_>) -> Option<Fix> {
    if let Some((at, old)) = &proxy.exceptions {
        let new = format!("{},{names}", old.trim_end_matches([',', ' ']));
        return cx.resolver.rewrite_variable(*at, old, &new, Trust::Risky);
    }
    let is_lower = proxy.variable.starts_with(|it: char| it.is_lowercase());
    let variable = if is_lower { "no_proxy" } else { "NO_PROXY" };
    let known = (proxy.variable.as_str(), proxy.value.as_deref()?);
    cx.resolver.set_beside(proxy.at, known, (variable, names))
}
