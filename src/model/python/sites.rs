//! What a module calls and assigns, taken apart, for those who look at every call of it.

use smol_str::SmolStr;

use super::Module;
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
}
