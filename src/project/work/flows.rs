//! Blocks of statements: what is waited for on the ways through them, and on those that leave early.

use std::sync::Arc;

use super::{Maybe, Place, Works, note_because};
use crate::budget::work::Work;
use crate::project::waits::Wait;
use crate::syntax::python::{Block, ExprId, ExprKind, Handler, StmtId, StmtKind};
use crate::units::Unit;

/// How many ways out of one block are told apart.
const WAYS: usize = 64;

/// What is waited for in a block.
pub(super) struct Flow {
    /// Whether some way gets to its end.
    falls: bool,
    /// One after another, on the way to where the flow is now.
    done: Vec<Arc<Work>>,
    /// The whole way up to a `return`, `raise`, `break` or `continue`.
    left: Vec<Arc<Work>>,
}

impl Flow {
    fn new() -> Self {
        Self {
            falls: true,
            done: Vec::new(),
            left: Vec::new(),
        }
    }

    /// The worst of all ways.
    pub(super) fn whole(self) -> Maybe {
        let mut ways = self.left;
        if self.falls {
            ways.extend(Work::in_turn(self.done));
        }
        Work::either(ways)
    }

    fn add(&mut self, work: Maybe) {
        self.done.extend(work);
    }

    fn leave(&mut self) {
        self.falls = false;
        let way = Work::in_turn(self.done.clone());
        self.leave_by(way);
    }

    fn leave_by(&mut self, way: Maybe) {
        if self.left.len() < WAYS {
            self.left.extend(way);
        }
    }

    /// Goes on with one of several.
    fn branch(&mut self, branches: Vec<Self>) {
        let mut through = Vec::new();
        self.falls = branches.iter().any(|it| it.falls);
        for it in branches {
            for way in it.left {
                let mut all = self.done.clone();
                all.push(way);
                self.leave_by(Work::in_turn(all));
            }
            if it.falls {
                through.extend(Work::in_turn(it.done));
            }
        }
        self.add(Work::either(through));
    }
}

impl Works<'_, '_> {
    /// What is waited for in a block.
    pub(super) fn block(&self, place: &Place, block: &[StmtId]) -> Flow {
        let mut flow = Flow::new();
        let Some(place) = place.inside() else {
            return flow;
        };
        for stmt in block {
            if !flow.falls {
                break;
            }
            self.statement(&place, *stmt, &mut flow);
        }
        flow
    }

    fn statement(&self, place: &Place, stmt: StmtId, flow: &mut Flow) {
        let Some(module) = self.resolver.project.module(place.file) else {
            return;
        };
        match &module.ast.stmt(stmt).kind {
            StmtKind::Expr(value)
            | StmtKind::Assign {
                value: Some(value), ..
            }
            | StmtKind::AugAssign { value, .. } => flow.add(self.called_in(place, stmt, *value)),
            StmtKind::Return(value) | StmtKind::Raise(value) => {
                let work = value.and_then(|it| self.called_in(place, stmt, it));
                flow.add(work);
                flow.leave();
            }
            StmtKind::Break | StmtKind::Continue => flow.leave(),
            StmtKind::Other(parts) => {
                let all = parts.iter();
                all.for_each(|it| flow.add(self.called_in(place, stmt, *it)));
            }
            StmtKind::If(branches) => self.branches(place, stmt, branches, flow),
            StmtKind::Match { subject, cases } => {
                for it in subject {
                    flow.add(self.called_in(place, stmt, *it));
                }
                let certain = cases.iter().any(|it| it.0);
                let mut all: Vec<Flow> = cases.iter().map(|it| self.block(place, &it.1)).collect();
                if !certain {
                    all.push(Flow::new());
                }
                flow.branch(all);
            }
            StmtKind::While { test, body, .. } => {
                flow.add(self.called_in(place, stmt, *test));
                flow.add(self.looped(place, stmt, body, None));
            }
            StmtKind::For { iterable, body, .. } => {
                flow.add(self.called_in(place, stmt, *iterable));
                flow.add(self.looped(place, stmt, body, Some(*iterable)));
            }
            StmtKind::Try {
                body,
                handlers,
                otherwise,
                finally,
            } => self.tried(place, (body, handlers, otherwise, finally), flow),
            StmtKind::With { items, body } => self.with(place, stmt, (items, body), flow),
            _ => {}
        }
    }

    /// What an expression of a statement waits for; a look at the statement tells whether it calls
    /// anything.
    fn called_in(&self, place: &Place, stmt: StmtId, expr: ExprId) -> Maybe {
        let calls = self.of_file(place.file).calling.contains(&stmt);
        calls.then(|| self.expr(place, expr)).flatten()
    }

    fn branches(
        &self,
        place: &Place,
        stmt: StmtId,
        branches: &[(Option<ExprId>, Block)],
        flow: &mut Flow,
    ) {
        let mut all = Vec::new();
        let mut certain = false;
        for (test, body) in branches {
            if let Some(test) = test {
                flow.add(self.called_in(place, stmt, *test));
            }
            let own = self.block(place, body);
            // What is decided when the program is read never runs, or always does; where nothing
            // depends on it, it is not worth asking.
            let matters = !own.falls || !own.done.is_empty() || !own.left.is_empty();
            let truth = match test.filter(|_| matters) {
                Some(test) => self.eval(place, test).truth(),
                None => test.is_none().then_some(true),
            };
            if truth != Some(false) {
                all.push(own);
            }
            if truth == Some(true) {
                certain = true;
                break;
            }
        }
        if !certain {
            all.push(Flow::new());
        }
        flow.branch(all);
    }

    /// What fails late has taken its time before a handler goes on.
    fn tried(
        &self,
        place: &Place,
        (body, handlers, otherwise, finally): (&Block, &[Handler], &Block, &Block),
        flow: &mut Flow,
    ) {
        let mut tried = self.block(place, body);
        let failed = Flow {
            falls: tried.falls,
            done: tried.done.clone(),
            left: tried.left.clone(),
        }
        .whole();
        if tried.falls {
            let after = self.block(place, otherwise);
            tried.branch(vec![after]);
        }
        let mut ways = vec![tried];
        for handler in handlers {
            let mut way = Flow::new();
            way.add(failed.clone());
            way.branch(vec![self.block(place, &handler.body)]);
            ways.push(way);
        }
        flow.branch(ways);
        if flow.falls && !finally.is_empty() {
            flow.branch(vec![self.block(place, finally)]);
        }
    }

    fn with(
        &self,
        place: &Place,
        stmt: StmtId,
        (items, body): (&[(ExprId, Option<ExprId>)], &Block),
        flow: &mut Flow,
    ) {
        for (item, _) in items {
            flow.add(self.called_in(place, stmt, *item));
        }
        let mut inner = self.block(place, body);
        if items.iter().any(|it| self.opens_group(place, it.0)) {
            inner.done = Work::in_one_loop(inner.done).into_iter().collect();
        }
        for (item, _) in items {
            let within = |work: Arc<Work>| self.given_up(place, *item, work);
            inner.left = inner.left.into_iter().map(within).collect();
            let through = Work::in_turn(inner.done);
            inner.done = through.map(within).into_iter().collect();
        }
        flow.branch(vec![inner]);
    }

    /// `asyncio.TaskGroup()`, whose end waits for what was started in it.
    fn opens_group(&self, place: &Place, item: ExprId) -> bool {
        let ast = self.resolver.project.module(place.file).map(|it| &it.ast);
        ast.is_some_and(|ast| match ast.kind(item) {
            ExprKind::Call { callee, .. } => ast
                .last_name(*callee)
                .is_some_and(|it| it == "TaskGroup" || it == "create_task_group"),
            _ => false,
        })
    }

    /// The work of a block that `async with asyncio.timeout(30)` and its like end.
    fn given_up(&self, place: &Place, item: ExprId, work: Arc<Work>) -> Arc<Work> {
        let Some(limit) = self.resolver.block_deadline(place.file, item) else {
            return work;
        };
        let at = self.resolver.span(place.file, item);
        let seen = self.resolver.eval(place.file, limit, place.frame.as_ref());
        match self.resolver.wait(&seen, Unit::Seconds) {
            Wait::Within(limit) => {
                let text = format!("gives up after {limit}");
                let note = note_because("deadline", at, seen.at, text);
                if self.is_in_async(place, item) {
                    Work::within(note, limit, work)
                } else {
                    // Without an event loop it is an alarm, or something else that interrupts.
                    Work::interrupted(note, limit, work)
                }
            }
            // Somebody gives up, and nobody can tell when.
            _ => Work::unknown(note_because(
                "deadline",
                at,
                seen.at,
                "gives up, nobody can tell when".to_owned(),
            )),
        }
    }

    /// Whether an expression stands in an `async def`.
    fn is_in_async(&self, place: &Place, expr: ExprId) -> bool {
        let ast = self.resolver.project.module(place.file).map(|it| &it.ast);
        ast.is_some_and(|ast| {
            let function = ast.function_of(ast.expr(expr).scope);
            function.is_some_and(|it| ast.function(it).is_async)
        })
    }
}
