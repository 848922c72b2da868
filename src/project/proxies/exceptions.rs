//! What the HTTP clients of a project make of the entries of `NO_PROXY`.

use smol_str::SmolStr;

use super::hosts::{self, CalledHost};
use crate::catalog::proxies::{Form, ProxyClient, Reads};
use crate::project::environment::Given;
use crate::project::resolve::Resolver;
use crate::source::{FileId, Span};

/// An entry of `NO_PROXY` that clients of the project do not understand.
#[derive(Debug)]
pub struct Exception {
    /// Where the list is written.
    pub at: Span,
    /// The variable.
    pub variable: SmolStr,
    /// The entry.
    pub entry: String,
    /// How it is written.
    pub form: Form,
    /// The clients, by name.
    pub clients: Vec<SmolStr>,
    /// Whether they cannot even be built.
    pub fails: bool,
    /// Other clients, which understand it.
    pub understood_by: Vec<SmolStr>,
    /// A call that the entry was meant for.
    pub host: Option<CalledHost>,
}

impl Resolver<'_> {
    /// The entries of `NO_PROXY` in a file that clients of the project do not understand.
    #[must_use]
    pub fn exceptions_not_understood(&self, file: FileId) -> Vec<Exception> {
        let processes = self.processes(file);
        let lists = processes.iter().flat_map(|it| &it.variables);
        let lists = lists.filter(|it| it.at.file == file && it.name.to_lowercase() == "no_proxy");
        let mut found: Vec<Exception> = Vec::new();
        for given in lists {
            let Some(value) = &given.value else { continue };
            if found.iter().any(|it| it.at == given.at) {
                continue;
            }
            let entries: Vec<&str> = value.split(',').map(str::trim).collect();
            for entry in entries.iter().filter(|it| !it.is_empty()) {
                if let Some(form) = Form::of(entry, entries.len() == 1) {
                    found.extend(self.exception(given, entry, form));
                }
            }
        }
        found
    }

    fn exception(&self, given: &Given, entry: &str, form: Form) -> Option<Exception> {
        let host = match form {
            // A range speaks of addresses, and hardly anybody calls one.
            Form::Ipv4Range => Some(self.called(|it| hosts::covers(entry, it))?),
            // Below the domain, all of them understand it.
            Form::LeadingDot => {
                let domain = entry.trim_start_matches('.').to_lowercase();
                Some(self.called(|it| it.name == domain)?)
            }
            _ => None,
        };
        let clients = self.proxy_clients(given.at.file);
        let reads = |it: &ProxyClient| !it.ignores.contains(&given.name);
        let passes =
            |it: &&ProxyClient| it.passes_by.contains(&form) || it.fails_on.contains(&form);
        // Of a client whose version nobody knows, all versions must agree.
        let lost = clients
            .iter()
            .filter(|it| it.iter().all(passes) && reads(it[0]));
        let (failing, passing): (Vec<_>, Vec<_>) =
            lost.partition(|it| it[0].fails_on.contains(&form));
        let fails = !failing.is_empty();
        let clients = if fails { failing } else { passing };
        if clients.is_empty() {
            return None;
        }
        Some(Exception {
            at: given.at,
            variable: given.name.clone(),
            entry: entry.to_owned(),
            form,
            clients: clients.iter().map(|it| it[0].name.clone()).collect(),
            fails,
            understood_by: self.others(&passes),
            host,
        })
    }

    /// Clients of the catalogue, in their newest version, for which that does not hold.
    fn others(&self, passes: &dyn Fn(&&ProxyClient) -> bool) -> Vec<SmolStr> {
        let mut seen: Vec<&SmolStr> = Vec::new();
        let mut found = Vec::new();
        for client in &self.project.catalog.proxy_clients {
            if seen.contains(&&client.name) {
                continue;
            }
            seen.push(&client.name);
            if client.reads != Reads::Never && !passes(&client) {
                found.push(client.name.clone());
            }
        }
        found
    }

    /// A call of the own network for which that holds.
    fn called(&self, is_meant: impl Fn(&CalledHost) -> bool) -> Option<CalledHost> {
        self.called_hosts().into_iter().find(|it| is_meant(it))
    }
}
