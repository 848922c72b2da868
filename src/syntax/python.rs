//! A Python module as a compact tree: expressions and statements in two arenas, tolerant of broken code.

mod expressions;
mod kinds;
mod literals;
mod lower;
mod statements;

pub use lower::parts;

use std::ops::Range;

use smol_str::SmolStr;

/// An expression of one module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExprId(pub u32);

/// A statement of one module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StmtId(pub u32);

/// A function, method or lambda of one module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionId(pub u32);

/// A class of one module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClassId(pub u32);

/// A scope of one module; the module's own is the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScopeId(pub u32);

/// The scope of the module itself.
pub const MODULE: ScopeId = ScopeId(0);

/// One parsed module.
#[derive(Debug, Default)]
pub struct Ast {
    /// The module's statements.
    pub body: Vec<StmtId>,
    /// All expressions, children before parents.
    pub exprs: Vec<Expr>,
    /// All statements in the order of the text.
    pub stmts: Vec<Stmt>,
    /// All functions, methods and lambdas.
    pub functions: Vec<Function>,
    /// All classes.
    pub classes: Vec<Class>,
    /// All scopes, parents first.
    pub scopes: Vec<Scope>,
    /// The comments, in the order of the text.
    pub comments: Vec<Range<u32>>,
    /// Where the grammar first gave up.
    pub error: Option<u32>,
}

/// A scope and the one around it.
#[derive(Debug, Clone, Copy)]
pub struct Scope {
    /// What opens it.
    pub kind: ScopeKind,
    /// The scope around it; `None` for the module.
    pub parent: Option<ScopeId>,
}

/// What opens a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScopeKind {
    /// The file.
    Module,
    /// A function, method or lambda.
    Function(FunctionId),
    /// A class body, whose names its methods do not see.
    Class(ClassId),
    /// A comprehension.
    Comprehension,
}

/// An expression with its place.
#[derive(Debug)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// The first byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
    /// The statement it is written in.
    pub stmt: StmtId,
    /// The scope its names are looked up in.
    pub scope: ScopeId,
    /// The expression it is part of.
    pub parent: Option<ExprId>,
}

/// What an expression is.
#[derive(Debug)]
pub enum ExprKind {
    /// `None`.
    None,
    /// `True` or `False`.
    Bool(bool),
    /// A whole number that fits 64 bits.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// A string without interpolations.
    Str(SmolStr),
    /// An f-string.
    Format(Vec<Piece>),
    /// A name.
    Name(SmolStr),
    /// `value.name`.
    Attribute {
        /// The object.
        value: ExprId,
        /// The attribute.
        name: SmolStr,
    },
    /// `value[index]`.
    Subscript {
        /// The container.
        value: ExprId,
        /// The index; a tuple when several are written.
        index: ExprId,
    },
    /// `a:b:c` inside a subscript.
    Slice(Vec<ExprId>),
    /// A call.
    Call {
        /// What is called.
        callee: ExprId,
        /// The arguments, in order.
        args: Vec<Arg>,
    },
    /// `(a, b)`.
    Tuple(Vec<ExprId>),
    /// `[a, b]`.
    List(Vec<ExprId>),
    /// `{a, b}`.
    Set(Vec<ExprId>),
    /// `{a: b, **c}`; the key is missing where a mapping is spread.
    Dict(Vec<(Option<ExprId>, ExprId)>),
    /// `-a`, `+a`, `~a`.
    Unary(Operator, ExprId),
    /// `a + b` and its like.
    Binary(Operator, ExprId, ExprId),
    /// `a and b`.
    And(ExprId, ExprId),
    /// `a or b`.
    Or(ExprId, ExprId),
    /// `not a`.
    Not(ExprId),
    /// `a < b < c`; the operands in order, and the operators between them as written.
    Compare(Vec<ExprId>, Box<[SmolStr]>),
    /// `then if test else otherwise`.
    Conditional {
        /// The value when the test holds.
        then: ExprId,
        /// The test.
        test: ExprId,
        /// The value when it does not.
        otherwise: ExprId,
    },
    /// A lambda.
    Lambda(FunctionId),
    /// `await a`.
    Await(ExprId),
    /// `yield a`, `yield from a`.
    Yield(Option<ExprId>),
    /// `*a`.
    Star(ExprId),
    /// `name := value`.
    Walrus(ExprId, ExprId),
    /// A list, set, dict or generator comprehension; boxed, because it is rare and large.
    Comprehension(Box<Comprehension>),
    /// Something the model has no use for, with its parts.
    Opaque(Vec<ExprId>),
}

/// A list, set, dict or generator comprehension.
#[derive(Debug)]
pub struct Comprehension {
    /// Whether it makes a list (also a set or a generator) or a dict.
    pub dict: bool,
    /// The element, or the key and the value.
    pub element: Vec<ExprId>,
    /// Target and iterable of each `for`.
    pub clauses: Vec<(ExprId, ExprId)>,
    /// The conditions.
    pub conditions: Vec<ExprId>,
}

/// A piece of an f-string.
#[derive(Debug)]
pub enum Piece {
    /// Literal text.
    Text(SmolStr),
    /// An interpolated expression.
    Value(ExprId),
}

/// An arithmetic operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `//`
    FloorDiv,
    /// `%`
    Mod,
    /// `**`
    Pow,
    /// `|`
    Or,
    /// Any other.
    Other,
}

/// An argument of a call.
#[derive(Debug, Clone)]
pub struct Arg {
    /// How it is passed.
    pub kind: ArgKind,
    /// Its value.
    pub value: ExprId,
    /// The first byte, of the name where there is one.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// How an argument is passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArgKind {
    /// By position.
    Positional,
    /// By name.
    Keyword(SmolStr),
    /// `*value`.
    Star,
    /// `**value`.
    DoubleStar,
}

/// A statement with its place.
#[derive(Debug)]
pub struct Stmt {
    /// What it is.
    pub kind: StmtKind,
    /// The first byte, of the first decorator where there is one.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
    /// One past the last byte of the header of a compound statement; `end` for a simple one.
    pub header_end: u32,
    /// The scope it stands in.
    pub scope: ScopeId,
    /// The compound statement around it, in the same scope.
    pub parent: Option<StmtId>,
}

/// A list of statements.
pub type Block = Vec<StmtId>;

/// What a statement is.
#[derive(Debug)]
pub enum StmtKind {
    /// An expression for its effect.
    Expr(ExprId),
    /// `a = b = value`; also `a: T = value`.
    Assign {
        /// The targets, from left to right.
        targets: Vec<ExprId>,
        /// The annotation.
        annotation: Option<ExprId>,
        /// The value; missing in a bare `a: T`.
        value: Option<ExprId>,
    },
    /// `a += value`.
    AugAssign {
        /// The target.
        target: ExprId,
        /// The operator.
        operator: Operator,
        /// The value.
        value: ExprId,
    },
    /// `import a.b as c, d`.
    Import(Vec<ImportedModule>),
    /// `from ..a import b as c, *`.
    ImportFrom {
        /// How many dots precede the module's name.
        level: u32,
        /// The module, without the dots.
        module: SmolStr,
        /// The names; `*` for all of them.
        names: Vec<ImportedName>,
    },
    /// `return a`.
    Return(Option<ExprId>),
    /// `raise a`.
    Raise(Option<ExprId>),
    /// `del a, b`.
    Delete(Vec<ExprId>),
    /// `global` or `nonlocal`.
    Global(Vec<SmolStr>),
    /// `break`.
    Break,
    /// `continue`.
    Continue,
    /// `pass`, `assert` and whatever else does not bind a name.
    Other(Vec<ExprId>),
    /// `if`, each `elif` and, without a test, `else`.
    If(Vec<(Option<ExprId>, Block)>),
    /// `while`.
    While {
        /// The condition.
        test: ExprId,
        /// What is repeated.
        body: Block,
        /// What follows unless the loop was broken.
        otherwise: Block,
    },
    /// `for`.
    For {
        /// What is bound in each round.
        target: ExprId,
        /// What is iterated.
        iterable: ExprId,
        /// What is repeated.
        body: Block,
        /// What follows unless the loop was broken.
        otherwise: Block,
    },
    /// `try`.
    Try {
        /// What is tried.
        body: Block,
        /// What happens after which exception.
        handlers: Vec<Handler>,
        /// What follows when nothing was raised.
        otherwise: Block,
        /// What follows in any case.
        finally: Block,
    },
    /// `with`.
    With {
        /// Context managers and the names they are bound to.
        items: Vec<(ExprId, Option<ExprId>)>,
        /// What runs inside.
        body: Block,
    },
    /// `match`.
    Match {
        /// What is matched.
        subject: Vec<ExprId>,
        /// The cases; the flag tells whether it matches anything.
        cases: Vec<(bool, Block)>,
    },
    /// `def`.
    Function(FunctionId),
    /// `class`.
    Class(ClassId),
}

/// `a.b as c` of an import statement.
#[derive(Debug, Clone)]
pub struct ImportedModule {
    /// The dotted name.
    pub module: SmolStr,
    /// The name after `as`.
    pub alias: Option<SmolStr>,
}

/// `b as c` of a from-import.
#[derive(Debug, Clone)]
pub struct ImportedName {
    /// The name in the module, or `*`.
    pub name: SmolStr,
    /// The name after `as`.
    pub alias: Option<SmolStr>,
}

/// An `except` clause.
#[derive(Debug)]
pub struct Handler {
    /// The exception; missing in a bare `except:`.
    pub exception: Option<ExprId>,
    /// The name after `as`.
    pub name: Option<SmolStr>,
    /// What happens then.
    pub body: Block,
}

/// A function, method or lambda.
#[derive(Debug)]
pub struct Function {
    /// Its name; empty for a lambda.
    pub name: SmolStr,
    /// Where the name is written.
    pub name_span: Range<u32>,
    /// Its parameters, in order.
    pub params: Vec<Param>,
    /// Its decorators, the outermost first.
    pub decorators: Vec<ExprId>,
    /// Its statements; empty for a lambda.
    pub body: Block,
    /// What a lambda returns.
    pub result: Option<ExprId>,
    /// Whether it is `async def`.
    pub is_async: bool,
    /// Whether it yields.
    pub is_generator: bool,
    /// The scope it stands in.
    pub outer: ScopeId,
    /// The scope of its body.
    pub scope: ScopeId,
    /// The statement that defines it, or holds the lambda.
    pub stmt: StmtId,
    /// The annotation of what it returns.
    pub returns: Option<ExprId>,
}

/// A parameter.
#[derive(Debug, Clone)]
pub struct Param {
    /// Its name.
    pub name: SmolStr,
    /// Its default.
    pub default: Option<ExprId>,
    /// Its annotation.
    pub annotation: Option<ExprId>,
    /// How arguments reach it.
    pub kind: ParamKind,
}

/// How arguments reach a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParamKind {
    /// By position or by name.
    Plain,
    /// By name only.
    KeywordOnly,
    /// `*args`.
    Star,
    /// `**kwargs`.
    DoubleStar,
}

/// A class.
#[derive(Debug)]
pub struct Class {
    /// Its name.
    pub name: SmolStr,
    /// Its bases and the keywords beside them.
    pub bases: Vec<Arg>,
    /// Its decorators, the outermost first.
    pub decorators: Vec<ExprId>,
    /// Its statements.
    pub body: Block,
    /// The scope it stands in.
    pub outer: ScopeId,
    /// The scope of its body.
    pub scope: ScopeId,
    /// The statement that defines it.
    pub stmt: StmtId,
}

/// Parses a module.
///
/// Broken code gives as much of a tree as can be had; [`Ast::error`] then says where the grammar
/// first gave up. `None` when the text is so broken that recovery took more steps than are allowed,
/// which depends on the text alone and never on the clock.
#[must_use]
pub fn parse(text: &str) -> Option<Ast> {
    lower::parse(text)
}

impl Ast {
    /// The expression behind an id.
    #[must_use]
    pub fn expr(&self, id: ExprId) -> &Expr {
        &self.exprs[id.0 as usize]
    }

    /// What the expression behind an id is.
    #[must_use]
    pub fn kind(&self, id: ExprId) -> &ExprKind {
        &self.exprs[id.0 as usize].kind
    }

    /// The statement behind an id.
    #[must_use]
    pub fn stmt(&self, id: StmtId) -> &Stmt {
        &self.stmts[id.0 as usize]
    }

    /// The function behind an id.
    #[must_use]
    pub fn function(&self, id: FunctionId) -> &Function {
        &self.functions[id.0 as usize]
    }

    /// The class behind an id.
    #[must_use]
    pub fn class(&self, id: ClassId) -> &Class {
        &self.classes[id.0 as usize]
    }

    /// The scope behind an id.
    #[must_use]
    pub fn scope(&self, id: ScopeId) -> Scope {
        self.scopes[id.0 as usize]
    }

    /// `a.b.c` as text, when the expression is a chain of names; `None` otherwise.
    #[must_use]
    pub fn dotted(&self, id: ExprId) -> Option<String> {
        let mut names = Vec::new();
        let mut at = id;
        loop {
            match self.kind(at) {
                ExprKind::Name(name) => {
                    names.push(name.as_str());
                    names.reverse();
                    return Some(names.join("."));
                }
                ExprKind::Attribute { value, name } => {
                    names.push(name.as_str());
                    at = *value;
                }
                _ => return None,
            }
        }
    }

    /// The last name of a callee: `c` of `a.b.c` and of `x[0].c`.
    #[must_use]
    pub fn last_name(&self, id: ExprId) -> Option<&SmolStr> {
        match self.kind(id) {
            ExprKind::Name(name) | ExprKind::Attribute { name, .. } => Some(name),
            _ => None,
        }
    }

    /// The function whose body a scope belongs to, through comprehensions.
    #[must_use]
    pub fn function_of(&self, scope: ScopeId) -> Option<FunctionId> {
        let mut at = Some(scope);
        while let Some(id) = at {
            let scope = self.scope(id);
            match scope.kind {
                ScopeKind::Function(function) => return Some(function),
                ScopeKind::Comprehension => at = scope.parent,
                ScopeKind::Module | ScopeKind::Class(_) => return None,
            }
        }
        None
    }

    /// The class that a function is a method of.
    #[must_use]
    pub fn class_of(&self, function: FunctionId) -> Option<ClassId> {
        match self.scope(self.function(function).outer).kind {
            ScopeKind::Class(class) => Some(class),
            _ => None,
        }
    }

    /// The smallest simple statement, or header of a compound one, that holds a byte.
    #[must_use]
    pub fn statement_at(&self, at: u32) -> Option<Range<u32>> {
        // Statements are in the order of the text, so the last that begins before `at` and has not
        // ended is the innermost one.
        let last = self.stmts.partition_point(|stmt| stmt.start <= at);
        let mut candidate = self.stmts[..last].last().map(|_| last - 1);
        while let Some(index) = candidate {
            let stmt = &self.stmts[index];
            if at < stmt.header_end {
                return Some(stmt.start..stmt.header_end);
            }
            if at < stmt.end && stmt.header_end < stmt.end {
                return None;
            }
            candidate = index.checked_sub(1);
            if last - index > 64 {
                return None;
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::Expr;

    #[test]
    fn an_expression_stays_small() {
        // A large application has a million of them.
        assert!(size_of::<Expr>() <= 72, "{} bytes", size_of::<Expr>());
    }
}
