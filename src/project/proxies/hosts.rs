//! Which hosts of its own a project calls, and which of them a `NO_PROXY` leaves out.

use core::net::IpAddr;

use smol_str::SmolStr;

use super::Assigned;
use super::address::Address;
use crate::catalog::Known;
use crate::model::python::sites::Called;
use crate::model::python::{Module, positional};
use crate::project::resolve::Resolver;
use crate::project::value::{Seen, Value};
use crate::source::{FileId, Span};
use crate::syntax::python::{Arg, ArgKind, ExprId, ExprKind};

/// Arguments that carry the address of a service.
const URL_ARGUMENTS: &[&str] = &[
    "api_base",
    "api_url",
    "azure_endpoint",
    "base_url",
    "endpoint",
    "endpoint_url",
    "host",
    "openai_api_base",
    "server_url",
    "service_url",
    "uri",
    "url",
];

/// Ends of names that only resolve inside a network.
const INSIDE: &[&str] = &[
    ".cluster.local",
    ".internal",
    ".lan",
    ".local",
    ".localdomain",
    ".svc",
];

/// A host of the project's own network that the project calls.
#[derive(Debug, Clone)]
pub struct CalledHost {
    /// Its name, in lower case.
    pub name: String,
    /// The scheme it is called with.
    pub scheme: String,
    /// The port, when the address names one.
    pub port: Option<u16>,
    /// Where the call names it.
    pub at: Span,
}

/// A proxy of the process that also gets the calls of hosts it cannot reach.
#[derive(Debug)]
pub struct Unlisted {
    /// The variable.
    pub variable: SmolStr,
    /// Where it is set.
    pub at: Span,
    /// The hosts that no exception names.
    pub hosts: Vec<CalledHost>,
    /// Its value, when it is known.
    pub value: Option<SmolStr>,
    /// Where exceptions are set, if anywhere, and what they are.
    pub exceptions: Option<Listed>,
}

/// Where exceptions are listed, and how.
pub(super) type Listed = (Span, SmolStr);

impl CalledHost {
    fn is_same(&self, other: &Self) -> bool {
        (&self.name, &self.scheme, self.port) == (&other.name, &other.scheme, other.port)
    }
}

impl Resolver<'_> {
    /// The proxies that a file sets for the process, with the hosts that the project calls and
    /// that are no exceptions.
    #[must_use]
    pub fn unlisted_hosts(&self, file: FileId) -> Vec<Unlisted> {
        let Some(module) = self.project.module(file) else {
            return self.unlisted_in_files(file);
        };
        let proxies = self.proxies_of_the_process(file, module);
        if proxies.is_empty() {
            return Vec::new();
        }
        let Some((entries, exceptions)) = self.exceptions(file) else {
            return Vec::new();
        };
        let called = self.called_hosts();
        let mut found = Vec::new();
        for set in proxies {
            let (variable, at) = (set.name, set.at);
            let hosts = unlisted(&variable, &called, &entries, &found);
            if !hosts.is_empty() {
                found.push(Unlisted {
                    variable,
                    at,
                    hosts,
                    value: set.value.text().cloned(),
                    exceptions: exceptions.clone(),
                });
            }
        }
        found
    }

    /// The variables by which a file sends everything through a proxy, and where it sets them.
    fn proxies_of_the_process(&self, file: FileId, module: &Module) -> Vec<Assigned> {
        let mut proxies: Vec<Assigned> = Vec::new();
        for set in self.assigned_variables(file, module) {
            let name = set.name.to_lowercase();
            let address = Address::of(&set.value);
            let off = matches!(set.value.value, Value::None)
                || address
                    .is_some_and(|it| it.is_empty() || it.host().is_some_and(|it| is_own(&it)));
            // Both spellings of a variable are one proxy.
            let new = proxies.iter().all(|it| it.name.to_lowercase() != name);
            if super::PROXY_VARIABLES.contains(&name.as_str()) && !off && new {
                proxies.push(set);
            }
        }
        proxies
    }

    /// The entries of `NO_PROXY`: those of the file, and those of the whole project when it sets
    /// none. `None` when some of them are not known.
    fn exceptions(&self, file: FileId) -> Option<(Vec<String>, Option<Listed>)> {
        let mut all = self.exception_values(file);
        if all.is_empty() {
            let files = self.project.modules().map(|it| it.0);
            all = files.flat_map(|it| self.exception_values(it)).collect();
        }
        let mut entries = Vec::new();
        for value in all.iter().flat_map(|it| it.value.alternatives()) {
            entries.extend(self::entries(Address::of(value)?.known()?));
        }
        let first = all.first();
        let written = first.map(|it| (it.at, it.value.text().cloned().unwrap_or_default()));
        Some((entries, written))
    }

    fn exception_values(&self, file: FileId) -> Vec<Assigned> {
        let Some(module) = self.project.module(file) else {
            return Vec::new();
        };
        let mut all = self.assigned_variables(file, module);
        all.retain(|it| it.name.to_lowercase() == "no_proxy");
        all
    }

    /// The hosts of the project's own network that clients and requests of the project name.
    pub(super) fn called_hosts(&self) -> Vec<CalledHost> {
        let mut found: Vec<CalledHost> = Vec::new();
        for (file, module) in self.project.modules() {
            if !self.project.sources().get(file).reported {
                continue;
            }
            for Called { callee, args, .. } in module.called() {
                for value in self.url_arguments(file, module, callee, args) {
                    let host = self.called_host(file, value);
                    let new = |it: &CalledHost| !found.iter().any(|own| own.is_same(it));
                    found.extend(host.filter(new));
                }
            }
        }
        found
    }

    /// The arguments of a call that name a service; of a request, also the first.
    fn url_arguments(
        &self,
        file: FileId,
        module: &Module,
        callee: ExprId,
        args: &[Arg],
    ) -> Vec<ExprId> {
        let named = args.iter().filter_map(|it| match &it.kind {
            ArgKind::Keyword(name) if URL_ARGUMENTS.contains(&name.as_str()) => Some(it.value),
            _ => None,
        });
        let mut all: Vec<ExprId> = named.collect();
        let text = |it: ExprId| {
            matches!(
                module.ast.kind(it),
                ExprKind::Str(_) | ExprKind::Format(_) | ExprKind::Name(_) | ExprKind::Binary(..)
            )
        };
        let first = [positional(args, 0), positional(args, 1)];
        let first = first.into_iter().flatten().map(|it| it.value);
        if self.sends_a_request(file, callee) {
            all.extend(first.filter(|it| text(*it)));
        }
        all
    }

    fn sends_a_request(&self, file: FileId, callee: ExprId) -> bool {
        let seen = self.value(file, callee);
        let known = |path: &str| self.project.catalog.known(path);
        seen.alternatives().iter().any(|it| match &it.value {
            Value::External(path) => matches!(known(path), Some(Known::HttpFunction(_))),
            Value::Member(of, _) => match &of.value {
                Value::Made(made) => matches!(known(&made.path), Some(Known::HttpClass(_))),
                _ => false,
            },
            _ => false,
        })
    }

    fn called_host(&self, file: FileId, value: ExprId) -> Option<CalledHost> {
        let seen: Seen = self.value(file, value);
        called(&Address::of(&seen)?, self.span(file, value))
    }
}

/// The host of the own network that an address names.
pub(super) fn called(address: &Address, at: Span) -> Option<CalledHost> {
    let scheme = address.scheme()?;
    let name = address.host()?;
    // Other protocols know nothing of these proxies.
    let http = scheme == "http" || scheme == "https";
    let port = address.port();
    (http && is_inside(&name)).then_some(CalledHost {
        name,
        scheme,
        port,
        at,
    })
}

/// The entries of a `NO_PROXY`, in lower case.
pub(super) fn entries(list: &str) -> Vec<String> {
    let names = list.split([',', ' ']).map(str::trim);
    names
        .filter(|it| !it.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// The hosts that no exception names and no earlier finding told.
pub(super) fn unlisted(
    variable: &str,
    called: &[CalledHost],
    entries: &[String],
    told: &[Unlisted],
) -> Vec<CalledHost> {
    let mut hosts: Vec<CalledHost> = Vec::new();
    for host in called {
        let covered = entries.iter().any(|it| covers(it, host));
        let mut all = told.iter().flat_map(|it| &it.hosts).chain(&hosts);
        if proxied(variable, &host.scheme) && !covered && !all.any(|it| it.name == host.name) {
            hosts.push(host.clone());
        }
    }
    hosts
}

/// Whether a variable speaks of requests with that scheme.
fn proxied(variable: &str, scheme: &str) -> bool {
    match variable.to_lowercase().as_str() {
        "http_proxy" => scheme == "http",
        "https_proxy" => scheme == "https",
        _ => true,
    }
}

/// Whether a proxy runs on the machine itself, and so reaches whatever the machine reaches.
pub(super) fn is_own(host: &str) -> bool {
    host == "localhost" || host.parse().is_ok_and(|it: IpAddr| it.is_loopback())
}

/// Whether a name is one of the machine, the cluster or a private network.
fn is_inside(host: &str) -> bool {
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) => {
            ip.is_loopback() || ip.is_private() || ip.is_link_local() || ip.is_unspecified()
        }
        Ok(IpAddr::V6(ip)) => ip.is_loopback() || ip.is_unspecified() || ip.is_unique_local(),
        Err(_) => {
            let host = host.strip_suffix('.').unwrap_or(host);
            !host.contains('.') || INSIDE.iter().any(|it| host.ends_with(it))
        }
    }
}

/// Whether some client takes an entry of `NO_PROXY` for this host.
pub(super) fn covers(entry: &str, called: &CalledHost) -> bool {
    if entry == "*" {
        return true;
    }
    let host = called.name.as_str();
    if let (Some((net, bits)), Ok(IpAddr::V4(ip))) = (entry.split_once('/'), host.parse()) {
        let bits = bits.parse::<u32>().ok().filter(|it| *it <= 32);
        let (Ok(IpAddr::V4(net)), Some(bits)) = (net.parse(), bits) else {
            return false;
        };
        let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
        return u32::from(ip) & mask == u32::from(net) & mask;
    }
    let name = match entry.rsplit_once(':') {
        // With a port, it is meant for addresses that name the same.
        Some((name, port)) if !name.contains(':') && port.parse::<u16>().is_ok() => {
            if port.parse() != Ok(called.port.unwrap_or_default()) {
                return false;
            }
            name
        }
        _ => entry,
    };
    let name = name.trim_start_matches('*').trim_start_matches('.');
    let name = name.trim_matches(['[', ']']);
    let inner = host.strip_suffix(name).is_some_and(|it| it.ends_with('.'));
    let prefix = name
        .strip_suffix(".*")
        .is_some_and(|it| host.starts_with(it));
    !name.is_empty() && (host == name || inner || prefix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exception_covers_a_name_and_what_lies_below_it() {
        let check = |entry, url: &str, expected| {
            let at = Span {
                file: FileId(0),
                start: 0,
                end: 0,
            };
            let called = called(&Address::written(url), at).expect("a host of the own network");
            assert_eq!(covers(entry, &called), expected, "{entry} {url}");
        };
        check("qdrant", "http://qdrant:6333", true);
        check(".internal", "http://api.internal", true);
        check("api.internal:8443", "https://api.internal:8443", true);
        check("api.internal:8443", "https://api.internal", false);
        check("10.0.0.0/8", "http://10.1.2.3", true);
        check("0.0.0.0/0", "http://10.1.2.3", true);
        check("*", "http://anything", true);
        check(".svc.cluster.local", "http://qdrant", false);
        check("10.0.0.0/8", "http://192.168.0.1", false);
        check("drant", "http://qdrant", false);
        check("a.svc.cluster.local", "http://a.svc.cluster.local.", false);
    }

    #[test]
    fn a_name_without_a_dot_lies_inside() {
        assert!(is_inside("qdrant"));
        assert!(is_inside("localhost"));
        assert!(is_inside("169.254.169.254"));
        assert!(is_inside("qdrant.ns.svc.cluster.local"));
        assert!(!is_inside("api.openai.com"));
        assert!(!is_inside("8.8.8.8"));
    }
}
