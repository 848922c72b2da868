//! Functions, runnables and classes that a call or a decorator registers with a framework.

use smol_str::SmolStr;

use super::mounts::{self, Mounts};
use super::{EntryPoint, Path, Runs, own_span, titled};
use crate::catalog::entry_points::{Framework, Registration};
use crate::model::python::{Module, keyword, positional};
use crate::project::resolve::Resolver;
use crate::project::value::{Seen, Value};
use crate::source::{FileId, Span};
use crate::syntax::python::{Arg, Class, ClassId, ExprId, ExprKind, FunctionId};

/// The methods of a class that answers requests, with the verbs that they answer.
const VERBS: &[(&str, &str)] = &[
    ("get", "GET"),
    ("post", "POST"),
    ("put", "PUT"),
    ("patch", "PATCH"),
    ("delete", "DELETE"),
];

/// What a registered value runs.
pub(super) struct Handler {
    pub(super) runs: Runs,
    /// Where it is defined.
    pub(super) at: Span,
    /// Its name.
    name: SmolStr,
    /// What it answers, for a method of a class.
    verb: Option<&'static str>,
}

impl Resolver<'_> {
    /// `app.add_api_route("/ask", ask)`, `path("ask/", ask)`, `add_routes(app, chain, path="/ask")`,
    /// `api.add_resource(Ask, "/ask")`.
    pub(super) fn registered_entries(
        &self,
        (file, module): (FileId, &Module),
        call: ExprId,
        mounts: &Mounts,
    ) -> Vec<(EntryPoint, Runs)> {
        let ExprKind::Call { callee, args } = module.ast.kind(call) else {
            return Vec::new();
        };
        let found = || {
            let name = module.ast.last_name(*callee)?;
            let (framework, registration, object) =
                self.registration(file, module, *callee, name)?;
            let handler = self.handler(file, module, args, &registration.handler)?;
            let path = registration.path.as_ref();
            let path = path.and_then(|it| self.argument_of(file, args, it));
            Some((framework, registration, object, handler, path))
        };
        let Some((framework, registration, object, handler, path)) = found() else {
            return Vec::new();
        };
        let registered = self.span(file, call);
        let path = path.as_ref().and_then(mounts::written);
        let path = path.map(|it| format!("/{}", it.trim_start_matches(['/', '^'])));
        let entry = |handler: Handler| {
            let verb = registration.verb.as_deref().or(handler.verb);
            let verb = verb.unwrap_or_default();
            let path = match &object {
                Some(object) => self.mounted(object, verb, path.as_deref(), mounts),
                None => path.as_deref().map_or_else(Path::default, |path| {
                    let (before, whole) = mounts.before_module(file);
                    let path = mounts::join(&before, path);
                    let text = format!("{verb} /{}", path.trim_start_matches('/'));
                    let text = text.trim_start().to_owned();
                    Path { text, whole }
                }),
            };
            let (mut point, runs) = self.handled(framework, handler, registered, path);
            point.limit = self.limit_in(framework, file, args);
            (point, runs)
        };
        let handlers = self.handlers(&handler, registered).into_iter();
        handlers.map(entry).collect()
    }

    /// `@ns.route("/ask")` before a class whose methods are called as the verbs.
    pub(super) fn decorated_resources(
        &self,
        (file, module): (FileId, &Module),
        (id, class): (ClassId, &Class),
        mounts: &Mounts,
    ) -> Vec<(EntryPoint, Runs)> {
        let mut found = Vec::new();
        for decorator in &class.decorators {
            let ExprKind::Call { callee, args } = module.ast.kind(*decorator) else {
                continue;
            };
            let method = self.decorating_method((file, module), *callee, args, mounts);
            let Some((framework, path)) = method else {
                continue;
            };
            let registered = self.span(file, *decorator);
            for handler in self.resource(file, id) {
                let path = Path {
                    text: match handler.verb {
                        Some(verb) if !path.text.is_empty() => format!("{verb} {}", path.text),
                        _ => path.text.clone(),
                    },
                    whole: path.whole,
                };
                found.push(self.handled(framework, handler, registered, path));
            }
        }
        found
    }

    pub(super) fn handled(
        &self,
        framework: &'static Framework,
        handler: Handler,
        registered: Span,
        path: Path,
    ) -> (EntryPoint, Runs) {
        let function = match &handler.runs {
            Runs::Function(file, own) => self
                .project
                .module(*file)
                .map(|it| (*file, *own, it.ast.function(*own).is_async)),
            _ => None,
        };
        let point = EntryPoint {
            kind: framework.kind,
            framework: &framework.name,
            name: if path.text.is_empty() {
                titled(framework.kind, &handler.name)
            } else {
                path.text
            },
            at: handler.at,
            registered,
            is_async: function.map(|it| it.2),
            // Whoever asks a server of runnables may ask it to stream.
            streams: function.is_none_or(|it| self.streams(framework, it.0, it.1)),
            whole_path: path.whole,
            limit: None,
        };
        (point, handler.runs)
    }

    fn registration(
        &self,
        file: FileId,
        module: &Module,
        callee: ExprId,
        name: &SmolStr,
    ) -> Option<(&'static Framework, &'static Registration, Option<Seen>)> {
        let all = self.project.catalog.frameworks.iter();
        let mut calls = all.flat_map(|it| it.call.iter().map(move |call| (it, call)));
        calls.find_map(|(framework, call)| {
            if call.method.as_ref() == Some(name)
                && let ExprKind::Attribute { value, .. } = module.ast.kind(callee)
            {
                let object = self.value(file, *value);
                let made = object
                    .alternatives()
                    .iter()
                    .find_map(|it| self.registrar(it))?;
                let is_own = framework.classes.iter().any(|it| it == made);
                return is_own.then_some((framework, call, Some(object)));
            }
            let ends = |it: &SmolStr| it.rsplit('.').next() == Some(name);
            let is_named = call.paths.iter().any(ends)
                && module.is_imported(callee)
                && matches!(
                    &self.value(file, callee).value,
                    Value::External(path) if call.paths.contains(path)
                );
            is_named.then_some((framework, call, None))
        })
    }

    /// What is registered: of `AskView.as_view()`, the class.
    fn handler(
        &self,
        file: FileId,
        module: &Module,
        args: &[Arg],
        (name, at): &(SmolStr, usize),
    ) -> Option<Seen> {
        let given = keyword(args, name).or_else(|| positional(args, *at))?.value;
        let class = match module.ast.kind(given) {
            ExprKind::Call { callee, .. } => match module.ast.kind(*callee) {
                ExprKind::Attribute { value, name } if name == "as_view" => Some(*value),
                _ => None,
            },
            _ => None,
        };
        Some(self.value(file, class.unwrap_or(given)))
    }

    /// What a registered value runs; nothing when nobody can tell.
    pub(super) fn handlers(&self, seen: &Seen, registered: Span) -> Vec<Handler> {
        match &seen.value {
            Value::Function(file, own, _) | Value::BoundMethod(_, file, own) => {
                self.function(*file, *own).into_iter().collect()
            }
            Value::Unknown(_) | Value::None | Value::Str(_) => Vec::new(),
            Value::Class(file, class) => self.resource(*file, *class),
            Value::Member(of, _) => self.handlers(of, registered),
            _ => vec![Handler {
                runs: Runs::Value(seen.clone()),
                at: registered,
                name: SmolStr::new_static("runnable"),
                verb: None,
            }],
        }
    }

    /// A class of the project whose methods are called as the verbs.
    fn resource(&self, file: FileId, class: ClassId) -> Vec<Handler> {
        let methods = VERBS.iter().filter_map(|(name, verb)| {
            let (file, own) = self.method(file, class, name)?;
            let handler = self.function(file, own)?;
            Some(Handler {
                verb: Some(verb),
                ..handler
            })
        });
        methods.collect()
    }

    fn function(&self, file: FileId, own: FunctionId) -> Option<Handler> {
        let module = self.project.module(file)?;
        Some(Handler {
            runs: Runs::Function(file, own),
            at: own_span(file, module, own),
            name: module.ast.function(own).name.clone(),
            verb: None,
        })
    }

    /// The value of an argument that has a name and a position.
    pub(super) fn argument_of(
        &self,
        file: FileId,
        args: &[Arg],
        (name, at): &(SmolStr, usize),
    ) -> Option<Seen> {
        let arg = keyword(args, name).or_else(|| positional(args, *at))?;
        Some(self.value(file, arg.value))
    }
}
