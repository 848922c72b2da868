//! What Python code tells its servers: `gunicorn.conf.py`, `uvicorn.run(…)`.

use smol_str::SmolStr;

use crate::catalog::hops::{Form, HopLimit, Setting};
use crate::fact::{Fact, Limit, Origin};
use crate::model::python::keyword;
use crate::project::resolve::Resolver;
use crate::project::value::{Seen, Site, Value};
use crate::project::waits::Wait;
use crate::source::{FileId, Span};
use crate::syntax::python::{Arg, ExprKind, MODULE};

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
            is_server.then_some(Site::of(file, call))
        })
    })
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

/// The limit that an argument of a call or a decorator sets, with the name of the argument.
pub(in crate::project) fn limit_in_arguments(
    resolver: &Resolver<'_>,
    entry: &HopLimit,
    file: FileId,
    args: &[Arg],
) -> Option<(SmolStr, Fact<Limit>)> {
    entry.set_by(Form::Argument).find_map(|setting| {
        let seen = resolver.value(file, keyword(args, &setting.key)?.value);
        Some((setting.key.clone(), limit(resolver, &seen, setting)))
    })
}
