//! Who waits for a queue or an event without a limit, and whether the end is told when its producer fails.

use smol_str::SmolStr;

use crate::model::python::sites::{Called, MethodCall};
use crate::model::python::{Module, keyword};
use crate::project::bounds::CALLERS;
use crate::project::loops::reach::Reaches;
use crate::project::loops::words;
use crate::project::resolve::Resolver;
use crate::project::value::Value;
use crate::source::{FileId, Span};
use crate::syntax::python::{Arg, ExprId, ExprKind, FunctionId, StmtId, StmtKind};

/// A wait for somebody who tells only of a success.
#[derive(Debug)]
pub struct UnboundedWait {
    /// The wait.
    pub at: Span,
    /// What is called, as it is written.
    pub name: String,
    /// The function that is waited for.
    pub producer: SmolStr,
    /// Where it tells that it is done.
    pub told: Span,
}

/// One call of a method of a queue or an event.
struct Touch {
    call: ExprId,
    function: Option<FunctionId>,
    tells: bool,
}

impl Resolver<'_> {
    /// All waits of a file for a queue or an event whose other side may fail without a word.
    #[must_use]
    pub fn unbounded_waits(&self, file: FileId) -> Vec<UnboundedWait> {
        let Some(module) = self.project.module(file) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for Called { call, callee, .. } in module.called() {
            let may_be = module.ast.last_name(callee);
            if may_be.is_some_and(|it| it.ends_with("Queue") || it == "Event")
                && matches!(&self.value(file, callee).value, Value::External(path) if is_channel(path))
            {
                found.extend(self.wait_for(file, module, call));
            }
        }
        found
    }

    /// A wait for what one call has made.
    fn wait_for(&self, file: FileId, module: &Module, made: ExprId) -> Option<UnboundedWait> {
        let touches = self.touches(file, module, made);
        let (tells, waits): (Vec<&Touch>, Vec<&Touch>) = touches.iter().partition(|it| it.tells);
        let wait = waits
            .iter()
            .find(|it| self.waits_for_ever(file, module, it))?;
        let consumer = wait.function?;
        let others = tells
            .iter()
            .all(|it| it.function.is_some_and(|it| it != consumer));
        let told_of_failure = tells.iter().any(|it| after_failure(module, it.call));
        if tells.is_empty() || !others || told_of_failure || looks_at_producer(module, consumer) {
            return None;
        }
        let last = tells.iter().rev().find(|it| ends(module, it.call))?;
        let producer = last.function?;
        let reaches = Reaches::new(self);
        let own = module.ast.function(producer);
        let stmt = module.ast.stmt(own.stmt);
        let mut calls = module.calls.iter().filter(|it| {
            let expr = module.ast.expr(**it);
            (stmt.start..stmt.end).contains(&expr.start)
        });
        let talks = calls.any(|it| reaches.call(file, *it).talks());
        let ExprKind::Call { callee, .. } = module.ast.kind(wait.call) else {
            return None;
        };
        let name = self
            .project
            .sources()
            .text(self.span(file, *callee))
            .to_owned();
        talks.then(|| UnboundedWait {
            at: self.span(file, wait.call),
            name,
            producer: own.name.clone(),
            told: self.span(file, last.call),
        })
    }

    /// The calls of methods of what one call has made, in the order of the text.
    fn touches(&self, file: FileId, module: &Module, made: ExprId) -> Vec<Touch> {
        let mut found = Vec::new();
        for MethodCall {
            call,
            on: value,
            name,
            ..
        } in module.method_calls()
        {
            let tells = matches!(name.as_str(), "put" | "put_nowait" | "set");
            if !tells && !matches!(name.as_str(), "get" | "wait") {
                continue;
            }
            let of = self.value(file, value);
            let own = of.alternatives().iter().any(|it| {
                matches!(&it.value, Value::Made(it) if (it.site.file, it.site.call) == (file, made))
            });
            if own {
                found.push(Touch {
                    call,
                    function: module.ast.function_of(module.ast.expr(call).scope),
                    tells,
                });
            }
        }
        found.sort_by_key(|it| module.ast.expr(it.call).start);
        found
    }

    /// Whether a wait has no limit of its own and none around it.
    fn waits_for_ever(&self, file: FileId, module: &Module, touch: &Touch) -> bool {
        let ExprKind::Call { callee, args } = module.ast.kind(touch.call) else {
            return false;
        };
        let waits = module.ast.last_name(*callee).is_some_and(|it| it == "wait");
        // An event is waited for once; a queue in a loop that somebody else ends.
        (waits || in_loop(module, touch.call))
            && blocks(module, args)
            && !self.bounded_outside(file, touch.call, CALLERS)
    }
}

/// `get()` and `get(True)`, but not `get(timeout=5)` or `get(False)`.
fn blocks(module: &Module, args: &[Arg]) -> bool {
    keyword(args, "timeout").is_none()
        && args
            .iter()
            .all(|it| matches!(module.ast.kind(it.value), ExprKind::Bool(true)))
}

fn is_channel(path: &str) -> bool {
    matches!(
        path,
        "asyncio.Event"
            | "asyncio.Queue"
            | "asyncio.queues.Queue"
            | "queue.Queue"
            | "queue.SimpleQueue"
            | "threading.Event"
    )
}

fn in_loop(module: &Module, call: ExprId) -> bool {
    ancestors(module, call).any(|it| matches!(module.ast.stmt(it).kind, StmtKind::While { .. }))
}

fn ancestors(module: &Module, call: ExprId) -> impl Iterator<Item = StmtId> + '_ {
    let first = module.ast.expr(call).stmt;
    std::iter::successors(Some(first), |it| module.ast.stmt(*it).parent)
}

/// Whether a call stands where a failure leads: in a handler, in a `finally`, or in the method of a
/// callback that is told of errors.
fn after_failure(module: &Module, call: ExprId) -> bool {
    let at = module.ast.expr(call);
    let holds = |block: &[StmtId]| {
        let inside = |it: &StmtId| {
            let stmt = module.ast.stmt(*it);
            stmt.start <= at.start && at.start < stmt.end
        };
        block.iter().any(inside)
    };
    let function = module.ast.function_of(at.scope);
    let name = function.map_or("", |it| module.ast.function(it).name.as_str());
    name.contains("error")
        || ancestors(module, call).any(|it| match &module.ast.stmt(it).kind {
            StmtKind::Try {
                handlers, finally, ..
            } => holds(finally) || handlers.iter().any(|it| holds(&it.body)),
            _ => false,
        })
}

/// Whether a call tells that nothing else comes: it sends no more than a constant, or sets an event.
fn ends(module: &Module, call: ExprId) -> bool {
    let ExprKind::Call { callee, args } = module.ast.kind(call) else {
        return false;
    };
    match args.as_slice() {
        [] => module.ast.last_name(*callee).is_some_and(|it| it == "set"),
        [one] => match module.ast.kind(one.value) {
            ExprKind::None | ExprKind::Str(_) => true,
            ExprKind::Name(name) => name.chars().all(|it| it.is_uppercase() || it == '_'),
            _ => false,
        },
        _ => false,
    }
}

/// Whether a consumer looks whether its producer is still there, or waits for several things.
fn looks_at_producer(module: &Module, consumer: FunctionId) -> bool {
    let own = module.ast.stmt(module.ast.function(consumer).stmt);
    module.ast.exprs.iter().any(|it| {
        let inside = own.start <= it.start && it.end <= own.end;
        inside
            && match &it.kind {
                ExprKind::Name(name) | ExprKind::Attribute { name, .. } => {
                    matches!(
                        name.as_str(),
                        "is_alive" | "done" | "exception" | "wait_for" | "FIRST_COMPLETED"
                    ) || words::guards(name)
                }
                _ => false,
            }
    })
}
