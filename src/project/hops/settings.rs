//! What Python code tells its servers: `gunicorn.conf.py`, `uvicorn.run(…)`, the settings of Celery.

use smol_str::SmolStr;

use crate::catalog::hops::{Form, Setting};
use crate::fact::{Fact, Limit, Origin};
use crate::project::resolve::Resolver;
use crate::project::value::{Lookup, Seen, Site, Value};
use crate::project::waits::Wait;
use crate::source::{FileId, Span};
use crate::syntax::python::{ArgKind, ExprId, ExprKind, MODULE, StmtKind};

/// The names under which Celery's settings are read from a module of their own.
const CELERY_CONFIG: &[&str] = &["celeryconfig", "celery_config"];

/// What a value means to a setting, and where it is written.
pub(in crate::project) fn limit(
    resolver: &Resolver<'_>,
    seen: &Seen,
    setting: &Setting,
) -> Fact<Limit> {
    let value = match resolver.wait(seen, setting.unit) {
        Wait::Within(millis) => Limit::Within(millis),
        Wait::Zero(_) => setting.zero.limit(),
        Wait::Nothing(_) | Wait::Endless(_) => Limit::Forever,
        Wait::MaybeNothing(_) | Wait::Unknown(_) => Limit::Unknown,
    };
    Fact {
        value,
        origin: Origin::Written(seen.at),
    }
}

/// The value of a module's variable; `None` when it has none of that name.
pub(super) fn variable(resolver: &Resolver<'_>, file: FileId, name: &str) -> Option<Seen> {
    let module = resolver.project.module(file)?;
    let at = Span {
        file,
        start: 0,
        end: 0,
    };
    let is_bound = !module.bindings(MODULE, name).is_empty();
    is_bound.then(|| resolver.variable(file, MODULE, name, None, None, at))
}

/// A call that starts a server from within a file: `uvicorn.run(app, …)`, or the settings of one,
/// `uvicorn.Config(app, …)`.
pub(super) fn run_call(resolver: &Resolver<'_>, file: FileId) -> Option<Site> {
    let kinds = [("run", "uvicorn.run"), ("Config", "uvicorn.Config")];
    kinds.iter().find_map(|(name, path)| {
        let calls = resolver.project.calls_named(name).into_iter();
        let mut own = calls.filter(|it| it.0 == file);
        own.find_map(|(file, call)| {
            let module = resolver.project.module(file)?;
            let ExprKind::Call { callee, .. } = module.ast.kind(call) else {
                return None;
            };
            let callee = resolver.value(file, *callee);
            let is_server = matches!(&callee.value, Value::External(it) if it == path);
            is_server.then_some(Site {
                file,
                call,
                frame: None,
            })
        })
    })
}

/// The settings of a Celery application.
pub(super) struct Celery<'r, 'p> {
    resolver: &'r Resolver<'p>,
    /// Files that may set them: the one with the application, and a module of settings.
    files: Vec<FileId>,
}

impl<'r, 'p> Celery<'r, 'p> {
    /// The settings of the application in a file.
    pub(super) fn of(resolver: &'r Resolver<'p>, file: FileId) -> Self {
        let sources = resolver.project.sources();
        let named = |it: FileId| {
            let name = sources.get(it).path.rsplit('/').next().unwrap_or_default();
            let stem = name.strip_suffix(".py").unwrap_or(name);
            CELERY_CONFIG.contains(&stem)
        };
        let modules = resolver.project.modules().map(|it| it.0);
        let config = modules.filter(|it| *it != file && named(*it));
        Self {
            resolver,
            files: std::iter::once(file).chain(config).collect(),
        }
    }

    /// What the code says of a setting; the last word of the first file that has one.
    pub(super) fn limit(&self, setting: &Setting) -> Option<Fact<Limit>> {
        if setting.form != Form::Python {
            return None;
        }
        let seen = self.value(&setting.key)?;
        Some(limit(self.resolver, &seen, setting))
    }

    fn value(&self, key: &str) -> Option<Seen> {
        let (name, inner) = match key.split_once('.') {
            Some((name, inner)) => (name, Some(inner)),
            None => (key, None),
        };
        let mut files = self.files.iter();
        let found = files.find_map(|file| {
            let assigned = self.assigned(*file, name);
            // A name in the application's own module is no setting.
            let is_config = *file != self.files[0];
            let own = || variable(self.resolver, *file, name).filter(|_| is_config);
            assigned.or_else(own)
        })?;
        match inner {
            None => Some(found),
            Some(inner) => match &found.value {
                Value::Dict(dict) => match dict.get(inner) {
                    Lookup::Given(seen) => Some(seen),
                    _ => None,
                },
                _ => None,
            },
        }
    }

    /// `app.conf.name = value`, `app.conf.update(name=value)`, `Celery(…, name=value)`.
    fn assigned(&self, file: FileId, name: &str) -> Option<Seen> {
        let module = self.resolver.project.module(file)?;
        let ast = &module.ast;
        let is_conf =
            |it: ExprId| matches!(ast.kind(it), ExprKind::Attribute { name, .. } if name == "conf");
        let assigned = ast.stmts.iter().rev().find_map(|stmt| {
            let StmtKind::Assign { targets, value, .. } = &stmt.kind else {
                return None;
            };
            let hit = targets.iter().any(|it| match ast.kind(*it) {
                ExprKind::Attribute { value, name: own } => own == name && is_conf(*value),
                _ => false,
            });
            (*value).filter(|_| hit)
        });
        let given = || {
            module.calls.iter().rev().find_map(|call| {
                let ExprKind::Call { callee, args } = ast.kind(*call) else {
                    return None;
                };
                let takes_settings = match ast.kind(*callee) {
                    ExprKind::Attribute { value, name } => name == "update" && is_conf(*value),
                    ExprKind::Name(name) => name == "Celery",
                    _ => false,
                };
                let mut args = args.iter().filter(|_| takes_settings);
                let arg = args.find(|it| matches!(&it.kind, ArgKind::Keyword(own) if own == name));
                arg.map(|it| it.value)
            })
        };
        let value = assigned.or_else(given)?;
        Some(self.resolver.value(file, value))
    }
}

/// The text of a value that is one.
pub(super) fn text(seen: &Seen) -> Option<Fact<SmolStr>> {
    Some(Fact {
        value: seen.text()?.clone(),
        origin: Origin::Written(seen.at),
    })
}

/// The number of a value that is a small one.
pub(super) fn count(seen: &Seen) -> Option<Fact<u32>> {
    let Value::Int(count) = seen.value else {
        return None;
    };
    Some(Fact {
        value: u32::try_from(count).ok()?,
        origin: Origin::Written(seen.at),
    })
}
