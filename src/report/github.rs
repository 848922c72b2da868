//! Workflow commands of GitHub Actions, which become annotations beside the code.
//!
//! Source: "Workflow commands for GitHub Actions", GitHub's documentation, and the escapes in
//! `command.ts` of `actions/toolkit`, read 2026-11-22.

use std::io::{self, Write};

use super::plain::story;
use super::{Input, escaped};
use crate::finding::{Finding, Severity};
use crate::line_index::Columns;

pub(super) fn write(input: &Input, out: &mut dyn Write) -> io::Result<()> {
    for finding in &input.report.findings {
        writeln!(
            out,
            "::{} title={},{}::{}",
            command(finding.severity),
            property(&format!("unhang: {}", finding.rule)),
            place(input, finding),
            data(&story(input, finding)),
        )?;
    }
    for problem in &input.report.problems {
        let (path, message) = (property(&escaped(&problem.path)), escaped(&problem.message));
        writeln!(out, "::notice title=unhang,file={path}::{}", data(&message))?;
    }
    Ok(())
}

fn command(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    }
}

/// Columns are refused for a range of several lines.
fn place(input: &Input, finding: &Finding) -> String {
    let span = finding.primary.span;
    let path = property(&escaped(&input.source(span).path));
    let (start, end) = input.range(span, Columns::Chars);
    let lines = format!("file={path},line={},endLine={}", start.line, end.line);
    if start.line == end.line {
        format!("{lines},col={},endColumn={}", start.column, end.column)
    } else {
        lines
    }
}

/// The text of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// The value of a property of a command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::super::Format;
    use super::super::tests::{Case, PLAIN, nasty};

    #[test]
    fn a_command_is_one_line_that_no_text_can_end() {
        insta::assert_snapshot!(nasty().written(Format::Github, PLAIN), @r#"
        ::error title=unhang%3A made-up-rule,file=app/a%2Cb%3Ac;d]%2541\u{7}&'é🦀.py,line=1,endLine=1,col=10,endColumn=25::100%25: `a[0]`, "<b>" & 'c';\r\n::error::\u{1b}[31m]]> 🦀](1)%0Aapp/settings.py:1:5: None, [so] 50%25 "wait"\nfor ever%0Ahelp: pass `timeout=30`%0Afix: give it 30 s
        ::notice title=unhang%3A made-up-rule,file=app/a%2Cb%3Ac;d]%2541\u{7}&'é🦀.py,line=2,endLine=3::it tries again
        ::notice title=unhang,file=app/b %25☂.py::not UTF-8
        ::notice title=unhang,file=app/c.py::a\n]]>: b
        "#);
    }

    #[test]
    fn no_finding_is_no_command() {
        assert_eq!(Case::default().written(Format::Github, PLAIN), "");
    }
}
