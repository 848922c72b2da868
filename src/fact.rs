//! A value and the reason we believe it.

use std::fmt;

use crate::source::Span;
use crate::units::Millis;

/// How long a call waits at most.
///
/// "No timeout" and "we cannot tell" are different statements, so there are three answers:
/// [`Limit::Unknown`] never makes a finding by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// No longer than this between two signs of life.
    Within(Millis),
    /// For ever.
    Forever,
    /// We cannot tell.
    Unknown,
}

impl fmt::Display for Limit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Within(millis) => millis.fmt(out),
            Self::Forever => out.write_str("for ever"),
            Self::Unknown => out.write_str("unknown"),
        }
    }
}

/// A value with the place that makes it true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact<T> {
    /// What is believed.
    pub value: T,
    /// Why.
    pub origin: Origin,
}

/// Where a fact was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// In the user's files.
    Written(Span),
    /// Nowhere in them: the catalogue says what then holds.
    Default,
}
