//! Whether an object outlives the call that makes it: handed out, stored, or used round by round.

use smol_str::SmolStr;

use crate::model::python::Module;
use crate::project::modules::Target;
use crate::project::resolve::Resolver;
use crate::project::value::{Site, Value};
use crate::source::FileId;
use crate::syntax::python::{Expr, ExprId, ExprKind, FunctionId, StmtKind};

/// How many names an object is followed through.
const NAMES: usize = 8;

/// How many callers up an object is followed that functions return.
const CALLERS: u32 = 3;

/// What becomes of an object that a function makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It is gone when the function returns.
    Ends,
    /// It is returned, and goes nowhere else.
    Returned,
    /// It is handed out or stored, or used round by round.
    GoesOn,
}

impl Resolver<'_> {
    /// Whether what a call makes is there for more than one run of the function around it; at the top
    /// of a module, whether anybody uses it at all.
    pub(super) fn outlives_its_call(&self, site: &Site) -> bool {
        let Some(module) = self.project.module(site.file) else {
            return true;
        };
        match module.ast.function_of(module.ast.expr(site.call).scope) {
            Some(function) => self.goes_on(site, function, CALLERS),
            None => self.is_used(site.file, module, site.call),
        }
    }

    /// The same, of what a call in a function makes, also where it is returned to its callers.
    fn goes_on(&self, site: &Site, function: FunctionId, levels: u32) -> bool {
        let Some(module) = self.project.module(site.file) else {
            return true;
        };
        match (Life { module, function }.fate(site.call)) {
            Fate::Ends => false,
            Fate::GoesOn => true,
            Fate::Returned => {
                let decorators = module.ast.function(function).decorators.iter();
                let mut names = decorators.filter_map(|it| decorator_name(module, *it));
                let callers = self.callers(site.file, function);
                // Whoever is not seen may keep it.
                names.any(|it| it.contains("cache"))
                    || callers.sites.is_empty()
                    || callers.sites.iter().any(|(site, _)| {
                        let module = self.project.module(site.file);
                        let scope = module.map(|it| it.ast.expr(site.call).scope);
                        let outer = module.zip(scope).and_then(|it| it.0.ast.function_of(it.1));
                        match (outer, levels) {
                            (Some(outer), 1..) => self.goes_on(site, outer, levels - 1),
                            _ => true,
                        }
                    })
            }
        }
    }

    /// Whether a file is a script that is run anew for each input of a visitor.
    pub(super) fn is_run_anew(&self, file: FileId, module: &Module) -> bool {
        let packages = &self.project.catalog.prompts.rerun_by;
        let ast = &module.ast;
        module.calls.iter().any(|call| {
            let ExprKind::Call { callee, .. } = ast.kind(*call) else {
                return false;
            };
            let is_outside = ast.function_of(ast.expr(*call).scope).is_none();
            is_outside
                && matches!(&self.value(file, *callee).value, Value::External(path)
                    if packages.iter().any(|it| path.split('.').next() == Some(it)))
        })
    }

    /// Whether the name that a value gets at the top of a module is read anywhere.
    fn is_used(&self, file: FileId, module: &Module, value: ExprId) -> bool {
        let bound = bound_names(module, value);
        let [name] = bound.as_slice() else {
            return true;
        };
        if self.is_run_anew(file, module) {
            return false;
        }
        let named = |it: &&Expr| matches!(&it.kind, ExprKind::Name(own) if own == *name);
        let reads = module.ast.exprs.iter().filter(named).count();
        // One of them is the binding itself.
        reads > 1 || self.is_imported(file, name)
    }

    /// Whether some module of the project imports a name of a file.
    fn is_imported(&self, file: FileId, name: &str) -> bool {
        let layout = &self.project.layout;
        self.project.modules().any(|(other, module)| {
            module.ast.stmts.iter().any(|it| match &it.kind {
                StmtKind::ImportFrom {
                    level,
                    module,
                    names,
                } => {
                    let fits = names.iter().any(|it| it.name == name || it.name == "*");
                    let from = || layout.resolve(other.0 as usize, *level, module);
                    fits && matches!(from(), Some(Target::File(it)) if it == file.0 as usize)
                }
                _ => false,
            })
        })
    }
}

/// One function, and what becomes of an object in it.
struct Life<'m> {
    module: &'m Module,
    function: FunctionId,
}

impl Life<'_> {
    fn fate(&self, made: ExprId) -> Fate {
        let ast = &self.module.ast;
        let mut carriers = vec![made];
        let mut names: Vec<&SmolStr> = Vec::new();
        let mut fate = Fate::Ends;
        while let Some(value) = carriers.pop() {
            let outer = self.outermost(value);
            if self.leaves(outer) || names.len() >= NAMES {
                return Fate::GoesOn;
            }
            let stmt = &ast.stmt(ast.expr(outer).stmt).kind;
            if matches!(stmt, StmtKind::Return(Some(value)) if *value == outer) {
                fate = Fate::Returned;
            }
            for name in bound_names(self.module, outer) {
                names.push(name);
                let uses = (0..).map(ExprId).zip(&ast.exprs).filter(|(id, it)| {
                    matches!(&it.kind, ExprKind::Name(own) if own == name)
                        && ast.function_of(it.scope) == Some(self.function)
                        && !self.is_receiver(*id)
                        && !bound_names(self.module, self.outermost(*id)).contains(&name)
                });
                carriers.extend(uses.map(|it| it.0).filter(|it| !self.is_target(*it)));
            }
        }
        if self.has_loop() { Fate::GoesOn } else { fate }
    }

    /// The call, dict or list that an object is handed to, and what that is handed to.
    fn outermost(&self, value: ExprId) -> ExprId {
        let ast = &self.module.ast;
        let mut at = value;
        while let Some(parent) = ast.expr(at).parent {
            match ast.kind(parent) {
                // The receiver of a method is used, and not handed on.
                ExprKind::Attribute { .. } => break,
                _ => at = parent,
            }
        }
        at
    }

    fn is_receiver(&self, name: ExprId) -> bool {
        let ast = &self.module.ast;
        let parent = ast.expr(name).parent;
        parent.is_some_and(|it| matches!(ast.kind(it), ExprKind::Attribute { .. }))
    }

    fn is_target(&self, name: ExprId) -> bool {
        match &self.module.ast.stmt(self.module.ast.expr(name).stmt).kind {
            StmtKind::Assign { targets, .. } => parts(self.module, targets).contains(&name),
            _ => false,
        }
    }

    /// Whether a statement hands an expression out of the function.
    fn leaves(&self, expr: ExprId) -> bool {
        let ast = &self.module.ast;
        if matches!(ast.kind(expr), ExprKind::Yield(_)) {
            return true;
        }
        match &ast.stmt(ast.expr(expr).stmt).kind {
            StmtKind::Assign {
                targets,
                value: Some(value),
                ..
            } if *value == expr => {
                let targets = parts(self.module, targets).into_iter();
                targets.into_iter().any(|it| match ast.kind(it) {
                    ExprKind::Name(name) => self.is_global(name),
                    _ => true,
                })
            }
            // A function that is handed the object may keep it.
            StmtKind::Expr(_) => true,
            _ => false,
        }
    }

    fn is_global(&self, name: &SmolStr) -> bool {
        let ast = &self.module.ast;
        ast.stmts.iter().any(|it| match &it.kind {
            StmtKind::Global(names) => {
                names.contains(name) && ast.function_of(it.scope) == Some(self.function)
            }
            _ => false,
        })
    }

    fn has_loop(&self) -> bool {
        let ast = &self.module.ast;
        ast.stmts.iter().any(|it| {
            let repeats = matches!(it.kind, StmtKind::While { .. } | StmtKind::For { .. });
            repeats && ast.function_of(it.scope) == Some(self.function)
        })
    }
}

/// The name of a decorator, called or bare.
fn decorator_name(module: &Module, decorator: ExprId) -> Option<&SmolStr> {
    match module.ast.kind(decorator) {
        ExprKind::Call { callee, .. } => module.ast.last_name(*callee),
        _ => module.ast.last_name(decorator),
    }
}

/// The names that a statement binds to a value, or to the parts of it.
fn bound_names(module: &Module, value: ExprId) -> Vec<&SmolStr> {
    let ast = &module.ast;
    match &ast.stmt(ast.expr(value).stmt).kind {
        StmtKind::Assign {
            targets,
            value: Some(own),
            ..
        } if *own == value => {
            let names = parts(module, targets).into_iter();
            let names = names.map(|it| match ast.kind(it) {
                ExprKind::Name(name) => Some(name),
                _ => None,
            });
            names.collect::<Option<_>>().unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

/// The targets of an assignment, each of `a, b = …` for itself.
fn parts(module: &Module, targets: &[ExprId]) -> Vec<ExprId> {
    let all = targets.iter().flat_map(|it| match module.ast.kind(*it) {
        ExprKind::Tuple(parts) | ExprKind::List(parts) => parts.clone(),
        _ => vec![*it],
    });
    all.collect()
}
