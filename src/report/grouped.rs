//! The findings of each file below its name, in columns.

use std::io::{self, Write};

use super::concise::paint;
use super::{Input, Style, escaped};
use crate::line_index::Columns;

pub(super) fn write(input: &Input, style: Style, out: &mut dyn Write) -> io::Result<()> {
    for (at, (source, findings)) in input.by_file().enumerate() {
        if at > 0 {
            writeln!(out)?;
        }
        writeln!(out, "{}", escaped(&source.path))?;
        let places: Vec<String> = findings
            .iter()
            .map(|it| {
                let (place, _) = input.range(it.primary.span, Columns::Chars);
                let place = format!("{}:{}", place.line, place.column);
                match source.cell(it.primary.span.start) {
                    Some(cell) => format!("cell {}:{place}", cell.number),
                    None => place,
                }
            })
            .collect();
        let width = places.iter().map(String::len).max().unwrap_or(0);
        for (finding, place) in findings.iter().zip(places) {
            let paint = paint(finding.severity, style);
            writeln!(
                out,
                "  {place:width$}  {paint}{}[{}]{paint:#} {}",
                finding.severity,
                finding.rule,
                escaped(&finding.message),
            )?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::Format;
    use super::super::tests::{Case, PLAIN, finding};

    #[test]
    fn a_file_is_named_once() {
        let mut case = Case::new(&[("a.py", &"wait()\n".repeat(12)), ("b.py", "stop()\n")]);
        let last = case.span("a.py", "wait()");
        for at in [
            last,
            super::super::tests::span(last.file, 70, 76),
            case.span("b.py", "stop()"),
        ] {
            let found = finding(at, "", "it waits\nfor ever");
            case.report.findings.push(found);
        }
        insta::assert_snapshot!(case.written(Format::Grouped, PLAIN), @r"
        a.py
          1:1   error[made-up-rule] it waits\nfor ever
          11:1  error[made-up-rule] it waits\nfor ever

        b.py
          1:1  error[made-up-rule] it waits\nfor ever
        ");
    }

    #[test]
    fn no_finding_is_no_line() {
        assert_eq!(Case::default().written(Format::Grouped, PLAIN), "");
    }
}
