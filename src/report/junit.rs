//! The XML of `JUnit`, in which a finding is a test that failed.
//!
//! Source: the schema of Jenkins' xUnit plugin and GitLab's "Unit test reports", read 2026-11-22.

use std::io::{self, Write};

use super::Input;
use super::plain::story;
use super::xml::Document;
use crate::finding::{Finding, Report};
use crate::line_index::Columns;
use crate::source::Source;

pub(super) fn write(input: &Input, out: &mut dyn Write) -> io::Result<()> {
    let findings = input.report.findings.len();
    // Some readers take a report without any test for a run that broke.
    let tests = findings.max(1).to_string();
    let failures = findings.to_string();
    let mut document = Document::new(out)?;
    document.open(
        "testsuites",
        &[
            ("name", "unhang"),
            ("tests", &tests),
            ("failures", &failures),
            ("errors", "0"),
        ],
    )?;
    for (source, findings) in input.by_file() {
        suite(&mut document, &source.path, findings.len(), findings.len())?;
        for finding in findings {
            failure(input, source, finding, &mut document)?;
        }
        document.close("testsuite")?;
    }
    if findings == 0 {
        suite(&mut document, "unhang", 1, 0)?;
        document.empty(
            "testcase",
            &[("name", "no finding"), ("classname", "unhang")],
        )?;
        unreadable(input.report, &mut document)?;
        document.close("testsuite")?;
    } else if !input.report.problems.is_empty() {
        suite(&mut document, "unhang", 0, 0)?;
        unreadable(input.report, &mut document)?;
        document.close("testsuite")?;
    }
    document.close("testsuites")?;
    document.end()
}

fn suite(document: &mut Document, name: &str, tests: usize, failures: usize) -> io::Result<()> {
    document.open(
        "testsuite",
        &[
            ("name", name),
            ("tests", &tests.to_string()),
            ("failures", &failures.to_string()),
            ("errors", "0"),
            ("skipped", "0"),
        ],
    )
}

fn failure(
    input: &Input,
    source: &Source,
    finding: &Finding,
    document: &mut Document,
) -> io::Result<()> {
    let (start, _) = input.range(finding.primary.span, Columns::Chars);
    let place = format!("{}:{}:{}", source.path, start.line, start.column);
    document.open(
        "testcase",
        &[
            ("name", &format!("{} at {place}", finding.rule)),
            ("classname", &source.path),
            ("file", &source.path),
            ("line", &start.line.to_string()),
        ],
    )?;
    document.text(
        "failure",
        &[
            ("message", &finding.message),
            ("type", finding.severity.word()),
        ],
        &format!("{place}: {}", story(input, finding)),
    )?;
    document.close("testcase")
}

/// What could not be read is no failure.
fn unreadable(report: &Report, document: &mut Document) -> io::Result<()> {
    let lines = report.problems.iter();
    let lines: Vec<_> = lines
        .map(|it| format!("{}: {}", it.path, it.message))
        .collect();
    if lines.is_empty() {
        return Ok(());
    }
    document.text("system-err", &[], &lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::super::Format;
    use super::super::tests::{Case, PLAIN, nasty};

    #[test]
    fn a_finding_is_a_failure() {
        insta::assert_snapshot!(nasty().written(Format::Junit, PLAIN), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="unhang" tests="2" failures="2" errors="0">
          <testsuite name="app/a,b:c;d]%41\u{7}&amp;&apos;é🦀.py" tests="2" failures="2" errors="0" skipped="0">
            <testcase name="made-up-rule at app/a,b:c;d]%41\u{7}&amp;&apos;é🦀.py:1:10" classname="app/a,b:c;d]%41\u{7}&amp;&apos;é🦀.py" file="app/a,b:c;d]%41\u{7}&amp;&apos;é🦀.py" line="1">
              <failure message="100%: `a[0]`, &quot;&lt;b&gt;&quot; &amp; &apos;c&apos;;\r\n::error::\u{1b}[31m]]&gt; 🦀](1)" type="error">app/a,b:c;d]%41\u{7}&amp;&apos;é🦀.py:1:10: 100%: `a[0]`, &quot;&lt;b&gt;&quot; &amp; &apos;c&apos;;\r\n::error::\u{1b}[31m]]&gt; 🦀](1)
        app/settings.py:1:5: None, [so] 50% &quot;wait&quot;\nfor ever
        help: pass `timeout=30`
        fix: give it 30 s</failure>
            </testcase>
            <testcase name="made-up-rule at app/a,b:c;d]%41\u{7}&amp;&apos;é🦀.py:2:1" classname="app/a,b:c;d]%41\u{7}&amp;&apos;é🦀.py" file="app/a,b:c;d]%41\u{7}&amp;&apos;é🦀.py" line="2">
              <failure message="it tries again" type="note">app/a,b:c;d]%41\u{7}&amp;&apos;é🦀.py:2:1: it tries again</failure>
            </testcase>
          </testsuite>
          <testsuite name="unhang" tests="0" failures="0" errors="0" skipped="0">
            <system-err>app/b %☂.py: not UTF-8
        app/c.py: a
        ]]&gt;: b</system-err>
          </testsuite>
        </testsuites>
        "#);
    }

    #[test]
    fn a_clean_report_is_one_test_that_passes() {
        insta::assert_snapshot!(Case::default().written(Format::Junit, PLAIN), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="unhang" tests="1" failures="0" errors="0">
          <testsuite name="unhang" tests="1" failures="0" errors="0" skipped="0">
            <testcase name="no finding" classname="unhang"/>
          </testsuite>
        </testsuites>
        "#);
    }
}
