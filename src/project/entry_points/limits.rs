//! How long a queue lets a task run, where the task itself says so, and the workers that name tasks.

use super::registered::Handler;
use super::{EntryPoint, Path, Runs, imports};
use crate::catalog::entry_points::{Framework, WorkerClass};
use crate::catalog::hops::{Form, HopLimit};
use crate::fact::{Fact, Origin};
use crate::model::python::Module;
use crate::project::Project;
use crate::project::hops::{Timeout, limit_in_arguments, limit_of};
use crate::project::resolve::Resolver;
use crate::project::value::{Seen, Site, Value};
use crate::source::{FileId, Span};
use crate::syntax::python::{Arg, Class, ExprId, ExprKind, StmtKind};

impl Project {
    /// Whether a file may name tasks that have a limit of their own.
    pub(in crate::project) fn limits_tasks(&self, file: FileId) -> bool {
        let Some(module) = self.module(file) else {
            return false;
        };
        let mut all = self.catalog.frameworks.iter();
        all.any(|it| it.limit.is_some() && it.packages.iter().any(|it| imports(module, it)))
    }
}

impl Resolver<'_> {
    /// What a call or a decorator says of the limit of the task that it registers.
    pub(super) fn limit_in(
        &self,
        framework: &Framework,
        file: FileId,
        args: &[Arg],
    ) -> Option<Timeout> {
        let entry = self.limit_entry(framework)?;
        let (key, limit) = limit_in_arguments(self, entry, file, args)?;
        Some(Timeout {
            entry,
            key: Some(key),
            limit,
        })
    }

    fn limit_entry(&self, framework: &Framework) -> Option<&'static HopLimit> {
        let id = framework.limit.as_ref()?;
        self.project.catalog.hops.iter().find(|it| it.id == *id)
    }

    /// The tasks of `class WorkerSettings`, whose attributes name them.
    pub(super) fn worker_tasks(
        &self,
        (file, module): (FileId, &Module),
        class: &Class,
    ) -> Vec<(EntryPoint, Runs)> {
        let mut found = Vec::new();
        for framework in &self.project.catalog.frameworks {
            let Some(worker) = framework.worker.as_ref() else {
                continue;
            };
            if !class.name.ends_with(worker.class.as_str())
                || !framework.packages.iter().any(|it| imports(module, it))
            {
                continue;
            }
            let whole = self.limit_of_worker(framework, (file, module), class);
            for name in &worker.tasks {
                let Some(value) = attribute(module, class, name) else {
                    continue;
                };
                let registered = self.span(file, value);
                for task in listed(&self.value(file, value)) {
                    let own = self.task(worker, task, registered);
                    found.extend(own.into_iter().map(|(handler, site)| {
                        let path = Path::default();
                        let (mut point, runs) = self.handled(framework, handler, registered, path);
                        let args = site.as_ref().and_then(|it| self.args(it));
                        let file = site.as_ref().map_or(file, |it| it.file);
                        let own = args.and_then(|it| self.limit_in(framework, file, it));
                        point.limit = own.or_else(|| whole.clone());
                        (point, runs)
                    }));
                }
            }
        }
        found
    }

    /// What a worker says of all its tasks, or else what holds when nobody says anything.
    fn limit_of_worker(
        &self,
        framework: &Framework,
        (file, module): (FileId, &Module),
        class: &Class,
    ) -> Option<Timeout> {
        let entry = self.limit_entry(framework)?;
        let written = entry.set_by(Form::Python).find_map(|setting| {
            let seen = self.value(file, attribute(module, class, &setting.key)?);
            Some(Timeout {
                entry,
                key: Some(setting.key.clone()),
                limit: limit_of(self, &seen, setting),
            })
        });
        written.or_else(|| {
            // What it inherits, nobody looked at.
            class.bases.is_empty().then(|| Timeout {
                entry,
                key: None,
                limit: Fact {
                    value: entry.absent.limit(),
                    origin: Origin::Default,
                },
            })
        })
    }

    /// A task that a worker names: a function, or a call around one, which may limit it.
    fn task(
        &self,
        worker: &WorkerClass,
        seen: &Seen,
        registered: Span,
    ) -> Option<(Handler, Option<Site>)> {
        let (seen, site) = match &seen.value {
            Value::Function(..) => (seen.clone(), None),
            Value::Made(made) if worker.around.contains(&made.path) => {
                let args = self.args(&made.site)?;
                let inner = self.argument_of(made.site.file, args, &worker.handler)?;
                (inner, Some(made.site.clone()))
            }
            _ => return None,
        };
        let handler = self.handlers(&seen, registered).into_iter().next()?;
        matches!(handler.runs, Runs::Function(..)).then_some((handler, site))
    }
}

/// The value that the body of a class gives a name.
fn attribute(module: &Module, class: &Class, name: &str) -> Option<ExprId> {
    class.body.iter().rev().find_map(|stmt| {
        let StmtKind::Assign { targets, value, .. } = &module.ast.stmt(*stmt).kind else {
            return None;
        };
        let named =
            |it: &ExprId| matches!(module.ast.kind(*it), ExprKind::Name(own) if own == name);
        value.filter(|_| targets.iter().any(named))
    })
}

fn listed(seen: &Seen) -> &[Seen] {
    match &seen.value {
        Value::List(list) => &list.items,
        _ => &[],
    }
}
