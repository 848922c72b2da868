//! Where the steps of a run are given a limit that is none: too large, or where nobody reads it.

use crate::catalog::Known;
use crate::model::python::sites::Called;
use crate::model::python::{Module, keyword};
use crate::project::resolve::Resolver;
use crate::project::uses::RUN_METHODS;
use crate::project::value::{Dict, Lookup, Made, Seen, Site, Value};
use crate::source::{FileId, Span};
use crate::syntax::python::{Arg, ExprId, ExprKind};

/// The key of a run's configuration that bounds its steps.
const KEY: &str = "recursion_limit";

/// A limit on the steps of a run that does not do what it seems to.
#[derive(Debug)]
pub struct StepLimitSite {
    /// Where it is passed.
    pub passed: Span,
    /// Where its number was written.
    pub written: Span,
    /// What is the matter with it.
    pub fault: LimitFault,
}

/// What is the matter with a limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LimitFault {
    /// It allows that many steps; whether that is too many is not for us to say.
    Steps(u32),
    /// The function that it is passed to takes no such argument.
    Refused(String),
    /// It is passed to a run by name, which drops it.
    Argument(String),
    /// It lies in `configurable`, where the graph does not look.
    Configurable,
    /// A run replaces it by a larger one: the method, the larger limit, and where that is written.
    Overridden(u32, u32, Span),
}

impl Resolver<'_> {
    /// All limits of a file on the steps of runs that may not do what they seem to.
    #[must_use]
    pub fn step_limits(&self, file: FileId) -> Vec<StepLimitSite> {
        let Some(module) = self.project.module(file) else {
            return Vec::new();
        };
        let mut found = self.written_limits(file, module);
        for Called { call, callee, args } in module.called() {
            let site = Site::of(file, call);
            found.extend(self.refused(&site, callee, args));
            if let ExprKind::Attribute { value, name } = module.ast.kind(callee) {
                let receiver = || self.value(file, *value);
                if RUN_METHODS.contains(&name.as_str()) || name == "with_config" {
                    found.extend(self.misplaced(&site, name, &receiver));
                }
            }
        }
        found
    }

    /// The numbers that are written as a limit: in a dict, as an argument of a configuration, or
    /// into a configuration that is there.
    fn written_limits(&self, file: FileId, module: &Module) -> Vec<StepLimitSite> {
        let is_key = |it: ExprId| matches!(module.ast.kind(it), ExprKind::Str(text) if text == KEY);
        let mut values = Vec::new();
        for expr in &module.ast.exprs {
            match &expr.kind {
                ExprKind::Dict(entries) => {
                    let own = entries.iter().filter(|it| it.0.is_some_and(is_key));
                    values.extend(own.map(|it| it.1));
                }
                ExprKind::Call { callee, args } => {
                    let name = module.ast.last_name(*callee);
                    if name.is_some_and(|it| it == "with_config" || it == "RunnableConfig") {
                        values.extend(keyword(args, KEY).map(|it| it.value));
                    }
                }
                _ => {}
            }
        }
        for (target, value) in module.assignments() {
            if let ExprKind::Subscript { index, .. } = module.ast.kind(target)
                && is_key(*index)
            {
                values.push(value);
            }
        }
        let sites = values.into_iter().filter_map(|it| {
            let (steps, written) = steps(&self.value(file, it))?;
            Some(StepLimitSite {
                passed: self.span(file, it),
                written,
                fault: LimitFault::Steps(steps),
            })
        });
        sites.collect()
    }

    /// `create_agent(…, recursion_limit=50)` and `graph.compile(recursion_limit=50)`.
    fn refused(&self, site: &Site, callee: ExprId, args: &[Arg]) -> Option<StepLimitSite> {
        let arg = keyword(args, KEY)?;
        let target = self.value(site.file, callee);
        let name = match &target.value {
            Value::External(path) => match self.project.catalog.known(path)? {
                Known::Agent(agent) if agent.refuses.iter().any(|it| it == KEY) => {
                    agent.name.to_string()
                }
                _ => return None,
            },
            Value::Member(of, method) if method == "compile" => {
                let Value::Made(made) = &builder(of)?.value else {
                    return None;
                };
                let agent = self.project.catalog.agent(&made.path)?;
                let refuses = agent.compile_refuses.iter().any(|it| it == KEY);
                refuses.then(|| format!("{}.compile", agent.name))?
            }
            _ => return None,
        };
        let passed = argument_span(site.file, arg);
        Some(StepLimitSite {
            passed,
            written: passed,
            fault: LimitFault::Refused(name),
        })
    }

    /// A limit beside the configuration of a run, in its `configurable`, or below the one of
    /// `with_config` that it replaces.
    fn misplaced(
        &self,
        site: &Site,
        method: &str,
        receiver: &dyn Fn() -> Seen,
    ) -> Option<StepLimitSite> {
        let args = self.args(site)?;
        if let Some(arg) = keyword(args, KEY).filter(|_| method != "with_config") {
            let passed = argument_span(site.file, arg);
            return self.is_graph(&receiver()).then(|| StepLimitSite {
                passed,
                written: passed,
                fault: LimitFault::Argument(method.to_owned()),
            });
        }
        let position = usize::from(method != "with_config");
        let arg =
            keyword(args, "config").or_else(|| crate::model::python::positional(args, position))?;
        let Value::Dict(config) = self.value(site.file, arg.value).value else {
            return None;
        };
        let passed = argument_span(site.file, arg);
        if let Some(written) = configurable_limit(&config).filter(|_| !self.reads_limit()) {
            return self.is_graph(&receiver()).then_some(StepLimitSite {
                passed,
                written,
                fault: LimitFault::Configurable,
            });
        }
        let (own, at) = given(&config, KEY).and_then(|it| steps(&it))?;
        let (bound, written) = self.bound_limit(&receiver())?;
        (own > bound).then_some(StepLimitSite {
            passed: written,
            written,
            fault: LimitFault::Overridden(bound, own, at),
        })
    }

    /// The limit that `.with_config(…)` gave a runnable.
    fn bound_limit(&self, receiver: &Seen) -> Option<(u32, Span)> {
        let Value::Derived(derived) = &receiver.value else {
            return None;
        };
        if derived.method != "with_config" {
            return None;
        }
        let keywords = self.keywords(&derived.site, None);
        let direct = given(&keywords, KEY).and_then(|it| steps(&it));
        direct.or_else(|| {
            let config = given(&keywords, "config").or_else(|| self.argument(&derived.site, 0))?;
            match &config.value {
                Value::Dict(dict) => given(dict, KEY).and_then(|it| steps(&it)),
                _ => None,
            }
        })
    }

    /// Whether a value is a graph that was built here.
    fn is_graph(&self, seen: &Seen) -> bool {
        let built = self.built(seen);
        let graph = |path: &str| {
            let agent = self.project.catalog.agent(path);
            agent.is_some_and(|it| it.limit.iter().all(|it| it.config.is_some()))
        };
        // What an agent is made of was built too.
        built.iter().any(|it| it.path.as_deref().is_some_and(graph))
    }

    /// Whether some code of the project reads the limit by its name, and so may find it wherever it
    /// lies.
    fn reads_limit(&self) -> bool {
        self.project.modules().any(|(_, module)| {
            let is_key =
                |it: ExprId| matches!(module.ast.kind(it), ExprKind::Str(text) if text == KEY);
            module.ast.exprs.iter().any(|it| match &it.kind {
                ExprKind::Subscript { index, .. } => is_key(*index),
                ExprKind::Call { callee, args } => {
                    let name = module.ast.last_name(*callee);
                    name.is_some_and(|it| it == "get")
                        && args.first().is_some_and(|it| is_key(it.value))
                }
                _ => false,
            })
        })
    }
}

/// What methods such as `add_node` were called on, which return the graph that they add to.
pub(super) fn builder(seen: &Seen) -> Option<&Seen> {
    let mut at = seen;
    loop {
        at = match &at.value {
            Value::Made(_) => return Some(at),
            Value::Derived(derived) if derived.method != "compile" => &derived.of,
            Value::Member(of, _) => of,
            _ => return None,
        };
    }
}

/// The graph that such methods were called on, as it was made.
pub(super) fn made_builder(seen: &Seen) -> Option<&Made> {
    match &builder(seen)?.value {
        Value::Made(made) => Some(made),
        _ => None,
    }
}

fn configurable_limit(config: &Dict) -> Option<Span> {
    if given(config, KEY).is_some() || config.open.is_some() {
        return None;
    }
    match given(config, "configurable")?.value {
        Value::Dict(inner) => given(&inner, KEY).map(|it| it.at),
        _ => None,
    }
}

fn given(dict: &Dict, key: &str) -> Option<Seen> {
    match dict.get(key) {
        Lookup::Given(seen) => Some(seen),
        _ => None,
    }
}

/// A number of steps, and where it was written.
fn steps(seen: &Seen) -> Option<(u32, Span)> {
    match seen.value {
        Value::Int(steps) => Some((u32::try_from(steps).ok()?, seen.at)),
        _ => None,
    }
}

fn argument_span(file: FileId, arg: &Arg) -> Span {
    Span {
        file,
        start: arg.start,
        end: arg.end,
    }
}
