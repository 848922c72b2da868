//! What the session of a visitor keeps: `st.session_state.agent`, `cl.user_session.get("chain")`.

use smol_str::SmolStr;

use super::Resolver;
use super::names::hash_of;
use crate::model::python::Module;
use crate::project::value::{Seen, Site, Value};
use crate::source::{FileId, Span};
use crate::syntax::python::{ExprId, ExprKind, StmtKind};

/// Stands for all reads of one key in a file, as no expression does.
const ANY_READ: ExprId = ExprId(u32::MAX - 2);

impl Resolver<'_> {
    /// The objects that a file keeps in a session under a key; `None` when it keeps none there, or
    /// this is no session.
    ///
    /// Plain values are left out: the widgets of a page change them where nobody sees it.
    pub(super) fn kept(&self, file: FileId, of: &Seen, key: &str, at: Span) -> Option<Seen> {
        let Value::External(path) = &of.value else {
            return None;
        };
        if !self.project.catalog.prompts.sessions.contains(path) {
            return None;
        }
        let question = (file, ANY_READ, hash_of(key));
        let read = || {
            let written = self.written_to(file, path, key).into_iter();
            let seen = written.map(|it| self.value(file, it));
            let objects = seen.flat_map(|it| it.alternatives().to_vec());
            let package = path.split('.').next().unwrap_or_default();
            let objects: Vec<Seen> = objects.filter(|it| is_object(it, package)).collect();
            (!objects.is_empty()).then(|| Seen::one_of(objects, at))
        };
        self.once(question, self.between(), read).0.flatten()
    }

    /// The same for a call: `cl.user_session.get("chain")`.
    pub(super) fn kept_for(&self, path: &SmolStr, site: &Site, at: Span) -> Option<Seen> {
        let session = path.strip_suffix(".get")?;
        let key = self.argument(site, 0)?;
        let of = Seen {
            value: Value::External(session.into()),
            at,
        };
        self.kept(site.file, &of, key.text()?, at)
    }

    /// What a file writes to a session under a key.
    fn written_to(&self, file: FileId, session: &SmolStr, key: &str) -> Vec<ExprId> {
        let Some(module) = self.module(file) else {
            return Vec::new();
        };
        let ast = &module.ast;
        let is_session = |it: ExprId| matches!(&self.value(file, it).value, Value::External(path) if path == session);
        let assigned = ast.stmts.iter().filter_map(|stmt| match &stmt.kind {
            StmtKind::Assign { targets, value, .. } => {
                let own = |it: &ExprId| {
                    slot(module, *it).is_some_and(|it| it.1 == key && is_session(it.0))
                };
                value.filter(|_| targets.iter().any(own))
            }
            _ => None,
        });
        let calls = module.method_calls().filter_map(|it| {
            let [name, value] = it.args else { return None };
            let named = matches!(ast.kind(name.value), ExprKind::Str(text) if text == key);
            (it.name == "set" && named && is_session(it.on)).then_some(value.value)
        });
        assigned.chain(calls).collect()
    }
}

/// The session and the key that are written to: `session.key = …`, `session["key"] = …`.
fn slot(module: &Module, target: ExprId) -> Option<(ExprId, &str)> {
    match module.ast.kind(target) {
        ExprKind::Attribute { value, name } => Some((*value, name)),
        ExprKind::Subscript { value, index } => match module.ast.kind(*index) {
            ExprKind::Str(key) => Some((*value, key)),
            _ => None,
        },
        _ => None,
    }
}

/// Whether a value is something that was built, and no widget of a package can change.
fn is_object(seen: &Seen, package: &str) -> bool {
    match &seen.value {
        Value::Made(made) => made.path.split('.').next() != Some(package),
        Value::Instance(_) | Value::Derived(_) | Value::Chain(_) => true,
        _ => false,
    }
}
