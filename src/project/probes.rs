//! Probes of a container that wait for a model: the route they ask calls one, or a route beside it
//! blocks the event loop that answers both.

use smol_str::SmolStr;

use crate::model::python::sites::Called;
use crate::model::python::{Module, positional};
use crate::project::async_calls::Blocking;
use crate::project::resolve::Resolver;
use crate::project::services::{Deployed, is_below};
use crate::project::uses::RUN_METHODS;
use crate::project::value::Value;
use crate::source::{FileId, Span};
use crate::syntax::python::{ExprKind, FunctionId};

/// How many calls deep a route is followed.
const DEPTH: usize = 3;

/// How many functions of one route are looked at.
const MANY: usize = 64;

/// Decorators that make a function answer requests which only ask.
const ROUTES: &[&str] = &["api_route", "get", "head", "route"];

/// A probe that fails while a model takes its time.
#[derive(Debug)]
pub struct SlowProbe {
    /// Where the probe is written.
    pub at: Span,
    /// The path it asks for.
    pub path: SmolStr,
    /// The container.
    pub service: SmolStr,
    /// What calls the model, as it is written.
    pub call: String,
    /// Where.
    pub called: Span,
    /// The name of the function that answers, where it is defined.
    pub function: Span,
    /// Whether that function answers another path, on the same event loop.
    pub is_beside: bool,
}

impl Resolver<'_> {
    /// The probes of a container that wait for a model.
    #[must_use]
    pub fn slow_probes(&self, deployed: &Deployed) -> Vec<SlowProbe> {
        let probes = deployed.service.liveness.iter();
        probes
            .filter_map(|probe| {
                let at = crate::project::services::span(deployed.file, &probe.at);
                let slow = |(call, called, function, is_beside)| SlowProbe {
                    at,
                    path: probe.text.clone(),
                    service: deployed.service.name.clone(),
                    call,
                    called,
                    function,
                    is_beside,
                };
                let routes = self.routes(deployed, &probe.text);
                let calls = routes.iter().find_map(|it| self.asks_model(*it));
                calls.or_else(|| self.blocks_beside(&routes)).map(slow)
            })
            .collect()
    }

    /// The functions that answer a path.
    fn routes(&self, deployed: &Deployed, path: &str) -> Vec<(FileId, FunctionId)> {
        let path = path.split('?').next().unwrap_or(path).trim_end_matches('/');
        let mut found = Vec::new();
        for (file, module) in self.project.modules() {
            let source = self.project.sources().get(file);
            let is_near = deployed
                .code
                .as_ref()
                .is_none_or(|it| is_below(&source.path, it));
            if !source.reported || !is_near || path.is_empty() {
                continue;
            }
            for (id, function) in (0..).map(FunctionId).zip(&module.ast.functions) {
                let answers = function.decorators.iter().any(|it| {
                    self.route_path(file, module, *it)
                        .is_some_and(|it| it == path)
                });
                found.extend(answers.then_some((file, id)));
            }
        }
        found
    }

    /// The path of `@app.get("/health")`.
    fn route_path(
        &self,
        file: FileId,
        module: &Module,
        decorator: crate::syntax::python::ExprId,
    ) -> Option<String> {
        let ExprKind::Call { callee, args } = module.ast.kind(decorator) else {
            return None;
        };
        let ExprKind::Attribute { name, .. } = module.ast.kind(*callee) else {
            return None;
        };
        let first = positional(args, 0).filter(|_| ROUTES.contains(&name.as_str()))?;
        let seen = self.value(file, first.value);
        Some(seen.text()?.trim_end_matches('/').to_owned())
    }

    /// The first call of a model in a function, or in those it calls.
    fn asks_model(&self, route: (FileId, FunctionId)) -> Option<(String, Span, Span, bool)> {
        let mut open = vec![(route, 0)];
        let mut seen = vec![route];
        while let Some(((file, function), depth)) = open.pop() {
            let module = self.project.module(file)?;
            for Called { call, callee, .. } in module.called() {
                if module.ast.function_of(module.ast.expr(call).scope) != Some(function) {
                    continue;
                }
                if let ExprKind::Attribute { value, name } = module.ast.kind(callee)
                    && RUN_METHODS.contains(&name.as_str())
                    && self
                        .built(&self.value(file, *value))
                        .iter()
                        .any(|it| !self.clients_at(&it.site).is_empty())
                {
                    let at = self.span(file, callee);
                    let written = self.project.sources().text(at).to_owned();
                    return Some((written, self.span(file, call), self.name_of(route)?, false));
                }
                let next = match self.value(file, callee).value {
                    Value::Function(file, function, _) | Value::BoundMethod(_, file, function) => {
                        (file, function)
                    }
                    _ => continue,
                };
                if depth < DEPTH && seen.len() < MANY && !seen.contains(&next) {
                    seen.push(next);
                    open.push((next, depth + 1));
                }
            }
        }
        None
    }

    /// A route of the same file that stops the event loop for a model.
    fn blocks_beside(&self, routes: &[(FileId, FunctionId)]) -> Option<(String, Span, Span, bool)> {
        routes.iter().find_map(|(file, _)| {
            let requests = self.requests(*file);
            let blocking = self.blocking_calls(*file, &requests).into_iter();
            let mut models = blocking.filter(|it| it.what == Blocking::Model && it.route.is_some());
            let found = models.next()?;
            Some((found.name, found.callee, found.function, true))
        })
    }

    fn name_of(&self, (file, function): (FileId, FunctionId)) -> Option<Span> {
        let own = &self.project.module(file)?.ast.function(function).name_span;
        Some(Span {
            file,
            start: own.start,
            end: own.end,
        })
    }
}
