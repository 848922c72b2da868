//! A report as bytes, for one kind of reader each.
//!
//! A new format is a file beside the others, a variant of [`Format`], its name in
//! [`Format::NAMES`] and its arm in [`write`], which the compiler asks for.

mod concise;
mod diff;
mod excerpt;
mod fingerprint;
mod full;
mod json;
mod totals;

use std::io::{self, Write};
use std::ops::Range;

use crate::catalog::Catalog;
use crate::finding::Report;
use crate::source::{Source, Sources, Span};

pub use diff::diff;
pub use fingerprint::fingerprints;
pub use totals::{count, problems, statistics, summary};

/// What every format may speak of.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// What the run has to say.
    pub report: &'a Report,
    /// The texts it speaks of.
    pub sources: &'a Sources,
    /// Where the rules' groups are found.
    pub catalog: &'static Catalog,
    /// How long the run took, in milliseconds.
    pub elapsed_ms: u64,
}

/// For whom a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// People: the code with its labels drawn below it.
    Full,
    /// People and editors: one line per finding.
    Concise,
    /// Programs: version 1 of `report/json.schema.json`.
    Json,
}

impl Format {
    /// Every format with the name that users type.
    pub const NAMES: &'static [(&'static str, Self)] = &[
        ("full", Self::Full),
        ("concise", Self::Concise),
        ("json", Self::Json),
    ];

    /// The format of that name; `None` when there is none.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let (_, format) = Self::NAMES.iter().find(|(own, _)| *own == name)?;
        Some(*format)
    }
}

/// How a report for people looks; formats for programs pay no attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether ANSI escapes are welcome.
    pub color: bool,
    /// How many columns a line may have.
    pub width: usize,
}

/// Writes all findings, and nothing else, to `out`.
///
/// # Errors
///
/// Only when `out` cannot be written.
pub fn write(input: &Input, format: Format, style: Style, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Full => full::write(input, style, out),
        Format::Concise => concise::write(input, style, out),
        Format::Json => json::write(input, out),
    }
}

/// The bytes of a span as far as they lie in its text, moved back to the starts of characters.
///
/// Formats show what they are given: a span that is a little off is no reason to panic.
fn within(source: &Source, span: Span) -> Range<usize> {
    let start = source.text.floor_char_boundary(span.start as usize);
    let end = source.text.floor_char_boundary(span.end as usize);
    start..end.max(start)
}

/// The text with line breaks and other control characters spelled out, so that it stays on its
/// line and cannot talk to the terminal.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if disturbs(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

/// Whether a terminal would obey the character instead of showing it.
///
/// The directional marks are among them because they can make code look like other code.
/// Source: "Trojan Source", <https://trojansource.codes>, read 2026-11-22.
fn disturbs(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog;
    use crate::finding::{Confidence, Finding, Label, Severity};
    use crate::source::{FileId, Kind};

    /// Texts and what is said about them.
    #[derive(Default)]
    pub(super) struct Case {
        pub(super) report: Report,
        pub(super) sources: Sources,
    }

    impl Case {
        /// The texts by path; findings refer to them in the order of their paths.
        pub(super) fn new(texts: &[(&str, &str)]) -> Self {
            let files = texts
                .iter()
                .map(|(path, text)| Source::new(*path, Kind::Python, *text))
                .collect();
            let report = Report {
                files: texts.len(),
                parsed: texts.len(),
                ..Report::default()
            };
            Self {
                report,
                sources: Sources::new(files),
            }
        }

        /// Where `part` stands first in the text of that path.
        pub(super) fn span(&self, path: &str, part: &str) -> Span {
            let file = self.sources.find(path).expect("the path is in the case");
            let start = self.sources.get(file).text.find(part);
            let start = start.expect("the text has this part");
            let end = start + part.len();
            span(file, start, end)
        }

        pub(super) fn input(&self) -> Input<'_> {
            Input {
                report: &self.report,
                sources: &self.sources,
                catalog: catalog::bundled(),
                elapsed_ms: 14,
            }
        }

        pub(super) fn written(&self, format: Format, style: Style) -> String {
            let mut out = Vec::new();
            write(&self.input(), format, style, &mut out).expect("a vector takes all bytes");
            String::from_utf8(out).expect("all formats are text")
        }
    }

    pub(super) const PLAIN: Style = Style {
        color: false,
        width: 80,
    };

    pub(super) fn span(file: FileId, start: usize, end: usize) -> Span {
        let offset = |it| u32::try_from(it).expect("tests are short");
        Span {
            file,
            start: offset(start),
            end: offset(end),
        }
    }

    /// A rule of no catalogue, so that no entry can change what the tests expect.
    pub(super) fn finding(span: Span, label: &str, message: &str) -> Finding {
        Finding {
            rule: "made-up-rule",
            severity: Severity::Error,
            confidence: Confidence::High,
            message: message.to_owned(),
            primary: Label {
                span,
                text: label.to_owned(),
            },
            because: Vec::new(),
            help: None,
            fixes: Vec::new(),
            cause: None,
        }
    }

    #[test]
    fn every_format_has_a_name_that_is_read_back() {
        for (name, format) in Format::NAMES {
            assert_eq!(Format::parse(name), Some(*format));
        }
        assert_eq!(Format::parse("papyrus"), None);
    }

    #[test]
    fn a_span_is_moved_into_its_text() {
        let source = Source::new("a.py", Kind::Python, "a🦀b");
        let check = |start, end, expected| {
            assert_eq!(within(&source, span(FileId(0), start, end)), expected);
        };
        check(1, 5, 1..5);
        check(2, 4, 1..1);
        check(3, 99, 1..6);
        check(99, 100, 6..6);
        check(5, 1, 5..5);
    }

    #[test]
    fn control_characters_are_spelled_out() {
        assert_eq!(escaped("a\nb\u{1b}[0m"), "a\\nb\\u{1b}[0m");
        assert_eq!(escaped("für 🦀"), "für 🦀");
    }
}
