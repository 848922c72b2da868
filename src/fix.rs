//! Edits and how far they can be trusted.

use crate::source::Span;

/// A change that would end a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What the change does, as an imperative.
    pub title: String,
    /// Whether a machine may apply it unasked.
    pub trust: Trust,
    /// The edits, all of which belong together.
    pub edits: Vec<Edit>,
}

/// How far a fix can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trust {
    /// The program means the same afterwards, or certainly what was meant.
    Safe,
    /// The program behaves differently: a person should read it.
    Risky,
}

impl Trust {
    /// The word that every format prints.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Risky => "risky",
        }
    }
}

/// One replacement; an empty span inserts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What goes away.
    pub span: Span,
    /// What comes instead.
    pub text: String,
}
