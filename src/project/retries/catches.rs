//! After which exceptions a retry calls again.

use smol_str::SmolStr;

use crate::catalog::retry;
use crate::project::resolve::Resolver;
use crate::project::value::{Dict, Lookup, Seen, Site, Value};
use crate::source::Span;
use crate::syntax::python::{ExprId, ExprKind, Operator};

/// Exceptions that say something about an answer, or about the program, and not about a request.
pub const OF_ANSWERS: &[&str] = &[
    "ValueError",
    "TypeError",
    "KeyError",
    "IndexError",
    "AttributeError",
    "AssertionError",
    "SyntaxError",
    "LookupError",
    "JSONDecodeError",
    "ValidationError",
    "OutputParserException",
    "StopIteration",
    "UnicodeDecodeError",
    "ParseError",
    "ParserError",
];

/// How many predicates may be joined.
const JOINED: usize = 8;

/// After which exceptions a retry calls again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Catches {
    /// After every one; where that is written, if anywhere.
    Everything(Option<Span>),
    /// After every one but some that are taken out.
    Most,
    /// After these, by their dotted paths.
    Only(Vec<SmolStr>),
    /// After exceptions of the program's own.
    Own,
    /// Nobody can tell.
    Unknown,
}

impl Catches {
    /// What two of them catch together.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Everything(at), _) | (_, Self::Everything(at)) => Self::Everything(at),
            (Self::Most, _) | (_, Self::Most) => Self::Most,
            (Self::Own, Self::Own) => Self::Own,
            (Self::Own, Self::Only(none)) | (Self::Only(none), Self::Own) if none.is_empty() => {
                Self::Own
            }
            (Self::Only(mut all), Self::Only(others)) => {
                all.extend(others);
                Self::Only(all)
            }
            _ => Self::Unknown,
        }
    }

    /// Whether it calls again when the request itself has failed; `None` when nobody can tell.
    #[must_use]
    pub fn failed_requests(&self) -> Option<bool> {
        match self {
            Self::Everything(_) | Self::Most => Some(true),
            Self::Only(all) => Some(all.iter().any(|it| !OF_ANSWERS.contains(&last(it)))),
            Self::Own | Self::Unknown => None,
        }
    }
}

/// The last name of a dotted path.
fn last(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

impl Resolver<'_> {
    /// What a retry of a library catches.
    pub(super) fn catches(
        &self,
        catches: &retry::Catches,
        site: &Site,
        keywords: &Dict,
    ) -> Catches {
        let excepted = catches.except.iter();
        if excepted
            .map(|it| self.named_or_at(it, site, keywords))
            .any(|it| !is_nothing(&it))
        {
            return Catches::Unknown;
        }
        match self.first_given(&catches.arguments, site, keywords) {
            Lookup::Missing if catches.every => Catches::Everything(None),
            Lookup::Missing if catches.most => Catches::Most,
            Lookup::Given(seen) => {
                let mut names = catches.arguments.iter();
                match names.find_map(|it| self.argument_expr(it, site)) {
                    Some(written) => self.caught_by(written, site),
                    None => self.caught(&seen),
                }
            }
            _ => Catches::Unknown,
        }
    }

    /// `retry_if_exception_type(A) | retry_if_exception_type(B)`.
    fn caught_by(&self, predicate: ExprId, site: &Site) -> Catches {
        let Some(ast) = self.project.module(site.file).map(|it| &it.ast) else {
            return Catches::Unknown;
        };
        let mut open = vec![predicate];
        let mut sum = Catches::Only(Vec::new());
        for _ in 0..JOINED {
            let Some(expr) = open.pop() else { return sum };
            if let ExprKind::Binary(Operator::Or, a, b) = ast.kind(expr) {
                open.extend([*b, *a]);
                continue;
            }
            let seen = self.eval(site.file, expr, site.frame.as_ref());
            sum = sum.or(self.caught(&seen));
        }
        Catches::Unknown
    }

    /// What a class, a tuple of classes or a predicate stands for.
    fn caught(&self, seen: &Seen) -> Catches {
        match &seen.value {
            Value::Made(made) => {
                let Some(predicate) = self.project.catalog.predicate(&made.path) else {
                    return Catches::Unknown;
                };
                match predicate.looks_at {
                    retry::LooksAt::Types => match self.argument(&made.site, 0) {
                        Some(listed) => types(&listed),
                        None if self.args(&made.site).is_none_or(<[_]>::is_empty) => {
                            Catches::Everything(Some(seen.at))
                        }
                        None => Catches::Unknown,
                    },
                    retry::LooksAt::Result => Catches::Only(Vec::new()),
                    retry::LooksAt::Other => Catches::Unknown,
                }
            }
            _ => types(seen),
        }
    }
}

/// What an exception, or a tuple of exceptions, stands for.
pub(in crate::project) fn types(seen: &Seen) -> Catches {
    let one = |seen: &Seen| match &seen.value {
        Value::External(path) => {
            let path = path.strip_prefix("builtins.").unwrap_or(path);
            if matches!(path, "Exception" | "BaseException") {
                Catches::Everything(Some(seen.at))
            } else if last(path).starts_with(char::is_uppercase) {
                Catches::Only(vec![path.into()])
            } else {
                Catches::Unknown
            }
        }
        Value::Class(..) => Catches::Own,
        _ => Catches::Unknown,
    };
    match &seen.value {
        Value::List(list) if !list.open => {
            let all = list.items.iter().map(one);
            all.fold(Catches::Only(Vec::new()), Catches::or)
        }
        _ => one(seen),
    }
}

fn is_nothing(lookup: &Lookup) -> bool {
    match lookup {
        Lookup::Missing => true,
        Lookup::Given(seen) => matches!(seen.value, Value::None),
        _ => false,
    }
}
