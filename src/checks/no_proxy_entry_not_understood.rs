//! `no-proxy-entry-not-understood`: an exception that the clients in use do not know.

use super::{Check, Context, listed};
use crate::catalog::proxies::Form;
use crate::project::proxies::exceptions::Exception;

/// How many clients that understand an entry a message names.
const NAMED: usize = 3;

pub(super) struct NoProxyEntryNotUnderstood;

impl Check for NoProxyEntryNotUnderstood {
    fn rule(&self) -> &'static str {
        "no-proxy-entry-not-understood"
    }

    fn exception(&self, exception: &Exception, cx: &mut Context<'_, '_>) {
        let clients = listed(&exception.clients);
        let (entry, variable) = (&exception.entry, &exception.variable);
        let mut message = if exception.fails {
            format!("`{entry}` in `{variable}` makes building a client of {clients} fail")
        } else {
            let calls = match &exception.host {
                Some(host) => format!("whose call of `{}` goes", host.name),
                None => "whose calls go".to_owned(),
            };
            format!("`{entry}` in `{variable}` means nothing to {clients}, {calls} to the proxy")
        };
        if !exception.understood_by.is_empty() {
            let others = &exception.understood_by[..exception.understood_by.len().min(NAMED)];
            message = format!("{message}; {} would understand it", listed(others));
        }
        let mut finding = cx.finding(exception.at, "not understood", message);
        if let Some(host) = &exception.host {
            finding = finding.because(host.at, "so this call goes through the proxy");
        }
        cx.report(finding.help(help(exception.form)));
    }
}

fn help(form: Form) -> &'static str {
    match form {
        Form::Wildcard | Form::Suffix => {
            "write the domain with a dot in front, as in `.corp.example`"
        }
        Form::LeadingDot => {
            "write the domain without the dot, which stands for all below it as well"
        }
        Form::Star => "leave the proxy out for such clients",
        Form::StarInList => "write `*` alone, or the hosts",
        Form::AddressEnd
        | Form::Prefix
        | Form::Ipv4Range
        | Form::Ipv6
        | Form::Ipv6Range
        | Form::ShortRange => "write the addresses or names that are called",
        Form::AddressPort | Form::Port => "write the host without its port",
        Form::Brackets => "write the address without brackets, as in `::1`",
        Form::Semicolons | Form::Blanks => "separate the entries with commas",
        Form::Scheme => "write the host alone",
        Form::Quotes => "write the value without quotes",
        Form::TrailingDot => "leave the dot at the end out",
    }
}
