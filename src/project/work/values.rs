//! What running a value takes: chains, bindings, fallbacks, groups, and the clients inside.

use std::sync::Arc;

use super::clients::untold;
use super::loops::layered;
use super::{Maybe, Works, note};
use crate::budget::work::Work;
use crate::catalog::Known;
use crate::project::uses::{BINDING_METHODS, WRAPPING};
use crate::project::value::{Derived, Made, Seen, Site, Value};
use crate::source::Span;

/// How many bindings and chains deep a client is looked for.
const LEVELS: u32 = 12;

/// Somebody runs a value.
#[derive(Clone)]
pub(super) struct Run {
    /// Where.
    pub(super) at: Span,
    /// The call; none when a framework runs it.
    pub(super) site: Option<Site>,
    /// Whether the answer is read piece by piece, so that every piece has the whole limit.
    pub(super) reads: bool,
    /// Whether the thread itself waits, so that an event loop in it stands still.
    pub(super) blocks: bool,
    /// The bindings between the call and the value, the outermost first.
    pub(super) bindings: Vec<Site>,
}

impl Works<'_, '_> {
    /// What a run of a value takes.
    pub(super) fn run_of(&self, seen: &Seen, run: &Run) -> Maybe {
        self.run_within(seen, run, LEVELS)
    }

    pub(super) fn run_within(&self, seen: &Seen, run: &Run, levels: u32) -> Maybe {
        let Some(levels) = levels.checked_sub(1) else {
            return Some(untold(run, "too deep to tell"));
        };
        match &seen.value {
            Value::Made(made) => self.made(made, run, levels),
            Value::Instance(instance) => self.clients(instance.site.as_ref()?, run),
            Value::Member(of, _) => self.run_within(of, run, levels),
            Value::Derived(derived) => self.derived(derived, run, levels),
            Value::Chain(parts) => {
                let all = parts.iter();
                Work::in_turn(
                    all.filter_map(|it| self.run_within(it, run, levels))
                        .collect(),
                )
            }
            Value::Dict(dict) => {
                let all = dict.entries.iter();
                let all = all.filter_map(|it| self.run_within(&it.value, run, levels));
                Work::together(all.collect())
            }
            Value::OneOf(all) => {
                let all = all.iter();
                Work::either(
                    all.filter_map(|it| self.run_within(it, run, levels))
                        .collect(),
                )
            }
            Value::Function(file, function, _) | Value::BoundMethod(_, file, function) => {
                self.plain((*file, *function))
            }
            _ => None,
        }
    }

    fn made(&self, made: &Made, run: &Run, levels: u32) -> Maybe {
        match self.resolver.project.catalog.known(&made.path) {
            Some(Known::Agent(agent)) => return self.agent(made, agent, run, levels),
            Some(Known::Client(_) | Known::Factory(_)) => {
                return self.client_made(made, run, levels);
            }
            _ => {}
        }
        if !WRAPPING.iter().any(|it| made.path.starts_with(it)) {
            // `instructor.from_openai(client)`
            let first = self.resolver.argument(&made.site, 0)?;
            return match first.value {
                Value::Made(_) => self.run_within(&first, run, levels),
                _ => None,
            };
        }
        let inside = self.resolver.handed_to(&made.site);
        let all = inside
            .iter()
            .filter_map(|it| self.run_within(it, run, levels));
        if made.path.ends_with("RunnableParallel") {
            Work::together(all.collect())
        } else {
            Work::in_turn(all.collect())
        }
    }

    /// A client, and the models that it was handed: a store embeds the question first.
    fn client_made(&self, made: &Made, run: &Run, levels: u32) -> Maybe {
        let inside = self.resolver.handed_to(&made.site).into_iter();
        let models = inside.filter(|it| matches!(it.value, Value::Made(_) | Value::Instance(_)));
        let mut all: Vec<Arc<Work>> = models
            .filter_map(|it| self.run_within(&it, run, levels))
            .collect();
        all.extend(self.clients(&made.site, run));
        Work::in_turn(all)
    }

    fn derived(&self, derived: &Derived, run: &Run, levels: u32) -> Maybe {
        let method = derived.method.as_str();
        if method == "as_retriever" {
            return self.run_within(&derived.of, run, levels);
        }
        if !BINDING_METHODS.contains(&method) {
            return None;
        }
        let mut run = run.clone();
        run.bindings.push(derived.site.clone());
        let inner = self.run_within(&derived.of, &run, levels);
        let site = &derived.site;
        let at = self.resolver.span(site.file, site.call);
        if let Some(entry) = self.resolver.project.catalog.retry_method(method) {
            let layer = self.resolver.called_layer(entry, site, None, at);
            return inner.map(|it| match layer {
                Some(layer) => layered(&layer, it),
                None => it,
            });
        }
        let others = match method {
            "with_fallbacks" | "pipe" | "assign" => self.resolver.handed_to(site),
            _ => Vec::new(),
        };
        let others = others.iter().flat_map(|it| match &it.value {
            Value::List(list) => list.items.clone(),
            _ => vec![it.clone()],
        });
        let mut all: Vec<Arc<Work>> = inner.into_iter().collect();
        for other in others {
            let work = self.run_within(&other, &run, levels);
            all.extend(match method {
                "with_fallbacks" => work.map(|it| Work::named(note("fallback", at), it)),
                _ => work,
            });
        }
        Work::in_turn(all)
    }
}
