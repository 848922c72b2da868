//! Where certificates are not checked.

use crate::catalog::proxies::ProxyClient;
use crate::fix::Fix;
use crate::model::python::Module;
use crate::model::python::sites::Called;
use crate::project::resolve::Resolver;
use crate::project::value::{Seen, Value};
use crate::source::{FileId, Span};
use crate::syntax::python::{Arg, ArgKind, ExprId, ExprKind, StmtKind};
use smol_str::SmolStr;

use super::address::Address;
use super::hosts;

/// What switches the check off in Python's own `ssl`.
const CONTEXTS: &[&str] = &["ssl.CERT_NONE", "ssl._create_unverified_context"];

/// Arguments and attributes that take one of these.
const MODES: &[&str] = &[
    "_create_default_https_context",
    "cert_reqs",
    "context",
    "ssl",
    "ssl_context",
    "verify",
    "verify_mode",
];

/// A place that switches the check of certificates off.
#[derive(Debug)]
pub struct Unverified {
    /// Where.
    pub at: Span,
    /// The same, as it is written: `verify=False`.
    pub written: String,
    /// Where the value is written, when that is elsewhere.
    pub value: Option<Span>,
}

impl Resolver<'_> {
    /// The places of a file that switch the check of certificates off.
    #[must_use]
    pub fn unverified(&self, file: FileId) -> Vec<Unverified> {
        let Some(module) = self.project.module(file) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for Called { callee, args, .. } in module.called() {
            let all = args.iter().filter(|it| self.switches_off(file, callee, it));
            let own = all.filter(|_| !self.calls_itself(file, args));
            found.extend(own.map(|it| self.unverified_at(file, (it.start, it.end), it.value)));
        }
        for stmt in &module.ast.stmts {
            if let StmtKind::Assign {
                targets,
                value: Some(value),
                ..
            } = &stmt.kind
            {
                let off = targets
                    .iter()
                    .any(|it| self.is_switched_off(file, module, *it, *value));
                let end = module.ast.expr(*value).end;
                let start = targets.first().map_or(end, |it| module.ast.expr(*it).start);
                found.extend(off.then(|| self.unverified_at(file, (start, end), *value)));
            }
        }
        found.sort_by_key(|it| it.at.start);
        found
    }

    fn unverified_at(&self, file: FileId, (start, end): (u32, u32), value: ExprId) -> Unverified {
        let at = Span { file, start, end };
        let seen = self.value(file, value);
        Unverified {
            at,
            written: self.project.sources().text(at).to_owned(),
            value: Some(seen.at).filter(|it| !at.contains(*it)),
        }
    }

    /// `verify=False` of a client that looks at it.
    fn switches_off(&self, file: FileId, callee: ExprId, arg: &Arg) -> bool {
        let ArgKind::Keyword(name) = &arg.kind else {
            return false;
        };
        let clients = &self.project.catalog.proxy_clients;
        let looks = |it: &&ProxyClient| it.checks_with.contains(name);
        if !MODES.contains(&name.as_str()) && !clients.iter().any(|it| looks(&it)) {
            return false;
        }
        let value = self.value(file, arg.value);
        if MODES.contains(&name.as_str()) && is_unverified(&value) {
            return true;
        }
        let target = self.value(file, callee);
        let Some(path) = path_of(&target) else {
            return false;
        };
        let own = |it: &&ProxyClient| {
            let mut imports = it.imports.iter();
            imports.any(|it| {
                path.strip_prefix(it.as_str())
                    .is_some_and(|it| it.starts_with('.'))
            })
        };
        matches!(value.value, Value::Bool(false)) && clients.iter().filter(looks).any(|it| own(&it))
    }

    /// `session.verify = False`, `context.verify_mode = ssl.CERT_NONE`.
    fn is_switched_off(
        &self,
        file: FileId,
        module: &Module,
        target: ExprId,
        value: ExprId,
    ) -> bool {
        let ExprKind::Attribute { value: of, name } = module.ast.kind(target) else {
            return false;
        };
        if !MODES.contains(&name.as_str()) {
            return false;
        }
        let seen = self.value(file, value);
        if is_unverified(&seen) {
            return true;
        }
        let is_session = || {
            let of = self.value(file, *of);
            matches!(&of.value, Value::Made(made) if made.path.starts_with("requests."))
        };
        name == "verify" && matches!(seen.value, Value::Bool(false)) && is_session()
    }

    /// Whether a call names an address of the machine itself.
    fn calls_itself(&self, file: FileId, args: &[Arg]) -> bool {
        args.iter().any(|arg| {
            let seen = self.value(file, arg.value);
            let host = Address::of(&seen).and_then(|it| it.host());
            host.is_some_and(|it| hosts::is_own(&it))
        })
    }

    /// The check switched on again.
    #[must_use]
    pub fn verified_again(&self, found: &Unverified) -> Option<Fix> {
        let (name, value) = found.written.split_once('=')?;
        let is_plain = value.trim() == "False" && !name.contains(['.', '(']);
        let off = u32::try_from(found.written.len() - value.trim_start().len()).ok()?;
        let at = Span {
            start: found.at.start + off,
            ..found.at
        };
        let writer = self.project.writer(found.at.file).filter(|_| is_plain)?;
        let expr = writer.expr_at(at)?;
        Some(Fix {
            title: "check certificates again".to_owned(),
            trust: crate::fix::Trust::Risky,
            edits: writer.replace(expr, "True")?,
        })
    }
}

fn is_unverified(seen: &Seen) -> bool {
    match &seen.value {
        Value::External(path) => CONTEXTS.contains(&path.as_str()),
        Value::Made(made) => CONTEXTS.contains(&made.path.as_str()),
        Value::Str(text) => text == "CERT_NONE",
        _ => false,
    }
}

/// The dotted path of what is called, or of what made the object whose method it is.
fn path_of(seen: &Seen) -> Option<SmolStr> {
    match &seen.value {
        Value::External(path) => Some(path.clone()),
        Value::Member(of, _) => match &of.value {
            Value::Made(made) => Some(made.path.clone()),
            _ => None,
        },
        _ => None,
    }
}
