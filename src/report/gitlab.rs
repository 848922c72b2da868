//! GitLab's code quality report: a JSON array in a subset of the Code Climate format.
//!
//! Source: "Code Quality", GitLab's documentation, section on the report format, and the
//! specification of Code Climate engines, read 2026-11-22.

use std::io::{self, Write};

use serde::Serialize;

use super::plain::details;
use super::{Input, escaped, fingerprint, fingerprints};
use crate::finding::{Finding, Problem, Severity};
use crate::line_index::Columns;
use crate::source::Span;

/// The name under which GitLab shows what could not be read.
const UNREADABLE: &str = "unreadable-file";

#[derive(Serialize)]
struct Issue<'a> {
    r#type: &'static str,
    check_name: &'a str,
    description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<Content>,
    categories: [&'static str; 1],
    severity: &'static str,
    fingerprint: String,
    location: Location<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    other_locations: Vec<Location<'a>>,
}

/// In Markdown.
#[derive(Serialize)]
struct Content {
    body: String,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
    end: u32,
}

pub(super) fn write(input: &Input, out: &mut dyn Write) -> io::Result<()> {
    let names = fingerprints(input.report, input.sources);
    let findings = input.report.findings.iter().zip(names);
    let findings = findings.map(|(it, name)| issue(input, it, name));
    let issues: Vec<_> = findings
        .chain(input.report.problems.iter().map(unreadable))
        .collect();
    serde_json::to_writer_pretty(&mut *out, &issues)?;
    out.write_all(b"\n")
}

fn issue<'a>(input: &Input<'a>, finding: &'a Finding, fingerprint: String) -> Issue<'a> {
    let details = details(input, finding);
    let others = finding.because.iter().map(|it| location(input, it.span));
    Issue {
        r#type: "issue",
        check_name: finding.rule,
        description: escaped(&finding.message),
        content: (!details.is_empty()).then(|| Content {
            body: details.join("\n\n"),
        }),
        categories: ["Bug Risk"],
        severity: severity(finding.severity),
        fingerprint,
        location: location(input, finding.primary.span),
        other_locations: others.collect(),
    }
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "critical",
        Severity::Warning => "major",
        Severity::Note => "minor",
    }
}

fn location<'a>(input: &Input<'a>, span: Span) -> Location<'a> {
    let (start, end) = input.range(span, Columns::Chars);
    Location {
        path: &input.source(span).path,
        lines: Lines {
            begin: start.line,
            end: end.line,
        },
    }
}

/// The format has no other place for it.
fn unreadable(problem: &Problem) -> Issue<'_> {
    Issue {
        r#type: "issue",
        check_name: UNREADABLE,
        description: escaped(&problem.message),
        content: None,
        categories: ["Compatibility"],
        severity: "info",
        fingerprint: fingerprint::of(&[UNREADABLE, &problem.path, &problem.message]),
        location: Location {
            path: &problem.path,
            lines: Lines { begin: 1, end: 1 },
        },
        other_locations: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Format;
    use super::super::tests::{Case, PLAIN, nasty};

    #[test]
    fn an_issue_has_all_that_the_widget_reads() {
        insta::assert_snapshot!(nasty().written(Format::Gitlab, PLAIN), @r#"
        [
          {
            "type": "issue",
            "check_name": "made-up-rule",
            "description": "100%: `a[0]`, \"<b>\" & 'c';\\r\\n::error::\\u{1b}[31m]]> 🦀](1)",
            "content": {
              "body": "app/settings.py:1:5: None, [so] 50% \"wait\"\\nfor ever\n\nhelp: pass `timeout=30`\n\nfix: give it 30 s"
            },
            "categories": [
              "Bug Risk"
            ],
            "severity": "critical",
            "fingerprint": "738a82ef08a7fd04",
            "location": {
              "path": "app/a,b:c;d]%41\u0007&'é🦀.py",
              "lines": {
                "begin": 1,
                "end": 1
              }
            },
            "other_locations": [
              {
                "path": "app/settings.py",
                "lines": {
                  "begin": 1,
                  "end": 1
                }
              }
            ]
          },
          {
            "type": "issue",
            "check_name": "made-up-rule",
            "description": "it tries again",
            "categories": [
              "Bug Risk"
            ],
            "severity": "minor",
            "fingerprint": "8c0d12838ff7543d",
            "location": {
              "path": "app/a,b:c;d]%41\u0007&'é🦀.py",
              "lines": {
                "begin": 2,
                "end": 3
              }
            },
            "other_locations": [
              {
                "path": "app/settings.py",
                "lines": {
                  "begin": 1,
                  "end": 1
                }
              }
            ]
          },
          {
            "type": "issue",
            "check_name": "unreadable-file",
            "description": "not UTF-8",
            "categories": [
              "Compatibility"
            ],
            "severity": "info",
            "fingerprint": "7e79f9e52c099047",
            "location": {
              "path": "app/b %☂.py",
              "lines": {
                "begin": 1,
                "end": 1
              }
            }
          },
          {
            "type": "issue",
            "check_name": "unreadable-file",
            "description": "a\\n]]>: b",
            "categories": [
              "Compatibility"
            ],
            "severity": "info",
            "fingerprint": "f03ca1c1bca39195",
            "location": {
              "path": "app/c.py",
              "lines": {
                "begin": 1,
                "end": 1
              }
            }
          }
        ]
        "#);
    }

    #[test]
    fn a_clean_report_is_an_empty_list() {
        assert_eq!(Case::default().written(Format::Gitlab, PLAIN), "[]\n");
    }
}
