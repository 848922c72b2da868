//! Proxies that requests is given as a table and does not take: keys that it does not know, and a
//! session's own table beside the environment.

use smol_str::SmolStr;

use super::{IgnoredProxy, Past};
use crate::catalog::proxies::ProxyClient;
use crate::model::python::{Module, keyword, positional};
use crate::project::proxies::SetProxy;
use crate::project::proxies::address::Address;
use crate::project::resolve::Resolver;
use crate::project::value::{Dict, Seen, Value};
use crate::source::{FileId, Span};
use crate::syntax::python::{ExprId, ExprKind};

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
        let address = || Address::of(&self.value(file, positional(args, 0)?.value));
        let why = match keys.iter().find(|it| it.ends_with("://")) {
            Some(key) => Past::UnknownKey((*key).into()),
            None => Past::MissingKey(unserved(&keys, &address()?.scheme()?)?),
        };
        Some(IgnoredProxy {
            at: Span {
                file,
                start: arg.start,
                end: arg.end,
            },
            client: client.name.clone(),
            why,
            proxy: None,
        })
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
        let tables = assigned(module, &loses.argument);
        // Who decides about the environment has thought of it.
        if tables.is_empty() || !assigned(module, "trust_env").is_empty() {
            return Vec::new();
        }
        let set = self.project.set_proxies();
        let wins = |it: &&SetProxy| {
            let upper = it.variable.to_uppercase();
            loses.to.iter().any(|own| *own == upper)
        };
        let Some(winner) = set.iter().find(wins) else {
            return Vec::new();
        };
        let differs = |value: ExprId| {
            let own = https_of(&self.value(file, value));
            own.is_some() && winner.value.is_some() && own != winner.value
        };
        let lost = tables
            .into_iter()
            .filter(|(of, value)| differs(*value) && is_made_by(&self.value(file, *of), client));
        lost.map(|(_, value)| IgnoredProxy {
            at: self.span(file, value),
            client: client.name.clone(),
            why: Past::Loses(loses.argument.clone(), winner.variable.clone()),
            proxy: Some(winner.at),
        })
        .collect()
    }
}

/// The scheme of a call, when a table has no proxy for it.
fn unserved(keys: &[&str], scheme: &str) -> Option<SmolStr> {
    let serves = |key: &&str| {
        let key = key.split("://").next().unwrap_or(key);
        key == scheme || key == "all"
    };
    let none = !keys.is_empty() && !keys.iter().any(serves);
    none.then(|| scheme.into())
}

/// The objects whose attribute of that name is assigned in a module, with the values.
fn assigned(module: &Module, attribute: &str) -> Vec<(ExprId, ExprId)> {
    let all = module.assignments();
    let of_name = all.filter_map(|(target, value)| match module.ast.kind(target) {
        ExprKind::Attribute { value: of, name } if name == attribute => Some((*of, value)),
        _ => None,
    });
    of_name.collect()
}

/// The proxy that a table has for https.
fn https_of(table: &Seen) -> Option<SmolStr> {
    let Value::Dict(dict) = &table.value else {
        return None;
    };
    let entry = dict.entries.iter().find(|it| it.key == "https")?;
    entry.value.text().cloned()
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
