//! The requests to models that a block, a function or a value leads to, and what repeats them on the way.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;

use super::catches::{Catches, types};
use super::layers::{Layer, MODEL};
use super::pauses::doubling;
use crate::budget::{Backoff, retried};
use crate::catalog::Known;
use crate::catalog::entry::{Client, ClientKind};
use crate::fact::Limit;
use crate::model::python::keyword;
use crate::project::loops::{Ends, Failure, LoopSite, words};
use crate::project::resolve::Resolver;
use crate::project::uses::RUN_METHODS;
use crate::project::value::{Dict, Lookup, Seen, Site, Value};
use crate::project::waits::Wait;
use crate::source::{FileId, Span};
use crate::syntax::python::{ExprId, ExprKind, FunctionId, Handler, StmtId, StmtKind};
use crate::units::{Millis, Unit};

/// How many functions deep a request is looked for.
const LEVELS: u32 = 3;

/// How many requests of one function are kept.
const RUNS: usize = 16;

/// Methods that return a coroutine.
const ASYNC_RUNS: &[&str] = &[
    "ainvoke",
    "abatch",
    "agenerate",
    "apredict",
    "arun",
    "acall",
];

/// A request to a model.
#[derive(Debug, Clone)]
pub struct Run<'c> {
    /// The call that sends it.
    pub call: Span,
    /// The client that sends it.
    pub client: Sender<'c>,
    /// What repeats it between there and here, the outermost first.
    pub layers: Vec<Layer<'c>>,
    /// Whether its failure is heard of here.
    pub heard: Heard,
}

/// Whether the failure of a request is heard of further out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// As far as can be told.
    Plainly,
    /// A handler certainly keeps it to itself: the handler, and the text that it stands for.
    Swallowed(Span, Range<u32>),
    /// Something may keep it to itself.
    Perhaps,
    /// It comes later, out of a coroutine that nobody has awaited yet.
    Unawaited,
}

impl Heard {
    /// Whether a handler certainly keeps it to itself.
    #[must_use]
    pub fn is_swallowed(&self) -> bool {
        matches!(self, Self::Swallowed(..))
    }
}

/// A client, and how often it asks by itself.
#[derive(Debug, Clone)]
pub struct Sender<'c> {
    /// Where it is built.
    pub at: Span,
    /// How people know it.
    pub name: String,
    /// What the catalogue says of it.
    pub client: &'c Client,
    /// How many requests it sends for one call; `None` when nobody can tell.
    pub requests: Option<u32>,
    /// How long it waits for each of them.
    pub wait: Limit,
}

impl Run<'_> {
    /// The numbers whose product is the number of requests for one call of a layer: those that are
    /// more than one.
    #[must_use]
    pub fn factors(&self, outer: &Layer<'_>) -> Vec<u32> {
        let layers = std::iter::once(outer).chain(&self.layers);
        let repeating = layers.filter(|it| it.catches.failed_requests() == Some(true));
        let counts = repeating.filter_map(|it| it.attempts);
        counts
            .chain(self.client.requests)
            .filter(|it| *it > 1)
            .collect()
    }

    /// How long a call of a layer takes when the provider stalls each time; `None` when nobody can
    /// tell.
    #[must_use]
    pub fn worst_case(&self, outer: &Layer<'_>) -> Option<Millis> {
        let Limit::Within(wait) = self.client.wait else {
            return None;
        };
        let retries = self.client.client.retries.as_ref()?;
        let requests = self.client.requests.filter(|_| retries.after_timeout)?;
        let own = match requests {
            1 => Backoff::default(),
            _ => doubling(retries.pause_first, retries.pause_cap)?,
        };
        let layers = self.layers.iter().rev().chain([outer]);
        layers
            .into_iter()
            .try_fold(retried(wait, requests, &own), |time, layer| {
                Some(retried(time, layer.attempts?, layer.backoff.as_ref()?))
            })
    }
}

/// Answers what leads to which requests, and remembers it for functions.
pub(in crate::project) struct Runs<'r, 'p> {
    resolver: &'r Resolver<'p>,
    loops: &'r [LoopSite],
    senders: RefCell<HashMap<FileId, Vec<(ExprId, Sender<'p>)>>>,
    functions: RefCell<HashMap<(FileId, FunctionId, u32), Vec<Run<'p>>>>,
}

impl<'r, 'p> Runs<'r, 'p> {
    pub(in crate::project) fn new(resolver: &'r Resolver<'p>, loops: &'r [LoopSite]) -> Self {
        Self {
            resolver,
            loops,
            senders: RefCell::default(),
            functions: RefCell::default(),
        }
    }

    /// The requests of a function's body.
    pub(super) fn of_function(&self, file: FileId, function: FunctionId) -> Vec<Run<'p>> {
        self.function_within(file, function, LEVELS)
    }

    /// The requests that a call itself sends, without those of the functions that it enters.
    pub(in crate::project) fn of_run(&self, file: FileId, call: ExprId) -> Vec<Run<'p>> {
        self.call(file, call, 0)
    }

    /// The requests that a call leads to.
    pub(super) fn of_call(&self, file: FileId, call: ExprId) -> Vec<Run<'p>> {
        self.call(file, call, LEVELS)
    }

    /// The requests of a part of the text, as they are seen by whoever repeats that part.
    pub(super) fn of_range(&self, file: FileId, range: Range<u32>) -> Vec<Run<'p>> {
        let Some(module) = self.resolver.project.module(file) else {
            return Vec::new();
        };
        let stmt = module.ast.stmts.iter().find(|it| it.start >= range.start);
        let function = stmt.and_then(|it| module.ast.function_of(it.scope));
        self.body(file, function, &range, LEVELS)
    }

    fn function_within(&self, file: FileId, function: FunctionId, levels: u32) -> Vec<Run<'p>> {
        let key = (file, function, levels);
        if let Some(known) = self.functions.borrow().get(&key) {
            return known.clone();
        }
        // Whoever asks again while this is being answered learns nothing new.
        self.functions.borrow_mut().insert(key, Vec::new());
        let Some(module) = self.resolver.project.module(file) else {
            return Vec::new();
        };
        let own = module.ast.stmt(module.ast.function(function).stmt);
        let range = own.start..own.end;
        let found = self.body(file, Some(function), &range, levels);
        self.functions.borrow_mut().insert(key, found.clone());
        found
    }

    fn body(
        &self,
        file: FileId,
        function: Option<FunctionId>,
        range: &Range<u32>,
        levels: u32,
    ) -> Vec<Run<'p>> {
        let Some(module) = self.resolver.project.module(file) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for call in &module.calls {
            let expr = module.ast.expr(*call);
            if !range.contains(&expr.start) || module.ast.function_of(expr.scope) != function {
                continue;
            }
            let mut own = self.call(file, *call, levels);
            if own.is_empty() {
                continue;
            }
            match self.around(file, *call, range) {
                Around::Kept(heard) => own.iter_mut().for_each(|it| it.heard = heard.clone()),
                Around::Loop(layer) => {
                    for run in &mut own {
                        run.layers.insert(0, layer.clone());
                    }
                }
                Around::Nothing => {}
            }
            found.extend(own);
            if found.len() >= RUNS {
                break;
            }
        }
        found
    }

    /// The requests that a call leads to.
    fn call(&self, file: FileId, call: ExprId, levels: u32) -> Vec<Run<'p>> {
        let Some(ast) = self.resolver.project.module(file).map(|it| &it.ast) else {
            return Vec::new();
        };
        let ExprKind::Call { callee, .. } = ast.kind(call) else {
            return Vec::new();
        };
        let at = self.resolver.span(file, call);
        if let ExprKind::Attribute { value, name } = ast.kind(*callee)
            && RUN_METHODS.contains(&name.as_str())
        {
            let mut found = self.of_value(&self.resolver.value(file, *value), at);
            if !found.is_empty() {
                if let Some(limit) = self.own_limit(file, call) {
                    for run in &mut found {
                        run.client.wait = limit;
                    }
                }
                return found;
            }
        }
        let Some(levels) = levels.checked_sub(1) else {
            return Vec::new();
        };
        let target = self.resolver.value(file, *callee);
        let mut found = Vec::new();
        for it in target.alternatives() {
            let (Value::Function(file, function, _) | Value::BoundMethod(_, file, function)) =
                &it.value
            else {
                continue;
            };
            let layers = self.resolver.layers_around(*file, *function);
            for mut run in self.function_within(*file, *function, levels) {
                run.layers.splice(0..0, layers.iter().cloned());
                found.push(run);
            }
        }
        found
    }

    /// What the timeout that a call passes itself comes to: `.create(…, timeout=20)`.
    fn own_limit(&self, file: FileId, call: ExprId) -> Option<Limit> {
        let site = Site {
            file,
            call,
            frame: None,
        };
        let given = keyword(self.resolver.args(&site)?, "timeout")?;
        let wait = self
            .resolver
            .wait(&self.resolver.value(file, given.value), Unit::Seconds);
        Some(match wait {
            Wait::Within(limit) => Limit::Within(limit),
            _ => Limit::Unknown,
        })
    }

    /// The requests of whoever runs a value.
    pub(super) fn of_value(&self, seen: &Seen, call: Span) -> Vec<Run<'p>> {
        let mut found = Vec::new();
        for built in self.resolver.built(seen) {
            let bindings = built.bindings.iter();
            let layers: Vec<Layer<'p>> = bindings.filter_map(|it| self.binding_layer(it)).collect();
            let senders = match self.agent_model(&built.site, built.path.as_deref()) {
                Some(model) => {
                    let models = self.resolver.built(&model);
                    models
                        .iter()
                        .flat_map(|it| self.senders(&it.site))
                        .collect()
                }
                None => self.senders(&built.site),
            };
            found.extend(senders.into_iter().map(|client| Run {
                call,
                client,
                layers: layers.clone(),
                heard: Heard::Plainly,
            }));
        }
        found.truncate(RUNS);
        found
    }

    /// The model of an agent.
    fn agent_model(&self, site: &Site, path: Option<&str>) -> Option<Seen> {
        let Some(Known::Agent(_)) = self.resolver.project.catalog.known(path?) else {
            return None;
        };
        let keywords = self.resolver.keywords(site, None);
        self.resolver.agent_model(site, &keywords)
    }

    fn binding_layer(&self, site: &Site) -> Option<Layer<'p>> {
        let ast = &self.resolver.project.module(site.file)?.ast;
        let ExprKind::Call { callee, .. } = ast.kind(site.call) else {
            return None;
        };
        let entry = self
            .resolver
            .project
            .catalog
            .retry_method(ast.last_name(*callee)?)?;
        let at = self.resolver.span(site.file, site.call);
        self.resolver.called_layer(entry, site, None, at)
    }

    /// The clients that a call builds.
    fn senders(&self, site: &Site) -> Vec<Sender<'p>> {
        let mut all = self.senders.borrow_mut();
        let of_file = all.entry(site.file).or_insert_with(|| {
            let clients = self.resolver.clients(site.file, &|_| Vec::new());
            let models = clients
                .sites
                .into_iter()
                .filter(|it| !matches!(it.client.kind, ClientKind::Tool));
            let sender = |it: crate::project::clients::ClientSite<'p>| {
                let wait = it.limit().value;
                let sender = Sender {
                    at: it.callee,
                    name: it.name,
                    client: it.client,
                    requests: it.requests,
                    wait,
                };
                (it.site.call, sender)
            };
            models.map(sender).collect()
        });
        let own = of_file.iter().filter(|it| it.0 == site.call);
        own.map(|it| it.1.clone()).collect()
    }

    /// What stands around a call, up to the beginning of a part of the text.
    fn around(&self, file: FileId, call: ExprId, range: &Range<u32>) -> Around<'p> {
        let Some(module) = self.resolver.project.module(file) else {
            return Around::Nothing;
        };
        let ast = &module.ast;
        let at = self.resolver.span(file, call);
        let of = |it: &&LoopSite| it.retry.as_ref().is_some_and(|it| it.call == at);
        if let Some(site) = self.loops.iter().find(of) {
            return match loop_layer(site) {
                Some(layer) if self.raises_behind(file, site, range.end) => Around::Loop(layer),
                _ => Around::Kept(Heard::Perhaps),
            };
        }
        let expr = ast.expr(call);
        if self.is_handed_out(file, call) {
            return Around::Kept(Heard::Unawaited);
        }
        let mut from = expr.stmt;
        while let Some(owner) = ast.stmt(from).parent {
            let stmt = ast.stmt(owner);
            if stmt.start < range.start {
                break;
            }
            if let StmtKind::Try { body, handlers, .. } = &stmt.kind
                && body.contains(&from)
                && let Some(handler) = handlers.iter().find(|it| self.may_swallow(file, it))
            {
                let certain = self.resolver.stays_silent(file, &handler.body);
                let alone = handlers.len() == 1 && certain;
                return Around::Kept(match handler.body.first().filter(|_| alone) {
                    Some(first) => Heard::Swallowed(
                        self.resolver.project.stmt_span(file, *first),
                        stmt.start..stmt.end,
                    ),
                    None => Heard::Perhaps,
                });
            }
            from = owner;
        }
        Around::Nothing
    }

    /// `return model.ainvoke(…)`, without `await`.
    fn is_handed_out(&self, file: FileId, call: ExprId) -> bool {
        let Some(ast) = self.resolver.project.module(file).map(|it| &it.ast) else {
            return false;
        };
        let ExprKind::Call { callee, .. } = ast.kind(call) else {
            return false;
        };
        let expr = ast.expr(call);
        let asynchronous = ast
            .last_name(*callee)
            .is_some_and(|it| ASYNC_RUNS.contains(&it.as_str()));
        asynchronous
            && matches!(ast.stmt(expr.stmt).kind, StmtKind::Return(Some(value)) if value == call)
    }

    /// Whether a handler may catch everything and say nothing of it to whoever called.
    fn may_swallow(&self, file: FileId, handler: &Handler) -> bool {
        self.resolver.catches_everything(file, handler)
            && !self.resolver.raises(file, &handler.body)
    }

    /// Whether an exception leaves the function behind a loop, up to the end of a part of the text.
    fn raises_behind(&self, file: FileId, site: &LoopSite, end: u32) -> bool {
        let Some(module) = self.resolver.project.module(file) else {
            return false;
        };
        let mut stmts = module.ast.stmts.iter();
        stmts.any(|it| {
            matches!(it.kind, StmtKind::Raise(_)) && site.body.start <= it.start && it.start < end
        })
    }
}

/// The layer that a loop makes.
pub(super) fn loop_layer<'c>(site: &LoopSite) -> Option<Layer<'c>> {
    let retry = site.retry.as_ref()?;
    if retry.failure == Failure::OfTheAnswer || retry.ends != Ends::Certainly {
        return None;
    }
    Some(Layer {
        at: site.at,
        entry: None,
        attempts: retry.attempts,
        backoff: retry.backoff.clone(),
        catches: retry.catches.clone(),
        endless: false,
    })
}

/// What stands around a call.
enum Around<'p> {
    /// Nothing of interest.
    Nothing,
    /// A loop that calls it again.
    Loop(Layer<'p>),
    /// Something that keeps its failure from whoever calls the function.
    Kept(Heard),
}

impl Resolver<'_> {
    /// The model that an agent is given.
    pub(in crate::project) fn agent_model(&self, site: &Site, keywords: &Dict) -> Option<Seen> {
        let named = MODEL.iter().find_map(|it| match keywords.get(it) {
            Lookup::Given(seen) => Some(seen),
            _ => None,
        });
        named.or_else(|| self.argument(site, 0))
    }

    /// Whether a handler catches every exception.
    pub(in crate::project) fn catches_everything(&self, file: FileId, handler: &Handler) -> bool {
        handler.exception.is_none_or(|it| {
            let seen = self.value(file, it);
            matches!(types(&seen), Catches::Everything(_))
        })
    }

    /// Whether a block neither raises nor calls something that may raise on purpose.
    fn stays_silent(&self, file: FileId, block: &[StmtId]) -> bool {
        let Some(module) = self.project.module(file) else {
            return false;
        };
        let ast = &module.ast;
        let (Some(first), Some(last)) = (block.first(), block.last()) else {
            return true;
        };
        let range = ast.stmt(*first).start..ast.stmt(*last).end;
        let inside = module.calls.iter();
        !self.raises(file, block)
            && inside
                .filter(|it| range.contains(&ast.expr(**it).start))
                .all(|call| match ast.kind(*call) {
                    ExprKind::Call { callee, .. } => {
                        let name = ast.last_name(*callee).map_or("", |it| it.as_str());
                        words::only_tells(name) || name.starts_with(char::is_uppercase)
                    }
                    _ => true,
                })
    }

    /// Whether a `raise` is written in a block.
    pub(in crate::project) fn raises(&self, file: FileId, block: &[StmtId]) -> bool {
        let Some(ast) = self.project.module(file).map(|it| &it.ast) else {
            return false;
        };
        let (Some(first), Some(last)) = (block.first(), block.last()) else {
            return false;
        };
        let range = ast.stmt(*first).start..ast.stmt(*last).end;
        let mut stmts = ast.stmts.iter().filter(|it| range.contains(&it.start));
        stmts.any(|it| matches!(it.kind, StmtKind::Raise(_)))
    }
}
