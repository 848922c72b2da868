//! The address of a proxy, taken apart without ever showing its password.

use crate::catalog::proxies::Flaw;
use crate::project::value::{Seen, Value};

/// Stands for a part that is only known at run time.
const UNKNOWN: char = '\u{0}';

/// Schemes that some client understands.
const SCHEMES: &[&str] = &["http", "https", "socks4", "socks4a", "socks5", "socks5h"];

/// Words that say in some places that there is no proxy, and in a variable are the name of a host.
const WORDS: &[&str] = &[
    "false",
    "nil",
    "no",
    "none",
    "null",
    "off",
    "true",
    "undefined",
];

/// Parts of a password that is nobody's.
const PLACEHOLDERS: &[&str] = &[
    "changeme",
    "example",
    "pass",
    "passwd",
    "password",
    "placeholder",
    "pswd",
    "pw",
    "pwd",
    "redacted",
    "secret",
    "token",
    "your",
];

/// The address of a proxy as it is written.
#[derive(Debug, Clone)]
pub struct Address {
    text: String,
}

/// What keeps clients from using an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Quotes became part of the value.
    Quotes,
    /// It ends in a line end.
    LineEnd,
    /// It has a blank at the end, or inside.
    Blank,
    /// It begins with a blank.
    BlankInFront,
    /// It is `none`, `false` or the like.
    Word,
    /// It is a variable that nobody expands.
    Unexpanded,
    /// It has no scheme.
    NoScheme,
    /// It has the slashes of a scheme, and none in front of them.
    SlashesOnly,
    /// Its scheme is none of a proxy.
    Scheme,
    /// Its password has a character that ends the host's part.
    Password(char),
    /// Its port is no number.
    Port,
    /// It names no host.
    NoHost,
}

impl Fault {
    /// The name under which the catalogue says what clients make of it; `None` when nobody tried.
    #[must_use]
    pub fn flaw(self) -> Option<Flaw> {
        Some(match self {
            Self::Quotes => Flaw::Quotes,
            Self::LineEnd => Flaw::LineEnd,
            Self::Blank => Flaw::Blank,
            Self::BlankInFront => Flaw::BlankInFront,
            Self::Word => Flaw::Word,
            Self::Unexpanded => Flaw::Unexpanded,
            Self::NoScheme => Flaw::NoScheme,
            Self::SlashesOnly => Flaw::SlashesOnly,
            Self::Scheme => Flaw::Scheme,
            Self::Password(_) => Flaw::Password,
            Self::Port => Flaw::Port,
            Self::NoHost => return None,
        })
    }
}

impl Address {
    /// The address that a value is, if it is text.
    #[must_use]
    pub fn of(seen: &Seen) -> Option<Self> {
        let text = match &seen.value {
            Value::Str(text) => text.to_string(),
            Value::Text(parts) => parts
                .iter()
                .map(|part| match part {
                    Some(text) => text.to_string(),
                    None => UNKNOWN.to_string(),
                })
                .collect(),
            _ => return None,
        };
        Some(Self { text })
    }

    /// The address that a configuration file writes.
    #[must_use]
    pub fn written(text: &str) -> Self {
        Self {
            text: text.to_owned(),
        }
    }

    /// Whether it is the empty string, which switches a proxy off.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The text, when nothing in it is left to the run time.
    #[must_use]
    pub fn known(&self) -> Option<&str> {
        (!self.text.contains(UNKNOWN)).then_some(&self.text)
    }

    /// The address to show: without user and password, and with unknown parts as `…`.
    #[must_use]
    pub fn shown(&self) -> String {
        let trimmed = self.text.trim();
        let text = match (trimmed.find("://"), trimmed.rfind('@')) {
            (Some(scheme), Some(at)) if at > scheme => {
                format!("{}://***@{}", &trimmed[..scheme], &trimmed[at + 1..])
            }
            (None, Some(at)) => format!("***@{}", &trimmed[at + 1..]),
            _ => trimmed.to_owned(),
        };
        text.replace(UNKNOWN, "…")
    }

    /// What is wrong with it, whoever uses it. A missing scheme is for the user to judge.
    #[must_use]
    pub fn fault(&self) -> Option<Fault> {
        let text = self.text.as_str();
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return None;
        }
        if trimmed.starts_with(['"', '\'']) || trimmed.ends_with(['"', '\'']) {
            return Some(Fault::Quotes);
        }
        if text.contains(['\n', '\r']) {
            return Some(Fault::LineEnd);
        }
        if text.starts_with(char::is_whitespace) {
            return Some(Fault::BlankInFront);
        }
        // Clients encode a blank inside a password by themselves.
        let (_, host) = text.rsplit_once('@').unwrap_or(("", text));
        if host.contains(char::is_whitespace) {
            return Some(Fault::Blank);
        }
        if WORDS.contains(&text.to_lowercase().as_str()) {
            return Some(Fault::Word);
        }
        if unexpanded(text) {
            return Some(Fault::Unexpanded);
        }
        self.inner_fault()
    }

    fn inner_fault(&self) -> Option<Fault> {
        let text = self.text.as_str();
        let Some((scheme, rest)) = text.split_once("://") else {
            // What begins with something unknown may well begin with a scheme.
            let known = (!text.starts_with(UNKNOWN)).then_some(Fault::NoScheme);
            return known.map(|it| match text.strip_prefix("//") {
                Some(_) => Fault::SlashesOnly,
                None => it,
            });
        };
        if scheme.is_empty() {
            return Some(Fault::SlashesOnly);
        }
        let lower = scheme.to_lowercase();
        if !scheme.contains(UNKNOWN) && !SCHEMES.contains(&lower.as_str()) {
            return Some(Fault::Scheme);
        }
        let (user, host) = rest.rsplit_once('@').unwrap_or(("", rest));
        if let Some(found) = user.chars().find(|it| matches!(it, '#' | '/' | '?')) {
            return Some(Fault::Password(found));
        }
        let host = host.split(['/', '?', '#']).next().unwrap_or(host);
        host_fault(host)
    }

    /// The host, in lower case; `None` when it is not known.
    #[must_use]
    pub fn host(&self) -> Option<String> {
        let (_, rest) = self.text.split_once("://")?;
        let rest = rest.split(['/', '?', '#']).next()?;
        let host = rest.rsplit_once('@').map_or(rest, |it| it.1);
        let name = match host.strip_prefix('[') {
            Some(six) => six.split(']').next()?,
            None => host.split(':').next()?,
        };
        let known = !name.is_empty() && !name.contains(UNKNOWN) && !name.contains(['{', '$']);
        known.then(|| name.to_lowercase())
    }

    /// The port; `None` when it is not known, and where it follows from the scheme.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        let (_, rest) = self.text.split_once("://")?;
        let host = rest.split(['/', '?', '#']).next()?;
        let (_, port) = host.rsplit_once(':')?;
        port.parse().ok()
    }

    /// The scheme, in lower case; `None` when it is not known.
    #[must_use]
    pub fn scheme(&self) -> Option<String> {
        let (scheme, _) = self.text.split_once("://")?;
        (!scheme.contains(UNKNOWN)).then(|| scheme.to_lowercase())
    }

    /// Whether user and password of a real account stand in the text.
    #[must_use]
    pub fn has_credentials(&self) -> bool {
        let Some((scheme, rest)) = self.text.split_once("://") else {
            return false;
        };
        let Some((user, _)) = rest.rsplit_once('@') else {
            return false;
        };
        let Some((name, password)) = user.split_once(':') else {
            return false;
        };
        let all = scheme.len() <= 8 && !name.is_empty() && !password.is_empty();
        all && !is_placeholder(password) && !name.contains(['<', '{', '$', '*'])
    }
}

/// Whether the host's part can be used.
fn host_fault(host: &str) -> Option<Fault> {
    let (name, port) = match host.rsplit_once(']') {
        Some((six, port)) => (six, port.strip_prefix(':')),
        None => match host.split_once(':') {
            Some((name, port)) => (name, Some(port)),
            None => (host, None),
        },
    };
    if name.is_empty() {
        return Some(Fault::NoHost);
    }
    let port = port.filter(|it| !it.is_empty() && !it.contains(UNKNOWN))?;
    // `{port}` is filled in later.
    let bad = !port.contains('{') && port.parse::<u16>().is_err();
    bad.then_some(Fault::Port)
}

/// `${PROXY}`, `$PROXY` and `%PROXY%`, which Python does not expand.
fn unexpanded(text: &str) -> bool {
    let name =
        |it: &str| !it.is_empty() && it.chars().all(|it| it.is_ascii_alphanumeric() || it == '_');
    text.contains("${")
        || text.strip_prefix('$').is_some_and(name)
        || text
            .strip_prefix('%')
            .and_then(|it| it.strip_suffix('%'))
            .is_some_and(name)
}

fn is_placeholder(password: &str) -> bool {
    let lower = password.to_lowercase();
    let same = |of: char| password.chars().all(|it| it == of);
    password.contains([UNKNOWN, '<', '{', '$', '*', '…'])
        || password.starts_with('%') && password.len() <= 2
        || lower.starts_with("xx")
        || same('.')
        || same('x')
        || PLACEHOLDERS.contains(&lower.as_str())
        || ["password", "passwd", "changeme", "your", "example"]
            .iter()
            .any(|it| lower.contains(it))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Address {
        Address {
            text: text.to_owned(),
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        let shown = address("http://svc:Wq7#x@proxy.internal:3128").shown();
        assert_eq!(shown, "http://***@proxy.internal:3128");
        assert_eq!(address("svc:Wq7@proxy:3128").shown(), "***@proxy:3128");
        assert_eq!(address("http://a:b@c@proxy").shown(), "http://***@proxy");
    }

    #[test]
    fn an_address_that_works_has_no_fault() {
        for text in [
            "http://proxy",
            "http://proxy:3128/",
            "socks5h://proxy:1080",
            "http://svc:p%23@proxy:1",
            "http://svc:p q@proxy:1",
            "http://[2001:db8::1]:3128",
            "http://\u{0}:\u{0}@proxy:3128",
            "\u{0}",
        ] {
            assert_eq!(address(text).fault(), None, "{text}");
        }
    }

    #[test]
    fn each_fault_has_a_name() {
        let fault = |text: &str| address(text).fault();
        assert_eq!(fault("'http://proxy'"), Some(Fault::Quotes));
        assert_eq!(fault("http://proxy\n"), Some(Fault::LineEnd));
        assert_eq!(fault("http://proxy "), Some(Fault::Blank));
        assert_eq!(fault(" http://proxy"), Some(Fault::BlankInFront));
        assert_eq!(fault("//proxy:3128"), Some(Fault::SlashesOnly));
        assert_eq!(fault("None"), Some(Fault::Word));
        assert_eq!(fault("${PROXY}"), Some(Fault::Unexpanded));
        assert_eq!(fault("proxy:3128"), Some(Fault::NoScheme));
        assert_eq!(fault("socks://proxy"), Some(Fault::Scheme));
        assert_eq!(fault("http://u:p#s@proxy"), Some(Fault::Password('#')));
        assert_eq!(fault("http://proxy:port"), Some(Fault::Port));
        assert_eq!(fault("http://:3128"), Some(Fault::NoHost));
    }

    #[test]
    fn a_placeholder_is_nobodys_password() {
        assert!(address("http://svc:Wq7-tRb2x@proxy").has_credentials());
        for text in [
            "http://user:password@proxy",
            "http://<user>:<password>@proxy",
            "http://${U}:${P}@proxy",
            "http://svc:\u{0}@proxy",
            "http://svc@proxy",
            "http://proxy:3128",
        ] {
            assert!(!address(text).has_credentials(), "{text}");
        }
    }
}
