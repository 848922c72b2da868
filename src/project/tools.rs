//! The tools of an agent that can wait for ever: by a call in them, or because they run what a model
//! writes.

use std::cell::RefCell;
use std::collections::HashMap;

use smol_str::SmolStr;

use crate::catalog::tools::Runner;
use crate::fact::Limit;
use crate::model::python::{Module, keyword, positional};
use crate::project::bounds::CALLERS;
use crate::project::resolve::Resolver;
use crate::project::retries::runs::Runs;
use crate::project::value::{Lookup, Made, Seen, Site, Value};
use crate::source::{FileId, Span};
use crate::syntax::python::{ExprId, ExprKind, FunctionId, StmtKind};

/// How many functions deep a call is looked for.
const LEVELS: u32 = 3;

/// A tool that can wait for ever.
#[derive(Debug)]
pub struct HangingTool<'c> {
    /// The name of its function, or where it is made.
    pub at: Span,
    /// The same, as text.
    pub name: SmolStr,
    /// What waits.
    pub why: Endless<'c>,
}

/// What waits for ever in a tool.
#[derive(Debug)]
pub enum Endless<'c> {
    /// A call, and what is called there.
    Call(Span, String),
    /// The tool runs what a model writes until it ends by itself.
    Runner(&'c Runner),
}

/// Looks for calls that wait for ever, and remembers what it found.
struct Waits<'r, 'p> {
    resolver: &'r Resolver<'p>,
    requests: RefCell<HashMap<FileId, Vec<(ExprId, String)>>>,
    runs: Runs<'r, 'p>,
}

impl<'p> Resolver<'p> {
    /// All tools of a file that can wait for ever.
    #[must_use]
    pub fn hanging_tools(&self, file: FileId) -> Vec<HangingTool<'p>> {
        let Some(module) = self.project.module(file) else {
            return Vec::new();
        };
        let waits = Waits {
            resolver: self,
            requests: RefCell::default(),
            runs: Runs::new(self, &[]),
        };
        let own = (file, FunctionId(0))..=(file, FunctionId(u32::MAX));
        let functions = self.project.tools().range(own).map(|it| it.1);
        let found = functions.filter_map(|id| {
            let (call, callee) = waits.in_function(file, id, LEVELS)?;
            let own = module.ast.function(id);
            Some(HangingTool {
                at: Span {
                    file,
                    start: own.name_span.start,
                    end: own.name_span.end,
                },
                name: self.tool_name(file, id),
                why: Endless::Call(call, callee),
            })
        });
        found.chain(self.running_tools(file, module)).collect()
    }

    /// The ready-made tools of a file that run what a model writes: `ShellTool()`, and
    /// `Tool(func=repl.run)`.
    fn running_tools(&self, file: FileId, module: &Module) -> Vec<HangingTool<'p>> {
        let tools = &self.project.catalog.tools;
        let mut found = Vec::new();
        for runner in &tools.runner {
            let last = |path: &SmolStr| path.rsplit('.').next().map(SmolStr::from);
            let mut names: Vec<SmolStr> = runner.paths.iter().filter_map(last).collect();
            names.dedup();
            for name in names.iter().filter(|_| runner.is_tool) {
                let calls = self.project.calls_named(name).into_iter();
                let calls = calls.filter(|(own, call)| *own == file && is_handed_on(module, *call));
                found.extend(calls.filter_map(|(_, call)| self.running_tool(runner, file, call)));
            }
        }
        for maker in tools.tool.iter().filter(|it| !it.functions.is_empty()) {
            for (path, call) in self.calls_among(&maker.calls, file) {
                let ExprKind::Call { args, .. } = module.ast.kind(call) else {
                    continue;
                };
                let first = usize::from(!path.ends_with(".from_function"));
                let given = keyword(args, "func").or_else(|| positional(args, first));
                found.extend(given.and_then(|it| self.running_method(module, file, it.value)));
            }
        }
        found
    }

    /// The calls of a file of any of these functions.
    fn calls_among<'a>(&self, paths: &'a [SmolStr], file: FileId) -> Vec<(&'a SmolStr, ExprId)> {
        let found = paths.iter().flat_map(|path| {
            let name = path.rsplit('.').next().unwrap_or(path);
            let calls = self.project.calls_named(name).into_iter();
            let own = calls.filter(|it| it.0 == file);
            own.map(move |it| (path, it.1))
        });
        let is_called = |path: &SmolStr, call: ExprId| {
            let ExprKind::Call { callee, .. } = self.project.module(file)?.ast.kind(call) else {
                return None;
            };
            let seen = self.value(file, *callee);
            Some(matches!(&seen.value, Value::External(it) if it == path))
        };
        found
            .filter(|it| is_called(it.0, it.1) == Some(true))
            .collect()
    }

    fn running_tool(
        &self,
        runner: &'p Runner,
        file: FileId,
        call: ExprId,
    ) -> Option<HangingTool<'p>> {
        let seen = self.value(file, call);
        let Value::Made(made) = &seen.value else {
            return None;
        };
        self.runs_on(runner, made).then(|| HangingTool {
            at: self.callee_span(&made.site),
            name: runner.name.clone(),
            why: Endless::Runner(runner),
        })
    }

    /// `repl.run`, handed to what makes a tool of it.
    fn running_method(
        &self,
        module: &Module,
        file: FileId,
        given: ExprId,
    ) -> Option<HangingTool<'p>> {
        let ExprKind::Attribute { value, name } = module.ast.kind(given) else {
            return None;
        };
        let runner = self.runner(&self.value(file, *value), name)?;
        Some(HangingTool {
            at: self.span(file, given),
            name: smol_str::format_smolstr!("{}.{name}", runner.name),
            why: Endless::Runner(runner),
        })
    }

    /// What runs a model's words when this method of a value is called.
    fn runner(&self, of: &Seen, method: &SmolStr) -> Option<&'p Runner> {
        let Value::Made(made) = &of.value else {
            return None;
        };
        let all = &self.project.catalog.tools.runner;
        all.iter()
            .find(|it| it.methods.contains(method) && self.runs_on(it, made))
    }

    /// Whether an object is such a runner, as it comes.
    fn runs_on(&self, runner: &Runner, made: &Made) -> bool {
        if !runner.paths.contains(&made.path) {
            return false;
        }
        let keywords = self.keywords(&made.site, made.partial.as_ref());
        let is_free = |it: &SmolStr| matches!(keywords.get(it), Lookup::Missing);
        runner.unless.iter().all(is_free)
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
        if let Some(name) = self.own_run(file, call) {
            return Some((at, name));
        }
        let runs = self.runs.of_run(file, call);
        let mut endless = runs.iter().filter(|it| it.client.wait == Limit::Forever);
        // One of several clients may be another: all of them must wait.
        let first = endless.next()?;
        let all = runs.iter().all(|it| it.client.wait == Limit::Forever);
        all.then(|| (at, first.client.name.clone()))
    }

    /// The name of what a call runs without a limit: `PythonREPL().run(code)`.
    fn own_run(&self, file: FileId, call: ExprId) -> Option<String> {
        let module = self.resolver.project.module(file)?;
        let ExprKind::Call { callee, .. } = module.ast.kind(call) else {
            return None;
        };
        let ExprKind::Attribute { value, name } = module.ast.kind(*callee) else {
            return None;
        };
        let runner = self
            .resolver
            .runner(&self.resolver.value(file, *value), name)?;
        let site = Site {
            file,
            call,
            frame: None,
        };
        if let Some((argument, at)) = &runner.timeout {
            let given = self.resolver.argument(&site, *at);
            let named = self.resolver.keywords(&site, None);
            if given.is_some() || !matches!(named.get(argument), Lookup::Missing) {
                return None;
            }
        }
        Some(format!("{}.{name}", runner.name))
    }
}

/// Whether an object that a call makes is given to something, and not only used where it is made.
fn is_handed_on(module: &Module, made: ExprId) -> bool {
    let ast = &module.ast;
    let expr = ast.expr(made);
    let is_receiver = |parent: Option<ExprId>| {
        parent.is_some_and(|it| matches!(ast.kind(it), ExprKind::Attribute { .. }))
    };
    let bound = match &ast.stmt(expr.stmt).kind {
        StmtKind::Assign {
            targets,
            value: Some(value),
            ..
        } if *value == made => targets.as_slice(),
        _ => return !is_receiver(expr.parent),
    };
    let [target] = bound else { return true };
    let ExprKind::Name(name) = ast.kind(*target) else {
        return true;
    };
    (0..).map(ExprId).zip(&ast.exprs).any(|(id, it)| {
        let is_named = matches!(&it.kind, ExprKind::Name(own) if own == name);
        is_named && id != *target && !is_receiver(it.parent)
    })
}
