//! Does a project get what it needs to begin with, and nothing that it had before taken away?

#[path = "support/tree.rs"]
mod tree;

use std::fs;
use std::path::Path;

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

/// The files that hold the same hook must not drift apart.
#[test]
fn the_hooks_look_at_the_same_files() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let pattern = |path: &str| {
        let text = fs::read_to_string(root.join(path)).expect("it is there");
        let (_, rest) = text.split_once("'(").expect("it has a pattern");
        rest.split_once('\'')
            .expect("the pattern ends")
            .0
            .to_owned()
    };
    assert_eq!(
        pattern(".pre-commit-hooks.yaml"),
        pattern("docs/ci/pre-commit.yml")
    );
}

#[test]
fn a_plain_run_still_checks() {
    check(&[("app.py", HANGS.as_bytes())], 1, "Found 1 finding");
}
