//! What a user sees of the program: arguments, exit codes and streams.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// A call that waits for ever, which is found by default.
const HANGS: &str = "\
from langchain_core.prompts import ChatPromptTemplate
from langchain_openai import ChatOpenAI

llm = ChatOpenAI(model=\"gpt-4o-mini\", timeout=None)
llm.invoke(\"hello\")
";

/// The same with an end.
const ENDS: &str = "\
from langchain_openai import ChatOpenAI

llm = ChatOpenAI(model=\"gpt-4o-mini\", timeout=30, max_retries=2)
llm.invoke(\"hello\")
";

/// A tree of files, each with its bytes, in which the program runs.
struct Tree(TempDir);

impl Tree {
    fn new(files: &[(&str, &[u8])]) -> Self {
        let tree = Self(tempfile::tempdir().expect("there is room for a folder"));
        for (path, bytes) in files {
            let path = tree.path().join(path);
            fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("made");
            fs::write(path, bytes).expect("written");
        }
        tree
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("unhang"));
        command
            .current_dir(self.path())
            .args(arguments)
            .stdin(Stdio::null());
        for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "RUST_BACKTRACE"] {
            command.env_remove(name);
        }
        command
    }

    fn run(&self, arguments: &[&str]) -> Outcome {
        self.command(arguments)
            .output()
            .expect("the program starts")
            .into()
    }
}

/// What a run leaves behind.
#[derive(Debug)]
struct Outcome {
    code: Option<i32>,
    out: String,
    err: String,
}

impl From<Output> for Outcome {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).expect("findings are UTF-8"),
            err: String::from_utf8(output.stderr).expect("remarks are UTF-8"),
        }
    }
}

impl Outcome {
    /// Asserts the exit code and what the standard error says.
    fn check(&self, code: i32, said: &str) {
        assert_eq!(self.code, Some(code), "{self:#?}");
        assert!(self.err.contains(said), "{said:?} is missing: {self:#?}");
        assert!(!self.err.contains("panicked"), "{self:#?}");
    }
}

/// Runs without arguments in a tree of files.
fn check(files: &[(&str, &[u8])], code: i32, said: &str) -> Outcome {
    let outcome = Tree::new(files).run(&[]);
    outcome.check(code, said);
    outcome
}

#[test]
fn a_finding_goes_to_stdout_and_fails_the_run() {
    let outcome = check(&[("app.py", HANGS.as_bytes())], 1, "1 finding");
    assert!(outcome.out.contains("app.py:4:"), "{outcome:#?}");
}

#[test]
fn a_clean_tree_leaves_stdout_empty() {
    let outcome = check(&[("app.py", ENDS.as_bytes())], 0, "");
    assert_eq!(outcome.out, "");
}

#[test]
fn an_empty_folder_is_clean() {
    check(&[], 0, "");
}

#[test]
fn a_tree_without_a_model_is_told_so() {
    let said = "imports LangChain or LangGraph, so none was analyzed";
    check(&[("a.py", b"import requests\n")], 0, said);
    let outcome = check(&[("a.py", ENDS.as_bytes())], 0, "");
    assert!(!outcome.err.contains(said), "{outcome:#?}");
}

#[test]
fn fail_on_and_exit_zero_decide_about_the_code_and_not_about_the_output() {
    let tree = Tree::new(&[("app.py", HANGS.as_bytes())]);
    for flags in [&["--fail-on", "never"][..], &["--exit-zero"]] {
        let outcome = tree.run(flags);
        outcome.check(0, "");
        assert!(outcome.out.contains("app.py"), "{outcome:#?}");
    }
}

#[test]
fn quiet_leaves_stderr_empty() {
    let tree = Tree::new(&[("app.py", HANGS.as_bytes()), ("bad.py", b"\xff")]);
    let outcome = tree.run(&["check", "--quiet"]);
    outcome.check(1, "");
    assert_eq!(outcome.err, "");
}

#[test]
fn json_is_json_even_when_there_is_nothing_to_say() {
    for (text, code) in [(HANGS, 1), (ENDS, 0), ("", 0)] {
        let tree = Tree::new(&[("app.py", text.as_bytes())]);
        let outcome = tree.run(&["--format", "json"]);
        outcome.check(code, "");
        let value: serde_json::Value = serde_json::from_str(&outcome.out).expect("it is JSON");
        assert!(value["findings"].is_array());
    }
}

#[test]
fn output_goes_to_a_file_when_asked_to() {
    let tree = Tree::new(&[("app.py", HANGS.as_bytes())]);
    let outcome = tree.run(&["--format", "concise", "--output", "found.txt"]);
    outcome.check(1, "");
    assert_eq!(outcome.out, "");
    let found = fs::read_to_string(tree.path().join("found.txt")).expect("it was written");
    assert!(found.contains("app.py:4:"), "{found}");
    tree.run(&["--output", "no/such/folder/x"])
        .check(2, "cannot write `no/such/folder/x`");
}

#[test]
fn a_file_given_by_name_is_reported_alone() {
    let tree = Tree::new(&[
        ("pyproject.toml", b""),
        ("a.py", HANGS.as_bytes()),
        ("b.py", HANGS.as_bytes()),
    ]);
    let outcome = tree.run(&["check", "--format", "concise", "a.py"]);
    outcome.check(1, "");
    assert!(
        outcome.out.contains("a.py") && !outcome.out.contains("b.py"),
        "{outcome:#?}"
    );
}

#[test]
fn the_standard_input_shadows_a_file() {
    let tree = Tree::new(&[("pyproject.toml", b""), ("app.py", ENDS.as_bytes())]);
    let draft = tree.path().join("draft.txt");
    fs::write(&draft, HANGS).expect("written");
    let mut command = tree.command(&["check", "--stdin-filename", "app.py"]);
    command.stdin(fs::File::open(draft).expect("it was just written"));
    let outcome = Outcome::from(command.output().expect("the program starts"));
    outcome.check(1, "");
    assert!(outcome.out.contains("app.py:4:"), "{outcome:#?}");
}

#[test]
fn tests_are_reported_when_asked_for() {
    let tree = Tree::new(&[("tests/test_app.py", HANGS.as_bytes())]);
    tree.run(&[]).check(0, "");
    tree.run(&["--include-tests"]).check(1, "");
    tree.run(&["tests"]).check(0, "");
    tree.run(&["tests/test_app.py"]).check(1, "");
}

#[test]
fn a_suppression_with_a_reason_silences() {
    let comment = "timeout=None)  # unhang: ignore[client-without-timeout] -- a batch at night";
    let text = HANGS.replace("timeout=None)", comment);
    check(&[("app.py", text.as_bytes())], 0, "");
}

#[test]
fn a_bad_flag_is_the_users_mistake() {
    let tree = Tree::new(&[]);
    tree.run(&["--no-such-flag"]).check(2, "--no-such-flag");
    tree.run(&["--format", "jsn"]).check(2, "json");
    tree.run(&["--fail-on", "eror"]).check(2, "error");
    tree.run(&["--select", "client-without-timeou"])
        .check(2, "did you mean `client-without-timeout`?");
    tree.run(&["no/such/path"])
        .check(2, "there is no file or folder `no/such/path`");
    tree.run(&["--config", "nowhere.toml"])
        .check(2, "nowhere.toml");
}

#[test]
fn help_and_version_are_results() {
    let tree = Tree::new(&[]);
    for arguments in [["--help"], ["--version"]] {
        let outcome = tree.run(&arguments);
        outcome.check(0, "");
        assert!(outcome.out.contains("unhang"), "{outcome:#?}");
        assert_eq!(outcome.err, "");
    }
}

#[test]
fn a_misspelt_key_is_shown_with_its_place() {
    let text = b"[tool.unhang]\nfail_on = \"error\"\n";
    let outcome = check(&[("pyproject.toml", text)], 2, "did you mean `fail-on`?");
    assert!(outcome.err.contains("pyproject.toml:2:1"), "{outcome:#?}");
    assert_eq!(outcome.out, "");
}

#[test]
fn a_broken_pyproject_is_shown_with_its_place() {
    let outcome = check(
        &[("pyproject.toml", b"[project\nname = 1\n")],
        2,
        "pyproject.toml:1:",
    );
    assert_eq!(outcome.out, "");
    let tree = Tree::new(&[("pyproject.toml", b"[project\nname = 1\n")]);
    tree.run(&["--isolated"]).check(0, "");
}

#[test]
fn settings_of_another_tool_are_none_of_our_business() {
    check(&[("pyproject.toml", b"[tool.other]\nfail_on = 1\n")], 0, "");
}

#[test]
fn settings_hold_for_the_run() {
    let text = b"ignore = [\"client-without-timeout\"]\n";
    let tree = Tree::new(&[("unhang.toml", text), ("app.py", HANGS.as_bytes())]);
    tree.run(&[]).check(0, "");
    tree.run(&["--isolated"]).check(1, "");
    tree.run(&["--select", "client-without-timeout"])
        .check(1, "");
    tree.run(&["--verbose"])
        .check(0, "settings from unhang.toml");
}

#[test]
fn an_empty_file_is_clean() {
    check(
        &[("a.py", b""), ("b.py", b"\n"), ("c.py", b"\xef\xbb\xbf")],
        0,
        "",
    );
}

#[test]
fn a_file_of_python_2_does_not_stop_the_run() {
    let old = b"import langchain\nprint 'hello'\nexec code in scope\nraise X, 'y'\n";
    let outcome = check(&[("old.py", old), ("app.py", HANGS.as_bytes())], 1, "");
    assert!(outcome.out.contains("app.py:4:"), "{outcome:#?}");
}

#[test]
fn what_is_no_text_is_a_problem_and_no_failure() {
    check(&[("a.py", b"import langchain\0")], 0, "NUL byte");
    check(
        &[("a.py", b"import langchain\n'\xff'")],
        0,
        "not UTF-8 (byte 18)",
    );
    let latin = b"# coding: latin-1\nimport langchain\n'\xe9'\n";
    let outcome = check(&[("a.py", latin)], 0, "");
    assert!(!outcome.err.contains("UTF-8"), "{outcome:#?}");
}

#[test]
fn a_file_of_30_megabytes_is_a_problem() {
    let mut text = b"import langchain\n".to_vec();
    text.resize(30 * 1024 * 1024, b'\n');
    check(&[("a.py", &text)], 0, "too large");
}

#[test]
fn deep_nesting_does_not_crash() {
    let text = format!(
        "import langchain\nx = {}{}\n",
        "[".repeat(10_000),
        "]".repeat(10_000)
    );
    check(&[("a.py", text.as_bytes())], 0, "");
    let text = format!("import langchain\nx = {}\n", "(".repeat(10_000));
    check(&[("a.py", text.as_bytes())], 0, "");
    let text = format!("import langchain\nx = 1{}\n", " + 1".repeat(20_000));
    check(&[("a.py", text.as_bytes())], 0, "");
}

#[test]
fn a_folder_named_like_a_file_is_a_folder() {
    let outcome = check(&[("x.py/app.py", HANGS.as_bytes())], 1, "");
    assert!(outcome.out.contains("x.py/app.py:4:"), "{outcome:#?}");
}

#[test]
fn no_kind_of_line_end_stops_the_run() {
    let tree = Tree::new(&[("app.py", HANGS.replace('\n', "\r\n").as_bytes())]);
    tree.run(&[]).check(1, "");
    let tree = Tree::new(&[("app.py", HANGS.replace('\n', "\r").as_bytes())]);
    assert!(tree.run(&[]).code.is_some_and(|it| it < 2));
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let files: Vec<(String, &[u8])> = (0..40)
        .map(|it| (format!("app/m{it}.py"), HANGS.as_bytes()))
        .collect();
    let files: Vec<(&str, &[u8])> = files.iter().map(|it| (it.0.as_str(), it.1)).collect();
    let tree = Tree::new(&files);
    let first = tree.run(&["--format", "concise"]);
    for threads in ["1", "2", "7"] {
        let next = tree.run(&["--format", "concise", "--threads", threads]);
        assert_eq!(next.out, first.out);
    }
}

#[test]
fn colour_is_for_terminals_and_for_those_who_ask() {
    let tree = Tree::new(&[("app.py", HANGS.as_bytes())]);
    assert!(!tree.run(&[]).out.contains('\x1b'));
    assert!(tree.run(&["--color", "always"]).out.contains('\x1b'));
}

#[test]
fn a_rule_is_explained_or_its_name_is_offered() {
    let tree = Tree::new(&[]);
    let page = tree.run(&["rule", "client-without-timeout"]);
    page.check(0, "");
    assert!(page.out.contains("client-without-timeout"), "{page:#?}");
    let list = tree.run(&["rule", "--format", "json"]);
    let value: serde_json::Value = serde_json::from_str(&list.out).expect("it is JSON");
    assert!(value.as_array().is_some_and(|it| !it.is_empty()));
    let misspelt = tree.run(&["rule", "client-without-timeot"]);
    misspelt.check(2, "did you mean `client-without-timeout`?");
}

#[cfg(unix)]
mod unix {
    use std::io::Read as _;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn a_closed_pipe_is_not_an_error() {
        let text = format!(
            "{ENDS}{}",
            "ChatOpenAI(timeout=None).invoke('x')\n".repeat(5_000)
        );
        let tree = Tree::new(&[("app.py", text.as_bytes())]);
        let mut child = tree
            .command(&["--format", "concise"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut out = child.stdout.take().expect("it was piped");
        let mut first = [0; 16];
        out.read_exact(&mut first).expect("there are findings");
        drop(out);
        let outcome = Outcome::from(child.wait_with_output().expect("the program ends"));
        outcome.check(1, "");
        assert!(!outcome.err.contains("pipe"), "{outcome:#?}");
    }

    #[test]
    fn help_for_a_closed_pipe_is_not_an_error() {
        let tree = Tree::new(&[]);
        let mut child = tree
            .command(&["--help"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        drop(child.stdout.take());
        let outcome = Outcome::from(child.wait_with_output().expect("the program ends"));
        outcome.check(0, "");
    }

    #[test]
    fn links_in_a_circle_end() {
        let tree = Tree::new(&[("app/a.py", HANGS.as_bytes())]);
        symlink("..", tree.path().join("app/up")).expect("made");
        symlink("self.py", tree.path().join("app/self.py")).expect("made");
        let outcome = tree.run(&["--format", "concise"]);
        outcome.check(1, "");
        assert!(!outcome.out.contains("app/up"), "{outcome:#?}");
    }

    #[test]
    fn what_may_not_be_read_is_a_problem() {
        let tree = Tree::new(&[
            ("app.py", ENDS.as_bytes()),
            ("shut/a.py", b""),
            ("b.py", b""),
        ]);
        let [folder, file] = ["shut", "b.py"].map(|it| tree.path().join(it));
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o000)).expect("set");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o000)).expect("set");
        // Root may read everything, and then there is nothing to see here.
        let root = fs::read_dir(&folder).is_ok();
        let outcome = tree.run(&[]);
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).expect("set");
        if !root {
            outcome.check(0, "shut: cannot be read");
            outcome.check(0, "b.py: cannot be read");
        }
    }

    #[test]
    fn a_pipe_named_like_a_file_is_not_waited_for() {
        let tree = Tree::new(&[("app.py", ENDS.as_bytes())]);
        let made = Command::new("mkfifo")
            .arg(tree.path().join("pipe.py"))
            .status();
        if made.is_ok_and(|it| it.success()) {
            tree.run(&[]).check(0, "");
            tree.run(&["pipe.py"]).check(0, "not a regular file");
        }
    }
}
