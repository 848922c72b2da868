//! Functions that an agent calls as its tools, and the calls in them that wait for ever.

use std::cell::RefCell;
use std::collections::HashMap;

use smol_str::SmolStr;

use crate::fact::Limit;
use crate::model::python::sites::Called;
use crate::model::python::{keyword, positional};
use crate::project::bounds::CALLERS;
use crate::project::resolve::Resolver;
use crate::project::resolve::objects::Base;
use crate::project::retries::runs::Runs;
use crate::project::value::Value;
use crate::source::{FileId, Span};
use crate::syntax::python::{ClassId, ExprId, ExprKind, FunctionId};

/// How many functions deep a call is looked for.
const LEVELS: u32 = 3;

/// A tool that can wait for ever.
#[derive(Debug)]
pub struct HangingTool {
    /// The name of its function.
    pub at: Span,
    /// The same, as text.
    pub name: SmolStr,
    /// The call that waits.
    pub call: Span,
    /// What is called there.
    pub callee: String,
}

/// Looks for calls that wait for ever, and remembers what it found.
struct Waits<'r, 'p> {
    resolver: &'r Resolver<'p>,
    requests: RefCell<HashMap<FileId, Vec<(ExprId, String)>>>,
    runs: Runs<'r, 'p>,
}

impl Resolver<'_> {
    /// All tools of a file that can wait for ever.
    #[must_use]
    pub fn hanging_tools(&self, file: FileId) -> Vec<HangingTool> {
        let Some(module) = self.project.module(file) else {
            return Vec::new();
        };
        let waits = Waits {
            resolver: self,
            requests: RefCell::default(),
            runs: Runs::new(self, &[]),
        };
        let mut functions = Vec::new();
        for (id, function) in (0..).map(FunctionId).zip(&module.ast.functions) {
            let mut decorators = function.decorators.iter();
            if decorators.any(|it| self.makes_tool(file, *it)) || self.is_tool_method(file, id) {
                functions.push(id);
            }
        }
        functions.extend(self.wrapped_tools(file));
        functions.sort();
        functions.dedup();
        let found = functions.into_iter().filter_map(|id| {
            let (call, callee) = waits.in_function(file, id, LEVELS)?;
            let own = module.ast.function(id);
            Some(HangingTool {
                at: Span {
                    file,
                    start: own.name_span.start,
                    end: own.name_span.end,
                },
                name: own.name.clone(),
                call,
                callee,
            })
        });
        found.collect()
    }

    /// `@tool`, `@tool("name")` and `@tool(args_schema=…)`.
    fn makes_tool(&self, file: FileId, decorator: ExprId) -> bool {
        let is = |path: &str| {
            let last = path.rsplit('.').next();
            path.starts_with("langchain") && last == Some("tool")
        };
        match &self.value(file, decorator).value {
            Value::External(path) => is(path),
            Value::Made(made) => is(&made.path),
            _ => false,
        }
    }

    /// `_run` and `_arun` of a class that extends `BaseTool`.
    fn is_tool_method(&self, file: FileId, function: FunctionId) -> bool {
        let Some(module) = self.project.module(file) else {
            return false;
        };
        let name = &module.ast.function(function).name;
        if name != "_run" && name != "_arun" {
            return false;
        }
        let class: Option<ClassId> = module.ast.class_of(function);
        class.is_some_and(|it| {
            self.bases(file, it).iter().any(|base| match base {
                Base::Library(path) => path.starts_with("langchain") && path.ends_with(".BaseTool"),
                Base::Own(..) | Base::Unknown => false,
            })
        })
    }

    /// The functions of a file that are made into tools by a call: `StructuredTool.from_function`.
    fn wrapped_tools(&self, file: FileId) -> Vec<FunctionId> {
        let Some(module) = self.project.module(file) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for Called { callee, args, .. } in module.called() {
            let name = module.ast.last_name(callee).map_or("", SmolStr::as_str);
            let first = match name {
                "from_function" => 0,
                "Tool" | "StructuredTool" => 1,
                _ => continue,
            };
            let target = self.value(file, callee);
            let Value::External(path) = &target.value else {
                continue;
            };
            if !path.starts_with("langchain") || !path.contains("Tool") {
                continue;
            }
            let named = ["func", "coroutine"]
                .iter()
                .find_map(|it| keyword(args, it));
            let Some(arg) = named.or_else(|| positional(args, first)) else {
                continue;
            };
            if let Value::Function(own, function, _) | Value::BoundMethod(_, own, function) =
                &self.value(file, arg.value).value
                && *own == file
            {
                found.push(*function);
            }
        }
        found
    }
}

impl Waits<'_, '_> {
    /// A call in a function, or in those that it calls, that waits for ever.
    fn in_function(
        &self,
        file: FileId,
        function: FunctionId,
        levels: u32,
    ) -> Option<(Span, String)> {
        let levels = levels.checked_sub(1)?;
        let module = self.resolver.project.module(file)?;
        let own = module.ast.stmt(module.ast.function(function).stmt);
        let mut inside: Vec<ExprId> = module
            .calls
            .iter()
            .copied()
            .filter(|it| {
                let expr = module.ast.expr(*it);
                own.start <= expr.start
                    && expr.end <= own.end
                    && module.ast.function_of(expr.scope) == Some(function)
            })
            .collect();
        inside.sort_by_key(|it| module.ast.expr(*it).start);
        inside.into_iter().find_map(|call| {
            let found = self.own_wait(file, call).or_else(|| {
                let ExprKind::Call { callee, .. } = module.ast.kind(call) else {
                    return None;
                };
                match &self.resolver.value(file, *callee).value {
                    Value::Function(file, function, _) | Value::BoundMethod(_, file, function) => {
                        self.in_function(*file, *function, levels)
                    }
                    _ => None,
                }
            })?;
            // Asked last, because it means a look at all who call this.
            let bounded = self.resolver.bounded_outside(file, call, CALLERS);
            (!bounded).then_some(found)
        })
    }

    /// Whether a call itself waits for ever: a request, or the run of a model.
    fn own_wait(&self, file: FileId, call: ExprId) -> Option<(Span, String)> {
        let at = self.resolver.span(file, call);
        let mut all = self.requests.borrow_mut();
        let of_file = all.entry(file).or_insert_with(|| {
            let requests = self.resolver.requests(file).into_iter();
            let endless = requests.filter(|it| it.limit().value == Limit::Forever);
            endless.map(|it| (it.site.call, it.name)).collect()
        });
        if let Some((_, name)) = of_file.iter().find(|it| it.0 == call) {
            return Some((at, name.clone()));
        }
        drop(all);
        let runs = self.runs.of_run(file, call);
        let mut endless = runs.iter().filter(|it| it.client.wait == Limit::Forever);
        // One of several clients may be another: all of them must wait.
        let first = endless.next()?;
        let all = runs.iter().all(|it| it.client.wait == Limit::Forever);
        all.then(|| (at, first.client.name.clone()))
    }
}
