//! Who uses a client once it is built, and whether the caller bounds the wait from outside.

use std::collections::HashMap;

use rayon::prelude::*;
use smol_str::SmolStr;

use crate::model::python::{keyword, positional};
use crate::project::resolve::Resolver;
use crate::project::value::{Made, Seen, Site, Value};
use crate::project::waits::Wait;
use crate::project::{Project, task_size};
use crate::source::{FileId, Span};
use crate::syntax::python::{ArgKind, ExprId, ExprKind, FunctionId, StmtId, StmtKind};
use crate::units::Unit;

/// Methods that send a request to a model, an embedding, or an agent.
pub const RUN_METHODS: &[&str] = &[
    "invoke",
    "ainvoke",
    "stream",
    "astream",
    "batch",
    "abatch",
    "generate",
    "agenerate",
    "predict",
    "apredict",
    "predict_messages",
    "run",
    "arun",
    "call",
    "acall",
    "astream_events",
    "astream_log",
    "generate_prompt",
    "agenerate_prompt",
    "embed_query",
    "aembed_query",
    "embed_documents",
    "aembed_documents",
    "create",
    "complete",
    "acomplete",
    "chat",
    "achat",
    "parse",
    "__call__",
    "transform",
    "batch_as_completed",
    "apply",
];

/// Methods that make another runnable of one; their arguments can bound its calls.
pub const BINDING_METHODS: &[&str] = &[
    "bind",
    "bind_tools",
    "with_structured_output",
    "with_config",
    "with_retry",
    "with_fallbacks",
    "with_options",
    "configurable_fields",
    "configurable_alternatives",
    "with_types",
    "with_listeners",
    "pipe",
    "pick",
    "assign",
    "copy",
];

/// How many functions up a bound from outside is looked for.
pub const CALLERS: u32 = 3;

/// How many bindings and chains deep a client is looked for.
const DEPTH: u32 = 12;

/// One use of a client.
#[derive(Debug, Clone)]
pub struct Use {
    /// The call that sends the request.
    pub call: (FileId, ExprId),
    /// Whether the caller gives up in any case: by a deadline around the call or a timeout in it.
    pub bounded: bool,
    /// Whether it goes through the asynchronous methods.
    pub is_async: bool,
    /// The bindings between the client and the call: `.with_config(…)`.
    pub bindings: Vec<(FileId, ExprId)>,
}

/// A call that built a client which some value leads to.
#[derive(Debug, Clone)]
pub struct Built {
    /// The call.
    pub site: Site,
    /// What it calls, by its dotted path; none for a class of the project.
    pub path: Option<SmolStr>,
    /// The bindings between this call and the value, the outermost first.
    pub bindings: Vec<Site>,
}

/// The uses of every client of the project, by the place that builds it.
#[derive(Debug, Default)]
pub struct Uses {
    /// By file: the uses in it, with the places that build what is used.
    by_file: Vec<Vec<(Place, Use)>>,
    by_site: HashMap<Place, Vec<Use>>,
}

/// A call.
type Place = (FileId, ExprId);

impl Uses {
    /// Looks at every call of a method that sends a request.
    #[must_use]
    pub fn collect(project: &Project) -> Self {
        Self::collect_unless(project, &|| false).expect("nobody says stop")
    }

    /// The same; `None` when `stop` says yes before all is seen, which is asked for each file.
    #[must_use]
    pub fn collect_unless(project: &Project, stop: &(dyn Fn() -> bool + Sync)) -> Option<Self> {
        let files: Vec<FileId> = project.sources().iter().map(|it| it.0).collect();
        let by_file = files
            .par_chunks(task_size(files.len()))
            .flat_map_iter(|task| {
                let resolver = Resolver::new(project);
                let uses = |file: &FileId| (!stop()).then(|| resolver.uses(*file));
                task.iter().map(uses).collect::<Vec<_>>()
            })
            .collect::<Option<_>>()?;
        let uses = Self {
            by_file,
            by_site: HashMap::new(),
        };
        Some(uses.joined())
    }

    /// The uses after another text was put in the place of a file.
    ///
    /// Only that file is looked at, and those that used a client of it: whether a third one now
    /// uses it is left to the next [`Uses::collect`].
    #[must_use]
    pub fn after_change(mut self, project: &Project, file: FileId) -> Self {
        let uses_it = |all: &Vec<(Place, Use)>| all.iter().any(|(site, _)| site.0 == file);
        let of_it = (0..).map(FileId).zip(&self.by_file);
        let again: Vec<FileId> = of_it
            .filter(|(own, all)| *own == file || uses_it(all))
            .map(|it| it.0)
            .collect();
        let found: Vec<_> = again
            .par_iter()
            .map(|it| Resolver::new(project).uses(*it))
            .collect();
        for (own, uses) in again.into_iter().zip(found) {
            self.by_file[own.0 as usize] = uses;
        }
        self.joined()
    }

    fn joined(mut self) -> Self {
        self.by_site.clear();
        for (site, used) in self.by_file.iter().flatten() {
            self.by_site.entry(*site).or_default().push(used.clone());
        }
        self
    }

    /// The uses of what a call builds, in the order of the files.
    #[must_use]
    pub fn of(&self, site: &Site) -> Vec<Use> {
        self.by_site
            .get(&(site.file, site.call))
            .cloned()
            .unwrap_or_default()
    }
}

impl Resolver<'_> {
    fn uses(&self, file: FileId) -> Vec<(Place, Use)> {
        let Some(module) = self.project.module(file) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for call in &module.calls {
            let ExprKind::Call { callee, .. } = module.ast.kind(*call) else {
                continue;
            };
            let (receiver, method) = match module.ast.kind(*callee) {
                ExprKind::Attribute { value, name } if RUN_METHODS.contains(&name.as_str()) => {
                    (*value, name)
                }
                _ => continue,
            };
            let is_async = method.starts_with('a') && method != "apply";
            let seen = self.value(file, receiver);
            let clients = self.built(&seen);
            if clients.is_empty() {
                continue;
            }
            let outside =
                self.bounded_outside(file, *call, CALLERS) || self.bounded_by_argument(file, *call);
            for client in clients {
                let bound = client.bindings.iter().any(|it| {
                    let args = self.args(it).unwrap_or_default();
                    keyword(args, "timeout").is_some()
                });
                let bindings = client.bindings.iter().map(|it| (it.file, it.call));
                let used = Use {
                    call: (file, *call),
                    bounded: outside || bound,
                    is_async,
                    bindings: bindings.collect(),
                };
                found.push(((client.site.file, client.site.call), used));
            }
        }
        found
    }

    /// Whether a run passes a timeout of its own: `.invoke(x, timeout=30)`.
    fn bounded_by_argument(&self, file: FileId, call: ExprId) -> bool {
        let site = Site {
            file,
            call,
            frame: None,
        };
        let Some(arg) = self.args(&site).and_then(|args| keyword(args, "timeout")) else {
            return false;
        };
        // Whatever is passed on purpose is no missing timeout; `None` alone is.
        !matches!(
            self.wait(&self.value(file, arg.value), Unit::Seconds),
            Wait::Nothing(_)
        )
    }

    /// Whether a call runs under a deadline of its caller, here or in all functions that call this
    /// one.
    #[must_use]
    pub fn bounded_outside(&self, file: FileId, call: ExprId, levels: u32) -> bool {
        let Some(module) = self.project.module(file) else {
            return false;
        };
        let own = module.ast.expr(call);
        if self.inside_deadline_call(file, call) || self.inside_deadline_block(file, own.stmt) {
            return true;
        }
        let Some(function) = module.ast.function_of(own.scope) else {
            return false;
        };
        // A coroutine that blocks never lets the event loop get to its timer.
        let awaited = own.parent;
        let awaits = awaited.is_some_and(|it| matches!(module.ast.kind(it), ExprKind::Await(_)));
        if levels == 0 || (module.ast.function(function).is_async && !awaits) {
            return false;
        }
        self.callers_bound(file, function, levels - 1)
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

    /// `asyncio.wait_for(<call>, 30)`.
    fn inside_deadline_call(&self, file: FileId, call: ExprId) -> bool {
        let Some(module) = self.project.module(file) else {
            return false;
        };
        let mut at = call;
        while let Some(parent) = module.ast.expr(at).parent {
            if let ExprKind::Call { callee, args } = module.ast.kind(parent)
                && *callee != at
                && module.ast.last_name(*callee).is_some_and(|it| {
                    matches!(
                        it.as_str(),
                        "wait_for" | "wait" | "run_with_timeout" | "with_timeout" | "func_timeout"
                    )
                })
            {
                let limit = keyword(args, "timeout").or_else(|| positional(args, 1));
                return limit.is_some_and(|arg| self.is_deadline(file, arg.value));
            }
            at = parent;
        }
        false
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

    fn opens_deadline(&self, file: FileId, item: ExprId) -> bool {
        let Some(module) = self.project.module(file) else {
            return false;
        };
        let ExprKind::Call { callee, args } = module.ast.kind(item) else {
            return false;
        };
        let name = module.ast.last_name(*callee).map_or("", SmolStr::as_str);
        let known = matches!(
            name,
            "timeout" | "timeout_at" | "fail_after" | "fail_at" | "move_on_after" | "move_on_at"
        );
        known
            && args
                .first()
                .is_some_and(|arg| arg.kind != ArgKind::Star && self.is_deadline(file, arg.value))
    }

    /// Whether a value ends a wait, as far as can be told: everything but a plain `None`.
    fn is_deadline(&self, file: FileId, value: ExprId) -> bool {
        !matches!(
            self.wait(&self.value(file, value), Unit::Seconds),
            Wait::Nothing(_)
        )
    }
}

impl Resolver<'_> {
    /// Whether a client is bound to a timeout right where it is built: `Chat(…).bind(timeout=30)`.
    #[must_use]
    pub fn bound_where_built(&self, site: &Site) -> bool {
        let Some(module) = self.project.module(site.file) else {
            return false;
        };
        let mut at = site.call;
        while let Some(member) = module.ast.expr(at).parent {
            let ExprKind::Attribute { value, name } = module.ast.kind(member) else {
                return false;
            };
            let Some(call) = module.ast.expr(member).parent.filter(|_| *value == at) else {
                return false;
            };
            let ExprKind::Call { callee, args } = module.ast.kind(call) else {
                return false;
            };
            if *callee != member || !BINDING_METHODS.contains(&name.as_str()) {
                return false;
            }
            if keyword(args, "timeout").is_some_and(|arg| self.is_deadline(site.file, arg.value)) {
                return true;
            }
            at = call;
        }
        false
    }
}

impl Resolver<'_> {
    /// The calls that built the clients which a value leads to: through bindings, chains, wrappers
    /// and branches.
    #[must_use]
    pub fn built(&self, seen: &Seen) -> Vec<Built> {
        let mut found = Vec::new();
        let mut open = vec![(seen.clone(), Vec::new(), 0)];
        while let Some((seen, bindings, depth)) = open.pop() {
            if depth > DEPTH {
                continue;
            }
            match &seen.value {
                Value::Made(made) => {
                    open.extend(
                        self.wrapped(made)
                            .map(|it| (it, bindings.clone(), depth + 1)),
                    );
                    found.push(Built {
                        site: made.site.clone(),
                        path: Some(made.path.clone()),
                        bindings,
                    });
                }
                Value::Instance(instance) => {
                    found.extend(instance.site.clone().map(|site| Built {
                        site,
                        path: None,
                        bindings,
                    }));
                }
                Value::Member(of, _) => open.push(((**of).clone(), bindings, depth + 1)),
                Value::Derived(it) if BINDING_METHODS.contains(&it.method.as_str()) => {
                    let mut bindings = bindings;
                    bindings.push(it.site.clone());
                    open.push((it.of.clone(), bindings, depth + 1));
                }
                Value::Chain(parts) | Value::OneOf(parts) => {
                    let inner = parts.iter().rev();
                    open.extend(inner.map(|it| (it.clone(), bindings.clone(), depth + 1)));
                }
                _ => {}
            }
        }
        found
    }

    /// What an object wraps: `instructor.from_openai(client)`.
    fn wrapped(&self, made: &Made) -> Option<Seen> {
        let first = positional(self.args(&made.site)?, 0)?;
        let inner = self.eval(made.site.file, first.value, made.site.frame.as_ref());
        // Whoever uses the wrapper uses what it wraps.
        matches!(inner.value, Value::Made(_)).then_some(inner)
    }

    /// The places that built the clients inside a value.
    #[must_use]
    pub fn builders(&self, seen: &Seen) -> Vec<(FileId, ExprId)> {
        let all = self.built(seen).into_iter();
        all.map(|it| (it.site.file, it.site.call)).collect()
    }
}

/// Whether a runnable was made by a method of that name, at any step.
#[must_use]
pub fn mentions_method(seen: &Seen, method: &str) -> bool {
    let mut at = seen;
    while let Value::Derived(derived) = &at.value {
        if derived.method == method {
            return true;
        }
        at = match &derived.of.value {
            Value::Member(of, _) => of,
            _ => &derived.of,
        };
    }
    false
}

/// The place of a use.
#[must_use]
pub fn span(project: &Project, used: &Use) -> Span {
    project.span(used.call.0, used.call.1)
}
