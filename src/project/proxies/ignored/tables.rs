//! Proxies that requests is given as a table and does not take: keys that it does not know, and a
//! session's own table beside the environment.

use super::{IgnoredProxy, Past, SetProxy};
use crate::catalog::proxies::ProxyClient;
use crate::model::python::{Module, keyword, positional};
use crate::project::proxies::address::Address;
use crate::project::resolve::Resolver;
use crate::project::value::{Dict, Seen, Site, Value};
use crate::source::{FileId, Span};
use crate::syntax::python::{ExprId, ExprKind, StmtKind};

/// The argument and the attribute that take a table.
const TABLE: &str = "proxies";

impl Resolver<'_> {
    /// The tables of a file that do less than they seem to.
    pub(super) fn useless_tables(&self, file: FileId) -> Vec<IgnoredProxy> {
        let Some(module) = self.project.module(file) else {
            return Vec::new();
        };
        let clients = &self.project.catalog.proxy_clients;
        let mut found = Vec::new();
        for client in clients.iter().filter(|it| it.bare_keys) {
            let calls = module.calls.iter();
            found.extend(calls.filter_map(|call| self.useless_keys(file, module, *call, client)));
            found.extend(self.losing_tables(file, module, client));
        }
        found
    }

    /// `requests.get(url, proxies={"https://": …})`.
    fn useless_keys(
        &self,
        file: FileId,
        module: &Module,
        call: ExprId,
        client: &ProxyClient,
    ) -> Option<IgnoredProxy> {
        let ExprKind::Call { callee, args } = module.ast.kind(call) else {
            return None;
        };
        let arg = keyword(args, TABLE)?;
        if !is_of(&self.value(file, *callee), client) {
            return None;
        }
        let table = self.value(file, arg.value);
        let keys = closed(&table)?;
        let past = |why| IgnoredProxy {
            at: Span {
                file,
                start: arg.start,
                end: arg.end,
            },
            client: client.name.clone(),
            why,
            proxy: None,
        };
        if let Some(key) = keys.iter().find(|it| it.ends_with("://")) {
            return Some(past(Past::UnknownKey((*key).into())));
        }
        let site = Site {
            file,
            call,
            frame: None,
        };
        let first = positional(self.args(&site)?, 0)?;
        let address = Address::of(&self.value(file, first.value))?;
        let scheme = address.scheme()?;
        let covers = |key: &&str| {
            let key = key.split("://").next().unwrap_or(key);
            key == scheme || key == "all"
        };
        let none = !keys.is_empty() && !keys.iter().any(covers);
        none.then(|| past(Past::MissingKey(scheme.into())))
    }

    /// `session.proxies = {…}` beside a variable, which wins.
    fn losing_tables(
        &self,
        file: FileId,
        module: &Module,
        client: &ProxyClient,
    ) -> Vec<IgnoredProxy> {
        let Some(loses) = client.loses.as_ref().filter(|it| it.is_attribute) else {
            return Vec::new();
        };
        let mut tables: Vec<(ExprId, ExprId)> = Vec::new();
        let mut heeds_nobody = false;
        for stmt in &module.ast.stmts {
            let StmtKind::Assign {
                targets,
                value: Some(value),
                ..
            } = &stmt.kind
            else {
                continue;
            };
            for target in targets {
                if let ExprKind::Attribute { value: of, name } = module.ast.kind(*target) {
                    heeds_nobody |= name == "trust_env";
                    tables.extend((name == &loses.argument).then_some((*of, *value)));
                }
            }
        }
        if tables.is_empty() || heeds_nobody {
            return Vec::new();
        }
        let set: Vec<SetProxy> = self.set_proxies();
        let winner = set.iter().find(|it| {
            let upper = it.variable.to_uppercase();
            loses.to.iter().any(|own| *own == upper)
        });
        let Some(winner) = winner else {
            return Vec::new();
        };
        let all = tables.into_iter().filter(|(of, value)| {
            let table = self.value(file, *value);
            let other = match &table.value {
                Value::Dict(dict) => dict.entries.iter().find(|it| it.key == "https"),
                _ => None,
            };
            let own = other.and_then(|it| it.value.text());
            let differs =
                own.is_some_and(|it| winner.value.as_ref().is_some_and(|other| other != it));
            differs && is_made_by(&self.value(file, *of), client)
        });
        let found = all.map(|(_, value)| IgnoredProxy {
            at: self.span(file, value),
            client: client.name.clone(),
            why: Past::Loses(loses.argument.clone(), winner.variable.clone()),
            proxy: Some(winner.at),
        });
        found.collect()
    }
}

/// The keys of a table that holds proxies alone and is wholly known.
fn closed(table: &Seen) -> Option<Vec<&str>> {
    let Value::Dict(dict) = &table.value else {
        return None;
    };
    let dict: &Dict = dict;
    let known = dict.is_closed() && dict.entries.iter().all(|it| it.certain);
    let names = dict.entries.iter().map(|it| it.key.as_str());
    known.then(|| names.collect())
}

/// Whether a callee is a function of a client's module, or a method of one of its objects.
fn is_of(callee: &Seen, client: &ProxyClient) -> bool {
    match &callee.value {
        Value::External(path) => is_inside(path, client),
        Value::Member(of, _) => is_made_by(of, client),
        _ => false,
    }
}

fn is_made_by(object: &Seen, client: &ProxyClient) -> bool {
    matches!(&object.value, Value::Made(made) if is_inside(&made.path, client))
}

fn is_inside(path: &str, client: &ProxyClient) -> bool {
    let mut imports = client.imports.iter();
    imports.any(|it| {
        path.strip_prefix(it.as_str())
            .is_some_and(|it| it.starts_with('.'))
    })
}
