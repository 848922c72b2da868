//! What a loop writes: names, attributes, and the insides of objects.

use smol_str::SmolStr;

use super::body::{Body, place};
use super::words;
use crate::syntax::python::{Ast, ExprId, ExprKind, Operator, StmtId, StmtKind};

/// Something that gives a place another value.
#[derive(Debug, Clone)]
pub(super) struct Write {
    /// The statement.
    pub(super) stmt: StmtId,
    /// The place: `answer`, `self.messages`; for `state["n"]`, the container.
    pub(super) place: SmolStr,
    /// Where the value comes from; none for the name of an exception.
    pub(super) value: Option<ExprId>,
    /// How.
    pub(super) how: How,
}

/// How a place is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// It is bound anew.
    Bound,
    /// It is changed by an operator: `n += 1`.
    Added(Operator),
    /// Its value is changed: `messages.append(…)`, `state["n"] = 1`.
    Changed,
}

impl Body<'_> {
    /// Everything that the loop writes, in the order of the text.
    pub(super) fn collect_writes(&self) -> Vec<Write> {
        let mut writes = Vec::new();
        if let StmtKind::For {
            target, iterable, ..
        } = &self.ast.stmt(self.stmt).kind
        {
            self.write(self.stmt, *target, Some(*iterable), How::Bound, &mut writes);
        }
        for stmt in self.statements() {
            self.statement_writes(stmt, &mut writes);
        }
        for (call, ()) in self.calls_with(|_| ()) {
            self.method_writes(call, &mut writes);
        }
        self.walrus_writes(&mut writes);
        writes.sort_by_key(|it| it.stmt);
        writes
    }

    fn statement_writes(&self, stmt: StmtId, writes: &mut Vec<Write>) {
        match &self.ast.stmt(stmt).kind {
            StmtKind::Assign {
                targets,
                value: Some(value),
                ..
            } => {
                for target in targets {
                    self.write(stmt, *target, Some(*value), How::Bound, writes);
                }
            }
            StmtKind::AugAssign {
                target,
                operator,
                value,
            } => {
                self.write(stmt, *target, Some(*value), How::Added(*operator), writes);
            }
            StmtKind::For {
                target, iterable, ..
            } => self.write(stmt, *target, Some(*iterable), How::Bound, writes),
            StmtKind::With { items, .. } => {
                for (value, target) in items {
                    if let Some(target) = target {
                        self.write(stmt, *target, Some(*value), How::Bound, writes);
                    }
                }
            }
            StmtKind::Try { handlers, .. } => {
                let names = handlers.iter().filter_map(|it| it.name.clone());
                writes.extend(names.map(|place| Write {
                    stmt,
                    place,
                    value: None,
                    how: How::Bound,
                }));
            }
            _ => {}
        }
    }

    /// What an assignment target writes.
    fn write(
        &self,
        stmt: StmtId,
        target: ExprId,
        value: Option<ExprId>,
        how: How,
        writes: &mut Vec<Write>,
    ) {
        let mut open = vec![target];
        while let Some(target) = open.pop() {
            let (place, how) = match self.ast.kind(target) {
                ExprKind::Tuple(inner) | ExprKind::List(inner) => {
                    open.extend(inner);
                    continue;
                }
                ExprKind::Star(inner) => {
                    open.push(*inner);
                    continue;
                }
                ExprKind::Subscript { value, .. } if how == How::Bound => {
                    (base(self.ast, *value), How::Changed)
                }
                ExprKind::Subscript { value, .. } => (base(self.ast, *value), how),
                _ => (base(self.ast, target), how),
            };
            writes.extend(place.map(|place| Write {
                stmt,
                place,
                value,
                how,
            }));
        }
    }

    /// `messages.append(…)` and its like.
    fn method_writes(&self, call: ExprId, writes: &mut Vec<Write>) {
        let ExprKind::Call { callee, .. } = self.ast.kind(call) else {
            return;
        };
        if let ExprKind::Attribute { value, name } = self.ast.kind(*callee)
            && words::changes(name)
            && let Some(place) = base(self.ast, *value)
        {
            writes.push(Write {
                stmt: self.ast.expr(call).stmt,
                place,
                value: Some(call),
                how: How::Changed,
            });
        }
    }

    /// `while line := read():`
    fn walrus_writes(&self, writes: &mut Vec<Write>) {
        for walrus in self.inside(&self.index.walruses) {
            if let ExprKind::Walrus(target, value) = self.ast.kind(walrus) {
                let stmt = self.ast.expr(walrus).stmt;
                self.write(stmt, *target, Some(*value), How::Bound, writes);
            }
        }
    }
}

/// The place that an expression reaches into: `self.memory` of `self.memory.chat[0]`.
fn base(ast: &Ast, expr: ExprId) -> Option<SmolStr> {
    let mut at = expr;
    loop {
        if let Some(place) = place(ast, at) {
            return Some(place);
        }
        at = match ast.kind(at) {
            ExprKind::Attribute { value, .. } | ExprKind::Subscript { value, .. } => *value,
            _ => return None,
        };
    }
}
