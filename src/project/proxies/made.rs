//! Where a file builds HTTP clients that have something to say about proxies.

use std::collections::BTreeMap;

use smol_str::SmolStr;

use crate::catalog::proxies::ProxyClient;
use crate::model::python::{Bound, Module};
use crate::project::arguments::Reached;
use crate::project::resolve::Resolver;
use crate::project::value::{Lookup, Seen, Site};
use crate::source::{FileId, Span};
use crate::syntax::python::{ExprId, ExprKind, MODULE, StmtId};

use super::address::Address;
use super::hosts;

/// Arguments that name the server that a client calls.
const SERVERS: &[&str] = &[
    "api_base",
    "azure_endpoint",
    "base_url",
    "endpoint_url",
    "openai_api_base",
];

/// Arguments by which a client gets a proxy, or another client that may have one.
const OWN_WAYS: &[&str] = &[
    "anthropic_proxy",
    "client",
    "client_args",
    "config",
    "connector",
    "http_async_client",
    "http_client",
    "http_options",
    "mounts",
    "openai_proxy",
    "proxies",
    "proxy",
    "session",
    "transport",
    "trust_env",
];

/// A call that builds an HTTP client.
#[derive(Debug)]
pub(super) struct MadeClient<'p> {
    /// What the catalogue says of it, in its newest version that may run.
    pub client: &'p ProxyClient,
    /// The call.
    pub site: Site,
    /// The class and what is passed to it.
    pub reached: Reached,
}

impl<'p> Resolver<'p> {
    /// The calls of a file that build HTTP clients of the catalogue, in the order of the text.
    pub(super) fn made_clients(&self, file: FileId) -> Vec<MadeClient<'p>> {
        self.calls_of(file, |it| &it.made_by)
    }

    /// The calls of functions whose first one reads the variables for all.
    pub(super) fn first_requests(&self, file: FileId) -> Vec<MadeClient<'p>> {
        self.calls_of(file, |it| &it.asked_by)
    }

    fn calls_of(
        &self,
        file: FileId,
        paths: impl Fn(&'p ProxyClient) -> &'p Vec<SmolStr>,
    ) -> Vec<MadeClient<'p>> {
        let Some(module) = self.project.module(file) else {
            return Vec::new();
        };
        let mut wanted: BTreeMap<&str, Vec<(&'p ProxyClient, &'p str)>> = BTreeMap::new();
        for client in &self.project.catalog.proxy_clients {
            for path in paths(client) {
                let name = path.rsplit('.').next().unwrap_or(path);
                wanted.entry(name).or_default().push((client, path));
            }
        }
        let mut found: Vec<MadeClient<'p>> = Vec::new();
        for call in &module.calls {
            let name = called_name(module, *call);
            let Some(known) = name.and_then(|it| wanted.get(it)) else {
                continue;
            };
            let site = Site::of(file, *call);
            // One of several is nobody's in particular.
            let reached = self.reached(&site);
            let [only] = &*reached else {
                continue;
            };
            let runs = |it: &ProxyClient| {
                it.versions.is_empty() || self.project.runs(file, &it.package, &it.versions)
            };
            let mut known = known.iter();
            let client = known.find(|(client, path)| only.path == *path && runs(client));
            found.extend(client.map(|(client, _)| MadeClient {
                client,
                site,
                reached: only.clone(),
            }));
        }
        found.sort_by_key(|it| self.span(file, it.site.call).start);
        found
    }
}

/// The last name of what is called, as it was called where it was imported from.
fn called_name(module: &Module, call: ExprId) -> Option<&str> {
    let ExprKind::Call { callee, .. } = module.ast.kind(call) else {
        return None;
    };
    let ExprKind::Name(name) = module.ast.kind(*callee) else {
        return module.ast.last_name(*callee).map(SmolStr::as_str);
    };
    let bindings = module.bindings(MODULE, name);
    let original = bindings.iter().find_map(|it| match &it.what {
        Bound::Imported { name, .. } => Some(name.as_str()),
        _ => None,
    });
    Some(original.unwrap_or(name))
}

impl MadeClient<'_> {
    /// What it is called: the last name of its class.
    pub(super) fn name(&self) -> &str {
        self.reached
            .path
            .rsplit('.')
            .next()
            .unwrap_or(&self.reached.path)
    }

    /// An argument that is certainly passed.
    pub(super) fn argument(&self, name: &str) -> Option<Seen> {
        match self.reached.keywords.get(name) {
            Lookup::Given(seen) => Some(seen),
            _ => None,
        }
    }

    /// Whether an argument is certainly not passed.
    pub(super) fn lacks(&self, name: &str) -> bool {
        matches!(self.reached.keywords.get(name), Lookup::Missing)
    }

    /// Whether nothing but the environment says which proxy it takes.
    pub(super) fn asks_environment(&self) -> bool {
        OWN_WAYS.iter().all(|it| self.lacks(it))
    }

    /// Whether it may call something of the own network, or nobody knows what.
    pub(super) fn may_stay_inside(&self, at: Span) -> bool {
        SERVERS
            .iter()
            .any(|name| match self.reached.keywords.get(name) {
                Lookup::Missing => false,
                Lookup::Given(seen) => {
                    let address = Address::of(&seen);
                    address.is_none_or(|it| it.host().is_none() || hosts::called(&it, at).is_some())
                }
                Lookup::Maybe(_) | Lookup::Unknown(_) => true,
            })
    }
}

/// The statement in which a client is built.
pub(super) fn statement(resolver: &Resolver<'_>, made: &MadeClient<'_>) -> Option<StmtId> {
    let module = resolver.project.module(made.site.file)?;
    Some(module.ast.expr(made.site.call).stmt)
}
