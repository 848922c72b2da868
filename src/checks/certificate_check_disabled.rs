//! `certificate-check-disabled`: a connection that trusts whoever answers.

use super::{Check, Context};
use crate::project::proxies::unverified::Unverified;

pub(super) struct CertificateCheckDisabled;

impl Check for CertificateCheckDisabled {
    fn rule(&self) -> &'static str {
        "certificate-check-disabled"
    }

    fn unverified(&self, found: &Unverified, cx: &mut Context<'_, '_>) {
        let message = format!(
            "`{}` trusts whoever answers: what is sent and answered can be read and changed on the way",
            found.written
        );
        let mut finding = cx.finding(found.at, "no check", message);
        if let Some(value) = found.value {
            finding = finding.because(value, "written here");
        }
        let finding = finding.fix(cx.resolver.verified_again(found));
        cx.report(finding.help(
            "leave it out; where a proxy shows a certificate of its own, name its authority in `SSL_CERT_FILE` or `REQUESTS_CA_BUNDLE`",
        ));
    }
}
