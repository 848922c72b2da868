//! What a module calls and assigns, taken apart, and what the form of a call tells of its callee.

use smol_str::SmolStr;

use super::{Bound, Module};
use crate::syntax::python::{Arg, ExprId, ExprKind, StmtKind};

/// A call: `callee(args)`.
#[derive(Debug, Clone, Copy)]
pub struct Called<'a> {
    /// The whole of it.
    pub call: ExprId,
    /// What is called.
    pub callee: ExprId,
    /// What it is given.
    pub args: &'a [Arg],
}

/// A call of an attribute: `on.name(args)`.
#[derive(Debug, Clone, Copy)]
pub struct MethodCall<'a> {
    /// The whole of it.
    pub call: ExprId,
    /// The attribute with what has it.
    pub callee: ExprId,
    /// What has the attribute.
    pub on: ExprId,
    /// The attribute.
    pub name: &'a SmolStr,
    /// What it is given.
    pub args: &'a [Arg],
}

impl Module {
    /// Every call, in the order in which the arena holds them.
    pub fn called(&self) -> impl Iterator<Item = Called<'_>> {
        let calls = self.calls.iter().copied();
        calls.filter_map(|call| match self.ast.kind(call) {
            ExprKind::Call { callee, args } => Some(Called {
                call,
                callee: *callee,
                args,
            }),
            _ => None,
        })
    }

    /// Every call of an attribute, in the same order.
    pub fn method_calls(&self) -> impl Iterator<Item = MethodCall<'_>> {
        self.called()
            .filter_map(|it| match self.ast.kind(it.callee) {
                ExprKind::Attribute { value, name } => Some(MethodCall {
                    call: it.call,
                    callee: it.callee,
                    on: *value,
                    name,
                    args: it.args,
                }),
                _ => None,
            })
    }

    /// Every target that a statement assigns to, with the value, in the order of the text.
    pub fn assignments(&self) -> impl Iterator<Item = (ExprId, ExprId)> {
        self.ast.stmts.iter().flat_map(|stmt| {
            let (targets, value) = match &stmt.kind {
                StmtKind::Assign {
                    targets,
                    value: Some(value),
                    ..
                } => (targets.as_slice(), Some(*value)),
                _ => (&[][..], None),
            };
            targets.iter().copied().zip(value.into_iter().cycle())
        })
    }

    /// Whether an expression may be something of another module, told by how its first name is
    /// bound: `requests.get`, but not `fields.get` of a parameter.
    #[must_use]
    pub fn is_imported(&self, expr: ExprId) -> bool {
        let mut first = expr;
        while let ExprKind::Attribute { value, .. } = self.ast.kind(first) {
            first = *value;
        }
        let ExprKind::Name(name) = self.ast.kind(first) else {
            return false;
        };
        let Some(scope) = self.scope_binding(self.ast.expr(first).scope, name) else {
            return !self.star_imports.is_empty();
        };
        let mut bindings = self.bindings(scope, name).iter();
        bindings.any(|it| matches!(it.what, Bound::Module(_) | Bound::Imported { .. }))
    }

    /// Whether an expression is a method of a container or a text that its function made itself:
    /// `parts.append` after `parts = []`.
    #[must_use]
    pub fn is_builtin_method(&self, callee: ExprId) -> bool {
        let ExprKind::Attribute { value, .. } = self.ast.kind(callee) else {
            return false;
        };
        let ExprKind::Name(name) = self.ast.kind(*value) else {
            return self.is_builtin(*value);
        };
        let Some(scope) = self.scope_binding(self.ast.expr(*value).scope, name) else {
            return false;
        };
        let bindings = self.bindings(scope, name);
        !bindings.is_empty()
            && bindings.iter().all(|it| match it.what {
                Bound::Value(value) => self.is_builtin(value),
                _ => false,
            })
    }

    /// Whether an expression makes a container or a text where it is written.
    fn is_builtin(&self, expr: ExprId) -> bool {
        match self.ast.kind(expr) {
            ExprKind::Dict(_)
            | ExprKind::List(_)
            | ExprKind::Set(_)
            | ExprKind::Tuple(_)
            | ExprKind::Comprehension(_)
            | ExprKind::Str(_)
            | ExprKind::Format(_) => true,
            ExprKind::Call { callee, .. } => match self.ast.kind(*callee) {
                ExprKind::Name(name) => {
                    matches!(name.as_str(), "dict" | "list" | "set" | "str" | "tuple")
                        && self
                            .scope_binding(self.ast.expr(*callee).scope, name)
                            .is_none()
                }
                _ => false,
            },
            _ => false,
        }
    }
}
