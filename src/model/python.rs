//! One Python module: which names its scopes bind where, what changes them later, and what it calls.

mod bindings;
pub mod flow;
pub mod sites;

use rustc_hash::{FxHashMap as HashMap, FxHashSet as HashSet};

use smol_str::SmolStr;

use crate::syntax::python::{
    ArgKind, Ast, ClassId, ExprId, FunctionId, ScopeId, ScopeKind, StmtId,
};

/// A module and the tables that answer questions about its names.
#[derive(Debug)]
pub struct Module {
    /// The tree.
    pub ast: Ast,
    /// By scope: the places that bind a name, in the order of the text. Names are plain (`timeout`)
    /// or reach into an object (`self.timeout`).
    pub bindings: Vec<HashMap<SmolStr, Vec<Binding>>>,
    /// By scope and name: what happens to the value afterwards (`kwargs["timeout"] = 30`).
    pub changes: Vec<HashMap<SmolStr, Vec<Change>>>,
    /// Every call, in the order in which the arena holds them.
    pub calls: Vec<ExprId>,
    /// By attribute name: the methods of each class that assign `self.<name>`.
    pub assigned_attributes: HashMap<(ClassId, SmolStr), Vec<FunctionId>>,
    /// Modules whose names are all imported, in the order of the text.
    pub star_imports: Vec<(u32, SmolStr)>,
    /// By function: its `return` statements with their values.
    pub returns: HashMap<FunctionId, Vec<(StmtId, Option<ExprId>)>>,
    /// Names that are used for something else than being called at once: passed on, stored,
    /// decorated with. Who calls such a function, and how, cannot be told from its name.
    pub references: HashSet<SmolStr>,
    /// Classes with a `setattr(self, key, value)` in their methods.
    set_dynamically: HashSet<ClassId>,
    /// By statement: which branch of the statement around it it stands in.
    branch_index: Vec<u32>,
    /// Names that may hold a class: `self.client_class = ChatOpenAI`, `_type = registry[name]`.
    pub class_holders: HashSet<SmolStr>,
}

/// A place that binds a name.
#[derive(Debug, Clone)]
pub struct Binding {
    /// The statement.
    pub stmt: StmtId,
    /// What is bound.
    pub what: Bound,
    /// Whether another scope does it, by `global` or `nonlocal`: when, nobody can tell.
    pub elsewhere: bool,
}

/// What a name is bound to.
#[derive(Debug, Clone)]
pub enum Bound {
    /// The value of an expression.
    Value(ExprId),
    /// One element of the value of an expression, by position.
    Element(ExprId, usize),
    /// `name op= value`.
    Augmented(ExprId),
    /// A module; for `import a.b` without alias, the name is bound to `a`.
    Module(SmolStr),
    /// A name in a module.
    Imported {
        /// How many dots precede the module's name.
        level: u32,
        /// The module, without the dots.
        module: SmolStr,
        /// The name in it.
        name: SmolStr,
    },
    /// A function.
    Function(FunctionId),
    /// A class.
    Class(ClassId),
    /// A parameter, by its position in the function's list.
    Param(FunctionId, usize),
    /// An element of what a loop or comprehension iterates over.
    Each(ExprId),
    /// What a context manager gives.
    Entered(ExprId),
    /// Declared without a value: `timeout: float`.
    Declared(ExprId),
    /// Something we do not follow: an exception, a star target, a deletion.
    Opaque,
}

/// Something that changes a value after it was bound.
#[derive(Debug, Clone)]
pub struct Change {
    /// The statement.
    pub stmt: StmtId,
    /// What it does.
    pub what: Changed,
}

/// What is done to a value.
#[derive(Debug, Clone)]
pub enum Changed {
    /// `d[key] = value`.
    SetItem(ExprId, ExprId),
    /// `del d[key]`.
    DeleteItem(ExprId),
    /// `d.update(…)`, `d.pop(…)`, `d.setdefault(…)`, `l.append(…)`: the call and the method.
    Method(ExprId, SmolStr),
    /// `d |= value`.
    Merge(ExprId),
    /// Handed to a call, as the argument at that place.
    Handed(ExprId, usize),
    /// The same to what lies under these keys, the outermost first: `d["a"]["b"] = value`.
    Part(Box<[ExprId]>, Box<Changed>),
}

impl Module {
    /// The places that bind a name in a scope, in the order of the text.
    #[must_use]
    pub fn bindings(&self, scope: ScopeId, name: &str) -> &[Binding] {
        self.bindings[scope.0 as usize]
            .get(name)
            .map_or(&[], Vec::as_slice)
    }

    /// What changes the value of a name in a scope, in the order of the text.
    #[must_use]
    pub fn changes(&self, scope: ScopeId, name: &str) -> &[Change] {
        self.changes[scope.0 as usize]
            .get(name)
            .map_or(&[], Vec::as_slice)
    }

    /// Whether a class sets attributes of its objects by names that are made while the program runs:
    /// `setattr(self, key, value)`.
    #[must_use]
    pub fn is_set_dynamically(&self, class: ClassId) -> bool {
        self.set_dynamically.contains(&class)
    }

    /// The scope in which a name used in `scope` is bound; class bodies are skipped from within
    /// their methods, as in Python.
    #[must_use]
    pub fn scope_binding(&self, scope: ScopeId, name: &str) -> Option<ScopeId> {
        let mut at = Some(scope);
        let mut first = true;
        while let Some(id) = at {
            let info = self.ast.scope(id);
            let visible = first || !matches!(info.kind, ScopeKind::Class(_));
            if visible && self.bindings[id.0 as usize].contains_key(name) {
                return Some(id);
            }
            // A comprehension in a class body sees the class's names in its first iterable only;
            // close enough to let it see them all.
            first = first && matches!(info.kind, ScopeKind::Comprehension);
            at = info.parent;
        }
        None
    }
}

/// The value of a keyword among arguments.
#[must_use]
pub fn keyword<'a>(
    args: &'a [crate::syntax::python::Arg],
    name: &str,
) -> Option<&'a crate::syntax::python::Arg> {
    args.iter()
        .find(|arg| matches!(&arg.kind, ArgKind::Keyword(own) if own == name))
}

/// The value at a position among arguments; `None` behind a `*spread`.
#[must_use]
pub fn positional(
    args: &[crate::syntax::python::Arg],
    at: usize,
) -> Option<&crate::syntax::python::Arg> {
    let mut seen = 0;
    for arg in args {
        match arg.kind {
            ArgKind::Star => return None,
            ArgKind::Positional if seen == at => return Some(arg),
            ArgKind::Positional => seen += 1,
            _ => {}
        }
    }
    None
}
