//! Who uses a client once it is built.

use std::collections::HashMap;

use rayon::prelude::*;
use smol_str::SmolStr;

use crate::catalog::Catalog;
use crate::model::python::{Module, keyword};
use crate::project::bounds::CALLERS;
use crate::project::resolve::Resolver;
use crate::project::value::{Made, Seen, Site, Value};
use crate::project::{Project, task_size};
use crate::source::{FileId, Span};
use crate::syntax::python::{ArgKind, ExprId, ExprKind, StmtKind};

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

/// More methods of SDKs that send a request: what bounds these is looked at, and not who repeats
/// them.
pub(super) const SDK_METHODS: &[&str] = &["embed", "rerank", "generate_content", "embed_content"];

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
    // A graph runs as what `compile` makes of it.
    "compile",
];

/// Those of them whose arguments are run as well.
const JOINING_METHODS: &[&str] = &[
    "with_fallbacks",
    "configurable_alternatives",
    "pipe",
    "assign",
];

/// Packages whose objects run what they are made of: chains, agents, groups of runnables.
pub(super) const WRAPPING: &[&str] = &[
    "langchain.",
    "langchain_core.",
    "langchain_classic.",
    "langgraph.",
];

/// How many bindings and chains deep a client is looked for.
const DEPTH: u32 = 12;

/// One use of a client.
#[derive(Debug, Clone)]
pub struct Use {
    /// The call that sends the request, or the method that is handed to something that calls it.
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
                let resolver = Resolver::unless(project, stop);
                let uses = |file: &FileId| {
                    let uses = (!stop()).then(|| resolver.uses(*file));
                    uses.filter(|_| !stop())
                };
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
    /// uses it is left to the next [`Uses::collect`]. `resolver` is one of the changed project, and
    /// what it finds out about the file serves whoever asks it next.
    #[must_use]
    pub fn after_change(mut self, resolver: &Resolver<'_>, file: FileId) -> Self {
        let project = resolver.project;
        let uses_it = |all: &Vec<(Place, Use)>| all.iter().any(|(site, _)| site.0 == file);
        let of_it = (0..).map(FileId).zip(&self.by_file);
        let again: Vec<FileId> = of_it
            .filter(|(own, all)| *own != file && uses_it(all))
            .map(|it| it.0)
            .collect();
        let found: Vec<_> = again
            .par_iter()
            .map(|it| Resolver::new(project).uses(*it))
            .collect();
        for (own, uses) in again.into_iter().zip(found) {
            self.by_file[own.0 as usize] = uses;
        }
        self.by_file[file.0 as usize] = resolver.uses(file);
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
        for (expr, receiver, method) in runs(module, self.project.catalog) {
            let is_async = method.starts_with('a') && method != "apply";
            let seen = self.value(file, receiver);
            let clients = self.built(&seen);
            if clients.is_empty() {
                continue;
            }
            let outside =
                self.bounded_outside(file, expr, CALLERS) || self.bounded_by_argument(file, expr);
            for client in clients {
                let bound = client.bindings.iter().any(|it| {
                    let args = self.args(it).unwrap_or_default();
                    keyword(args, "timeout").is_some()
                });
                let bindings = client.bindings.iter().map(|it| (it.file, it.call));
                let used = Use {
                    call: (file, expr),
                    bounded: outside || bound,
                    is_async,
                    bindings: bindings.collect(),
                };
                found.push(((client.site.file, client.site.call), used));
            }
        }
        found
    }
}

impl Resolver<'_> {
    /// Whether somebody may repeat a run, run something in its place, or catch its failure: at the
    /// call, or a few functions further out.
    #[must_use]
    pub fn deals_with_failure(&self, used: &Use) -> bool {
        let bound = used.bindings.iter().any(|(file, call)| {
            let ast = self.project.module(*file).map(|it| &it.ast);
            ast.is_none_or(|ast| match ast.kind(*call) {
                ExprKind::Call { callee, .. } => ast
                    .last_name(*callee)
                    .is_some_and(|it| it == "with_retry" || it == "with_fallbacks"),
                _ => false,
            })
        });
        let mut open = vec![(used.call, CALLERS)];
        while let Some(((file, call), levels)) = open.pop() {
            let Some(ast) = self.project.module(file).map(|it| &it.ast) else {
                return true;
            };
            let expr = ast.expr(call);
            let first = Some(expr.stmt);
            let mut around = std::iter::successors(first, |it| ast.stmt(*it).parent);
            let caught = around.any(|it| {
                matches!(
                    &ast.stmt(it).kind,
                    StmtKind::Try { handlers, .. } if !handlers.is_empty()
                ) || matches!(
                    ast.stmt(it).kind,
                    StmtKind::While { .. } | StmtKind::For { .. }
                )
            });
            let Some(function) = ast.function_of(expr.scope) else {
                if caught {
                    return true;
                }
                continue;
            };
            let callers = self.callers(file, function);
            let many = open.len() + callers.sites.len() > 32;
            if caught || !ast.function(function).decorators.is_empty() || levels == 0 || many {
                return true;
            }
            let sites = callers.sites.iter();
            open.extend(sites.map(|(site, _)| ((site.file, site.call), levels - 1)));
        }
        bound
    }

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
                    let wrapped = self.wrapped(made).into_iter();
                    open.extend(wrapped.map(|it| (it, Vec::new(), depth + 1)));
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
                    let joined = if JOINING_METHODS.contains(&it.method.as_str()) {
                        self.handed_to(&it.site)
                    } else {
                        Vec::new()
                    };
                    open.extend(joined.into_iter().map(|it| (it, Vec::new(), depth + 1)));
                    let mut bindings = bindings;
                    bindings.push(it.site.clone());
                    open.push((it.of.clone(), bindings, depth + 1));
                }
                Value::Chain(parts) | Value::OneOf(parts) => {
                    let inner = parts.iter().rev();
                    open.extend(inner.map(|it| (it.clone(), bindings.clone(), depth + 1)));
                }
                Value::List(list) => {
                    let inner = list.items.iter().rev();
                    open.extend(inner.map(|it| (it.clone(), bindings.clone(), depth + 1)));
                }
                Value::Dict(dict) => {
                    let inner = dict.entries.iter().rev();
                    open.extend(inner.map(|it| (it.value.clone(), bindings.clone(), depth + 1)));
                }
                _ => {}
            }
        }
        found
    }

    /// What an object wraps: `instructor.from_openai(client)`, and whatever a chain, an agent or a
    /// group of runnables is made of.
    fn wrapped(&self, made: &Made) -> Vec<Seen> {
        if WRAPPING.iter().any(|it| made.path.starts_with(it)) {
            return self.handed_to(&made.site);
        }
        // Whoever uses the wrapper uses what it wraps.
        let first = self.argument(&made.site, 0).into_iter();
        first
            .filter(|it| matches!(it.value, Value::Made(_)))
            .collect()
    }

    /// The arguments of a call that may hold clients.
    pub(super) fn handed_to(&self, site: &Site) -> Vec<Seen> {
        let args = self.args(site).unwrap_or_default();
        let values = args.iter().filter(|it| {
            let named = matches!(it.kind, ArgKind::Keyword(_) | ArgKind::Positional);
            named && self.may_hold(site.file, it.value)
        });
        values
            .map(|it| self.eval(site.file, it.value, site.frame.as_ref()))
            .collect()
    }

    /// Whether an argument is anything but plain text or a number.
    fn may_hold(&self, file: FileId, value: ExprId) -> bool {
        let Some(module) = self.project.module(file) else {
            return false;
        };
        !matches!(
            module.ast.kind(value),
            ExprKind::Str(_)
                | ExprKind::Format(_)
                | ExprKind::Int(_)
                | ExprKind::Float(_)
                | ExprKind::Bool(_)
                | ExprKind::None
        )
    }

    /// The places that built the clients inside a value.
    #[must_use]
    pub fn builders(&self, seen: &Seen) -> Vec<(FileId, ExprId)> {
        let all = self.built(seen).into_iter();
        all.map(|it| (it.site.file, it.site.call)).collect()
    }
}

/// What sends a request, with the object and the method: a call of `llm.invoke`, or `llm.invoke`
/// itself where it is handed to something that calls it.
///
/// Of methods that other objects have as well, such as `get`, only calls that bring a timeout count.
fn runs<'m>(
    module: &'m Module,
    catalog: &'m Catalog,
) -> impl Iterator<Item = (ExprId, ExprId, &'m SmolStr)> {
    let all = module.ast.exprs.iter().zip(0..);
    all.filter_map(|(member, at)| {
        let ExprKind::Attribute { value, name } = &member.kind else {
            return None;
        };
        let sends = |all: &[&str]| all.contains(&name.as_str());
        let runs = sends(RUN_METHODS) || sends(SDK_METHODS);
        if !runs && !catalog.takes_timeout_per_call(name) {
            return None;
        }
        let parent = member.parent?;
        let ExprKind::Call { callee, args } = module.ast.kind(parent) else {
            return None;
        };
        if !runs && keyword(args, "timeout").is_none() {
            return None;
        }
        let run = if *callee == ExprId(at) {
            parent
        } else {
            ExprId(at)
        };
        Some((run, *value, name))
    })
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
