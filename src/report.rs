//! A report as bytes, for one kind of reader each.
//!
//! A new format is a file beside the others, a variant of [`Format`], its name in
//! [`Format::NAMES`] and its arm in [`write`], which the compiler asks for.

mod azure;
pub mod baseline;
mod budget;
mod checkstyle;
mod concise;
mod diff;
mod excerpt;
mod fingerprint;
mod full;
mod github;
mod gitlab;
mod grouped;
mod json;
mod junit;
mod plain;
mod rdjson;
mod sarif;
mod totals;
mod xml;

use std::fmt::Write as _;
use std::io::{self, Write};
use std::ops::Range;

use crate::catalog::Catalog;
use crate::finding::{Finding, Report};
use crate::fix::Fix;
use crate::line_index::{Columns, LineColumn};
use crate::source::{Source, Sources, Span};

pub use budget::{
    BudgetFormat, BudgetView, HopRow, Links, Place, Reason, Row, Time, Waterfall, write_budgets,
};
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

impl<'a> Input<'a> {
    /// The text that a span lies in.
    fn source(&self, span: Span) -> &'a Source {
        self.sources.get(span.file)
    }

    /// Where a span begins and ends; never the end before the beginning.
    fn range(&self, span: Span, columns: Columns) -> (LineColumn, LineColumn) {
        let source = self.source(span);
        let place = |at| source.place(at, columns);
        (place(span.start), place(span.end.max(span.start)))
    }

    /// The fixes for a reader that knows files and no cells: none that reaches into a notebook, where
    /// no line of a cell is one of the file.
    fn fixes<'f>(&self, finding: &'f Finding) -> impl Iterator<Item = &'f Fix> {
        let in_files = |fix: &&Fix| {
            let mut edits = fix.edits.iter();
            edits.all(|it| !self.source(it.span).is_notebook())
        };
        finding.fixes.iter().filter(in_files)
    }

    /// The findings of each file, in the order of the report.
    fn by_file(&self) -> impl Iterator<Item = (&'a Source, &'a [Finding])> {
        let findings = self.report.findings.as_slice();
        let files = findings.chunk_by(|a, b| a.primary.span.file == b.primary.span.file);
        let sources = self.sources;
        files.map(move |all| (sources.get(all[0].primary.span.file), all))
    }
}

/// For whom a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// People: the code with its labels drawn below it.
    Full,
    /// People and editors: one line per finding.
    Concise,
    /// People: the findings of each file below its name.
    Grouped,
    /// Programs: version 1 of `report/json.schema.json`.
    Json,
    /// Programs that read line by line: the same, one JSON object a line.
    Jsonl,
    /// Code scanning on GitHub, and whatever else reads SARIF 2.1.0.
    Sarif,
    /// GitHub Actions: annotations beside the code.
    Github,
    /// GitLab: the code quality report.
    Gitlab,
    /// Whatever reads the XML of `JUnit`.
    Junit,
    /// reviewdog, which comments on pull requests.
    Rdjson,
    /// Whatever reads the XML of Checkstyle.
    Checkstyle,
    /// Azure Pipelines: issues of the build.
    Azure,
}

impl Format {
    /// Every format with the name that users type.
    pub const NAMES: &'static [(&'static str, Self)] = &[
        ("full", Self::Full),
        ("concise", Self::Concise),
        ("grouped", Self::Grouped),
        ("json", Self::Json),
        ("jsonl", Self::Jsonl),
        ("sarif", Self::Sarif),
        ("github", Self::Github),
        ("gitlab", Self::Gitlab),
        ("junit", Self::Junit),
        ("rdjson", Self::Rdjson),
        ("checkstyle", Self::Checkstyle),
        ("azure", Self::Azure),
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
        Format::Grouped => grouped::write(input, style, out),
        Format::Json => json::write(input, out),
        Format::Jsonl => json::write_lines(input, out),
        Format::Sarif => sarif::write(input, out),
        Format::Github => github::write(input, out),
        Format::Gitlab => gitlab::write(input, out),
        Format::Junit => junit::write(input, out),
        Format::Rdjson => rdjson::write(input, out),
        Format::Checkstyle => checkstyle::write(input, out),
        Format::Azure => azure::write(input, out),
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

/// A relative path as a reference of URIs, with whatever is special there in percent signs.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for &byte in path.as_bytes() {
        let plain = byte.is_ascii_alphanumeric() || b"-._~/!$&'()*+,;=@".contains(&byte);
        if plain {
            uri.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
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
    use crate::finding::{Confidence, Finding, Label, Problem, Severity};
    use crate::fix::{Edit, Fix, Trust};
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
                .map(|(path, text)| Source::new(*path, Kind::Python, *text));
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

    /// Paths, messages and texts with all that some format uses for itself, a fix, a finding on
    /// two lines, and files that could not be read.
    pub(super) fn nasty() -> Case {
        let path = "app/a,b:c;d]%41\u{7}&'é🦀.py";
        let mut case = Case::new(&[
            (path, "x = '🦀', Chat(timeout=T)\nretry(\n  Chat)\n"),
            ("app/settings.py", "T = None\n"),
        ]);
        let value = case.span("app/settings.py", "None");
        let fix = Fix {
            title: "give it 30 s".to_owned(),
            trust: Trust::Risky,
            edits: vec![Edit {
                span: case.span(path, "T)"),
                text: "30)".to_owned(),
            }],
        };
        let message = "100%: `a[0]`, \"<b>\" & 'c';\r\n::error::\u{1b}[31m]]> 🦀](1)";
        let first = finding(case.span(path, "Chat(timeout=T)"), "", message)
            .because(value, "None, [so] 50% \"wait\"\nfor ever")
            .help("pass `timeout=30`")
            .fix(fix);
        let second = finding(
            case.span(path, "retry(\n  Chat)"),
            "again",
            "it tries again",
        )
        .severity(Severity::Note)
        .because(value, "");
        case.report.findings.extend([first, second]);
        for (path, message) in [("app/b %☂.py", "not UTF-8"), ("app/c.py", "a\n]]>: b")] {
            case.report.problems.push(Problem {
                path: path.to_owned(),
                message: message.to_owned(),
            });
        }
        case
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
