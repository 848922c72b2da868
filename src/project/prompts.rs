//! Which calls send text of any size to a model, and where that was loaded.

mod calls;
mod flow;
pub mod histories;
mod kept;
mod lifetimes;
mod lists;
pub mod loads;
pub mod outputs;
mod queries;
pub mod sizes;
pub mod stores;
mod texts;
mod threads;
pub mod windows;

use smol_str::SmolStr;

use crate::catalog::Known;
use crate::catalog::entry::ClientKind;
use crate::catalog::prompts::{Prompts, StuffChain};
use crate::model::python::sites::Called;
use crate::model::python::{Module, positional};
use crate::project::origins::Place;
use crate::project::resolve::Resolver;
use crate::project::resolve::objects::Base;
use crate::project::uses::BINDING_METHODS;
use crate::project::value::{Lookup, Made, Seen, Value};
use crate::source::{FileId, Span};
use crate::syntax::python::{Arg, ArgKind, ExprKind, StmtKind};

use flow::Walk;
use loads::{Flow, Load};

/// Methods that send one prompt; those for many at once send them one by one.
const SENDING: &[&str] = &[
    "__call__",
    "achat",
    "acomplete",
    "ainvoke",
    "apredict",
    "apredict_messages",
    "arun",
    "astream",
    "astream_events",
    "chat",
    "complete",
    "create",
    "invoke",
    "parse",
    "predict",
    "predict_messages",
    "run",
    "stream",
];

/// Arguments of such a method that are no part of the prompt.
const ASIDE: &[&str] = &["callbacks", "config", "metadata", "stop", "tags", "tools"];

/// Parts of an SDK's client that take no prompt.
const NO_PROMPT: &[&str] = &[
    "audio",
    "batches",
    "embeddings",
    "files",
    "images",
    "moderations",
    "vector_stores",
];

/// How deep a model may lie in what a call is made on.
const DEPTH: u32 = 12;

/// A call that sends all of what something loads in one prompt.
#[derive(Debug)]
pub struct StuffedPrompt<'c> {
    /// What is called.
    pub callee: Span,
    /// The chain that puts all documents into one prompt; none when the program does it itself.
    pub chain: Option<&'c StuffChain>,
    /// Where the text was loaded, and how it got here.
    pub load: Load,
}

/// Whether a statement imports a document loader, or a module of them.
#[must_use]
pub fn imports_a_loader(stmt: &StmtKind, prompts: &Prompts) -> bool {
    let known = |path: &str| prompts.loader_modules.iter().any(|it| below(path, it));
    match stmt {
        StmtKind::Import(modules) => modules.iter().any(|it| known(&it.module)),
        StmtKind::ImportFrom {
            level: 0,
            module,
            names,
        } => names
            .iter()
            .any(|it| known(&format!("{module}.{}", it.name))),
        _ => false,
    }
}

/// Whether a dotted path is a module or lies in it.
fn below(path: &str, module: &str) -> bool {
    path.strip_prefix(module)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The arguments of a call that are a part of the prompt.
fn prompt_args(args: &[Arg]) -> impl Iterator<Item = &Arg> {
    args.iter()
        .enumerate()
        .filter_map(|(at, arg)| match &arg.kind {
            ArgKind::Positional if at == 0 => Some(arg),
            ArgKind::Keyword(name) if !ASIDE.contains(&name.as_str()) && name != "model" => {
                Some(arg)
            }
            _ => None,
        })
}

/// The arguments of a call.
struct Input<'m> {
    file: FileId,
    module: &'m Module,
    args: &'m [Arg],
}

impl<'p> Resolver<'p> {
    /// All calls of a file that send whole documents to a model.
    #[must_use]
    pub fn stuffed_prompts(&self, file: FileId) -> Vec<StuffedPrompt<'p>> {
        let Some(module) = self.project.module(file) else {
            return Vec::new();
        };
        let calls = module.called();
        calls
            .filter_map(|it| self.stuffed_prompt(file, module, it))
            .collect()
    }

    fn stuffed_prompt(
        &self,
        file: FileId,
        module: &Module,
        Called { callee, args, .. }: Called<'_>,
    ) -> Option<StuffedPrompt<'p>> {
        let receiver = match module.ast.kind(callee) {
            ExprKind::Attribute { value, name } if SENDING.contains(&name.as_str()) => *value,
            // `llm(prompt)`, as the older versions had it.
            ExprKind::Name(_) => callee,
            _ => return None,
        };
        let input = Input { file, module, args };
        let seen = self.value(file, receiver);
        let chain = self.stuff_chain(&seen, DEPTH);
        if chain.is_none() && !self.takes_a_prompt(&seen, DEPTH) {
            return None;
        }
        let wanted = |key: &str| match &chain {
            Some((chain, own)) => key == own || chain.documents.iter().any(|it| it == key),
            None => true,
        };
        let Flow::All(load) = self.carried(&input, wanted) else {
            return None;
        };
        Some(StuffedPrompt {
            callee: self.span(file, callee),
            chain: chain.map(|it| it.0),
            load: (*load).clone(),
        })
    }

    /// What the arguments of a call carry, of the entries whose names are wanted.
    fn carried(&self, input: &Input<'_>, wanted: impl Fn(&str) -> bool) -> Flow {
        let walk = Walk::new(self);
        let mut parts = Vec::new();
        for (at, arg) in input.args.iter().enumerate() {
            let named = match &arg.kind {
                ArgKind::Positional if at == 0 => None,
                ArgKind::Keyword(name) if !ASIDE.contains(&name.as_str()) => Some(name),
                _ => continue,
            };
            if let ExprKind::Dict(entries) = input.module.ast.kind(arg.value) {
                parts.extend(entries.iter().filter_map(|(key, value)| {
                    match input.module.ast.kind((*key)?) {
                        ExprKind::Str(key) => wanted(key).then_some(*value),
                        _ => Some(*value),
                    }
                }));
            } else if named.is_none_or(|it| wanted(it) || it == "input") {
                parts.push(arg.value);
            }
        }
        let places = parts.into_iter().map(|expr| Place {
            file: input.file,
            expr,
            frame: None,
        });
        loads::together(places.map(|it| walk.flow(&it)))
    }

    /// The chain that puts all its documents into one prompt, if a value is one, and the name it
    /// was told to expect them under.
    fn stuff_chain(&self, seen: &Seen, depth: u32) -> Option<(&'p StuffChain, SmolStr)> {
        if depth == 0 {
            return None;
        }
        match &seen.value {
            Value::Made(made) => {
                let all = &self.project.catalog.prompts.stuff_chain;
                let chain = all.iter().find(|it| it.paths.contains(&made.path))?;
                let keywords = self.keywords(&made.site, made.partial.as_ref());
                let key = match keywords.get("document_variable_name") {
                    Lookup::Given(seen) => seen.text().cloned(),
                    _ => None,
                };
                self.stuffs(chain, made)
                    .then_some((chain, key.unwrap_or_default()))
            }
            Value::Chain(parts) => self.stuff_chain(parts.first()?, depth - 1),
            Value::Derived(derived) if BINDING_METHODS.contains(&derived.method.as_str()) => {
                self.stuff_chain(&derived.of, depth - 1)
            }
            Value::OneOf(all) => all.iter().find_map(|it| self.stuff_chain(it, depth - 1)),
            _ => None,
        }
    }

    /// Whether a chain was made without another strategy.
    fn stuffs(&self, chain: &StuffChain, made: &Made) -> bool {
        let Some(argument) = &chain.chain_type else {
            return true;
        };
        let keywords = self.keywords(&made.site, made.partial.as_ref());
        let args = self.args(&made.site).unwrap_or_default();
        let written = match keywords.get(argument) {
            // The model comes first, and the strategy behind it.
            Lookup::Missing => match positional(args, 1) {
                Some(arg) => self.eval(made.site.file, arg.value, made.site.frame.as_ref()),
                None => return true,
            },
            Lookup::Given(seen) => seen,
            Lookup::Maybe(_) | Lookup::Unknown(_) => return false,
        };
        written.text().is_some_and(|it| it == "stuff")
    }

    /// Whether a call on this value sends a prompt to a model.
    fn takes_a_prompt(&self, seen: &Seen, depth: u32) -> bool {
        if depth == 0 {
            return false;
        }
        match &seen.value {
            Value::Made(made) => self.is_model(&made.path),
            Value::Instance(instance) => {
                let bases = self.bases(instance.file, instance.class);
                bases.iter().any(|it| match it {
                    Base::Library(path) => self.is_model(path),
                    _ => false,
                })
            }
            Value::Member(of, name) => {
                !NO_PROMPT.contains(&name.as_str()) && self.takes_a_prompt(of, depth - 1)
            }
            Value::Derived(derived) => {
                BINDING_METHODS.contains(&derived.method.as_str())
                    && self.takes_a_prompt(&derived.of, depth - 1)
            }
            Value::Chain(parts) => self.sends_on(parts, depth - 1),
            Value::OneOf(all) => all.iter().any(|it| self.takes_a_prompt(it, depth - 1)),
            _ => false,
        }
    }

    /// Whether what goes into a chain reaches a model as it is: a function on the way may cut it.
    fn sends_on(&self, parts: &[Seen], depth: u32) -> bool {
        let Some(model) = parts.iter().position(|it| self.takes_a_prompt(it, depth)) else {
            return false;
        };
        parts[..model].iter().all(|it| match &it.value {
            Value::Made(made) => !made.path.ends_with("RunnableLambda"),
            Value::Function(..) | Value::BoundMethod(..) | Value::Partial(..) => false,
            _ => true,
        })
    }

    fn is_model(&self, path: &str) -> bool {
        let kind = match self.project.catalog.known(path) {
            Some(Known::Client(client)) => client.kind,
            Some(Known::Factory(factory)) => factory.kind,
            Some(Known::Agent(_)) => return true,
            _ => {
                let last = path.rsplit('.').next().unwrap_or(path);
                return path.starts_with("langchain")
                    && matches!(last, "LLMChain" | "ConversationChain");
            }
        };
        matches!(kind, ClientKind::Chat | ClientKind::Llm | ClientKind::Sdk)
    }
}
