//! The report for programs: version 1 of `json.schema.json`, whole or line by line.

use std::io::{self, Write};

use serde::Serialize;

use super::{Input, fingerprints, within};
use crate::docs;
use crate::finding::{Finding, Label};
use crate::fix::{Edit, Fix};
use crate::line_index::{Columns, LineColumn};
use crate::source::Span;

/// Raised when a key changes its meaning or goes away, not when one is added.
const VERSION: u32 = 1;

/// The longest snippet, in characters.
const SNIPPET: usize = 200;

pub(super) fn write(input: &Input, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &document(input))?;
    out.write_all(b"\n")
}

/// One object a line: each finding, then each problem, then the summary.
pub(super) fn write_lines(input: &Input, out: &mut dyn Write) -> io::Result<()> {
    let Document {
        version,
        tool,
        findings,
        problems,
        summary,
    } = document(input);
    let findings = findings.into_iter().map(Line::Finding);
    let problems = problems.into_iter().map(Line::Problem);
    let last = Line::Summary {
        version,
        tool,
        summary,
    };
    for line in findings.chain(problems).chain([last]) {
        serde_json::to_writer(&mut *out, &line)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// What a line holds; its `type` says which.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Line<'a> {
    Finding(JsonFinding<'a>),
    Problem(JsonProblem<'a>),
    Summary {
        version: u32,
        tool: Tool,
        #[serde(flatten)]
        summary: Summary,
    },
}

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    tool: Tool,
    findings: Vec<JsonFinding<'a>>,
    problems: Vec<JsonProblem<'a>>,
    summary: Summary,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct JsonFinding<'a> {
    rule: &'a str,
    category: &'a str,
    severity: &'a str,
    confidence: &'a str,
    message: &'a str,
    path: &'a str,
    cell: Option<u32>,
    start: Place,
    end: Place,
    snippet: &'a str,
    labels: Vec<Remark<'a>>,
    help: Option<&'a str>,
    url: Option<String>,
    fingerprint: String,
    fixes: Vec<JsonFix<'a>>,
}

/// A label or an edit: some text about, or for, a range of a file.
#[derive(Serialize)]
struct Remark<'a> {
    path: &'a str,
    start: Place,
    end: Place,
    text: &'a str,
}

#[derive(Serialize)]
struct Place {
    line: u32,
    column: u32,
}

#[derive(Serialize)]
struct JsonFix<'a> {
    title: &'a str,
    trust: &'a str,
    edits: Vec<Remark<'a>>,
}

#[derive(Serialize)]
struct JsonProblem<'a> {
    path: &'a str,
    message: &'a str,
}

#[derive(Serialize)]
struct Summary {
    files: usize,
    parsed: usize,
    findings: usize,
    suppressed: usize,
    known: usize,
    unchanged: usize,
    elapsed_ms: u64,
}

fn document<'a>(input: &Input<'a>) -> Document<'a> {
    let report = input.report;
    let names = fingerprints(report, input.sources);
    let problems = report.problems.iter().map(|it| JsonProblem {
        path: &it.path,
        message: &it.message,
    });
    Document {
        version: VERSION,
        tool: Tool {
            name: env!("CARGO_PKG_NAME"),
            version: env!("CARGO_PKG_VERSION"),
        },
        findings: (report.findings.iter().zip(names))
            .map(|(it, name)| finding(input, it, name))
            .collect(),
        problems: problems.collect(),
        summary: Summary {
            files: report.files,
            parsed: report.parsed,
            findings: report.findings.len(),
            suppressed: report.suppressed.len(),
            known: report.known.len(),
            unchanged: report.unchanged.len(),
            elapsed_ms: input.elapsed_ms,
        },
    }
}

fn finding<'a>(input: &Input<'a>, finding: &'a Finding, fingerprint: String) -> JsonFinding<'a> {
    let span = finding.primary.span;
    let source = input.source(span);
    let (start, end) = places(input, span);
    let rule = input.catalog.rule(finding.rule);
    let labels = std::iter::once(&finding.primary).chain(&finding.because);
    JsonFinding {
        rule: finding.rule,
        category: rule.map_or("", |(_, rule)| rule.category.as_str()),
        severity: finding.severity.word(),
        confidence: finding.confidence.word(),
        message: &finding.message,
        path: &source.path,
        cell: input
            .source(finding.primary.span)
            .cell(finding.primary.span.start)
            .map(|it| it.number),
        start,
        end,
        snippet: beginning(&source.text[within(source, span)]),
        labels: labels.map(|it| label(input, it)).collect(),
        help: finding.help.as_deref(),
        url: docs::rule_url(finding.rule),
        fingerprint,
        fixes: finding.fixes.iter().map(|it| fix(input, it)).collect(),
    }
}

fn label<'a>(input: &Input<'a>, label: &'a Label) -> Remark<'a> {
    remark(input, label.span, &label.text)
}

fn fix<'a>(input: &Input<'a>, fix: &'a Fix) -> JsonFix<'a> {
    let edit = |it: &'a Edit| remark(input, it.span, &it.text);
    JsonFix {
        title: &fix.title,
        trust: fix.trust.word(),
        edits: fix.edits.iter().map(edit).collect(),
    }
}

fn remark<'a>(input: &Input<'a>, span: Span, text: &'a str) -> Remark<'a> {
    let (start, end) = places(input, span);
    Remark {
        path: &input.source(span).path,
        start,
        end,
        text,
    }
}

fn places(input: &Input, span: Span) -> (Place, Place) {
    let place = |LineColumn { line, column }| Place { line, column };
    let (start, end) = input.range(span, Columns::Chars);
    (place(start), place(end))
}

fn beginning(text: &str) -> &str {
    let end = text.char_indices().nth(SNIPPET).map(|(at, _)| at);
    &text[..end.unwrap_or(text.len())]
}

#[cfg(test)]
mod tests {
    use super::super::Format;
    use serde_json::{Value, json};

    use super::super::tests::{Case, PLAIN, finding, nasty};
    use super::*;
    use crate::finding::Problem;
    use crate::fix::Trust;

    const SCHEMA: &str = include_str!("json.schema.json");

    fn case() -> Case {
        let mut case = Case::new(&[
            (
                "app/chain.py",
                "from llm import Chat\n\n'🦀', Chat(\n  timeout=T)\n",
            ),
            ("app/settings.py", "T = None\n"),
        ]);
        let call = case.span("app/chain.py", "Chat(\n  timeout=T)");
        let because = case.span("app/settings.py", "None");
        let fix = Fix {
            title: "give it 30 s".to_owned(),
            trust: Trust::Risky,
            edits: vec![Edit {
                span: because,
                text: "30".to_owned(),
            }],
        };
        let found = finding(call, "no deadline", "`Chat` waits for ever")
            .because(because, "switched off here")
            .help("pass `timeout=30`")
            .fix(fix);
        case.report.findings.push(found);
        case.report.problems.push(Problem {
            path: "app/broken.py".to_owned(),
            message: "not UTF-8".to_owned(),
        });
        case
    }

    /// Asserts that each text is JSON and follows the schema.
    fn check<'t>(schema: &Value, texts: impl IntoIterator<Item = &'t str>) {
        let validator = jsonschema::validator_for(schema).expect("the schema is a schema");
        for text in texts {
            let value = serde_json::from_str(text).expect("it is JSON");
            let errors = validator.iter_errors(&value).map(|it| it.to_string());
            assert_eq!(errors.collect::<Vec<_>>(), Vec::<String>::new(), "{text}");
        }
    }

    fn schema() -> Value {
        serde_json::from_str(SCHEMA).expect("the schema is JSON")
    }

    /// The schema of one line, which shares its parts with the whole.
    fn line_schema() -> Value {
        json!({ "$ref": "#/$defs/line", "$defs": schema()["$defs"] })
    }

    #[test]
    fn a_report_follows_the_schema_with_and_without_findings() {
        for case in [case(), nasty(), Case::default()] {
            check(&schema(), [case.written(Format::Json, PLAIN).as_str()]);
        }
    }

    #[test]
    fn every_line_follows_the_schema_and_the_last_is_the_summary() {
        for (case, lines) in [(case(), 3), (nasty(), 5), (Case::default(), 1)] {
            let written = case.written(Format::Jsonl, PLAIN);
            check(&line_schema(), written.lines());
            assert_eq!(written.lines().count(), lines);
            let last = written.lines().last().expect("there is a line");
            assert!(last.starts_with("{\"type\":\"summary\""), "{last}");
        }
    }

    #[test]
    fn the_schema_is_valid_and_refuses_what_it_does_not_describe() {
        let schema = schema();
        assert!(jsonschema::meta::is_valid(&schema));
        let validator = jsonschema::validator_for(&schema).expect("the schema is a schema");
        assert!(!validator.is_valid(&json!({"version": 1, "findings": []})));
    }

    #[test]
    fn an_empty_report_has_an_empty_list() {
        let written = Case::default().written(Format::Json, PLAIN);
        assert!(written.contains("\"findings\": []"), "{written}");
    }

    #[test]
    fn a_snippet_is_no_longer_than_two_hundred_characters() {
        assert_eq!(beginning(&"🦀".repeat(300)).chars().count(), SNIPPET);
        assert_eq!(beginning("short"), "short");
    }

    #[test]
    fn a_finding_is_written_with_all_its_keys_in_order() {
        let version = format!("\"{}\"", env!("CARGO_PKG_VERSION"));
        let written = case()
            .written(Format::Json, PLAIN)
            .replace(&version, "\"1.2.3\"");
        insta::assert_snapshot!(written, @r#"
        {
          "version": 1,
          "tool": {
            "name": "unhang",
            "version": "1.2.3"
          },
          "findings": [
            {
              "rule": "made-up-rule",
              "category": "",
              "severity": "error",
              "confidence": "high",
              "message": "`Chat` waits for ever",
              "path": "app/chain.py",
              "cell": null,
              "start": {
                "line": 3,
                "column": 6
              },
              "end": {
                "line": 4,
                "column": 13
              },
              "snippet": "Chat(\n  timeout=T)",
              "labels": [
                {
                  "path": "app/chain.py",
                  "start": {
                    "line": 3,
                    "column": 6
                  },
                  "end": {
                    "line": 4,
                    "column": 13
                  },
                  "text": "no deadline"
                },
                {
                  "path": "app/settings.py",
                  "start": {
                    "line": 1,
                    "column": 5
                  },
                  "end": {
                    "line": 1,
                    "column": 9
                  },
                  "text": "switched off here"
                }
              ],
              "help": "pass `timeout=30`",
              "url": null,
              "fingerprint": "f4b7903498896dd2",
              "fixes": [
                {
                  "title": "give it 30 s",
                  "trust": "risky",
                  "edits": [
                    {
                      "path": "app/settings.py",
                      "start": {
                        "line": 1,
                        "column": 5
                      },
                      "end": {
                        "line": 1,
                        "column": 9
                      },
                      "text": "30"
                    }
                  ]
                }
              ]
            }
          ],
          "problems": [
            {
              "path": "app/broken.py",
              "message": "not UTF-8"
            }
          ],
          "summary": {
            "files": 2,
            "parsed": 2,
            "findings": 1,
            "suppressed": 0,
            "known": 0,
            "unchanged": 0,
            "elapsed_ms": 14
          }
        }
        "#);
    }
}
