//! What HTTP clients make of the variables about proxies and certificates: the shape of
//! `rules/proxies/*.toml`.

use serde::Deserialize;
use smol_str::SmolStr;

use super::entry::Source;

/// A file of `rules/proxies/`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ProxyFile {
    /// The clients.
    pub client: Vec<ProxyClient>,
}

/// An HTTP client in a range of versions.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ProxyClient {
    /// What messages call it.
    pub name: SmolStr,
    /// The package whose version decides.
    pub package: SmolStr,
    /// The versions of the package for which this holds.
    pub versions: String,
    /// The top packages by whose import a project uses it.
    pub imports: Vec<SmolStr>,
    /// Entries of `NO_PROXY` that mean nothing to it.
    #[serde(default)]
    pub passes_by: Vec<Form>,
    /// Entries of `NO_PROXY` with which it cannot be built.
    #[serde(default)]
    pub fails_on: Vec<Form>,
    /// Variables that name the certificates it trusts.
    #[serde(default)]
    pub certificates: Vec<SmolStr>,
    /// How it is known.
    pub source: Source,
}

/// How an entry of `NO_PROXY` is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// `[::1]`.
    Brackets,
    /// `10.0.0.0/8`.
    Ipv4Range,
    /// `fd00::/8`.
    Ipv6Range,
    /// `10.*`, `10.`.
    Prefix,
    /// `"localhost`, with a quote that is part of the value.
    Quotes,
    /// `https://host`.
    Scheme,
    /// `a;b`.
    Semicolons,
    /// `*` beside other entries.
    StarInList,
    /// `host.`.
    TrailingDot,
    /// `a b`.
    Blanks,
    /// `*.corp`.
    Wildcard,
}

impl Form {
    /// The form of an entry that some client does not understand; `only` when the list has no other.
    #[must_use]
    pub fn of(entry: &str, only: bool) -> Option<Self> {
        let digits = |it: &str| it.split('.').all(|it| it.parse::<u8>().is_ok());
        if entry.starts_with(['"', '\'']) || entry.ends_with(['"', '\'']) {
            return Some(Self::Quotes);
        }
        if entry.contains(';') {
            return Some(Self::Semicolons);
        }
        if entry.contains(char::is_whitespace) {
            return Some(Self::Blanks);
        }
        if entry.contains("://") {
            return Some(Self::Scheme);
        }
        match entry {
            "*" => return (!only).then_some(Self::StarInList),
            _ if entry.starts_with('[') => return Some(Self::Brackets),
            _ if entry.contains('/') && entry.contains(':') => return Some(Self::Ipv6Range),
            _ if entry.contains('/') => return Some(Self::Ipv4Range),
            _ if entry.starts_with('*') => return Some(Self::Wildcard),
            _ => {}
        }
        let stem = entry.strip_suffix(".*").or_else(|| entry.strip_suffix('.'));
        match stem {
            Some(stem) if digits(stem) => Some(Self::Prefix),
            Some(_) if entry.ends_with('.') && entry.len() > 1 => Some(Self::TrailingDot),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_of_an_entry_is_told_by_its_signs() {
        let check = |entry, expected| assert_eq!(Form::of(entry, false), expected, "{entry}");
        check("localhost", None);
        check(".svc.cluster.local", None);
        check("10.1.2.3", None);
        check("host:8443", None);
        check("::1", None);
        check("*.corp", Some(Form::Wildcard));
        check("*", Some(Form::StarInList));
        check("10.*", Some(Form::Prefix));
        check("10.", Some(Form::Prefix));
        check("corp.", Some(Form::TrailingDot));
        check("10.0.0.0/8", Some(Form::Ipv4Range));
        check("fd00::/8", Some(Form::Ipv6Range));
        check("[::1]", Some(Form::Brackets));
        check("a;b", Some(Form::Semicolons));
        check("http://a", Some(Form::Scheme));
        check("\"a", Some(Form::Quotes));
        assert_eq!(Form::of("*", true), None);
    }
}
