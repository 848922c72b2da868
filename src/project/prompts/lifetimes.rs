//! Whether an object outlives the call that makes it: handed out, stored, or used round by round.

use smol_str::SmolStr;

use crate::model::python::Module;
use crate::project::modules::Target;
use crate::project::resolve::Resolver;
use crate::project::value::Site;
use crate::source::FileId;
use crate::syntax::python::{Expr, ExprId, ExprKind, FunctionId, StmtKind};

/// How many names an object is followed through.
const NAMES: usize = 8;

impl Resolver<'_> {
    /// Whether what a call makes is there for more than one run of the function around it; at the top
    /// of a module, whether anybody uses it at all.
    pub(super) fn outlives_its_call(&self, site: &Site) -> bool {
        let Some(module) = self.project.module(site.file) else {
            return true;
        };
        match module.ast.function_of(module.ast.expr(site.call).scope) {
            Some(function) => Life { module, function }.escapes(site.call),
            None => self.is_used(site.file, module, site.call),
        }
    }

    /// Whether the name that a value gets at the top of a module is read anywhere.
    fn is_used(&self, file: FileId, module: &Module, value: ExprId) -> bool {
        let Some(name) = bound_name(module, value) else {
            return true;
        };
        let named = |it: &&Expr| matches!(&it.kind, ExprKind::Name(own) if own == name);
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
    fn escapes(&self, made: ExprId) -> bool {
        let ast = &self.module.ast;
        let mut carriers = vec![made];
        let mut names: Vec<&SmolStr> = Vec::new();
        while let Some(value) = carriers.pop() {
            let outer = self.outermost(value);
            if self.leaves(outer) || names.len() >= NAMES {
                return true;
            }
            let Some(name) = bound_name(self.module, outer) else {
                continue;
            };
            names.push(name);
            let uses = (0..).map(ExprId).zip(&ast.exprs).filter(|(id, it)| {
                matches!(&it.kind, ExprKind::Name(own) if own == name)
                    && ast.function_of(it.scope) == Some(self.function)
                    && !self.is_receiver(*id)
                    && bound_name(self.module, self.outermost(*id)) != Some(name)
            });
            carriers.extend(uses.map(|it| it.0).filter(|it| !self.is_target(*it)));
        }
        self.has_loop()
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
            StmtKind::Assign { targets, .. } => targets.contains(&name),
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
            StmtKind::Return(Some(value)) => *value == expr,
            StmtKind::Assign {
                targets,
                value: Some(value),
                ..
            } if *value == expr => targets.iter().any(|it| match ast.kind(*it) {
                ExprKind::Name(name) => self.is_global(name),
                _ => true,
            }),
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

/// The only name that a statement binds to a value.
fn bound_name(module: &Module, value: ExprId) -> Option<&SmolStr> {
    let ast = &module.ast;
    match &ast.stmt(ast.expr(value).stmt).kind {
        StmtKind::Assign {
            targets,
            value: Some(own),
            ..
        } if *own == value => match targets.as_slice() {
            [only] => match ast.kind(*only) {
                ExprKind::Name(name) => Some(name),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}
