//! Which functions are tools that an agent calls, and where these wait for another program.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;

use crate::catalog::tools::{Process, ToolMaker};
use crate::model::python::{keyword, positional};
use crate::project::bounds::CALLERS;
use crate::project::resolve::Resolver;
use crate::project::resolve::objects::Base;
use crate::project::value::{Lookup, Seen, Site, Value};
use crate::source::{FileId, Span};
use crate::syntax::python::{ClassId, ExprId, ExprKind, FunctionId};

/// A function of the project.
type Own = (FileId, FunctionId);

/// The functions that are tools, by name: so many calls need no look at all.
pub(super) type Tools = BTreeSet<Own>;

/// A wait for another program, in code that a tool reaches.
#[derive(Debug)]
pub struct ProcessWait<'c> {
    /// What is called.
    pub callee: Span,
    /// The callee as it is written: `subprocess.run`.
    pub name: String,
    /// What the catalogue says of it.
    pub entry: &'c Process,
    /// The tool's name.
    pub tool: SmolStr,
    /// Where the tool is defined.
    pub defined: Span,
}

impl<'p> Resolver<'p> {
    /// The calls of a file that wait for another program without a limit, where a tool reaches them.
    #[must_use]
    pub fn process_waits(&self, file: FileId) -> Vec<ProcessWait<'p>> {
        let Some(module) = self.project.module(file) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for entry in &self.project.catalog.tools.process {
            let interrupts = |name: &SmolStr| entry.interrupts.contains(name);
            let names = |call: &ExprId| module.ast.last_name(callee_of(&module.ast, *call)?);
            if module.calls.iter().filter_map(names).any(interrupts) {
                continue;
            }
            for call in module.calls.iter().copied() {
                if !names(&call).is_some_and(|it| may_wait(entry, it)) {
                    continue;
                }
                found.extend(self.process_wait(entry, file, call));
            }
        }
        found
    }

    fn process_wait(
        &self,
        entry: &'p Process,
        file: FileId,
        call: ExprId,
    ) -> Option<ProcessWait<'p>> {
        let module = self.project.module(file)?;
        let callee = callee_of(&module.ast, call)?;
        let position = match &self.value(file, callee).value {
            Value::External(path) if entry.functions.contains(path) => None,
            Value::Member(of, method) => {
                let class =
                    |it: &Seen| matches!(&it.value, Value::Made(it) if it.path == entry.class);
                of.alternatives().iter().find(|it| class(it))?;
                Some(*entry.methods.get(method)?)
            }
            _ => return None,
        };
        if module.is_dead(module.ast.expr(call).stmt) || self.is_ended(entry, file, callee) {
            return None;
        }
        let site = Site::of(file, call);
        let by_position = position.and_then(|at| self.argument(&site, at));
        let given = match by_position {
            Some(seen) => Lookup::Given(seen),
            None => self.keywords(&site, None).get(&entry.timeout),
        };
        match given {
            Lookup::Missing => {}
            Lookup::Given(seen) if matches!(seen.value, Value::None) => {}
            _ => return None,
        }
        let function = module.ast.function_of(module.ast.expr(call).scope)?;
        if self.bounded_outside(file, call, CALLERS) {
            return None;
        }
        let (file, function) = self.tool_around((file, function))?;
        let own = self.project.module(file)?.ast.function(function);
        let callee = self.callee_span(&site);
        Some(ProcessWait {
            callee,
            name: self.project.sources().text(callee).to_owned(),
            entry,
            tool: self.tool_name(file, function),
            defined: Span {
                file,
                start: own.name_span.start,
                end: own.name_span.end,
            },
        })
    }

    /// Whether a wait comes after the end of its program: `process.kill()`, `process.wait()`.
    fn is_ended(&self, entry: &Process, file: FileId, waits: ExprId) -> bool {
        let Some(ast) = self.project.module(file).map(|it| &it.ast) else {
            return false;
        };
        let ExprKind::Attribute { value: waited, .. } = ast.kind(waits) else {
            return false;
        };
        let own = ast.expr(waits);
        let text = |it: ExprId| self.project.sources().text(self.span(file, it));
        let block = ast.stmt(own.stmt).parent;
        ast.exprs.iter().any(|it| match &it.kind {
            ExprKind::Attribute { value, name } => {
                it.scope == own.scope
                    && it.start < own.start
                    && entry.ends.contains(name)
                    && ast.stmt(it.stmt).parent == block
                    && text(*value) == text(*waited)
            }
            _ => false,
        })
    }

    /// The tool that a function is, stands in, or is called by.
    fn tool_around(&self, function: Own) -> Option<Own> {
        let tools = self.project.tools();
        let mut seen = BTreeSet::from([function]);
        let mut level = vec![function];
        for _ in 0..=CALLERS {
            let mut next = Vec::new();
            for (file, function) in level {
                if tools.contains(&(file, function)) {
                    return Some((file, function));
                }
                let ast = &self.project.module(file)?.ast;
                let outer = ast.function_of(ast.function(function).outer);
                next.extend(outer.map(|it| (file, it)));
                for (site, _) in &self.callers(file, function).sites {
                    let ast = &self.project.module(site.file)?.ast;
                    let caller = ast.function_of(ast.expr(site.call).scope);
                    next.extend(caller.map(|it| (site.file, it)));
                }
            }
            next.retain(|it| seen.insert(*it));
            level = next;
        }
        None
    }

    /// How people know a tool: by the class around it when every tool of that kind has a method of
    /// this name, as `_run`.
    pub(super) fn tool_name(&self, file: FileId, function: FunctionId) -> SmolStr {
        let Some(ast) = self.project.module(file).map(|it| &it.ast) else {
            return SmolStr::default();
        };
        let own = &ast.function(function).name;
        let makers = &self.project.catalog.tools.tool;
        match ast.class_of(function) {
            Some(class) if makers.iter().any(|it| it.methods.contains(own)) => {
                ast.class(class).name.clone()
            }
            _ => own.clone(),
        }
    }

    /// All functions of the project that are tools.
    pub(super) fn find_tools(&self) -> Tools {
        let mut found = Tools::new();
        for (file, _) in self.project.modules() {
            self.decorated_tools(file, &mut found);
            self.tool_classes(file, &mut found);
        }
        let mut by_name: BTreeMap<&str, Vec<&ToolMaker>> = BTreeMap::new();
        for maker in &self.project.catalog.tools.tool {
            for path in &maker.calls {
                let last = path.rsplit('.').next().unwrap_or(path);
                by_name.entry(last).or_default().push(maker);
            }
        }
        for (name, makers) in by_name {
            for (file, call) in self.project.calls_named(name) {
                self.handed_tools(&makers, file, call, &mut found);
            }
        }
        found
    }

    fn decorated_tools(&self, file: FileId, found: &mut Tools) {
        let Some(module) = self.project.module(file) else {
            return;
        };
        let tools = &self.project.catalog.tools;
        let makers = &tools.tool;
        for (id, function) in (0..).map(FunctionId).zip(&module.ast.functions) {
            let is_tool = function.decorators.iter().any(|decorator| {
                let callee = callee_of(&module.ast, *decorator).unwrap_or(*decorator);
                let name = module.ast.last_name(callee);
                if !name.is_some_and(|it| tools.may_decorate(it)) {
                    return false;
                }
                match &self.value(file, callee).value {
                    Value::External(path) => makers.iter().any(|it| it.decorators.contains(path)),
                    Value::Member(of, method) => makers.iter().any(|it| {
                        let class = |of: &Seen| matches!(&of.value, Value::Made(made) if it.classes.contains(&made.path));
                        it.decorator_methods.contains(method) && of.alternatives().iter().any(class)
                    }),
                    _ => false,
                }
            });
            if is_tool {
                found.insert((file, id));
            }
        }
    }

    fn tool_classes(&self, file: FileId, found: &mut Tools) {
        let Some(module) = self.project.module(file) else {
            return;
        };
        for (class, own) in (0..).map(ClassId).zip(&module.ast.classes) {
            if own.bases.is_empty() {
                continue;
            }
            let bases = self.bases(file, class);
            for maker in &self.project.catalog.tools.tool {
                let extends =
                    |it: &Base| matches!(it, Base::Library(path) if maker.bases.contains(path));
                if bases.iter().any(extends) {
                    let methods = maker.methods.iter();
                    found.extend(methods.filter_map(|it| self.method(file, class, it)));
                }
            }
        }
    }

    /// The functions that a call makes tools of.
    fn handed_tools(&self, makers: &[&ToolMaker], file: FileId, call: ExprId, found: &mut Tools) {
        let Some(module) = self.project.module(file) else {
            return;
        };
        let ExprKind::Call { callee, args } = module.ast.kind(call) else {
            return;
        };
        let Value::External(path) = &self.value(file, *callee).value else {
            return;
        };
        for maker in makers.iter().filter(|it| it.calls.contains(path)) {
            for argument in maker.functions.iter().chain(&maker.lists) {
                let arg = match argument.parse::<usize>() {
                    Ok(at) => positional(args, at),
                    Err(_) => keyword(args, argument),
                };
                let Some(arg) = arg else { continue };
                let seen = self.value(file, arg.value);
                let items = seen.alternatives().iter().flat_map(|it| match &it.value {
                    Value::List(list) => list.items.clone(),
                    _ => vec![it.clone()],
                });
                found.extend(items.filter_map(|it| own_function(&it)));
            }
        }
    }
}

fn own_function(seen: &Seen) -> Option<Own> {
    match &seen.value {
        Value::Function(file, function, _) | Value::BoundMethod(_, file, function) => {
            Some((*file, *function))
        }
        _ => None,
    }
}

/// Whether a call of that name can wait for another program.
fn may_wait(entry: &Process, name: &SmolStr) -> bool {
    let last = |path: &SmolStr| path.rsplit('.').next() == Some(name.as_str());
    entry.methods.contains_key(name) || entry.functions.iter().any(last)
}

fn callee_of(ast: &crate::syntax::python::Ast, expr: ExprId) -> Option<ExprId> {
    match ast.kind(expr) {
        ExprKind::Call { callee, .. } => Some(*callee),
        _ => None,
    }
}
