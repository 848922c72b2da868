//! `--add-suppressions`: is every finding answered, and is nothing else changed?

#[path = "support/tree.rs"]
mod tree;

use std::fmt::Write as _;
use std::fs;

use tree::{ENDS, HANGS, Outcome, Tree, check};

const ANSWER: [&str; 4] = [
    "check",
    "--add-suppressions",
    "--reason",
    "a batch at night",
];

fn read(tree: &Tree, path: &str) -> String {
    let bytes = fs::read(tree.at(path)).expect("the file is there");
    bytes.iter().map(|it| char::from(*it)).collect()
}

fn answer(tree: &Tree, count: usize) -> Outcome {
    let outcome = tree.run(&ANSWER);
    let end = if count == 1 { "" } else { "s" };
    outcome.check(0, &format!("Answered {count} finding{end}"));
    assert_eq!(outcome.out, "");
    outcome
}

#[test]
fn every_finding_is_answered_and_a_second_run_is_idle() {
    let tree = Tree::new(&[
        ("a.py", HANGS.as_bytes()),
        ("b.py", HANGS.replace('\n', "\r\n").as_bytes()),
        ("c.py", ENDS.as_bytes()),
    ]);
    answer(&tree, 2);
    let comment = "  # unhang: ignore[timeout-disabled] -- a batch at night";
    let expected = HANGS.replace("timeout=None)\n", &format!("timeout=None){comment}\n"));
    // The line is too long then, so the comment stands above.
    let above = HANGS.replace("llm = ", &format!("{}\nllm = ", comment.trim_start()));
    let written = read(&tree, "a.py");
    assert!(written == expected || written == above, "{written}");
    assert_eq!(read(&tree, "b.py"), written.replace('\n', "\r\n"));
    assert_eq!(read(&tree, "c.py"), ENDS);
    answer(&tree, 0);
    assert_eq!(read(&tree, "a.py"), written);
    tree.run(&[]).check(0, "no finding, 2 suppressed");
}

#[test]
fn a_suppression_that_is_wrong_does_not_keep_others_away() {
    let unused = "# unhang: ignore[timeout-disabled] -- long ago\nprint(1)\n";
    let text = format!("{unused}{HANGS}");
    let tree = Tree::new(&[("a.py", text.as_bytes())]);
    tree.run(&[]).check(1, "Found 2 findings");
    let outcome = tree.run(&ANSWER);
    outcome.check(1, "Answered 1 finding");
    assert!(outcome.out.contains("unused-suppression"), "{outcome:#?}");
    assert!(read(&tree, "a.py").starts_with(unused));
}

#[test]
fn bytes_of_another_encoding_stay() {
    let text = format!("# coding: latin-1\n# \u{e9}\n{HANGS}");
    let bytes: Vec<u8> = text.chars().map(|it| it as u8).collect();
    let tree = Tree::new(&[("a.py", &bytes)]);
    answer(&tree, 1);
    let written = read(&tree, "a.py");
    assert!(
        written.starts_with("# coding: latin-1\n# \u{e9}\n"),
        "{written}"
    );
    assert!(written.contains("unhang: ignore[timeout-disabled]"));
}

#[test]
fn findings_that_one_stood_for_are_answered_too() {
    let mut text = "import requests\nfrom langchain_openai import ChatOpenAI\n\
                    session = requests.Session()\n"
        .to_owned();
    for at in 0..14 {
        let _ = writeln!(text, "session.get('https://a.example/{at}')");
    }
    let tree = Tree::new(&[("a.py", text.as_bytes())]);
    let before = check(&[("a.py", text.as_bytes())], 1, "Found 1 finding");
    assert!(before.out.contains("13 more"), "{before:#?}");
    answer(&tree, 14);
    assert_eq!(read(&tree, "a.py").matches("unhang: ignore").count(), 14);
}

#[test]
fn two_that_stand_for_others_do_not_pass_for_each_other() {
    let mut text = "import requests\nfrom langchain_openai import ChatOpenAI\n".to_owned();
    for name in ["first", "second"] {
        let _ = write!(
            text,
            "\n\ndef {name}():\n    session = requests.Session()\n"
        );
        for at in 0..12 {
            let _ = writeln!(text, "    session.get('https://a.example/{at}')");
        }
    }
    let tree = Tree::new(&[("a.py", text.as_bytes())]);
    tree.run(&[]).check(1, "Found 2 findings");
    answer(&tree, 24);
}

#[test]
fn only_what_would_be_reported_is_answered() {
    let tree = Tree::new(&[("a.py", HANGS.as_bytes()), ("b.py", HANGS.as_bytes())]);
    tree.run(&["baseline"]).check(0, "Wrote 2 findings");
    answer(&tree, 0);
    tree.run(&[&ANSWER[..], &["--no-baseline", "b.py"]].concat())
        .check(0, "Answered 1 finding");
    assert_eq!(read(&tree, "a.py"), HANGS);
    assert_ne!(read(&tree, "b.py"), HANGS);
}

#[test]
fn a_reason_is_wanted_and_has_one_line() {
    let tree = Tree::new(&[("a.py", HANGS.as_bytes())]);
    tree.run(&["--add-suppressions"]).check(2, "--reason");
    for reason in ["", " ", "a\nb = 1"] {
        tree.run(&["--add-suppressions", "--reason", reason])
            .check(2, "a reason has one line");
    }
    assert_eq!(read(&tree, "a.py"), HANGS);
}
