//! One line per finding: `path:line:column: severity[rule] message`, as editors read it.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style as Paint};

use super::{Input, Style, escaped};
use crate::finding::Severity;
use crate::line_index::Columns;

pub(super) fn write(input: &Input, style: Style, out: &mut dyn Write) -> io::Result<()> {
    for finding in &input.report.findings {
        let span = finding.primary.span;
        let (place, _) = input.range(span, Columns::Chars);
        let paint = paint(finding.severity, style);
        writeln!(
            out,
            "{}:{}:{}: {paint}{}[{}]{paint:#} {}",
            escaped(&input.source(span).path_at(span.start)),
            place.line,
            place.column,
            finding.severity,
            finding.rule,
            escaped(&finding.message),
        )?;
    }
    Ok(())
}

/// The colours of the full format, if any are welcome.
pub(super) fn paint(severity: Severity, style: Style) -> Paint {
    if !style.color {
        return Paint::new();
    }
    let color = match severity {
        Severity::Error => AnsiColor::Red,
        Severity::Warning => AnsiColor::Yellow,
        Severity::Note => AnsiColor::Cyan,
    };
    color.on_default()
}

#[cfg(test)]
mod tests {
    use super::super::Format;
    use super::super::tests::{Case, PLAIN, finding};
    use super::*;

    fn case() -> Case {
        let mut case = Case::new(&[("app/a.py", "x = 1\nsay('🦀', wait())\n")]);
        let at = case.span("app/a.py", "wait()");
        case.report
            .findings
            .push(finding(at, "", "it waits\nfor ever"));
        case
    }

    #[test]
    fn a_finding_is_one_line_with_its_column_in_chars() {
        insta::assert_snapshot!(
            case().written(Format::Concise, PLAIN),
            @r"app/a.py:2:10: error[made-up-rule] it waits\nfor ever"
        );
    }

    #[test]
    fn only_severity_and_rule_are_painted() {
        let style = Style {
            color: true,
            ..PLAIN
        };
        let text = case().written(Format::Concise, style);
        assert!(text.contains("\u{1b}[31merror[made-up-rule]\u{1b}[0m it waits"));
    }

    #[test]
    fn no_finding_is_no_line() {
        assert_eq!(Case::default().written(Format::Concise, PLAIN), "");
    }
}
