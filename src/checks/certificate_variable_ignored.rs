//! `certificate-variable-ignored`: certificates that the clients in use never load.

use super::{Check, Context};
use crate::project::proxies::clients::Certificates;

pub(super) struct CertificateVariableIgnored;

impl Check for CertificateVariableIgnored {
    fn rule(&self) -> &'static str {
        "certificate-variable-ignored"
    }

    fn certificates(&self, found: &Certificates, cx: &mut Context<'_, '_>) {
        let message = format!(
            "`{}` does nothing for `{}`, which trusts the certificates of `{}`",
            found.variable, found.client, found.instead
        );
        let finding = cx.finding(found.at, "never read", message);
        cx.report(finding.help(format!("set `{}` to the same path as well", found.instead)));
    }
}
