//! The names of the grammar's nodes and fields, looked up once and then compared as numbers.

use std::sync::LazyLock;

use tree_sitter::Language;

macro_rules! kinds {
    ($($variant:ident = $name:literal),+ $(,)?) => {
        /// A kind of node that the walk tells apart.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Kind { $($variant,)+ Other }

        const NAMES: &[(&str, Kind)] = &[$(($name, Kind::$variant)),+];
    };
}

kinds! {
    Comment = "comment", Error = "ERROR", Block = "block",
    ExpressionStatement = "expression_statement", Assignment = "assignment",
    AugmentedAssignment = "augmented_assignment", Import = "import_statement",
    ImportFrom = "import_from_statement", FutureImport = "future_import_statement",
    AliasedImport = "aliased_import", DottedName = "dotted_name",
    RelativeImport = "relative_import", ImportPrefix = "import_prefix",
    WildcardImport = "wildcard_import", Return = "return_statement", Raise = "raise_statement",
    Delete = "delete_statement", Global = "global_statement", Nonlocal = "nonlocal_statement",
    Break = "break_statement", Continue = "continue_statement", Pass = "pass_statement",
    Assert = "assert_statement", Print = "print_statement", Exec = "exec_statement",
    TypeAlias = "type_alias_statement", If = "if_statement", Elif = "elif_clause",
    Else = "else_clause", While = "while_statement", For = "for_statement", Try = "try_statement",
    Except = "except_clause", ExceptGroup = "except_group_clause", Finally = "finally_clause",
    With = "with_statement", WithClause = "with_clause", WithItem = "with_item",
    Match = "match_statement", Case = "case_clause", CasePattern = "case_pattern",
    IfClause = "if_clause", Function = "function_definition", Class = "class_definition",
    Decorated = "decorated_definition", Decorator = "decorator", Identifier = "identifier",
    Attribute = "attribute", Subscript = "subscript", Slice = "slice", Call = "call",
    ArgumentList = "argument_list", KeywordArgument = "keyword_argument",
    ListSplat = "list_splat", DictionarySplat = "dictionary_splat", String = "string",
    Concatenated = "concatenated_string", StringStart = "string_start",
    StringContent = "string_content", Interpolation = "interpolation", Integer = "integer",
    Float = "float", True = "true", False = "false", None = "none", Ellipsis = "ellipsis",
    Tuple = "tuple", List = "list", Set = "set", Dictionary = "dictionary", Pair = "pair",
    ExpressionList = "expression_list", PatternList = "pattern_list",
    TuplePattern = "tuple_pattern", ListPattern = "list_pattern",
    ListSplatPattern = "list_splat_pattern", DictionarySplatPattern = "dictionary_splat_pattern",
    Unary = "unary_operator", Binary = "binary_operator", Boolean = "boolean_operator",
    Not = "not_operator", Comparison = "comparison_operator",
    Conditional = "conditional_expression", Lambda = "lambda", Await = "await", Yield = "yield",
    Parenthesized = "parenthesized_expression", ListComprehension = "list_comprehension",
    SetComprehension = "set_comprehension", DictComprehension = "dictionary_comprehension",
    Generator = "generator_expression", ForIn = "for_in_clause", Named = "named_expression",
    AsPattern = "as_pattern", AsPatternTarget = "as_pattern_target", Type = "type",
    DefaultParameter = "default_parameter", TypedParameter = "typed_parameter",
    TypedDefaultParameter = "typed_default_parameter",
    KeywordSeparator = "keyword_separator", PositionalSeparator = "positional_separator",
}

/// The fields that the walk asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Alias,
    Alternative,
    Arguments,
    Attribute,
    Body,
    Condition,
    Consequence,
    Definition,
    Function,
    Key,
    Left,
    ModuleName,
    Name,
    Object,
    Operator,
    Parameters,
    ReturnType,
    Right,
    Subject,
    Subscript,
    Superclasses,
    Type,
    Value,
    Other,
}

const FIELDS: &[(&str, Field)] = &[
    ("alias", Field::Alias),
    ("alternative", Field::Alternative),
    ("arguments", Field::Arguments),
    ("attribute", Field::Attribute),
    ("body", Field::Body),
    ("condition", Field::Condition),
    ("consequence", Field::Consequence),
    ("definition", Field::Definition),
    ("function", Field::Function),
    ("key", Field::Key),
    ("left", Field::Left),
    ("module_name", Field::ModuleName),
    ("name", Field::Name),
    ("object", Field::Object),
    ("operator", Field::Operator),
    ("operators", Field::Operator),
    ("parameters", Field::Parameters),
    ("return_type", Field::ReturnType),
    ("right", Field::Right),
    ("subject", Field::Subject),
    ("subscript", Field::Subscript),
    ("superclasses", Field::Superclasses),
    ("type", Field::Type),
    ("value", Field::Value),
];

/// Kinds and fields by the grammar's own numbers.
pub(super) struct Table {
    pub(super) language: Language,
    kinds: Vec<Kind>,
    fields: Vec<Field>,
}

/// The table of the grammar that is linked in.
pub(super) static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let language = Language::new(tree_sitter_python::LANGUAGE);
    let mut kinds = vec![Kind::Other; language.node_kind_count()];
    for (id, kind) in (0..).zip(&mut kinds) {
        if let Some(name) = language.node_kind_for_id(id)
            && language.node_kind_is_named(id)
            && let Some(&(_, known)) = NAMES.iter().find(|(own, _)| *own == name)
        {
            *kind = known;
        }
    }
    let mut fields = vec![Field::Other; language.field_count() + 1];
    for (id, field) in (0..).zip(&mut fields) {
        if let Some(name) = language.field_name_for_id(id)
            && let Some(&(_, known)) = FIELDS.iter().find(|(own, _)| *own == name)
        {
            *field = known;
        }
    }
    Table {
        language,
        kinds,
        fields,
    }
});

impl Table {
    /// The kind behind the grammar's number; the number of an error is past the table.
    pub(super) fn kind(&self, id: u16) -> Kind {
        match self.kinds.get(usize::from(id)) {
            Some(kind) => *kind,
            None => Kind::Error,
        }
    }

    /// The field behind the grammar's number.
    pub(super) fn field(&self, id: Option<std::num::NonZeroU16>) -> Field {
        id.and_then(|it| self.fields.get(usize::from(it.get())))
            .copied()
            .unwrap_or(Field::Other)
    }
}
