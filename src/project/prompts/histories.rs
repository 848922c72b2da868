//! Where the messages of a conversation are kept for good, and sent again with every question.

use smol_str::SmolStr;

use crate::catalog::prompts::Memory;
use crate::model::python::Module;
use crate::model::python::sites::Called;
use crate::project::resolve::Resolver;
use crate::project::value::{Dict, Lookup, Seen, Site, Value};
use crate::source::{FileId, Span};
use crate::syntax::python::{ExprId, ExprKind, StmtKind};

/// A conversation that grows for as long as it is held.
#[derive(Debug)]
pub struct GrowingHistory {
    /// The call that makes what keeps it.
    pub callee: Span,
    /// What is made.
    pub name: SmolStr,
    /// What it is given to keep the messages in.
    pub kept: Option<Span>,
    /// What a function gives it to keep them in.
    pub stored: Option<Span>,
    /// Where they are sent, when that is not its own business.
    pub sent: Option<Span>,
    /// Where a list that the program keeps itself grows.
    pub grows: Option<Span>,
    /// What to do about it.
    pub help: String,
}

impl Resolver<'_> {
    /// All places of a file that keep conversations which nobody shortens.
    #[must_use]
    pub fn growing_histories(&self, file: FileId) -> Vec<GrowingHistory> {
        let Some(module) = self.project.module(file) else {
            return Vec::new();
        };
        let mut found = self.kept_lists(file);
        for Called { call, callee, .. } in module.called() {
            let site = Site::of(file, call);
            match module.ast.last_name(callee) {
                Some(name) if name == "compile" => {
                    found.extend(self.kept_by_a_graph(&site, module, callee));
                }
                Some(name) if self.names_a_memory(name) => found.extend(self.kept_by(&site)),
                _ => {}
            }
        }
        found
    }

    fn names_a_memory(&self, name: &SmolStr) -> bool {
        let all = &self.project.catalog.prompts.memory;
        all.iter().any(|it| {
            it.paths
                .iter()
                .any(|it| it.rsplit('.').next() == Some(name))
        })
    }

    fn kept_by(&self, site: &Site) -> Option<GrowingHistory> {
        let memories = &self.project.catalog.prompts.memory;
        let reached = self.reached(site);
        let (memory, keywords) = reached.iter().find_map(|it| {
            let memory = memories.iter().find(|own| own.paths.contains(&it.path))?;
            Some((memory, &it.keywords))
        })?;
        let is_free = |it: &SmolStr| matches!(keywords.get(it), Lookup::Missing);
        if !memory.unless.iter().all(is_free) || self.is_shortened_elsewhere(memory) {
            return None;
        }
        let kept = match &memory.needs {
            Some(needed) => match keywords.get(needed) {
                Lookup::Given(seen) if keeps(&seen) => self.keyword_span(site, needed),
                _ => return None,
            },
            None => None,
        };
        let history = self.lasting_history(site, memory, keywords);
        let is_stored = history.is_some() || memory.stored.iter().any(|it| !is_free(it));
        if !is_stored && !self.outlives_its_call(site) {
            return None;
        }
        Some(GrowingHistory {
            callee: self.callee_span(site),
            name: memory.name.clone(),
            kept,
            stored: history,
            sent: None,
            grows: None,
            help: memory.help.clone(),
        })
    }

    /// What the messages are certainly kept in, when that outlives the program: `lambda _: messages`.
    fn lasting_history(&self, site: &Site, memory: &Memory, keywords: &Dict) -> Option<Span> {
        let (name, position) = memory.history.as_ref()?;
        let given = match keywords.get(name) {
            Lookup::Given(seen) => seen,
            _ => self.argument(site, *position)?,
        };
        let kept = self.returned_to_anybody(&given, given.at)?;
        self.lasts(&kept).then_some(kept.at)
    }

    fn lasts(&self, kept: &Seen) -> bool {
        let Value::Made(made) = &kept.value else {
            return false;
        };
        let histories = &self.project.catalog.prompts.history;
        let class = made.path.rsplit('.').next().unwrap_or_default();
        let keywords = self.keywords(&made.site, made.partial.as_ref());
        let is_free = |it: &SmolStr| matches!(keywords.get(it), Lookup::Missing);
        histories.names.iter().any(|it| it == class) && histories.unless.iter().all(is_free)
    }

    fn is_shortened_elsewhere(&self, memory: &Memory) -> bool {
        memory.elsewhere && (self.shortens() || self.starts_anew())
    }

    /// Whether anything in the project shortens conversations: a name that is known for it, a function
    /// that is named for it, or a slice of messages.
    pub(super) fn shortens(&self) -> bool {
        self.project
            .modules()
            .any(|(_, module)| self.shortens_in(module))
    }

    fn shortens_in(&self, module: &Module) -> bool {
        let words = &self.project.catalog.prompts.shortening;
        let part = |name: &str, parts: &[SmolStr]| {
            let name = name.to_lowercase();
            parts.iter().any(|it| name.contains(it.as_str()))
        };
        let named = |name: &SmolStr| {
            words.names.contains(name)
                || (part(name, &words.verbs) && part(name, &words.conversations))
        };
        let ast = &module.ast;
        let imports = ast.stmts.iter().any(|it| match &it.kind {
            StmtKind::ImportFrom { names, .. } => names.iter().any(|it| named(&it.name)),
            _ => false,
        });
        let slices = ast.exprs.iter().any(|it| match &it.kind {
            ExprKind::Subscript { value, index } => {
                matches!(ast.kind(*index), ExprKind::Slice(_))
                    && own_name(module, *value).is_some_and(|it| part(it, &words.conversations))
            }
            _ => false,
        });
        imports || slices || ast.functions.iter().any(|it| named(&it.name))
    }

    /// Whether every run of the project begins a conversation of its own: each `thread_id` is made
    /// where it is passed.
    pub(super) fn starts_anew(&self) -> bool {
        let mut fresh = false;
        for (_, module) in self.project.modules() {
            for expr in &module.ast.exprs {
                let ExprKind::Dict(entries) = &expr.kind else {
                    continue;
                };
                for (key, value) in entries {
                    let is_thread = key.is_some_and(
                        |it| matches!(module.ast.kind(it), ExprKind::Str(key) if key == "thread_id"),
                    );
                    if !is_thread {
                        continue;
                    }
                    if !is_made_here(module, *value) {
                        return false;
                    }
                    fresh = true;
                }
            }
        }
        fresh
    }
}

/// What a value is called where it is kept: `messages` of `state["messages"]`.
fn own_name(module: &Module, expr: ExprId) -> Option<&SmolStr> {
    let ExprKind::Subscript { index, .. } = module.ast.kind(expr) else {
        return module.ast.last_name(expr);
    };
    match module.ast.kind(*index) {
        ExprKind::Str(key) => Some(key),
        _ => None,
    }
}

/// Whether an expression makes a name that nobody has had before: `str(uuid.uuid4())`.
fn is_made_here(module: &Module, expr: ExprId) -> bool {
    let own = module.ast.expr(expr);
    module.calls.iter().any(|it| {
        let inner = module.ast.expr(*it);
        let ExprKind::Call { callee, .. } = &inner.kind else {
            return false;
        };
        own.start <= inner.start
            && inner.end <= own.end
            && module
                .ast
                .last_name(*callee)
                .is_some_and(|it| it.starts_with("uuid"))
    })
}

/// Whether a checkpointer certainly keeps something.
pub(super) fn keeps(seen: &Seen) -> bool {
    match &seen.value {
        Value::Made(made) => made.path.contains("Saver"),
        Value::Instance(_) => true,
        Value::OneOf(all) => all.iter().all(keeps),
        _ => false,
    }
}
