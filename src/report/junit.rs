//! The XML of `JUnit`, in which a finding is a test that failed.
//!
//! Source: `junit-10.xsd` of `jenkinsci/xunit-plugin`, read 2026-11-22. That plugin refuses reports
//! with attributes that its schema does not know, so a test tells its line in its name.

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
        let count = findings.len();
        suite(&mut document, Some(source), count, count)?;
        for finding in findings {
            failure(input, source, finding, &mut document)?;
        }
        document.close("testsuite")?;
    }
    if findings == 0 {
        suite(&mut document, None, 1, 0)?;
        document.empty(
            "testcase",
            &[("name", "no finding"), ("classname", "unhang")],
        )?;
        unreadable(input.report, &mut document)?;
        document.close("testsuite")?;
    } else if !input.report.problems.is_empty() {
        suite(&mut document, None, 0, 0)?;
        unreadable(input.report, &mut document)?;
        document.close("testsuite")?;
    }
    document.close("testsuites")?;
    document.end()
}

/// The tests of a file, or what there is to say of none.
fn suite(
    document: &mut Document,
    source: Option<&Source>,
    tests: usize,
    failures: usize,
) -> io::Result<()> {
    let file = source.map(|it| it.path.as_str());
    let (tests, failures) = (tests.to_string(), failures.to_string());
    let mut attributes = vec![
        ("name", file.unwrap_or("unhang")),
        ("tests", &tests),
        ("failures", &failures),
        ("errors", "0"),
        ("skipped", "0"),
    ];
    attributes.extend(file.map(|it| ("file", it)));
    document.open("testsuite", &attributes)
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
          <testsuite name="app/a,b:c;d]%41\u{7}&amp;&apos;é🦀.py" tests="2" failures="2" errors="0" skipped="0" file="app/a,b:c;d]%41\u{7}&amp;&apos;é🦀.py">
            <testcase name="made-up-rule at app/a,b:c;d]%41\u{7}&amp;&apos;é🦀.py:1:10" classname="app/a,b:c;d]%41\u{7}&amp;&apos;é🦀.py">
              <failure message="100%: `a[0]`, &quot;&lt;b&gt;&quot; &amp; &apos;c&apos;;\r\n::error::\u{1b}[31m]]&gt; 🦀](1)" type="error">app/a,b:c;d]%41\u{7}&amp;&apos;é🦀.py:1:10: 100%: `a[0]`, &quot;&lt;b&gt;&quot; &amp; &apos;c&apos;;\r\n::error::\u{1b}[31m]]&gt; 🦀](1)
        app/settings.py:1:5: None, [so] 50% &quot;wait&quot;\nfor ever
        help: pass `timeout=30`
        fix: give it 30 s</failure>
            </testcase>
            <testcase name="made-up-rule at app/a,b:c;d]%41\u{7}&amp;&apos;é🦀.py:2:1" classname="app/a,b:c;d]%41\u{7}&amp;&apos;é🦀.py">
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
