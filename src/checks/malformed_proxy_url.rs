//! `malformed-proxy-url`: the address of a proxy that clients cannot use.

use super::{Check, Context, listed};
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
        let effects = match &proxy.target {
            Target::Variable(name) => fault
                .flaw()
                .and_then(|it| cx.resolver.effects_of(cx.file, name, it)),
            _ => None,
        };
        // Most clients assume `http://` where it is missing in a variable.
        let is_assumed = fault == Fault::NoScheme && !matches!(proxy.target, Target::Strict(_));
        if effects.as_ref().map_or(is_assumed, Vec::is_empty) {
            return;
        }
        let (fact, effect) = told(fault, address);
        let effect = match effects {
            Some(effects) => {
                let each = effects.iter();
                let each = each.map(|it| format!("{} {}", listed(&it.clients), it.effect));
                format!("{fact}: {}", each.collect::<Vec<_>>().join(", "))
            }
            None => format!("{fact}{effect}"),
        };
        let mut finding = cx.finding(proxy.at, label(fault), format!("`{name}` {effect}"));
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
        Fault::Quotes | Fault::LineEnd | Fault::Blank | Fault::BlankInFront => {
            let disturbing = |it: char| it.is_whitespace() || matches!(it, '"' | '\'');
            let alone = known.trim_matches(disturbing);
            (alone.to_owned(), Trust::Safe)
        }
        Fault::NoScheme | Fault::SlashesOnly => (
            format!("http://{}", known.trim_start_matches('/')),
            Trust::Risky,
        ),
        _ => return None,
    };
    // A blank inside, and an address that nobody wrote, are for a person to judge.
    let is_whole = !text.is_empty() && !text.contains(char::is_whitespace);
    is_whole.then(|| cx.resolver.rewrite_variable(written, known, &text, trust))?
}

fn label(fault: Fault) -> &'static str {
    match fault {
        Fault::Quotes => "quotes inside the value",
        Fault::LineEnd => "a line end",
        Fault::Blank | Fault::BlankInFront => "a blank",
        Fault::Word => "the name of a host",
        Fault::Unexpanded => "never expanded",
        Fault::NoScheme | Fault::SlashesOnly => "no scheme",
        Fault::Scheme => "unknown scheme",
        Fault::Password(_) => "ends the host too early",
        Fault::Port => "no port",
        Fault::NoHost => "no host",
    }
}

/// The end of a sentence that begins with the name, and what that means to whoever uses it.
fn told(fault: Fault, address: &Address) -> (String, &'static str) {
    let shown = address.shown();
    let is = |rest: &str| format!("is `{shown}`{rest}");
    let has = |what: &str| format!("has {what}");
    match fault {
        Fault::Quotes => (
            has("quotes in its value"),
            ", which clients take for a part of the address",
        ),
        Fault::LineEnd => (
            "ends in a line end".to_owned(),
            ", and building or calling a client raises `InvalidURL`",
        ),
        Fault::Blank | Fault::BlankInFront => (
            has("a blank in its value"),
            ", and `requests` and boto3 raise `InvalidURL`",
        ),
        Fault::Word => (is(""), ", which clients take for the name of a host"),
        Fault::Unexpanded => (
            is(", which nobody expands"),
            ": clients look for a host of that name",
        ),
        Fault::NoScheme | Fault::SlashesOnly => (
            is(", without a scheme"),
            ", and building the client raises an error",
        ),
        Fault::Scheme => (is(""), ", and clients raise \"Unknown scheme\""),
        Fault::Password(found) => (
            has(&format!("a raw `{found}` in its password")),
            ", and clients find no valid port",
        ),
        Fault::Port => (is(", whose port is no number"), ""),
        Fault::NoHost => (is(", which names no host"), ""),
    }
}

fn help(fault: Fault) -> &'static str {
    match fault {
        Fault::Quotes | Fault::LineEnd | Fault::Blank | Fault::BlankInFront => {
            "write the address alone, as in `http://proxy.internal:3128`"
        }
        Fault::Word => "leave the variable out to use no proxy",
        Fault::Unexpanded => "read the variable with `os.environ[…]`",
        Fault::NoScheme | Fault::SlashesOnly => "put `http://` in front of it",
        Fault::Scheme => "write `http://`, `https://` or `socks5://`",
        Fault::Password(_) => "encode the password with `urllib.parse.quote(password, safe=\"\")`",
        Fault::Port | Fault::NoHost => "write it as `http://host:port`",
    }
}
