//! The expressions of the grammar, written into the arena.

use smol_str::{SmolStr, SmolStrBuilder};
use tree_sitter::TreeCursor;

use super::kinds::{Field, Kind};
use super::literals;
use super::lower::{DEPTH, Lower, offset};
use super::{
    Arg, ArgKind, Comprehension, ExprId, ExprKind, Function, FunctionId, Operator, Param,
    ParamKind, Piece, ScopeKind,
};

impl Lower<'_> {
    /// Writes the expression under the cursor.
    pub(super) fn expr(&mut self, cursor: &mut TreeCursor<'_>) -> ExprId {
        let range = Self::range(cursor);
        if self.depth >= DEPTH {
            return self.push(ExprKind::Opaque(Vec::new()), range);
        }
        self.depth += 1;
        let id = self.expr_of_kind(cursor);
        self.depth -= 1;
        id
    }

    fn expr_of_kind(&mut self, cursor: &mut TreeCursor<'_>) -> ExprId {
        let range = Self::range(cursor);
        let kind = match Self::kind(cursor) {
            // The grammar's wrappers add nothing: the part stands for the whole.
            Kind::Parenthesized
            | Kind::Type
            | Kind::AsPatternTarget
            | Kind::ExpressionStatement => {
                return self.only_child(cursor);
            }
            Kind::Identifier => ExprKind::Name(self.name(cursor)),
            Kind::None => ExprKind::None,
            Kind::True => ExprKind::Bool(true),
            Kind::False => ExprKind::Bool(false),
            Kind::Integer => literals::integer(self.text(cursor)),
            Kind::Float => literals::float(self.text(cursor)),
            Kind::String => self.string(cursor),
            Kind::Concatenated => self.concatenated(cursor),
            Kind::Attribute => self.attribute(cursor),
            Kind::Subscript => self.subscript(cursor),
            Kind::Slice => ExprKind::Slice(self.exprs(cursor)),
            Kind::Call => return self.call(cursor),
            Kind::Tuple | Kind::ExpressionList | Kind::PatternList | Kind::TuplePattern => {
                ExprKind::Tuple(self.exprs(cursor))
            }
            Kind::List | Kind::ListPattern => ExprKind::List(self.exprs(cursor)),
            Kind::Set => ExprKind::Set(self.exprs(cursor)),
            Kind::Dictionary => self.dictionary(cursor),
            Kind::Unary | Kind::Binary | Kind::Boolean => self.operation(cursor),
            Kind::Not => ExprKind::Not(self.only_child(cursor)),
            Kind::Comparison => self.comparison(cursor),
            Kind::Conditional => self.conditional(cursor),
            Kind::Lambda => return self.lambda(cursor),
            Kind::Await => ExprKind::Await(self.only_child(cursor)),
            Kind::Yield => self.yielded(cursor),
            Kind::ListSplat | Kind::ListSplatPattern => ExprKind::Star(self.only_child(cursor)),
            Kind::Named => self.walrus(cursor),
            Kind::ListComprehension | Kind::SetComprehension | Kind::Generator => {
                return self.comprehension(cursor, false);
            }
            Kind::DictComprehension => return self.comprehension(cursor, true),
            _ => ExprKind::Opaque(self.exprs(cursor)),
        };
        self.push(kind, range)
    }

    /// The named children as expressions.
    pub(super) fn exprs(&mut self, cursor: &mut TreeCursor<'_>) -> Vec<ExprId> {
        let mut all = Vec::new();
        self.children(cursor, |this, cursor, _, _| {
            if cursor.node().is_named() {
                all.push(this.expr(cursor));
            }
        });
        all
    }

    /// The one named child; opaque when there are none or several.
    fn only_child(&mut self, cursor: &mut TreeCursor<'_>) -> ExprId {
        let range = Self::range(cursor);
        let all = self.exprs(cursor);
        match all.as_slice() {
            [one] => *one,
            _ => self.push(ExprKind::Opaque(all), range),
        }
    }

    fn attribute(&mut self, cursor: &mut TreeCursor<'_>) -> ExprKind {
        let (mut value, mut name) = (None, SmolStr::default());
        self.children(cursor, |this, cursor, field, _| match field {
            Field::Object => value = Some(this.expr(cursor)),
            Field::Attribute => name = this.name(cursor),
            _ => {}
        });
        match value {
            Some(value) => ExprKind::Attribute { value, name },
            None => ExprKind::Opaque(Vec::new()),
        }
    }

    fn subscript(&mut self, cursor: &mut TreeCursor<'_>) -> ExprKind {
        let range = Self::range(cursor);
        let (mut value, mut indices) = (None, Vec::new());
        self.children(cursor, |this, cursor, field, _| match field {
            Field::Value => value = Some(this.expr(cursor)),
            Field::Subscript => indices.push(this.expr(cursor)),
            _ => {}
        });
        let index = match indices.as_slice() {
            [one] => *one,
            _ => self.push(ExprKind::Tuple(indices), range),
        };
        match value {
            Some(value) => ExprKind::Subscript { value, index },
            None => ExprKind::Opaque(vec![index]),
        }
    }

    fn call(&mut self, cursor: &mut TreeCursor<'_>) -> ExprId {
        let range = Self::range(cursor);
        let (mut callee, mut args) = (None, Vec::new());
        self.children(cursor, |this, cursor, field, kind| match (field, kind) {
            (Field::Function, _) => callee = Some(this.expr(cursor)),
            (_, Kind::ArgumentList) => args = this.arguments(cursor),
            (Field::Arguments, _) => {
                let at = Self::range(cursor);
                let value = this.expr(cursor);
                let kind = ArgKind::Positional;
                args.push(Arg {
                    kind,
                    value,
                    start: at.start,
                    end: at.end,
                });
            }
            _ => {}
        });
        let kind = match callee {
            Some(callee) => ExprKind::Call { callee, args },
            None => ExprKind::Opaque(args.iter().map(|arg| arg.value).collect()),
        };
        self.push(kind, range)
    }

    /// The arguments of a call, or the bases of a class.
    pub(super) fn arguments(&mut self, cursor: &mut TreeCursor<'_>) -> Vec<Arg> {
        let mut args = Vec::new();
        self.children(cursor, |this, cursor, _, kind| {
            if !cursor.node().is_named() {
                return;
            }
            let at = Self::range(cursor);
            let (kind, value) = match kind {
                Kind::KeywordArgument => {
                    let (name, value) = this.named_value(cursor);
                    (ArgKind::Keyword(name), value)
                }
                Kind::ListSplat => (ArgKind::Star, this.only_child(cursor)),
                Kind::DictionarySplat => (ArgKind::DoubleStar, this.only_child(cursor)),
                _ => (ArgKind::Positional, this.expr(cursor)),
            };
            args.push(Arg {
                kind,
                value,
                start: at.start,
                end: at.end,
            });
        });
        args
    }

    /// `name` and `value` of the node under the cursor.
    fn named_value(&mut self, cursor: &mut TreeCursor<'_>) -> (SmolStr, ExprId) {
        let range = Self::range(cursor);
        let (mut name, mut value) = (SmolStr::default(), None);
        self.children(cursor, |this, cursor, field, _| match field {
            Field::Name => name = this.name(cursor),
            Field::Value => value = Some(this.expr(cursor)),
            _ => {}
        });
        let value = value.unwrap_or_else(|| self.push(ExprKind::Opaque(Vec::new()), range));
        (name, value)
    }

    fn dictionary(&mut self, cursor: &mut TreeCursor<'_>) -> ExprKind {
        let mut entries = Vec::new();
        self.children(cursor, |this, cursor, _, kind| match kind {
            Kind::Pair => {
                let (key, value) = this.pair(cursor);
                entries.push((Some(key), value));
            }
            Kind::DictionarySplat => {
                let value = this.only_child(cursor);
                entries.push((None, value));
            }
            _ => {}
        });
        ExprKind::Dict(entries)
    }

    fn pair(&mut self, cursor: &mut TreeCursor<'_>) -> (ExprId, ExprId) {
        let range = Self::range(cursor);
        let (mut key, mut value) = (None, None);
        self.children(cursor, |this, cursor, field, _| match field {
            Field::Key => key = Some(this.expr(cursor)),
            Field::Value => value = Some(this.expr(cursor)),
            _ => {}
        });
        let mut or_opaque = |id: Option<ExprId>| {
            id.unwrap_or_else(|| self.push(ExprKind::Opaque(Vec::new()), range.clone()))
        };
        (or_opaque(key), or_opaque(value))
    }

    /// A unary, binary or boolean operation.
    fn operation(&mut self, cursor: &mut TreeCursor<'_>) -> ExprKind {
        let (mut operands, mut operator) = (Vec::new(), "");
        self.children(cursor, |this, cursor, field, _| {
            if field == Field::Operator {
                operator = this.text(cursor);
            } else if cursor.node().is_named() {
                operands.push(this.expr(cursor));
            }
        });
        match (operands.as_slice(), operator) {
            ([a, b], "and") => ExprKind::And(*a, *b),
            ([a, b], "or") => ExprKind::Or(*a, *b),
            ([a, b], other) => ExprKind::Binary(operator_of(other), *a, *b),
            ([a], other) => ExprKind::Unary(operator_of(other), *a),
            _ => ExprKind::Opaque(operands),
        }
    }

    fn comparison(&mut self, cursor: &mut TreeCursor<'_>) -> ExprKind {
        let (mut operands, mut operators) = (Vec::new(), Vec::new());
        self.children(cursor, |this, cursor, field, _| {
            if field == Field::Operator {
                operators.push(this.name(cursor));
            } else if cursor.node().is_named() {
                operands.push(this.expr(cursor));
            }
        });
        ExprKind::Compare(operands, operators.into_boxed_slice())
    }

    fn conditional(&mut self, cursor: &mut TreeCursor<'_>) -> ExprKind {
        let parts = self.exprs(cursor);
        match parts.as_slice() {
            [then, test, otherwise] => ExprKind::Conditional {
                then: *then,
                test: *test,
                otherwise: *otherwise,
            },
            _ => ExprKind::Opaque(parts),
        }
    }

    fn yielded(&mut self, cursor: &mut TreeCursor<'_>) -> ExprKind {
        if let Some(function) = self.ast.function_of(self.scope) {
            self.ast.functions[function.0 as usize].is_generator = true;
        }
        let parts = self.exprs(cursor);
        match parts.as_slice() {
            [] => ExprKind::Yield(None),
            [one] => ExprKind::Yield(Some(*one)),
            _ => ExprKind::Opaque(parts),
        }
    }

    fn walrus(&mut self, cursor: &mut TreeCursor<'_>) -> ExprKind {
        let (mut target, mut value) = (None, None);
        self.children(cursor, |this, cursor, field, _| match field {
            Field::Name => target = Some(this.expr(cursor)),
            Field::Value => value = Some(this.expr(cursor)),
            _ => {}
        });
        match (target, value) {
            (Some(target), Some(value)) => ExprKind::Walrus(target, value),
            _ => ExprKind::Opaque(target.into_iter().chain(value).collect()),
        }
    }

    fn comprehension(&mut self, cursor: &mut TreeCursor<'_>, dict: bool) -> ExprId {
        let range = Self::range(cursor);
        let outer = self.scope;
        self.scope = self.open(ScopeKind::Comprehension);
        let (mut element, mut clauses, mut conditions) = (Vec::new(), Vec::new(), Vec::new());
        self.children(cursor, |this, cursor, field, kind| match (kind, field) {
            (Kind::Pair, _) => {
                let (key, value) = this.pair(cursor);
                element.extend([key, value]);
            }
            (Kind::ForIn, _) => {
                let clause = this.for_in(cursor);
                clauses.extend(clause);
            }
            (Kind::IfClause, _) => {
                let tests = this.exprs(cursor);
                conditions.extend(tests);
            }
            (_, Field::Body) => element.push(this.expr(cursor)),
            _ => {}
        });
        self.scope = outer;
        let whole = Comprehension {
            dict,
            element,
            clauses,
            conditions,
        };
        self.push(ExprKind::Comprehension(Box::new(whole)), range)
    }

    fn for_in(&mut self, cursor: &mut TreeCursor<'_>) -> Option<(ExprId, ExprId)> {
        let (mut target, mut iterable) = (None, None);
        self.children(cursor, |this, cursor, field, _| match field {
            Field::Left => target = Some(this.expr(cursor)),
            Field::Right => iterable = Some(this.expr(cursor)),
            _ => {}
        });
        Some((target?, iterable?))
    }

    fn string(&mut self, cursor: &mut TreeCursor<'_>) -> ExprKind {
        let mut prefix = String::new();
        let mut pieces = Vec::new();
        self.children(cursor, |this, cursor, _, kind| match kind {
            Kind::StringStart => prefix = literals::prefix(this.text(cursor)),
            Kind::StringContent => {
                let text = literals::unescape(this.text(cursor), prefix.contains('r'));
                pieces.push(Piece::Text(text));
            }
            Kind::Interpolation => {
                let values = this.exprs(cursor);
                pieces.extend(values.first().map(|it| Piece::Value(*it)));
            }
            _ => {}
        });
        joined(pieces)
    }

    fn concatenated(&mut self, cursor: &mut TreeCursor<'_>) -> ExprKind {
        let mut pieces = Vec::new();
        for part in self.exprs(cursor) {
            match &self.ast.exprs[part.0 as usize].kind {
                ExprKind::Str(text) => pieces.push(Piece::Text(text.clone())),
                ExprKind::Format(inner) => pieces.extend(inner.iter().map(|it| match it {
                    Piece::Text(text) => Piece::Text(text.clone()),
                    Piece::Value(value) => Piece::Value(*value),
                })),
                _ => pieces.push(Piece::Value(part)),
            }
        }
        joined(pieces)
    }

    fn lambda(&mut self, cursor: &mut TreeCursor<'_>) -> ExprId {
        let range = Self::range(cursor);
        let function = self.open_function(SmolStr::default(), range.start..range.start);
        let inner = self.ast.function(function).scope;
        let (mut params, mut result) = (Vec::new(), None);
        self.children(cursor, |this, cursor, field, _| match field {
            Field::Parameters => params = this.params(cursor),
            Field::Body => {
                let outer = std::mem::replace(&mut this.scope, inner);
                result = Some(this.expr(cursor));
                this.scope = outer;
            }
            _ => {}
        });
        let own = &mut self.ast.functions[function.0 as usize];
        own.params = params;
        own.result = result;
        self.push(ExprKind::Lambda(function), range)
    }

    /// Adds a function without its parts, and the scope of its body.
    pub(super) fn open_function(
        &mut self,
        name: SmolStr,
        name_span: std::ops::Range<u32>,
    ) -> FunctionId {
        let id = FunctionId(offset(self.ast.functions.len()));
        let scope = self.open(ScopeKind::Function(id));
        self.ast.functions.push(Function {
            name,
            name_span,
            params: Vec::new(),
            decorators: Vec::new(),
            body: Vec::new(),
            result: None,
            is_async: false,
            is_generator: false,
            outer: self.scope,
            scope,
            stmt: self.stmt,
            returns: None,
        });
        id
    }

    /// Parameters; their defaults belong to the scope around the function.
    pub(super) fn params(&mut self, cursor: &mut TreeCursor<'_>) -> Vec<Param> {
        let mut params: Vec<Param> = Vec::new();
        let mut plain = ParamKind::Plain;
        self.children(cursor, |this, cursor, _, kind| {
            let param = match kind {
                Kind::Identifier => Param::plain(this.name(cursor)),
                Kind::DefaultParameter | Kind::TypedDefaultParameter | Kind::TypedParameter => {
                    this.annotated_param(cursor)
                }
                Kind::ListSplatPattern | Kind::DictionarySplatPattern => this.splat_param(cursor),
                Kind::KeywordSeparator => {
                    plain = ParamKind::KeywordOnly;
                    return;
                }
                _ => return,
            };
            let star = param.kind == ParamKind::Star;
            let kind = if param.kind == ParamKind::Plain {
                plain
            } else {
                param.kind
            };
            params.push(Param { kind, ..param });
            if star {
                plain = ParamKind::KeywordOnly;
            }
        });
        params
    }

    fn annotated_param(&mut self, cursor: &mut TreeCursor<'_>) -> Param {
        let mut param = Param::plain(SmolStr::default());
        self.children(cursor, |this, cursor, field, kind| match (field, kind) {
            // A default or an annotation may be a mere name, too.
            (Field::Value, _) => param.default = Some(this.expr(cursor)),
            (Field::Type, _) => param.annotation = Some(this.expr(cursor)),
            (Field::Name, _) | (_, Kind::Identifier) => param.name = this.name(cursor),
            (_, Kind::ListSplatPattern | Kind::DictionarySplatPattern) => {
                let splat = this.splat_param(cursor);
                param.name = splat.name;
                param.kind = splat.kind;
            }
            _ => {}
        });
        param
    }

    fn splat_param(&mut self, cursor: &mut TreeCursor<'_>) -> Param {
        let text = self.text(cursor);
        let kind = if text.starts_with("**") {
            ParamKind::DoubleStar
        } else {
            ParamKind::Star
        };
        Param {
            kind,
            ..Param::plain(text.trim_start_matches('*').trim().into())
        }
    }
}

impl Param {
    fn plain(name: SmolStr) -> Self {
        Self {
            name,
            default: None,
            annotation: None,
            kind: ParamKind::Plain,
        }
    }
}

/// One string when there is nothing to interpolate.
fn joined(pieces: Vec<Piece>) -> ExprKind {
    if pieces.iter().any(|it| matches!(it, Piece::Value(_))) {
        return ExprKind::Format(pieces);
    }
    let mut text = SmolStrBuilder::new();
    for piece in &pieces {
        if let Piece::Text(part) = piece {
            text.push_str(part);
        }
    }
    ExprKind::Str(text.finish())
}

/// The operator behind its sign.
pub(super) fn operator_of(text: &str) -> Operator {
    match text.trim_end_matches('=') {
        "+" => Operator::Add,
        "-" => Operator::Sub,
        "*" => Operator::Mul,
        "/" => Operator::Div,
        "//" => Operator::FloorDiv,
        "%" => Operator::Mod,
        "**" => Operator::Pow,
        "|" => Operator::Or,
        _ => Operator::Other,
    }
}
