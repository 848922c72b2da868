//! Graphs that keep every message of a thread, and the nodes that send all of them.

use super::SENDING;
use super::histories::{GrowingHistory, keeps};
use crate::model::python::{Bound, Module, keyword, positional};
use crate::project::resolve::Resolver;
use crate::project::resolve::objects::Base;
use crate::project::step_limits::made_builder;
use crate::project::value::{Seen, Site, Value};
use crate::source::{FileId, Span};
use crate::syntax::python::{Arg, Expr, ExprId, ExprKind, FunctionId, StmtKind};

impl Resolver<'_> {
    /// `StateGraph(MessagesState)…compile(checkpointer=saver)`, with a node that sends all messages.
    pub(super) fn kept_by_a_graph(
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
            stored: None,
            sent: Some(sent),
            grows: None,
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
                    let mut inside = module.ast.exprs.iter();
                    inside.any(|it| {
                        let is_reducer = match &it.kind {
                            ExprKind::Name(name) => named(name),
                            ExprKind::Attribute { .. } => adds_messages(module, it),
                            _ => false,
                        };
                        is_reducer && own.start <= it.start && it.end <= own.end
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
            let target = || self.value(file, *value);
            let is_state = matches!(ast.kind(prompt.value), ExprKind::Name(it) if it == state);
            let is_sent = if is_state {
                self.has_place_for_messages(&target())
            } else {
                is_whole_conversation(module, prompt.value, state, 6)
            };
            let to_model = || self.takes_a_prompt(&target(), super::DEPTH);
            (is_sent && to_model()).then(|| self.span(file, *callee))
        })
    }

    /// Whether a chain begins with a template that takes all messages of a state:
    /// `MessagesPlaceholder("messages")`.
    fn has_place_for_messages(&self, seen: &Seen) -> bool {
        let made = match &seen.value {
            Value::Chain(parts) => match parts.first().map(|it| &it.value) {
                Some(Value::Made(made)) => made,
                _ => return false,
            },
            _ => return false,
        };
        let Some(module) = self.project.module(made.site.file) else {
            return false;
        };
        let ast = &module.ast;
        let whole = ast.expr(made.site.call);
        let is_messages =
            |it: &Arg| matches!(ast.kind(it.value), ExprKind::Str(key) if key == "messages");
        module.calls.iter().any(|call| {
            let own = ast.expr(*call);
            let ExprKind::Call { callee, args } = &own.kind else {
                return false;
            };
            whole.start <= own.start
                && own.end <= whole.end
                && ast
                    .last_name(*callee)
                    .is_some_and(|it| it == "MessagesPlaceholder")
                && args.iter().any(is_messages)
        })
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
            // Others may be put around them later on.
            let mut first = None;
            let all = module.bindings(scope, name).iter().all(|it| match it.what {
                Bound::Value(value) => {
                    let own = builds_on(module, value, name, depth);
                    first = first.or((!own).then_some(value));
                    own || first == Some(value)
                }
                _ => false,
            });
            all && first.is_some_and(inner)
        }
        _ => false,
    }
}

/// Whether a list is made of one of that name and what is put around it.
fn builds_on(module: &Module, list: ExprId, name: &str, depth: u32) -> bool {
    let inner = |it: &ExprId| depth > 0 && builds_on(module, *it, name, depth - 1);
    match module.ast.kind(list) {
        ExprKind::Name(own) => own == name,
        ExprKind::Binary(_, a, b) => inner(a) || inner(b),
        ExprKind::List(parts) => parts.iter().any(inner),
        ExprKind::Star(value) => inner(value),
        _ => false,
    }
}

/// `operator.add` in `messages: Annotated[list, operator.add]`.
fn adds_messages(module: &Module, expr: &Expr) -> bool {
    let ast = &module.ast;
    let ExprKind::Attribute { value, name } = &expr.kind else {
        return false;
    };
    let is_add =
        name == "add" && matches!(ast.kind(*value), ExprKind::Name(name) if name == "operator");
    let StmtKind::Assign { targets, .. } = &ast.stmt(expr.stmt).kind else {
        return false;
    };
    let is_messages = |it: &ExprId| matches!(ast.kind(*it), ExprKind::Name(it) if it == "messages");
    is_add && targets.iter().any(is_messages)
}
