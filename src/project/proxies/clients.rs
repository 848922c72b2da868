//! Which HTTP clients a project uses, as far as its imports and calls tell.

use std::collections::BTreeSet;
use std::ops::Bound;

use smol_str::{SmolStr, format_smolstr};

use crate::catalog::proxies::{Flaw, ProxyClient};
use crate::model::python::keyword;
use crate::project::environment::{Given, Process, of_processes};
use crate::project::resolve::Resolver;
use crate::source::FileId;
use crate::syntax::python::{ExprKind, StmtKind};

/// An HTTP client of the project, with all entries of the catalogue that may hold for it, the newest
/// first; never empty.
pub(super) type UsedClient<'p> = Vec<&'p ProxyClient>;

/// What some clients do with a faulty address.
#[derive(Debug)]
pub struct Effect<'p> {
    /// What they do, as the end of a sentence that begins with the name of one.
    pub effect: &'p str,
    /// Their names.
    pub clients: Vec<SmolStr>,
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
                default: None,
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

    /// The clients that the project certainly uses and that read the variables of a process.
    pub(super) fn proxy_clients(&self, file: FileId) -> Vec<UsedClient<'p>> {
        let imported = self.imported_modules();
        let catalog = self.project.catalog;
        let used = |it: &&ProxyClient| {
            it.imports.iter().any(|it| is_imported(it, &imported))
                && (it.versions.is_empty() || self.project.runs(file, &it.package, &it.versions))
                && self.is_called(it)
                && self.is_willing(it)
        };
        let all: Vec<&ProxyClient> = catalog.proxy_clients.iter().filter(used).collect();
        let mut names: Vec<&SmolStr> = Vec::new();
        for client in &all {
            if !names.contains(&&client.name) {
                names.push(&client.name);
            }
        }
        let of = |name: &SmolStr| all.iter().copied().filter(|it| it.name == *name).collect();
        names.into_iter().map(of).collect()
    }

    /// The clients of the project for which an empty variable hides the one in upper case; `None`
    /// when no client is known.
    #[must_use]
    pub fn misled_by_empty(&self, file: FileId, lower: &str) -> Option<Vec<SmolStr>> {
        let clients = self.proxy_clients(file);
        if clients.is_empty() {
            return None;
        }
        let upper = lower.to_uppercase();
        let names = |all: &[SmolStr], name: &str| all.iter().any(|it| it == name);
        let misled = clients
            .iter()
            .map(|it| it[0])
            .filter(|it| !names(&it.empty_is_unset, lower) && !names(&it.ignores, &upper));
        Some(misled.map(|it| it.name.clone()).collect())
    }

    /// What the clients of the project do with an address of that kind in a variable, each effect
    /// with the names of the clients; `None` when no client is known.
    #[must_use]
    pub fn effects_of(&self, file: FileId, variable: &str, flaw: Flaw) -> Option<Vec<Effect<'p>>> {
        let clients = self.proxy_clients(file);
        if clients.is_empty() {
            return None;
        }
        let mut found: Vec<Effect<'p>> = Vec::new();
        for client in &clients {
            // Of a client whose version nobody knows, all versions must agree that it is a fault.
            let reads = !client[0].ignores.iter().any(|it| it == variable);
            let mut texts = client.iter().map(|it| it.faults.get(&flaw));
            let Some(Some(effect)) = texts
                .next()
                .filter(|_| reads && texts.all(|it| it.is_some()))
            else {
                continue;
            };
            match found.iter_mut().find(|it| it.effect == effect) {
                Some(known) => known.clients.push(client[0].name.clone()),
                None => found.push(Effect {
                    effect,
                    clients: vec![client[0].name.clone()],
                }),
            }
        }
        Some(found)
    }

    /// The modules, and the names in them, that code which is reported imports.
    fn imported_modules(&self) -> BTreeSet<SmolStr> {
        let modules = self.project.modules();
        let modules = modules.filter(|(file, _)| self.project.sources().get(*file).reported);
        let statements = modules.flat_map(|(_, module)| &module.ast.stmts);
        let mut found = BTreeSet::new();
        for statement in statements {
            match &statement.kind {
                StmtKind::Import(modules) => {
                    found.extend(modules.iter().map(|it| it.module.clone()));
                }
                StmtKind::ImportFrom {
                    level: 0,
                    module,
                    names,
                } => {
                    found.insert(module.clone());
                    found.extend(
                        names
                            .iter()
                            .map(|it| format_smolstr!("{module}.{}", it.name)),
                    );
                }
                _ => {}
            }
        }
        found
    }

    fn is_called(&self, client: &ProxyClient) -> bool {
        let mut names = client.called.iter();
        let is_called = |name: &SmolStr| !self.project.calls_named(name).is_empty();
        client.called.is_empty() || names.any(is_called)
    }

    /// Whether a client that must be told to read the variables is told so anywhere.
    fn is_willing(&self, client: &ProxyClient) -> bool {
        let Some(argument) = &client.needs else {
            return true;
        };
        let calls = client.called.iter();
        let mut calls = calls.flat_map(|it| self.project.calls_named(it));
        calls.any(|(file, call)| {
            let module = self.project.module(file);
            let Some(ExprKind::Call { args, .. }) = module.map(|it| it.ast.kind(call)) else {
                return false;
            };
            let given = keyword(args, argument);
            given.is_some_and(|it| self.value(file, it.value).truth() == Some(true))
        })
    }
}

/// Whether a module, or something in it, is imported.
fn is_imported(module: &str, imported: &BTreeSet<SmolStr>) -> bool {
    let from = imported.range::<str, _>((Bound::Included(module), Bound::Unbounded));
    let inside = |it: &SmolStr| {
        let rest = it.strip_prefix(module);
        rest.is_some_and(|it| it.is_empty() || it.starts_with('.'))
    };
    from.take_while(|it| it.starts_with(module)).any(inside)
}
