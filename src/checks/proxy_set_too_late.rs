//! `proxy-set-too-late`: a proxy variable that is set when a client has read it already.

use super::{Check, Context};
use crate::catalog::proxies::Reads;
use crate::project::proxies::late::LateProxy;

pub(super) struct ProxySetTooLate;

impl Check for ProxySetTooLate {
    fn rule(&self) -> &'static str {
        "proxy-set-too-late"
    }

    fn late_proxy(&self, late: &LateProxy, cx: &mut Context<'_, '_>) {
        let (variable, client) = (&late.variable, &late.client);
        let when = match late.reads {
            Reads::FirstRequest => "has sent its first request",
            _ => "is built",
        };
        let message = format!(
            "`{variable}` is set after `{client}` {when}, which goes on with what it read then"
        );
        let mut finding = cx
            .finding(late.at, "too late", message)
            .because(late.built, "built here");
        if let Some(import) = late.imported {
            finding = finding.because(import, "and that by this import");
        }
        if let Some(written) = late.written {
            finding = finding.because(written, "its value");
        }
        cx.report(finding.help("set it before anything imports or builds a client, or in the environment of the process"));
    }
}
