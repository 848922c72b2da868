//! The settings of a Celery application, wherever they stand: at the application, or in what
//! `config_from_object` names.

use crate::catalog::hops::{Form, Setting};
use crate::fact::{Fact, Limit};
use crate::model::python::positional;
use crate::project::resolve::Resolver;
use crate::project::services::{module_at, parent};
use crate::project::value::{Lookup, Seen, Value};
use crate::source::{FileId, Span};
use crate::syntax::python::{Arg, ArgKind, ExprId, ExprKind, StmtKind};

use super::settings::limit;

/// The names under which Celery's settings are read from a module of their own.
const CONFIG: &[&str] = &["celeryconfig", "celery_config"];

/// The settings by which a task is acknowledged when it is done: as they are called today, in a
/// module with the settings of others, and until Celery 4.
const LATE: &[&str] = &[
    "task_acks_late",
    "CELERY_TASK_ACKS_LATE",
    "CELERY_ACKS_LATE",
];

/// The settings of a Celery application.
pub(super) struct Celery<'r, 'p> {
    resolver: &'r Resolver<'p>,
    /// The file with the application.
    file: FileId,
    /// What else holds its settings: modules and classes.
    others: Vec<Seen>,
}

impl<'r, 'p> Celery<'r, 'p> {
    /// The settings of the application in a file.
    pub(super) fn of(resolver: &'r Resolver<'p>, file: FileId) -> Self {
        let mut own = Self {
            resolver,
            file,
            others: Vec::new(),
        };
        own.others = own.named();
        own.others.extend(own.conventional());
        own
    }

    /// What the code says of a setting.
    pub(super) fn limit(&self, setting: &Setting) -> Option<Fact<Limit>> {
        if setting.form != Form::Python {
            return None;
        }
        let seen = self.value(&setting.key)?;
        Some(limit(self.resolver, &seen, setting))
    }

    /// Whether tasks are acknowledged when they are done.
    pub(super) fn acknowledges_late(&self) -> bool {
        let said = LATE.iter().find_map(|it| self.value(it));
        said.is_some_and(|it| matches!(it.value, Value::Bool(true)))
    }

    /// Modules that are called as the settings mostly are.
    fn conventional(&self) -> Vec<Seen> {
        let sources = self.resolver.project.sources();
        let named = |it: FileId| {
            let name = sources.get(it).path.rsplit('/').next().unwrap_or_default();
            CONFIG.contains(&name.strip_suffix(".py").unwrap_or(name))
        };
        let modules = self.resolver.project.modules().map(|it| it.0);
        let modules = modules.filter(|it| *it != self.file && named(*it));
        modules.map(module).collect()
    }

    /// What `config_from_object` names: a module by its name, or an object.
    fn named(&self) -> Vec<Seen> {
        let project = self.resolver.project;
        let calls = project.calls_named("config_from_object").into_iter();
        let own = calls.filter(|it| it.0 == self.file);
        let values = own.filter_map(|(file, call)| {
            let arg = positional(self.arguments(call)?, 0)?;
            let seen = self.resolver.value(file, arg.value);
            let Some(name) = seen.text() else {
                return Some(seen);
            };
            let folder = parent(&project.sources().get(file).path);
            module_at(project, name, folder).map(module)
        });
        values.collect()
    }

    /// The last word of the first place that says anything.
    fn value(&self, key: &str) -> Option<Seen> {
        let (name, inner) = match key.split_once('.') {
            Some((name, inner)) => (name, Some(inner)),
            None => (key, None),
        };
        let others = || self.others.iter().find_map(|it| self.member(it, name));
        let found = self.assigned(name).or_else(others)?;
        match (inner, &found.value) {
            (None, _) => Some(found),
            (Some(inner), Value::Dict(dict)) => match dict.get(inner) {
                Lookup::Given(seen) => Some(seen),
                _ => None,
            },
            (Some(_), _) => None,
        }
    }

    /// What a module, a class or an object has under a name.
    fn member(&self, of: &Seen, name: &str) -> Option<Seen> {
        let seen = self.resolver.member(of, name, of.at);
        let is_bound = !matches!(seen.value, Value::Unknown(_) | Value::Member(..));
        is_bound.then_some(seen)
    }

    /// `app.conf.name = value`, `app.conf["name"] = value`, `app.conf.update(name=value)`,
    /// `app.conf.update({"name": value})`, `Celery(…, name=value)`.
    fn assigned(&self, name: &str) -> Option<Seen> {
        let module = self.resolver.project.module(self.file)?;
        let ast = &module.ast;
        let assigned = ast.stmts.iter().rev().find_map(|stmt| {
            let StmtKind::Assign { targets, value, .. } = &stmt.kind else {
                return None;
            };
            let hit = targets.iter().any(|it| match ast.kind(*it) {
                ExprKind::Attribute { value, name: own } => own == name && self.is_conf(*value),
                ExprKind::Subscript { value, index } => {
                    let key = || self.resolver.value(self.file, *index);
                    self.is_conf(*value) && key().text().is_some_and(|it| it == name)
                }
                _ => false,
            });
            (*value).filter(|_| hit)
        });
        if let Some(value) = assigned {
            return Some(self.resolver.value(self.file, value));
        }
        let mut calls = module.calls.iter().rev();
        calls.find_map(|call| self.passed(*call, name))
    }

    /// What a call passes to the settings under a name.
    fn passed(&self, call: ExprId, name: &str) -> Option<Seen> {
        let ast = &self.resolver.project.module(self.file)?.ast;
        let ExprKind::Call { callee, args } = ast.kind(call) else {
            return None;
        };
        let updates = match ast.kind(*callee) {
            ExprKind::Attribute { value, name } => name == "update" && self.is_conf(*value),
            ExprKind::Name(name) if name == "Celery" => false,
            _ => return None,
        };
        let is_own = |it: &&Arg| matches!(&it.kind, ArgKind::Keyword(own) if own == name);
        if let Some(arg) = args.iter().find(is_own) {
            return Some(self.resolver.value(self.file, arg.value));
        }
        let first = positional(args, 0).filter(|_| updates)?;
        match self.resolver.value(self.file, first.value).value {
            Value::Dict(dict) => match dict.get(name) {
                Lookup::Given(seen) => Some(seen),
                _ => None,
            },
            _ => None,
        }
    }

    fn arguments(&self, call: ExprId) -> Option<&'p [Arg]> {
        match self.resolver.project.module(self.file)?.ast.kind(call) {
            ExprKind::Call { args, .. } => Some(args),
            _ => None,
        }
    }

    fn is_conf(&self, expr: ExprId) -> bool {
        let module = self.resolver.project.module(self.file);
        module.is_some_and(
            |it| matches!(it.ast.kind(expr), ExprKind::Attribute { name, .. } if name == "conf"),
        )
    }
}

fn module(file: FileId) -> Seen {
    Seen {
        value: Value::Module(file),
        at: Span {
            file,
            start: 0,
            end: 0,
        },
    }
}
