//! Where a program gives up waiting for a worker inside the block that waits for it all the same.

use std::cell::Cell;

use crate::model::python::{Module, keyword, positional};
use crate::project::clients::ClientWait;
use crate::project::origins::{Origin, Place};
use crate::project::requests::RequestWait;
use crate::project::resolve::Resolver;
use crate::project::value::{Seen, Site, Value};
use crate::project::waits::Wait;
use crate::source::{FileId, Span};
use crate::syntax::python::{Arg, ExprId, ExprKind, FunctionId, StmtId, StmtKind};
use crate::units::{Millis, Unit};

/// How many names and collections deep a future may lie.
const DEPTH: u32 = 12;

/// How many expressions are read to find what a future waits for.
const STEPS: u32 = 2_000;

/// Functions that hand out all they are given.
const COLLECTING: &[&str] = &[
    "enumerate",
    "list",
    "reversed",
    "set",
    "sorted",
    "tuple",
    "zip",
];

/// A wait with a limit, inside the `with` block of the executor whose worker it waits for.
#[derive(Debug)]
pub struct ExecutorWait {
    /// The call that gives up.
    pub call: Span,
    /// How long it waits; `None` when that is known at run time only.
    pub limit: Option<Millis>,
    /// The executor that the block closes.
    pub executor: Span,
    /// The calls that hand work to the worker.
    pub submitted: Vec<Span>,
    /// Whether the worker ends by itself before the limit.
    pub worker_is_bounded: bool,
}

/// The `with` block of an executor.
struct Block {
    stmt: StmtId,
    /// The call that made the executor.
    made: (FileId, ExprId),
    executor: Span,
    /// How many expressions may still be read for the wait in question.
    steps: Cell<u32>,
}

impl Resolver<'_> {
    /// All waits with a limit in the `with` blocks of executors of a file.
    #[must_use]
    pub fn executor_waits(&self, file: FileId) -> Vec<ExecutorWait> {
        let Some(module) = self.project.module(file) else {
            return Vec::new();
        };
        let blocks = self.executor_blocks(file, module);
        let mut found = Vec::new();
        for block in &blocks {
            let within = |call: &ExprId| inside(module, block.stmt, *call);
            let calls: Vec<ExprId> = module.calls.iter().copied().filter(within).collect();
            if calls.iter().any(|it| self.kills(file, module, &calls, *it)) {
                continue;
            }
            for call in calls {
                found.extend(self.executor_wait(file, module, block, call));
            }
        }
        found
    }

    /// Whether a call ends workers by force, so that nothing is left to wait for; `block` are the calls
    /// around it.
    fn kills(&self, file: FileId, module: &Module, block: &[ExprId], call: ExprId) -> bool {
        let ExprKind::Call { callee, .. } = module.ast.kind(call) else {
            return false;
        };
        let name = module.ast.last_name(*callee).map_or("", |it| it.as_str());
        match (name, module.ast.kind(*callee)) {
            ("_exit" | "kill_workers" | "killpg" | "terminate_workers", _) => true,
            ("kill" | "terminate", ExprKind::Attribute { value, .. }) => {
                let seen = self.value(file, *value);
                let is_program =
                    matches!(&seen.value, Value::Made(it) if it.path == "subprocess.Popen");
                // The end of another program ends only a worker that waits for it.
                !is_program || is_handed_over(module, block, *value)
            }
            _ => false,
        }
    }

    fn executor_blocks(&self, file: FileId, module: &Module) -> Vec<Block> {
        let mut blocks = Vec::new();
        for (index, stmt) in (0..).zip(&module.ast.stmts) {
            let StmtKind::With { items, .. } = &stmt.kind else {
                continue;
            };
            for (item, _) in items {
                for it in self.value(file, *item).alternatives() {
                    if let Value::Made(made) = &it.value
                        && is_executor(&made.path)
                    {
                        blocks.push(Block {
                            stmt: StmtId(index),
                            made: (made.site.file, made.site.call),
                            executor: self.span(file, *item),
                            steps: Cell::new(STEPS),
                        });
                    }
                }
            }
        }
        blocks
    }

    fn executor_wait(
        &self,
        file: FileId,
        module: &Module,
        block: &Block,
        call: ExprId,
    ) -> Option<ExecutorWait> {
        let ExprKind::Call { callee, args } = module.ast.kind(call) else {
            return None;
        };
        let (waited, limit) = self.waited(file, module, *callee, args)?;
        let limit = match self.wait(&self.value(file, limit.value), Unit::Seconds) {
            Wait::Within(millis) => Some(millis),
            Wait::Unknown(_) => None,
            // Nobody believes in a limit that is none, and zero only asks whether it is done.
            _ => return None,
        };
        let mut submitted = Vec::new();
        block.steps.set(STEPS);
        let place = Place {
            file,
            expr: waited.unwrap_or(call),
            frame: None,
        };
        self.submissions(&place, block, DEPTH, &mut submitted);
        if submitted.is_empty() {
            return None;
        }
        let bounded = submitted.iter().all(|it| self.worker_is_bounded(it, limit));
        Some(ExecutorWait {
            call: self.span(file, call),
            limit,
            executor: block.executor,
            submitted: submitted
                .iter()
                .map(|it| self.span(it.file, it.call))
                .collect(),
            worker_is_bounded: bounded,
        })
    }

    /// What a call waits for and with which limit; no expression when it waits for its own work,
    /// as `executor.map(…, timeout=8)` does.
    fn waited<'a>(
        &self,
        file: FileId,
        module: &Module,
        callee: ExprId,
        args: &'a [Arg],
    ) -> Option<(Option<ExprId>, &'a Arg)> {
        if let ExprKind::Attribute { value, name } = module.ast.kind(callee) {
            match name.as_str() {
                "result" | "exception" => {
                    let limit = keyword(args, "timeout").or_else(|| positional(args, 0))?;
                    return Some((Some(*value), limit));
                }
                "map" => return Some((None, keyword(args, "timeout")?)),
                _ => {}
            }
        }
        let limit = keyword(args, "timeout").or_else(|| positional(args, 1))?;
        let known = match &self.value(file, callee).value {
            Value::External(path) => matches!(
                path.as_str(),
                "concurrent.futures.as_completed" | "concurrent.futures.wait"
            ),
            _ => false,
        };
        let futures = positional(args, 0).or_else(|| keyword(args, "fs"))?;
        known.then_some((Some(futures.value), limit))
    }

    /// The calls by which a block's executor got the work behind a future or a list of futures.
    fn submissions(&self, place: &Place, block: &Block, depth: u32, out: &mut Vec<Site>) {
        let far = depth == 0 || block.steps.get() == 0;
        let Some(module) = self.project.module(place.file).filter(|_| !far) else {
            return;
        };
        block.steps.set(block.steps.get() - 1);
        match module.ast.kind(place.expr) {
            ExprKind::Name(_) | ExprKind::Attribute { .. } => {
                for origin in self.origins(place) {
                    let (Origin::Value(inner)
                    | Origin::Element(inner, _)
                    | Origin::Each(inner)
                    | Origin::Added(inner)
                    | Origin::Key(inner)) = origin;
                    self.submissions(&inner, block, depth - 1, out);
                }
            }
            ExprKind::Call { callee, .. } if hands_over(module, *callee).is_some() => {
                if let Some(executor) = hands_over(module, *callee) {
                    self.submission(place, executor, block, out);
                }
            }
            _ => {
                for expr in parts(module, place.expr) {
                    let inner = Place {
                        expr,
                        ..place.clone()
                    };
                    self.submissions(&inner, block, depth - 1, out);
                }
            }
        }
    }

    fn submission(&self, place: &Place, executor: ExprId, block: &Block, out: &mut Vec<Site>) {
        let seen = self.eval(place.file, executor, place.frame.as_ref());
        let own = seen.alternatives().iter().any(|it| match &it.value {
            Value::Made(made) => (made.site.file, made.site.call) == block.made,
            _ => false,
        });
        let known = out
            .iter()
            .any(|it| (it.file, it.call) == (place.file, place.expr));
        if own && !known {
            out.push(Site {
                file: place.file,
                call: place.expr,
                frame: place.frame.clone(),
            });
        }
    }

    /// Whether what a call submits gives up by itself, no later than the limit.
    fn worker_is_bounded(&self, site: &Site, limit: Option<Millis>) -> bool {
        let Some(args) = self.args(site) else {
            return false;
        };
        let mine = site.file;
        if let Some(arg) = keyword(args, "timeout") {
            let written = self.eval(mine, arg.value, site.frame.as_ref());
            return ends_in_time(self.wait(&written, Unit::Seconds), limit);
        }
        let Some(work) = positional(args, 0) else {
            return false;
        };
        let seen = self.eval(mine, work.value, site.frame.as_ref());
        let all = seen.alternatives();
        all.iter().all(|it| self.work_is_bounded(it, limit))
    }

    pub(super) fn work_is_bounded(&self, work: &Seen, limit: Option<Millis>) -> bool {
        match &work.value {
            Value::Function(file, function, _) | Value::BoundMethod(_, file, function) => {
                self.body_is_bounded(*file, *function, limit)
            }
            Value::Member(of, _) => self.client_is_bounded(of, limit),
            Value::Partial(of, _) => self.work_is_bounded(of, limit),
            _ => false,
        }
    }

    /// Whether a function waits with a timeout somewhere, and nowhere longer than the limit.
    fn body_is_bounded(&self, file: FileId, function: FunctionId, limit: Option<Millis>) -> bool {
        let Some(module) = self.project.module(file) else {
            return false;
        };
        let own =
            |call: ExprId| module.ast.function_of(module.ast.expr(call).scope) == Some(function);
        let mut waits: Vec<bool> = Vec::new();
        for request in self.requests(file).iter().filter(|it| own(it.site.call)) {
            waits.push(match request.wait {
                RequestWait::Bounded(millis) => limit.is_none_or(|limit| millis <= limit),
                _ => false,
            });
        }
        let works = |call: &ExprId| own(*call) && !cleans_up(module, *call);
        for call in module.calls.iter().filter(|it| works(it)) {
            if let ExprKind::Call { args, .. } = module.ast.kind(*call)
                && let Some(arg) = keyword(args, "timeout")
            {
                let written = self.wait(&self.value(file, arg.value), Unit::Seconds);
                waits.push(ends_in_time(written, limit));
            }
        }
        !waits.is_empty() && waits.iter().all(|it| *it)
    }

    /// Whether a client that was built somewhere waits no longer than the limit.
    fn client_is_bounded(&self, of: &Seen, limit: Option<Millis>) -> bool {
        let Value::Made(made) = &of.value else {
            return false;
        };
        let clients = self.clients_at(&made.site);
        clients.iter().any(|it| match it.wait {
            ClientWait::Bounded(millis) => limit.is_none_or(|limit| millis <= limit),
            _ => false,
        })
    }
}

/// A written timeout of the worker against the limit of whoever waits for it.
fn ends_in_time(own: Wait, limit: Option<Millis>) -> bool {
    match (own, limit) {
        (Wait::Within(own), Some(limit)) => own <= limit,
        // Nobody can compare them: the author has at least thought of it.
        (Wait::Within(_) | Wait::Unknown(_), _) => true,
        _ => false,
    }
}

/// Whether an object of this path is an executor whose `with` block waits.
fn is_executor(path: &str) -> bool {
    let (module, name) = path.rsplit_once('.').unwrap_or(("", path));
    match name {
        "ThreadPoolExecutor" | "ProcessPoolExecutor" => module.starts_with("concurrent.futures"),
        "ContextThreadPoolExecutor" => module.starts_with("langchain_core.runnables"),
        _ => false,
    }
}

/// The executor that a call hands work to.
fn hands_over(module: &Module, callee: ExprId) -> Option<ExprId> {
    match module.ast.kind(callee) {
        ExprKind::Attribute { value, name } if name == "submit" || name == "map" => Some(*value),
        _ => None,
    }
}

/// The expressions whose futures a collection holds.
fn parts(module: &Module, expr: ExprId) -> Vec<ExprId> {
    match module.ast.kind(expr) {
        ExprKind::Tuple(parts) | ExprKind::List(parts) | ExprKind::Set(parts) => parts.clone(),
        ExprKind::Dict(entries) => {
            let both = entries.iter().map(|it| it.0.into_iter().chain([it.1]));
            both.flatten().collect()
        }
        ExprKind::Comprehension(whole) => whole.element.clone(),
        ExprKind::Subscript { value, .. } | ExprKind::Star(value) => vec![*value],
        ExprKind::Binary(_, a, b) => vec![*a, *b],
        ExprKind::Call { callee, args } => match module.ast.kind(*callee) {
            ExprKind::Attribute { value, name }
                if matches!(name.as_str(), "copy" | "items" | "keys" | "values") =>
            {
                vec![*value]
            }
            ExprKind::Name(name) if COLLECTING.contains(&name.as_str()) => {
                args.iter().map(|it| it.value).collect()
            }
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// Whether a call stands in a `finally`, where it bounds the end of the work and not the work.
fn cleans_up(module: &Module, call: ExprId) -> bool {
    let mut at = module.ast.expr(call).stmt;
    while let Some(owner) = module.ast.stmt(at).parent {
        if let StmtKind::Try { finally, .. } = &module.ast.stmt(owner).kind
            && finally.contains(&at)
        {
            return true;
        }
        at = owner;
    }
    false
}

/// Whether one of several calls is given something of a program: `pool.submit(program.wait)`.
fn is_handed_over(module: &Module, calls: &[ExprId], program: ExprId) -> bool {
    let Some(name) = module.ast.dotted(program) else {
        return true;
    };
    calls.iter().any(|it| {
        let ExprKind::Call { args, .. } = module.ast.kind(*it) else {
            return false;
        };
        let mut given = args.iter().filter_map(|it| module.ast.dotted(it.value));
        given.any(|it| {
            it.strip_prefix(name.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    })
}

/// Whether a call runs inside a `with` block, and not later in a function that is defined there.
fn inside(module: &Module, with: StmtId, call: ExprId) -> bool {
    let (block, expr) = (module.ast.stmt(with), module.ast.expr(call));
    block.header_end <= expr.start
        && expr.end <= block.end
        && module.ast.function_of(expr.scope) == module.ast.function_of(block.scope)
}
