//! `malformed-proxy-url`: the address of a proxy that clients cannot use.

use super::{Check, Context};
use crate::fix::{Fix, Trust};
use crate::project::proxies::address::{Address, Fault};
use crate::project::proxies::{ProxySetting, Target};
use crate::source::Span;

pub(super) struct MalformedProxyUrl;

impl Check for MalformedProxyUrl {
    fn rule(&self) -> &'static str {
        "malformed-proxy-url"
    }

    fn proxy(&self, proxy: &ProxySetting, cx: &mut Context<'_, '_>) {
        // One of several values may never get here, and elsewhere such an argument means what it likes.
        let (true, [address]) = (proxy.only, proxy.addresses.as_slice()) else {
            return;
        };
        let (Target::Variable(name) | Target::Strict(name) | Target::Lenient(name)) = &proxy.target
        else {
            return;
        };
        let Some(fault) = address.fault() else {
            return;
        };
        // In a variable, and with `requests`, `http://` is assumed.
        let strict = matches!(proxy.target, Target::Strict(_)) || address.shown().starts_with("//");
        if fault == Fault::NoScheme && !strict {
            return;
        }
        let (what, effect) = told(fault, address);
        let mut finding = cx.finding(proxy.at, what, format!("`{name}` {effect}"));
        if !proxy.at.contains(proxy.written) {
            finding = finding.because(proxy.written, "written here");
        }
        finding = finding.fix(fix(fault, address, proxy.written, cx));
        cx.report(finding.help(help(fault)));
    }
}

/// The address alone, or with the scheme that most proxies have.
fn fix(fault: Fault, address: &Address, written: Span, cx: &Context<'_, '_>) -> Option<Fix> {
    let known = address.known()?;
    let (text, trust) = match fault {
        Fault::Quotes | Fault::LineEnd | Fault::Blank => {
            let disturbing = |it: char| it.is_whitespace() || matches!(it, '"' | '\'');
            let alone = known.trim_matches(disturbing);
            (alone.to_owned(), Trust::Safe)
        }
        Fault::NoScheme => (
            format!("http://{}", known.trim_start_matches('/')),
            Trust::Risky,
        ),
        _ => return None,
    };
    let is_whole = !text.contains(char::is_whitespace);
    is_whole.then(|| cx.resolver.replace_text(written, &text, trust))?
}

/// A label, and the end of a sentence that begins with the name.
fn told(fault: Fault, address: &Address) -> (&'static str, String) {
    let shown = address.shown();
    match fault {
        Fault::Quotes => (
            "quotes inside the value",
            "has quotes in its value, which clients take for a part of the address".to_owned(),
        ),
        Fault::LineEnd => (
            "a line end",
            "ends in a line end, and building or calling a client raises `InvalidURL`".to_owned(),
        ),
        Fault::Blank => (
            "a blank",
            "has a blank in its value, and `requests` and boto3 raise `InvalidURL`".to_owned(),
        ),
        Fault::Word => (
            "the name of a host",
            format!("is `{shown}`, which clients take for the name of a host"),
        ),
        Fault::Unexpanded => (
            "never expanded",
            format!("is `{shown}`, which nobody expands: clients look for a host of that name"),
        ),
        Fault::NoScheme => (
            "no scheme",
            format!("is `{shown}`, without a scheme, and building the client raises an error"),
        ),
        Fault::Scheme => (
            "unknown scheme",
            format!("is `{shown}`, and clients raise \"Unknown scheme\""),
        ),
        Fault::Password(found) => (
            "ends the host too early",
            format!("has a raw `{found}` in its password, and clients find no valid port"),
        ),
        Fault::Port => ("no port", format!("is `{shown}`, whose port is no number")),
        Fault::NoHost => ("no host", format!("is `{shown}`, which names no host")),
    }
}

fn help(fault: Fault) -> &'static str {
    match fault {
        Fault::Quotes | Fault::LineEnd | Fault::Blank => {
            "write the address alone, as in `http://proxy.internal:3128`"
        }
        Fault::Word => "leave the variable out to use no proxy",
        Fault::Unexpanded => "read the variable with `os.environ[…]`",
        Fault::NoScheme => "put `http://` in front of it",
        Fault::Scheme => "write `http://`, `https://` or `socks5://`",
        Fault::Password(_) => "encode the password with `urllib.parse.quote(password, safe=\"\")`",
        Fault::Port | Fault::NoHost => "write it as `http://host:port`",
    }
}
