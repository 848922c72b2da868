//! Reads a tree once and notes where names are bound, changed and used.

use rustc_hash::{FxHashMap as HashMap, FxHashSet as HashSet};
use smol_str::{SmolStr, format_smolstr};

use super::{Binding, Bound, Change, Changed, Module, flow};
use crate::syntax::python::{
    ArgKind, Ast, ClassId, ExprId, ExprKind, FunctionId, MODULE, ScopeId, ScopeKind, StmtId,
    StmtKind, parts,
};

/// Methods that change the object they are called on, as far as values are followed.
const CHANGING: &[&str] = &[
    "update",
    "pop",
    "setdefault",
    "clear",
    "append",
    "extend",
    "insert",
    "popitem",
    "remove",
];

/// How many keys may lead to a part of a value that is changed.
const DEEPEST: usize = 4;

impl Module {
    /// Reads a tree once and fills the tables.
    #[must_use]
    pub fn new(ast: Ast) -> Self {
        let scopes = ast.scopes.len();
        let mut builder = Builder {
            bindings: vec![HashMap::default(); scopes],
            changes: vec![HashMap::default(); scopes],
            calls: Vec::new(),
            assigned_attributes: HashMap::default(),
            star_imports: Vec::new(),
            returns: HashMap::default(),
            references: HashSet::default(),
            class_holders: HashSet::default(),
            outside: vec![HashSet::default(); scopes],
            ast: &ast,
        };
        builder.params();
        builder.declare_outside();
        for index in 0..ast.stmts.len() {
            builder.statement(StmtId(u32::try_from(index).unwrap_or(u32::MAX)));
        }
        builder.expressions();
        let Builder {
            bindings,
            changes,
            calls,
            assigned_attributes,
            star_imports,
            ..
        } = builder;
        let (returns, references) = (builder.returns, builder.references);
        let class_holders = builder.class_holders;
        let set_dynamically = set_dynamically(&ast, &calls);
        let mut branch_index = vec![0; ast.stmts.len()];
        for stmt in &ast.stmts {
            for (index, branch) in (0..).zip(flow::branches(&stmt.kind)) {
                for part in branch {
                    branch_index[part.0 as usize] = index;
                }
            }
        }
        Self {
            ast,
            bindings,
            changes,
            calls,
            assigned_attributes,
            star_imports,
            returns,
            references,
            set_dynamically,
            branch_index,
            class_holders,
        }
    }
}

struct Builder<'a> {
    ast: &'a Ast,
    bindings: Vec<HashMap<SmolStr, Vec<Binding>>>,
    changes: Vec<HashMap<SmolStr, Vec<Change>>>,
    calls: Vec<ExprId>,
    assigned_attributes: HashMap<(ClassId, SmolStr), Vec<FunctionId>>,
    star_imports: Vec<(u32, SmolStr)>,
    returns: HashMap<FunctionId, Vec<(StmtId, Option<ExprId>)>>,
    references: HashSet<SmolStr>,
    class_holders: HashSet<SmolStr>,
    /// Names that a scope declares `global` or `nonlocal`.
    outside: Vec<HashSet<SmolStr>>,
}

impl Builder<'_> {
    fn params(&mut self) {
        for (id, function) in (0..).map(FunctionId).zip(&self.ast.functions) {
            for (at, param) in function.params.iter().enumerate() {
                let what = Bound::Param(id, at);
                let binding = Binding {
                    stmt: function.stmt,
                    what,
                    elsewhere: false,
                };
                let names = &mut self.bindings[function.scope.0 as usize];
                names.entry(param.name.clone()).or_default().push(binding);
            }
        }
    }

    fn declare_outside(&mut self) {
        for stmt in &self.ast.stmts {
            if let StmtKind::Global(names) = &stmt.kind {
                self.outside[stmt.scope.0 as usize].extend(names.iter().cloned());
            }
        }
    }

    fn bind(&mut self, scope: ScopeId, name: SmolStr, stmt: StmtId, what: Bound) {
        let mut scope = scope;
        let mut elsewhere = false;
        if self.outside[scope.0 as usize].contains(&name) {
            scope = MODULE;
            elsewhere = true;
        }
        let binding = Binding {
            stmt,
            what,
            elsewhere,
        };
        self.bindings[scope.0 as usize]
            .entry(name)
            .or_default()
            .push(binding);
    }

    fn statement(&mut self, id: StmtId) {
        let ast = self.ast;
        let stmt = ast.stmt(id);
        let scope = stmt.scope;
        match &stmt.kind {
            StmtKind::Assign {
                targets,
                annotation,
                value,
            } => {
                let holds = value.is_some_and(|it| self.may_be_class(it));
                for target in targets {
                    if let (true, Some(name)) = (holds, ast.last_name(*target)) {
                        self.class_holders.insert(name.clone());
                    }
                    let what = match (value, annotation) {
                        (Some(value), _) => Bound::Value(*value),
                        (None, Some(annotation)) => Bound::Declared(*annotation),
                        (None, None) => Bound::Opaque,
                    };
                    self.target(*target, id, &what);
                }
            }
            StmtKind::AugAssign {
                target,
                operator,
                value,
            } => {
                if *operator == crate::syntax::python::Operator::Or
                    && let Some((name, keys)) = self.part(*target)
                {
                    let what = part_of(keys, Changed::Merge(*value));
                    self.change(scope, name, id, what);
                } else {
                    self.target(*target, id, &Bound::Augmented(*value));
                }
            }
            StmtKind::Import(_) | StmtKind::ImportFrom { .. } => self.import(id, scope),
            StmtKind::Return(value) => {
                if let Some(function) = ast.function_of(scope) {
                    self.returns.entry(function).or_default().push((id, *value));
                }
            }
            StmtKind::Delete(targets) => {
                for target in targets {
                    if let ExprKind::Subscript { value, index } = ast.kind(*target)
                        && let Some((name, keys)) = self.part(*value)
                    {
                        let what = part_of(keys, Changed::DeleteItem(*index));
                        self.change(scope, name, id, what);
                    }
                }
            }
            StmtKind::For {
                target, iterable, ..
            } => {
                self.target(*target, id, &Bound::Each(*iterable));
            }
            StmtKind::With { items, .. } => {
                for (value, target) in items {
                    if let Some(target) = target {
                        self.target(*target, id, &Bound::Entered(*value));
                    }
                }
            }
            StmtKind::Try { handlers, .. } => {
                for name in handlers.iter().filter_map(|it| it.name.clone()) {
                    self.bind(scope, name, id, Bound::Opaque);
                }
            }
            StmtKind::Function(function) => {
                let name = ast.function(*function).name.clone();
                self.bind(scope, name, id, Bound::Function(*function));
            }
            StmtKind::Class(class) => {
                let name = ast.class(*class).name.clone();
                self.bind(scope, name, id, Bound::Class(*class));
            }
            _ => {}
        }
    }

    /// Whether an expression looks like a class rather than an object.
    fn may_be_class(&self, value: ExprId) -> bool {
        match self.ast.kind(value) {
            ExprKind::Name(name) | ExprKind::Attribute { name, .. } => {
                name.starts_with(char::is_uppercase)
            }
            ExprKind::Subscript { .. } | ExprKind::Conditional { .. } => true,
            ExprKind::Call { callee, .. } => self.ast.last_name(*callee).is_some_and(|it| {
                matches!(it.as_str(), "getattr" | "import_string" | "get" | "partial")
            }),
            _ => false,
        }
    }

    fn import(&mut self, id: StmtId, scope: ScopeId) {
        let ast = self.ast;
        match &ast.stmt(id).kind {
            StmtKind::Import(modules) => {
                for import in modules {
                    let top = import.module.split('.').next().unwrap_or_default();
                    let (name, module) = match &import.alias {
                        Some(alias) => (alias.clone(), import.module.clone()),
                        None => (top.into(), top.into()),
                    };
                    self.bind(scope, name, id, Bound::Module(module));
                }
            }
            StmtKind::ImportFrom {
                level,
                module,
                names,
            } => {
                for import in names {
                    if import.name == "*" {
                        self.star_imports.push((*level, module.clone()));
                        continue;
                    }
                    let name = import.alias.as_ref().unwrap_or(&import.name).clone();
                    let (level, module) = (*level, module.clone());
                    let what = Bound::Imported {
                        level,
                        module,
                        name: import.name.clone(),
                    };
                    self.bind(scope, name, id, what);
                }
            }
            _ => {}
        }
    }

    /// Binds whatever an assignment target names.
    fn target(&mut self, target: ExprId, stmt: StmtId, what: &Bound) {
        let ast = self.ast;
        let scope = ast.stmt(stmt).scope;
        match ast.kind(target) {
            ExprKind::Name(name) => self.bind(scope, name.clone(), stmt, what.clone()),
            ExprKind::Attribute { name, .. } => {
                if let Some(place) = self.place(target) {
                    self.attribute(scope, &place, name);
                    self.bind(scope, place, stmt, what.clone());
                }
            }
            ExprKind::Subscript { value, index } => {
                if let (Some((name, keys)), Bound::Value(new)) = (self.part(*value), what) {
                    let what = part_of(keys, Changed::SetItem(*index, *new));
                    self.change(scope, name, stmt, what);
                }
            }
            ExprKind::Tuple(parts) | ExprKind::List(parts) => {
                for (at, part) in parts.iter().enumerate() {
                    let starred = parts
                        .iter()
                        .any(|it| matches!(ast.kind(*it), ExprKind::Star(_)));
                    let what = match what {
                        Bound::Value(value) if !starred => Bound::Element(*value, at),
                        _ => Bound::Opaque,
                    };
                    // Nested patterns are rare; their names are bound to something unknown.
                    if let ExprKind::Name(name) = ast.kind(*part) {
                        self.bind(scope, name.clone(), stmt, what);
                    } else if let Some(place) = self.place(*part) {
                        if let ExprKind::Attribute { name, .. } = ast.kind(*part) {
                            self.attribute(scope, &place, name);
                        }
                        self.bind(scope, place, stmt, what);
                    }
                }
            }
            _ => {}
        }
    }

    /// Remembers that a method assigns an attribute of its own object.
    fn attribute(&mut self, scope: ScopeId, place: &str, name: &SmolStr) {
        let Some(function) = self.ast.function_of(scope) else {
            return;
        };
        let Some(class) = self.ast.class_of(function) else {
            return;
        };
        let own = self
            .ast
            .function(function)
            .params
            .first()
            .map(|it| it.name.as_str());
        if place
            .split_once('.')
            .is_some_and(|(base, rest)| Some(base) == own && rest == name)
        {
            let all = self
                .assigned_attributes
                .entry((class, name.clone()))
                .or_default();
            if !all.contains(&function) {
                all.push(function);
            }
        }
    }

    fn change(&mut self, scope: ScopeId, name: SmolStr, stmt: StmtId, what: Changed) {
        self.changes[scope.0 as usize]
            .entry(name)
            .or_default()
            .push(Change { stmt, what });
    }

    /// A place, or a part of what lies there: `config["llm"]`, with the keys that lead to it.
    fn part(&self, id: ExprId) -> Option<(SmolStr, Vec<ExprId>)> {
        let (mut at, mut keys) = (id, Vec::new());
        while let ExprKind::Subscript { value, index } = self.ast.kind(at) {
            keys.insert(0, *index);
            at = *value;
            if keys.len() > DEEPEST {
                return None;
            }
        }
        Some((self.place(at)?, keys))
    }

    /// The name under which a place is known: `kwargs`, `self.params`. `None` for anything longer.
    fn place(&self, id: ExprId) -> Option<SmolStr> {
        match self.ast.kind(id) {
            ExprKind::Name(name) => Some(name.clone()),
            ExprKind::Attribute { value, name } => match self.ast.kind(*value) {
                ExprKind::Name(base) => Some(format_smolstr!("{base}.{name}")),
                _ => None,
            },
            _ => None,
        }
    }

    /// What only expressions tell: calls, changing methods, names bound inside expressions.
    fn expressions(&mut self) {
        let ast = self.ast;
        let types = self.types();
        for (index, expr) in ast.exprs.iter().enumerate() {
            let id = ExprId(u32::try_from(index).unwrap_or(u32::MAX));
            match &expr.kind {
                ExprKind::Call { callee, args } => {
                    self.calls.push(id);
                    for (at, arg) in args.iter().enumerate() {
                        if let (ArgKind::Positional, ExprKind::Name(name)) =
                            (&arg.kind, ast.kind(arg.value))
                        {
                            let what = Changed::Handed(id, at);
                            self.change(expr.scope, name.clone(), expr.stmt, what);
                        }
                    }
                    if let ExprKind::Attribute { value, name } = ast.kind(*callee)
                        && CHANGING.contains(&name.as_str())
                        && let Some((place, keys)) = self.part(*value)
                    {
                        let what = part_of(keys, Changed::Method(id, name.clone()));
                        self.change(expr.scope, place, expr.stmt, what);
                    }
                }
                ExprKind::Name(name) | ExprKind::Attribute { name, .. }
                    if !self.is_used_at_once(id) && !types.contains(&id) =>
                {
                    self.references.insert(name.clone());
                }
                ExprKind::Walrus(target, value) => {
                    if let ExprKind::Name(name) = ast.kind(*target) {
                        let scope = self.statement_scope(expr.scope);
                        self.bind(scope, name.clone(), expr.stmt, Bound::Value(*value));
                    }
                }
                ExprKind::Comprehension(whole) => {
                    for (target, iterable) in &whole.clauses {
                        self.comprehension_target(*target, *iterable);
                    }
                }
                _ => {}
            }
        }
        for changes in &mut self.changes {
            // Item assignments were found with the statements, methods with the expressions.
            // Each list is sorted on its own, so the order of the lists does not matter.
            #[allow(clippy::iter_over_hash_type)]
            for all in changes.values_mut() {
                all.sort_by_key(|it| it.stmt);
            }
        }
    }

    /// The expressions that only name a type: annotations, bases, what `isinstance` asks for.
    fn types(&self) -> HashSet<ExprId> {
        let ast = self.ast;
        let mut open: Vec<ExprId> = Vec::new();
        for stmt in &ast.stmts {
            if let StmtKind::Assign { annotation, .. } = &stmt.kind {
                open.extend(*annotation);
            }
        }
        for function in &ast.functions {
            open.extend(function.returns);
            open.extend(function.params.iter().filter_map(|it| it.annotation));
        }
        for class in &ast.classes {
            open.extend(class.bases.iter().map(|it| it.value));
        }
        for expr in &ast.exprs {
            if let ExprKind::Call { callee, args } = &expr.kind
                && ast
                    .last_name(*callee)
                    .is_some_and(|it| it == "isinstance" || it == "issubclass")
            {
                open.extend(args.get(1).map(|it| it.value));
            }
        }
        let mut types = HashSet::default();
        while let Some(id) = open.pop() {
            if types.insert(id) {
                parts(ast.kind(id), &mut |part| open.push(part));
            }
        }
        types
    }

    /// Whether an expression is called, or only leads to an attribute.
    fn is_used_at_once(&self, id: ExprId) -> bool {
        self.ast
            .expr(id)
            .parent
            .is_some_and(|parent| match self.ast.kind(parent) {
                ExprKind::Call { callee, .. } => *callee == id,
                ExprKind::Attribute { .. } => true,
                _ => false,
            })
    }

    fn comprehension_target(&mut self, target: ExprId, iterable: ExprId) {
        let ast = self.ast;
        let expr = ast.expr(target);
        match &expr.kind {
            ExprKind::Name(name) => {
                self.bind(expr.scope, name.clone(), expr.stmt, Bound::Each(iterable));
            }
            ExprKind::Tuple(parts) => {
                for part in parts {
                    if let ExprKind::Name(name) = ast.kind(*part) {
                        self.bind(expr.scope, name.clone(), expr.stmt, Bound::Opaque);
                    }
                }
            }
            _ => {}
        }
    }

    /// The nearest scope that a statement can stand in.
    fn statement_scope(&self, scope: ScopeId) -> ScopeId {
        let mut at = scope;
        while let (ScopeKind::Comprehension, Some(parent)) =
            (self.ast.scope(at).kind, self.ast.scope(at).parent)
        {
            at = parent;
        }
        at
    }
}

/// The classes whose methods set attributes of their object by a name that is no literal.
fn set_dynamically(ast: &Ast, calls: &[ExprId]) -> HashSet<ClassId> {
    let mut found = HashSet::default();
    for call in calls {
        let expr = ast.expr(*call);
        let ExprKind::Call { callee, args } = &expr.kind else {
            continue;
        };
        let [this, name, _] = args.as_slice() else {
            continue;
        };
        let is_setattr = matches!(ast.kind(*callee), ExprKind::Name(it) if it == "setattr");
        let of_self = matches!(ast.kind(this.value), ExprKind::Name(it) if it == "self");
        let literal = matches!(ast.kind(name.value), ExprKind::Str(_));
        if is_setattr && of_self && !literal {
            found.extend(ast.function_of(expr.scope).and_then(|it| ast.class_of(it)));
        }
    }
    found
}

/// A change of what lies under these keys, if there are any.
fn part_of(keys: Vec<ExprId>, what: Changed) -> Changed {
    if keys.is_empty() {
        return what;
    }
    Changed::Part(keys.into(), Box::new(what))
}
