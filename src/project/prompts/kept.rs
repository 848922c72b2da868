//! Lists in which a program itself keeps the messages of a conversation, and that it sends whole with each
//! question.

use smol_str::SmolStr;

use super::histories::GrowingHistory;
use super::lists::{Keeper, Lists};
use super::{SENDING, prompt_args};
use crate::project::loops::words;
use crate::project::resolve::Resolver;
use crate::project::value::{Site, Value};
use crate::source::FileId;
use crate::syntax::python::{Arg, ExprId, ExprKind, FunctionId, MODULE, StmtId, StmtKind};

/// How many names, lists and calls deep a list may lie in a prompt.
const DEPTH: u32 = 8;

/// What a call does to a list.
enum Change {
    /// It adds to it.
    Adds,
    /// It empties it.
    Clears,
    /// It takes something out of it, or counts what is in it.
    Bounds,
}

impl Resolver<'_> {
    /// The lists of a file that grow with each turn of a conversation and are sent whole.
    pub(super) fn kept_lists(&self, file: FileId) -> Vec<GrowingHistory> {
        let Some(module) = self.project.module(file) else {
            return Vec::new();
        };
        let lists = Lists {
            resolver: self,
            file,
            module,
        };
        let mut found: Vec<(Keeper<'_>, GrowingHistory)> = Vec::new();
        for call in &module.calls {
            let Some((keeper, history)) = lists.sent_by(*call) else {
                continue;
            };
            if found.iter().all(|it| it.0 != keeper) {
                found.push((keeper, history));
            }
        }
        if found.is_empty() || self.shortens() {
            return Vec::new();
        }
        found.into_iter().map(|it| it.1).collect()
    }
}

impl<'p> Lists<'_, 'p> {
    /// The growing list that a call sends to a model.
    fn sent_by(&self, call: ExprId) -> Option<(Keeper<'p>, GrowingHistory)> {
        let ast = &self.module.ast;
        let ExprKind::Call { callee, args } = ast.kind(call) else {
            return None;
        };
        let ExprKind::Attribute { value, name } = ast.kind(*callee) else {
            return None;
        };
        if !SENDING.contains(&name.as_str()) {
            return None;
        }
        let (list, keeper) = self.whole_list(args)?;
        let grows = self.grows(keeper, call)?;
        let target = self.resolver.value(self.file, *value);
        let sends = self.resolver.takes_a_prompt(&target, super::DEPTH)
            || self.resolver.stuff_chain(&target, super::DEPTH).is_some();
        if !sends || !self.goes_on(keeper) {
            return None;
        }
        let at = self.resolver.span(self.file, list);
        let text = self.resolver.project.sources().text(at);
        let history = GrowingHistory {
            callee: at,
            name: text.into(),
            kept: None,
            stored: None,
            sent: None,
            grows: Some(self.resolver.span(self.file, grows)),
            help: format!(
                "send the last ones only, as in `{text}[-20:]`, or what `trim_messages` leaves of them"
            ),
        };
        Some((keeper, history))
    }

    /// A list of messages that is a part of a prompt as a whole.
    fn whole_list(&self, args: &'p [Arg]) -> Option<(ExprId, Keeper<'p>)> {
        let words = &self
            .resolver
            .project
            .catalog
            .prompts
            .shortening
            .conversations;
        let mut open: Vec<(ExprId, u32)> = prompt_args(args).map(|it| (it.value, DEPTH)).collect();
        while let Some((expr, depth)) = open.pop() {
            if let Some(keeper) = self.keeper(expr, DEPTH) {
                let name = keeper.name().to_lowercase();
                if words.iter().any(|it| name.contains(it.as_str())) {
                    return Some((expr, keeper));
                }
            }
            if depth > 0 {
                open.extend(self.whole_parts(expr).into_iter().map(|it| (it, depth - 1)));
            }
        }
        None
    }

    /// Where a list grows from turn to turn, if nothing is ever taken out of it or counted.
    fn grows(&self, keeper: Keeper<'p>, sent: ExprId) -> Option<ExprId> {
        let mut grows = None;
        for call in &self.module.calls {
            match self.change(keeper, *call) {
                Some(Change::Adds) if grows.is_none() => {
                    grows = self.turns(keeper, *call, sent).then_some(*call);
                }
                Some(Change::Bounds) => return None,
                Some(Change::Clears) if self.starts_anew_at(keeper, *call, sent) => return None,
                _ => {}
            }
        }
        let rebinds = |targets: &[ExprId]| {
            let mut targets = targets.iter();
            targets.any(|it| self.keeper(*it, DEPTH) == Some(keeper))
        };
        let anew = self.module.ast.stmts.iter().any(|it| match &it.kind {
            StmtKind::Assign {
                targets,
                value: Some(value),
                ..
            } => rebinds(targets) && self.starts_anew_at(keeper, *value, sent),
            _ => false,
        });
        grows.filter(|_| !anew)
    }

    /// What a call does to a list.
    fn change(&self, keeper: Keeper<'p>, call: ExprId) -> Option<Change> {
        let ast = &self.module.ast;
        let ExprKind::Call { callee, args } = ast.kind(call) else {
            return None;
        };
        let (list, change) = match ast.kind(*callee) {
            ExprKind::Attribute { value, name } => match name.as_str() {
                "append" | "extend" => (*value, Change::Adds),
                "clear" => (*value, Change::Clears),
                "pop" | "popleft" | "remove" => (*value, Change::Bounds),
                _ => return None,
            },
            // Whoever looks at its length does something about it.
            ExprKind::Name(name) if name == "len" => (args.first()?.value, Change::Bounds),
            _ => return None,
        };
        (self.keeper(list, DEPTH) == Some(keeper)).then_some(change)
    }

    /// Whether something is added to a list with each turn, and not while the list is put together.
    fn turns(&self, keeper: Keeper<'p>, added: ExprId, sent: ExprId) -> bool {
        let mut loops = self.around(added).into_iter();
        if loops.any(|it| matches!(self.module.ast.stmt(it).kind, StmtKind::For { .. })) {
            return false;
        }
        let talks = |expr: ExprId| {
            self.around(expr)
                .into_iter()
                .find(|it| self.asks_person(*it))
        };
        match keeper {
            // A list of a function grows from turn to turn only where the turns are in it as well.
            Keeper::Name(scope, _) if scope != MODULE => {
                talks(sent).is_some() && talks(sent) == talks(added)
            }
            Keeper::Name(..) if self.function(sent).is_none() => {
                talks(sent).is_some() && talks(sent) == talks(added)
            }
            // The rounds of an agent are no turns.
            _ => talks(sent).is_some() || !self.is_repeated(sent),
        }
    }

    /// Whether a list begins anew there before each send: in the same run, or in a function that the
    /// program calls.
    fn starts_anew_at(&self, keeper: Keeper<'p>, at: ExprId, sent: ExprId) -> bool {
        let ast = &self.module.ast;
        let own = self.function(at);
        let around = self.around(at);
        if own == self.function(sent) {
            let outer = self.around(sent);
            let is_first = ast.expr(at).start < ast.expr(sent).start;
            let in_turn = outer.iter().position(|it| self.asks_person(*it));
            let begins = match (keeper, in_turn) {
                // Bound before the loop of the turns.
                (Keeper::Name(..), Some(turn)) => around.contains(&outer[turn]),
                (Keeper::Name(scope, _), None) => scope != MODULE,
                _ => true,
            };
            return is_first && begins && around.iter().all(|it| outer.contains(it));
        }
        let Some(function) = own else { return false };
        let name = &ast.function(function).name;
        name != "__init__"
            && !around
                .iter()
                .any(|it| matches!(ast.stmt(*it).kind, StmtKind::If(_)))
            && !self.resolver.project.calls_named(name).is_empty()
    }

    /// Whether what keeps a list is there for the next turn.
    fn goes_on(&self, keeper: Keeper<'p>) -> bool {
        let class = match keeper {
            Keeper::Own(class, _) => class,
            Keeper::Session(_) => return true,
            Keeper::Name(..) => return !self.resolver.is_run_anew(self.file, self.module),
        };
        let name = &self.module.ast.class(class).name;
        let sites = self.resolver.project.calls_named(name).into_iter();
        let mut sites = sites.filter(|(file, call)| {
            let module = self.resolver.project.module(*file);
            module.is_some_and(|it| match it.ast.kind(*call) {
                ExprKind::Call { callee, .. } => matches!(
                    self.resolver.value(*file, *callee).value,
                    Value::Class(file, own) if (file, own) == (self.file, class)
                ),
                _ => false,
            })
        });
        sites.any(|(file, call)| {
            let site = Site {
                file,
                call,
                frame: None,
            };
            self.resolver.outlives_its_call(&site)
        })
    }

    fn function(&self, expr: ExprId) -> Option<FunctionId> {
        self.module
            .ast
            .function_of(self.module.ast.expr(expr).scope)
    }

    /// The statements around an expression, its own first left out.
    fn around(&self, expr: ExprId) -> Vec<StmtId> {
        let ast = &self.module.ast;
        let function = self.function(expr);
        let first = ast.stmt(ast.expr(expr).stmt).parent;
        let outer = std::iter::successors(first, |it| ast.stmt(*it).parent);
        outer
            .take_while(|it| ast.function_of(ast.stmt(*it).scope) == function)
            .collect()
    }

    fn is_repeated(&self, expr: ExprId) -> bool {
        self.around(expr).into_iter().any(|it| {
            let stmt = &self.module.ast.stmt(it).kind;
            matches!(stmt, StmtKind::While { .. } | StmtKind::For { .. })
        })
    }

    /// Whether a statement is a loop that waits for a person in each round.
    fn asks_person(&self, stmt: StmtId) -> bool {
        let ast = &self.module.ast;
        let own = ast.stmt(stmt);
        matches!(own.kind, StmtKind::While { .. })
            && self.module.calls.iter().any(|it| {
                let expr = ast.expr(*it);
                let ExprKind::Call { callee, .. } = &expr.kind else {
                    return false;
                };
                let name = ast.last_name(*callee).map_or("", SmolStr::as_str);
                own.start <= expr.start && expr.end <= own.end && words::asks_person(name)
            })
    }
}
