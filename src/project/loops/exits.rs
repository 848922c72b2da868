//! Where a loop is left, and what decides it.

use std::collections::BTreeSet;

use smol_str::SmolStr;

use super::Header;
use super::body::{Body, contains, parts};
use super::words;
use super::writes::{How, Write};
use crate::syntax::python::{ExprId, ExprKind, Operator, StmtId, StmtKind};

/// How deep blocks are looked into.
const DEPTH: u32 = 40;

/// A statement that leaves a loop.
#[derive(Debug)]
pub(super) struct Exit {
    /// The statement; the loop itself for its condition.
    pub(super) stmt: StmtId,
    /// The tests around it, the innermost first.
    pub(super) tests: Vec<ExprId>,
    /// Whether it follows an exception that was caught in the loop.
    pub(super) after_failure: bool,
    /// Whether it is a `raise`.
    pub(super) raises: bool,
}

impl Body<'_> {
    /// All places where the loop is left, its condition first.
    pub(super) fn exits(&self) -> Vec<Exit> {
        let mut exits = Vec::new();
        if let Header::While(test) = self.header
            && !self.is_true(test)
        {
            exits.push(Exit {
                stmt: self.stmt,
                tests: vec![test],
                after_failure: false,
                raises: false,
            });
        }
        for stmt in self.statements() {
            if self.leaves_by(stmt) {
                exits.push(Exit {
                    stmt,
                    tests: self.tests(stmt),
                    after_failure: self.after_failure(stmt),
                    raises: matches!(self.ast.stmt(stmt).kind, StmtKind::Raise(_)),
                });
            }
        }
        exits
    }

    /// `while True:` and `while 1:`.
    pub(super) fn is_true(&self, test: ExprId) -> bool {
        match self.ast.kind(test) {
            ExprKind::Bool(value) => *value,
            ExprKind::Int(value) => *value != 0,
            _ => false,
        }
    }

    /// Whether a statement leaves this loop.
    fn leaves_by(&self, stmt: StmtId) -> bool {
        match &self.ast.stmt(stmt).kind {
            StmtKind::Return(_) => true,
            StmtKind::Break => self.nearest_loop(stmt) == Some(self.stmt),
            StmtKind::Raise(_) => !self.is_caught(stmt),
            StmtKind::Expr(expr) => match self.ast.kind(*expr) {
                ExprKind::Call { callee, .. } => matches!(
                    self.ast.dotted(*callee).as_deref(),
                    Some("sys.exit" | "exit" | "quit" | "os._exit")
                ),
                _ => false,
            },
            _ => false,
        }
    }

    /// Whether an exception that is raised here is caught in the loop, which goes on.
    fn is_caught(&self, stmt: StmtId) -> bool {
        let mut at = stmt;
        while let Some(owner) = self.ast.stmt(at).parent.filter(|it| *it != self.stmt) {
            if let StmtKind::Try { body, handlers, .. } = &self.ast.stmt(owner).kind
                && contains(body, at)
                && handlers.iter().any(|it| !self.leaves(&it.body))
            {
                return true;
            }
            at = owner;
        }
        false
    }

    fn after_failure(&self, stmt: StmtId) -> bool {
        let mut at = stmt;
        while let Some(owner) = self.ast.stmt(at).parent.filter(|it| *it != self.stmt) {
            if let StmtKind::Try { handlers, .. } = &self.ast.stmt(owner).kind
                && handlers.iter().any(|it| contains(&it.body, at))
            {
                return true;
            }
            at = owner;
        }
        false
    }

    /// Whether whoever enters a block leaves the loop in it.
    pub(super) fn leaves(&self, block: &[StmtId]) -> bool {
        self.leaves_within(block, DEPTH)
    }

    fn leaves_within(&self, block: &[StmtId], depth: u32) -> bool {
        let Some(depth) = depth.checked_sub(1) else {
            return false;
        };
        let inner = |it: &[StmtId]| self.leaves_within(it, depth);
        block.iter().any(|stmt| match &self.ast.stmt(*stmt).kind {
            StmtKind::If(branches) => {
                branches.last().is_some_and(|it| it.0.is_none())
                    && branches.iter().all(|it| inner(&it.1))
            }
            StmtKind::With { body, .. } => inner(body),
            StmtKind::Try {
                body,
                handlers,
                otherwise,
                finally,
            } => {
                inner(finally)
                    || (inner(body) || inner(otherwise))
                        && handlers.iter().all(|it| inner(&it.body))
            }
            _ => self.leaves_by(*stmt),
        })
    }

    /// Whether a block certainly goes on with the next round: it ends in `continue`.
    pub(super) fn continues(&self, block: &[StmtId]) -> bool {
        let last = block.last().map(|it| &self.ast.stmt(*it).kind);
        matches!(last, Some(StmtKind::Continue))
    }

    /// The places that count rounds: `n += 1`, `n = n + 1`.
    fn counters(&self) -> BTreeSet<SmolStr> {
        let counts = |write: &&Write| match (write.how, write.value) {
            (How::Added(Operator::Add | Operator::Sub | Operator::Mul), Some(value)) => {
                self.is_number(value)
            }
            (How::Bound, Some(value)) => match self.ast.kind(value) {
                ExprKind::Binary(Operator::Add | Operator::Sub, a, b) => {
                    self.reads(*a).contains(&write.place) && self.is_number(*b)
                }
                _ => false,
            },
            _ => false,
        };
        let found = self.writes.iter().filter(counts);
        let mut found: BTreeSet<SmolStr> = found.map(|it| it.place.clone()).collect();
        if matches!(self.header, Header::Counted | Header::Endless) {
            let own = self.writes.iter().filter(|it| it.stmt == self.stmt);
            found.extend(own.map(|it| it.place.clone()));
        }
        found
    }

    fn is_number(&self, expr: ExprId) -> bool {
        matches!(
            self.ast.kind(expr),
            ExprKind::Int(_) | ExprKind::Float(_) | ExprKind::Name(_) | ExprKind::Attribute { .. }
        )
    }

    /// The places that hold a time that passes in the loop: `elapsed = time.time() - start`.
    fn clocks(&self) -> BTreeSet<SmolStr> {
        let timed = self.writes.iter().filter(|it| {
            it.value
                .is_some_and(|value| self.called(value).any(|it| words::reads_clock(it)))
        });
        timed.map(|it| it.place.clone()).collect()
    }

    /// Whether a test bounds the loop: it looks at a counter, a clock or a size.
    pub(super) fn bounds(&self, test: ExprId) -> bool {
        let counting = self.counting.get_or_init(|| {
            let mut places = self.counters();
            places.extend(self.clocks());
            places
        });
        self.reads_any(test, counting)
            || self.called(test).any(|it| words::reads_clock(it))
            || self.reads(test).iter().any(|it| words::bounds(it))
            || self.attributes(test).any(|it| words::bounds(it))
            || self.compares_size(test)
    }

    /// The attributes that an expression reads, however deep their object lies.
    fn attributes(&self, expr: ExprId) -> impl Iterator<Item = &SmolStr> {
        parts(self.ast, expr).filter_map(|it| match self.ast.kind(it) {
            ExprKind::Attribute { name, .. } => Some(name),
            _ => None,
        })
    }

    /// Whether a test compares, by order, something that grows or shrinks in the loop:
    /// `len(messages) < 40`, `budget > 0`.
    fn compares_size(&self, test: ExprId) -> bool {
        let growing = self.growing.get_or_init(|| {
            let growing = self.writes.iter().filter(|it| it.how != How::Bound);
            growing.map(|it| it.place.clone()).collect()
        });
        parts(self.ast, test).any(|it| match self.ast.kind(it) {
            ExprKind::Compare(operands, operators) => {
                let ordered = operators
                    .iter()
                    .any(|it| matches!(it.as_str(), "<" | ">" | "<=" | ">="));
                ordered && operands.iter().any(|it| self.reads_any(*it, growing))
            }
            _ => false,
        })
    }

    /// The parts of a test that `and`, `or` and `not` join.
    pub(super) fn atoms(&self, test: ExprId) -> Vec<ExprId> {
        let (mut atoms, mut open) = (Vec::new(), vec![test]);
        while let Some(expr) = open.pop() {
            match self.ast.kind(expr) {
                ExprKind::And(a, b) | ExprKind::Or(a, b) => open.extend([*a, *b]),
                ExprKind::Not(inner) => open.push(*inner),
                _ => atoms.push(expr),
            }
        }
        atoms
    }
}
