//! Does a project get what it needs to begin with, and nothing that it had before taken away?

#[path = "support/tree.rs"]
mod tree;

use std::fs;
use std::path::Path;

use unhang::model::configuration::format;

use tree::{ENDS, HANGS, Tree, check};

fn text(tree: &Tree, path: &str) -> String {
    fs::read_to_string(tree.at(path)).expect("it is there")
}

#[test]
fn a_new_project_gets_a_settings_file_that_works() {
    let tree = Tree::new(&[("app.py", ENDS.as_bytes())]);
    tree.run(&["init"]).check(0, "Wrote `unhang.toml`");
    let outcome = tree.run(&["check", "--verbose"]);
    outcome.check(0, "settings from unhang.toml");
    assert!(text(&tree, "unhang.toml").contains("# fail-on = \"warning\""));
}

#[test]
fn what_is_there_stays_as_it_is() {
    let own = "[tool.unhang]\npreview = true\n";
    let hooks = "repos: []\n";
    let tree = Tree::new(&[
        ("pyproject.toml", own.as_bytes()),
        (".pre-commit-config.yaml", hooks.as_bytes()),
    ]);
    let outcome = tree.run(&["init", "--pre-commit", "--ci", "github"]);
    outcome.check(0, "`pyproject.toml` says something already");
    assert!(outcome.out.contains("id: unhang"), "{outcome:#?}");
    assert_eq!(text(&tree, "pyproject.toml"), own);
    assert_eq!(text(&tree, ".pre-commit-config.yaml"), hooks);
    assert!(!tree.at("unhang.toml").exists());
    let workflow = text(&tree, ".github/workflows/unhang.yml");
    assert!(workflow.contains("uses: ./.unhang"), "{workflow}");
}

#[test]
fn every_shell_gets_its_completions() {
    let tree = Tree::new(&[]);
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let outcome = tree.run(&["completions", shell]);
        outcome.check(0, "");
        assert!(
            outcome.out.contains("unsafe-fixes"),
            "{shell}: {outcome:#?}"
        );
    }
}

/// `tests/shells/run` asks the shell itself.
#[test]
fn zsh_is_told_what_flags_and_paths_without_a_command_mean() {
    let script = Tree::new(&[]).run(&["completions", "zsh"]).out;
    for text in ["-A \"-*\" :", "paths:path:_files"] {
        assert!(script.contains(text), "{text} is missing: {script}");
    }
}

#[test]
fn the_manual_page_tells_every_command() {
    let outcome = Tree::new(&[]).run(&["man"]);
    outcome.check(0, "");
    for word in [".TH unhang 1", "UNHANG CHECK", "UNHANG INIT", "fail\\-on"] {
        assert!(
            outcome.out.contains(word),
            "{word} is missing: {}",
            outcome.out
        );
    }
}

/// A project in which every example finds what it names.
fn example_project() -> Tree {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/budget");
    let paths = [
        "Dockerfile",
        "app/main.py",
        "app/models.py",
        "app/search.py",
    ];
    let texts = paths.map(|it| fs::read(root.join(it)).expect("the fixture is there"));
    let mut files: Vec<_> = paths
        .into_iter()
        .zip(texts.iter().map(Vec::as_slice))
        .collect();
    files.extend([("app/chain.py", ENDS.as_bytes()), ("docs/README.md", b"")]);
    Tree::new(&files)
}

/// The command lines that a help text gives as examples, without what a shell does with the streams.
fn examples(help: &str) -> Vec<Vec<&str>> {
    let (_, examples) = help.split_once("\nExample").unwrap_or_default();
    let lines = examples
        .lines()
        .filter_map(|it| it.strip_prefix("  unhang"));
    lines
        .map(|it| {
            let line = it.split("   ").next().unwrap_or_default();
            let line = line.split(['<', '>']).next().unwrap_or_default();
            line.split_whitespace().collect()
        })
        .collect()
}

#[test]
fn every_example_of_the_help_can_be_typed() {
    let tree = example_project();
    let whole = tree.run(&["help"]).out;
    let (_, commands) = whole.split_once("\nCommands:\n").expect("it has commands");
    let commands = commands
        .lines()
        .map_while(|it| it.split_whitespace().next());
    let mut count = 0;
    for help in commands
        .map(|it| tree.run(&[it, "--help"]).out)
        .chain([whole.clone()])
    {
        for line in examples(&help) {
            let outcome = tree.run(&line);
            assert_ne!(outcome.code, Some(2), "unhang {line:?}: {outcome:#?}");
            count += 1;
        }
    }
    assert!(count > 20, "only {count} examples were found");
}

/// Which files a hook looks at.
fn hook_pattern(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join(path)).expect("it is there");
    let (_, rest) = text.split_once("files: ").expect("it has a pattern");
    let (_, rest) = rest.split_once('\'').expect("the pattern begins");
    let (pattern, _) = rest.split_once('\'').expect("the pattern ends");
    pattern.to_owned()
}

/// The files that hold the same hook must not drift apart.
#[test]
fn the_hooks_look_at_the_same_files() {
    let pattern = hook_pattern(".pre-commit-hooks.yaml");
    assert_eq!(pattern, hook_pattern("docs/ci/pre-commit.yml"));
}

/// A change that can end or make a finding must not pass the hook by.
#[test]
fn the_hooks_look_at_every_file_that_is_read() {
    let pattern = hook_pattern(".pre-commit-hooks.yaml");
    let pattern = regex::Regex::new(&pattern).expect("the hook has a regular expression");
    let deployed = [
        ".env",
        ".env.production",
        "prod.env",
        "Dockerfile",
        "Dockerfile.web",
        "web.Dockerfile",
        "deploy/Containerfile",
        "Procfile",
        "compose.yaml",
        "deploy/values.yml",
        "fly.toml",
        "langgraph.json",
        "nginx.conf",
        "default.conf.template",
        "sites/api.nginx",
        "haproxy.cfg",
        "supervisord.conf",
        "uwsgi.ini",
        "api.service",
        "start.sh",
        "infra/main.tf",
    ];
    for path in deployed {
        assert!(format(path).is_some(), "{path} is read no more");
        assert!(pattern.is_match(path), "{path}");
    }
    for path in [
        "a.py",
        "a.ipynb",
        "pyproject.toml",
        "uv.lock",
        "requirements-dev.txt",
    ] {
        assert!(pattern.is_match(path), "{path}");
    }
    for path in ["README.md", "NOTES.txt", "logo.png", "main.js"] {
        assert!(!pattern.is_match(path), "{path}");
    }
}

#[test]
fn a_plain_run_still_checks() {
    check(&[("app.py", HANGS.as_bytes())], 1, "Found 1 finding");
}
