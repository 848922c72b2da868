//! Proxies that speak SOCKS, and what the clients of a project need to speak it.

use smol_str::SmolStr;

use super::PROXY_VARIABLES;
use super::address::Address;
use crate::catalog::proxies::{ProxyClient, Reads, Socks};
use crate::project::environment::{Given, Process};
use crate::project::resolve::Resolver;
use crate::project::value::Seen;
use crate::source::{FileId, Format, Kind, Span};

/// Arguments by which a client gets one proxy.
const ARGUMENTS: &[&str] = &["anthropic_proxy", "openai_proxy", "proxy"];

/// A proxy that a client cannot speak to.
#[derive(Debug)]
pub struct UnspokenSocks<'p> {
    /// Where the proxy is set.
    pub at: Span,
    /// The variable or the argument.
    pub name: SmolStr,
    /// The scheme.
    pub scheme: String,
    /// The client.
    pub client: SmolStr,
    /// What it makes of that.
    pub socks: &'p Socks,
}

impl<'p> Resolver<'p> {
    /// The SOCKS proxies of a file that clients of the project cannot speak to.
    #[must_use]
    pub fn unspoken_socks(&self, file: FileId) -> Vec<UnspokenSocks<'p>> {
        let mut found: Vec<UnspokenSocks<'p>> = Vec::new();
        for process in self.processes(file) {
            for given in process.variables.iter().filter(|it| it.at.file == file) {
                if found.iter().all(|it| it.at != given.at) {
                    found.extend(self.unspoken_variable(&process, given));
                }
            }
        }
        for made in self.made_clients(file) {
            for name in ARGUMENTS {
                let Some(seen) = made.argument(name) else {
                    continue;
                };
                let at = self.argument_span(&made.site, name);
                found.extend(self.unspoken(made.client, name, at, seen_scheme(&seen)));
            }
        }
        found
    }

    fn unspoken_variable(&self, process: &Process<'_>, given: &Given) -> Option<UnspokenSocks<'p>> {
        let name = given.name.to_lowercase();
        let value = given.value.as_deref()?;
        let scheme = Address::written(value).scheme();
        let is_socks = scheme.as_ref().is_some_and(|it| is_socks(it));
        if !is_socks || !PROXY_VARIABLES.contains(&name.as_str()) {
            return None;
        }
        let has_other = process
            .get("https_proxy")
            .or_else(|| process.get("HTTPS_PROXY"));
        // Who asks anew for each request takes the more precise variable.
        let takes = |client: &ProxyClient| {
            let passed_by = name == "all_proxy" && has_other.is_some();
            client.reads != Reads::Never
                && !client.ignores.contains(&given.name)
                && !(passed_by && client.reads == Reads::Request)
        };
        let clients = self.proxy_clients(given.at.file);
        let mut clients = clients
            .iter()
            .filter(|it| it.iter().all(|it| it.socks.is_some()));
        clients.find_map(|it| {
            let client = takes(it[0]).then_some(it[0])?;
            self.unspoken(client, &given.name, given.at, scheme.clone())
        })
    }

    fn unspoken(
        &self,
        client: &'p ProxyClient,
        name: &str,
        at: Span,
        scheme: Option<String>,
    ) -> Option<UnspokenSocks<'p>> {
        let scheme = scheme.filter(|it| is_socks(it))?;
        let socks = client.socks.as_ref()?;
        let helped = socks.package.as_ref().is_some_and(|it| {
            // Without any list of packages that names the client, nobody can tell what is there.
            !self.lists(&client.package) || self.lists(it) || self.lists("socks]")
        });
        (!helped).then(|| UnspokenSocks {
            at,
            name: name.into(),
            scheme,
            client: client.name.clone(),
            socks,
        })
    }

    /// Whether a file that says what to install mentions a package.
    fn lists(&self, package: &str) -> bool {
        let other = package.replace('-', "_");
        let mut sources = self.project.sources().iter();
        sources.any(|(_, source)| {
            let installs = [Kind::Versions, Kind::Configuration(Format::Dockerfile)];
            let text = source.text.to_lowercase();
            installs.contains(&source.kind) && (text.contains(package) || text.contains(&other))
        })
    }
}

fn seen_scheme(seen: &Seen) -> Option<String> {
    Address::of(seen)?.scheme()
}

fn is_socks(scheme: &str) -> bool {
    matches!(scheme, "socks5" | "socks5h")
}
