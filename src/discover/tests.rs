//! Trees on the disk, and what is read of them.

use std::fs;

use tempfile::TempDir;

use super::*;
use crate::settings::Overrides;

const CHAIN: &str = "from langchain_openai import ChatOpenAI\n";

/// A tree of files, each with its text.
fn tree(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("made");
        fs::write(path, text).expect("written");
    }
    folder
}

fn read_paths(tree: &TempDir, paths: &[&str], flags: &Overrides) -> Read {
    let paths: Vec<PathBuf> = paths.iter().map(|it| tree.path().join(it)).collect();
    let found = settings(&paths, &Configuration::Nearest, flags).expect("the settings are valid");
    let input = Input {
        paths,
        ..Input::default()
    };
    read(&input, &found.settings).expect("the paths exist")
}

/// Path below the tree of each text that is read; a star marks those that are reported.
///
/// The tree's own name parts the path, because what precedes it depends on the current folder.
fn names(tree: &TempDir, read: &Read) -> Vec<String> {
    let own = tree
        .path()
        .file_name()
        .expect("a temporary folder has a name");
    let top = format!("{}/", own.to_string_lossy());
    let name = |it: &Source| {
        let below = it.path.split_once(&top).map_or(&*it.path, |it| it.1);
        let star = if it.reported { "*" } else { "" };
        format!("{below}{star}")
    };
    let all = read.sources.iter();
    let kept = all.filter(|(_, it)| it.kind != Kind::Versions);
    kept.map(|(_, it)| name(it)).collect()
}

fn check(files: &[(&str, &str)], paths: &[&str], expected: &[&str]) {
    let tree = tree(files);
    let read = read_paths(&tree, paths, &Overrides::default());
    assert_eq!(names(&tree, &read), expected);
}

#[test]
fn imports_tie_files_together_in_both_directions() {
    check(
        &[
            ("app/__init__.py", ""),
            (
                "app/chain.py",
                &format!("{CHAIN}from .settings import WAIT\n"),
            ),
            ("app/settings.py", "from app import units\nWAIT = 3\n"),
            ("app/units.py", ""),
            (
                "app/routes.py",
                "from app.chain import ask\nfrom app.auth import user\n",
            ),
            ("app/auth.py", ""),
            ("app/billing.py", "import app.units\n"),
            ("other.py", "import json\n"),
        ],
        &["."],
        &[
            "app/__init__.py*",
            "app/auth.py*",
            "app/chain.py*",
            "app/routes.py*",
            "app/settings.py*",
            "app/units.py*",
        ],
    );
}

#[test]
fn a_tree_without_an_anchor_is_counted_and_not_read() {
    let tree = tree(&[("a.py", "import openai\n"), ("b.py", ""), ("c.txt", "")]);
    let found = read_paths(&tree, &["."], &Overrides::default());
    assert_eq!((found.sources.len(), found.files), (0, 2));
}

#[test]
fn an_sdk_is_of_interest_beside_an_anchor() {
    check(
        &[("a.py", "import openai\n"), ("b.py", CHAIN)],
        &["."],
        &["a.py*", "b.py*"],
    );
}

#[test]
fn the_network_is_of_interest_in_the_project_of_an_anchor() {
    check(
        &[
            ("chat/pyproject.toml", ""),
            ("chat/app/chain.py", CHAIN),
            ("chat/jobs/export.py", "import requests\n"),
            ("chat/jobs/clean.py", "import os\n"),
            ("billing/pyproject.toml", ""),
            ("billing/bank.py", "import requests\n"),
        ],
        &["."],
        &["chat/app/chain.py*", "chat/jobs/export.py*"],
    );
}

#[test]
fn lists_of_routes_are_of_interest_beside_an_anchor_and_what_they_import_is_not() {
    check(
        &[
            (
                "site/urls.py",
                "from django.urls import include, path\nfrom site import pages\n",
            ),
            ("site/pages.py", "import json\n"),
            ("answers/views.py", CHAIN),
        ],
        &["."],
        &["answers/views.py*", "site/urls.py*"],
    );
    check(
        &[("site/urls.py", "from django.urls import path\n")],
        &["."],
        &[],
    );
}

#[test]
fn a_rule_that_is_selected_by_name_speaks_of_any_tree() {
    let tree = tree(&[
        ("a.py", "import requests\n"),
        ("b.py", "import tenacity\n"),
        ("c.py", "import json\n"),
    ]);
    let flags = Overrides {
        select: vec!["request-without-timeout".to_owned()],
        ..Overrides::default()
    };
    let read = read_paths(&tree, &["."], &flags);
    assert_eq!(names(&tree, &read), ["a.py*", "b.py*"]);
    let silent = read_paths(&tree, &["."], &Overrides::default());
    assert!(silent.sources.is_empty());
}

#[test]
fn tests_and_examples_are_left_out_unless_asked_for() {
    let files = [
        ("app.py", CHAIN),
        ("tests/test_app.py", "import app\n"),
        ("examples/one/run.py", CHAIN),
    ];
    check(&files, &["."], &["app.py*"]);
    check(&files, &["examples/one"], &["examples/one/run.py*"]);
    check(
        &files,
        &[".", "examples"],
        &["app.py*", "examples/one/run.py*"],
    );

    let tree = tree(&files);
    let flags = Overrides {
        include_tests: true,
        ..Overrides::default()
    };
    let read = read_paths(&tree, &["."], &flags);
    assert_eq!(read.sources.len(), 3);
    assert!(read.sources.iter().all(|(_, it)| it.reported));
}

#[test]
fn a_file_given_by_name_brings_its_project_along() {
    check(
        &[
            ("pyproject.toml", ""),
            ("app/chain.py", &format!("{CHAIN}from app import limits\n")),
            ("app/limits.py", "WAIT = 3\n"),
        ],
        &["app/limits.py"],
        &["app/chain.py", "app/limits.py*"],
    );
}

#[test]
fn foreign_folders_are_not_entered() {
    check(
        &[
            ("app.py", CHAIN),
            ("pyproject.toml", ""),
            (".venv/lib/a.py", CHAIN),
            ("env/pyvenv.cfg", ""),
            ("env/lib/a.py", CHAIN),
            ("venv/a.py", CHAIN),
            ("x/site-packages/a.py", CHAIN),
            ("node_modules/a.py", CHAIN),
            ("build/lib/a.py", CHAIN),
            ("app/build/a.py", CHAIN),
            ("thing.egg-info/a.py", CHAIN),
            (".hidden/a.py", CHAIN),
            ("x.py/data.txt", ""),
        ],
        &["."],
        &["app.py*", "app/build/a.py*"],
    );
}

#[test]
fn gitignore_is_honoured_without_git() {
    check(
        &[
            ("proj/.gitignore", "gen/\n*_pb2.py\n"),
            (".gitignore", "*\n"),
            ("proj/app.py", CHAIN),
            ("proj/gen/a.py", CHAIN),
            ("proj/x_pb2.py", CHAIN),
        ],
        &["proj"],
        &["proj/app.py*"],
    );
}

#[test]
fn excluded_files_are_left_out_even_when_named() {
    let files = [
        ("unhang.toml", "exclude = ['old', '/gen/*.py']\n"),
        ("app.py", CHAIN),
        ("old/a.py", CHAIN),
        ("gen/a.py", CHAIN),
    ];
    check(&files, &["."], &["app.py*"]);
    check(&files, &["app.py", "old/a.py", "gen/a.py"], &["app.py*"]);
}

#[test]
fn a_file_that_cannot_be_read_is_a_problem() {
    let tree = tree(&[
        ("a.py", CHAIN),
        ("b.py", "x = 1\0"),
        ("c.txt", ""),
        ("tests/d.py", "\0"),
    ]);
    fs::write(tree.path().join("e.py"), b"x = '\xff'").expect("written");
    let read = read_paths(&tree, &[".", "c.txt"], &Overrides::default());
    let messages: Vec<&str> = read.problems.iter().map(|it| it.message.as_str()).collect();
    let expected = [
        "holds a NUL byte (byte 5), so Python cannot read it",
        "neither Python nor a configuration that can be read",
        "not UTF-8 (byte 5)",
    ];
    assert_eq!(messages, expected);
}

#[test]
fn a_missing_path_is_an_error_that_names_it() {
    let input = Input {
        paths: vec![PathBuf::from("no/such/path.py")],
        ..Input::default()
    };
    let error = read(&input, &Settings::default()).expect_err("it does not exist");
    assert_eq!(
        error.to_string(),
        "there is no file or folder `no/such/path.py`"
    );
}

#[test]
fn a_shadow_stands_for_its_file() {
    let tree = tree(&[
        ("pyproject.toml", ""),
        ("a.py", "x = 1\n"),
        ("b.py", "import a\n"),
    ]);
    let input = Input {
        shadows: vec![Shadow {
            path: tree.path().join("a.py"),
            bytes: CHAIN.into(),
        }],
        ..Input::default()
    };
    let read = read(&input, &Settings::default()).expect("the path exists");
    assert_eq!(names(&tree, &read), ["a.py*", "b.py"]);
}

#[test]
fn the_nearest_settings_win() {
    let tree = tree(&[
        ("unhang.toml", "fail-on = 'error'\n"),
        ("a/pyproject.toml", "[tool.other]\nx = 1\n"),
        ("b/pyproject.toml", "[tool.unhang]\nfail-on = 'note'\n"),
        ("b/unhang.toml", "fail-on = 'never'\n"),
        ("b/c/x.py", ""),
    ]);
    let at = |path: &str| {
        let paths = [tree.path().join(path)];
        settings(&paths, &Configuration::Nearest, &Overrides::default())
            .expect("the settings are valid")
            .file
            .expect("there is one")
    };
    assert!(at("a").ends_with("/unhang.toml") && !at("a").ends_with("/a/unhang.toml"));
    assert!(at("b/c/x.py").ends_with("b/unhang.toml"));
    let isolated = settings(&[], &Configuration::Isolated, &Overrides::default());
    assert!(isolated.is_ok_and(|it| it.file.is_none()));
}

#[cfg(unix)]
#[test]
fn links_are_not_followed() {
    let tree = tree(&[("app/a.py", CHAIN)]);
    std::os::unix::fs::symlink(tree.path().join("app"), tree.path().join("app/loop"))
        .expect("made");
    let read = read_paths(&tree, &["."], &Overrides::default());
    assert_eq!(names(&tree, &read), ["app/a.py*"]);
}

#[test]
fn configuration_is_read_when_it_deploys_the_application_or_its_code_names_it() {
    let files = [
        ("app.py", "import langchain_openai\nopen('settings.yaml')\n"),
        ("compose.yaml", "services: {}\n"),
        ("deploy/api.yml", "apiVersion: v1\nkind: Pod\n"),
        (".env", "A=1\n"),
        (".gitignore", ".env\n"),
        ("settings.yaml", "timeout: 30\n"),
        ("strings.yaml", "title: hello\n"),
        ("data.json", "[1, 2]\n"),
        ("tests/compose.yaml", "services: {}\n"),
    ];
    let expected = [
        ".env*",
        "app.py*",
        "compose.yaml*",
        "deploy/api.yml*",
        "settings.yaml*",
    ];
    check(&files, &["."], &expected);
}

#[test]
fn configuration_of_anything_else_is_not_read() {
    let files = [
        ("app.py", "import flask\n"),
        ("compose.yaml", "services: {}\n"),
    ];
    check(&files, &["."], &[]);
}

#[test]
fn configuration_that_is_named_is_reported_alone() {
    let files = [
        ("app.py", CHAIN),
        ("a/compose.yaml", "services: {}\n"),
        ("b/compose.yaml", "services: {}\n"),
        ("pyproject.toml", ""),
    ];
    let expected = ["a/compose.yaml*", "app.py", "b/compose.yaml"];
    check(&files, &["a/compose.yaml"], &expected);
}

#[test]
fn configuration_too_large_to_be_written_by_hand_is_a_problem() {
    let large = format!("services: {{}}\n{}", "# filler\n".repeat(2_300_000));
    let tree = tree(&[("app.py", CHAIN), ("compose.yaml", &large)]);
    let read = read_paths(&tree, &["."], &Overrides::default());
    assert_eq!(names(&tree, &read), ["app.py*"]);
    let messages: Vec<&str> = read.problems.iter().map(|it| it.message.as_str()).collect();
    assert_eq!(messages, ["too large (19 MB; at most 2 MB are read)"]);
}

/// Lets somebody type, and holds what is then worth parsing against what a new look finds.
fn check_change(files: &[(&str, &str)], path: &str, text: &str, expected: &[&str]) {
    let folder = tree(files);
    let settings = Settings::default();
    let input = Input {
        paths: vec![folder.path().to_owned()],
        ..Input::default()
    };
    let mut live = Tree::read(&input, &settings).expect("the folder exists");
    live.change(&folder.path().join(path), Some(text));
    assert_eq!(names(&folder, &live.into_read()), expected);
    let shadow = Shadow {
        path: folder.path().join(path),
        bytes: text.into(),
    };
    let input = Input {
        shadows: vec![shadow],
        ..input
    };
    let new = read(&input, &settings).expect("the folder exists");
    assert_eq!(names(&folder, &new), expected);
}

#[test]
fn what_somebody_types_decides_what_is_worth_parsing() {
    let app = [("a.py", CHAIN), ("b.py", "x = 1\n"), ("c.py", "y = 1\n")];
    check_change(&app, "a.py", CHAIN, &["a.py*"]);
    let imports = format!("{CHAIN}import b\n");
    check_change(&app, "a.py", &imports, &["a.py*", "b.py*"]);
    check_change(
        &app,
        "c.py",
        "import a\nimport b\n",
        &["a.py*", "b.py*", "c.py*"],
    );
    check_change(&app, "a.py", "x = 1\n", &[]);
    check_change(&app, "a.py", "\0", &[]);
}

#[test]
fn a_text_of_an_editor_is_not_lost_while_it_is_not_worth_parsing() {
    let folder = tree(&[("a.py", CHAIN), ("b.py", "")]);
    let input = Input {
        paths: vec![folder.path().to_owned()],
        ..Input::default()
    };
    let mut live = Tree::read(&input, &Settings::default()).expect("the folder exists");
    let (a, b) = (folder.path().join("a.py"), folder.path().join("b.py"));
    let imports = format!("{CHAIN}import b\n");
    assert!(matches!(
        live.change(&b, Some("typed = 1\n")),
        Change::Nothing
    ));
    for text in [&imports, CHAIN, &imports] {
        assert!(matches!(live.change(&a, Some(text)), Change::Files));
    }
    let texts: Vec<String> = live.sources().iter().map(|it| it.1.text.clone()).collect();
    assert_eq!(texts, [imports.as_str(), "typed = 1\n"]);
    assert!(matches!(live.change(&b, None), Change::Text(it) if it.text.is_empty()));
    let new = folder.path().join("new.py");
    assert!(matches!(live.change(&new, Some(CHAIN)), Change::Unlisted));
}

#[test]
fn a_file_that_was_never_saved_is_seen_in_its_folder() {
    let folder = tree(&[("a.py", CHAIN)]);
    let input = Input {
        paths: vec![folder.path().to_owned()],
        shadows: vec![Shadow {
            path: folder.path().join("new.py"),
            bytes: CHAIN.into(),
        }],
        ..Input::default()
    };
    let read = read(&input, &Settings::default()).expect("the folder exists");
    assert_eq!(names(&folder, &read), ["a.py*", "new.py*"]);
}
