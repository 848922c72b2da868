//! The XML of Checkstyle, which many build servers and review tools read.
//!
//! Source: `XMLLogger` of `checkstyle/checkstyle`, read 2026-11-22.

use std::io::{self, Write};

use super::Input;
use super::plain::story;
use super::xml::Document;
use crate::finding::{Finding, Severity};
use crate::line_index::Columns;

/// The version of Checkstyle whose form this is; readers do not look at it.
const FORM: &str = "4.3";

pub(super) fn write(input: &Input, out: &mut dyn Write) -> io::Result<()> {
    let mut document = Document::new(out)?;
    document.open("checkstyle", &[("version", FORM)])?;
    for (source, findings) in input.by_file() {
        document.open("file", &[("name", &source.path)])?;
        for finding in findings {
            error(input, finding, &mut document)?;
        }
        document.close("file")?;
    }
    for problem in &input.report.problems {
        document.open("file", &[("name", &problem.path)])?;
        document.text("exception", &[], &problem.message)?;
        document.close("file")?;
    }
    document.close("checkstyle")?;
    document.end()
}

fn error(input: &Input, finding: &Finding, document: &mut Document) -> io::Result<()> {
    let (start, _) = input.range(finding.primary.span, Columns::Chars);
    let severity = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "info",
    };
    document.empty(
        "error",
        &[
            ("line", &start.line.to_string()),
            ("column", &start.column.to_string()),
            ("severity", severity),
            // An attribute has one line.
            ("message", &story(input, finding).replace('\n', "; ")),
            ("source", &format!("unhang.{}", finding.rule)),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::super::Format;
    use super::super::tests::{Case, PLAIN, nasty};

    #[test]
    fn errors_stand_below_their_file_and_problems_are_exceptions() {
        insta::assert_snapshot!(nasty().written(Format::Checkstyle, PLAIN), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <checkstyle version="4.3">
          <file name="app/a,b:c;d]%41\u{7}&amp;&apos;é🦀.py">
            <error line="1" column="10" severity="error" message="100%: `a[0]`, &quot;&lt;b&gt;&quot; &amp; &apos;c&apos;;\r\n::error::\u{1b}[31m]]&gt; 🦀](1); app/settings.py:1:5: None, [so] 50% &quot;wait&quot;\nfor ever; help: pass `timeout=30`; fix: give it 30 s" source="unhang.made-up-rule"/>
            <error line="2" column="1" severity="info" message="it tries again" source="unhang.made-up-rule"/>
          </file>
          <file name="app/b %☂.py">
            <exception>not UTF-8</exception>
          </file>
          <file name="app/c.py">
            <exception>a
        ]]&gt;: b</exception>
          </file>
        </checkstyle>
        "#);
    }

    #[test]
    fn a_clean_report_is_an_empty_element() {
        let written = Case::default().written(Format::Checkstyle, PLAIN);
        assert!(written.contains("<checkstyle version=\"4.3\">\n</checkstyle>"));
    }
}
