//! Agents and graphs: rounds of a model and its tools, as many as the limit of the run allows.

use std::sync::Arc;

use super::clients::untold;
use super::values::Run;
use super::{Maybe, Works, note_because};
use crate::budget::work::Work;
use crate::catalog::entry::{Agent, StepLimit};
use crate::model::python::{keyword, positional};
use crate::project::value::{Dict, Lookup, Made, Seen, Site, Value};
use crate::source::Span;

/// A value as a count.
fn count(seen: &Seen) -> Option<u32> {
    match seen.value {
        Value::Int(count) => u32::try_from(count).ok(),
        _ => None,
    }
}

/// How many steps a run has at most, and the place that says so.
struct Steps {
    /// `None` when nobody can tell.
    count: Option<u32>,
    /// Whether they count the calls of the model, rather than the steps of the graph.
    of_model: bool,
    at: Span,
}

impl Works<'_, '_> {
    /// What a run of an agent takes when its model never stops calling tools.
    pub(super) fn agent(&self, made: &Made, agent: &Agent, run: &Run, levels: u32) -> Maybe {
        let (limit, _) = self.resolver.project.step_limit(agent, made.site.file)?;
        if agent.by_hand {
            return self.graph(made, limit, run, levels);
        }
        let keywords = self.resolver.keywords(&made.site, made.partial.as_ref());
        let model = self.resolver.agent_model(&made.site, &keywords)?;
        let model = self.run_within(&model, run, levels)?;
        let tools = self.tools(agent, &made.site, &keywords, run);
        let steps = self.steps(made, limit, &keywords, run);
        Some(rounds_of(agent, limit, (model, tools), &steps, run))
    }

    /// The tool that takes longest.
    fn tools(&self, agent: &Agent, site: &Site, keywords: &Dict, run: &Run) -> Maybe {
        let (name, position) = agent.tools.as_ref()?;
        let given = match keywords.get(name) {
            Lookup::Given(seen) => Some(seen),
            _ => self.resolver.argument(site, *position),
        }?;
        let Value::List(list) = &given.value else {
            return None;
        };
        let all = list.items.iter().filter_map(|it| match &it.value {
            Value::Function(file, function, _) | Value::BoundMethod(_, file, function) => {
                self.run_function((*file, *function), run)
            }
            _ => None,
        });
        Work::either(all.collect())
    }

    /// How many steps a run takes at most.
    fn steps(&self, made: &Made, limit: &StepLimit, keywords: &Dict, run: &Run) -> Steps {
        let at = self.resolver.callee_span(&made.site);
        let steps = |count, of_model, at| Steps {
            count,
            of_model,
            at,
        };
        if let Some(argument) = &limit.argument {
            return match keywords.get(argument) {
                Lookup::Given(seen) => steps(count(&seen), false, seen.at),
                Lookup::Missing => steps(Some(limit.absent), false, at),
                _ => steps(None, false, at),
            };
        }
        if let Some(found) = self.by_middleware(limit, keywords) {
            return found;
        }
        match limit.config.as_ref().map(|key| self.configured(key, run)) {
            Some(Lookup::Given(seen)) => steps(count(&seen), false, seen.at),
            Some(Lookup::Missing) => steps(Some(limit.absent), false, at),
            _ => steps(None, false, at),
        }
    }

    /// What the middleware of an agent says: a number of calls of its model, or something that
    /// nobody can count.
    fn by_middleware(&self, limit: &StepLimit, keywords: &Dict) -> Option<Steps> {
        let Lookup::Given(list) = keywords.get("middleware") else {
            return None;
        };
        let items = match &list.value {
            Value::List(list) => list.items.as_slice(),
            _ => &[],
        };
        for item in items {
            let Value::Made(made) = &item.value else {
                continue;
            };
            let Some(arguments) = limit.middleware.get(&made.path) else {
                continue;
            };
            let own = self.resolver.keywords(&made.site, made.partial.as_ref());
            for argument in arguments {
                if let Lookup::Given(seen) = own.get(argument) {
                    return Some(Steps {
                        count: count(&seen),
                        of_model: true,
                        at: seen.at,
                    });
                }
            }
        }
        // Any other adds steps to each round.
        Some(Steps {
            count: None,
            of_model: false,
            at: list.at,
        })
    }

    /// What the configuration of a run says: at the call, or in a binding before it.
    fn configured(&self, key: &str, run: &Run) -> Lookup {
        let calls = run.site.iter().map(|it| (it, 1));
        let bindings = run.bindings.iter().map(|it| (it, 0));
        for (site, position) in calls.chain(bindings) {
            let direct = self.resolver.keywords(site, None).get(key);
            if position == 0 && !matches!(direct, Lookup::Missing) {
                return direct;
            }
            let args = self.resolver.args(site).unwrap_or_default();
            let Some(arg) = keyword(args, "config").or_else(|| positional(args, position)) else {
                continue;
            };
            let config = self
                .resolver
                .eval(site.file, arg.value, site.frame.as_ref());
            match &config.value {
                Value::Dict(dict) => match dict.get(key) {
                    Lookup::Missing => {}
                    found => return found,
                },
                Value::Made(made) => match self.resolver.keywords(&made.site, None).get(key) {
                    Lookup::Missing => {}
                    found => return found,
                },
                Value::None => {}
                _ => return Lookup::Unknown("a configuration that is not known"),
            }
        }
        Lookup::Missing
    }

    /// A graph that is put together by hand: the way round as often as its limit allows, or the
    /// longest way through.
    fn graph(&self, made: &Made, limit: &StepLimit, run: &Run, levels: u32) -> Maybe {
        let shape = self.resolver.graph_ways(&made.site)?;
        let work_of = |seen: &Seen| self.run_within(seen, run, levels);
        let Some(round) = &shape.round else {
            let all = shape.nodes.iter().filter_map(work_of);
            return Work::either(all.collect())
                .map(|it| Work::repeated(super::note("graph", run.at), None, it));
        };
        let steps = self.steps(made, limit, &Dict::default(), run);
        let size = u32::try_from(round.len()).unwrap_or(u32::MAX).max(1);
        // Something else than the limit may end it sooner.
        let count = steps.count.filter(|_| shape.to_the_limit);
        let rounds = count.map(|it| it / size);
        let work = Work::in_turn(round.iter().filter_map(work_of).collect())?;
        let text = match count {
            Some(count) => format!("the graph may take {count} steps"),
            None => "nobody can tell how many steps the graph takes".to_owned(),
        };
        let title = match rounds {
            Some(rounds) => format!("graph, {rounds} rounds"),
            None => "graph, nobody can tell how many rounds".to_owned(),
        };
        let note = note_because(title, run.at, steps.at, text);
        Some(Work::repeated(note, rounds, work))
    }
}

/// Rounds of a model and its tools.
fn rounds_of(
    agent: &Agent,
    limit: &StepLimit,
    (model, tools): (Arc<Work>, Maybe),
    steps: &Steps,
    run: &Run,
) -> Arc<Work> {
    let name = &agent.name;
    let each = if steps.of_model { 1 } else { limit.round };
    let text = match steps.count {
        Some(count) => format!("`{name}` may take {count} steps"),
        None => format!("nobody can tell how many steps `{name}` takes"),
    };
    let rounds = steps.count.map(|it| it / each);
    let title = match rounds {
        Some(rounds) => format!("`{name}`, {rounds} rounds"),
        None => format!("`{name}`, rounds until its model is done"),
    };
    // The model speaks first and last.
    let last = steps.count.is_some_and(|it| it % each > 0);
    let round = tools.into_iter();
    let round = Work::in_turn([Arc::clone(&model)].into_iter().chain(round).collect());
    let round = round.unwrap_or_else(|| Arc::clone(&model));
    let note = note_because(title, run.at, steps.at, text);
    let rounds = Work::repeated(note, rounds, round);
    let all = [rounds].into_iter().chain(last.then_some(model));
    let all: Vec<Arc<Work>> = all.filter(|it| !it.worst_case().is_nothing()).collect();
    Work::in_turn(all).unwrap_or_else(|| untold(run, "an agent without a step"))
}
