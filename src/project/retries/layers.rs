//! Everything in a file that calls again, with what it calls.

use smol_str::SmolStr;

use super::Presence3;
use super::catches::Catches;
use super::runs::{Heard, Run, Runs, loop_layer};
use super::useless::Useless;
use crate::budget::Backoff;
use crate::catalog::Known;
use crate::catalog::retry::{Bound, FunctionKind, Presence, Retry};
use crate::model::python::sites::Called;
use crate::model::python::{keyword, positional};
use crate::project::loops::LoopSite;
use crate::project::resolve::Resolver;
use crate::project::uses::Use;
use crate::project::value::{Lookup, Made, Seen, Site, Value};
use crate::source::{FileId, Span};
use crate::syntax::python::{ExprId, ExprKind, FunctionId, StmtId, StmtKind};

/// One thing that calls again: a decorator, `.with_retry()`, a loop.
#[derive(Debug, Clone)]
pub struct Layer<'c> {
    /// Where it is written.
    pub at: Span,
    /// Its name; none for a loop written by hand.
    pub entry: Option<&'c Retry>,
    /// How often it calls at most; `None` when nothing counts that, or nobody can tell.
    pub attempts: Option<u32>,
    /// How long it pauses; `None` when nobody can tell.
    pub backoff: Option<Backoff>,
    /// After what it calls again.
    pub catches: Catches,
    /// Whether it certainly goes on without an end.
    pub endless: bool,
}

impl Layer<'_> {
    /// How people know it.
    #[must_use]
    pub fn name(&self) -> String {
        match self.entry {
            Some(entry) => format!("`{}`", entry.name),
            None => "this loop".to_owned(),
        }
    }
}

/// Something that calls again, and what it calls.
#[derive(Debug)]
pub struct Retried<'c> {
    /// How it calls again.
    pub layer: Layer<'c>,
    /// The function that it calls, with its name, when that is one of the project.
    pub function: Option<(FileId, FunctionId)>,
    /// The requests to models that it repeats.
    pub runs: Vec<Run<'c>>,
    /// Why it never gets to call again, if that is so.
    pub useless: Option<Useless>,
    /// Whether something further out that calls it again speaks of it already.
    pub inner: bool,
}

impl<'p> Resolver<'p> {
    /// Everything in a file that calls again and is known to call something.
    #[must_use]
    pub fn retried(
        &self,
        file: FileId,
        loops: &[LoopSite],
        uses: &dyn Fn(&Site) -> Vec<Use>,
    ) -> Vec<Retried<'p>> {
        let runs = Runs::new(self, loops);
        let mut found = self.retried_functions(file, &runs);
        found.extend(self.retried_values(file, &runs, uses));
        found.extend(self.retried_blocks(file, &runs));
        for site in loops {
            let Some(layer) = loop_layer(site) else {
                continue;
            };
            let Some(retry) = &site.retry else { continue };
            let below = runs.of_call(file, retry.expr);
            found.push(retried(layer, None, below));
        }
        let spoken: Vec<Span> = found
            .iter()
            .flat_map(|it| &it.runs)
            .flat_map(|it| it.layers.iter().map(|it| it.at))
            .collect();
        for it in &mut found {
            it.inner = spoken.contains(&it.layer.at);
            if it.useless.is_some() {
                it.layer.attempts = Some(1);
                it.layer.endless = false;
            }
        }
        found
    }

    fn retried_functions(&self, file: FileId, runs: &Runs<'_, 'p>) -> Vec<Retried<'p>> {
        let Some(module) = self.project.module(file) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for (id, function) in (0..).map(FunctionId).zip(&module.ast.functions) {
            let mut layers = Vec::new();
            for decorator in &function.decorators {
                layers.extend(self.decorator_layer(file, *decorator));
            }
            // The outermost speaks for those below it.
            let Some((first, rest)) = layers.split_first() else {
                continue;
            };
            let mut own = runs.of_function(file, id);
            for run in &mut own {
                run.layers.splice(0..0, rest.iter().cloned());
            }
            let useless = self.useless_decorator(first, (file, id), &own);
            found.push(Retried {
                useless,
                ..retried(first.clone(), Some((file, id)), own)
            });
        }
        found
    }

    /// What calls a function again, the outermost first: its decorators, but for an innermost one that
    /// calls a function of its kind once.
    pub(in crate::project) fn layers_around(
        &self,
        file: FileId,
        function: FunctionId,
    ) -> Vec<Layer<'p>> {
        let Some(module) = self.project.module(file) else {
            return Vec::new();
        };
        let own = module.ast.function(function);
        let last = own.decorators.last();
        let layers = own.decorators.iter().filter_map(|decorator| {
            let layer = self.decorator_layer(file, *decorator)?;
            let never = |it: &Retry| it.never_repeats(own.is_async, own.is_generator);
            let once = last == Some(decorator) && layer.entry.is_some_and(never);
            (!once).then_some(layer)
        });
        layers.collect()
    }

    /// The layer that a decorator makes, whether it is called, bare, or made by a factory.
    pub(in crate::project) fn decorator_layer(
        &self,
        file: FileId,
        decorator: ExprId,
    ) -> Option<Layer<'p>> {
        let at = self.span(file, decorator);
        let seen = self.value(file, decorator);
        match &seen.value {
            Value::External(path) => {
                let entry = self.project.catalog.retry(path)?;
                Some(bare(entry, at))
            }
            _ => self.layer_of(&seen, at),
        }
    }

    /// The layer that a value stands for: what `retry(…)` or `app.task(…)` gave.
    pub(in crate::project) fn layer_of(&self, seen: &Seen, at: Span) -> Option<Layer<'p>> {
        match &seen.value {
            Value::Made(made) => {
                let entry = self.project.catalog.retry(&made.path)?;
                self.called_layer(entry, &made.site, made.partial.as_ref(), at)
            }
            Value::Derived(it) => {
                let Value::Made(of) = &it.of.value else {
                    return None;
                };
                let path = smol_str::format_smolstr!("{}.{}", of.path, it.method);
                let entry = self.project.catalog.retry(&path)?;
                self.called_layer(entry, &it.site, None, at)
            }
            _ => None,
        }
    }

    /// The layer that a call makes.
    pub(in crate::project) fn called_layer(
        &self,
        entry: &'p Retry,
        site: &Site,
        partial: Option<&Site>,
        at: Span,
    ) -> Option<Layer<'p>> {
        let keywords = self.keywords(site, partial);
        if let Some(needed) = &entry.needs
            && matches!(keywords.get(needed), Lookup::Missing)
        {
            return None;
        }
        let attempts = entry.attempts.as_ref();
        let pauses = entry.pauses.as_ref();
        let catches = entry.catches.as_ref();
        Some(Layer {
            at,
            entry: Some(entry),
            attempts: attempts.and_then(|it| self.attempts(it, site, &keywords)),
            backoff: match self.presence(&entry.pause, site, &keywords) {
                Presence3::Missing(_) => Some(Backoff::default()),
                _ => pauses.and_then(|it| self.pauses(it, site, &keywords)),
            },
            catches: catches.map_or(Catches::Unknown, |it| self.catches(it, site, &keywords)),
            endless: matches!(
                self.presence(&entry.limit, site, &keywords),
                Presence3::Missing(_)
            ),
        })
    }

    /// `.with_retry()` on a runnable, middleware of an agent, and functions that are handed to
    /// something that calls them again.
    fn retried_values(
        &self,
        file: FileId,
        runs: &Runs<'_, 'p>,
        uses: &dyn Fn(&Site) -> Vec<Use>,
    ) -> Vec<Retried<'p>> {
        let Some(module) = self.project.module(file) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for Called { call, callee, args } in module.called() {
            let site = Site::of(file, call);
            let at = self.span(file, call);
            if let ExprKind::Attribute { value, name } = module.ast.kind(callee) {
                if let Some(entry) = self.project.catalog.retry_method(name) {
                    let receiver = self.value(file, *value);
                    let below = runs.of_value(&receiver, at);
                    let built = self.built(&receiver).into_iter();
                    let of_clients: Vec<Use> = built.flat_map(|it| uses(&it.site)).collect();
                    let layer = self.called_layer(entry, &site, None, at);
                    found.extend(layer.map(|it| Retried {
                        useless: self.only_streams(at, &of_clients),
                        ..retried(it, None, below)
                    }));
                } else if name == "add_node" {
                    found.extend(self.retried_node(&site, runs));
                }
            } else if keyword(args, "middleware").is_some() {
                found.extend(self.retried_model(&site, runs));
            }
        }
        found
    }

    /// `graph.add_node("ask", ask, retry_policy=RetryPolicy())`.
    fn retried_node(&self, site: &Site, runs: &Runs<'_, 'p>) -> Option<Retried<'p>> {
        let args = self.args(site)?;
        let policy = ["retry_policy", "retry"]
            .iter()
            .find_map(|it| keyword(args, it))?;
        let policy = self.value(site.file, policy.value);
        let at = self.span(site.file, site.call);
        let layer = self
            .layer_of(&policy, policy.at)
            .map(|it| Layer { at, ..it })?;
        let node = positional(args, 1).or_else(|| positional(args, 0))?;
        let node = self.value(site.file, node.value);
        let (file, function) = match &node.value {
            Value::Function(file, function, _) | Value::BoundMethod(_, file, function) => {
                (*file, *function)
            }
            _ => return None,
        };
        let below = runs.of_function(file, function);
        Some(retried(layer, Some((file, function)), below))
    }

    /// `create_agent(model, middleware=[ModelRetryMiddleware()])`.
    fn retried_model(&self, site: &Site, runs: &Runs<'_, 'p>) -> Option<Retried<'p>> {
        let reached = self.reached(site);
        let reached = reached
            .iter()
            .find(|it| matches!(self.project.catalog.known(&it.path), Some(Known::Agent(_))))?;
        let Lookup::Given(middleware) = reached.keywords.get("middleware") else {
            return None;
        };
        let Value::List(list) = &middleware.value else {
            return None;
        };
        let is_model = |it: &&Made| it.path.ends_with(".ModelRetryMiddleware");
        let made = list.items.iter().filter_map(|it| match &it.value {
            Value::Made(made) => Some(&**made),
            _ => None,
        });
        let made = made.into_iter().find(is_model)?;
        let entry = self.project.catalog.retry(&made.path)?;
        let at = self.span(made.site.file, made.site.call);
        let layer = self.called_layer(entry, &made.site, made.partial.as_ref(), at)?;
        let model = self.agent_model(site, &reached.keywords)?;
        (at.file == site.file).then(|| retried(layer, None, runs.of_value(&model, at)))
    }

    /// `for attempt in Retrying(…): with attempt: …`, and `Retrying(…)(function)`.
    fn retried_blocks(&self, file: FileId, runs: &Runs<'_, 'p>) -> Vec<Retried<'p>> {
        let Some(module) = self.project.module(file) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for (id, stmt) in (0..).map(StmtId).zip(&module.ast.stmts) {
            let StmtKind::For { iterable, body, .. } = &stmt.kind else {
                continue;
            };
            let seen = self.value(file, *iterable);
            let Some(layer) = self.layer_of(&seen, self.project.stmt_span(file, id)) else {
                continue;
            };
            let Some(first) = body.first() else { continue };
            let range = module.ast.stmt(*first).start..stmt.end;
            found.push(retried(layer, None, runs.of_range(file, range)));
        }
        found
    }
}

impl Retry {
    /// Whether a function of that kind is called once and never again.
    #[must_use]
    pub fn never_repeats(&self, is_async: bool, is_generator: bool) -> bool {
        let has = |kind: FunctionKind| self.never.contains(&kind);
        (is_generator && has(FunctionKind::Generator)) || (is_async && has(FunctionKind::Async))
    }
}

fn retried<'p>(
    layer: Layer<'p>,
    function: Option<(FileId, FunctionId)>,
    runs: Vec<Run<'p>>,
) -> Retried<'p> {
    // Of a failure that stays inside, whoever calls again hears nothing.
    let heard = runs.into_iter().filter(|it| it.heard == Heard::Plainly);
    Retried {
        layer,
        function,
        runs: heard.collect(),
        useless: None,
        inner: false,
    }
}

/// A decorator without parentheses: whatever holds when nobody writes an argument.
fn bare(entry: &Retry, at: Span) -> Layer<'_> {
    let absent = |bound: &Bound| bound.absent == Presence::Unbounded;
    let endless = absent(&entry.limit);
    let counts = entry.attempts.as_ref().and_then(|it| it.absent);
    Layer {
        at,
        entry: Some(entry),
        attempts: counts,
        endless,
        backoff: absent(&entry.pause).then(Backoff::default),
        catches: match &entry.catches {
            Some(catches) if catches.every => Catches::Everything(None),
            _ => Catches::Unknown,
        },
    }
}

/// The names by which agents take their model.
pub(super) const MODEL: [SmolStr; 2] = [SmolStr::new_static("model"), SmolStr::new_static("llm")];
