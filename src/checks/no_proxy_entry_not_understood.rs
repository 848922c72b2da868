//! `no-proxy-entry-not-understood`: an exception that the clients in use do not know.

use super::{Check, Context};
use crate::catalog::proxies::Form;
use crate::project::proxies::clients::Exception;

pub(super) struct NoProxyEntryNotUnderstood;

impl Check for NoProxyEntryNotUnderstood {
    fn rule(&self) -> &'static str {
        "no-proxy-entry-not-understood"
    }

    fn exception(&self, exception: &Exception, cx: &mut Context<'_, '_>) {
        let names: Vec<String> = exception
            .clients
            .iter()
            .map(|it| format!("`{it}`"))
            .collect();
        let clients = names.join(", ");
        let (entry, variable) = (&exception.entry, &exception.variable);
        let message = if exception.fails {
            format!("`{entry}` in `{variable}` makes building a client of {clients} fail")
        } else {
            format!("`{entry}` in `{variable}` means nothing to {clients}")
        };
        let mut finding = cx.finding(exception.at, "not understood", message);
        if let Some(host) = exception.host {
            finding = finding.because(host, "so this call goes through the proxy");
        }
        cx.report(finding.help(help(exception.form)));
    }
}

fn help(form: Form) -> &'static str {
    match form {
        Form::Wildcard => "write the domain with a dot in front, as in `.corp.example`",
        Form::StarInList => "write `*` alone, or the hosts",
        Form::Prefix | Form::Ipv4Range | Form::Ipv6Range => {
            "write the addresses or names that are called"
        }
        Form::Brackets => "write the address without brackets, as in `::1`",
        Form::Semicolons | Form::Blanks => "separate the entries with commas",
        Form::Scheme => "write the host alone",
        Form::Quotes => "write the value without quotes",
        Form::TrailingDot => "leave the dot at the end out",
    }
}
