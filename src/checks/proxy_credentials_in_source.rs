//! `proxy-credentials-in-source`: the password of a proxy, for everybody to read.

use super::{Check, Context};
use crate::project::proxies::{ProxySetting, Target};

pub(super) struct ProxyCredentialsInSource;

impl Check for ProxyCredentialsInSource {
    fn rule(&self) -> &'static str {
        "proxy-credentials-in-source"
    }

    fn proxy(&self, proxy: &ProxySetting, cx: &mut Context<'_, '_>) {
        if proxy.is_secret {
            return;
        }
        let Some(address) = proxy.addresses.iter().find(|it| it.has_credentials()) else {
            return;
        };
        let (Target::Variable(name)
        | Target::Strict(name)
        | Target::Lenient(name)
        | Target::Unknown(name)) = &proxy.target;
        let message = format!(
            "`{name}` carries user and password of `{}`",
            address.shown()
        );
        let mut finding = cx.finding(proxy.at, "a password in the source", message);
        if !proxy.at.contains(proxy.written) {
            finding = finding.because(proxy.written, "written here");
        }
        cx.report(finding.help("take the address from the environment, and change the password"));
    }
}
