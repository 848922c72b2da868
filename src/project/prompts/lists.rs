//! Which list an expression stands for: a value of a session, an attribute, a variable.

use crate::model::python::{Bound, Module};
use crate::project::resolve::Resolver;
use crate::project::value::Value;
use crate::source::FileId;
use crate::syntax::python::{ClassId, ExprId, ExprKind, Piece, ScopeId};

/// What a list is kept in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keeper<'m> {
    /// The session of a visitor, under this key.
    Session(&'m str),
    /// An attribute of the objects of a class.
    Own(ClassId, &'m str),
    /// A name of a scope.
    Name(ScopeId, &'m str),
}

impl<'m> Keeper<'m> {
    pub(super) fn name(self) -> &'m str {
        match self {
            Self::Session(name) | Self::Own(_, name) | Self::Name(_, name) => name,
        }
    }
}

/// One module, and the lists in it.
pub(super) struct Lists<'r, 'p> {
    pub(super) resolver: &'r Resolver<'p>,
    pub(super) file: FileId,
    pub(super) module: &'p Module,
}

impl<'p> Lists<'_, 'p> {
    /// The parts of an expression that are in it as a whole.
    pub(super) fn whole_parts(&self, expr: ExprId) -> Vec<ExprId> {
        let ast = &self.module.ast;
        match ast.kind(expr) {
            ExprKind::Binary(_, a, b) => vec![*a, *b],
            ExprKind::List(parts) | ExprKind::Tuple(parts) => parts.clone(),
            ExprKind::Star(value) => vec![*value],
            ExprKind::Dict(entries) => entries.iter().map(|it| it.1).collect(),
            ExprKind::Format(pieces) => {
                let values = pieces.iter().filter_map(|it| match it {
                    Piece::Value(value) => Some(*value),
                    Piece::Text(_) => None,
                });
                values.collect()
            }
            ExprKind::Comprehension(it) if it.conditions.is_empty() && it.clauses.len() == 1 => {
                vec![it.clauses[0].1]
            }
            ExprKind::Call { callee, args } => match ast.kind(*callee) {
                ExprKind::Attribute { name, .. } if name == "join" => {
                    args.iter().map(|it| it.value).collect()
                }
                ExprKind::Attribute { value, name } if name == "copy" => vec![*value],
                ExprKind::Name(name) if name == "list" || name == "str" => {
                    args.iter().map(|it| it.value).collect()
                }
                _ => Vec::new(),
            },
            ExprKind::Name(_) => self.only_value(expr).into_iter().collect(),
            _ => Vec::new(),
        }
    }

    /// What a name is bound to, where that happens once.
    fn only_value(&self, name: ExprId) -> Option<ExprId> {
        let ExprKind::Name(own) = self.module.ast.kind(name) else {
            return None;
        };
        let scope = self
            .module
            .scope_binding(self.module.ast.expr(name).scope, own)?;
        match self.module.bindings(scope, own) {
            [only] => match only.what {
                Bound::Value(value) => Some(value),
                _ => None,
            },
            _ => None,
        }
    }

    /// What keeps the list that an expression stands for.
    pub(super) fn keeper(&self, expr: ExprId, depth: u32) -> Option<Keeper<'p>> {
        let depth = depth.checked_sub(1)?;
        let ast = &self.module.ast;
        match ast.kind(expr) {
            ExprKind::Attribute { value, name } if self.is_session(*value) => {
                Some(Keeper::Session(name))
            }
            ExprKind::Attribute { value, name } => {
                let function = ast.function_of(ast.expr(expr).scope)?;
                let is_own = matches!(ast.kind(*value), ExprKind::Name(name) if name == "self");
                let class = ast.class_of(function).filter(|_| is_own)?;
                Some(Keeper::Own(class, name))
            }
            // Also one list of many, each under a name of its own: `histories[user]`.
            ExprKind::Subscript { value, index } => match ast.kind(*index) {
                ExprKind::Str(key) if self.is_session(*value) => Some(Keeper::Session(key)),
                ExprKind::Name(_) | ExprKind::Attribute { .. } => self.keeper(*value, depth),
                _ => None,
            },
            ExprKind::Call { callee, args } => {
                let ExprKind::Attribute { value, name } = ast.kind(*callee) else {
                    return None;
                };
                if !matches!(name.as_str(), "get" | "setdefault") {
                    return None;
                }
                match ast.kind(args.first()?.value) {
                    ExprKind::Str(key) if self.is_session(*value) => Some(Keeper::Session(key)),
                    ExprKind::Name(_) | ExprKind::Attribute { .. } => self.keeper(*value, depth),
                    _ => None,
                }
            }
            ExprKind::Name(name) => {
                if let Some(value) = self.only_value(expr)
                    && let Some(keeper) = self.keeper(value, depth)
                {
                    return Some(keeper);
                }
                let scope = self.module.scope_binding(ast.expr(expr).scope, name)?;
                let mut bindings = self.module.bindings(scope, name).iter();
                let made = bindings.any(
                    |it| matches!(it.what, Bound::Value(value) if is_new_list(self.module, value)),
                );
                made.then_some(Keeper::Name(scope, name))
            }
            _ => None,
        }
    }

    fn is_session(&self, expr: ExprId) -> bool {
        let sessions = &self.resolver.project.catalog.prompts.sessions;
        if !matches!(
            self.module.ast.kind(expr),
            ExprKind::Attribute { .. } | ExprKind::Name(_)
        ) {
            return false;
        }
        matches!(&self.resolver.value(self.file, expr).value, Value::External(path) if sessions.contains(path))
    }
}

/// `[…]`, `{}` and `list()`, also as the default of `defaultdict(list)`.
fn is_new_list(module: &Module, value: ExprId) -> bool {
    match module.ast.kind(value) {
        ExprKind::List(_) => true,
        ExprKind::Dict(entries) => entries.is_empty(),
        ExprKind::Call { callee, args } => match module.ast.last_name(*callee) {
            Some(name) if name == "list" || name == "dict" => args.is_empty(),
            Some(name) if name == "defaultdict" => args.first().is_some_and(
                |it| matches!(module.ast.kind(it.value), ExprKind::Name(name) if name == "list"),
            ),
            _ => false,
        },
        _ => false,
    }
}
