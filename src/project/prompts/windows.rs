//! Which prompts are longer than what the model reads, by the numbers that somebody wrote.

use smol_str::SmolStr;

use super::sizes::{Part, Sizes};
use super::{SENDING, prompt_args};
use crate::catalog::Known;
use crate::catalog::entry::ClientKind;
use crate::catalog::models::Model;
use crate::model::python::positional;
use crate::model::python::sites::MethodCall;
use crate::project::origins::Place;
use crate::project::resolve::Resolver;
use crate::project::uses::BINDING_METHODS;
use crate::project::value::{Dict, Lookup, Made, Seen, Site, Value};
use crate::source::{FileId, Span};

/// How deep a model may lie in what a call is made on.
const DEPTH: u32 = 8;

/// A call that sends more than its model reads, or asks for more than it writes.
#[derive(Debug)]
pub struct ExceededWindow {
    /// What is called.
    pub callee: Span,
    /// The model, as it is written, and where.
    pub model: (SmolStr, Span),
    /// How many tokens it reads at most, or writes when that is what is exceeded.
    pub limit: u64,
    /// What is more than that.
    pub excess: Excess,
}

/// What is more than a model takes.
#[derive(Debug)]
pub enum Excess {
    /// The prompt, with what is kept for the answer.
    Prompt {
        /// Its parts whose size is known.
        parts: Vec<Part>,
        /// What is kept for the answer out of the same window.
        answer: Option<(u64, Span)>,
        /// Whether the server cuts what is too long, and does not refuse it.
        is_cut: bool,
    },
    /// The answer that is asked for.
    Answer(u64, Span),
}

/// What a call is sent to, and what is added to the prompt on the way.
struct Target {
    /// The arguments of the client, which name the model; none where those of the call do.
    said: Option<Dict>,
    /// What is added to the prompt on the way.
    parts: Vec<Part>,
}

/// How much a model takes.
struct Window<'c> {
    name: (SmolStr, Span),
    input: u64,
    model: Option<&'c Model>,
}

impl<'p> Resolver<'p> {
    /// All calls of a file that send or ask for too much.
    #[must_use]
    pub fn exceeded_windows(&self, file: FileId) -> Vec<ExceededWindow> {
        let Some(module) = self.project.module(file) else {
            return Vec::new();
        };
        let calls = module.method_calls();
        calls
            .filter_map(|it| self.exceeded_window(file, &it))
            .collect()
    }

    fn exceeded_window(&self, file: FileId, method: &MethodCall<'_>) -> Option<ExceededWindow> {
        if !SENDING.contains(&method.name.as_str()) {
            return None;
        }
        let sizes = Sizes::new(self);
        let target = self.window_target(&sizes, &self.value(file, method.on), DEPTH)?;
        let site = Site::of(file, method.call);
        let said = target.said.unwrap_or_else(|| self.keywords(&site, None));
        let window = self.window(&said)?;
        let mut parts = target.parts;
        for arg in prompt_args(method.args) {
            let place = Place {
                file,
                expr: arg.value,
                frame: None,
            };
            parts.extend(sizes.parts(&place));
        }
        let excess = self.excess(&window, &said, parts)?;
        Some(ExceededWindow {
            callee: self.span(file, method.callee),
            limit: match (&excess, window.model.and_then(|it| it.output)) {
                (Excess::Answer(..), Some(output)) => output,
                _ => window.input,
            },
            model: window.name,
            excess,
        })
    }

    fn excess(&self, window: &Window<'_>, said: &Dict, parts: Vec<Part>) -> Option<Excess> {
        let answers = &self.project.catalog.models.reading.answer;
        let asked = answers.iter().find_map(|it| number(said, it));
        let refusing = window.model.filter(|it| it.shared || it.refuses);
        let answer = asked.filter(|_| window.model.is_some_and(|it| it.shared));
        if let (Some((asked, at)), Some(output)) = (asked, refusing.and_then(|it| it.output))
            && asked > output
        {
            return Some(Excess::Answer(asked, at));
        }
        let prompt: u64 = parts.iter().map(Part::total).sum();
        let total = prompt.saturating_add(answer.map_or(0, |it| it.0));
        (total > window.input).then_some(Excess::Prompt {
            parts,
            answer,
            is_cut: window.model.is_none(),
        })
    }

    /// How much the model of some arguments takes; `None` where the name may stand for any other.
    fn window(&self, said: &Dict) -> Option<Window<'p>> {
        let reading = &self.project.catalog.models.reading;
        let names = || {
            reading.name.iter().find_map(|it| match said.get(it) {
                Lookup::Given(seen) => Some((seen.text()?.clone(), seen.at)),
                _ => None,
            })
        };
        let name = names()?;
        if let Some((input, at)) = reading.window.iter().find_map(|it| number(said, it)) {
            return Some(Window {
                name: (name.0, at),
                input,
                model: None,
            });
        }
        if said.open.is_some()
            || reading
                .elsewhere
                .iter()
                .any(|it| !matches!(said.get(it), Lookup::Missing))
        {
            return None;
        }
        let model = self.project.catalog.models.find(&name.0)?;
        Some(Window {
            name,
            input: model.input,
            model: Some(model),
        })
    }

    /// The client behind what a call is made on, with what its chain adds to the prompt.
    fn window_target(&self, sizes: &Sizes<'_, 'p>, seen: &Seen, depth: u32) -> Option<Target> {
        let depth = depth.checked_sub(1)?;
        match &seen.value {
            Value::Made(made) => self.made_target(sizes, made, depth),
            Value::Member(of, _) => {
                let Value::Made(made) = &of.value else {
                    return self.window_target(sizes, of, depth);
                };
                let is_sdk = matches!(self.project.catalog.known(&made.path), Some(Known::Client(it)) if it.kind == ClientKind::Sdk);
                is_sdk.then(Target::of_the_call)
            }
            Value::Derived(derived) if BINDING_METHODS.contains(&derived.method.as_str()) => {
                self.window_target(sizes, &derived.of, depth)
            }
            Value::Chain(parts) => {
                let (at, mut target) = parts
                    .iter()
                    .enumerate()
                    .find_map(|(at, it)| Some((at, self.window_target(sizes, it, depth)?)))?;
                target.parts.extend(sizes.of_chain(&parts[..at], depth));
                Some(target)
            }
            _ => None,
        }
    }

    fn made_target(&self, sizes: &Sizes<'_, 'p>, made: &Made, depth: u32) -> Option<Target> {
        let keywords = self.keywords(&made.site, made.partial.as_ref());
        if let Some(Known::Client(client)) = self.project.catalog.known(&made.path) {
            let is_model = matches!(client.kind, ClientKind::Chat | ClientKind::Llm);
            return is_model.then_some(Target {
                said: Some(keywords),
                parts: Vec::new(),
            });
        }
        let given = |name: &str, position: usize| {
            if let Lookup::Given(seen) = keywords.get(name) {
                return Some(seen);
            }
            let arg = positional(self.args(&made.site)?, position)?;
            Some(self.eval(made.site.file, arg.value, made.site.frame.as_ref()))
        };
        if made.path.ends_with(".create_retrieval_chain") {
            let mut target = self.window_target(sizes, &given("combine_docs_chain", 1)?, depth)?;
            target
                .parts
                .extend(sizes.retrieved(&given("retriever", 0)?));
            return Some(target);
        }
        let chains = &self.project.catalog.prompts.stuff_chain;
        let chain = chains.iter().find(|it| it.paths.contains(&made.path))?;
        if !self.stuffs(chain, made) {
            return None;
        }
        let mut target = self.window_target(sizes, &given("llm", 0)?, depth)?;
        if let Lookup::Given(retriever) = keywords.get("retriever") {
            target.parts.extend(sizes.retrieved(&retriever));
        }
        Some(target)
    }
}

impl Target {
    /// An SDK's client is told the model with each call.
    fn of_the_call() -> Self {
        Self {
            said: None,
            parts: Vec::new(),
        }
    }
}

fn number(said: &Dict, name: &str) -> Option<(u64, Span)> {
    match said.get(name) {
        Lookup::Given(seen) => match seen.value {
            Value::Int(number) => Some((u64::try_from(number).ok()?, seen.at)),
            _ => None,
        },
        _ => None,
    }
}
