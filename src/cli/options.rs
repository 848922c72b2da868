//! Words on the command line and what they mean.

use clap::ValueEnum;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::finding::Confidence;
use crate::report::Format;
use crate::settings::FailOn;

/// When results are coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

const FAIL_ON: &[(&str, FailOn)] = &[
    ("note", FailOn::Note),
    ("warning", FailOn::Warning),
    ("error", FailOn::Error),
    ("never", FailOn::Never),
];

const CONFIDENCE: &[(&str, Confidence)] = &[
    ("low", Confidence::Low),
    ("medium", Confidence::Medium),
    ("high", Confidence::High),
];

pub(super) fn format() -> impl TypedValueParser<Value = Format> {
    one_of(Format::NAMES)
}

pub(super) fn fail_on() -> impl TypedValueParser<Value = FailOn> {
    one_of(FAIL_ON)
}

pub(super) fn confidence() -> impl TypedValueParser<Value = Confidence> {
    one_of(CONFIDENCE)
}

/// Takes one of some words, each of which has a meaning.
fn one_of<T: Copy + Send + Sync>(
    words: &'static [(&'static str, T)],
) -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(words.iter().map(|it| it.0)).map(move |word| {
        let known = words.iter().find(|it| it.0 == word);
        known.expect("the parser lets only these words through").1
    })
}
