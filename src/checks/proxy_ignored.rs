//! `proxy-ignored`: a proxy that is set, and a client that goes past it.

use super::{Check, Context};
use crate::fix::{Fix, Trust};
use crate::project::proxies::ignored::{IgnoredProxy, Past};

pub(super) struct ProxyIgnored;

impl Check for ProxyIgnored {
    fn rule(&self) -> &'static str {
        "proxy-ignored"
    }

    fn ignored_proxy(&self, found: &IgnoredProxy, cx: &mut Context<'_, '_>) {
        let message = message(&found.client, &found.why);
        let mut finding = cx.finding(found.at, label(&found.why), message);
        if let Some(proxy) = found.proxy {
            finding = finding.because(proxy, "the proxy");
        }
        if let Past::OneSide { call, .. } = &found.why {
            finding = finding.because(*call, "this one goes past it");
        }
        let finding = finding.fix(fix(&found.why, cx)).help(help(&found.why));
        cx.report(finding);
    }
}

fn message(client: &str, why: &Past) -> String {
    match why {
        Past::NotTold {
            argument, variable, ..
        } => format!(
            "`{client}` reads `{variable}` only with `{argument}=True`, and goes past the proxy"
        ),
        Past::Never(variable) => {
            format!("`{client}` never reads `{variable}`, and goes past the proxy")
        }
        Past::OtherVariable(variable) => {
            format!("`{variable}` means nothing to `{client}`, whose calls go past the proxy")
        }
        Past::Scheme(variable, effect) => {
            format!("`{variable}` names a proxy that is spoken to with https: `{client}` {effect}")
        }
        Past::Replaced(argument, variable) => format!(
            "`{argument}` replaces what reads `{variable}`, and `{client}` goes past the proxy"
        ),
        Past::Loses(argument, variable) => format!(
            "`{argument}` loses to `{variable}`, and `{client}` goes through the proxy of the environment"
        ),
        Past::StillUsed(variable) => {
            format!(
                "`trust_env=False` does nothing for `{client}`, which uses `{variable}` all the same"
            )
        }
        Past::UnknownKey(key) => {
            format!("`{client}` knows no `{key}` in a table of proxies, and goes direct")
        }
        Past::MissingKey(scheme) => {
            format!("the table of proxies has none for `{scheme}`, and `{client}` goes direct")
        }
        Past::Refused(argument, variable) => format!(
            "`{argument}` is built with `trust_env=False`, and `{client}` goes past the proxy of `{variable}`"
        ),
        Past::OneSide { given, missing, .. } => {
            format!(
                "`{given}` has a proxy and `{missing}` is not there: half of the calls go past it"
            )
        }
    }
}

fn label(why: &Past) -> &'static str {
    match why {
        Past::NotTold { .. } | Past::Never(_) | Past::Replaced(..) | Past::Refused(..) => {
            "goes direct"
        }
        Past::UnknownKey(_) | Past::MissingKey(_) => "no proxy for this call",
        Past::OtherVariable(_) | Past::Scheme(..) => "not for this client",
        Past::Loses(..) => "loses",
        Past::StillUsed(_) => "does nothing",
        Past::OneSide { .. } => "one side only",
    }
}

fn fix(why: &Past, cx: &Context<'_, '_>) -> Option<Fix> {
    let Past::NotTold { argument, call, .. } = why else {
        return None;
    };
    let writer = cx.resolver.project.writer(call.file)?;
    Some(Fix {
        title: format!("pass `{argument}=True`"),
        trust: Trust::Risky,
        edits: writer.keyword(call.call, argument, "True")?,
    })
}

fn help(why: &Past) -> String {
    match why {
        Past::NotTold { argument, .. } => format!("pass `{argument}=True`"),
        Past::Never(_) => "use `urllib3.ProxyManager(url)`".to_owned(),
        Past::OtherVariable(variable) if variable.starts_with(char::is_lowercase) => {
            "set `https_proxy` as well".to_owned()
        }
        Past::OtherVariable(variable) if variable == "ALL_PROXY" => {
            "set `HTTPS_PROXY` as well".to_owned()
        }
        Past::OtherVariable(variable) => format!("set `{}` as well", variable.to_lowercase()),
        Past::Scheme(..) => {
            "write the proxy's address with `http://`, which encrypted calls go through as well"
                .to_owned()
        }
        Past::Replaced(argument, _) if argument == "transport" => {
            "pass `proxy=` to the transport".to_owned()
        }
        Past::Replaced(argument, _) => {
            format!("leave `{argument}` out, or pass clients with a proxy")
        }
        Past::Loses(argument, variable) => format!("leave `{argument}` out, or unset `{variable}`"),
        Past::UnknownKey(key) => format!("write `{}`", key.trim_end_matches("://")),
        Past::MissingKey(scheme) => format!("add an entry for `{scheme}`"),
        Past::Refused(..) => "leave `trust_env=False` out, or pass `proxy=` beside it".to_owned(),
        Past::StillUsed(_) => "set `NO_PROXY` to the host, or pass `transport=`".to_owned(),
        Past::OneSide { missing, .. } => format!("pass `{missing}` with the same proxy"),
    }
}
