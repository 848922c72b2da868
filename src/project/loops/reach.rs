//! What a call leads to: a model, a service, a pause; through a few functions of the project.

use std::cell::RefCell;
use std::collections::HashMap;

use smol_str::SmolStr;

use super::words;
use crate::catalog::Known;
use crate::catalog::entry::ClientKind;
use crate::project::resolve::Resolver;
use crate::project::uses::{Built, RUN_METHODS, built};
use crate::project::value::{Seen, Site, Value};
use crate::source::FileId;
use crate::syntax::python::{ExprId, ExprKind, FunctionId, StmtKind};

/// How many functions deep a call is looked into.
const LEVELS: u32 = 2;

/// How many calls of one function are looked at.
const CALLS: usize = 200;

/// What a call leads to.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Reach {
    /// A model, or an agent, is run.
    pub(super) model: bool,
    /// A request of another kind is sent.
    pub(super) request: bool,
    /// Something pauses.
    pub(super) pauses: bool,
    /// Something waits for input.
    pub(super) takes_input: bool,
    /// Something may raise on purpose.
    pub(super) raises: bool,
    /// Nobody can tell what is called.
    pub(super) unknown: bool,
}

impl Reach {
    /// Whether it waits for a network.
    pub(super) fn talks(self) -> bool {
        self.model || self.request
    }

    fn and(self, other: Self) -> Self {
        Self {
            model: self.model || other.model,
            request: self.request || other.request,
            pauses: self.pauses || other.pauses,
            takes_input: self.takes_input || other.takes_input,
            raises: self.raises || other.raises,
            unknown: self.unknown,
        }
    }
}

/// Answers what calls lead to, and remembers it for functions.
pub(super) struct Reaches<'r, 'p> {
    resolver: &'r Resolver<'p>,
    functions: RefCell<HashMap<(FileId, FunctionId, u32), Reach>>,
}

impl<'r, 'p> Reaches<'r, 'p> {
    pub(super) fn new(resolver: &'r Resolver<'p>) -> Self {
        Self {
            resolver,
            functions: RefCell::default(),
        }
    }

    /// What a call leads to.
    pub(super) fn call(&self, file: FileId, call: ExprId) -> Reach {
        self.call_within(file, call, LEVELS)
    }

    fn call_within(&self, file: FileId, call: ExprId, levels: u32) -> Reach {
        let mut reach = Reach::default();
        let Some(ast) = self.resolver.project.module(file).map(|it| &it.ast) else {
            return reach;
        };
        let ExprKind::Call { callee, args } = ast.kind(call) else {
            return reach;
        };
        let name = ast.last_name(*callee).map_or("", SmolStr::as_str);
        reach.pauses = words::pauses(name);
        // `queue.get()`, but not `dict.get(key)`.
        reach.takes_input = words::takes_input(name) || (name == "get" && args.is_empty());
        let site = Site {
            file,
            call,
            frame: None,
        };
        if let ExprKind::Attribute { value, .. } = ast.kind(*callee)
            && RUN_METHODS.contains(&name)
        {
            let of = self.resolver.value(file, *value);
            let dotted = dotted(ast, *value);
            reach = reach.and(self.run(&of, &dotted, name));
        }
        let target = self.resolver.value(file, *callee);
        reach.request |= self.resolver.sends_request(&target, &site);
        reach.model |= matches!(&target.value, Value::External(path) if runs_model(path));
        reach.unknown = matches!(target.value, Value::Unknown(_));
        if levels == 0 {
            return reach;
        }
        let inner = target.alternatives().iter();
        inner.fold(reach, |reach, it| match self.function(it) {
            Some((file, function)) => reach.and(self.function_within(file, function, levels - 1)),
            None => reach,
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
        let mut reach = Reach::default();
        let Some(module) = self.resolver.project.module(file) else {
            return reach;
        };
        let ast = &module.ast;
        let own = ast.function(function);
        for decorator in &own.decorators {
            let callee = match ast.kind(*decorator) {
                ExprKind::Call { callee, .. } => *callee,
                _ => *decorator,
            };
            let name = ast.dotted(callee).unwrap_or_default();
            reach.pauses |= name.contains("retry") || name.contains("backoff");
        }
        let text = ast.stmt(own.stmt).start..ast.stmt(own.stmt).end;
        reach.raises = ast
            .stmts
            .iter()
            .any(|it| matches!(it.kind, StmtKind::Raise(_)) && it.scope == own.scope);
        let calls = module.calls.iter().copied().filter(|it| {
            let expr = ast.expr(*it);
            text.contains(&expr.start) && ast.function_of(expr.scope) == Some(function)
        });
        calls.take(CALLS).fold(reach, |reach, it| {
            reach.and(self.call_within(file, it, levels))
        })
    }

    /// What running a value leads to.
    fn run(&self, of: &Seen, dotted: &str, method: &str) -> Reach {
        let mut reach = Reach::default();
        let clients = built(of);
        for client in &clients {
            match self.kind(client) {
                Some(Runs::Model) if method != "create" || sends_prompt(dotted) => {
                    reach.model = true;
                }
                Some(_) => reach.request = true,
                None => {}
            }
        }
        if clients.is_empty() && matches!(of.value, Value::Unknown(_)) {
            let last = dotted.rsplit('.').next().unwrap_or_default();
            let langchain = matches!(method, "invoke" | "ainvoke" | "stream" | "astream");
            reach.model = (langchain && words::is_model(last))
                || (method == "create" && dotted.contains('.') && sends_prompt(dotted));
        }
        reach
    }

    /// What a client that was built talks to.
    fn kind(&self, client: &Built) -> Option<Runs> {
        let paths = match &client.path {
            Some(path) => vec![path.clone()],
            None => {
                let reached = self.resolver.reached(&client.site);
                reached.into_iter().map(|it| it.path).collect()
            }
        };
        paths.iter().find_map(|it| self.path_kind(it))
    }

    fn path_kind(&self, path: &str) -> Option<Runs> {
        match self.resolver.project.catalog.known(path) {
            Some(Known::Client(client)) => Some(match client.kind {
                ClientKind::Chat | ClientKind::Llm | ClientKind::Sdk => Runs::Model,
                ClientKind::Embeddings | ClientKind::Reranker | ClientKind::Tool => Runs::Other,
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
