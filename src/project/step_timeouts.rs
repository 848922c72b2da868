//! Timeouts of agents and graphs that do not reach into their steps, or that are not taken at all.

use crate::catalog::Known;
use crate::catalog::timeouts::{GraphTimeout, StepTimeout};
use crate::fact::Limit;
use crate::model::python::sites::MethodCall;
use crate::model::python::{keyword, positional};
use crate::project::clients::ClientSite;
use crate::project::resolve::Resolver;
use crate::project::value::{Lookup, Seen, Site, Value};
use crate::project::waits::Wait;
use crate::source::{FileId, Span};
use crate::syntax::python::ArgKind;
use crate::units::{Millis, Unit};

/// A limit on the time of an agent whose model waits for ever inside a step.
#[derive(Debug)]
pub struct UnreachedStep<'c> {
    /// The argument with its value.
    pub passed: Span,
    /// How long it is.
    pub limit: Millis,
    /// What is known of it.
    pub timeout: &'c StepTimeout,
    /// The model, as people know it.
    pub model: String,
    /// Where the model was built.
    pub built: Span,
    /// What bounds its calls, to type; `None` when the class cannot.
    pub write: Option<String>,
}

/// A timeout that a method of a graph does not take.
#[derive(Debug)]
pub struct RefusedTimeout<'c> {
    /// The argument with its value.
    pub passed: Span,
    /// What is known of it.
    pub timeout: &'c GraphTimeout,
    /// Where the plain function is defined that cannot be given up, if that is the reason.
    pub function: Option<Span>,
}

impl<'p> Resolver<'p> {
    /// All agents of a file whose limit does not reach the model inside them.
    #[must_use]
    pub fn unreached_steps(&self, file: FileId) -> Vec<UnreachedStep<'p>> {
        let mut found = Vec::new();
        for site in self.building_sites(file) {
            for reached in self.reached(&site).iter() {
                let Some(Known::Agent(agent)) = self.project.catalog.known(&reached.path) else {
                    continue;
                };
                let Some(timeout) = &agent.step_timeout else {
                    continue;
                };
                let Lookup::Given(seen) = reached.keywords.get(&timeout.argument) else {
                    continue;
                };
                let Wait::Within(limit) = self.wait(&seen, Unit::Seconds) else {
                    continue;
                };
                let Some(model) = self.endless_model(&site) else {
                    continue;
                };
                let callee = self.callee_span(&site);
                found.push(UnreachedStep {
                    passed: self
                        .keyword_span(&site, &timeout.argument)
                        .unwrap_or(callee),
                    limit,
                    timeout,
                    built: model.callee,
                    write: model.client.timeout.example(),
                    model: model.name,
                });
            }
        }
        found
    }

    /// A model that waits for ever, among what an agent is made of: its arguments, and theirs.
    fn endless_model(&self, site: &Site) -> Option<ClientSite<'p>> {
        let mut parts = self.made_of(site);
        let inner: Vec<Site> = parts.iter().flat_map(|it| self.made_of(it)).collect();
        parts.extend(inner);
        let mut clients = parts.iter().flat_map(|it| self.clients_at(it));
        clients.find(|it| it.limit().value == Limit::Forever && !self.bound_where_built(&it.site))
    }

    /// The calls that built the arguments of a call.
    fn made_of(&self, site: &Site) -> Vec<Site> {
        let args = self.args(site).unwrap_or_default();
        let values = args
            .iter()
            .map(|it| self.eval(site.file, it.value, site.frame.as_ref()));
        let built = values.flat_map(|it| self.built(&it));
        built
            .filter(|it| it.bindings.is_empty())
            .map(|it| it.site)
            .collect()
    }

    /// All timeouts of a file that are passed to a method of a graph which does not take them.
    #[must_use]
    pub fn refused_timeouts(&self, file: FileId) -> Vec<RefusedTimeout<'p>> {
        let Some(module) = self.project.module(file) else {
            return Vec::new();
        };
        let calls = module.method_calls();
        calls
            .filter_map(|it| self.refused_timeout(file, &it))
            .collect()
    }

    fn refused_timeout(
        &self,
        file: FileId,
        &MethodCall { on, name, args, .. }: &MethodCall<'_>,
    ) -> Option<RefusedTimeout<'p>> {
        // Cheaper than asking what every receiver is.
        let speaks =
            |it: &ArgKind| matches!(it, ArgKind::Keyword(name) if name.contains("timeout"));
        if !args.iter().any(|it| speaks(&it.kind)) {
            return None;
        }
        let Value::Made(made) = self.value(file, on).value else {
            return None;
        };
        let graph = self.project.catalog.graph(&made.path)?;
        let (timeout, arg) = graph.timeout.iter().find_map(|it| {
            let holds = it.method == *name && self.project.runs(file, &graph.package, &it.versions);
            Some((it, keyword(args, &it.argument).filter(|_| holds)?))
        })?;
        let function = if timeout.unless_async {
            // `add_node(function)` or `add_node("name", function)`.
            let work = positional(args, 1).or_else(|| positional(args, 0))?;
            Some(self.plain_function(&self.value(file, work.value))?)
        } else {
            None
        };
        Some(RefusedTimeout {
            passed: Span {
                file,
                start: arg.start,
                end: arg.end,
            },
            timeout,
            function,
        })
    }

    /// Where a function is defined that is certainly no coroutine.
    fn plain_function(&self, work: &Seen) -> Option<Span> {
        let Value::Function(file, function, _) = &work.value else {
            return None;
        };
        let own = self.project.module(*file)?.ast.function(*function);
        (!own.is_async && !own.is_generator && own.decorators.is_empty()).then_some(Span {
            file: *file,
            start: own.name_span.start,
            end: own.name_span.end,
        })
    }
}
