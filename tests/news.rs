//! `unhang baseline`, `--baseline` and `--changed`: is only what is new reported, and does the
//! baseline only shrink?

#[path = "support/tree.rs"]
mod tree;

use std::fs;
use std::process::{Command, Stdio};

use tree::{ENDS, HANGS, Tree, check};

const FILE: &str = "unhang-baseline.json";

/// A tree whose one finding is in its baseline.
fn known() -> Tree {
    let tree = Tree::new(&[("unhang.toml", b""), ("app/a.py", HANGS.as_bytes())]);
    tree.run(&["baseline"])
        .check(0, "Wrote 1 finding to unhang-baseline.json");
    tree
}

fn read(tree: &Tree) -> String {
    fs::read_to_string(tree.at(FILE)).expect("the baseline is there")
}

fn write(tree: &Tree, path: &str, text: &str) {
    fs::write(tree.at(path), text).expect("written");
}

#[test]
fn what_is_in_the_baseline_is_not_reported() {
    let tree = known();
    let outcome = tree.run(&["check"]);
    outcome.check(0, "no finding, 1 in the baseline");
    assert_eq!(outcome.out, "");
    for flags in [["--no-baseline"], ["--isolated"]] {
        tree.run(&flags).check(1, "Found 1 finding");
    }
}

#[test]
fn without_a_baseline_nothing_is_known() {
    let outcome = check(&[("a.py", HANGS.as_bytes())], 1, "Found 1 finding");
    assert!(!outcome.err.contains("baseline"), "{outcome:#?}");
}

#[test]
fn a_new_finding_is_reported_although_lines_moved() {
    let tree = known();
    write(&tree, "app/a.py", &format!("\n\n{HANGS}"));
    write(&tree, "app/b.py", HANGS);
    let outcome = tree.run(&["check", "--format", "concise"]);
    outcome.check(1, "Found 1 finding (1 error) in 2 files, 1 in the baseline");
    assert!(outcome.out.starts_with("app/b.py:4:"), "{outcome:#?}");
}

#[test]
fn a_baseline_only_shrinks() {
    let tree = known();
    write(&tree, "app/b.py", HANGS);
    tree.run(&["baseline"])
        .check(0, "1 new finding not added: `--renew` adds what is new");
    assert!(!read(&tree).contains("app/b.py"));

    write(&tree, "app/a.py", ENDS);
    tree.run(&["check"])
        .check(1, "Gone from unhang-baseline.json: 1 finding");
    tree.run(&["baseline"])
        .check(0, "0 findings, 1 finding dropped, 0 added");
    assert_eq!(read(&tree), "{\n  \"version\": 1,\n  \"findings\": []\n}\n");
    let outcome = tree.run(&["check"]);
    assert!(!outcome.err.contains("Gone"), "{outcome:#?}");

    tree.run(&["baseline", "--renew"]).check(0, "1 added");
    tree.run(&["check"]).check(0, "1 in the baseline");
}

#[test]
fn what_a_run_does_not_look_at_is_not_gone() {
    let tree = known();
    write(&tree, "app/b.py", ENDS);
    let before = read(&tree);
    for arguments in [
        &["app/b.py"][..],
        &["--ignore", "timeouts"],
        &["--select", "retries"],
        &["--confidence", "high"],
    ] {
        let outcome = tree.run(&[&["check"], arguments].concat());
        assert!(!outcome.err.contains("Gone"), "{arguments:?}: {outcome:#?}");
        tree.run(&[&["baseline"], arguments].concat()).check(0, "");
        assert_eq!(read(&tree), before);
    }
    fs::remove_file(tree.at("app/a.py")).expect("it was there");
    tree.run(&["check", "app"]).check(0, "Gone from");
}

#[test]
fn a_baseline_holds_from_every_folder() {
    let tree = known();
    let mut command = tree.command(&["check"]);
    command.current_dir(tree.at("app"));
    let outcome = tree::Outcome::from(command.output().expect("the program starts"));
    outcome.check(0, "1 in the baseline");
}

#[test]
fn a_baseline_of_another_name_is_used_when_it_is_named() {
    let tree = Tree::new(&[("a.py", HANGS.as_bytes())]);
    tree.run(&["baseline", "--output", "known.json"])
        .check(0, "Wrote 1 finding to known.json");
    tree.run(&["check"]).check(1, "Found 1 finding");
    tree.run(&["check", "--baseline", "known.json"])
        .check(0, "1 in the baseline");
    tree.run(&["check", "--baseline", "nowhere.json"])
        .check(2, "nowhere.json");
}

#[test]
fn a_broken_baseline_stops_the_run() {
    let tree = known();
    for text in ["", "{}", "[1]", r#"{"version": 9, "findings": []}"#] {
        write(&tree, FILE, text);
        tree.run(&["check"]).check(2, "cannot use the baseline");
        tree.run(&["baseline"]).check(2, "cannot use the baseline");
        assert_eq!(read(&tree), text, "it is left as it is");
    }
}

/// Runs git without the settings of whoever runs the tests; `false` when there is no git.
fn git(tree: &Tree, arguments: &[&str]) -> bool {
    let status = Command::new("git")
        .args(["-c", "user.name=a", "-c", "user.email=a@b.example"])
        .args(arguments)
        .current_dir(tree.at(""))
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.is_ok_and(|it| it.success())
}

/// Two findings, committed; `None` when there is no git.
fn committed() -> Option<Tree> {
    let text =
        format!("{HANGS}\n\nother = ChatOpenAI(\n    model=\"gpt-4o\",\n    timeout=30,\n)\n");
    let tree = Tree::new(&[
        ("app/a b.py", text.as_bytes()),
        ("app/c.py", HANGS.as_bytes()),
    ]);
    let made = git(&tree, &["init", "-q"])
        && git(&tree, &["add", "."])
        && git(&tree, &["commit", "-qm", "first"]);
    made.then_some(tree)
}

#[test]
fn only_changed_statements_are_reported() {
    let Some(tree) = committed() else { return };
    tree.run(&["check", "--changed"])
        .check(0, "no finding, 2 where nothing changed");
    // The line that goes away is inside the statement of the finding, which begins above it.
    let text = fs::read_to_string(tree.at("app/a b.py")).expect("it is there");
    write(&tree, "app/a b.py", &text.replace("    timeout=30,\n", ""));
    write(&tree, "app/new é.py", HANGS);
    let outcome = tree.run(&["check", "--changed", "--format", "concise"]);
    outcome.check(1, "2 where nothing changed");
    let lines: Vec<&str> = outcome.out.lines().collect();
    assert!(lines[0].starts_with("app/a b.py:8:"), "{outcome:#?}");
    assert!(lines[1].starts_with("app/new é.py:4:"), "{outcome:#?}");
    assert_eq!(lines.len(), 2, "{outcome:#?}");
}

#[test]
fn a_change_of_the_place_a_value_comes_from_counts() {
    let chain = "from langchain_openai import ChatOpenAI\nfrom settings import WAIT\n\
                 llm = ChatOpenAI(model=\"m\", timeout=WAIT)\n";
    let tree = Tree::new(&[
        ("chain.py", chain.as_bytes()),
        ("settings.py", b"WAIT = 30\n"),
    ]);
    if !(git(&tree, &["init", "-q"])
        && git(&tree, &["add", "."])
        && git(&tree, &["commit", "-qm", "x"]))
    {
        return;
    }
    write(&tree, "settings.py", "WAIT = None\n");
    let outcome = tree.run(&["check", "--changed", "--format", "concise"]);
    outcome.check(1, "");
    assert!(outcome.out.starts_with("chain.py:3:"), "{outcome:#?}");
}

#[test]
fn changes_since_a_commit_begin_where_the_branch_parted() {
    let Some(tree) = committed() else { return };
    assert!(git(&tree, &["checkout", "-qb", "work"]));
    write(&tree, "mine.py", HANGS);
    assert!(git(&tree, &["add", "."]) && git(&tree, &["commit", "-qm", "mine"]));
    assert!(git(&tree, &["checkout", "-q", "-"]));
    write(&tree, "app/c.py", &format!("{HANGS}\n# theirs\n"));
    assert!(git(&tree, &["commit", "-qam", "theirs"]));
    assert!(git(&tree, &["checkout", "-q", "work"]));
    let outcome = tree.run(&["check", "--changed=@{-1}", "--format", "concise"]);
    outcome.check(1, "2 where nothing changed");
    assert!(outcome.out.starts_with("mine.py:4:"), "{outcome:#?}");
}

#[test]
fn without_a_commit_all_is_new_and_without_a_work_tree_nobody_can_tell() {
    let tree = Tree::new(&[("a.py", HANGS.as_bytes())]);
    if git(&tree, &["--version"]) {
        let ceiling = tree.at("").display().to_string();
        let mut command = tree.command(&["check", "--changed"]);
        command.env("GIT_CEILING_DIRECTORIES", ceiling);
        let outcome = tree::Outcome::from(command.output().expect("the program starts"));
        outcome.check(2, "git cannot tell what changed");
        assert!(git(&tree, &["init", "-q"]));
        tree.run(&["check", "--changed"])
            .check(1, "Found 1 finding");
        tree.run(&["check", "--changed=--output=x"])
            .check(2, "there is no commit `--output=x`");
        assert!(!tree.at("x").exists());
    }
    let mut command = tree.command(&["check", "--changed"]);
    command.env("PATH", tree.at("empty"));
    let outcome = tree::Outcome::from(command.output().expect("the program starts"));
    outcome.check(2, "cannot run git");
}
