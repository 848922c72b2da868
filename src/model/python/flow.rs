//! Which of several bindings of a name can be in force at a place, told from the structure alone.

use super::{Binding, Bound, Module};
use crate::syntax::python::{ExprId, ExprKind, ScopeId, StmtId, StmtKind};

/// A binding that can be in force at a place.
#[derive(Debug, Clone, Copy)]
pub struct Reaching<'m> {
    /// The binding.
    pub binding: &'m Binding,
    /// Whether the program has made sure that its value is neither `None` nor false.
    pub not_none: bool,
}

/// How a statement relates to a later place in the same scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passed {
    /// Whoever gets there came through it.
    Always,
    /// Some who get there came through it.
    Maybe,
    /// Nobody who gets there came through it.
    Never,
}

/// How many bindings of one name are looked at, the latest first; no value has as many alternatives.
const BINDINGS: usize = 64;

impl Module {
    /// The bindings of a name of `scope` that can be in force when `at` runs; at the end of the
    /// scope when `at` is `None`. The latest come first.
    #[must_use]
    pub fn reaching(&self, scope: ScopeId, name: &str, at: Option<StmtId>) -> Vec<Reaching<'_>> {
        let all = self.bindings(scope, name);
        let mut not_none = at.is_some_and(|at| self.tested(at, name));
        if let [only] = all {
            return vec![Reaching {
                binding: only,
                not_none,
            }];
        }
        let mut found = Vec::new();
        for binding in all.iter().rev().take(BINDINGS) {
            if binding.elsewhere {
                found.push(Reaching {
                    binding,
                    not_none: false,
                });
                continue;
            }
            match self.passed(binding.stmt, at) {
                Passed::Never => {}
                _ if self.replaced(binding, all, at) => {}
                Passed::Maybe => {
                    found.push(Reaching { binding, not_none });
                    // All ways through the statement around it bind the name anew.
                    if let Some(outer) = self.outermost(binding.stmt, at)
                        && self.binds(outer, name)
                    {
                        // The other branches' bindings still count; whatever stands before does not.
                        let start = self.ast.stmt(outer).start;
                        let rest = all.iter().rev().filter(|it| {
                            !it.elsewhere
                                && it.stmt < binding.stmt
                                && !self.replaced(it, all, at)
                                && self.ast.stmt(it.stmt).start >= start
                                && self.passed(it.stmt, at) != Passed::Never
                        });
                        found.extend(rest.map(|binding| Reaching { binding, not_none }));
                        return found;
                    }
                    not_none = not_none || self.replaces_none(binding.stmt, name);
                }
                Passed::Always => {
                    found.push(Reaching { binding, not_none });
                    return found;
                }
            }
        }
        if found.is_empty() {
            // The text order says nothing here (a loop, a branch that returns): any may be it.
            found.extend(all.iter().rev().map(|binding| Reaching {
                binding,
                not_none: false,
            }));
        }
        found
    }

    /// Whether a later binding in the same block has replaced this one for whoever gets to `at`.
    fn replaced(&self, binding: &Binding, all: &[Binding], at: Option<StmtId>) -> bool {
        let own = self.ast.stmt(binding.stmt);
        if own.parent.is_none() {
            return false;
        }
        all.iter().any(|it| {
            let later = self.ast.stmt(it.stmt);
            // A loop may bind nothing, and an annotation alone does not.
            let binds = matches!(later.kind, StmtKind::Assign { .. } | StmtKind::With { .. })
                && !matches!(it.what, Bound::Declared(_));
            binds
                && !it.elsewhere
                && it.stmt > binding.stmt
                && later.parent == own.parent
                && later.scope == own.scope
                && self.branch_of(it.stmt) == self.branch_of(binding.stmt)
                && at.is_none_or(|at| at > it.stmt || at < binding.stmt)
        })
    }

    /// Whether whoever reaches `at` (the end of the scope when `None`) came through `stmt`.
    #[must_use]
    pub fn passed(&self, stmt: StmtId, at: Option<StmtId>) -> Passed {
        let Some(at) = at else {
            return self.passed_to_the_end(stmt);
        };
        // A function's parameters are bound by a statement of the scope around it.
        if self.ast.stmt(stmt).scope != self.ast.stmt(at).scope {
            return Passed::Always;
        }
        let (outer, inner) = (self.chain(stmt), self.chain(at));
        let shared = outer
            .iter()
            .zip(&inner)
            .take_while(|(a, b)| a.0 == b.0 && a.1 == b.1)
            .count();
        if stmt >= at {
            let looped = inner[..shared]
                .iter()
                .any(|(owner, _)| self.is_loop(*owner));
            return if looped && stmt != at {
                Passed::Maybe
            } else {
                Passed::Never
            };
        }
        // A loop or `with` binds its own target for its body.
        if inner.iter().any(|(owner, _)| *owner == stmt) {
            return Passed::Always;
        }
        match (outer.get(shared), inner.get(shared)) {
            (None, _) => Passed::Always,
            // Another branch of one statement.
            (Some(a), Some(b)) if a.0 == b.0 => self.across(a.0, a.1, b.1, &outer[shared..]),
            (Some(_), _) => self.falls_out(&outer[shared..]),
        }
    }

    fn passed_to_the_end(&self, stmt: StmtId) -> Passed {
        let chain = self.chain(stmt);
        if chain.is_empty() {
            Passed::Always
        } else {
            self.falls_out(&chain)
        }
    }

    /// From one branch of a statement into another one.
    fn across(&self, owner: StmtId, from: usize, to: usize, chain: &[(StmtId, usize)]) -> Passed {
        match &self.ast.stmt(owner).kind {
            StmtKind::Try { .. } if from == 0 && to > 0 => match self.falls_out(&chain[1..]) {
                Passed::Always if chain.len() == 1 => Passed::Maybe,
                other => other,
            },
            StmtKind::Try { .. } if to > from => Passed::Maybe,
            _ => Passed::Never,
        }
    }

    /// Whether what runs in the innermost of these branches reaches what follows the outermost.
    fn falls_out(&self, chain: &[(StmtId, usize)]) -> Passed {
        let mut passed = Passed::Always;
        for (owner, branch) in chain {
            let kind = &self.ast.stmt(*owner).kind;
            if self.leaves(self.branch(*owner, *branch)) {
                return Passed::Never;
            }
            let certain = match kind {
                StmtKind::With { .. } => true,
                StmtKind::Try { handlers, .. } => {
                    // Body and else run to their end unless a handler takes over and goes on.
                    *branch == 0 && handlers.iter().all(|it| self.leaves(&it.body))
                        || *branch == handlers.len() + 2
                }
                _ => false,
            };
            if !certain {
                passed = Passed::Maybe;
            }
        }
        passed
    }

    /// The statements around one, from the outermost in, each with the branch it stands in.
    fn chain(&self, stmt: StmtId) -> Vec<(StmtId, usize)> {
        let mut chain = Vec::new();
        let mut at = stmt;
        while let Some(owner) = self.ast.stmt(at).parent {
            chain.push((owner, self.branch_of(at)));
            at = owner;
        }
        chain.reverse();
        chain
    }

    /// Whether a statement stands in the same branch of `owner` as `inner`, one of its parts.
    #[must_use]
    pub fn stands_in_branch(&self, stmt: StmtId, owner: StmtId, inner: StmtId) -> bool {
        let mut chain = self.chain(stmt).into_iter();
        chain.any(|it| it == (owner, self.branch_of(inner)))
    }

    /// The outermost statement around `stmt` that is not also around `at`.
    fn outermost(&self, stmt: StmtId, at: Option<StmtId>) -> Option<StmtId> {
        let around = at.map(|at| self.chain(at)).unwrap_or_default();
        let chain = self.chain(stmt);
        chain
            .into_iter()
            .find(|(owner, _)| !around.iter().any(|(it, _)| it == owner))
            .map(|it| it.0)
    }

    fn is_loop(&self, stmt: StmtId) -> bool {
        matches!(
            self.ast.stmt(stmt).kind,
            StmtKind::For { .. } | StmtKind::While { .. }
        )
    }

    fn branches(&self, stmt: StmtId) -> Vec<&[StmtId]> {
        branches(&self.ast.stmt(stmt).kind)
    }

    fn branch(&self, stmt: StmtId, branch: usize) -> &[StmtId] {
        self.branches(stmt).get(branch).copied().unwrap_or_default()
    }

    /// Which branch of the statement around it a statement stands in.
    fn branch_of(&self, part: StmtId) -> usize {
        self.branch_index[part.0 as usize] as usize
    }

    /// Whether no way leads to a statement: something before it in its block, or in a block around
    /// it, always leaves.
    #[must_use]
    pub fn is_dead(&self, stmt: StmtId) -> bool {
        let mut at = stmt;
        loop {
            let own = self.ast.stmt(at);
            let mut earlier = (0..at.0).rev().take(200).map(StmtId).filter(|it| {
                let other = self.ast.stmt(*it);
                other.scope == own.scope && other.parent == own.parent
            });
            let same_branch = |it: StmtId| {
                own.parent
                    .is_none_or(|_| self.branch_of(it) == self.branch_of(at))
            };
            if earlier.any(|it| self.leaves(&[it]) && same_branch(it)) {
                return true;
            }
            match own.parent {
                Some(parent) => at = parent,
                None => return false,
            }
        }
    }

    /// Whether a block never runs to its end.
    #[must_use]
    pub fn leaves(&self, block: &[StmtId]) -> bool {
        let Some(last) = block.last() else {
            return false;
        };
        match &self.ast.stmt(*last).kind {
            StmtKind::Return(_) | StmtKind::Raise(_) | StmtKind::Break | StmtKind::Continue => true,
            StmtKind::If(branches) => {
                branches.last().is_some_and(|it| it.0.is_none())
                    && branches.iter().all(|it| self.leaves(&it.1))
            }
            StmtKind::With { body, .. } => self.leaves(body),
            StmtKind::Expr(expr) => match self.ast.kind(*expr) {
                ExprKind::Call { callee, .. } => {
                    matches!(
                        self.ast.dotted(*callee).as_deref(),
                        Some("sys.exit" | "exit" | "os._exit")
                    )
                }
                _ => false,
            },
            _ => false,
        }
    }

    /// Whether every way through a statement that goes on behind it binds the name.
    fn binds(&self, stmt: StmtId, name: &str) -> bool {
        if self.branches(stmt).len() > BINDINGS {
            return false;
        }
        let binding = |block: &[StmtId]| self.block_binds(block, name);
        let reaches = |block: &[StmtId]| !self.leaves(block);
        match &self.ast.stmt(stmt).kind {
            StmtKind::If(branches) => {
                branches.last().is_some_and(|it| it.0.is_none())
                    && branches.iter().all(|it| !reaches(&it.1) || binding(&it.1))
            }
            StmtKind::Try {
                body,
                handlers,
                otherwise,
                finally,
            } => {
                binding(finally)
                    || (binding(body) || binding(otherwise))
                        && handlers
                            .iter()
                            .all(|it| !reaches(&it.body) || binding(&it.body))
            }
            StmtKind::With { body, .. } => binding(body),
            StmtKind::Match { cases, .. } => {
                cases.iter().any(|it| it.0)
                    && cases.iter().all(|it| !reaches(&it.1) || binding(&it.1))
            }
            _ => false,
        }
    }

    fn block_binds(&self, block: &[StmtId], name: &str) -> bool {
        let Some(first) = block.first() else {
            return false;
        };
        let scope = self.ast.stmt(*first).scope;
        let all = self.bindings(scope, name);
        block
            .iter()
            .any(|stmt| all.iter().any(|it| it.stmt == *stmt) || self.binds(*stmt, name))
    }

    /// Whether `stmt` stands in `if name is None:` or `if not name:`, so that behind it an earlier
    /// value is no longer None.
    fn replaces_none(&self, stmt: StmtId, name: &str) -> bool {
        let Some(owner) = self.ast.stmt(stmt).parent else {
            return false;
        };
        match &self.ast.stmt(owner).kind {
            StmtKind::If(branches) => match branches.as_slice() {
                [(Some(test), body), ..] => {
                    body.contains(&stmt) && self.test_of(*test, name) == Some(false)
                }
                _ => false,
            },
            _ => false,
        }
    }

    /// Whether a place lies in `if name:` or `if name is not None:`, or behind a guard that leaves
    /// when the name is None.
    fn tested(&self, at: StmtId, name: &str) -> bool {
        let around = self.chain(at);
        let inside = around
            .iter()
            .any(|(owner, branch)| match &self.ast.stmt(*owner).kind {
                StmtKind::If(branches) => {
                    let test = branches.get(*branch).and_then(|it| it.0);
                    let refuted = branches[..*branch].iter().filter_map(|it| it.0);
                    test.is_some_and(|it| self.test_of(it, name) == Some(true))
                        || refuted
                            .into_iter()
                            .any(|it| self.test_of(it, name) == Some(false))
                }
                _ => false,
            });
        inside || self.guarded(at, name)
    }

    /// Whether an earlier `if name is None: raise` in the same block keeps None away.
    fn guarded(&self, at: StmtId, name: &str) -> bool {
        let scope = self.ast.stmt(at).scope;
        let parent = self.ast.stmt(at).parent;
        let before = self.ast.stmts[..at.0 as usize].iter().rev().take(64);
        before
            .filter(|it| it.scope == scope && it.parent == parent)
            .any(|it| match &it.kind {
                StmtKind::If(branches) => match branches.as_slice() {
                    [(Some(test), body)] => {
                        self.test_of(*test, name) == Some(false) && self.leaves(body)
                    }
                    _ => false,
                },
                _ => false,
            })
    }

    /// `Some(true)` when the test holds only for something, `Some(false)` when for nothing only.
    fn test_of(&self, test: ExprId, name: &str) -> Option<bool> {
        let is_name = |id: ExprId| self.ast.dotted(id).is_some_and(|it| it == name);
        match self.ast.kind(test) {
            ExprKind::Not(inner) if is_name(*inner) => Some(false),
            ExprKind::And(a, b) => {
                let holds = |id| self.test_of(id, name) == Some(true);
                (holds(*a) || holds(*b)).then_some(true)
            }
            ExprKind::Compare(operands, operators) => match (operands.as_slice(), &**operators) {
                ([value, none], [operator])
                    if is_name(*value) && matches!(self.ast.kind(*none), ExprKind::None) =>
                {
                    Some(operator.as_str() != "is" && operator.as_str() != "==")
                }
                _ => None,
            },
            _ if is_name(test) => Some(true),
            _ => None,
        }
    }
}

/// The branches of a compound statement, in a fixed order.
pub(super) fn branches(kind: &StmtKind) -> Vec<&[StmtId]> {
    match kind {
        StmtKind::If(branches) => branches.iter().map(|it| it.1.as_slice()).collect(),
        StmtKind::While {
            body, otherwise, ..
        }
        | StmtKind::For {
            body, otherwise, ..
        } => {
            vec![body, otherwise]
        }
        StmtKind::Try {
            body,
            handlers,
            otherwise,
            finally,
        } => {
            let mut all = vec![body.as_slice()];
            all.extend(handlers.iter().map(|it| it.body.as_slice()));
            all.push(otherwise);
            all.push(finally);
            all
        }
        StmtKind::With { body, .. } => vec![body],
        StmtKind::Match { cases, .. } => cases.iter().map(|it| it.1.as_slice()).collect(),
        _ => Vec::new(),
    }
}
