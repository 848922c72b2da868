//! What a user sees of the program: arguments, exit codes and streams.

#[path = "support/tree.rs"]
mod tree;

use std::fs;

use tree::{ENDS, HANGS, Outcome, Tree, check};

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
    let found = fs::read_to_string(tree.at("found.txt")).expect("it was written");
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
    let draft = tree.at("draft.txt");
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
    let comment = "timeout=None)  # unhang: ignore[timeout-disabled] -- a batch at night";
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
    let text = b"ignore = [\"timeout-disabled\"]\n";
    let tree = Tree::new(&[("unhang.toml", text), ("app.py", HANGS.as_bytes())]);
    tree.run(&[]).check(0, "");
    tree.run(&["--isolated"]).check(1, "");
    tree.run(&["--select", "timeout-disabled"]).check(1, "");
    tree.run(&["--verbose"])
        .check(0, "settings from unhang.toml");
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

#[test]
fn facts_are_told_by_name_and_by_path_or_the_name_is_offered() {
    let tree = Tree::new(&[]);
    for name in ["ChatOllama", "chatollama", "langchain_ollama.ChatOllama"] {
        let outcome = tree.run(&["facts", name]);
        outcome.check(0, "");
        assert!(
            outcome.out.contains("client_kwargs.timeout"),
            "{outcome:#?}"
        );
        assert!(outcome.out.contains(">=0.1.3,<0.3.3"), "{outcome:#?}");
    }
    tree.run(&["facts", "ChatOlama"])
        .check(2, "did you mean `ChatOllama`?");
    tree.run(&["facts", "nothing.like.it"])
        .check(2, "`unhang facts` lists all names");
}

#[test]
fn facts_of_a_class_without_a_timeout_say_why_it_has_none() {
    let tree = Tree::new(&[]);
    let said = |name: &str| {
        let outcome = tree.run(&["facts", name]);
        outcome.check(0, "");
        outcome.out
    };
    let local = said("ChatLlamaCpp");
    assert!(
        local.contains("needs none: a model in this process"),
        "{local}"
    );
    let given = said("langchain_community.tools.SearxSearchRun");
    assert!(given.contains("bound what `wrapper` is given"), "{given}");
    let unknown = said("SnowflakeLoader");
    assert!(
        unknown.contains("nobody knows how long it waits"),
        "{unknown}"
    );
    let json = tree.run(&["facts", "ChatLlamaCpp", "--format", "json"]);
    let all: serde_json::Value = serde_json::from_str(&json.out).expect("it is JSON");
    assert_eq!(all[0]["kind"], "no network");
}

#[test]
fn facts_for_programs_say_how_long_each_version_waits() {
    let outcome = Tree::new(&[]).run(&["facts", "redis.Redis", "--format", "json"]);
    outcome.check(0, "");
    let all: serde_json::Value = serde_json::from_str(&outcome.out).expect("it is JSON");
    let facts = &all[0]["facts"];
    assert_eq!(facts[0]["timeout"]["absent"]["kind"], "within");
    assert_eq!(facts[1]["versions"], ">=4,<8");
    assert_eq!(facts[1]["timeout"]["absent"]["kind"], "forever");
    assert_eq!(facts[1]["source"]["how"], "source");
}

#[test]
fn facts_of_hops_are_told_by_their_name_and_by_the_key_that_sets_them() {
    let tree = Tree::new(&[]);
    let outcome = tree.run(&["facts", "gunicorn"]);
    outcome.check(0, "");
    assert!(
        outcome.out.contains("# gunicorn.timeout.sync"),
        "{outcome:#?}"
    );
    assert!(outcome.out.contains("WORKER TIMEOUT"), "{outcome:#?}");
    let outcome = tree.run(&["facts", "proxy_read_timeout", "--format", "json"]);
    outcome.check(0, "");
    let all: serde_json::Value = serde_json::from_str(&outcome.out).expect("it is JSON");
    assert_eq!(all[0]["kind"], "hop");
    assert_eq!(all[0]["absent"]["ms"], 60_000);
}

#[test]
fn the_list_of_facts_has_a_line_for_each_name() {
    let outcome = Tree::new(&[]).run(&["facts"]);
    outcome.check(0, "");
    let line = outcome.out.lines().find(|it| it.starts_with("ChatOpenAI "));
    let line = line.expect("the most used class is listed");
    assert!(
        line.contains("for ever") && line.contains("timeout=30"),
        "{line}"
    );
}

/// A company's wrapper, as its users call it.
const WRAPPED: &[u8] = b"from acme.llm import make_llm\n\nslow = make_llm(\"gpt-4o\")\nends = make_llm(\"gpt-4o\", deadline=30)\n";

#[test]
fn a_client_of_the_users_own_is_judged_like_any_other() {
    let own = |absent: &str| {
        format!(
            "[[client]]\nfactory = \"acme.llm.make_llm\"\n\
             timeout = {{ argument = \"deadline\", unit = \"s\", absent = \"{absent}\" }}\n"
        )
    };
    let run = |settings: &str| {
        Tree::new(&[("app.py", WRAPPED), ("unhang.toml", settings.as_bytes())]).run(&[])
    };
    let outcome = run(&own("forever"));
    outcome.check(1, "1 finding");
    assert!(
        outcome.out.contains("app.py:3:") && outcome.out.contains("deadline=30"),
        "{outcome:#?}"
    );
    run(&own("20s")).check(0, "");
    run("").check(0, "");
}

#[test]
fn a_mistake_in_something_of_the_users_own_is_shown_with_its_place() {
    let cases = [
        (
            "[[retry]]\nfactory = \"acme.retrying\"\n\
             attempts = { arguments = [\"tries\"], count = \"attempts\" }\n",
            "did you mean `counts`?",
        ),
        ("[[retry]]\nname = \"retrying\"\n", "this retry has no path"),
        (
            "[[tool]]\nbases = [\"acme.Action\"]\n",
            "`bases` say nothing without `methods`",
        ),
        (
            "[[tool]]\ndecorator = [\"acme.action\"]\n",
            "did you mean `decorators`?",
        ),
        (
            "[[hop]]\nname = \"the gateway\"\nlimit = \"60 parsecs\"\n",
            "60 parsecs",
        ),
        (
            "[[hop]]\nname = \"the gateway\"\nlimit = \"60s\"\nin_front_of = \"app\"\n",
            "did you mean `in-front-of`?",
        ),
        (
            "[[client]]\nfactory = \"acme.llm.make_llm\"\n\
             timeout = { argumnet = \"deadline\", unit = \"s\", absent = \"20s\" }\n",
            "argument",
        ),
        (
            "[[client]]\nfactory = \"make_llm\"\n\
             timeout = { argument = \"deadline\", unit = \"s\", absent = \"20s\" }\n",
            "`make_llm` is no dotted path",
        ),
        (
            "[[client]]\nfactory = \"acme.llm.make_llm\"\n\
             timeout = { argument = \"deadline\", unit = \"s\", absent = \"20 parsecs\" }\n",
            "20 parsecs",
        ),
    ];
    for (settings, said) in cases {
        let tree = Tree::new(&[("app.py", WRAPPED), ("unhang.toml", settings.as_bytes())]);
        let outcome = tree.run(&[]);
        outcome.check(2, said);
        assert!(outcome.err.contains("unhang.toml:"), "{outcome:#?}");
    }
}
