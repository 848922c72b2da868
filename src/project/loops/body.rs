//! What stands in a loop: its statements, its calls, and what they write to which place.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::ops::Range;

use smol_str::{SmolStr, format_smolstr};

use super::Header;
use super::writes::Write;
use crate::model::python::Module;
use crate::source::{FileId, Span};
use crate::syntax::python::{Ast, ExprId, ExprKind, FunctionId, StmtId, StmtKind};

/// How many times the places that depend on each other are gone through.
pub(super) const ROUNDS: usize = 8;

/// How many statements before another one are looked at.
const NEAR: usize = 64;

/// The expressions of a file that loops ask for, in the order of the text.
pub(super) struct Index {
    calls: Vec<ExprId>,
    pub(super) walruses: Vec<ExprId>,
}

impl Index {
    pub(super) fn new(module: &Module) -> Self {
        let mut calls = module.calls.clone();
        calls.sort_by_key(|it| module.ast.expr(*it).start);
        let all = (0..).map(ExprId).zip(&module.ast.exprs);
        let mut walruses: Vec<ExprId> = all
            .filter(|(_, it)| matches!(it.kind, ExprKind::Walrus(..)))
            .map(|it| it.0)
            .collect();
        walruses.sort_by_key(|it| module.ast.expr(*it).start);
        Self { calls, walruses }
    }
}

/// A loop and what stands in it.
pub(super) struct Body<'m> {
    pub(super) ast: &'m Ast,
    pub(super) file: FileId,
    pub(super) stmt: StmtId,
    pub(super) header: Header,
    /// The statements of the body by their numbers, those of inner functions included.
    range: Range<u32>,
    /// The text that is repeated: the body, and the condition of a `while`.
    pub(super) text: Range<u32>,
    function: Option<FunctionId>,
    pub(super) index: &'m Index,
    /// The places that count rounds or hold a time.
    pub(super) counting: OnceCell<BTreeSet<SmolStr>>,
    /// The places whose value grows or shrinks.
    pub(super) growing: OnceCell<BTreeSet<SmolStr>>,
    /// What the body writes, in the order of the text.
    pub(super) writes: Vec<Write>,
}

impl<'m> Body<'m> {
    /// Reads a loop; `None` when it has no statement.
    pub(super) fn new(
        module: &'m Module,
        index: &'m Index,
        file: FileId,
        (stmt, header): (StmtId, Header),
    ) -> Option<Self> {
        let ast = &module.ast;
        let (StmtKind::While { body, .. } | StmtKind::For { body, .. }) = &ast.stmt(stmt).kind
        else {
            return None;
        };
        let first = match header {
            Header::While(_) => ast.stmt(stmt).start,
            Header::Counted | Header::Endless => ast.stmt(*body.first()?).start,
        };
        let text = first..ast.stmt(*body.last()?).end;
        let end = ast.stmts.partition_point(|it| it.start < text.end);
        let mut own = Self {
            ast,
            file,
            stmt,
            header,
            range: body.first()?.0..u32::try_from(end).unwrap_or(u32::MAX),
            text,
            function: ast.function_of(ast.stmt(stmt).scope),
            index,
            counting: OnceCell::new(),
            growing: OnceCell::new(),
            writes: Vec::new(),
        };
        own.writes = own.collect_writes();
        Some(own)
    }

    /// The statements of the body, in the order of the text, without those of inner functions.
    pub(super) fn statements(&self) -> impl Iterator<Item = StmtId> + '_ {
        let scope = self.ast.stmt(self.stmt).scope;
        let all = self.range.clone().map(StmtId);
        all.filter(move |it| self.ast.stmt(*it).scope == scope)
    }

    /// The calls of the body, and of the condition, with what is asked of each.
    pub(super) fn calls_with<T>(&self, ask: impl Fn(ExprId) -> T) -> Vec<(ExprId, T)> {
        let calls = self.inside(&self.index.calls);
        calls.map(|it| (it, ask(it))).collect()
    }

    /// Those of a list of expressions that the loop itself evaluates.
    pub(super) fn inside<'i>(&'i self, all: &'i [ExprId]) -> impl Iterator<Item = ExprId> + 'i {
        let start = |it: &ExprId| self.ast.expr(*it).start;
        let from = all.partition_point(|it| start(it) < self.text.start);
        let to = all.partition_point(|it| start(it) < self.text.end);
        let own =
            move |it: &ExprId| self.ast.function_of(self.ast.expr(*it).scope) == self.function;
        all[from..to.max(from)].iter().copied().filter(own)
    }

    /// The loop that a statement of the body repeats with: this one, or an inner one.
    pub(super) fn nearest_loop(&self, stmt: StmtId) -> Option<StmtId> {
        let mut at = self.ast.stmt(stmt).parent;
        while let Some(owner) = at {
            match self.ast.stmt(owner).kind {
                StmtKind::While { .. } | StmtKind::For { .. } => return Some(owner),
                _ => at = self.ast.stmt(owner).parent,
            }
        }
        None
    }

    /// Whether a byte lies in one of these statements.
    pub(super) fn holds(&self, block: &[StmtId], at: u32) -> bool {
        let next = block.partition_point(|it| self.ast.stmt(*it).start <= at);
        let last = next.checked_sub(1).and_then(|it| block.get(it));
        last.is_some_and(|it| at < self.ast.stmt(*it).end)
    }

    /// The place of an expression in the text.
    pub(super) fn span(&self, expr: ExprId) -> Span {
        let expr = self.ast.expr(expr);
        Span {
            file: self.file,
            start: expr.start,
            end: expr.end,
        }
    }

    /// The places that an expression reads.
    pub(super) fn reads(&self, expr: ExprId) -> BTreeSet<SmolStr> {
        parts(self.ast, expr)
            .filter_map(|it| place(self.ast, it))
            .collect()
    }

    /// Whether an expression reads one of these places.
    pub(super) fn reads_any(&self, expr: ExprId, places: &BTreeSet<SmolStr>) -> bool {
        parts(self.ast, expr)
            .filter_map(|it| place(self.ast, it))
            .any(|it| places.contains(&it))
    }

    /// The names of the functions and methods that an expression calls.
    pub(super) fn called(&self, expr: ExprId) -> impl Iterator<Item = &'m SmolStr> {
        let ast = self.ast;
        parts(ast, expr).filter_map(move |it| match ast.kind(it) {
            ExprKind::Call { callee, .. } => ast.last_name(*callee),
            _ => None,
        })
    }

    /// The name of the function or method that a call calls.
    pub(super) fn called_name(&self, call: ExprId) -> Option<&'m SmolStr> {
        match self.ast.kind(call) {
            ExprKind::Call { callee, .. } => self.ast.last_name(*callee),
            _ => None,
        }
    }

    /// Whether two statements with the same parent stand in the same branch of it.
    pub(super) fn same_branch(&self, a: StmtId, b: StmtId) -> bool {
        let Some(owner) = self.ast.stmt(a).parent else {
            return true;
        };
        let both = |block: &[StmtId]| contains(block, a) && contains(block, b);
        match &self.ast.stmt(owner).kind {
            StmtKind::If(branches) => branches.iter().any(|it| both(&it.1)),
            StmtKind::Try {
                body,
                handlers,
                otherwise,
                finally,
            } => {
                [body, otherwise, finally].into_iter().any(|it| both(it))
                    || handlers.iter().any(|it| both(&it.body))
            }
            StmtKind::While {
                body, otherwise, ..
            }
            | StmtKind::For {
                body, otherwise, ..
            } => both(body) || both(otherwise),
            StmtKind::Match { cases, .. } => cases.iter().any(|it| both(&it.1)),
            _ => true,
        }
    }

    /// The places that depend on the value of some expressions, or on the outcome of a test of
    /// such places.
    pub(super) fn dependent(&self, seeds: &[ExprId]) -> BTreeSet<SmolStr> {
        let mut found = BTreeSet::new();
        for _ in 0..ROUNDS {
            let before = found.len();
            for write in &self.writes {
                let Some(value) = write.value else { continue };
                let seeded = parts(self.ast, value).any(|it| seeds.contains(&it));
                if seeded || self.reads_any(value, &found) || self.decided(write.stmt, &found) {
                    found.insert(write.place.clone());
                }
            }
            if found.len() == before {
                break;
            }
        }
        found
    }

    /// Whether a constant is bound under a test of these places: `if "DONE" in text: done = True`.
    fn decided(&self, stmt: StmtId, places: &BTreeSet<SmolStr>) -> bool {
        let constant = match &self.ast.stmt(stmt).kind {
            StmtKind::Assign {
                value: Some(value), ..
            } => matches!(self.ast.kind(*value), ExprKind::Bool(_) | ExprKind::None),
            _ => false,
        };
        constant
            && self
                .tests(stmt)
                .iter()
                .any(|it| self.reads_any(*it, places))
    }

    /// The tests that decide whether a statement is reached, up to the loop, the innermost first:
    /// those around it, and those before it whose other outcome begins the next round.
    pub(super) fn tests(&self, stmt: StmtId) -> Vec<ExprId> {
        let mut tests = Vec::new();
        let mut at = stmt;
        loop {
            tests.extend(self.skipping_tests(at));
            let parent = self.ast.stmt(at).parent.filter(|it| *it != self.stmt);
            let Some(owner) = parent else { return tests };
            match &self.ast.stmt(owner).kind {
                StmtKind::If(branches) => {
                    let own = branches.iter().position(|it| contains(&it.1, at));
                    let until = own.map_or(branches.len(), |it| it + 1);
                    tests.extend(branches[..until].iter().rev().filter_map(|it| it.0));
                }
                StmtKind::Match { subject, .. } => tests.extend(subject),
                _ => {}
            }
            at = owner;
        }
    }

    /// The tests of `if test: … continue` before a statement of the same block, the nearest first.
    fn skipping_tests(&self, stmt: StmtId) -> Vec<ExprId> {
        let own = self.ast.stmt(stmt);
        let before = (self.range.start..stmt.0).rev().take(NEAR).map(StmtId);
        let siblings = before.filter(|it| {
            let other = self.ast.stmt(*it);
            other.parent == own.parent && other.scope == own.scope && self.same_branch(*it, stmt)
        });
        let skips = siblings.filter_map(|it| match &self.ast.stmt(it).kind {
            StmtKind::If(branches) => branches.iter().find(|it| self.continues(&it.1))?.0,
            _ => None,
        });
        skips.take(8).collect()
    }
}

/// Whether a block holds a statement; blocks are in the order of the text.
pub(super) fn contains(block: &[StmtId], stmt: StmtId) -> bool {
    block.binary_search(&stmt).is_ok()
}

/// An expression and everything in it.
pub(super) fn parts(ast: &Ast, expr: ExprId) -> impl Iterator<Item = ExprId> + '_ {
    let own = ast.expr(expr);
    // The arena holds children right before their parents.
    (0..=expr.0).rev().map(ExprId).take_while(move |it| {
        let part = ast.expr(*it);
        own.start <= part.start && part.end <= own.end
    })
}

/// `name` and `base.name` as places.
pub(super) fn place(ast: &Ast, expr: ExprId) -> Option<SmolStr> {
    match ast.kind(expr) {
        ExprKind::Name(name) => Some(name.clone()),
        ExprKind::Attribute { value, name } => match ast.kind(*value) {
            ExprKind::Name(base) => Some(format_smolstr!("{base}.{name}")),
            _ => None,
        },
        _ => None,
    }
}
