//! Where many requests are started at once, one for each element of something of unknown size.

use smol_str::SmolStr;

use crate::model::python::sites::Called;
use crate::model::python::{Module, keyword, positional};
use crate::project::loops::reach::Reaches;
use crate::project::origins::{Origin, Place};
use crate::project::resolve::Resolver;
use crate::project::uses::mentions_method;
use crate::project::value::{Lookup, Site, Value};
use crate::source::{FileId, Span};
use crate::syntax::python::{ArgKind, Ast, ExprId, ExprKind, FunctionId, StmtKind};

/// How far the size of a collection is followed.
const STEPS: usize = 24;

/// Calls whose result is as large as what they read.
const SOURCES: &[&str] = &[
    "aload",
    "create_documents",
    "fetchall",
    "glob",
    "iglob",
    "iterdir",
    "iterrows",
    "itertuples",
    "lazy_load",
    "listdir",
    "load_and_split",
    "read_csv",
    "read_excel",
    "readlines",
    "rglob",
    "scandir",
    "split_documents",
    "split_text",
    "splitlines",
    "transform_documents",
];

/// Requests that are started at once, one for each element of something of unknown size.
#[derive(Debug)]
pub struct FanOut {
    /// The call that starts them.
    pub at: Span,
    /// What is called, as it is written.
    pub name: String,
    /// What makes one request.
    pub each: Span,
    /// Where the elements come from.
    pub from: Span,
    /// What makes them: `split_documents`.
    pub source: SmolStr,
    /// Whether it is a method of a runnable, which takes a `max_concurrency`.
    pub is_batch: bool,
}

impl Resolver<'_> {
    /// All places of a file that start as many requests as there are elements of something.
    #[must_use]
    pub fn fan_outs(&self, file: FileId) -> Vec<FanOut> {
        let Some(module) = self.project.module(file) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for Called { call, callee, .. } in module.called() {
            let one = match module.ast.last_name(callee).map(SmolStr::as_str) {
                Some("gather" | "as_completed") => self.gathered(file, module, call),
                Some("abatch" | "abatch_as_completed") => self.batched(file, module, call),
                _ => None,
            };
            found.extend(one);
        }
        found
    }

    /// `asyncio.gather(*[model.ainvoke(it) for it in chunks])`.
    fn gathered(&self, file: FileId, module: &Module, call: ExprId) -> Option<FanOut> {
        let ExprKind::Call { callee, args } = module.ast.kind(call) else {
            return None;
        };
        let Value::External(path) = &self.value(file, *callee).value else {
            return None;
        };
        if !path.starts_with("asyncio.") {
            return None;
        }
        let first = args.first()?;
        let list = match (first.kind == ArgKind::Star, module.ast.kind(first.value)) {
            (_, ExprKind::Star(inner)) => *inner,
            _ => first.value,
        };
        let list = self.comprehension_of(file, list)?;
        let ExprKind::Comprehension(own) = module.ast.kind(list) else {
            return None;
        };
        let each = task(&module.ast, *own.element.first()?)?;
        let iterable = own.clauses.first()?.1;
        let reach = Reaches::new(self).call(file, each);
        if !reach.talks() || self.is_throttled(file, each) || waits_for_turn(module, call) {
            return None;
        }
        let (from, source) = self.unknown_size(file, iterable)?;
        Some(FanOut {
            at: self.span(file, call),
            name: self
                .project
                .sources()
                .text(self.span(file, *callee))
                .to_owned(),
            each: self.span(file, each),
            from,
            source,
            is_batch: false,
        })
    }

    /// `chain.abatch(documents)`.
    fn batched(&self, file: FileId, module: &Module, call: ExprId) -> Option<FanOut> {
        let ExprKind::Call { callee, args } = module.ast.kind(call) else {
            return None;
        };
        let ExprKind::Attribute { value, .. } = module.ast.kind(*callee) else {
            return None;
        };
        let receiver = self.value(file, *value);
        if self.built(&receiver).is_empty() || mentions_method(&receiver, "with_config") {
            return None;
        }
        let site = Site::of(file, call);
        // Whatever is passed as a configuration may hold the limit, unless all of it is known.
        if let Some(config) = keyword(args, "config").or_else(|| positional(args, 1)) {
            match &self.value(file, config.value).value {
                Value::Dict(dict) if matches!(dict.get("max_concurrency"), Lookup::Missing) => {}
                _ => return None,
            }
        }
        let inputs = positional(self.args(&site)?, 0)?.value;
        let (from, source) = self.unknown_size(file, inputs)?;
        Some(FanOut {
            at: self.span(file, call),
            name: self
                .project
                .sources()
                .text(self.span(file, *callee))
                .to_owned(),
            each: self.span(file, *value),
            from,
            source,
            is_batch: true,
        })
    }

    /// A comprehension, also through the name that it was bound to.
    fn comprehension_of(&self, file: FileId, list: ExprId) -> Option<ExprId> {
        let module = self.project.module(file)?;
        match module.ast.kind(list) {
            ExprKind::Comprehension(_) => Some(list),
            ExprKind::Name(_) => {
                let place = Place {
                    file,
                    expr: list,
                    frame: None,
                };
                match self.origins(&place).as_slice() {
                    [Origin::Value(one)] if one.file == file => {
                        matches!(module.ast.kind(one.expr), ExprKind::Comprehension(_))
                            .then_some(one.expr)
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// Whether the function that is called waits for its turn.
    fn is_throttled(&self, file: FileId, call: ExprId) -> bool {
        let Some(ast) = self.project.module(file).map(|it| &it.ast) else {
            return true;
        };
        let ExprKind::Call { callee, .. } = ast.kind(call) else {
            return true;
        };
        let target = self.value(file, *callee);
        target.alternatives().iter().any(|it| match &it.value {
            Value::Function(file, function, _) | Value::BoundMethod(_, file, function) => {
                self.project.module(*file).is_none_or(|module| {
                    if never_yields(&module.ast, *function) {
                        return true;
                    }
                    let own = module.ast.stmt(module.ast.function(*function).stmt);
                    module.ast.stmts.iter().any(|it| {
                        let inside = own.start <= it.start && it.end <= own.end;
                        inside && self.takes_turn(*file, &it.kind)
                    })
                })
            }
            Value::Unknown(_) => matches!(ast.kind(*callee), ExprKind::Name(_)),
            _ => false,
        })
    }

    /// `async with semaphore:` and its like.
    fn takes_turn(&self, file: FileId, kind: &StmtKind) -> bool {
        let (StmtKind::With { items, .. }, Some(module)) = (kind, self.project.module(file)) else {
            return false;
        };
        let parts = ["sem", "limit", "lock", "throttle", "slot"];
        let names = |name: &str| {
            parts
                .iter()
                .any(|it| name.to_ascii_lowercase().contains(it))
        };
        items.iter().any(|(item, _)| {
            let callee = match module.ast.kind(*item) {
                ExprKind::Call { callee, .. } => *callee,
                _ => *item,
            };
            module.ast.last_name(callee).is_some_and(|it| names(it))
                || matches!(&self.value(file, *item).value, Value::Made(made) if names(&made.path))
        })
    }

    /// Where something of unknown size comes from, and what makes it; `None` when a slice or a
    /// literal bounds it, or nobody can tell.
    fn unknown_size(&self, file: FileId, iterable: ExprId) -> Option<(Span, SmolStr)> {
        let mut open = vec![Place {
            file,
            expr: iterable,
            frame: None,
        }];
        for _ in 0..STEPS {
            let place = open.pop()?;
            let ast = &self.project.module(place.file)?.ast;
            let at = |expr| Place {
                expr,
                ..place.clone()
            };
            match ast.kind(place.expr) {
                ExprKind::Call { callee, args } => {
                    let name = ast.last_name(*callee)?;
                    if SOURCES.contains(&name.as_str()) {
                        return Some((self.span(place.file, place.expr), name.clone()));
                    }
                    if matches!(
                        name.as_str(),
                        "enumerate" | "list" | "sorted" | "tuple" | "set"
                    ) {
                        open.extend(positional(args, 0).map(|it| at(it.value)));
                        continue;
                    }
                    let target = self.eval(place.file, *callee, place.frame.as_ref());
                    let results = self.results(&place, &target);
                    open.extend(results.into_iter().filter_map(whole));
                }
                ExprKind::Await(inner) => open.push(at(*inner)),
                ExprKind::Comprehension(own) if own.conditions.is_empty() => {
                    open.extend(own.clauses.first().map(|it| at(it.1)));
                }
                ExprKind::Name(_) | ExprKind::Attribute { .. } => {
                    let origins: Vec<Origin> = self.origins(&place);
                    if origins.len() > 1 {
                        // One way to bound it is enough to say nothing.
                        return None;
                    }
                    open.extend(origins.into_iter().filter_map(whole));
                }
                _ => return None,
            }
        }
        None
    }
}

/// The place of a value that is handed on as it is.
fn whole(origin: Origin) -> Option<Place> {
    match origin {
        Origin::Value(place) => Some(place),
        _ => None,
    }
}

/// The call behind `asyncio.create_task(call)`.
fn task(ast: &Ast, expr: ExprId) -> Option<ExprId> {
    let ExprKind::Call { callee, args } = ast.kind(expr) else {
        return None;
    };
    match ast.last_name(*callee)?.as_str() {
        "create_task" | "ensure_future" => {
            let inner = positional(args, 0)?.value;
            matches!(ast.kind(inner), ExprKind::Call { .. }).then_some(inner)
        }
        _ => Some(expr),
    }
}

/// Whether a coroutine never awaits anything, so that the next one begins when it has ended: its
/// requests go through a client that blocks.
fn never_yields(ast: &Ast, function: FunctionId) -> bool {
    let own = ast.function(function);
    let awaits = ast.exprs.iter().any(|it| {
        matches!(it.kind, ExprKind::Await(_)) && ast.function_of(it.scope) == Some(function)
    });
    let has_blocks = ast.stmts.iter().any(|it| {
        let may_wait = matches!(it.kind, StmtKind::For { .. } | StmtKind::With { .. });
        may_wait && ast.function_of(it.scope) == Some(function)
    });
    // A block may be an `async for` or an `async with`.
    own.is_async && !awaits && !has_blocks
}

/// Whether a call stands in a loop that starts a few at a time.
fn waits_for_turn(module: &Module, call: ExprId) -> bool {
    let first = module.ast.expr(call).stmt;
    let mut all = std::iter::successors(Some(first), |it| module.ast.stmt(*it).parent);
    all.any(|it| {
        matches!(
            module.ast.stmt(it).kind,
            StmtKind::For { .. } | StmtKind::While { .. }
        )
    })
}
