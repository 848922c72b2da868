//! Does README.md show what the program prints today, and name only what exists?
//!
//! `UPDATE_README=1 cargo test --test readme` writes the parts between its markers anew.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::{env, fs};

use unhang::catalog;
use unhang::catalog::entry::{Lifecycle, Rule};

#[test]
fn the_readme_shows_what_the_program_says() {
    let written = readme();
    let mut fresh = written.clone();
    for (name, text) in [("capture", capture()), ("rules", rules())] {
        fresh = replaced(&fresh, name, &text);
    }
    if env::var_os("UPDATE_README").is_some() {
        fs::write(root().join("README.md"), &fresh).expect("the README can be written");
        return;
    }
    for (written, fresh) in written.lines().zip(fresh.lines()) {
        assert_eq!(
            written, fresh,
            "README.md is out of date: UPDATE_README=1 cargo test --test readme"
        );
    }
    assert_eq!(written, fresh);
}

#[test]
fn every_flag_in_the_readme_exists() {
    let help = stdout(&unhang(&root(), &["check", "--help"]));
    let others = ["--locked", "--path"];
    let text = readme();
    let flags = text.split(|c: char| !c.is_ascii_alphabetic() && c != '-');
    for flag in flags.filter(|it| it.starts_with("--") && !it.ends_with('-')) {
        let exists = help.contains(flag) || others.contains(&flag);
        assert!(exists, "`{flag}` does not exist");
    }
}

#[test]
fn the_settings_in_the_readme_are_accepted() {
    let text = readme();
    let (_, rest) = text.split_once("```toml\n").expect("there are settings");
    let (settings, _) = rest.split_once("```").expect("the block ends");
    let folder = tempfile::tempdir().expect("there is room for a folder");
    fs::write(folder.path().join("unhang.toml"), settings).expect("written");
    let output = unhang(folder.path(), &["check"]);
    assert!(output.status.success(), "{output:?}");
}

/// What a terminal shows of a run in `fixtures/readme`.
fn capture() -> String {
    let output = unhang(&root().join("fixtures/readme"), &["check"]);
    let remarks = String::from_utf8(output.stderr.clone()).expect("remarks are UTF-8");
    let shown = format!("{}{remarks}", stdout(&output));
    let lines: Vec<&str> = shown.lines().map(str::trim_end).collect();
    format!("```console\n$ unhang check\n{}\n```\n", lines.join("\n"))
}

/// The rules by category.
fn rules() -> String {
    let mut categories: BTreeMap<&str, Vec<(&str, &Rule)>> = BTreeMap::new();
    for (name, rule) in &catalog::bundled().rules {
        let rules = categories.entry(&rule.category).or_default();
        rules.push((name, rule));
    }
    let mut text = "| Category | Rule | Severity | What is wrong |\n|---|---|---|---|\n".to_owned();
    for (category, rules) in categories {
        for (at, (name, rule)) in rules.into_iter().enumerate() {
            let category = if at == 0 { category } else { "" };
            let preview = match rule.lifecycle {
                Lifecycle::Stable(_) => "",
                Lifecycle::Preview(_) => " (preview)",
            };
            let (severity, title) = (rule.severity, &rule.title);
            let _ = writeln!(
                text,
                "| {category} | `{name}` | {severity} | {title}{preview} |"
            );
        }
    }
    text
}

/// The text with what stands between two markers replaced.
fn replaced(text: &str, name: &str, part: &str) -> String {
    let begin = format!("<!-- begin: {name} -->\n");
    let end = format!("<!-- end: {name} -->");
    let (before, rest) = text.split_once(&begin).expect("README.md has the marker");
    let (_, after) = rest.split_once(&end).expect("the part ends");
    format!("{before}{begin}{part}{end}{after}")
}

fn readme() -> String {
    let text = fs::read_to_string(root().join("README.md")).expect("there is a README");
    text.replace("\r\n", "\n")
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn unhang(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(assert_cmd::cargo::cargo_bin!("unhang"))
        .current_dir(folder)
        .args(arguments)
        .stdin(Stdio::null())
        .env_remove("CLICOLOR_FORCE")
        .output()
        .expect("the program starts")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("results are UTF-8")
}
