//! Where somebody enters the application and waits: routes, tasks, handlers, callbacks, programs.

mod graphs;
mod limits;
mod mounts;
mod registered;

use smol_str::SmolStr;

use crate::catalog::entry_points::{EntryKind, Framework};
use crate::model::python::{Module, keyword, positional};
use crate::project::hops::Timeout;
use crate::project::resolve::Resolver;
use crate::project::value::{Seen, Value};
use crate::source::{FileId, Span};
use crate::syntax::python::{Arg, ClassId, ExprId, ExprKind, FunctionId, MODULE, StmtId, StmtKind};

pub(in crate::project) use mounts::Mounts;

/// A place where somebody enters the application.
#[derive(Debug, Clone)]
pub struct EntryPoint {
    /// What enters there.
    pub kind: EntryKind,
    /// The framework.
    pub framework: &'static str,
    /// How people know it: `POST /ask`, `task ask`.
    pub name: String,
    /// Where it is defined: the name of a function, or the call that registers it.
    pub at: Span,
    /// Where its framework is told of it: a decorator or a call.
    pub registered: Span,
    /// Whether it runs in an event loop; none when that is not known.
    pub is_async: Option<bool>,
    /// Whether it may answer piece by piece.
    pub streams: bool,
    /// Whether a path in its name is all of it; more may stand before it where a router is mounted in
    /// a way that nobody can tell.
    pub whole_path: bool,
    /// How long its framework lets it run, where that is told with it.
    pub limit: Option<Timeout>,
}

/// What runs when somebody enters.
#[derive(Debug, Clone)]
pub(in crate::project) enum Runs {
    /// A function of the project.
    Function(FileId, FunctionId),
    /// A runnable.
    Value(Seen),
    /// The lines of a module.
    Script(FileId, Vec<StmtId>),
}

impl Resolver<'_> {
    /// All places of a file where somebody enters the application, in the order of the text.
    pub(in crate::project) fn entry_points(
        &self,
        file: FileId,
        mounts: &Mounts,
    ) -> Vec<(EntryPoint, Runs)> {
        let Some(module) = self.project.module(file) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for (id, function) in (0..).map(FunctionId).zip(&module.ast.functions) {
            for decorator in &function.decorators {
                let own = self.decorated_entry((file, module), id, *decorator, mounts);
                found.extend(own);
            }
            found.extend(self.named_entry(file, module, id));
        }
        for class in (0..).map(ClassId).zip(&module.ast.classes) {
            found.extend(self.decorated_resources((file, module), class, mounts));
            found.extend(self.worker_tasks((file, module), class.1));
        }
        for call in &module.calls {
            found.extend(self.registered_entries((file, module), *call, mounts));
        }
        found.extend(self.served_graphs(file));
        found.extend(self.script(file, module));
        found.sort_by_key(|(it, _)| (it.at.file, it.at.start, it.registered.start));
        found.dedup_by(|(a, _), (b, _)| a.at == b.at && a.name == b.name);
        found
    }

    /// `@app.post("/ask")`, `@shared_task`.
    fn decorated_entry(
        &self,
        (file, module): (FileId, &Module),
        function: FunctionId,
        decorator: ExprId,
        mounts: &Mounts,
    ) -> Option<(EntryPoint, Runs)> {
        let (callee, args) = match module.ast.kind(decorator) {
            ExprKind::Call { callee, args } => (*callee, args.as_slice()),
            _ => (decorator, &[][..]),
        };
        let own = module.ast.function(function);
        let decorating = || {
            let Value::External(path) = self.value(file, callee).value else {
                return None;
            };
            let all = &self.project.catalog.frameworks;
            let framework = all.iter().find(|it| it.decorators.contains(&path))?;
            Some((framework, Path::default()))
        };
        let (framework, path) = self
            .decorating_method((file, module), callee, args, mounts)
            .or_else(decorating)?;
        let name = match (path.text.is_empty(), framework.kind) {
            (false, EntryKind::Route) => path.text,
            (_, EntryKind::Route) => format!("view {}", own.name),
            (_, kind) => titled(kind, &own.name),
        };
        let point = EntryPoint {
            kind: framework.kind,
            framework: &framework.name,
            name,
            at: own_span(file, module, function),
            registered: self.span(file, decorator),
            is_async: Some(own.is_async),
            streams: self.streams(framework, file, function),
            whole_path: path.whole,
            limit: self.limit_in(framework, file, args),
        };
        Some((point, Runs::Function(file, function)))
    }

    /// The framework whose object a decorator is a method of, with the route that it names.
    fn decorating_method(
        &self,
        (file, module): (FileId, &Module),
        callee: ExprId,
        args: &[Arg],
        mounts: &Mounts,
    ) -> Option<(&'static Framework, Path)> {
        let ExprKind::Attribute { value, name } = module.ast.kind(callee) else {
            return None;
        };
        let all = &self.project.catalog.frameworks;
        let mut named = all.iter().filter(|it| it.methods.contains_key(name));
        let first = named.next()?;
        let object = self.value(file, *value);
        let path = positional(args, 0)
            .or_else(|| keyword(args, "path"))
            .map(|it| self.value(file, it.value));
        let path = path.as_ref().and_then(|it| it.text()).map(SmolStr::as_str);
        let framework = match object
            .alternatives()
            .iter()
            .find_map(|it| self.registrar(it))
        {
            Some(made) => [first]
                .into_iter()
                .chain(named)
                .find(|it| it.classes.iter().any(|own| own == made)),
            // An object that nobody knows, with a path that speaks for itself.
            None => [first]
                .into_iter()
                .chain(named)
                .find(|it| it.by_path && path.is_some_and(|it| it.starts_with('/'))),
        }?;
        let verb = framework.methods.get(name).map_or("", String::as_str);
        let path = self.mounted(&object, verb, path, mounts);
        Some((framework, path))
    }

    /// The dotted path of the class of an object that may register something.
    fn registrar<'s>(&self, seen: &'s Seen) -> Option<&'s str> {
        match &seen.value {
            Value::Made(made) => Some(made.path.as_str()),
            // `api.namespace("answers")`
            Value::Derived(derived) => {
                let Value::Made(of) = &derived.of.value else {
                    return None;
                };
                let mut all = self.project.catalog.frameworks.iter();
                let framework = all.find(|it| it.classes.contains(&of.path))?;
                framework.makers.get(&derived.method).map(SmolStr::as_str)
            }
            _ => None,
        }
    }

    /// The whole path of a route that an object registers, behind its verb.
    fn mounted(&self, object: &Seen, verb: &str, path: Option<&str>, mounts: &Mounts) -> Path {
        let Some(path) = path else {
            return Path::default();
        };
        let (before, whole) = mounts.before(self, object);
        let path = mounts::join(&before, path);
        // A path of nothing is the one that includes the router, which stands elsewhere.
        if path.is_empty() {
            return Path::default();
        }
        let text = format!("{verb} {path}").trim_start().to_owned();
        Path { text, whole }
    }

    /// A function that a platform calls by its name: `lambda_handler(event, context)`.
    fn named_entry(
        &self,
        file: FileId,
        module: &Module,
        function: FunctionId,
    ) -> Option<(EntryPoint, Runs)> {
        let own = module.ast.function(function);
        let at_top = module.ast.stmt(own.stmt).scope == MODULE;
        let all = &self.project.catalog.frameworks;
        let framework = all.iter().find(|it| {
            it.functions.contains(&own.name) && it.parameters == own.params.len() && at_top
        })?;
        let first = own.params.first()?;
        let at = own_span(file, module, function);
        let point = EntryPoint {
            kind: framework.kind,
            framework: &framework.name,
            name: titled(framework.kind, &own.name),
            at,
            registered: at,
            is_async: Some(own.is_async),
            streams: self.streams(framework, file, function),
            whole_path: true,
            limit: None,
        };
        let takes_events = first.name.starts_with("event");
        takes_events.then_some((point, Runs::Function(file, function)))
    }

    /// Whether a function may answer piece by piece.
    fn streams(&self, framework: &Framework, file: FileId, function: FunctionId) -> bool {
        let Some(module) = self.project.module(file) else {
            return true;
        };
        let own = module.ast.function(function);
        let code = module.ast.stmt(own.stmt);
        let mut calls = module.calls.iter().filter(|it| {
            let at = module.ast.expr(**it).start;
            code.start <= at && at < code.end
        });
        let names = |call: &ExprId| match module.ast.kind(*call) {
            ExprKind::Call { callee, .. } => module.ast.last_name(*callee),
            _ => None,
        };
        own.is_generator
            || calls.any(|it| names(it).is_some_and(|it| framework.streaming.contains(it)))
            || own.decorators.iter().any(|it| {
                self.project
                    .sources()
                    .text(self.span(file, *it))
                    .contains("websocket")
            })
    }

    /// The lines of a module that run when somebody starts it.
    fn script(&self, file: FileId, module: &Module) -> Option<(EntryPoint, Runs)> {
        let all = &self.project.catalog.frameworks;
        let scripts = all
            .iter()
            .filter_map(|it| Some((it, it.script.as_ref()?.as_str())));
        for (framework, script) in scripts {
            let found = match script {
                "__main__" => main_block(module),
                _ if imports(module, script) => {
                    let first = module.ast.body.first();
                    first.map(|first| (module.ast.body.clone(), *first))
                }
                _ => None,
            };
            let Some((lines, at)) = found else { continue };
            let path = &self.project.sources().get(file).path;
            let at = self.project.stmt_span(file, at);
            let point = EntryPoint {
                kind: framework.kind,
                framework: &framework.name,
                name: format!("script {path}"),
                at,
                registered: at,
                is_async: Some(false),
                streams: true,
                whole_path: true,
                limit: None,
            };
            return Some((point, Runs::Script(file, lines)));
        }
        None
    }
}

/// The path of a route.
#[derive(Debug, Default)]
struct Path {
    /// The verb and the path; empty when nobody can tell.
    text: String,
    /// Whether that is all of it.
    whole: bool,
}

fn titled(kind: EntryKind, name: &str) -> String {
    let word = match kind {
        EntryKind::Route => "view",
        EntryKind::Task => "task",
        EntryKind::Function => "function",
        EntryKind::Callback => "callback",
        EntryKind::Tool => "tool",
        EntryKind::Program => "program",
        EntryKind::Graph => "graph",
    };
    format!("{word} {name}")
}

fn own_span(file: FileId, module: &Module, function: FunctionId) -> Span {
    let own = &module.ast.function(function).name_span;
    Span {
        file,
        start: own.start,
        end: own.end,
    }
}

/// The block of `if __name__ == "__main__":`.
fn main_block(module: &Module) -> Option<(Vec<StmtId>, StmtId)> {
    let ast = &module.ast;
    ast.body.iter().find_map(|stmt| {
        let StmtKind::If(branches) = &ast.stmt(*stmt).kind else {
            return None;
        };
        let (Some(test), body) = branches.first()? else {
            return None;
        };
        let ExprKind::Compare(parts, _) = ast.kind(*test) else {
            return None;
        };
        let named = parts
            .iter()
            .any(|it| matches!(ast.kind(*it), ExprKind::Name(name) if name == "__name__"));
        named.then(|| (body.clone(), *stmt))
    })
}

pub(super) fn imports(module: &Module, package: &str) -> bool {
    let top = |it: &str| it.split('.').next() == Some(package);
    module.ast.stmts.iter().any(|stmt| match &stmt.kind {
        StmtKind::Import(all) => all.iter().any(|it| top(&it.module)),
        StmtKind::ImportFrom {
            module, level: 0, ..
        } => top(module),
        _ => false,
    })
}
