//! Which variables with certificates the HTTP clients of a project read.

use std::collections::BTreeSet;

use smol_str::SmolStr;

use crate::catalog::proxies::ProxyClient;
use crate::project::environment::Given;
use crate::project::resolve::Resolver;
use crate::source::{FileId, Span};
use crate::syntax::python::{ArgKind, ExprKind};

/// A variable with certificates that a client of the project does not read.
#[derive(Debug)]
pub struct Certificates {
    /// Where it is set.
    pub at: Span,
    /// The variable.
    pub variable: SmolStr,
    /// Its value.
    pub value: SmolStr,
    /// The clients, by name.
    pub clients: Vec<SmolStr>,
    /// The variable that these clients read.
    pub instead: SmolStr,
}

impl Resolver<'_> {
    /// The certificate variables of a file that clients of the project do not read.
    #[must_use]
    pub fn certificates_not_read(&self, file: FileId) -> Vec<Certificates> {
        let known = &self.project.catalog.proxy_clients;
        let known: BTreeSet<&SmolStr> = known.iter().flat_map(|it| &it.certificates).collect();
        let is_set = |it: &&Given| {
            known.contains(&it.name) && it.value.as_ref().is_some_and(|it| !it.is_empty())
        };
        let mut found: Vec<Certificates> = Vec::new();
        for process in self.processes(file) {
            let set: Vec<&Given> = process.variables.iter().filter(is_set).collect();
            let Some(given) = set.iter().find(|it| it.at.file == file) else {
                continue;
            };
            if found.iter().any(|it| it.at == given.at) {
                continue;
            }
            let clients = self.proxy_clients(file).into_iter().map(|it| it[0]);
            let reads = |it: &SmolStr, client: &ProxyClient| client.certificates.contains(it);
            let blind: Vec<&ProxyClient> = clients
                .filter(|client| !set.iter().any(|it| reads(&it.name, client)))
                .filter(|client| !client.certificates.is_empty() && !self.sets_any(client))
                .collect();
            let Some(instead) = blind.first().and_then(|it| it.certificates.last()) else {
                continue;
            };
            let same = blind.iter().filter(|it| reads(instead, it));
            found.push(Certificates {
                at: given.at,
                variable: given.name.clone(),
                value: given.value.clone().unwrap_or_default(),
                clients: same.map(|it| it.name.clone()).collect(),
                instead: instead.clone(),
            });
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
