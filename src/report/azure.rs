//! Logging commands of Azure Pipelines, which become issues of the build.
//!
//! Source: "Logging commands", Azure DevOps documentation, section on formatting, and the escapes
//! in `taskcommand.ts` of `microsoft/azure-pipelines-task-lib`, read 2026-11-22.

use std::io::{self, Write};

use super::plain::story;
use super::{Input, escaped};
use crate::finding::Severity;
use crate::line_index::Columns;

pub(super) fn write(input: &Input, out: &mut dyn Write) -> io::Result<()> {
    for finding in &input.report.findings {
        let span = finding.primary.span;
        let (start, _) = input.range(span, Columns::Chars);
        writeln!(
            out,
            "##vso[task.logissue type={};sourcepath={};linenumber={};columnnumber={};code={}]{}",
            kind(finding.severity),
            property(&escaped(&input.source(span).path)),
            start.line,
            start.column,
            property(finding.rule),
            data(&story(input, finding)),
        )?;
    }
    for problem in &input.report.problems {
        let (path, message) = (property(&escaped(&problem.path)), escaped(&problem.message));
        let message = data(&message);
        writeln!(
            out,
            "##vso[task.logissue type=warning;sourcepath={path}]{message}"
        )?;
    }
    Ok(())
}

/// There is nothing below a warning.
fn kind(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning | Severity::Note => "warning",
    }
}

/// The text of a command.
fn data(text: &str) -> String {
    text.replace('%', "%AZP25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// The value of a property of a command.
fn property(text: &str) -> String {
    data(text).replace(']', "%5D").replace(';', "%3B")
}

#[cfg(test)]
mod tests {
    use super::super::Format;
    use super::super::tests::{Case, PLAIN, nasty};

    #[test]
    fn a_command_is_one_line_that_no_text_can_end() {
        insta::assert_snapshot!(nasty().written(Format::Azure, PLAIN), @r#"
        ##vso[task.logissue type=error;sourcepath=app/a,b:c%3Bd%5D%AZP2541\u{7}&'é🦀.py;linenumber=1;columnnumber=10;code=made-up-rule]100%AZP25: `a[0]`, "<b>" & 'c';\r\n::error::\u{1b}[31m]]> 🦀](1)%0Aapp/settings.py:1:5: None, [so] 50%AZP25 "wait"\nfor ever%0Ahelp: pass `timeout=30`%0Afix: give it 30 s
        ##vso[task.logissue type=warning;sourcepath=app/a,b:c%3Bd%5D%AZP2541\u{7}&'é🦀.py;linenumber=2;columnnumber=1;code=made-up-rule]it tries again
        ##vso[task.logissue type=warning;sourcepath=app/b %AZP25☂.py]not UTF-8
        ##vso[task.logissue type=warning;sourcepath=app/c.py]a\n]]>: b
        "#);
    }

    #[test]
    fn no_finding_is_no_command() {
        assert_eq!(Case::default().written(Format::Azure, PLAIN), "");
    }
}
