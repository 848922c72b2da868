//! What the modules of a project say about names, put together so that nobody walks all of them.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap as HashMap;
use smol_str::SmolStr;

use crate::catalog::Catalog;
use crate::model::python::Module;
use crate::project::prompts;
use crate::source::FileId;
use crate::syntax::python::{ExprId, ExprKind, ScopeId, StmtId, StmtKind};

/// Calls in the order of their files, and within a file in the order of its arena.
type Calls = HashMap<SmolStr, Vec<(FileId, ExprId)>>;

/// How many heirs of a class are looked at.
const HEIRS: usize = 64;

/// A place that replaces a method of an object that sends requests.
#[derive(Debug)]
pub(super) struct Patch {
    pub(super) file: FileId,
    pub(super) scope: ScopeId,
    /// The object's name.
    pub(super) name: SmolStr,
    pub(super) stmt: StmtId,
}

/// The names of all modules.
///
/// Adding a module and taking it out again leaves everything as it was, so that an index that
/// follows somebody who types answers as a new one would.
#[derive(Debug, Default)]
pub(super) struct Index {
    calls: Calls,
    /// By a name: those it is imported as, each with how many imports do so.
    aliases: HashMap<SmolStr, BTreeMap<SmolStr, u32>>,
    /// By a base's name: the calls of `__init__` in classes that extend it.
    subclass_inits: Calls,
    /// By a base's name: those of the classes that extend it and have no constructor of their own,
    /// each with how many do so.
    heirs: HashMap<SmolStr, BTreeMap<SmolStr, u32>>,
    /// Names that may hold a class, each with how many modules use it so.
    class_holders: HashMap<SmolStr, u32>,
    /// Names that are used otherwise than by calling them, each with how many modules do so.
    references: HashMap<SmolStr, u32>,
    /// In the order of the files and their texts.
    pub(super) patches: Vec<Patch>,
    /// The files that import a document loader.
    loaders: Vec<FileId>,
}

impl Index {
    /// Adds what a module says.
    pub(super) fn add(&mut self, file: FileId, module: &Module, catalog: &Catalog) {
        for (name, call) in calls(module) {
            insert(&mut self.calls, name.clone(), file, call);
            for base in extended(module, name, call) {
                insert(&mut self.subclass_inits, base, file, call);
            }
        }
        for (name, alias) in aliases(module) {
            let all = self.aliases.entry(name.clone()).or_default();
            *all.entry(alias.clone()).or_default() += 1;
        }
        for (base, heir) in heirs(module) {
            let all = self.heirs.entry(base.clone()).or_default();
            *all.entry(heir.clone()).or_default() += 1;
        }
        let holders = module.class_holders.iter();
        holders.for_each(|it| *self.class_holders.entry(it.clone()).or_default() += 1);
        let references = module.references.iter();
        references.for_each(|it| *self.references.entry(it.clone()).or_default() += 1);
        let at = self.patches.partition_point(|it| it.file < file);
        self.patches.splice(at..at, patches(file, module));
        let mut stmts = module.ast.stmts.iter();
        if stmts.any(|it| prompts::imports_a_loader(&it.kind, &catalog.prompts)) {
            let at = self.loaders.partition_point(|it| *it < file);
            self.loaders.insert(at, file);
        }
    }

    /// Takes out what [`Index::add`] added for the same module.
    pub(super) fn remove(&mut self, file: FileId, module: &Module) {
        for (name, call) in calls(module) {
            remove(&mut self.calls, name, file);
            for base in extended(module, name, call) {
                remove(&mut self.subclass_inits, &base, file);
            }
        }
        for (name, alias) in aliases(module) {
            if let Some(all) = self.aliases.get_mut(name) {
                lessen(all.get_mut(alias));
                all.retain(|_, count| *count > 0);
            }
        }
        for (base, heir) in heirs(module) {
            if let Some(all) = self.heirs.get_mut(base) {
                lessen(all.get_mut(heir));
                all.retain(|_, count| *count > 0);
            }
        }
        let holders = module.class_holders.iter();
        holders.for_each(|it| lessen(self.class_holders.get_mut(it)));
        let references = module.references.iter();
        references.for_each(|it| lessen(self.references.get_mut(it)));
        self.patches.retain(|it| it.file != file);
        self.loaders.retain(|it| *it != file);
    }

    /// The calls whose callee ends in a name, also under the aliases it was imported by.
    pub(super) fn calls_named(&self, name: &str) -> Vec<(FileId, ExprId)> {
        let mut calls = self.calls.get(name).cloned().unwrap_or_default();
        for alias in self.aliases.get(name).into_iter().flat_map(BTreeMap::keys) {
            calls.extend(self.calls.get(alias).into_iter().flatten());
        }
        calls
    }

    /// The calls of `__init__` in classes that extend a class of that name.
    pub(super) fn inits_of_subclasses(&self, name: &str) -> &[(FileId, ExprId)] {
        self.subclass_inits.get(name).map_or(&[], Vec::as_slice)
    }

    /// The names of the classes that are built by the constructor of a class of that name, because
    /// they extend it, directly or not, and have none of their own.
    pub(super) fn heirs(&self, name: &SmolStr) -> Vec<&SmolStr> {
        let mut found: Vec<&SmolStr> = Vec::new();
        let mut open = vec![name];
        while let Some(next) = open.pop() {
            for heir in self.heirs.get(next).into_iter().flat_map(BTreeMap::keys) {
                if heir != name && !found.contains(&heir) && found.len() < HEIRS {
                    found.push(heir);
                    open.push(heir);
                }
            }
        }
        found
    }

    /// Whether some module uses a name for what may be a class.
    pub(super) fn may_hold_a_class(&self, name: &str) -> bool {
        self.class_holders.get(name).is_some_and(|it| *it > 0)
    }

    /// Whether some module uses a name otherwise than by calling it.
    pub(super) fn is_referenced(&self, name: &str) -> bool {
        self.references.get(name).is_some_and(|it| *it > 0)
    }

    /// Whether anything imports a document loader.
    pub(super) fn has_loaders(&self) -> bool {
        !self.loaders.is_empty()
    }
}

/// Puts a call behind those of the same file and of the files before it.
fn insert(calls: &mut Calls, name: SmolStr, file: FileId, call: ExprId) {
    let all = calls.entry(name).or_default();
    // Files are mostly added in their order, and then the place is the end.
    let last = all.last().is_none_or(|it| it.0 <= file);
    let at = if last {
        all.len()
    } else {
        all.partition_point(|it| it.0 <= file)
    };
    all.insert(at, (file, call));
}

/// Takes out the calls of a file.
fn remove(calls: &mut Calls, name: &str, file: FileId) {
    let Some(all) = calls.get_mut(name) else {
        return;
    };
    let start = all.partition_point(|it| it.0 < file);
    let end = all.partition_point(|it| it.0 <= file);
    all.drain(start..end);
}

fn lessen(count: Option<&mut u32>) {
    if let Some(count) = count {
        *count = count.saturating_sub(1);
    }
}

/// The calls of a module with the last name of what they call.
fn calls(module: &Module) -> impl Iterator<Item = (&SmolStr, ExprId)> {
    module.calls.iter().filter_map(|call| {
        let ExprKind::Call { callee, .. } = module.ast.kind(*call) else {
            return None;
        };
        Some((module.ast.last_name(*callee)?, *call))
    })
}

/// The bases of the class whose constructor calls that of its base; none for any other call.
fn extended(module: &Module, name: &str, call: ExprId) -> Vec<SmolStr> {
    if name != "__init__" {
        return Vec::new();
    }
    let ast = &module.ast;
    let class = ast
        .function_of(ast.expr(call).scope)
        .and_then(|it| ast.class_of(it));
    let Some(class) = class else {
        return Vec::new();
    };
    let bases = ast.class(class).bases.iter();
    bases
        .filter_map(|it| ast.last_name(it.value).cloned())
        .collect()
}

/// The bases of the classes of a module without a constructor, each with the class.
fn heirs(module: &Module) -> impl Iterator<Item = (&SmolStr, &SmolStr)> {
    let ast = &module.ast;
    let classes = ast.classes.iter();
    let plain = classes.filter(|it| module.bindings(it.scope, "__init__").is_empty());
    plain.flat_map(|class| {
        let bases = class.bases.iter();
        bases.filter_map(|it| Some((ast.last_name(it.value)?, &class.name)))
    })
}

/// The names that a module imports under another name.
fn aliases(module: &Module) -> impl Iterator<Item = (&SmolStr, &SmolStr)> {
    let names = module.ast.stmts.iter().flat_map(|it| match &it.kind {
        StmtKind::ImportFrom { names, .. } => names.as_slice(),
        _ => &[],
    });
    names
        .filter_map(|it| Some((&it.name, it.alias.as_ref()?)))
        .filter(|(name, alias)| name != alias)
}

/// The places of a module that replace a sending method of an object, in the order of the text.
fn patches(file: FileId, module: &Module) -> Vec<Patch> {
    let mut found = Vec::new();
    for (index, stmt) in (0..).zip(&module.ast.stmts) {
        let StmtKind::Assign { targets, .. } = &stmt.kind else {
            continue;
        };
        for target in targets {
            if let ExprKind::Attribute { value, name } = module.ast.kind(*target)
                && matches!(name.as_str(), "request" | "send" | "get" | "post")
                && let ExprKind::Name(base) = module.ast.kind(*value)
            {
                found.push(Patch {
                    file,
                    scope: stmt.scope,
                    name: base.clone(),
                    stmt: StmtId(index),
                });
            }
        }
    }
    found
}
