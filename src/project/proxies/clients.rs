//! What the HTTP clients of a project make of its proxy and certificate variables.

use std::collections::BTreeSet;

use core::net::Ipv4Addr;
use smol_str::SmolStr;

use super::hosts;
use crate::catalog::proxies::{Form, ProxyClient};
use crate::project::environment::{Given, Process, of_processes};
use crate::project::resolve::Resolver;
use crate::source::{FileId, Span};
use crate::syntax::python::{ArgKind, ExprKind, StmtKind};

/// Variables that name certificates to trust.
const CERTIFICATES: &[&str] = &[
    "AWS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
];

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
    /// A call that the entry was meant for.
    pub host: Option<Span>,
}

/// A variable with certificates that a client of the project does not read.
#[derive(Debug)]
pub struct Certificates {
    /// Where it is set.
    pub at: Span,
    /// The variable.
    pub variable: SmolStr,
    /// The client.
    pub client: SmolStr,
    /// The variable that the client reads.
    pub instead: SmolStr,
}

impl<'p> Resolver<'p> {
    /// The processes whose variables a file sets; one for a module that sets any.
    #[must_use]
    pub fn processes(&self, file: FileId) -> Vec<Process<'p>> {
        let Some(module) = self.project.module(file) else {
            return of_processes(self.project, file);
        };
        let set = self.assigned_variables(file, module).into_iter();
        let variables: Vec<Given> = set
            .map(|it| Given {
                value: it.value.text().cloned(),
                name: it.name,
                at: it.at,
                is_sample: false,
            })
            .collect();
        let process = Process {
            service: None,
            variables,
        };
        (!process.variables.is_empty())
            .then_some(process)
            .into_iter()
            .collect()
    }

    /// The clients that the project certainly uses, with all entries that may hold for each.
    fn proxy_clients(&self, file: FileId) -> Vec<Vec<&'p ProxyClient>> {
        let mut names: Vec<&SmolStr> = Vec::new();
        let imported = self.imported_packages();
        let catalog = self.project.catalog;
        let used = |it: &&ProxyClient| {
            it.imports.iter().any(|it| imported.contains(it))
                && (it.versions.is_empty() || self.project.runs(file, &it.package, &it.versions))
        };
        let all: Vec<&ProxyClient> = catalog.proxy_clients.iter().filter(used).collect();
        for client in &all {
            if !names.contains(&&client.name) {
                names.push(&client.name);
            }
        }
        let of = |name: &SmolStr| all.iter().copied().filter(|it| it.name == *name).collect();
        names.into_iter().map(of).collect()
    }

    /// The top packages that code which is reported imports.
    fn imported_packages(&self) -> BTreeSet<SmolStr> {
        let modules = self.project.modules();
        let modules = modules.filter(|(file, _)| self.project.sources().get(*file).reported);
        let statements = modules.flat_map(|(_, module)| &module.ast.stmts);
        let mut found = BTreeSet::new();
        let top = |path: &str| SmolStr::from(path.split('.').next().unwrap_or(path));
        for statement in statements {
            match &statement.kind {
                StmtKind::Import(modules) => found.extend(modules.iter().map(|it| top(&it.module))),
                StmtKind::ImportFrom {
                    level: 0, module, ..
                } => {
                    found.insert(top(module));
                }
                _ => {}
            }
        }
        found
    }

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
        let clients = self.proxy_clients(given.at.file);
        // Of a client whose version nobody knows, all versions must agree.
        let that = |says: &dyn Fn(&ProxyClient) -> bool| -> Vec<SmolStr> {
            let agreed = clients.iter().filter(|it| it.iter().all(|it| says(it)));
            agreed.map(|it| it[0].name.clone()).collect()
        };
        let failing = that(&|it| it.fails_on.contains(&form));
        let fails = !failing.is_empty();
        let clients = if fails {
            failing
        } else {
            that(&|it| it.passes_by.contains(&form))
        };
        // A range speaks of addresses, and hardly anybody calls one.
        let host = (form == Form::Ipv4Range).then(|| self.called_in(entry));
        if clients.is_empty() || host == Some(None) {
            return None;
        }
        Some(Exception {
            at: given.at,
            variable: given.name.clone(),
            entry: entry.to_owned(),
            form,
            clients,
            fails,
            host: host.flatten(),
        })
    }

    /// A call of an address in a range.
    fn called_in(&self, range: &str) -> Option<Span> {
        let called = self.called_hosts().into_iter();
        let mut addresses = called.filter(|it| it.name.parse::<Ipv4Addr>().is_ok());
        addresses
            .find(|it| hosts::covers(range, &it.name))
            .map(|it| it.at)
    }

    /// The certificate variables of a file that clients of the project do not read.
    #[must_use]
    pub fn certificates_not_read(&self, file: FileId) -> Vec<Certificates> {
        let mut found: Vec<Certificates> = Vec::new();
        for process in self.processes(file) {
            let set = process.variables.iter();
            let set: Vec<&Given> = set.filter(|it| is_set(it)).collect();
            let Some(given) = set.iter().find(|it| it.at.file == file) else {
                continue;
            };
            for client in self.proxy_clients(file).into_iter().map(|it| it[0]) {
                let reads = |it: &SmolStr| client.certificates.contains(it);
                let Some(instead) = client.certificates.last() else {
                    continue;
                };
                let told = found.iter().any(|it| it.at == given.at);
                if set.iter().any(|it| reads(&it.name)) || told || self.sets_any(client) {
                    continue;
                }
                found.push(Certificates {
                    at: given.at,
                    variable: given.name.clone(),
                    client: client.name.clone(),
                    instead: instead.clone(),
                });
            }
        }
        found
    }

    /// Whether another file sets what a client reads, or code says itself whom to trust.
    fn sets_any(&self, client: &ProxyClient) -> bool {
        let environment = self.project.environment();
        let in_files = |it: &SmolStr| !environment.given(it).is_empty();
        client.certificates.iter().any(in_files)
            || self.project.modules().any(|(file, module)| {
                let set = self.assigned_variables(file, module);
                set.iter().any(|it| client.certificates.contains(&it.name))
                    || module.calls.iter().any(|call| match module.ast.kind(*call) {
                        ExprKind::Call { args, .. } => args.iter().any(|it| {
                            matches!(&it.kind, ArgKind::Keyword(name) if name == "verify" || name == "ssl")
                        }),
                        _ => false,
                    })
            })
    }
}

fn is_set(given: &Given) -> bool {
    CERTIFICATES.contains(&given.name.as_str())
        && given.value.as_ref().is_some_and(|it| !it.is_empty())
}
