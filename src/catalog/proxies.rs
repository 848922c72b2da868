//! What HTTP clients make of the variables about proxies and certificates: the shape of
//! `rules/proxies/*.toml`.

use std::collections::BTreeMap;

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
    /// The modules by whose import a project uses it.
    pub imports: Vec<SmolStr>,
    /// Calls by their last names, without any of which an import alone uses nothing.
    #[serde(default)]
    pub called: Vec<SmolStr>,
    /// When it reads the variables.
    pub reads: Reads,
    /// The argument without which it reads none of them.
    #[serde(default)]
    pub needs: Option<SmolStr>,
    /// Variables that mean nothing to it, as they are spelt.
    #[serde(default)]
    pub ignores: Vec<SmolStr>,
    /// Variables whose upper case stays in force while the lower case is there and empty.
    #[serde(default)]
    pub empty_is_unset: Vec<SmolStr>,
    /// The place among the arguments at which it is told which server to call, as `host:port`; absent
    /// when it calls many.
    #[serde(default)]
    pub server: Option<usize>,
    /// Whether objects with equal settings share one connection pool, which the first of them makes.
    #[serde(default)]
    pub shared: bool,
    /// Arguments that put something in the place of what reads the variables.
    #[serde(default)]
    pub replaced_by: Vec<SmolStr>,
    /// Functions whose first call reads the variables for all that follow, by dotted path.
    #[serde(default)]
    pub asked_by: Vec<SmolStr>,
    /// Whether the keys of a table of proxies are `https`, and `https://` is none of them.
    #[serde(default)]
    pub bare_keys: bool,
    /// What is built with the proxy of that moment, or asks through it, by dotted path.
    #[serde(default)]
    pub made_by: Vec<SmolStr>,
    /// Entries of `NO_PROXY` that mean nothing to it.
    #[serde(default)]
    pub passes_by: Vec<Form>,
    /// Entries of `NO_PROXY` with which it cannot be built.
    #[serde(default)]
    pub fails_on: Vec<Form>,
    /// Variables that name the certificates it trusts.
    #[serde(default)]
    pub certificates: Vec<SmolStr>,
    /// What it does with an address that has such a fault, as the end of a sentence that begins
    /// with its name.
    #[serde(default)]
    pub faults: BTreeMap<Flaw, String>,
    /// What it does with a proxy that speaks SOCKS; absent when it needs nothing for it.
    #[serde(default)]
    pub socks: Option<Socks>,
    /// The argument that loses to the environment.
    #[serde(default)]
    pub loses: Option<Loses>,
    /// An argument that versions of it have lost.
    #[serde(default)]
    pub removed: Option<Removed>,
    /// Versions of another package with which it cannot be built.
    #[serde(default)]
    pub broken_with: Option<BrokenWith>,
    /// An HTTP client of another package, which it does not take.
    #[serde(default)]
    pub refuses: Option<Refuses>,
    /// Arguments that switch the check of certificates off when they are `False`.
    #[serde(default)]
    pub checks_with: Vec<SmolStr>,
    /// The arguments that take one HTTP client each.
    #[serde(default)]
    pub sides: Option<Sides>,
    /// How it is known.
    pub source: Source,
}

/// A proxy that is passed to a client and loses to the environment.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Loses {
    /// The argument.
    pub argument: SmolStr,
    /// The variables, in upper case.
    pub to: Vec<SmolStr>,
    /// Whether it is set on an object that is built already.
    #[serde(default)]
    pub is_attribute: bool,
    /// Whether `trust_env=False` does nothing either.
    #[serde(default)]
    pub also_trust_env: bool,
}

/// An argument that is not there any more.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Removed {
    /// The argument.
    pub argument: SmolStr,
    /// The versions of the package without it.
    pub versions: String,
    /// The argument in its place, which takes one address; absent when only a client of its own can
    /// have a proxy.
    #[serde(default)]
    pub instead: Option<SmolStr>,
    /// Functions that had it as well, by dotted path.
    #[serde(default)]
    pub functions: Vec<SmolStr>,
}

/// Another package that a client cannot be built with.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct BrokenWith {
    /// The other package.
    pub package: SmolStr,
    /// Its versions.
    pub versions: String,
    /// The first version of the client that fits them.
    pub until: String,
}

/// An argument that does not take an HTTP client of another package.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Refuses {
    /// The argument.
    pub argument: SmolStr,
    /// The classes that it does not take, with those that it takes in their place, by dotted path.
    pub classes: BTreeMap<SmolStr, SmolStr>,
}

/// A class with two HTTP clients.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Sides {
    /// The argument for the client of blocking calls.
    pub blocking: SmolStr,
    /// The argument for the client of those that are awaited.
    pub other: SmolStr,
}

/// When a client reads the variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reads {
    /// When it is built, and never again.
    Construction,
    /// With its first request, and never again.
    FirstRequest,
    /// With every request.
    Request,
    /// It takes a proxy only as an argument.
    Never,
}

/// What a client makes of a proxy that speaks SOCKS.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Socks {
    /// The package that it needs; absent when none helps.
    #[serde(default)]
    pub package: Option<SmolStr>,
    /// What to install to get it, as people write it into their requirements.
    #[serde(default)]
    pub extra: Option<SmolStr>,
    /// What happens without it, as the end of a sentence that begins with the client's name.
    pub effect: String,
}

/// What can be wrong with the address of a proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flaw {
    /// A blank at the end, or inside.
    Blank,
    /// A blank in front.
    BlankInFront,
    /// A line end.
    LineEnd,
    /// No scheme: `proxy:3128`.
    NoScheme,
    /// Slashes, and no scheme in front of them: `//proxy:3128`.
    SlashesOnly,
    /// A raw `#`, `/` or `?` in the password.
    Password,
    /// A port that is no number.
    Port,
    /// Quotes that became part of the value.
    Quotes,
    /// A scheme that is none of a proxy: `socks://`.
    Scheme,
    /// The scheme `https://`.
    Https,
    /// `${PROXY}`, which nobody expands.
    Unexpanded,
    /// `none`, `false` and the like.
    Word,
}

/// How an entry of `NO_PROXY` is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// `.2.3`, for all addresses that end so.
    AddressEnd,
    /// `10.1.2.3:8443`.
    AddressPort,
    /// `[::1]`.
    Brackets,
    /// `10.0.0.0/8`.
    Ipv4Range,
    /// `::1`.
    Ipv6,
    /// `fd00::/8`.
    Ipv6Range,
    /// `.corp`, for the domain itself.
    LeadingDot,
    /// `corp:8443`.
    Port,
    /// `10.*`, `10.`.
    Prefix,
    /// `"localhost`, with a quote that is part of the value.
    Quotes,
    /// `https://host`.
    Scheme,
    /// `a;b`.
    Semicolons,
    /// `169.254/16`.
    ShortRange,
    /// `*` alone.
    Star,
    /// `*` beside other entries.
    StarInList,
    /// `*corp`.
    Suffix,
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
            "*" if only => return Some(Self::Star),
            "*" => return Some(Self::StarInList),
            _ if entry.starts_with('[') => return Some(Self::Brackets),
            _ if entry.starts_with("*.") => return Some(Self::Wildcard),
            _ if entry.starts_with('*') => return Some(Self::Suffix),
            _ => {}
        }
        Self::of_range(entry).or_else(|| Self::of_name(entry))
    }

    /// `10.0.0.0/8` and its like.
    fn of_range(entry: &str) -> Option<Self> {
        let (address, _) = entry.split_once('/')?;
        Some(match address {
            _ if address.contains(':') => Self::Ipv6Range,
            _ if is_numbers(address) && address.split('.').count() < 4 => Self::ShortRange,
            _ => Self::Ipv4Range,
        })
    }

    /// An address, a name or the part of one.
    fn of_name(entry: &str) -> Option<Self> {
        if let Some((name, port)) = entry.split_once(':') {
            return Some(match port.parse::<u16>() {
                Err(_) => Self::Ipv6,
                Ok(_) if is_numbers(name) => Self::AddressPort,
                Ok(_) => Self::Port,
            });
        }
        if let Some(end) = entry.strip_prefix('.') {
            return Some(if is_numbers(end) {
                Self::AddressEnd
            } else {
                Self::LeadingDot
            });
        }
        let stem = entry
            .strip_suffix(".*")
            .or_else(|| entry.strip_suffix('.'))?;
        if is_numbers(stem) {
            return Some(Self::Prefix);
        }
        (entry.ends_with('.') && entry.len() > 1).then_some(Self::TrailingDot)
    }
}

/// Whether a text is an IPv4 address, or the beginning or end of one.
fn is_numbers(text: &str) -> bool {
    text.split('.').all(|it| it.parse::<u8>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_of_an_entry_is_told_by_its_signs() {
        let check = |entry, expected| assert_eq!(Form::of(entry, false), expected, "{entry}");
        check("localhost", None);
        check("svc.cluster.local", None);
        check("10.1.2.3", None);
        check("host:8443", Some(Form::Port));
        check("10.1.2.3:8443", Some(Form::AddressPort));
        check("::1", Some(Form::Ipv6));
        check(".corp", Some(Form::LeadingDot));
        check(".2.3", Some(Form::AddressEnd));
        check("*.corp", Some(Form::Wildcard));
        check("*corp", Some(Form::Suffix));
        check("*", Some(Form::StarInList));
        check("10.*", Some(Form::Prefix));
        check("10.", Some(Form::Prefix));
        check("corp.", Some(Form::TrailingDot));
        check("10.0.0.0/8", Some(Form::Ipv4Range));
        check("169.254/16", Some(Form::ShortRange));
        check("fd00::/8", Some(Form::Ipv6Range));
        check("[::1]", Some(Form::Brackets));
        check("a;b", Some(Form::Semicolons));
        check("http://a", Some(Form::Scheme));
        check("\"a", Some(Form::Quotes));
        assert_eq!(Form::of("*", true), Some(Form::Star));
    }
}
