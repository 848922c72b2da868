//! `certificate-variable-ignored`: certificates that the clients in use never load.

use super::{Check, Context, listed};
use crate::project::proxies::certificates::Certificates;

pub(super) struct CertificateVariableIgnored;

impl Check for CertificateVariableIgnored {
    fn rule(&self) -> &'static str {
        "certificate-variable-ignored"
    }

    fn certificates(&self, found: &Certificates, cx: &mut Context<'_, '_>) {
        let trusts = if found.clients.len() == 1 {
            "trusts"
        } else {
            "trust"
        };
        let message = format!(
            "`{}` does nothing for {}, which {trusts} the certificates of `{}`",
            found.variable,
            listed(&found.clients),
            found.instead
        );
        let known = (found.variable.as_str(), found.value.as_str());
        let new = (found.instead.as_str(), found.value.as_str());
        let finding = cx
            .finding(found.at, "never read", message)
            .fix(cx.resolver.set_beside(found.at, known, new));
        cx.report(finding.help(format!("set `{}` to the same path as well", found.instead)));
    }
}
