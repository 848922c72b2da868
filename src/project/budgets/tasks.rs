//! What a task says of its own limits where it is registered: `@app.task(time_limit=60,
//! acks_late=True)`. It wins over the settings of its worker.

use smol_str::SmolStr;

use super::Budget;
use crate::catalog::entry_points::EntryKind;
use crate::catalog::hops::{Bounds, Form, HopLimit};
use crate::fact::{Fact, Limit};
use crate::model::python::keyword;
use crate::project::Project;
use crate::project::hops::{Hop, limit_in_arguments};
use crate::project::resolve::Resolver;
use crate::project::value::Value;
use crate::source::Span;
use crate::syntax::python::{Arg, ExprKind};

/// The argument by which a task is acknowledged when it is done.
const LATE: &str = "acks_late";

impl Project {
    /// Whether any task may be acknowledged when it is done, because it says so itself.
    pub(super) fn has_late_tasks(&self) -> bool {
        self.is_passed(&[LATE])
    }

    /// Whether any task may have a limit of its own.
    pub(super) fn has_limited_tasks(&self) -> bool {
        let limits = self.catalog.hops.iter();
        let limits = limits.filter(|it| it.bounds == Bounds::Task);
        let names = limits.flat_map(|it| it.set_by(Form::Argument));
        let names: Vec<&str> = names.map(|it| it.key.as_str()).collect();
        self.is_passed(&names)
    }

    /// Whether any call has an argument of one of these names.
    fn is_passed(&self, names: &[&str]) -> bool {
        self.modules().any(|(_, module)| {
            let mut calls = module.calls.iter();
            calls.any(|it| match module.ast.kind(*it) {
                ExprKind::Call { args, .. } => names.iter().any(|it| keyword(args, it).is_some()),
                _ => false,
            })
        })
    }

    /// The limit that a task sets itself, with the name of the argument.
    pub(super) fn own_limit(
        &self,
        budget: &Budget,
        entry: &HopLimit,
    ) -> Option<(SmolStr, Fact<Limit>)> {
        let args = self.registration(budget)?;
        let file = budget.entry.registered.file;
        limit_in_arguments(&Resolver::new(self), entry, file, args)
    }

    /// Whether the code of a task names the exception that tells it of a limit.
    pub(super) fn is_prepared(&self, budget: &Budget, entry: &HopLimit) -> bool {
        let module = self.module(budget.entry.at.file);
        let (Some(module), Some(caught)) = (module, &entry.caught_as) else {
            return false;
        };
        let mut exprs = module.ast.exprs.iter();
        exprs.any(|it| match &it.kind {
            ExprKind::Name(name) | ExprKind::Attribute { name, .. } => name == caught,
            _ => false,
        })
    }

    /// Whether the broker is told only at the end that a task is done: by what the task says, or
    /// else by the settings of its worker.
    pub(super) fn acknowledges_late(&self, budget: &Budget, worker: &Hop) -> bool {
        let args = self.registration(budget).unwrap_or_default();
        let Some(own) = keyword(args, LATE) else {
            return worker.acknowledges_late;
        };
        let seen = Resolver::new(self).value(budget.entry.registered.file, own.value);
        matches!(seen.value, Value::Bool(true))
    }

    /// The arguments with which a task is registered.
    fn registration(&self, budget: &Budget) -> Option<&[Arg]> {
        if budget.entry.kind != EntryKind::Task {
            return None;
        }
        let Span { file, start, end } = budget.entry.registered;
        let module = self.module(file)?;
        module.calls.iter().find_map(|call| {
            let expr = module.ast.expr(*call);
            match &expr.kind {
                ExprKind::Call { args, .. } if (expr.start, expr.end) == (start, end) => {
                    Some(args.as_slice())
                }
                _ => None,
            }
        })
    }
}
