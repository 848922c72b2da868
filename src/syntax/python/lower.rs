//! One walk over the grammar's tree that writes the compact one.

use std::cell::RefCell;
use std::ops::Range;

use smol_str::SmolStr;
use tree_sitter::{Parser, TreeCursor};

use super::super::grammar;
use super::kinds::{Field, Kind, TABLE};
use super::{Ast, Expr, ExprId, ExprKind, MODULE, Piece, Scope, ScopeId, ScopeKind, StmtId};

/// How deep expressions and blocks may nest before the rest counts as opaque. `CPython` itself gives
/// up at 100 levels of indentation and 200 parentheses.
pub(super) const DEPTH: usize = 120;

pub(super) struct Lower<'t> {
    pub(super) text: &'t str,
    pub(super) ast: Ast,
    pub(super) scope: ScopeId,
    pub(super) stmt: StmtId,
    pub(super) parent: Option<StmtId>,
    pub(super) depth: usize,
}

thread_local! {
    /// One parser for all texts of a thread: its buffers have grown to the right size.
    static PARSER: RefCell<Parser> = RefCell::new({
        let mut parser = Parser::new();
        parser
            .set_language(&TABLE.language)
            .expect("the grammar and the parser are of one generation");
        parser
    });
}

/// See [`super::parse`].
pub(super) fn parse(text: &str) -> Option<Ast> {
    let tree = PARSER.with_borrow_mut(|parser| grammar::tree(parser, text))?;
    let mut lower = Lower {
        text,
        ast: Ast {
            exprs: Vec::with_capacity(text.len() / 12),
            stmts: Vec::with_capacity(text.len() / 40),
            scopes: vec![Scope {
                kind: ScopeKind::Module,
                parent: None,
            }],
            ..Ast::default()
        },
        scope: MODULE,
        stmt: StmtId(0),
        parent: None,
        depth: 0,
    };
    let mut cursor = tree.walk();
    let body = lower.block(&mut cursor);
    lower.ast.body = body;
    lower.ast.error = grammar::first_error(&tree);
    Some(lower.ast)
}

impl<'t> Lower<'t> {
    /// The kind of the node under the cursor.
    pub(super) fn kind(cursor: &TreeCursor<'_>) -> Kind {
        TABLE.kind(cursor.node().kind_id())
    }

    /// The place of the node under the cursor.
    pub(super) fn range(cursor: &TreeCursor<'_>) -> Range<u32> {
        let node = cursor.node();
        offset(node.start_byte())..offset(node.end_byte())
    }

    /// The text of the node under the cursor.
    pub(super) fn text(&self, cursor: &TreeCursor<'_>) -> &'t str {
        self.text
            .get(cursor.node().byte_range())
            .unwrap_or_default()
    }

    /// The text of the node under the cursor as a name.
    pub(super) fn name(&self, cursor: &TreeCursor<'_>) -> SmolStr {
        self.text(cursor).into()
    }

    /// Visits each child that is no comment, and leaves the cursor where it was.
    pub(super) fn children(
        &mut self,
        cursor: &mut TreeCursor<'_>,
        mut each: impl FnMut(&mut Self, &mut TreeCursor<'_>, Field, Kind),
    ) {
        if !cursor.goto_first_child() {
            return;
        }
        loop {
            let kind = Self::kind(cursor);
            if kind == Kind::Comment {
                let range = Self::range(cursor);
                self.ast.comments.push(range);
            } else {
                let field = TABLE.field(cursor.field_id());
                each(self, cursor, field, kind);
            }
            if !cursor.goto_next_sibling() {
                break;
            }
        }
        cursor.goto_parent();
    }

    /// Adds an expression and tells its parts whose they are.
    pub(super) fn push(&mut self, kind: ExprKind, range: Range<u32>) -> ExprId {
        let id = ExprId(offset(self.ast.exprs.len()));
        let exprs = &mut self.ast.exprs;
        parts(&kind, &mut |part| exprs[part.0 as usize].parent = Some(id));
        self.ast.exprs.push(Expr {
            kind,
            start: range.start,
            end: range.end,
            stmt: self.stmt,
            scope: self.scope,
            parent: None,
        });
        id
    }

    /// Opens a scope inside the current one; the caller goes back to the old one.
    pub(super) fn open(&mut self, kind: ScopeKind) -> ScopeId {
        let id = ScopeId(offset(self.ast.scopes.len()));
        self.ast.scopes.push(Scope {
            kind,
            parent: Some(self.scope),
        });
        id
    }
}

/// The direct parts of an expression, in the order of the text.
pub fn parts(kind: &ExprKind, each: &mut dyn FnMut(ExprId)) {
    match kind {
        ExprKind::None
        | ExprKind::Bool(_)
        | ExprKind::Int(_)
        | ExprKind::Float(_)
        | ExprKind::Str(_)
        | ExprKind::Name(_)
        | ExprKind::Lambda(_)
        | ExprKind::Yield(None) => {}
        ExprKind::Format(pieces) => {
            for piece in pieces {
                if let Piece::Value(value) = piece {
                    each(*value);
                }
            }
        }
        ExprKind::Attribute { value, .. }
        | ExprKind::Unary(_, value)
        | ExprKind::Not(value)
        | ExprKind::Await(value)
        | ExprKind::Yield(Some(value))
        | ExprKind::Star(value) => each(*value),
        ExprKind::Subscript { value: a, index: b }
        | ExprKind::Binary(_, a, b)
        | ExprKind::And(a, b)
        | ExprKind::Or(a, b)
        | ExprKind::Walrus(a, b) => {
            each(*a);
            each(*b);
        }
        ExprKind::Call { callee, args } => {
            each(*callee);
            for arg in args {
                each(arg.value);
            }
        }
        ExprKind::Slice(all)
        | ExprKind::Tuple(all)
        | ExprKind::List(all)
        | ExprKind::Set(all)
        | ExprKind::Compare(all, _)
        | ExprKind::Opaque(all) => all.iter().copied().for_each(each),
        ExprKind::Dict(entries) => {
            for (key, value) in entries {
                if let Some(key) = key {
                    each(*key);
                }
                each(*value);
            }
        }
        ExprKind::Conditional {
            then,
            test,
            otherwise,
        } => {
            each(*then);
            each(*test);
            each(*otherwise);
        }
        ExprKind::Comprehension(whole) => {
            for it in &whole.element {
                each(*it);
            }
            for (target, iterable) in &whole.clauses {
                each(*target);
                each(*iterable);
            }
            for it in &whole.conditions {
                each(*it);
            }
        }
    }
}

/// A text of 4 GiB is refused before it is parsed, so an offset always fits.
pub(super) fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
