//! Where agents are made, and what bounds the steps of their runs.

use smol_str::SmolStr;

use crate::catalog::Known;
use crate::catalog::entry::{Agent, StepLimit};
use crate::model::python::{keyword, positional};
use crate::project::arguments::Reached;
use crate::project::bounds::CALLERS;
use crate::project::graphs::{Cycle, INTERRUPTS};
use crate::project::resolve::Resolver;
use crate::project::uses::{self, Use};
use crate::project::value::{Dict, EnvDefault, Lookup, Made, Seen, Site, Value};
use crate::project::versions::Basis;
use crate::source::{FileId, Span};
use crate::syntax::python::{ArgKind, ExprId, ExprKind};

/// A place that makes an agent.
#[derive(Debug)]
pub struct AgentSite<'c> {
    /// The call.
    pub site: Site,
    /// What is called.
    pub callee: Span,
    /// What the catalogue says of it.
    pub agent: &'c Agent,
    /// What bounds it when nobody says anything.
    pub default: &'c StepLimit,
    /// How the version behind that default is known.
    pub basis: Basis,
    /// What bounds its steps here.
    pub limit: AgentLimit,
    /// The way round that only its model ends, for a graph that is put together by hand.
    pub cycle: Option<Cycle>,
    /// A run of it whose time nothing bounds.
    pub untimed: Option<Span>,
    /// A limit among its middleware that ends the calls of tools, and not the run.
    pub tools_only: Option<ToolsOnly>,
}

/// Middleware that ends the calls of tools, and not the run.
#[derive(Debug)]
pub struct ToolsOnly {
    /// Where it is made.
    pub at: Span,
    /// Its class.
    pub name: SmolStr,
    /// What to tell it so that it ends the run.
    pub ending: SmolStr,
}

/// What bounds the steps of an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AgentLimit {
    /// Something does.
    Given,
    /// Nobody says anything, and it runs there: the default holds.
    Default(Span),
    /// Its limit is passed there, and is `None`, written at the second place.
    Removed(Span, Span),
    /// Nobody says anything, and nobody was seen running it.
    Unseen,
    /// Nobody can tell, and why.
    Unknown(&'static str),
}

/// One place that may say something about the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    /// A limit.
    Limit,
    /// Nothing.
    Nothing,
    /// Nobody can tell, and why.
    Unknown(&'static str),
}

impl<'p> Resolver<'p> {
    /// All places of a file that make an agent of the catalogue.
    #[must_use]
    pub fn agents(&self, file: FileId, uses: &dyn Fn(&Site) -> Vec<Use>) -> Vec<AgentSite<'p>> {
        let mut found = Vec::new();
        for site in self.building_sites(file) {
            for reached in self.reached(&site).iter() {
                if let Some(Known::Agent(agent)) = self.project.catalog.known(&reached.path) {
                    found.extend(self.agent_site(&site, agent, reached, uses));
                }
            }
        }
        found
    }

    fn agent_site(
        &self,
        site: &Site,
        agent: &'p Agent,
        reached: &Reached,
        uses: &dyn Fn(&Site) -> Vec<Use>,
    ) -> Option<AgentSite<'p>> {
        let (default, basis) = self.project.step_limit(agent, site.file)?;
        let cycle = if agent.by_hand {
            Some(self.model_cycle(site)?)
        } else {
            None
        };
        let stops = |it: &&str| limits(reached.keywords.get(it)) != Said::Nothing;
        let limit = if self.has_no_tools(agent, reached) || INTERRUPTS.iter().any(stops) {
            AgentLimit::Given
        } else {
            match &default.argument {
                Some(argument) => self.constructor_limit(site, default, argument, reached),
                None if uses(site).is_empty() && self.is_configured(site) => {
                    AgentLimit::Unknown("configured where it is made")
                }
                None => self.run_limit(default, reached, &uses(site)),
            }
        };
        Some(AgentSite {
            site: site.clone(),
            callee: self.callee_span(site),
            agent,
            default,
            basis,
            limit,
            cycle,
            untimed: self.untimed(default, reached, &uses(site)),
            tools_only: self.tools_only(default, &reached.keywords),
        })
    }

    /// A run of an agent whose time is bounded neither by the agent nor by its caller.
    fn untimed(&self, default: &StepLimit, reached: &Reached, uses: &[Use]) -> Option<Span> {
        if let Some(argument) = &default.time
            && limits(reached.keywords.get(argument)) != Said::Nothing
        {
            return None;
        }
        // A graph may be given a limit for each of its steps later.
        let stepped = self.project.modules().any(|(_, module)| {
            let mut all = module.ast.exprs.iter();
            all.any(
                |it| matches!(&it.kind, ExprKind::Attribute { name, .. } if name == "step_timeout"),
            )
        });
        let run = uses.iter().find(|it| !it.bounded)?;
        (default.time.is_some() || !stepped).then(|| uses::span(self.project, run))
    }

    /// Whether an agent is given a configuration right where it is made:
    /// `create_agent(…).with_config(config)`.
    fn is_configured(&self, site: &Site) -> bool {
        let Some(ast) = self.project.module(site.file).map(|it| &it.ast) else {
            return false;
        };
        let member = ast.expr(site.call).parent.map(|it| ast.kind(it));
        matches!(member, Some(ExprKind::Attribute { name, .. }) if name == "with_config")
    }

    /// Whether an agent certainly has no tool to call, so that it answers at once.
    fn has_no_tools(&self, agent: &Agent, reached: &Reached) -> bool {
        let Some((name, position)) = &agent.tools else {
            return false;
        };
        let given = reached.positional.as_ref().and_then(|site| {
            let arg = positional(self.args(site)?, *position)?;
            Some(self.eval(site.file, arg.value, site.frame.as_ref()))
        });
        let lookup = given.map_or_else(|| reached.keywords.get(name), Lookup::Given);
        match lookup {
            Lookup::Missing => true,
            Lookup::Given(seen) => match &seen.value {
                Value::None => true,
                Value::List(list) => list.items.is_empty() && !list.open,
                _ => false,
            },
            _ => false,
        }
    }

    /// The limit of an agent that takes it when it is made.
    fn constructor_limit(
        &self,
        site: &Site,
        default: &StepLimit,
        argument: &SmolStr,
        reached: &Reached,
    ) -> AgentLimit {
        let seen = match reached.keywords.get(argument) {
            Lookup::Given(seen) => seen,
            Lookup::Missing => return AgentLimit::Given,
            Lookup::Maybe(_) => return AgentLimit::Unknown("there under a condition"),
            Lookup::Unknown(why) => return AgentLimit::Unknown(why),
        };
        if !matches!(seen.value, Value::None) {
            return match seen.value {
                Value::Unknown(why) => AgentLimit::Unknown(why),
                _ => AgentLimit::Given,
            };
        }
        let mut others = default.also.iter();
        if others.any(|it| limits(reached.keywords.get(it)) != Said::Nothing) {
            return AgentLimit::Given;
        }
        let passed = self.keyword_span(site, argument);
        AgentLimit::Removed(passed.unwrap_or_else(|| self.callee_span(site)), seen.at)
    }

    /// The limit of an agent that takes it when it runs.
    fn run_limit(&self, default: &StepLimit, reached: &Reached, uses: &[Use]) -> AgentLimit {
        match self.middleware_limit(default, &reached.keywords) {
            Said::Limit => return AgentLimit::Given,
            Said::Unknown(why) => return AgentLimit::Unknown(why),
            Said::Nothing => {}
        }
        let Some(key) = &default.config else {
            return AgentLimit::Unknown("it cannot be limited");
        };
        let mut limit = AgentLimit::Unseen;
        for used in uses {
            match self.used_limit(key, used) {
                Said::Nothing if default.inherits && self.may_inherit(key, used) => {
                    limit = AgentLimit::Unknown("another graph may run it with a limit");
                }
                Said::Nothing => {
                    return AgentLimit::Default(uses::span(self.project, used));
                }
                Said::Limit => limit = AgentLimit::Given,
                Said::Unknown(why) => limit = AgentLimit::Unknown(why),
            }
        }
        limit
    }

    /// Whether a run may stand in a node or a tool of another graph, whose own run has a limit.
    fn may_inherit(&self, key: &str, used: &Use) -> bool {
        let named = |kind: &ExprKind| match kind {
            ExprKind::Str(text) => text == key,
            ExprKind::Call { args, .. } => keyword(args, key).is_some(),
            _ => false,
        };
        self.is_run_by_others(used)
            && self.project.modules().any(|(_, module)| {
                let mut all = module.ast.exprs.iter();
                all.any(|it| named(&it.kind))
            })
    }

    /// Whether somebody whom the project does not name may run the function that holds a run; the
    /// lines of a module run by themselves.
    fn is_run_by_others(&self, used: &Use) -> bool {
        let mut open = vec![(used.call, CALLERS)];
        while let Some(((file, call), levels)) = open.pop() {
            let Some(ast) = self.project.module(file).map(|it| &it.ast) else {
                return true;
            };
            let Some(function) = ast.function_of(ast.expr(call).scope) else {
                continue;
            };
            let callers = self.callers(file, function);
            let known = callers.complete && !callers.sites.is_empty() && levels > 0;
            if !known || open.len() + callers.sites.len() > 32 {
                return true;
            }
            let sites = callers.sites.iter();
            open.extend(sites.map(|(site, _)| ((site.file, site.call), levels - 1)));
        }
        false
    }

    /// What the middleware of an agent says about its steps.
    fn middleware_limit(&self, default: &StepLimit, keywords: &Dict) -> Said {
        let list = match keywords.get("middleware") {
            Lookup::Given(seen) => seen,
            Lookup::Missing => return Said::Nothing,
            Lookup::Maybe(_) => return Said::Unknown("there under a condition"),
            Lookup::Unknown(why) => return Said::Unknown(why),
        };
        let Value::List(list) = &list.value else {
            return match list.value {
                Value::None => Said::Nothing,
                _ => Said::Unknown("middleware that is not known"),
            };
        };
        let mut said = if list.open {
            Said::Unknown("middleware that is not known")
        } else {
            Said::Nothing
        };
        for item in &list.items {
            match self.one_middleware_limit(default, item) {
                Said::Limit => return Said::Limit,
                Said::Nothing => {}
                unknown @ Said::Unknown(_) => said = unknown,
            }
        }
        said
    }

    /// A limit among the middleware that is left to go on when it is reached.
    fn tools_only(&self, default: &StepLimit, keywords: &Dict) -> Option<ToolsOnly> {
        let Lookup::Given(list) = keywords.get("middleware") else {
            return None;
        };
        let Value::List(list) = &list.value else {
            return None;
        };
        list.items.iter().find_map(|item| {
            let Value::Made(made) = &item.value else {
                return None;
            };
            let endings = default.exit_behavior.get(&made.path)?;
            let goes_on = self.library_middleware_limit(default, made) == Said::Nothing;
            goes_on.then_some(ToolsOnly {
                at: self.span(made.site.file, made.site.call),
                name: made.path.rsplit('.').next()?.into(),
                ending: endings.first()?.clone(),
            })
        })
    }

    fn one_middleware_limit(&self, default: &StepLimit, item: &Seen) -> Said {
        match &item.value {
            Value::Made(made) => self.library_middleware_limit(default, made),
            // The project's own middleware may count, and may end the run.
            _ => Said::Unknown("middleware of the project's own"),
        }
    }

    fn library_middleware_limit(&self, default: &StepLimit, made: &Made) -> Said {
        let keywords = self.keywords(&made.site, made.partial.as_ref());
        if let Some(arguments) = default.middleware.get(&made.path) {
            let all = arguments.iter().map(|it| limits(keywords.get(it)));
            return all.fold(Said::Nothing, either);
        }
        let Some(endings) = default.exit_behavior.get(&made.path) else {
            return Said::Nothing;
        };
        match keywords.get("exit_behavior") {
            Lookup::Given(seen) => match seen.text() {
                Some(text) if endings.contains(text) => Said::Limit,
                Some(_) => Said::Nothing,
                None => Said::Unknown("an exit behavior that is not known"),
            },
            Lookup::Missing => Said::Nothing,
            Lookup::Maybe(_) => Said::Unknown("there under a condition"),
            Lookup::Unknown(why) => Said::Unknown(why),
        }
    }

    /// What one run of an agent says about its steps.
    fn used_limit(&self, key: &str, used: &Use) -> Said {
        let site = |(file, call): (FileId, ExprId)| Site::of(file, call);
        let bindings = used.bindings.iter().copied();
        let bound = bindings.map(|it| self.binding_limit(key, &site(it)));
        bound.fold(self.configured_limit(key, &site(used.call), 1), either)
    }

    /// What `.with_config({…})`, `.with_config(recursion_limit=…)` and their like say.
    fn binding_limit(&self, key: &str, site: &Site) -> Said {
        let given = limits(self.keywords(site, None).get(key));
        either(given, self.configured_limit(key, site, 0))
    }

    /// What the configuration of a call says, written by name or at a position.
    fn configured_limit(&self, key: &str, site: &Site, position: usize) -> Said {
        let args = self.args(site).unwrap_or_default();
        let given = keyword(args, "config").or_else(|| positional(args, position));
        let Some(arg) = given else {
            let spread = |it: &ArgKind| matches!(it, ArgKind::Star | ArgKind::DoubleStar);
            return match args.iter().find(|it| spread(&it.kind)) {
                Some(arg) => self.spread_limit(key, site, arg.value),
                None => Said::Nothing,
            };
        };
        let config = self.eval(site.file, arg.value, site.frame.as_ref());
        self.config_limit(key, &config)
    }

    /// What `**kwargs` says: a `config` may be in it.
    fn spread_limit(&self, key: &str, site: &Site, value: ExprId) -> Said {
        match self.keywords(site, None).get("config") {
            Lookup::Given(seen) => self.config_limit(key, &seen),
            Lookup::Missing => {
                let spread = self.eval(site.file, value, site.frame.as_ref());
                match spread.value {
                    Value::Dict(_) => Said::Nothing,
                    _ => Said::Unknown("spread into the call"),
                }
            }
            Lookup::Maybe(_) => Said::Unknown("there under a condition"),
            Lookup::Unknown(why) => Said::Unknown(why),
        }
    }

    /// What a configuration says.
    fn config_limit(&self, key: &str, config: &Seen) -> Said {
        match &config.value {
            Value::None => Said::Nothing,
            Value::Dict(dict) => limits(dict.get(key)),
            Value::Made(made) if made.path.ends_with("RunnableConfig") => {
                limits(self.keywords(&made.site, made.partial.as_ref()).get(key))
            }
            Value::OneOf(all) => {
                let all: Vec<Said> = all.iter().map(|it| self.config_limit(key, it)).collect();
                match all.as_slice() {
                    [first, rest @ ..] if rest.iter().all(|it| it == first) => *first,
                    _ => Said::Unknown("one of several configurations"),
                }
            }
            Value::Unknown(why) => Said::Unknown(why),
            _ => Said::Unknown("a configuration that is not known"),
        }
    }
}

/// Whether an argument is given as a limit.
fn limits(lookup: Lookup) -> Said {
    match lookup {
        Lookup::Given(seen) => match &seen.value {
            Value::None => Said::Nothing,
            Value::Env(env) => match &env.default {
                EnvDefault::Is(seen) if matches!(seen.value, Value::None) => {
                    Said::Unknown("set by the environment")
                }
                _ => Said::Limit,
            },
            Value::OneOf(_) => Said::Unknown("one of several values"),
            Value::Unknown(why) => Said::Unknown(why),
            _ => Said::Limit,
        },
        Lookup::Missing => Said::Nothing,
        Lookup::Maybe(_) => Said::Unknown("there under a condition"),
        Lookup::Unknown(why) => Said::Unknown(why),
    }
}

/// What two places say together, either of which is enough.
fn either(a: Said, b: Said) -> Said {
    match (a, b) {
        (Said::Limit, _) | (_, Said::Limit) => Said::Limit,
        (Said::Unknown(why), _) | (_, Said::Unknown(why)) => Said::Unknown(why),
        _ => Said::Nothing,
    }
}
