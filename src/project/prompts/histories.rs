//! Where the messages of a conversation are kept for good, and sent again with every question.

use smol_str::SmolStr;

use super::SENDING;
use crate::catalog::prompts::Memory;
use crate::model::python::sites::Called;
use crate::model::python::{Bound, Module, keyword, positional};
use crate::project::resolve::Resolver;
use crate::project::resolve::objects::Base;
use crate::project::step_limits::made_builder;
use crate::project::value::{Lookup, Seen, Site, Value};
use crate::source::{FileId, Span};
use crate::syntax::python::{ExprId, ExprKind, FunctionId, StmtKind};

/// A conversation that grows for as long as it is held.
#[derive(Debug)]
pub struct GrowingHistory {
    /// The call that makes what keeps it.
    pub callee: Span,
    /// What is made.
    pub name: SmolStr,
    /// What it is given to keep the messages in.
    pub kept: Option<Span>,
    /// Where they are sent, when that is not its own business.
    pub sent: Option<Span>,
    /// What to do about it.
    pub help: String,
}

impl Resolver<'_> {
    /// All places of a file that keep conversations which nobody shortens.
    #[must_use]
    pub fn growing_histories(&self, file: FileId) -> Vec<GrowingHistory> {
        let Some(module) = self.project.module(file) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for Called { call, callee, .. } in module.called() {
            let site = Site::of(file, call);
            match module.ast.last_name(callee) {
                Some(name) if name == "compile" => {
                    found.extend(self.kept_by_a_graph(&site, module, callee));
                }
                Some(name) if self.names_a_memory(name) => found.extend(self.kept_by(&site)),
                _ => {}
            }
        }
        found
    }

    fn names_a_memory(&self, name: &SmolStr) -> bool {
        let all = &self.project.catalog.prompts.memory;
        all.iter().any(|it| {
            it.paths
                .iter()
                .any(|it| it.rsplit('.').next() == Some(name))
        })
    }

    fn kept_by(&self, site: &Site) -> Option<GrowingHistory> {
        let memories = &self.project.catalog.prompts.memory;
        let reached = self.reached(site);
        let (memory, keywords) = reached.iter().find_map(|it| {
            let memory = memories.iter().find(|own| own.paths.contains(&it.path))?;
            Some((memory, &it.keywords))
        })?;
        let is_free = |it: &SmolStr| matches!(keywords.get(it), Lookup::Missing);
        if !memory.unless.iter().all(is_free) || self.is_shortened_elsewhere(memory) {
            return None;
        }
        let kept = match &memory.needs {
            Some(needed) => match keywords.get(needed) {
                Lookup::Given(seen) if keeps(&seen) => self.keyword_span(site, needed),
                _ => return None,
            },
            None => None,
        };
        let is_stored = memory.stored.iter().any(|it| !is_free(it));
        if !is_stored && !self.outlives_its_call(site) {
            return None;
        }
        Some(GrowingHistory {
            callee: self.callee_span(site),
            name: memory.name.clone(),
            kept,
            sent: None,
            help: memory.help.clone(),
        })
    }

    fn is_shortened_elsewhere(&self, memory: &Memory) -> bool {
        memory.elsewhere && (self.shortens() || self.starts_anew())
    }

    /// `StateGraph(MessagesState)…compile(checkpointer=saver)`, with a node that sends all messages.
    fn kept_by_a_graph(
        &self,
        site: &Site,
        module: &Module,
        callee: ExprId,
    ) -> Option<GrowingHistory> {
        let ExprKind::Attribute { value, .. } = module.ast.kind(callee) else {
            return None;
        };
        let args = self.args(site)?;
        let given = keyword(args, "checkpointer").or_else(|| positional(args, 0))?;
        if !keeps(&self.value(site.file, given.value)) {
            return None;
        }
        let receiver = self.value(site.file, *value);
        let builder = &made_builder(&receiver)?.site;
        let state = self.args(builder)?.first()?;
        if !self.accumulates(&self.value(builder.file, state.value))
            || self.shortens()
            || self.starts_anew()
        {
            return None;
        }
        let sent = self.sending_node(builder)?;
        Some(GrowingHistory {
            callee: self.callee_span(site),
            name: "compile".into(),
            kept: Some(self.span(site.file, given.value)),
            sent: Some(sent),
            help: "call `trim_messages(…, max_tokens=…)` in the node before it calls the model"
                .to_owned(),
        })
    }

    /// Whether the state of a graph adds each message to those that are there.
    fn accumulates(&self, state: &Seen) -> bool {
        let reducers = &self.project.catalog.prompts.shortening.reducers;
        let named = |path: &str| {
            reducers
                .iter()
                .any(|it| path.rsplit('.').next() == Some(it))
        };
        match &state.value {
            Value::External(path) => named(path),
            Value::Class(file, class) => self.bases(*file, *class).iter().any(|it| match it {
                Base::Library(path) => named(path),
                Base::Own(file, class) => {
                    let Some(module) = self.project.module(*file) else {
                        return false;
                    };
                    let own = module.ast.stmt(module.ast.class(*class).stmt);
                    module.ast.exprs.iter().any(|it| {
                        own.start <= it.start
                            && it.end <= own.end
                            && matches!(&it.kind, ExprKind::Name(name) if named(name))
                    })
                }
                Base::Unknown => false,
            }),
            _ => false,
        }
    }

    /// A call of a model, in a node of a graph, that is sent all messages of the state.
    fn sending_node(&self, builder: &Site) -> Option<Span> {
        self.project
            .calls_named("add_node")
            .into_iter()
            .find_map(|(file, call)| {
                let module = self.project.module(file)?;
                let ExprKind::Call { callee, args } = module.ast.kind(call) else {
                    return None;
                };
                let ExprKind::Attribute { value, .. } = module.ast.kind(*callee) else {
                    return None;
                };
                let receiver = self.value(file, *value);
                let own = &made_builder(&receiver)?.site;
                if (own.file, own.call) != (builder.file, builder.call) {
                    return None;
                }
                let node = args.last()?;
                match self.value(file, node.value).value {
                    Value::Function(file, function, _) | Value::BoundMethod(_, file, function) => {
                        self.sends_all_messages(file, function)
                    }
                    _ => None,
                }
            })
    }

    fn sends_all_messages(&self, file: FileId, function: FunctionId) -> Option<Span> {
        let module = self.project.module(file)?;
        let ast = &module.ast;
        let own = ast.function(function);
        let state = &own.params.iter().find(|it| it.name != "self")?.name;
        module.calls.iter().find_map(|call| {
            let ExprKind::Call { callee, args } = ast.kind(*call) else {
                return None;
            };
            if ast.function_of(ast.expr(*call).scope) != Some(function) {
                return None;
            }
            let ExprKind::Attribute { value, name } = ast.kind(*callee) else {
                return None;
            };
            let sends = SENDING.contains(&name.as_str());
            let prompt = args.first().filter(|_| sends)?;
            let is_sent = is_whole_conversation(module, prompt.value, state, 6);
            let to_model = || self.takes_a_prompt(&self.value(file, *value), super::DEPTH);
            (is_sent && to_model()).then(|| self.span(file, *callee))
        })
    }

    /// Whether anything in the project shortens conversations: a name that is known for it, a function
    /// that is named for it, or a slice of messages.
    fn shortens(&self) -> bool {
        self.project
            .modules()
            .any(|(_, module)| self.shortens_in(module))
    }

    fn shortens_in(&self, module: &Module) -> bool {
        let words = &self.project.catalog.prompts.shortening;
        let part = |name: &str, parts: &[SmolStr]| {
            let name = name.to_lowercase();
            parts.iter().any(|it| name.contains(it.as_str()))
        };
        let named = |name: &SmolStr| {
            words.names.contains(name)
                || (part(name, &words.verbs) && part(name, &words.conversations))
        };
        let ast = &module.ast;
        let imports = ast.stmts.iter().any(|it| match &it.kind {
            StmtKind::ImportFrom { names, .. } => names.iter().any(|it| named(&it.name)),
            _ => false,
        });
        let slices = ast.exprs.iter().any(|it| match &it.kind {
            ExprKind::Subscript { value, index } => {
                matches!(ast.kind(*index), ExprKind::Slice(_))
                    && own_name(module, *value).is_some_and(|it| part(it, &words.conversations))
            }
            _ => false,
        });
        imports || slices || ast.functions.iter().any(|it| named(&it.name))
    }

    /// Whether every run of the project begins a conversation of its own: each `thread_id` is made
    /// where it is passed.
    fn starts_anew(&self) -> bool {
        let mut fresh = false;
        for (_, module) in self.project.modules() {
            for expr in &module.ast.exprs {
                let ExprKind::Dict(entries) = &expr.kind else {
                    continue;
                };
                for (key, value) in entries {
                    let is_thread = key.is_some_and(
                        |it| matches!(module.ast.kind(it), ExprKind::Str(key) if key == "thread_id"),
                    );
                    if !is_thread {
                        continue;
                    }
                    if !is_made_here(module, *value) {
                        return false;
                    }
                    fresh = true;
                }
            }
        }
        fresh
    }
}

/// Whether an expression is all messages of a state, or those with others around them.
fn is_whole_conversation(module: &Module, expr: ExprId, state: &str, depth: u32) -> bool {
    let ast = &module.ast;
    let inner = |it: ExprId| depth > 0 && is_whole_conversation(module, it, state, depth - 1);
    match ast.kind(expr) {
        ExprKind::Subscript { value, index } => {
            matches!(ast.kind(*value), ExprKind::Name(name) if name == state)
                && matches!(ast.kind(*index), ExprKind::Str(key) if key == "messages")
        }
        ExprKind::Attribute { value, name } => {
            name == "messages" && matches!(ast.kind(*value), ExprKind::Name(name) if name == state)
        }
        ExprKind::Binary(_, a, b) => inner(*a) || inner(*b),
        ExprKind::List(parts) => parts.iter().any(|it| inner(*it)),
        ExprKind::Star(value) => inner(*value),
        ExprKind::Dict(entries) => entries.iter().any(|it| inner(it.1)),
        ExprKind::Name(name) => {
            let used = ast.expr(expr);
            let Some(scope) = module.scope_binding(used.scope, name) else {
                return false;
            };
            let bindings = module.bindings(scope, name);
            let [binding] = bindings else { return false };
            match binding.what {
                Bound::Value(value) => inner(value),
                _ => false,
            }
        }
        _ => false,
    }
}

/// What a value is called where it is kept: `messages` of `state["messages"]`.
fn own_name(module: &Module, expr: ExprId) -> Option<&SmolStr> {
    let ExprKind::Subscript { index, .. } = module.ast.kind(expr) else {
        return module.ast.last_name(expr);
    };
    match module.ast.kind(*index) {
        ExprKind::Str(key) => Some(key),
        _ => None,
    }
}

/// Whether an expression makes a name that nobody has had before: `str(uuid.uuid4())`.
fn is_made_here(module: &Module, expr: ExprId) -> bool {
    let own = module.ast.expr(expr);
    module.calls.iter().any(|it| {
        let inner = module.ast.expr(*it);
        let ExprKind::Call { callee, .. } = &inner.kind else {
            return false;
        };
        own.start <= inner.start
            && inner.end <= own.end
            && module
                .ast
                .last_name(*callee)
                .is_some_and(|it| it.starts_with("uuid"))
    })
}

/// Whether a checkpointer certainly keeps something.
fn keeps(seen: &Seen) -> bool {
    match &seen.value {
        Value::Made(made) => made.path.contains("Saver"),
        Value::Instance(_) => true,
        Value::OneOf(all) => all.iter().all(keeps),
        _ => false,
    }
}
