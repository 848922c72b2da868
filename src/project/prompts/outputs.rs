//! Which tools return text of any size to the model that called them.

use smol_str::SmolStr;

use super::flow::Walk;
use super::loads::{Flow, Load};
use crate::model::python::Module;
use crate::project::origins::Place;
use crate::project::resolve::Resolver;
use crate::source::{FileId, Span};
use crate::syntax::python::{ExprId, ExprKind, FunctionId, StmtKind};

/// A tool that returns all of what it reads.
#[derive(Debug)]
pub struct ToolOutput {
    /// What is returned.
    pub returned: Span,
    /// The tool's name.
    pub tool: SmolStr,
    /// Where it is defined.
    pub defined: Span,
    /// Where the text was loaded, and how it got here.
    pub load: Load,
}

impl Resolver<'_> {
    /// The tools of a file that return text of any size; the first such return of each.
    #[must_use]
    pub fn tool_outputs(&self, file: FileId) -> Vec<ToolOutput> {
        let Some(module) = self.project.module(file) else {
            return Vec::new();
        };
        let own = (file, FunctionId(0))..=(file, FunctionId(u32::MAX));
        let tools = self.project.tools().range(own).map(|it| it.1);
        let found: Vec<ToolOutput> = tools
            .filter_map(|it| self.tool_output(file, module, it))
            .collect();
        if found.is_empty() || self.are_guarded() {
            return Vec::new();
        }
        found
    }

    fn tool_output(
        &self,
        file: FileId,
        module: &Module,
        function: FunctionId,
    ) -> Option<ToolOutput> {
        let own = module.ast.function(function);
        let walk = Walk::new(self);
        let returns = module.returns.get(&function).into_iter().flatten();
        returns.filter_map(|it| it.1).find_map(|returned| {
            let place = Place {
                file,
                expr: content(module, returned),
                frame: None,
            };
            let Flow::All(load) = walk.flow(&place) else {
                return None;
            };
            Some(ToolOutput {
                returned: self.span(file, returned),
                tool: self.tool_name(file, function),
                defined: Span {
                    file,
                    start: own.name_span.start,
                    end: own.name_span.end,
                },
                load: (*load).clone(),
            })
        })
    }

    /// Whether the project has something that may cut what tools return.
    fn are_guarded(&self) -> bool {
        let guards = &self.project.catalog.prompts.tool_guards;
        self.project.modules().any(|(_, module)| {
            let imported = module.ast.stmts.iter().any(|it| match &it.kind {
                StmtKind::ImportFrom { names, .. } => {
                    names.iter().any(|it| guards.contains(&it.name))
                }
                _ => false,
            });
            let mut functions = module.ast.functions.iter();
            imported || functions.any(|it| guards.contains(&it.name))
        })
    }
}

/// What the model reads of a returned value: of a pair, the second part is for the program.
fn content(module: &Module, returned: ExprId) -> ExprId {
    match module.ast.kind(returned) {
        ExprKind::Tuple(parts) => *parts.first().unwrap_or(&returned),
        _ => returned,
    }
}
