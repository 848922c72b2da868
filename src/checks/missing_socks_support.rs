//! `missing-socks-support`: a SOCKS proxy that a client cannot speak to.

use super::{Check, Context};
use crate::project::proxies::socks::UnspokenSocks;

pub(super) struct MissingSocksSupport;

impl Check for MissingSocksSupport {
    fn rule(&self) -> &'static str {
        "missing-socks-support"
    }

    fn unspoken_socks(&self, found: &UnspokenSocks<'_>, cx: &mut Context<'_, '_>) {
        let (name, client, socks) = (&found.name, &found.client, found.socks);
        let without = match &socks.package {
            Some(package) => format!("without `{package}`, which nobody requires, "),
            None => String::new(),
        };
        let message = format!(
            "`{name}` names a proxy that speaks SOCKS: {without}`{client}` {}",
            socks.effect
        );
        let finding = cx.finding(found.at, &format!("`{}://`", found.scheme), message);
        cx.report(finding.help(match &socks.extra {
            Some(extra) => format!("require `{extra}`"),
            None => "use a proxy that speaks HTTP, with `http://`".to_owned(),
        }));
    }
}
