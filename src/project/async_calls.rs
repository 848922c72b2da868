//! Calls of models and services inside `async def`: which of them block the event loop, and which are
//! awaited on behalf of somebody who waits for the answer.

use smol_str::SmolStr;

use crate::catalog::Known;
use crate::fact::Limit;
use crate::model::python::sites::Called;
use crate::model::python::{Module, positional};
use crate::project::bounds::CALLERS;
use crate::project::entry_points::imports;
use crate::project::requests::RequestSite;
use crate::project::resolve::Resolver;
use crate::project::uses::{RUN_METHODS, SDK_METHODS};
use crate::project::value::{Seen, Site, Value};
use crate::source::{FileId, Span};
use crate::syntax::python::{ExprId, ExprKind, FunctionId, StmtKind};
use crate::units::{Millis, Unit};

/// How many callers of one function are looked at.
const MANY: usize = 16;

/// A call inside `async def` that does not let the event loop go on.
#[derive(Debug)]
pub struct BlockingCall {
    /// What is called.
    pub callee: Span,
    /// The same, as it is written.
    pub name: String,
    /// What it waits for.
    pub what: Blocking,
    /// The name of the function, where it is defined.
    pub function: Span,
    /// The decorator that makes it answer requests, if that is known.
    pub route: Option<Span>,
    /// What to call instead; `None` when that depends.
    pub instead: Option<String>,
}

/// What a blocking call waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blocking {
    /// A model, or an agent around one.
    Model,
    /// A server.
    Request,
    /// Nothing: it sleeps that long, when that is known.
    Sleep(Option<Millis>),
}

/// A model or an agent that is awaited while somebody waits for the answer, with no deadline around.
#[derive(Debug)]
pub struct ServedAwait {
    /// What is called.
    pub callee: Span,
    /// The same, as it is written.
    pub name: String,
    /// The decorator that makes the function answer requests.
    pub route: Span,
    /// The longest gap that its client waits for, if that is known.
    pub gap: Option<Millis>,
    /// Whether an agent decides how often it asks.
    pub is_agent: bool,
}

/// What a receiver of a run leads to.
struct Target {
    /// Whether it is an agent or a graph.
    is_agent: bool,
    /// The places that built its clients.
    built: Vec<Site>,
}

impl Resolver<'_> {
    /// All calls of a file that block the event loop.
    #[must_use]
    pub fn blocking_calls(&self, file: FileId, requests: &[RequestSite<'_>]) -> Vec<BlockingCall> {
        let Some(module) = self.project.module(file) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for Called { call, callee, .. } in module.called() {
            let Some(function) = async_function(module, call) else {
                continue;
            };
            if module.is_dead(module.ast.expr(call).stmt) {
                continue;
            }
            let what = match requests.iter().find(|it| it.site.call == call) {
                // Where the asynchronous twin of a class shares its code, only the await tells them
                // apart.
                Some(request) => (request.http.blocks && !directly_awaited(module, call))
                    .then_some(Blocking::Request),
                None if is_awaited(module, call) => None,
                None => self.blocks(file, module, callee, call),
            };
            let Some(what) = what else { continue };
            if self.every_request_has_its_loop() || self.runs_alone(file, function, CALLERS) {
                continue;
            }
            let own = &module.ast.function(function).name_span;
            found.push(BlockingCall {
                callee: self.span(file, callee),
                name: self.written(file, callee),
                what,
                function: Span {
                    file,
                    start: own.start,
                    end: own.end,
                },
                route: self.route(file, function, CALLERS),
                instead: instead(module, callee, what),
            });
        }
        found
    }

    /// What a call that is no request waits for, if it blocks.
    fn blocks(
        &self,
        file: FileId,
        module: &Module,
        callee: ExprId,
        call: ExprId,
    ) -> Option<Blocking> {
        match module.ast.kind(callee) {
            ExprKind::Attribute { value, name } if is_sync_run(name) => {
                // `client.aio.models.generate_content` is the asynchronous twin.
                if self.written(file, callee).contains(".aio.") {
                    return None;
                }
                let target = self.target_of(&self.value(file, *value))?;
                let all = &target.built;
                let asynchronous = all.iter().any(|it| self.is_async_client(it));
                (!asynchronous).then_some(Blocking::Model)
            }
            ExprKind::Attribute { name, .. } | ExprKind::Name(name) if name == "sleep" => {
                let seen = self.value(file, callee);
                let sleeps = matches!(&seen.value, Value::External(path) if path == "time.sleep");
                sleeps.then(|| Blocking::Sleep(self.slept(file, module, call)))
            }
            _ => None,
        }
    }

    fn slept(&self, file: FileId, module: &Module, call: ExprId) -> Option<Millis> {
        let ExprKind::Call { args, .. } = module.ast.kind(call) else {
            return None;
        };
        let seen = self.value(file, positional(args, 0)?.value);
        Millis::of(seen.number()?, Unit::Seconds)
    }

    /// All models and agents of a file that are awaited in the path of a request without a deadline.
    #[must_use]
    pub fn served_awaits(&self, file: FileId) -> Vec<ServedAwait> {
        let Some(module) = self.project.module(file) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for Called { call, callee, .. } in module.called() {
            let ExprKind::Attribute { value, name } = module.ast.kind(callee) else {
                continue;
            };
            let parent = module.ast.expr(call).parent;
            let awaited =
                parent.is_some_and(|it| matches!(module.ast.kind(it), ExprKind::Await(_)));
            if !awaited || !RUN_METHODS.contains(&name.as_str()) {
                continue;
            }
            found.extend(self.served_await(file, module, (call, callee, *value)));
        }
        found
    }

    fn served_await(
        &self,
        file: FileId,
        module: &Module,
        (call, callee, receiver): (ExprId, ExprId, ExprId),
    ) -> Option<ServedAwait> {
        let function = async_function(module, call)?;
        let target = self.target_of(&self.value(file, receiver))?;
        let route = self.route(file, function, CALLERS)?;
        if self.bounded_outside(file, call, CALLERS) {
            return None;
        }
        let mut gap = None;
        for client in target.built.iter().flat_map(|it| self.clients_at(it)) {
            match client.limit().value {
                // Other rules speak of a client that has no bound at all.
                Limit::Forever => return None,
                Limit::Within(_) if client.client.timeout.total_async && !target.is_agent => {
                    return None;
                }
                Limit::Within(wait) => gap = gap.max(Some(wait)),
                Limit::Unknown => {}
            }
        }
        Some(ServedAwait {
            callee: self.span(file, callee),
            name: self.written(file, callee),
            route,
            gap,
            is_agent: target.is_agent,
        })
    }

    /// The models and agents that a receiver leads to; `None` when it leads to none.
    fn target_of(&self, seen: &Seen) -> Option<Target> {
        let mut target = Target {
            is_agent: is_compiled_graph(seen),
            built: Vec::new(),
        };
        for built in self.built(seen) {
            match built
                .path
                .as_deref()
                .map(|it| self.project.catalog.known(it))
            {
                Some(Some(Known::Agent(_))) => target.is_agent = true,
                Some(Some(Known::Client(_) | Known::Factory(_))) => target.built.push(built.site),
                // A class of the project may extend one of the library's.
                None if !self.clients_at(&built.site).is_empty() => target.built.push(built.site),
                _ => {}
            }
        }
        (target.is_agent || !target.built.is_empty()).then_some(target)
    }

    /// Whether a client's methods are coroutines under the names of the blocking ones.
    fn is_async_client(&self, site: &Site) -> bool {
        let clients = self.clients_at(site);
        clients.iter().any(|it| it.client.is_async())
    }

    /// The decorator that makes a function, or one of those that call it, answer requests.
    fn route(&self, file: FileId, function: FunctionId, levels: u32) -> Option<Span> {
        let module = self.project.module(file)?;
        let own = module.ast.function(function);
        for decorator in &own.decorators {
            if let ExprKind::Call { callee, .. } = module.ast.kind(*decorator)
                && let ExprKind::Attribute { name, .. } = module.ast.kind(*callee)
                && ROUTES.contains(&name.as_str())
            {
                return Some(self.span(file, *decorator));
            }
        }
        if levels == 0 {
            return None;
        }
        let callers = self.callers(file, function);
        callers.sites.iter().take(MANY).find_map(|(site, _)| {
            let caller = async_function(self.project.module(site.file)?, site.call)?;
            self.route(site.file, caller, levels - 1)
        })
    }

    /// Whether the only framework of the project that enters functions starts an event loop for each
    /// request.
    fn every_request_has_its_loop(&self) -> bool {
        let frameworks = &self.project.catalog.frameworks;
        frameworks
            .iter()
            .filter_map(|it| it.own_loop.as_ref())
            .any(|own| {
                let package = |it: &SmolStr| it.split('.').next().map(SmolStr::from);
                let packages: Vec<SmolStr> = own.classes.iter().filter_map(package).collect();
                let imported = |all: &[SmolStr]| {
                    let mut modules = self.project.modules();
                    modules.any(|(_, module)| all.iter().any(|it| imports(module, it)))
                };
                imported(&packages) && !imported(&own.unless)
            })
    }

    /// Whether a framework starts an event loop for each request that a function answers.
    fn has_own_loop(&self, file: FileId, function: FunctionId) -> bool {
        let Some(ast) = self.project.module(file).map(|it| &it.ast) else {
            return false;
        };
        let frameworks = &self.project.catalog.frameworks;
        let own = |path: &SmolStr| {
            let mut all = frameworks.iter().filter_map(|it| it.own_loop.as_ref());
            all.any(|it| it.classes.contains(path))
        };
        ast.function(function).decorators.iter().any(|decorator| {
            let ExprKind::Call { callee, .. } = ast.kind(*decorator) else {
                return false;
            };
            let ExprKind::Attribute { value, .. } = ast.kind(*callee) else {
                return false;
            };
            let registrar = self.value(file, *value);
            let mut made = registrar.alternatives().iter();
            made.any(|it| matches!(&it.value, Value::Made(made) if own(&made.path)))
        })
    }

    /// Whether a function runs with nothing beside it that could be held up: `asyncio.run(main())`.
    fn runs_alone(&self, file: FileId, function: FunctionId, levels: u32) -> bool {
        if self.has_own_loop(file, function) {
            return true;
        }
        let callers = self.callers(file, function);
        callers.complete
            && !callers.sites.is_empty()
            && callers.sites.len() <= MANY
            && callers.sites.iter().all(|(site, _)| {
                let Some(module) = self.project.module(site.file) else {
                    return false;
                };
                starts_loop(module, site.call)
                    || levels > 0
                        && directly_awaited(module, site.call)
                        && async_function(module, site.call)
                            .is_some_and(|it| self.runs_alone(site.file, it, levels - 1))
            })
    }

    fn written(&self, file: FileId, expr: ExprId) -> String {
        let text = self.project.sources().text(self.span(file, expr));
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// Methods by which web frameworks register a function for requests.
const ROUTES: &[&str] = &[
    "api_route",
    "delete",
    "get",
    "patch",
    "post",
    "put",
    "route",
    "websocket",
];

/// The innermost function around a call, if it is `async def`.
fn async_function(module: &Module, call: ExprId) -> Option<FunctionId> {
    let function = module.ast.function_of(module.ast.expr(call).scope)?;
    module.ast.function(function).is_async.then_some(function)
}

/// Whether a call's result is awaited, or handed to something that may await it.
pub(super) fn is_awaited(module: &Module, call: ExprId) -> bool {
    let mut at = call;
    loop {
        let Some(parent) = module.ast.expr(at).parent else {
            return at == call && enters_async(module, call);
        };
        match module.ast.kind(parent) {
            ExprKind::Await(_) => return at == call,
            // `gather(*[f() for …])`
            ExprKind::Star(_) | ExprKind::Comprehension(_) => at = parent,
            // `gather(f())`, `create_task(f())`: only a coroutine makes sense there.
            ExprKind::Call { callee, .. } if *callee != at => {
                return module.ast.last_name(*callee).is_some_and(|it| {
                    matches!(
                        it.as_str(),
                        "gather" | "create_task" | "ensure_future" | "wait_for" | "wait" | "shield"
                    )
                });
            }
            _ => return false,
        }
    }
}

/// Whether a call opens an `async with` or feeds an `async for`, told by what stands before it.
fn enters_async(module: &Module, call: ExprId) -> bool {
    let expr = module.ast.expr(call);
    match &module.ast.stmt(expr.stmt).kind {
        StmtKind::With { items, .. } => items.iter().any(|it| it.0 == call),
        _ => false,
    }
}

fn directly_awaited(module: &Module, call: ExprId) -> bool {
    let parent = module.ast.expr(call).parent;
    parent.is_some_and(|it| matches!(module.ast.kind(it), ExprKind::Await(_)))
}

/// Whether a call is the one thing that an event loop is started for.
fn starts_loop(module: &Module, call: ExprId) -> bool {
    let Some(parent) = module.ast.expr(call).parent else {
        return false;
    };
    let ExprKind::Call { callee, .. } = module.ast.kind(parent) else {
        return false;
    };
    let name = module.ast.last_name(*callee).map_or("", SmolStr::as_str);
    *callee != call && matches!(name, "run" | "run_until_complete")
}

/// Whether a method of a model blocks until it has the answer.
fn is_sync_run(name: &str) -> bool {
    let is_async = name.starts_with('a') && name != "apply";
    SDK_METHODS.contains(&name) || RUN_METHODS.contains(&name) && !is_async
}

/// Whether a value is a graph that was compiled, as langgraph makes agents.
fn is_compiled_graph(seen: &Seen) -> bool {
    seen.alternatives().iter().any(|it| match &it.value {
        Value::Derived(derived) if derived.method == "compile" => match &derived.of.value {
            Value::Made(made) => made.path.starts_with("langgraph."),
            Value::Member(of, _) => {
                matches!(&of.value, Value::Made(made) if made.path.starts_with("langgraph."))
            }
            _ => false,
        },
        _ => false,
    })
}

/// What to call instead of a blocking call.
fn instead(module: &Module, callee: ExprId, what: Blocking) -> Option<String> {
    let name = module.ast.last_name(callee)?;
    match what {
        Blocking::Model
            if matches!(
                name.as_str(),
                "invoke"
                    | "batch"
                    | "run"
                    | "generate"
                    | "predict"
                    | "embed_query"
                    | "embed_documents"
            ) =>
        {
            Some(format!("await `.a{name}(…)`"))
        }
        Blocking::Model if name == "stream" => Some("use `async for … in .astream(…)`".to_owned()),
        Blocking::Sleep(_) => Some("await `asyncio.sleep(…)`".to_owned()),
        _ => None,
    }
}
