//! What a call leads to: a model, a service, a pause; through a few functions of the project.

use std::cell::RefCell;
use std::collections::HashMap;

use smol_str::SmolStr;

use super::words;
use crate::catalog::Known;
use crate::catalog::entry::ClientKind;
use crate::project::resolve::Resolver;
use crate::project::uses::{Built, RUN_METHODS};
use crate::project::value::{Seen, Site, Value};
use crate::source::FileId;
use crate::syntax::python::{ExprId, ExprKind, FunctionId, StmtKind};

/// How many functions deep a call is looked into.
const LEVELS: u32 = 2;

/// How many calls of one function are looked at.
const CALLS: usize = 200;

/// Something that a call can lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::project) enum Effect {
    /// A model, or an agent, is run.
    Model = 1,
    /// A request of another kind is sent.
    Request = 2,
    /// Something pauses.
    Pause = 4,
    /// Somebody is asked.
    Person = 8,
    /// Something may raise on purpose.
    Raise = 16,
    /// Nobody can tell what is called.
    Unknown = 32,
    /// Something waits for a queue, a socket, a file or a next element.
    Source = 64,
}

/// What a call leads to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::project) struct Reach(u8);

impl Reach {
    /// Whether it leads to that.
    pub(in crate::project) fn has(self, effect: Effect) -> bool {
        self.0 & effect as u8 != 0
    }

    /// Whether it waits for a network.
    pub(in crate::project) fn talks(self) -> bool {
        self.has(Effect::Model) || self.has(Effect::Request)
    }

    fn with(self, effect: Effect, holds: bool) -> Self {
        if holds {
            Self(self.0 | effect as u8)
        } else {
            self
        }
    }

    fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What remains of it for whoever calls the function around.
    fn seen_outside(self) -> Self {
        Self(self.0 & !(Effect::Unknown as u8 | Effect::Source as u8))
    }
}

/// Answers what calls lead to, and remembers it for functions.
pub(in crate::project) struct Reaches<'r, 'p> {
    resolver: &'r Resolver<'p>,
    functions: RefCell<HashMap<(FileId, FunctionId, u32), Reach>>,
}

impl<'r, 'p> Reaches<'r, 'p> {
    pub(in crate::project) fn new(resolver: &'r Resolver<'p>) -> Self {
        Self {
            resolver,
            functions: RefCell::default(),
        }
    }

    /// What a call leads to.
    pub(in crate::project) fn call(&self, file: FileId, call: ExprId) -> Reach {
        self.call_within(file, call, LEVELS)
    }

    fn call_within(&self, file: FileId, call: ExprId, levels: u32) -> Reach {
        let Some(module) = self.resolver.project.module(file) else {
            return Reach::default();
        };
        let ast = &module.ast;
        let ExprKind::Call { callee, args } = ast.kind(call) else {
            return Reach::default();
        };
        if module.is_builtin_method(*callee) {
            return Reach::default();
        }
        let name = ast.last_name(*callee).map_or("", SmolStr::as_str);
        // `queue.get()`, but not `dict.get(key)`; `next(stream)`, but not `next(x for x in y)`.
        let searches = args.first().is_some_and(|it| {
            name == "next" && matches!(ast.kind(it.value), ExprKind::Comprehension(_))
        });
        let source = words::takes_next(name) || (name == "get" && args.is_empty());
        let mut reach = Reach::default()
            .with(Effect::Pause, words::pauses(name))
            .with(Effect::Person, words::asks_person(name))
            .with(Effect::Source, source && !searches);
        if let ExprKind::Attribute { value, .. } = ast.kind(*callee)
            && RUN_METHODS.contains(&name)
        {
            let of = self.resolver.value(file, *value);
            reach = reach.and(self.run(&of, &dotted(ast, *value), name));
        }
        let target = self.resolver.value(file, *callee);
        let site = Site::of(file, call);
        let model = matches!(&target.value, Value::External(path) if runs_model(path));
        reach = reach
            .with(Effect::Request, self.resolver.sends_request(&target, &site))
            .with(Effect::Model, model)
            .with(Effect::Unknown, matches!(target.value, Value::Unknown(_)));
        let Some(levels) = levels.checked_sub(1) else {
            return reach;
        };
        let functions = target
            .alternatives()
            .iter()
            .filter_map(|it| self.function(it));
        functions.fold(reach, |reach, (file, function)| {
            reach.and(self.function_within(file, function, levels))
        })
    }

    /// The function of the project that a call of a value enters.
    fn function(&self, target: &Seen) -> Option<(FileId, FunctionId)> {
        match &target.value {
            Value::Function(file, function, _) | Value::BoundMethod(_, file, function) => {
                Some((*file, *function))
            }
            Value::Instance(it) => self.resolver.method(it.file, it.class, "__call__"),
            _ => None,
        }
    }

    fn function_within(&self, file: FileId, function: FunctionId, levels: u32) -> Reach {
        let key = (file, function, levels);
        if let Some(known) = self.functions.borrow().get(&key) {
            return *known;
        }
        // Whoever asks again while this is being answered learns nothing new.
        self.functions.borrow_mut().insert(key, Reach::default());
        let reach = self.body_of(file, function, levels);
        self.functions.borrow_mut().insert(key, reach);
        reach
    }

    fn body_of(&self, file: FileId, function: FunctionId, levels: u32) -> Reach {
        let Some(module) = self.resolver.project.module(file) else {
            return Reach::default();
        };
        let ast = &module.ast;
        let own = ast.function(function);
        let repeated = own.decorators.iter().any(|it| {
            let callee = match ast.kind(*it) {
                ExprKind::Call { callee, .. } => *callee,
                _ => *it,
            };
            let name = ast.dotted(callee).unwrap_or_default();
            name.contains("retry") || name.contains("backoff")
        });
        let text = ast.stmt(own.stmt).start..ast.stmt(own.stmt).end;
        let mut stmts = ast.stmts.iter();
        let raises = stmts.any(|it| matches!(it.kind, StmtKind::Raise(_)) && it.scope == own.scope);
        let reach = Reach::default()
            .with(Effect::Pause, repeated)
            .with(Effect::Raise, raises);
        let calls = module.calls.iter().copied().filter(|it| {
            let expr = ast.expr(*it);
            text.contains(&expr.start) && ast.function_of(expr.scope) == Some(function)
        });
        calls.take(CALLS).fold(reach, |reach, it| {
            reach.and(self.call_within(file, it, levels).seen_outside())
        })
    }

    /// What running a value leads to.
    fn run(&self, of: &Seen, dotted: &str, method: &str) -> Reach {
        let mut reach = Reach::default();
        let clients = self.resolver.built(of);
        for client in &clients {
            match self.kind(client) {
                Some(Runs::Model) if method != "create" || sends_prompt(dotted) => {
                    reach = reach.with(Effect::Model, true);
                }
                Some(_) => reach = reach.with(Effect::Request, true),
                None => {}
            }
        }
        if clients.is_empty() && matches!(of.value, Value::Unknown(_)) {
            let last = dotted.rsplit('.').next().unwrap_or_default();
            let langchain = matches!(method, "invoke" | "ainvoke" | "stream" | "astream");
            // Whatever is invoked is a runnable: a tool, a retriever, a graph.
            reach = reach.with(Effect::Request, matches!(method, "invoke" | "ainvoke"));
            let model = (langchain && words::is_model(last))
                || (method == "create" && dotted.contains('.') && sends_prompt(dotted));
            reach = reach.with(Effect::Model, model);
        }
        reach
    }

    /// What a client that was built talks to.
    fn kind(&self, client: &Built) -> Option<Runs> {
        if let Some(path) = &client.path {
            return self.path_kind(path);
        }
        let reached = self.resolver.reached(&client.site);
        reached.iter().find_map(|it| self.path_kind(&it.path))
    }

    fn path_kind(&self, path: &str) -> Option<Runs> {
        match self.resolver.project.catalog.known(path) {
            Some(Known::Client(client)) => Some(match client.kind {
                ClientKind::Chat | ClientKind::Llm | ClientKind::Sdk => Runs::Model,
                _ => Runs::Other,
            }),
            Some(Known::Factory(factory)) => Some(match factory.kind {
                ClientKind::Embeddings => Runs::Other,
                _ => Runs::Model,
            }),
            Some(Known::Agent(_)) => Some(Runs::Model),
            // Chains and graphs of the library run the models that they were given.
            _ if path.starts_with("lang") => {
                let last = path.rsplit('.').next().unwrap_or_default();
                words::is_model(last).then_some(Runs::Model)
            }
            _ => None,
        }
    }
}

/// What a client talks to.
enum Runs {
    /// A model or an agent.
    Model,
    /// Something else.
    Other,
}

/// Whether a resource of an SDK takes prompts: `client.chat.completions`.
fn sends_prompt(dotted: &str) -> bool {
    let last = dotted.rsplit('.').next().unwrap_or_default();
    matches!(last, "completions" | "responses" | "chat")
        || (last == "messages" && !dotted.contains("threads"))
}

/// Whether a library's function runs a model: `litellm.completion`.
fn runs_model(path: &str) -> bool {
    let mut parts = path.split('.');
    let library = parts.next().unwrap_or_default();
    let name = parts.next_back().unwrap_or_default();
    matches!(library, "litellm" | "openai" | "ollama" | "anthropic")
        && matches!(
            name,
            "completion" | "acompletion" | "create" | "acreate" | "chat" | "generate"
        )
}

/// The names of an attribute chain, with whatever stands before them left out.
fn dotted(ast: &crate::syntax::python::Ast, expr: ExprId) -> String {
    let mut names = Vec::new();
    let mut at = expr;
    loop {
        match ast.kind(at) {
            ExprKind::Name(name) => {
                names.push(name.as_str());
                break;
            }
            ExprKind::Attribute { value, name } => {
                names.push(name.as_str());
                at = *value;
            }
            ExprKind::Call { callee, .. } => at = *callee,
            ExprKind::Await(value) | ExprKind::Subscript { value, .. } => at = *value,
            _ => break,
        }
    }
    names.reverse();
    names.join(".")
}
