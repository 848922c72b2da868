//! Comments that answer findings: what they say and where they go.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::finding::Finding;
use crate::project::Project;
use crate::source::{FileId, Source};

/// A line that grows longer than this gets its comment above, in characters.
///
/// Source: the default of ruff and black, <https://docs.astral.sh/ruff/settings/#line-length>, read
/// 2026-11-22.
const LONGEST: usize = 88;

/// The texts with a suppression for every finding, as far as a comment can speak of it.
///
/// The comment stands at the end of the finding's statement, or alone above it where the line would
/// be too long or has a suppression already. Where code of a statement goes on behind another one's
/// end a comment may miss its finding, so who writes the texts judges them first.
#[must_use]
pub fn answered<'f>(
    project: &Project,
    findings: impl IntoIterator<Item = &'f Finding>,
    reason: &str,
) -> BTreeMap<FileId, String> {
    let mut rules: BTreeMap<FileId, BTreeMap<Lines, BTreeSet<&str>>> = BTreeMap::new();
    for finding in findings {
        let file = finding.primary.span.file;
        let Some(module) = project.module(file) else {
            continue;
        };
        let at = finding.primary.span.start;
        let source = project.sources().get(file);
        let statement = module.ast.statement_at(at).unwrap_or(at..at + 1);
        let all = rules.entry(file).or_default();
        let names = all.entry(Lines::of(&statement, source)).or_default();
        names.insert(finding.rule);
    }
    let texts = rules.into_iter().map(|(file, all)| {
        let source = project.sources().get(file);
        (file, commented(source, &all, reason))
    });
    texts.collect()
}

/// The first and the last line of a statement, from 0; ordered by the last, where the comment goes.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Lines {
    last: usize,
    first: usize,
}

impl Lines {
    fn of(statement: &Range<u32>, source: &Source) -> Self {
        Self {
            first: source.lines.line(statement.start),
            last: source.lines.line(statement.end.saturating_sub(1)),
        }
    }
}

fn commented(source: &Source, all: &BTreeMap<Lines, BTreeSet<&str>>, reason: &str) -> String {
    let mut inserts: BTreeMap<usize, String> = BTreeMap::new();
    for (lines, rules) in all {
        let names: Vec<&str> = rules.iter().copied().collect();
        let comment = format!("# unhang: ignore[{}] -- {reason}", names.join(", "));
        let (at, text) = placed(source, lines, &comment);
        inserts.entry(at).or_default().push_str(&text);
    }
    let mut text = source.text.clone();
    for (at, insert) in inserts.iter().rev() {
        text.insert_str(*at, insert);
    }
    text
}

/// Where a comment goes, and with which white space.
fn placed(source: &Source, lines: &Lines, comment: &str) -> (usize, String) {
    let start = |line| source.lines.start(line).map_or(0, |it| it as usize);
    let last = source.lines.text(&source.text, lines.last);
    let code = last.trim_end();
    let length = code.chars().count() + comment.chars().count() + 2;
    if length <= LONGEST && !code.contains("unhang:") && !code.ends_with('\\') {
        return (start(lines.last) + code.len(), format!("  {comment}"));
    }
    let first = source.lines.text(&source.text, lines.first);
    let indent = &first[..first.len() - first.trim_start().len()];
    let end = line_end(&source.text);
    (start(lines.first), format!("{indent}{comment}{end}"))
}

/// How lines end in a text.
fn line_end(text: &str) -> &'static str {
    match text.find(['\r', '\n']) {
        Some(at) if text[at..].starts_with("\r\n") => "\r\n",
        Some(at) if text[at..].starts_with('\r') => "\r",
        _ => "\n",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog;
    use crate::engine::analyze;
    use crate::settings::Settings;
    use crate::source::{Kind, Sources};

    fn build(text: &str) -> Project {
        let source = Source::new("a.py", Kind::Python, text);
        let settings = Settings::default();
        Project::build(Sources::new([source]), &settings, catalog::bundled())
    }

    /// The text with its findings answered, which must leave none.
    fn check(code: &str, expected: &str) {
        let import = "from langchain_openai import ChatOpenAI as C\n";
        let end = line_end(code);
        let text = format!("{}{code}", import.replace('\n', end));
        let project = build(&text);
        let report = analyze(&project, &Settings::default());
        assert!(!report.findings.is_empty(), "{code}");
        let texts = answered(&project, &report.findings, "why");
        let written = &texts[&FileId(0)];
        assert_eq!(written[import.len() + end.len() - 1..], *expected);
        let again = analyze(&build(written), &Settings::default());
        assert_eq!(again.findings, Vec::new(), "{written}");
        let all = report.suppressed.len() + report.findings.len();
        assert_eq!(again.suppressed.len(), all);
    }

    const ABSENT: &str = "# unhang: ignore[client-without-timeout] -- why";

    #[test]
    fn a_comment_stands_at_the_end_of_the_statement() {
        check("x = C()\ny = 1\n", &format!("x = C()  {ABSENT}\ny = 1\n"));
        check(
            "x = C(\n  model='m',\n)",
            &format!("x = C(\n  model='m',\n)  {ABSENT}"),
        );
        check(
            "x = C()  # noqa\r\n",
            &format!("x = C()  # noqa  {ABSENT}\r\n"),
        );
    }

    #[test]
    fn a_long_line_gets_its_comment_above() {
        let long = format!("    x = C(model='{}')\n", "m".repeat(60));
        check(
            &format!("if a:\n{long}"),
            &format!("if a:\n    {ABSENT}\n{long}"),
        );
        let long = long.trim_start().replace('\n', "\r\n");
        check(&long, &format!("{ABSENT}\r\n{long}"));
    }

    #[test]
    fn two_findings_of_a_statement_share_a_comment() {
        check("x = C(), C()\n", &format!("x = C(), C()  {ABSENT}\n"));
        check(
            "x = C(), C(timeout=None)\n",
            "# unhang: ignore[client-without-timeout, timeout-disabled] -- why\n\
             x = C(), C(timeout=None)\n",
        );
    }

    #[test]
    fn a_suppression_that_is_there_stays() {
        let own = "# unhang: ignore[timeout-disabled] -- old";
        check(
            &format!("x = C(), C(timeout=None)  {own}\n"),
            &format!("{ABSENT}\nx = C(), C(timeout=None)  {own}\n"),
        );
    }
}
