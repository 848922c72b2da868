//! Whether somebody gives up on a call from outside: deadlines around it, here or in its callers.

use smol_str::SmolStr;

use crate::model::python::{keyword, positional};
use crate::project::resolve::Resolver;
use crate::project::value::{Site, Value};
use crate::project::waits::Wait;
use crate::source::FileId;
use crate::syntax::python::{
    Arg, ArgKind, ExprId, ExprKind, Function, FunctionId, StmtId, StmtKind,
};
use crate::units::Unit;

/// How many functions up a bound from outside is looked for.
pub const CALLERS: u32 = 3;

/// How many places a name that holds a started call may be used at.
const REFERENCES: usize = 32;

/// Calls that give up on what they are handed, and where their limit stands among the positional
/// arguments; the argument is called `timeout` in all of them.
const DEADLINE_CALLS: &[(&str, usize)] = &[
    ("wait_for", 1),
    ("wait", 1),
    ("run_with_timeout", 1),
    ("with_timeout", 1),
    ("func_timeout", 0),
];

/// Context managers that give up on their block.
const DEADLINE_BLOCKS: &[&str] = &[
    "timeout",
    "timeout_at",
    "fail_after",
    "fail_at",
    "move_on_after",
    "move_on_at",
];

/// Decorators that give up on the function below them.
const DEADLINE_DECORATORS: &[&str] = &["timeout", "func_set_timeout", "with_timeout"];

/// Calls that start another call and return something to wait for.
const STARTERS: &[&str] = &[
    "submit",
    "create_task",
    "ensure_future",
    "run_in_executor",
    "to_thread",
    "start_soon",
    "run_coroutine_threadsafe",
];

impl Resolver<'_> {
    /// Whether a run passes a timeout of its own: `.invoke(x, timeout=30)`.
    pub(super) fn bounded_by_argument(&self, file: FileId, call: ExprId) -> bool {
        let site = Site::of(file, call);
        let args = self.args(&site).unwrap_or_default();
        // Whatever is passed on purpose is no missing timeout; `None` alone is.
        keyword(args, "timeout").is_some_and(|it| self.is_deadline(file, it.value))
            || keyword(args, "request_options").is_some_and(|it| self.holds_limit(file, it.value))
    }

    /// Whether the options of a request may hold a timeout: they name one, or nobody knows them.
    fn holds_limit(&self, file: FileId, options: ExprId) -> bool {
        let seen = self.value(file, options);
        let options = match &seen.value {
            Value::None => return false,
            Value::Dict(dict) => (**dict).clone(),
            Value::Made(made) => self.keywords(&made.site, made.partial.as_ref()),
            _ => return true,
        };
        let named = options.entries.iter().any(|it| it.key.contains("timeout"));
        named || !options.is_closed()
    }

    /// Whether a call runs under a deadline of its caller, here or in all functions that call this
    /// one.
    #[must_use]
    pub fn bounded_outside(&self, file: FileId, call: ExprId, levels: u32) -> bool {
        let Some(module) = self.project.module(file) else {
            return false;
        };
        let own = module.ast.expr(call);
        if self.inside_deadline_call(file, call, levels)
            || self.inside_deadline_block(file, own.stmt)
            || self.waited_for_later(file, call, levels)
        {
            return true;
        }
        let Some(function) = module.ast.function_of(own.scope) else {
            return false;
        };
        if self.function_gives_up(file, function, own.stmt) {
            return true;
        }
        // A coroutine that blocks never lets the event loop get to its timer.
        let is_async = module.ast.function(function).is_async;
        if levels == 0 || (is_async && !self.is_awaited(file, call)) {
            return false;
        }
        self.node_gives_up(file, function) || self.callers_bound(file, function, levels - 1)
    }

    /// Whether an expression is awaited, itself or as an argument of what is, or by `async for`.
    fn is_awaited(&self, file: FileId, expr: ExprId) -> bool {
        let Some(module) = self.project.module(file) else {
            return false;
        };
        let mut at = expr;
        while let Some(parent) = module.ast.expr(at).parent {
            match module.ast.kind(parent) {
                ExprKind::Await(_) => return true,
                ExprKind::Call { callee, .. } if *callee != at => at = parent,
                _ => return false,
            }
        }
        // `async for … in <call>:` awaits each element.
        let stmt = module.ast.stmt(module.ast.expr(at).stmt);
        let loops = matches!(&stmt.kind, StmtKind::For { iterable, .. } if *iterable == at);
        let text = &self.project.sources().get(file).text;
        loops && text[stmt.start as usize..].starts_with("async")
    }

    /// Whether a statement as a whole runs under a deadline, here or in all functions that call
    /// this one.
    #[must_use]
    pub fn statement_bounded_outside(&self, file: FileId, stmt: StmtId) -> bool {
        let Some(module) = self.project.module(file) else {
            return false;
        };
        self.inside_deadline_block(file, stmt)
            || module
                .ast
                .function_of(module.ast.stmt(stmt).scope)
                .is_some_and(|it| self.callers_bound(file, it, CALLERS - 1))
    }

    fn callers_bound(&self, file: FileId, function: FunctionId, levels: u32) -> bool {
        let callers = self.callers(file, function);
        callers.complete
            && !callers.sites.is_empty()
            && callers.sites.len() <= 16
            && callers
                .sites
                .iter()
                .all(|(site, _)| self.bounded_outside(site.file, site.call, levels))
    }

    /// `asyncio.wait_for(<call>, 30)`, `run_with_timeout(lambda: <call>, 30)`; of a reference, also
    /// `func_timeout(30, <reference>)`.
    fn inside_deadline_call(&self, file: FileId, expr: ExprId, levels: u32) -> bool {
        let Some(module) = self.project.module(file) else {
            return false;
        };
        // A reference that is handed over is what the call itself runs.
        let mut own = Some(expr);
        let mut at = expr;
        loop {
            let call = own.take().or(module.ast.expr(at).parent);
            let Some(call) = call else { return false };
            if let ExprKind::Call { callee, args } = module.ast.kind(call) {
                let name = module.ast.last_name(*callee);
                let known = DEADLINE_CALLS
                    .iter()
                    .find(|it| name.is_some_and(|name| name == it.0));
                if let Some((_, position)) = known
                    && *callee != at
                {
                    let limit = keyword(args, "timeout").or_else(|| positional(args, *position));
                    return limit.is_some_and(|arg| self.is_deadline(file, arg.value));
                }
                if call != expr && *callee != at && self.helper_gives_up(file, call, at, levels) {
                    return true;
                }
            }
            at = call;
        }
    }

    /// Whether a function of the project gives up on what it is handed as one of its arguments.
    fn helper_gives_up(&self, file: FileId, call: ExprId, given: ExprId, levels: u32) -> bool {
        let Some(module) = self.project.module(file).filter(|_| levels > 0) else {
            return false;
        };
        let ExprKind::Call { callee, args } = module.ast.kind(call) else {
            return false;
        };
        let Some(index) = args.iter().position(|it| it.value == given) else {
            return false;
        };
        let target = self.value(file, *callee);
        let (in_file, function, shift) = match &target.value {
            Value::Function(file, function, _) => (*file, *function, 0),
            Value::BoundMethod(_, file, function) => (*file, *function, 1),
            _ => return false,
        };
        let Some(inner) = self.project.module(in_file) else {
            return false;
        };
        let own = inner.ast.function(function);
        let param = match &args[index].kind {
            ArgKind::Keyword(name) => own.params.iter().find(|it| it.name == *name),
            ArgKind::Positional => own.params.get(index + shift),
            _ => None,
        };
        param.is_some_and(|it| self.gives_up_on(in_file, own, &it.name, levels - 1))
    }

    /// Whether a function uses a parameter only where it gives up on it.
    fn gives_up_on(&self, file: FileId, own: &Function, param: &SmolStr, levels: u32) -> bool {
        let Some(module) = self.project.module(file) else {
            return false;
        };
        let uses = module.ast.exprs.iter().zip(0..).filter(|(it, _)| {
            matches!(&it.kind, ExprKind::Name(name) if name == param)
                && module.scope_binding(it.scope, param) == Some(own.scope)
        });
        let mut any = false;
        for (_, at) in uses.take(REFERENCES) {
            any = true;
            // What is called here, or handed to something that calls it.
            let name = ExprId(at);
            let called = module.ast.expr(name).parent.filter(|it| {
                matches!(module.ast.kind(*it), ExprKind::Call { callee, .. } if *callee == name)
            });
            if !self.bounded_here(file, called.unwrap_or(name), levels) {
                return false;
            }
        }
        any
    }

    /// Whether a call, or a reference that is handed over, runs under a deadline of this function.
    fn bounded_here(&self, file: FileId, expr: ExprId, levels: u32) -> bool {
        let Some(module) = self.project.module(file) else {
            return false;
        };
        let own = module.ast.expr(expr);
        self.inside_deadline_call(file, expr, levels)
            || self.inside_deadline_block(file, own.stmt)
            || self.waited_for_later(file, expr, levels)
            || module
                .ast
                .function_of(own.scope)
                .is_some_and(|it| self.function_gives_up(file, it, own.stmt))
    }

    /// `future = pool.submit(<call>)`, and then `future.result(timeout=30)` or
    /// `asyncio.wait_for(future, 30)`.
    fn waited_for_later(&self, file: FileId, expr: ExprId, levels: u32) -> bool {
        let Some(module) = self.project.module(file).filter(|_| levels > 0) else {
            return false;
        };
        let Some(started) = self.started_by(file, expr) else {
            return false;
        };
        // Used on the spot: `pool.submit(f).result(timeout=30)`.
        if let Some(bounded) = self.result_within(file, started) {
            return bounded;
        }
        let own = module.ast.expr(started);
        let StmtKind::Assign { targets, .. } = &module.ast.stmt(own.stmt).kind else {
            return false;
        };
        let [target] = targets.as_slice() else {
            return false;
        };
        let ExprKind::Name(name) = module.ast.kind(*target) else {
            return false;
        };
        let uses = module.ast.exprs.iter().zip(0..).filter(|(it, _)| {
            it.scope == own.scope
                && it.stmt > own.stmt
                && matches!(&it.kind, ExprKind::Name(used) if used == name)
        });
        let mut uses = uses.take(REFERENCES).map(|(_, at)| ExprId(at));
        uses.any(|it| {
            self.result_within(file, it) == Some(true) || self.inside_deadline_call(file, it, 0)
        })
    }

    /// The call that starts an expression in another task or thread, outside of a block whose end
    /// waits for it.
    fn started_by(&self, file: FileId, expr: ExprId) -> Option<ExprId> {
        let module = self.project.module(file)?;
        let mut at = expr;
        let mut own = Some(expr);
        while let Some(call) = own.take().or(module.ast.expr(at).parent) {
            if let ExprKind::Call { callee, .. } = module.ast.kind(call)
                && *callee != at
                && let Some(name) = module.ast.last_name(*callee)
                && STARTERS.contains(&name.as_str())
            {
                let in_block = name == "submit" && self.in_block_of(file, call, *callee);
                return (!in_block).then_some(call);
            }
            at = call;
        }
        None
    }

    /// Whether a call stands in the `with` block that opened the pool it is handed to.
    fn in_block_of(&self, file: FileId, call: ExprId, callee: ExprId) -> bool {
        let Some(module) = self.project.module(file) else {
            return false;
        };
        let ExprKind::Attribute { value: pool, .. } = module.ast.kind(callee) else {
            return false;
        };
        let ExprKind::Name(pool) = module.ast.kind(*pool) else {
            return false;
        };
        let mut at = Some(module.ast.expr(call).stmt);
        while let Some(stmt) = at {
            if let StmtKind::With { items, .. } = &module.ast.stmt(stmt).kind {
                let named = |target: &Option<ExprId>| {
                    target.is_some_and(
                        |it| matches!(module.ast.kind(it), ExprKind::Name(name) if name == pool),
                    )
                };
                if items.iter().any(|(_, target)| named(target)) {
                    return true;
                }
            }
            at = module.ast.stmt(stmt).parent;
        }
        false
    }

    /// Whether `.result(…)` of an expression has a limit; `None` when nobody asks for its result.
    fn result_within(&self, file: FileId, of: ExprId) -> Option<bool> {
        let module = self.project.module(file)?;
        let member = module.ast.expr(of).parent?;
        match module.ast.kind(member) {
            ExprKind::Attribute { value, name } if *value == of && name == "result" => {}
            _ => return None,
        }
        let call = module.ast.expr(member).parent?;
        let ExprKind::Call { callee, args } = module.ast.kind(call) else {
            return None;
        };
        let limit = keyword(args, "timeout").or_else(|| positional(args, 0));
        let within = limit.is_some_and(|arg| self.is_deadline(file, arg.value));
        (*callee == member).then_some(within)
    }

    /// `async with asyncio.timeout(30):` around a statement.
    fn inside_deadline_block(&self, file: FileId, stmt: StmtId) -> bool {
        let Some(module) = self.project.module(file) else {
            return false;
        };
        let mut at: Option<StmtId> = Some(stmt);
        while let Some(stmt) = at {
            if let StmtKind::With { items, .. } = &module.ast.stmt(stmt).kind
                && items
                    .iter()
                    .any(|(item, _)| self.opens_deadline(file, *item))
            {
                return true;
            }
            at = module.ast.stmt(stmt).parent;
        }
        false
    }

    /// The limit that opens a block: `30` of `async with asyncio.timeout(30)`.
    #[must_use]
    pub fn block_deadline(&self, file: FileId, item: ExprId) -> Option<ExprId> {
        let module = self.project.module(file)?;
        let ExprKind::Call { args, .. } = module.ast.kind(item) else {
            return None;
        };
        self.opens_deadline(file, item)
            .then(|| args.first().map(|it| it.value))?
    }

    fn opens_deadline(&self, file: FileId, item: ExprId) -> bool {
        let Some(module) = self.project.module(file) else {
            return false;
        };
        let ExprKind::Call { callee, args } = module.ast.kind(item) else {
            return false;
        };
        let name = module.ast.last_name(*callee).map_or("", SmolStr::as_str);
        DEADLINE_BLOCKS.contains(&name) && self.first_is_deadline(file, args)
    }

    /// Whether a function as a whole is given up on: by its decorator, or by an alarm that it sets
    /// before a statement.
    fn function_gives_up(&self, file: FileId, function: FunctionId, stmt: StmtId) -> bool {
        let Some(module) = self.project.module(file) else {
            return false;
        };
        let own = module.ast.function(function);
        let decorated = own.decorators.iter().any(|it| match module.ast.kind(*it) {
            ExprKind::Call { callee, args } => {
                let name = module.ast.last_name(*callee).map_or("", SmolStr::as_str);
                DEADLINE_DECORATORS.contains(&name) && self.first_is_deadline(file, args)
            }
            _ => false,
        });
        decorated
            || self.project.calls_named("alarm").iter().any(|(it, call)| {
                let alarm = *it == file && module.ast.expr(*call).scope == own.scope;
                alarm && module.ast.expr(*call).stmt < stmt && self.sets_alarm(file, *call)
            })
    }

    /// `signal.alarm(30)`; `signal.alarm(0)` takes it back.
    fn sets_alarm(&self, file: FileId, call: ExprId) -> bool {
        let Some(ExprKind::Call { callee, args }) =
            self.project.module(file).map(|it| it.ast.kind(call))
        else {
            return false;
        };
        let is_alarm = matches!(
            &self.value(file, *callee).value,
            Value::External(path) if path == "signal.alarm"
        );
        is_alarm && self.first_is_deadline(file, args)
    }

    /// Whether a coroutine only runs as a node that its graph gives up on:
    /// `graph.add_node("ask", ask, timeout=30)`.
    fn node_gives_up(&self, file: FileId, function: FunctionId) -> bool {
        let Some(module) = self.project.module(file) else {
            return false;
        };
        let own = module.ast.function(function);
        if !own.is_async {
            return false;
        }
        let mut found = false;
        for (in_file, call) in self.project.calls_named("add_node") {
            let Some(ExprKind::Call { args, .. }) =
                self.project.module(in_file).map(|it| it.ast.kind(call))
            else {
                continue;
            };
            let is_own = |arg: &Arg| {
                matches!(
                    self.value(in_file, arg.value).value,
                    Value::Function(f, id, _) if (f, id) == (file, function)
                )
            };
            let named = args.iter().filter(|it| it.kind == ArgKind::Positional);
            if !named.clone().any(is_own) {
                continue;
            }
            let limit = keyword(args, "timeout");
            if !limit.is_some_and(|arg| self.is_deadline(in_file, arg.value)) {
                return false;
            }
            found = true;
        }
        found && self.callers(file, function).sites.is_empty()
    }

    fn first_is_deadline(&self, file: FileId, args: &[Arg]) -> bool {
        args.first()
            .is_some_and(|arg| arg.kind != ArgKind::Star && self.is_deadline(file, arg.value))
    }

    /// Whether a value ends a wait, as far as can be told: everything but a plain `None`, or zero.
    pub(super) fn is_deadline(&self, file: FileId, value: ExprId) -> bool {
        !matches!(
            self.wait(&self.value(file, value), Unit::Seconds),
            Wait::Nothing(_) | Wait::Zero(_)
        )
    }
}
