//! Policies of the network that keep the application from its provider.

use smol_str::SmolStr;

use super::PROXY_VARIABLES;
use super::address::Address;
use super::hosts;
use crate::model::configuration::Configuration;
use crate::model::egress::{self, EgressPolicy, Reach};
use crate::model::service::Runtime;
use crate::project::environment::{Process, of_processes};
use crate::project::resolve::Resolver;
use crate::project::services::{Deployed, parent, span};
use crate::source::{FileId, Span};

/// The port of https. Source: IANA, Service Name and Transport Protocol Port Number Registry.
const HTTPS: u16 = 443;

/// The port of DNS, from the same registry.
const DNS: u16 = 53;

/// A policy, or several together, that keeps a container from what it calls.
#[derive(Debug)]
pub struct BlockedEgress {
    /// The policy.
    pub at: Span,
    /// What the file calls it.
    pub name: SmolStr,
    /// What does not get out.
    pub what: Blocked,
    /// The container.
    pub container: Span,
    /// What the container is called.
    pub service: SmolStr,
    /// What the application builds to call its provider.
    pub client: SmolStr,
    /// Where.
    pub built: Span,
}

/// What a policy keeps in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blocked {
    /// The port of the provider.
    Provider(u16),
    /// The port of the proxy.
    Proxy(u16),
    /// Questions for the addresses of names.
    Names(u16),
}

impl Resolver<'_> {
    /// The policies of a file that keep containers of the application from their provider.
    #[must_use]
    pub fn blocked_egress(&self, file: FileId) -> Vec<BlockedEgress> {
        let own = self.egress_policies(file);
        if own.is_empty() {
            return Vec::new();
        }
        let Some((client, built)) = self.provider() else {
            return Vec::new();
        };
        let files: Vec<FileId> = self.project.configurations().map(|it| it.0).collect();
        let all: Vec<(FileId, EgressPolicy)> = files
            .into_iter()
            .flat_map(|it| {
                self.egress_policies(it)
                    .into_iter()
                    .map(move |policy| (it, policy))
            })
            .collect();
        let mut found = Vec::new();
        for policy in &own {
            let services = self.project.services().of_the_app();
            let selected = services.filter(|it| self.selects(file, policy, it));
            let blocked = selected.filter_map(|it| Some((it, self.blocked(it, &all)?)));
            found.extend(blocked.take(1).map(|(deployed, what)| BlockedEgress {
                at: span(file, &policy.at),
                name: policy.name.clone(),
                what,
                container: deployed.at(),
                service: deployed.service.name.clone(),
                client: client.clone(),
                built,
            }));
        }
        found
    }

    fn egress_policies(&self, file: FileId) -> Vec<EgressPolicy> {
        match self.project.configuration(file) {
            Some(Configuration::Tree(tree)) => {
                tree.documents().flat_map(egress::policies).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Whether a policy is for the pod of a container.
    fn selects(&self, file: FileId, policy: &EgressPolicy, deployed: &Deployed) -> bool {
        let service = &deployed.service;
        let path = |it: FileId| self.project.sources().get(it).path.as_str();
        let near = parent(path(file)) == parent(path(deployed.file));
        service.runtime == Runtime::Kubernetes
            && policy.labels.iter().all(|it| service.labels.contains(it))
            // Without a label, only the namespace says which pods are meant.
            && (!policy.labels.is_empty() || near && policy.namespace.is_none())
    }

    /// What all policies of a container together keep in; `None` as well when nobody can tell.
    fn blocked(&self, deployed: &Deployed, all: &[(FileId, EgressPolicy)]) -> Option<Blocked> {
        let own: Vec<&EgressPolicy> = all
            .iter()
            .filter(|(file, it)| it.is_open || self.selects(*file, it, deployed))
            .map(|it| &it.1)
            .collect();
        if own.iter().any(|it| it.is_open) {
            return None;
        }
        let rules: Vec<_> = own.iter().flat_map(|it| &it.rules).collect();
        let outside = |port| {
            let mut rules = rules.iter();
            rules.any(|it| it.to != Reach::Inside && it.lets_out(port))
        };
        let anywhere = |port| rules.iter().any(|it| it.lets_out(port));
        let processes = of_processes(self.project, deployed.file);
        let process = processes
            .iter()
            .find(|it| it.service.is_some_and(|it| it.at() == deployed.at()))?;
        match proxy_port(process) {
            Proxy::Port(port) if !anywhere(port) => return Some(Blocked::Proxy(port)),
            Proxy::None if !outside(HTTPS) => {
                // What else gets out may be a proxy that something else names.
                let other = rules
                    .iter()
                    .any(|it| it.ports.is_empty() || !only_names(it));
                let is_sure = !process.is_open() || !other;
                return is_sure.then_some(Blocked::Provider(HTTPS));
            }
            Proxy::Unknown => return None,
            Proxy::Port(_) | Proxy::None => {}
        }
        (!anywhere(DNS)).then_some(Blocked::Names(DNS))
    }

    /// A client of the application that calls something outside.
    fn provider(&self) -> Option<(SmolStr, Span)> {
        let modules = self.project.modules();
        let mut modules = modules.filter(|it| self.project.sources().get(it.0).reported);
        modules.find_map(|(file, _)| {
            let made = self.made_clients(file);
            let outside = made.iter().find(|it| {
                let path = it.reached.path.as_str();
                let is_model = self
                    .project
                    .catalog
                    .known(path)
                    .is_some_and(|it| matches!(it, crate::catalog::Known::Client(_)));
                is_model && !it.may_stay_inside(self.callee_span(&it.site))
            })?;
            Some((outside.name().into(), self.callee_span(&outside.site)))
        })
    }
}

/// The proxy of a process.
enum Proxy {
    /// There is none.
    None,
    /// It is reached through this port.
    Port(u16),
    /// Nobody can tell.
    Unknown,
}

fn proxy_port(process: &Process<'_>) -> Proxy {
    let given = process
        .variables
        .iter()
        .filter(|it| PROXY_VARIABLES.contains(&it.name.to_lowercase().as_str()));
    let mut port = Proxy::None;
    for it in given {
        let Some(value) = &it.value else {
            return Proxy::Unknown;
        };
        let address = Address::written(value);
        let own = address.host().is_some_and(|it| hosts::is_own(&it));
        match address.port() {
            Some(found) if !own => port = Proxy::Port(found),
            None if address.is_empty() => {}
            _ => return Proxy::Unknown,
        }
    }
    port
}

/// Whether a rule is for questions about names alone.
fn only_names(rule: &egress::EgressRule) -> bool {
    rule.ports
        .iter()
        .all(|it| it.first == Some(DNS) && it.last.is_none())
}
