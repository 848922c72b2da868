//! SARIF 2.1.0, for code scanning on GitHub and everything else that reads it.

mod log;
mod rules;

use std::fmt::Write as _;
use std::io::{self, Write};

use super::{Input, escaped, fingerprints, uri};
use crate::docs;
use crate::finding::{Finding, Label, Problem, Severity};
use crate::fix;
use crate::line_index::Columns;
use crate::source::Span;

use log::{
    ArtifactChange, ArtifactLocation, CodeFlow, Driver, Fingerprints, Fix, FixProperties,
    Invocation, Location, Log, Notification, PhysicalLocation, Region, Replacement,
    ResultProperties, Run, SarifResult, Text, TextRef, ThreadFlow, ThreadFlowLocation, Tool,
};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// What there is to read about unhang while it has no public home: readers want an address, and this
/// one leads nowhere else.
const ABOUT: &str = "data:text/plain,unhang%20--help%20tells%20what%20unhang%20does";

pub(super) fn write(input: &Input, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &log(input))?;
    out.write_all(b"\n")
}

fn log<'a>(input: &Input<'a>) -> Log<'a> {
    let names = fingerprints(input.report, input.sources);
    let findings = input.report.findings.iter().zip(names);
    let problems = input.report.problems.iter();
    let run = Run {
        tool: Tool {
            driver: Driver {
                name: env!("CARGO_PKG_NAME"),
                version: env!("CARGO_PKG_VERSION"),
                semantic_version: env!("CARGO_PKG_VERSION"),
                information_uri: docs::home().unwrap_or(ABOUT),
                rules: rules::all(input.catalog),
            },
        },
        invocations: [Invocation {
            execution_successful: true,
            tool_execution_notifications: problems.map(notification).collect(),
        }],
        column_kind: "unicodeCodePoints",
        results: findings.map(|(it, name)| result(input, it, name)).collect(),
    };
    Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [run],
    }
}

fn result<'a>(input: &Input<'a>, finding: &'a Finding, name: String) -> SarifResult<'a> {
    let mut rules = input.catalog.rules.keys();
    let related = finding.because.iter().zip(1..);
    SarifResult {
        rule_id: finding.rule,
        rule_index: rules.position(|it| it == finding.rule),
        level: level(finding.severity),
        message: Text {
            text: message(finding),
        },
        locations: [location(input, &finding.primary)],
        related_locations: related
            .map(|(label, id)| Location {
                id: Some(id),
                ..location(input, label)
            })
            .collect(),
        code_flows: code_flow(input, finding).into_iter().collect(),
        partial_fingerprints: Fingerprints { own: name },
        fixes: input.fixes(finding).map(|it| fix(input, it)).collect(),
        properties: ResultProperties {
            confidence: finding.confidence.word(),
        },
    }
}

/// The message, links to the places that explain it, and what to do; sentences, as readers want it.
fn message(finding: &Finding) -> String {
    let mut text = capital(&linkless(&finding.message));
    for (at, label) in finding.because.iter().enumerate() {
        let before = if at == 0 { ": " } else { ", " };
        let words = if label.text.is_empty() {
            "see here"
        } else {
            &label.text
        };
        // Writing to a string cannot fail.
        let _ = write!(text, "{before}[{}]({})", linkless(words), at + 1);
    }
    let mut text = sentence(&text);
    if let Some(help) = &finding.help {
        let _ = write!(text, " {}", sentence(&capital(&linkless(help))));
    }
    text
}

fn words(text: &str) -> Text {
    Text {
        text: linkless(text),
    }
}

/// Brackets make links, so those of a text are escaped.
fn linkless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in escaped(text).chars() {
        if matches!(c, '[' | ']' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// The text with its stop.
fn sentence(text: &str) -> String {
    let stop = if text.ends_with(['.', '?', '!']) {
        ""
    } else {
        "."
    };
    format!("{text}{stop}")
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => format!("{}{}", first.to_ascii_uppercase(), letters.as_str()),
        None => String::new(),
    }
}

/// From where the value was written to where it does harm.
fn code_flow(input: &Input, finding: &Finding) -> Option<CodeFlow> {
    // With a cause in common, the other places are its other effects and no way to this one.
    if finding.because.is_empty() || finding.cause.is_some() {
        return None;
    }
    let steps = finding.because.iter().rev().chain([&finding.primary]);
    let locations = steps.map(|label| {
        let mut location = location(input, label);
        if location.message.is_none() {
            location.message = Some(words(&finding.message));
        }
        ThreadFlowLocation { location }
    });
    Some(CodeFlow {
        thread_flows: [ThreadFlow {
            locations: locations.collect(),
        }],
    })
}

fn location(input: &Input, label: &Label) -> Location {
    Location {
        id: None,
        physical: PhysicalLocation {
            artifact_location: artifact(&input.source(label.span).path),
            region: Some(region(input, label.span)),
        },
        message: (!label.text.is_empty()).then(|| words(&label.text)),
    }
}

fn region(input: &Input, span: Span) -> Region {
    let (start, end) = input.range(span, Columns::Chars);
    Region {
        start_line: start.line,
        start_column: start.column,
        end_line: end.line,
        end_column: end.column,
    }
}

/// Edits of one file belong together.
fn fix<'a>(input: &Input, fix: &'a fix::Fix) -> Fix<'a> {
    let mut changes: Vec<(Span, ArtifactChange)> = Vec::new();
    for edit in &fix.edits {
        let replacement = Replacement {
            deleted_region: region(input, edit.span),
            inserted_content: TextRef { text: &edit.text },
        };
        let same = |it: &&mut (Span, ArtifactChange)| it.0.file == edit.span.file;
        match changes.iter_mut().find(same) {
            Some((_, change)) => change.replacements.push(replacement),
            None => changes.push((
                edit.span,
                ArtifactChange {
                    artifact_location: artifact(&input.source(edit.span).path),
                    replacements: vec![replacement],
                },
            )),
        }
    }
    Fix {
        description: TextRef { text: &fix.title },
        artifact_changes: changes.into_iter().map(|it| it.1).collect(),
        properties: FixProperties {
            trust: fix.trust.word(),
        },
    }
}

fn notification(problem: &Problem) -> Notification {
    Notification {
        level: "warning",
        message: words(&sentence(&problem.message)),
        locations: [Location {
            id: None,
            physical: PhysicalLocation {
                artifact_location: artifact(&problem.path),
                region: None,
            },
            message: None,
        }],
    }
}

/// A path as a reference that is relative to the folder unhang ran in.
fn artifact(path: &str) -> ArtifactLocation {
    ArtifactLocation { uri: uri(path) }
}

fn level(severity: Severity) -> &'static str {
    severity.word()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::Format;
    use super::super::tests::{Case, PLAIN, nasty};
    use super::*;

    fn run(case: &Case) -> Value {
        let written = case.written(Format::Sarif, PLAIN);
        let mut log: Value = serde_json::from_str(&written).expect("it is JSON");
        log["runs"][0].take()
    }

    #[test]
    fn a_result_has_all_its_places_and_fixes() {
        let run = run(&nasty());
        let results = run["results"].as_array().expect("there are results");
        let lines: Vec<String> = results
            .iter()
            .flat_map(|it| it.as_object().expect("a result is an object"))
            .map(|(key, value)| format!("{key}: {value}"))
            .collect();
        insta::assert_snapshot!(lines.join("\n"), @r#"
        codeFlows: [{"threadFlows":[{"locations":[{"location":{"message":{"text":"None, \\[so\\] 50% \"wait\"\\\\nfor ever"},"physicalLocation":{"artifactLocation":{"uri":"app/settings.py"},"region":{"endColumn":9,"endLine":1,"startColumn":5,"startLine":1}}}},{"location":{"message":{"text":"100%: `a\\[0\\]`, \"<b>\" & 'c';\\\\r\\\\n::error::\\\\u{1b}\\[31m\\]\\]> 🦀\\](1)"},"physicalLocation":{"artifactLocation":{"uri":"app/a,b%3Ac;d%5D%2541%07&'%C3%A9%F0%9F%A6%80.py"},"region":{"endColumn":25,"endLine":1,"startColumn":10,"startLine":1}}}}]}]}]
        fixes: [{"artifactChanges":[{"artifactLocation":{"uri":"app/a,b%3Ac;d%5D%2541%07&'%C3%A9%F0%9F%A6%80.py"},"replacements":[{"deletedRegion":{"endColumn":25,"endLine":1,"startColumn":23,"startLine":1},"insertedContent":{"text":"30)"}}]}],"description":{"text":"give it 30 s"},"properties":{"trust":"risky"}}]
        level: "error"
        locations: [{"physicalLocation":{"artifactLocation":{"uri":"app/a,b%3Ac;d%5D%2541%07&'%C3%A9%F0%9F%A6%80.py"},"region":{"endColumn":25,"endLine":1,"startColumn":10,"startLine":1}}}]
        message: {"text":"100%: `a\\[0\\]`, \"<b>\" & 'c';\\\\r\\\\n::error::\\\\u{1b}\\[31m\\]\\]> 🦀\\](1): [None, \\[so\\] 50% \"wait\"\\\\nfor ever](1). Pass `timeout=30`."}
        partialFingerprints: {"unhang/v1":"738a82ef08a7fd04"}
        properties: {"confidence":"high"}
        relatedLocations: [{"id":1,"message":{"text":"None, \\[so\\] 50% \"wait\"\\\\nfor ever"},"physicalLocation":{"artifactLocation":{"uri":"app/settings.py"},"region":{"endColumn":9,"endLine":1,"startColumn":5,"startLine":1}}}]
        ruleId: "made-up-rule"
        codeFlows: [{"threadFlows":[{"locations":[{"location":{"message":{"text":"it tries again"},"physicalLocation":{"artifactLocation":{"uri":"app/settings.py"},"region":{"endColumn":9,"endLine":1,"startColumn":5,"startLine":1}}}},{"location":{"message":{"text":"again"},"physicalLocation":{"artifactLocation":{"uri":"app/a,b%3Ac;d%5D%2541%07&'%C3%A9%F0%9F%A6%80.py"},"region":{"endColumn":8,"endLine":3,"startColumn":1,"startLine":2}}}}]}]}]
        level: "note"
        locations: [{"message":{"text":"again"},"physicalLocation":{"artifactLocation":{"uri":"app/a,b%3Ac;d%5D%2541%07&'%C3%A9%F0%9F%A6%80.py"},"region":{"endColumn":8,"endLine":3,"startColumn":1,"startLine":2}}}]
        message: {"text":"It tries again: [see here](1)."}
        partialFingerprints: {"unhang/v1":"8c0d12838ff7543d"}
        properties: {"confidence":"high"}
        relatedLocations: [{"id":1,"physicalLocation":{"artifactLocation":{"uri":"app/settings.py"},"region":{"endColumn":9,"endLine":1,"startColumn":5,"startLine":1}}}]
        ruleId: "made-up-rule"
        "#);
    }

    #[test]
    fn a_clean_log_has_an_empty_list_and_all_rules() {
        let run = run(&Case::default());
        assert_eq!(run["results"], serde_json::json!([]));
        let rules = run["tool"]["driver"]["rules"].as_array();
        let rules = rules.expect("there is a list of rules");
        assert_eq!(rules.len(), crate::catalog::bundled().rules.len());
    }

    #[test]
    fn what_could_not_be_read_is_a_notification() {
        let run = run(&nasty());
        let said = &run["invocations"][0]["toolExecutionNotifications"][0];
        assert_eq!(said["level"], "warning");
        assert_eq!(
            said["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            "app/b%20%25%E2%98%82.py"
        );
    }

    #[test]
    fn a_text_becomes_a_sentence_without_links_of_its_own() {
        assert_eq!(linkless("`a[0]\\`"), "`a\\[0\\]\\\\`");
        assert_eq!(sentence("did you mean `a`?"), "did you mean `a`?");
        assert_eq!(capital("pass it"), "Pass it");
        assert_eq!(capital("`a` waits"), "`a` waits");
        assert_eq!(capital(""), "");
    }

    #[test]
    fn a_path_becomes_a_relative_reference() {
        let check = |path, uri| assert_eq!(artifact(path).uri, uri);
        check("app/a b#1.py", "app/a%20b%231.py");
        // Up to the first slash, a colon would end the name of a scheme.
        check("c:d/é%.py", "c%3Ad/%C3%A9%25.py");
    }
}
