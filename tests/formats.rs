//! Can whoever reads a format read it: also when there is nothing to say, in a tree of nasty names,
//! and with nothing else on the standard output?
//!
//! What the real readers say is asked by `tests/formats/check.sh`, which needs the network once.

#[path = "support/tree.rs"]
mod tree;

use std::collections::BTreeSet;

use quick_xml::events::Event;
use quick_xml::{Reader, XmlVersion};
use serde_json::Value;
use tree::{ENDS, HANGS, Outcome, Tree, check};

/// A name with all that some format uses for itself.
const NASTY: &str = "app/a, b%;é🦀&'[x](1).py";

/// Two files with a finding each, and one that cannot be read.
fn found() -> Tree {
    Tree::new(&[
        (NASTY, HANGS.as_bytes()),
        ("app/chain.py", HANGS.as_bytes()),
        ("app/unreadable.py", b"\xff"),
    ])
}

fn clean() -> Tree {
    Tree::new(&[("app.py", ENDS.as_bytes())])
}

/// The standard output of a run; the standard error has no part in it.
fn written(tree: &Tree, format: &str, code: i32) -> String {
    let outcome = tree.run(&["check", "--format", format]);
    outcome.check(code, "");
    let quiet = tree.run(&["check", "--format", format, "--quiet"]);
    if !["json", "jsonl"].contains(&format) {
        assert_eq!(quiet.out, outcome.out, "{format}");
    }
    assert_eq!(quiet.err, "", "{format}");
    assert!(!outcome.out.contains('\x1b'), "{outcome:#?}");
    outcome.out
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("it is JSON")
}

/// Names of elements with their attributes, in order; panics where an XML reader would refuse.
fn elements(text: &str) -> Vec<(String, Vec<(String, String)>)> {
    let mut reader = Reader::from_str(text);
    let mut elements = Vec::new();
    loop {
        match reader.read_event().expect("it is well-formed") {
            Event::Eof => return elements,
            Event::Start(start) | Event::Empty(start) => {
                let name = start.name().as_ref().to_owned();
                let attributes = start.attributes().map(|it| {
                    let it = it.expect("the attribute is well-formed");
                    let key = it.key.as_ref().to_owned();
                    let value = it
                        .normalized_value(XmlVersion::Explicit1_0)
                        .expect("its references are known");
                    (key, value.into_owned())
                });
                elements.push((name, attributes.collect()));
            }
            _ => {}
        }
    }
}

fn attribute<'e>(element: &'e (String, Vec<(String, String)>), key: &str) -> &'e str {
    let found = element.1.iter().find(|(own, _)| own == key);
    &found.expect("the element has the attribute").1
}

#[test]
fn every_format_has_its_own_exit_code_and_silence() {
    let formats =
        "full grouped concise json jsonl sarif github gitlab junit rdjson checkstyle azure";
    for format in formats.split(' ') {
        assert!(
            written(&found(), format, 1).contains("chain.py"),
            "{format}"
        );
        written(&clean(), format, 0);
        written(&Tree::new(&[]), format, 0);
    }
}

#[test]
fn paths_are_relative() {
    let tree = found();
    let top = tree.at("").display().to_string();
    let top = top.trim_end_matches('/');
    for format in [
        "json",
        "jsonl",
        "sarif",
        "github",
        "gitlab",
        "junit",
        "rdjson",
        "checkstyle",
    ] {
        let text = written(&tree, format, 1);
        assert!(!text.contains(top), "{format}: {text}");
    }
}

#[test]
fn sarif_has_results_and_notifications() {
    let log = json(&written(&found(), "sarif", 1));
    let run = &log["runs"][0];
    assert_eq!(log["version"], "2.1.0");
    assert_eq!(run["results"].as_array().map(Vec::len), Some(2));
    let result = &run["results"][0];
    let at = &result["locations"][0]["physicalLocation"];
    assert_eq!(
        at["artifactLocation"]["uri"],
        "app/a,%20b%25;%C3%A9%F0%9F%A6%80&'%5Bx%5D(1).py"
    );
    let rules = run["tool"]["driver"]["rules"].as_array();
    let index = result["ruleIndex"]
        .as_u64()
        .and_then(|it| usize::try_from(it).ok());
    let rule = &rules.expect("there are rules")[index.expect("it is of a rule")];
    assert_eq!(rule["id"], result["ruleId"]);
    let said = run["invocations"][0]["toolExecutionNotifications"].as_array();
    assert_eq!(said.map(Vec::len), Some(1));
    assert_eq!(
        json(&written(&clean(), "sarif", 0))["runs"][0]["results"],
        Value::Array(vec![])
    );
}

#[test]
fn every_rule_of_sarif_has_what_code_scanning_shows() {
    let log = json(&written(&clean(), "sarif", 0));
    let rules = log["runs"][0]["tool"]["driver"]["rules"]
        .as_array()
        .cloned();
    let mut names = BTreeSet::new();
    for rule in rules.expect("there are rules") {
        for key in [
            "/shortDescription/text",
            "/fullDescription/text",
            "/help/text",
            "/help/markdown",
        ] {
            let text = rule
                .pointer(key)
                .and_then(Value::as_str)
                .unwrap_or_default();
            assert!(!text.is_empty(), "{key} of {rule}");
            // The limit of code scanning for the descriptions.
            assert!(
                text.chars().count() <= 1024 || key.starts_with("/help"),
                "{key} of {rule}"
            );
        }
        assert!(names.insert(rule["name"].to_string()), "{rule}");
    }
}

#[test]
fn fingerprints_are_unique_and_stay_when_lines_move() {
    let names = |tree: &Tree| -> Vec<String> {
        let issues = json(&written(tree, "gitlab", 1));
        let issues = issues.as_array().expect("it is a list").clone();
        issues
            .iter()
            .map(|it| it["fingerprint"].to_string())
            .collect()
    };
    let twice = format!("{HANGS}{HANGS}");
    let before = names(&Tree::new(&[("a.py", twice.as_bytes())]));
    let after = names(&Tree::new(&[(
        "a.py",
        format!("# moved\n\n{twice}").as_bytes(),
    )]));
    assert_eq!(before, after);
    assert_eq!(before.iter().collect::<BTreeSet<_>>().len(), before.len());
}

#[test]
fn gitlab_has_what_the_widget_wants() {
    let issues = json(&written(&found(), "gitlab", 1));
    for issue in issues.as_array().expect("it is a list") {
        for key in ["description", "check_name", "fingerprint", "severity"] {
            assert!(issue[key].is_string(), "{key} of {issue}");
        }
        assert!(issue["location"]["path"].is_string(), "{issue}");
        assert!(issue["location"]["lines"]["begin"].is_u64(), "{issue}");
    }
    assert_eq!(issues[0]["location"]["path"], NASTY);
    assert_eq!(issues.as_array().map(Vec::len), Some(3));
    assert_eq!(written(&clean(), "gitlab", 0), "[]\n");
}

#[test]
fn github_and_azure_write_one_command_a_line() {
    let github = written(&found(), "github", 1);
    assert_eq!(github.lines().count(), 3, "{github}");
    assert!(github.lines().all(|it| it.starts_with("::")), "{github}");
    let path = "file=app/a%2C b%25;é🦀&'[x](1).py,line=4,";
    assert!(github.lines().any(|it| it.contains(path)), "{github}");
    let azure = written(&found(), "azure", 1);
    assert_eq!(azure.lines().count(), 3, "{azure}");
    assert!(
        azure
            .lines()
            .all(|it| it.starts_with("##vso[task.logissue type="))
    );
    let path = "sourcepath=app/a, b%AZP25%3Bé🦀&'[x%5D(1).py;linenumber=4;";
    assert!(azure.lines().any(|it| it.contains(path)), "{azure}");
    for format in ["github", "azure"] {
        assert_eq!(written(&clean(), format, 0), "");
    }
}

#[test]
fn checkstyle_has_errors_below_files_and_an_exception() {
    let all = elements(&written(&found(), "checkstyle", 1));
    let names: Vec<&str> = all.iter().map(|it| it.0.as_str()).collect();
    let expected = [
        "checkstyle",
        "file",
        "error",
        "file",
        "error",
        "file",
        "exception",
    ];
    assert_eq!(names, expected);
    assert_eq!(attribute(&all[1], "name"), NASTY);
    assert_eq!(attribute(&all[2], "source"), "unhang.timeout-disabled");
    assert_eq!(elements(&written(&clean(), "checkstyle", 0)).len(), 1);
}

#[test]
fn junit_counts_what_it_holds() {
    let all = elements(&written(&found(), "junit", 1));
    let cases = all.iter().filter(|it| it.0 == "testcase").count();
    let failures = all.iter().filter(|it| it.0 == "failure").count();
    assert_eq!(attribute(&all[0], "tests"), cases.to_string());
    assert_eq!(attribute(&all[0], "failures"), failures.to_string());
    assert_eq!((cases, failures), (2, 2));
    assert!(all.iter().any(|it| it.0 == "system-err"));
    let clean = elements(&written(&clean(), "junit", 0));
    assert_eq!(attribute(&clean[0], "tests"), "1");
    assert_eq!(attribute(&clean[0], "failures"), "0");
}

#[test]
fn no_fix_is_offered_for_lines_that_a_file_does_not_have() {
    let cell = serde_json::json!({"cell_type": "code", "source": HANGS});
    let notebook = serde_json::json!({"cells": [cell], "nbformat": 4}).to_string();
    let tree = Tree::new(&[("a.ipynb", notebook.as_bytes()), ("b.py", HANGS.as_bytes())]);
    let count = |list: &Value| list.as_array().map_or(0, Vec::len);
    let log = json(&written(&tree, "sarif", 1));
    let results = &log["runs"][0]["results"];
    let fixes: Vec<usize> = (0..2).map(|it| count(&results[it]["fixes"])).collect();
    assert_eq!(fixes, [0, 1], "{results:#?}");
    let report = json(&written(&tree, "rdjson", 1));
    let all = &report["diagnostics"];
    let fixes: Vec<usize> = (0..2).map(|it| count(&all[it]["suggestions"])).collect();
    assert_eq!(fixes, [0, 1], "{all:#?}");
    // Programs that read our own format are told the cell.
    let own = json(&written(&tree, "json", 1));
    assert_eq!(own["findings"][0]["cell"], 1);
    assert_eq!(count(&own["findings"][0]["fixes"]), 1);
}

#[test]
fn rdjson_counts_columns_in_bytes() {
    let text = HANGS.replace("llm = ", "llm = '🦀' and ");
    let outcome = check(&[("a.py", text.as_bytes())], 1, "");
    assert!(outcome.out.contains("a.py:4:"), "{outcome:#?}");
    let tree = Tree::new(&[("a.py", text.as_bytes())]);
    let columns = |format: &str, key: &str| {
        let report = json(&written(&tree, format, 1));
        report
            .pointer(key)
            .and_then(Value::as_u64)
            .expect("there is a column")
    };
    let chars = columns("json", "/findings/0/start/column");
    let bytes = columns("rdjson", "/diagnostics/0/location/range/start/column");
    assert_eq!(bytes, chars + 3);
    assert_eq!(
        json(&written(&clean(), "rdjson", 0))["diagnostics"],
        Value::Array(vec![])
    );
}

#[test]
fn a_closed_pipe_is_no_error() {
    for format in ["sarif", "junit", "checkstyle", "github", "jsonl"] {
        let tree = found();
        let mut command = tree.command(&["check", "--format", format]);
        let (reader, writer) = std::io::pipe().expect("there are pipes");
        drop(reader);
        let outcome = Outcome::from(command.stdout(writer).output().expect("the program starts"));
        outcome.check(1, "Found 2 findings");
    }
}
