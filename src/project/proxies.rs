//! Which proxies a program sets: in the environment of its process, and for single clients.

pub mod address;
pub mod certificates;
pub mod clients;
pub mod egress;
pub mod exceptions;
mod files;
mod hosts;
pub mod ignored;
pub mod late;
mod made;
pub mod removed;
mod repairs;
pub mod socks;
pub mod unverified;

use smol_str::SmolStr;

use crate::model::python::{Module, positional};
use crate::project::resolve::Resolver;
use crate::project::value::{Seen, Site, Value};
use crate::source::{FileId, Span};
use crate::syntax::python::{Arg, ArgKind, ExprId, ExprKind, StmtId, StmtKind};

use address::Address;
pub use hosts::{CalledHost, Unlisted};

/// Variables that name a proxy, in lower case.
const PROXY_VARIABLES: &[&str] = &["all_proxy", "http_proxy", "https_proxy"];

/// Arguments that name one.
const PROXY_ARGUMENTS: &[&str] = &[
    "anthropic_proxy",
    "openai_proxy",
    "proxies",
    "proxy",
    "proxy_url",
];

/// Libraries whose clients take an address as it is, and fail without a scheme.
const NEED_A_SCHEME: &[&str] = &[
    "aiohttp",
    "anthropic",
    "httpx",
    "httpx2",
    "langchain_anthropic",
    "langchain_openai",
    "openai",
];

/// Libraries that are known to take their proxy by such an argument.
const KNOWN: &[&str] = &["langchain", "requests", "urllib", "urllib3"];

/// A place that says which proxy to use.
#[derive(Debug)]
pub struct ProxySetting {
    /// Where to look: the value, or the argument that passes it.
    pub at: Span,
    /// Where the address was written.
    pub written: Span,
    /// What is set.
    pub target: Target,
    /// The addresses it can be, as far as they are known.
    pub addresses: Vec<Address>,
    /// Whether there can be no other.
    pub only: bool,
    /// Whether it is written where passwords belong.
    pub is_secret: bool,
}

/// What a proxy is set for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The whole process, by this environment variable.
    Variable(SmolStr),
    /// One client or request of a library that is known to fail without a scheme.
    Strict(SmolStr),
    /// One client or request of another known library.
    Lenient(SmolStr),
    /// Something of that name that nobody knows.
    Unknown(SmolStr),
}

/// A proxy that the process certainly gets.
#[derive(Debug)]
pub(in crate::project) struct SetProxy {
    variable: SmolStr,
    value: Option<SmolStr>,
    at: Span,
}

/// A value given to an environment variable.
struct Assigned {
    name: SmolStr,
    value: Seen,
    at: Span,
    stmt: StmtId,
}

impl Resolver<'_> {
    /// All places of a file that say which proxy to use.
    #[must_use]
    pub fn proxy_settings(&self, file: FileId) -> Vec<ProxySetting> {
        let Some(module) = self.project.module(file) else {
            return self.proxy_variables(file);
        };
        let mut found = Vec::new();
        for assigned in self.assigned_variables(file, module) {
            if PROXY_VARIABLES.contains(&assigned.name.to_lowercase().as_str()) {
                let target = Target::Variable(assigned.name);
                found.push(setting(target, assigned.at, &assigned.value));
            }
        }
        for call in &module.calls {
            self.proxy_arguments(file, module, *call, &mut found);
        }
        for stmt in &module.ast.stmts {
            if let StmtKind::Assign {
                targets,
                value: Some(value),
                ..
            } = &stmt.kind
            {
                self.session_proxies(file, module, targets, *value, &mut found);
            }
        }
        found
    }

    /// Every environment variable that a file gives a value.
    fn assigned_variables(&self, file: FileId, module: &Module) -> Vec<Assigned> {
        let mut found = Vec::new();
        for (target, value) in module.assignments() {
            if let ExprKind::Subscript { value: of, index } = module.ast.kind(target)
                && self.is_environment(file, *of)
            {
                self.assign(file, *index, value, &mut found);
            }
        }
        for call in &module.calls {
            self.assigning_call(file, module, *call, &mut found);
        }
        found
    }

    /// Whether an expression is `os.environ`; cheap for the many that are not.
    fn is_environment(&self, file: FileId, of: ExprId) -> bool {
        let module = self.project.module(file);
        let name = module.and_then(|it| it.ast.last_name(of));
        name.is_some_and(|it| it == "environ" || it == "env")
            && matches!(&self.value(file, of).value, Value::External(path) if path == "os.environ")
    }

    fn assign(&self, file: FileId, key: ExprId, value: ExprId, out: &mut Vec<Assigned>) {
        let names = self.value(file, key);
        for name in names.alternatives().iter().filter_map(Seen::text) {
            out.extend(self.assigned_variable(file, name, value));
        }
    }

    fn assigned_variable(&self, file: FileId, name: &SmolStr, value: ExprId) -> Option<Assigned> {
        Some(Assigned {
            name: name.clone(),
            value: self.value(file, value),
            at: self.span(file, value),
            stmt: self.project.module(file)?.ast.expr(value).stmt,
        })
    }

    /// `os.environ.setdefault(…)`, `os.environ.update(…)`, `os.putenv(…)`.
    fn assigning_call(&self, file: FileId, module: &Module, call: ExprId, out: &mut Vec<Assigned>) {
        let ExprKind::Call { callee, args } = module.ast.kind(call) else {
            return;
        };
        let ExprKind::Attribute { value: of, name } = module.ast.kind(*callee) else {
            return;
        };
        match name.as_str() {
            "setdefault" if self.is_environment(file, *of) => {}
            "putenv"
                if module
                    .ast
                    .dotted(*callee)
                    .is_some_and(|it| it == "os.putenv") => {}
            "update" if self.is_environment(file, *of) => {
                return self.updated(file, module, args, out);
            }
            _ => return,
        }
        if let (Some(key), Some(value)) = (positional(args, 0), positional(args, 1)) {
            self.assign(file, key.value, value.value, out);
        }
    }

    fn updated(&self, file: FileId, module: &Module, args: &[Arg], out: &mut Vec<Assigned>) {
        for arg in args {
            if let ArgKind::Keyword(name) = &arg.kind {
                out.extend(self.assigned_variable(file, name, arg.value));
            } else if let ExprKind::Dict(entries) = module.ast.kind(arg.value) {
                for (key, value) in entries {
                    if let Some(key) = key {
                        self.assign(file, *key, *value, out);
                    }
                }
            } else if let Value::Dict(dict) = &self.value(file, arg.value).value {
                out.extend(dict.entries.iter().map(|it| Assigned {
                    name: it.key.clone(),
                    value: it.value.clone(),
                    at: self.span(file, arg.value),
                    stmt: module.ast.expr(arg.value).stmt,
                }));
            }
        }
    }

    /// `proxies={…}`, `proxy=…`, `openai_proxy=…` of a call.
    fn proxy_arguments(
        &self,
        file: FileId,
        module: &Module,
        call: ExprId,
        out: &mut Vec<ProxySetting>,
    ) {
        let ExprKind::Call { callee, args } = module.ast.kind(call) else {
            return;
        };
        if let Some(arg) = positional(args, 0).filter(|_| takes_proxies(module, *callee)) {
            let target = target_of(&self.value(file, *callee), &"proxies".into(), &[]);
            let at = self.span(file, arg.value);
            value_settings(&target, at, &self.value(file, arg.value), out);
        }
        for arg in args {
            let ArgKind::Keyword(name) = &arg.kind else {
                continue;
            };
            if !PROXY_ARGUMENTS.contains(&name.as_str()) {
                continue;
            }
            let site = Site::of(file, call);
            let target = target_of(&self.value(file, *callee), name, &self.reached_paths(&site));
            let at = Span {
                file,
                start: arg.start,
                end: arg.end,
            };
            value_settings(&target, at, &self.value(file, arg.value), out);
        }
    }

    fn reached_paths(&self, site: &Site) -> Vec<SmolStr> {
        self.reached(site)
            .iter()
            .map(|it| it.path.clone())
            .collect()
    }

    /// `session.proxies = {…}`.
    fn session_proxies(
        &self,
        file: FileId,
        module: &Module,
        targets: &[ExprId],
        value: ExprId,
        out: &mut Vec<ProxySetting>,
    ) {
        for target in targets {
            if let ExprKind::Attribute { value: of, name } = module.ast.kind(*target)
                && name == "proxies"
            {
                let target = target_of(&self.value(file, *of), name, &[]);
                let at = self.span(file, value);
                value_settings(&target, at, &self.value(file, value), out);
            }
        }
    }
}

/// A single address, or a dict of them.
fn value_settings(target: &Target, at: Span, seen: &Seen, out: &mut Vec<ProxySetting>) {
    for it in seen.alternatives() {
        let Value::Dict(dict) = &it.value else {
            continue;
        };
        for entry in &dict.entries {
            // The entry says more than the argument, as long as it stands in this file.
            let place = entry.value.at;
            let at = if place.file == at.file { place } else { at };
            out.push(setting(target.clone(), at, &entry.value));
        }
    }
    out.push(setting(target.clone(), at, seen));
}

/// `session.proxies.update({…})` and `ProxyHandler({…})`.
fn takes_proxies(module: &Module, callee: ExprId) -> bool {
    match module.ast.kind(callee) {
        ExprKind::Attribute { value, name } if name == "update" => module
            .ast
            .last_name(*value)
            .is_some_and(|it| it == "proxies"),
        ExprKind::Name(name) | ExprKind::Attribute { name, .. } => name == "ProxyHandler",
        _ => false,
    }
}

fn setting(target: Target, at: Span, seen: &Seen) -> ProxySetting {
    let all = seen.alternatives();
    ProxySetting {
        at,
        written: seen.at,
        target,
        addresses: all.iter().filter_map(Address::of).collect(),
        only: all.len() == 1,
        is_secret: false,
    }
}

/// What a call of this value configures.
fn target_of(callee: &Seen, argument: &SmolStr, reached: &[SmolStr]) -> Target {
    let all = callee.alternatives().iter();
    let mut paths: Vec<SmolStr> = all.filter_map(library_path).collect();
    paths.extend_from_slice(reached);
    let of = |known: &[&str]| {
        paths.iter().any(|path| {
            let package = path.split('.').next().unwrap_or(path);
            known.contains(&package)
        })
    };
    if of(NEED_A_SCHEME) {
        Target::Strict(argument.clone())
    } else if of(KNOWN) {
        Target::Lenient(argument.clone())
    } else {
        Target::Unknown(argument.clone())
    }
}

/// The dotted path of a library's thing, or of what made the object whose method this is.
fn library_path(seen: &Seen) -> Option<SmolStr> {
    let mut at = seen;
    loop {
        match &at.value {
            Value::External(path) => return Some(path.clone()),
            Value::Made(made) => return Some(made.path.clone()),
            Value::Member(of, _) => at = of,
            Value::Derived(derived) => at = &derived.of,
            _ => return None,
        }
    }
}
