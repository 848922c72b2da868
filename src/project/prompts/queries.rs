//! Which calls take all rows out of a database, however many there are.

use std::rc::Rc;

use super::calls::Call;
use super::flow::{Walk, within};
use super::loads::{Flow, Load};
use crate::catalog::prompts::{Query, TextKind};
use crate::model::python::{keyword, positional};
use crate::project::origins::Place;
use crate::project::value::Value;
use crate::syntax::python::{Arg, ExprId, ExprKind};

impl Walk<'_, '_> {
    /// The rows that a call hands out; `None` when it hands out none, or nobody can tell how many.
    pub(super) fn rows(&self, call: &Call<'_>, receiver: &Place, name: &str) -> Option<Flow> {
        let all = &self.resolver.project.catalog.prompts.query;
        let query = all.iter().find(|it| {
            it.all_rows.iter().any(|own| own == name)
                || (it.methods.iter().any(|own| own == name) && self.is_database(it, receiver))
        })?;
        let statements = if query.all_rows.iter().any(|own| own == name) {
            executed(query, call)
        } else {
            statement(call.args).into_iter().collect()
        };
        if statements.is_empty() || statements.iter().any(|it| self.finds_few(query, call, *it)) {
            return None;
        }
        Some(Flow::All(Rc::new(Load {
            at: self.resolver.span(call.place.file, call.place.expr),
            kind: TextKind::Rows,
            by: name.into(),
            whole: true,
            source: None,
            joined: None,
            written: None,
        })))
    }

    fn is_database(&self, query: &Query, receiver: &Place) -> bool {
        let seen = self.target(receiver);
        seen.alternatives().iter().any(|it| match &it.value {
            // `SQLDatabase`, also of `SQLDatabase.from_uri`.
            Value::Made(made) => query.classes.iter().any(|it| {
                made.path
                    .strip_prefix(it.as_str())
                    .is_some_and(|it| it.is_empty() || it.starts_with('.'))
            }),
            _ => false,
        })
    }

    /// Whether a statement says that few rows will do, or is known in parts that do not tell.
    fn finds_few(&self, query: &Query, call: &Call<'_>, statement: ExprId) -> bool {
        let leaves = self.leaves(&within(call.place, statement));
        let text = leaves.texts.join(" ").to_lowercase();
        let is_few = query.few.iter().any(|it| text.contains(it.as_str()));
        is_few || !(leaves.is_open || text.contains("select"))
    }
}

/// The statements that the function around a call executes.
fn executed(query: &Query, call: &Call<'_>) -> Vec<ExprId> {
    let ast = &call.module.ast;
    let function = ast.function_of(ast.expr(call.place.expr).scope);
    let calls = call
        .module
        .calls
        .iter()
        .filter(|it| ast.function_of(ast.expr(**it).scope) == function);
    let statements = calls.filter_map(|it| match ast.kind(*it) {
        ExprKind::Call { callee, args } if query.execute.contains(ast.last_name(*callee)?) => {
            statement(args)
        }
        _ => None,
    });
    statements.collect()
}

fn statement(args: &[Arg]) -> Option<ExprId> {
    let given = positional(args, 0).or_else(|| keyword(args, "command"))?;
    Some(given.value)
}
