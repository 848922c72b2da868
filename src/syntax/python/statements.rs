//! The statements of the grammar, written into the arena.

use smol_str::SmolStr;
use tree_sitter::TreeCursor;

use super::expressions::operator_of;
use super::kinds::{Field, Kind};
use super::lower::{DEPTH, Lower, offset};
use super::{
    Block, Class, ClassId, ExprId, ExprKind, Handler, ImportedModule, ImportedName, Operator,
    ScopeKind, Stmt, StmtId, StmtKind,
};

impl Lower<'_> {
    /// Writes the statements under the cursor, which stands on a module, a block or an error.
    pub(super) fn block(&mut self, cursor: &mut TreeCursor<'_>) -> Block {
        let mut block = Vec::new();
        self.children(cursor, |this, cursor, _, kind| {
            if cursor.node().is_named() {
                this.statement(cursor, kind, &mut block);
            }
        });
        block
    }

    fn statement(&mut self, cursor: &mut TreeCursor<'_>, kind: Kind, block: &mut Block) {
        if self.depth >= DEPTH {
            return;
        }
        self.depth += 1;
        match kind {
            // What the grammar could not place may still hold sound statements.
            Kind::Error | Kind::Block => {
                let inner = self.block(cursor);
                block.extend(inner);
            }
            Kind::ExpressionStatement => {
                self.children(cursor, |this, cursor, _, kind| {
                    if cursor.node().is_named() {
                        let id = this.open_stmt(cursor);
                        let kind = this.simple(cursor, kind);
                        block.push(this.close_stmt(id, kind));
                    }
                });
            }
            _ => {
                let id = self.open_stmt(cursor);
                let kind = self.stmt_kind(cursor, kind, id);
                block.push(self.close_stmt(id, kind));
            }
        }
        self.depth -= 1;
    }

    /// Adds a statement without its parts, so that they can refer to it.
    fn open_stmt(&mut self, cursor: &TreeCursor<'_>) -> StmtId {
        let id = StmtId(offset(self.ast.stmts.len()));
        let range = Self::range(cursor);
        self.ast.stmts.push(Stmt {
            kind: StmtKind::Break,
            start: range.start,
            end: range.end,
            header_end: range.end,
            scope: self.scope,
            parent: self.parent,
        });
        self.stmt = id;
        id
    }

    fn close_stmt(&mut self, id: StmtId, kind: StmtKind) -> StmtId {
        self.ast.stmts[id.0 as usize].kind = kind;
        id
    }

    fn stmt_kind(&mut self, cursor: &mut TreeCursor<'_>, kind: Kind, id: StmtId) -> StmtKind {
        match kind {
            Kind::Import => StmtKind::Import(self.imported_modules(cursor)),
            Kind::ImportFrom => self.import_from(cursor),
            Kind::FutureImport => StmtKind::Other(Vec::new()),
            Kind::Return => StmtKind::Return(self.exprs(cursor).first().copied()),
            Kind::Raise => StmtKind::Raise(self.exprs(cursor).first().copied()),
            Kind::Delete => StmtKind::Delete(self.flat_exprs(cursor)),
            Kind::Global | Kind::Nonlocal => StmtKind::Global(self.names(cursor)),
            Kind::Break => StmtKind::Break,
            Kind::Continue => StmtKind::Continue,
            Kind::If => self.if_statement(cursor, id),
            Kind::While => self.while_statement(cursor, id),
            Kind::For => self.for_statement(cursor, id),
            Kind::Try => self.try_statement(cursor, id),
            Kind::With => self.with_statement(cursor, id),
            Kind::Match => self.match_statement(cursor, id),
            Kind::Function => self.function(cursor, id, Vec::new()),
            Kind::Class => self.class(cursor, id, Vec::new()),
            Kind::Decorated => self.decorated(cursor, id),
            _ => StmtKind::Other(self.exprs(cursor)),
        }
    }

    /// What an expression statement holds.
    fn simple(&mut self, cursor: &mut TreeCursor<'_>, kind: Kind) -> StmtKind {
        match kind {
            Kind::Assignment => self.assignment(cursor),
            Kind::AugmentedAssignment => self.augmented(cursor),
            _ => StmtKind::Expr(self.expr(cursor)),
        }
    }

    fn assignment(&mut self, cursor: &mut TreeCursor<'_>) -> StmtKind {
        let (mut targets, mut annotation, mut value) = (Vec::new(), None, None);
        self.children(cursor, |this, cursor, field, kind| match (field, kind) {
            (Field::Left, _) => targets.push(this.expr(cursor)),
            (Field::Type, _) => annotation = Some(this.expr(cursor)),
            (Field::Right, Kind::Assignment) if this.depth < DEPTH => {
                this.depth += 1;
                if let StmtKind::Assign {
                    targets: more,
                    value: inner,
                    ..
                } = this.assignment(cursor)
                {
                    targets.extend(more);
                    value = inner;
                }
                this.depth -= 1;
            }
            (Field::Right, _) => value = Some(this.expr(cursor)),
            _ => {}
        });
        StmtKind::Assign {
            targets,
            annotation,
            value,
        }
    }

    fn augmented(&mut self, cursor: &mut TreeCursor<'_>) -> StmtKind {
        let (mut target, mut value, mut operator) = (None, None, Operator::Other);
        self.children(cursor, |this, cursor, field, _| match field {
            Field::Left => target = Some(this.expr(cursor)),
            Field::Right => value = Some(this.expr(cursor)),
            Field::Operator => operator = operator_of(this.text(cursor)),
            _ => {}
        });
        match (target, value) {
            (Some(target), Some(value)) => StmtKind::AugAssign {
                target,
                operator,
                value,
            },
            _ => StmtKind::Other(target.into_iter().chain(value).collect()),
        }
    }

    fn imported_modules(&mut self, cursor: &mut TreeCursor<'_>) -> Vec<ImportedModule> {
        let mut modules = Vec::new();
        self.children(cursor, |this, cursor, field, _| {
            if field == Field::Name {
                let name = this.imported_name(cursor);
                modules.push(ImportedModule {
                    module: name.name,
                    alias: name.alias,
                });
            }
        });
        modules
    }

    fn import_from(&mut self, cursor: &mut TreeCursor<'_>) -> StmtKind {
        let (mut level, mut module, mut names) = (0, SmolStr::default(), Vec::new());
        self.children(cursor, |this, cursor, field, kind| match (field, kind) {
            (Field::ModuleName, _) => {
                let text: String = this.text(cursor).split_whitespace().collect();
                let name = text.trim_start_matches('.');
                level = offset(text.len() - name.len());
                module = name.into();
            }
            (Field::Name, _) => names.push(this.imported_name(cursor)),
            (_, Kind::WildcardImport) => {
                names.push(ImportedName {
                    name: SmolStr::new_static("*"),
                    alias: None,
                });
            }
            _ => {}
        });
        StmtKind::ImportFrom {
            level,
            module,
            names,
        }
    }

    /// `a.b` or `a.b as c`.
    fn imported_name(&mut self, cursor: &mut TreeCursor<'_>) -> ImportedName {
        if Self::kind(cursor) != Kind::AliasedImport {
            let name: String = self.text(cursor).split_whitespace().collect();
            return ImportedName {
                name: name.into(),
                alias: None,
            };
        }
        let (mut name, mut alias) = (SmolStr::default(), None);
        self.children(cursor, |this, cursor, field, _| match field {
            Field::Name => name = this.name(cursor),
            Field::Alias => alias = Some(this.name(cursor)),
            _ => {}
        });
        ImportedName { name, alias }
    }

    fn names(&mut self, cursor: &mut TreeCursor<'_>) -> Vec<SmolStr> {
        let mut names = Vec::new();
        self.children(cursor, |this, cursor, _, kind| {
            if kind == Kind::Identifier {
                names.push(this.name(cursor));
            }
        });
        names
    }

    /// The named children, with a list of expressions taken apart.
    fn flat_exprs(&mut self, cursor: &mut TreeCursor<'_>) -> Vec<ExprId> {
        let mut flat = Vec::new();
        for id in self.exprs(cursor) {
            match self.ast.kind(id) {
                ExprKind::Tuple(parts) => flat.extend(parts.iter().copied()),
                _ => flat.push(id),
            }
        }
        flat
    }

    /// The statements of a part of the compound statement `owner`.
    fn suite(&mut self, cursor: &mut TreeCursor<'_>, owner: StmtId) -> Block {
        let own = &mut self.ast.stmts[owner.0 as usize];
        if own.header_end == own.end {
            own.header_end = end_before(cursor).max(own.start);
        }
        let outer = self.parent.replace(owner);
        let block = self.block(cursor);
        self.parent = outer;
        self.stmt = owner;
        block
    }

    /// The block that is a field of the node under the cursor, as in `else: …`.
    fn clause(&mut self, cursor: &mut TreeCursor<'_>, owner: StmtId) -> Block {
        let mut block = Vec::new();
        self.children(cursor, |this, cursor, _, kind| {
            if kind == Kind::Block {
                block = this.suite(cursor, owner);
            }
        });
        block
    }

    fn if_statement(&mut self, cursor: &mut TreeCursor<'_>, id: StmtId) -> StmtKind {
        let mut branches = Vec::new();
        let (mut test, mut body) = (None, Vec::new());
        self.children(cursor, |this, cursor, field, kind| match (field, kind) {
            (Field::Condition, _) => test = Some(this.expr(cursor)),
            (Field::Consequence, _) => {
                body = this.suite(cursor, id);
                branches.push((test.take(), std::mem::take(&mut body)));
            }
            (_, Kind::Elif) => {
                let (mut test, mut body) = (None, Vec::new());
                this.children(cursor, |this, cursor, field, _| match field {
                    Field::Condition => test = Some(this.expr(cursor)),
                    Field::Consequence => body = this.suite(cursor, id),
                    _ => {}
                });
                branches.push((test, body));
            }
            (_, Kind::Else) => {
                let body = this.clause(cursor, id);
                branches.push((None, body));
            }
            _ => {}
        });
        StmtKind::If(branches)
    }

    fn while_statement(&mut self, cursor: &mut TreeCursor<'_>, id: StmtId) -> StmtKind {
        let (mut test, mut body, mut otherwise) = (None, Vec::new(), Vec::new());
        self.children(cursor, |this, cursor, field, kind| match (field, kind) {
            (Field::Condition, _) => test = Some(this.expr(cursor)),
            (Field::Body, _) => body = this.suite(cursor, id),
            (_, Kind::Else) => otherwise = this.clause(cursor, id),
            _ => {}
        });
        match test {
            Some(test) => StmtKind::While {
                test,
                body,
                otherwise,
            },
            None => StmtKind::Other(Vec::new()),
        }
    }

    fn for_statement(&mut self, cursor: &mut TreeCursor<'_>, id: StmtId) -> StmtKind {
        let (mut target, mut iterable) = (None, None);
        let (mut body, mut otherwise) = (Vec::new(), Vec::new());
        self.children(cursor, |this, cursor, field, kind| match (field, kind) {
            (Field::Left, _) => target = Some(this.expr(cursor)),
            (Field::Right, _) => iterable = Some(this.expr(cursor)),
            (Field::Body, _) => body = this.suite(cursor, id),
            (_, Kind::Else) => otherwise = this.clause(cursor, id),
            _ => {}
        });
        match (target, iterable) {
            (Some(target), Some(iterable)) => StmtKind::For {
                target,
                iterable,
                body,
                otherwise,
            },
            _ => StmtKind::Other(Vec::new()),
        }
    }

    fn try_statement(&mut self, cursor: &mut TreeCursor<'_>, id: StmtId) -> StmtKind {
        let (mut body, mut handlers) = (Vec::new(), Vec::new());
        let (mut otherwise, mut finally) = (Vec::new(), Vec::new());
        self.children(cursor, |this, cursor, field, kind| match (field, kind) {
            (Field::Body, _) => body = this.suite(cursor, id),
            (_, Kind::Except | Kind::ExceptGroup) => handlers.push(this.handler(cursor, id)),
            (_, Kind::Else) => otherwise = this.clause(cursor, id),
            (_, Kind::Finally) => finally = this.clause(cursor, id),
            _ => {}
        });
        StmtKind::Try {
            body,
            handlers,
            otherwise,
            finally,
        }
    }

    /// `except E as e:`, which the grammar writes in two ways.
    fn handler(&mut self, cursor: &mut TreeCursor<'_>, id: StmtId) -> Handler {
        let (mut exception, mut name, mut body) = (None, None, Vec::new());
        self.children(cursor, |this, cursor, field, kind| match (field, kind) {
            (_, Kind::Block) => body = this.suite(cursor, id),
            (Field::Alias, _) => name = Some(this.name(cursor)),
            (_, Kind::AsPattern) => {
                let (value, target) = this.as_pattern(cursor);
                exception = value;
                name = target.and_then(|it| match this.ast.kind(it) {
                    ExprKind::Name(name) => Some(name.clone()),
                    _ => None,
                });
            }
            _ if cursor.node().is_named() => exception = Some(this.expr(cursor)),
            _ => {}
        });
        Handler {
            exception,
            name,
            body,
        }
    }

    /// The value and the target of `value as target`.
    fn as_pattern(&mut self, cursor: &mut TreeCursor<'_>) -> (Option<ExprId>, Option<ExprId>) {
        let (mut value, mut target) = (None, None);
        self.children(cursor, |this, cursor, field, kind| match (field, kind) {
            (Field::Alias, _) | (_, Kind::AsPatternTarget) => target = Some(this.expr(cursor)),
            _ if cursor.node().is_named() => value = Some(this.expr(cursor)),
            _ => {}
        });
        (value, target)
    }

    fn with_statement(&mut self, cursor: &mut TreeCursor<'_>, id: StmtId) -> StmtKind {
        let (mut items, mut body) = (Vec::new(), Vec::new());
        self.children(cursor, |this, cursor, field, kind| match (field, kind) {
            (Field::Body, _) => body = this.suite(cursor, id),
            (_, Kind::WithClause) => this.children(cursor, |this, cursor, _, kind| {
                if kind == Kind::WithItem {
                    this.with_item(cursor, &mut items);
                }
            }),
            _ => {}
        });
        StmtKind::With { items, body }
    }

    fn with_item(
        &mut self,
        cursor: &mut TreeCursor<'_>,
        items: &mut Vec<(ExprId, Option<ExprId>)>,
    ) {
        self.children(cursor, |this, cursor, _, kind| {
            if kind == Kind::AsPattern {
                if let (Some(value), target) = this.as_pattern(cursor) {
                    items.push((value, target));
                }
            } else if cursor.node().is_named() {
                items.push((this.expr(cursor), None));
            }
        });
    }

    fn match_statement(&mut self, cursor: &mut TreeCursor<'_>, id: StmtId) -> StmtKind {
        let (mut subject, mut cases) = (Vec::new(), Vec::new());
        self.children(cursor, |this, cursor, field, kind| match (field, kind) {
            (Field::Subject, _) => subject.push(this.expr(cursor)),
            (_, Kind::Case) => cases.push(this.case(cursor, id)),
            (_, Kind::Block) => this.children(cursor, |this, cursor, _, kind| {
                if kind == Kind::Case {
                    cases.push(this.case(cursor, id));
                }
            }),
            _ => {}
        });
        StmtKind::Match { subject, cases }
    }

    fn case(&mut self, cursor: &mut TreeCursor<'_>, id: StmtId) -> (bool, Block) {
        let (mut any, mut body) = (false, Vec::new());
        let mut patterns = 0;
        self.children(cursor, |this, cursor, field, kind| match (field, kind) {
            (Field::Consequence, _) | (_, Kind::Block) => body = this.suite(cursor, id),
            (_, Kind::CasePattern) => {
                patterns += 1;
                any = this.text(cursor).trim() == "_";
            }
            (_, Kind::IfClause) => patterns += 1,
            _ => {}
        });
        (any && patterns == 1, body)
    }

    fn decorated(&mut self, cursor: &mut TreeCursor<'_>, id: StmtId) -> StmtKind {
        let mut decorators = Vec::new();
        let mut kind = StmtKind::Other(Vec::new());
        self.children(cursor, |this, cursor, _, node| match node {
            Kind::Decorator => decorators.extend(this.exprs(cursor)),
            Kind::Function => kind = this.function(cursor, id, std::mem::take(&mut decorators)),
            Kind::Class => kind = this.class(cursor, id, std::mem::take(&mut decorators)),
            _ => {}
        });
        kind
    }

    fn function(
        &mut self,
        cursor: &mut TreeCursor<'_>,
        id: StmtId,
        decorators: Vec<ExprId>,
    ) -> StmtKind {
        let function = self.open_function(SmolStr::default(), 0..0);
        let inner = self.ast.function(function).scope;
        self.ast.functions[function.0 as usize].decorators = decorators;
        self.children(cursor, |this, cursor, field, _| {
            let at = function.0 as usize;
            match field {
                Field::Name => {
                    this.ast.functions[at].name = this.name(cursor);
                    this.ast.functions[at].name_span = Self::range(cursor);
                }
                Field::Parameters => {
                    let params = this.params(cursor);
                    this.ast.functions[at].params = params;
                }
                Field::ReturnType => this.ast.functions[at].returns = Some(this.expr(cursor)),
                Field::Body => {
                    let body = this.inner_suite(cursor, id, inner);
                    this.ast.functions[at].body = body;
                }
                _ if cursor.node().kind() == "async" => this.ast.functions[at].is_async = true,
                _ => {}
            }
        });
        StmtKind::Function(function)
    }

    fn class(
        &mut self,
        cursor: &mut TreeCursor<'_>,
        id: StmtId,
        decorators: Vec<ExprId>,
    ) -> StmtKind {
        let class = ClassId(offset(self.ast.classes.len()));
        let scope = self.open(ScopeKind::Class(class));
        self.ast.classes.push(Class {
            name: SmolStr::default(),
            bases: Vec::new(),
            decorators,
            body: Vec::new(),
            outer: self.scope,
            scope,
            stmt: id,
        });
        self.children(cursor, |this, cursor, field, _| {
            let at = class.0 as usize;
            match field {
                Field::Name => this.ast.classes[at].name = this.name(cursor),
                Field::Superclasses => {
                    let bases = this.arguments(cursor);
                    this.ast.classes[at].bases = bases;
                }
                Field::Body => {
                    let body = this.inner_suite(cursor, id, scope);
                    this.ast.classes[at].body = body;
                }
                _ => {}
            }
        });
        StmtKind::Class(class)
    }

    /// The body of a function or class: a new scope, in which no compound statement is open.
    fn inner_suite(
        &mut self,
        cursor: &mut TreeCursor<'_>,
        owner: StmtId,
        scope: super::ScopeId,
    ) -> Block {
        let outer = std::mem::replace(&mut self.scope, scope);
        let parent = self.parent.take();
        let own = &mut self.ast.stmts[owner.0 as usize];
        own.header_end = end_before(cursor).max(own.start);
        let block = self.block(cursor);
        self.scope = outer;
        self.parent = parent;
        self.stmt = owner;
        block
    }
}

/// Where the header of a block ends; the comments between the two belong to the block.
fn end_before(cursor: &TreeCursor<'_>) -> u32 {
    let block = cursor.node();
    let mut before = block.prev_sibling();
    while let Some(comment) = before.filter(|it| it.kind() == "comment") {
        before = comment.prev_sibling();
    }
    offset(before.map_or(block.start_byte(), |it| it.end_byte()))
}
