//! The diagnostic format of reviewdog, which comments on pull requests.
//!
//! Source: `proto/rdf/reviewdog.proto` of `reviewdog/reviewdog`, read 2026-11-22. Its readers refuse
//! keys that they do not know, so labels and help become lines of the message.

use std::io::{self, Write};

use serde::Serialize;

use super::Input;
use super::plain::story;
use crate::docs;
use crate::finding::{Finding, Problem, Severity};
use crate::fix::Fix;
use crate::line_index::{Columns, LineColumn};
use crate::source::Span;

#[derive(Serialize)]
struct DiagnosticResult<'a> {
    source: Origin,
    diagnostics: Vec<Diagnostic<'a>>,
}

#[derive(Serialize)]
struct Origin {
    name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'static str>,
}

#[derive(Serialize)]
struct Diagnostic<'a> {
    message: String,
    location: Location<'a>,
    severity: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<Code<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suggestions: Vec<Suggestion<'a>>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<Range>,
}

/// The end is exclusive.
#[derive(Serialize)]
struct Range {
    start: Position,
    end: Position,
}

/// From 1; the column counts the bytes of UTF-8.
#[derive(Serialize)]
struct Position {
    line: u32,
    column: u32,
}

#[derive(Serialize)]
struct Code<'a> {
    value: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

#[derive(Serialize)]
struct Suggestion<'a> {
    range: Range,
    text: &'a str,
}

pub(super) fn write(input: &Input, out: &mut dyn Write) -> io::Result<()> {
    let findings = input.report.findings.iter();
    let findings = findings.map(|it| diagnostic(input, it));
    let result = DiagnosticResult {
        source: Origin {
            name: env!("CARGO_PKG_NAME"),
            url: docs::home(),
        },
        diagnostics: findings
            .chain(input.report.problems.iter().map(unreadable))
            .collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &result)?;
    out.write_all(b"\n")
}

fn diagnostic<'a>(input: &Input<'a>, finding: &'a Finding) -> Diagnostic<'a> {
    let span = finding.primary.span;
    Diagnostic {
        message: story(input, finding),
        location: Location {
            path: &input.source(span).path,
            range: Some(range(input, span)),
        },
        severity: match finding.severity {
            Severity::Error => "ERROR",
            Severity::Warning => "WARNING",
            Severity::Note => "INFO",
        },
        code: Some(Code {
            value: finding.rule,
            url: docs::rule_url(finding.rule),
        }),
        suggestions: input
            .fixes(finding)
            .filter_map(|it| suggestion(input, span, it))
            .collect(),
    }
}

/// A suggestion is one edit of the finding's file, so a fix with more has none.
fn suggestion<'a>(input: &Input, at: Span, fix: &'a Fix) -> Option<Suggestion<'a>> {
    let [edit] = fix.edits.as_slice() else {
        return None;
    };
    (edit.span.file == at.file).then(|| Suggestion {
        range: range(input, edit.span),
        text: &edit.text,
    })
}

fn unreadable(problem: &Problem) -> Diagnostic<'_> {
    Diagnostic {
        message: problem.message.clone(),
        location: Location {
            path: &problem.path,
            range: None,
        },
        severity: "INFO",
        code: None,
        suggestions: Vec::new(),
    }
}

fn range(input: &Input, span: Span) -> Range {
    let position = |LineColumn { line, column }| Position { line, column };
    let (start, end) = input.range(span, Columns::Bytes);
    Range {
        start: position(start),
        end: position(end),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Format;
    use super::super::tests::{Case, PLAIN, nasty};

    #[test]
    fn columns_count_bytes_and_a_fix_is_a_suggestion() {
        insta::assert_snapshot!(nasty().written(Format::Rdjson, PLAIN), @r#"
        {
          "source": {
            "name": "unhang"
          },
          "diagnostics": [
            {
              "message": "100%: `a[0]`, \"<b>\" & 'c';\\r\\n::error::\\u{1b}[31m]]> 🦀](1)\napp/settings.py:1:5: None, [so] 50% \"wait\"\\nfor ever\nhelp: pass `timeout=30`\nfix: give it 30 s",
              "location": {
                "path": "app/a,b:c;d]%41\u0007&'é🦀.py",
                "range": {
                  "start": {
                    "line": 1,
                    "column": 13
                  },
                  "end": {
                    "line": 1,
                    "column": 28
                  }
                }
              },
              "severity": "ERROR",
              "code": {
                "value": "made-up-rule"
              },
              "suggestions": [
                {
                  "range": {
                    "start": {
                      "line": 1,
                      "column": 26
                    },
                    "end": {
                      "line": 1,
                      "column": 28
                    }
                  },
                  "text": "30)"
                }
              ]
            },
            {
              "message": "it tries again",
              "location": {
                "path": "app/a,b:c;d]%41\u0007&'é🦀.py",
                "range": {
                  "start": {
                    "line": 2,
                    "column": 1
                  },
                  "end": {
                    "line": 3,
                    "column": 8
                  }
                }
              },
              "severity": "INFO",
              "code": {
                "value": "made-up-rule"
              }
            },
            {
              "message": "not UTF-8",
              "location": {
                "path": "app/b %☂.py"
              },
              "severity": "INFO"
            },
            {
              "message": "a\n]]>: b",
              "location": {
                "path": "app/c.py"
              },
              "severity": "INFO"
            }
          ]
        }
        "#);
    }

    #[test]
    fn a_clean_report_has_an_empty_list() {
        let written = Case::default().written(Format::Rdjson, PLAIN);
        assert!(written.contains("\"diagnostics\": []"), "{written}");
    }
}
