//! Do fixes keep the style of a file, and is a file whole whatever happens to a run? What the fixes of
//! each rule do is shown beside its fixtures, in `fixed.snap`.

#[path = "support/repaired.rs"]
mod repaired;
#[path = "support/tree.rs"]
mod tree;

use std::fs;
use std::path::Path;
use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::RngSeed;
use unhang::project::Project;
use unhang::settings::Settings;
use unhang::source::{Kind, Source, Sources};
use unhang::{catalog, syntax};

use repaired::{fixed, repaired};
use tree::{ENDS, HANGS, Tree, check};

/// One call in many dresses, with the timeout that a fix puts into it.
#[test]
fn a_fix_keeps_the_style_of_a_call() {
    for (before, after) in [
        ("ChatOpenAI()", "ChatOpenAI(timeout=30)"),
        ("ChatOpenAI( )", "ChatOpenAI(timeout=30 )"),
        (
            "ChatOpenAI(model='a',)",
            "ChatOpenAI(model='a', timeout=30,)",
        ),
        (
            "ChatOpenAI(\n    model='a',\n)",
            "ChatOpenAI(\n    model='a',\n    timeout=30,\n)",
        ),
        (
            "ChatOpenAI(\n    model='a'  # small, and cheap\n)",
            "ChatOpenAI(\n    model='a',  # small, and cheap\n    timeout=30\n)",
        ),
        (
            "ChatOpenAI(\n    model='a',  # (small)\n    # temperature=0,\n)",
            "ChatOpenAI(\n    model='a',  # (small)\n    timeout=30,\n    # temperature=0,\n)",
        ),
        (
            "ChatOpenAI(model='a',\n           temperature=0)",
            "ChatOpenAI(model='a',\n           temperature=0,\n           timeout=30)",
        ),
        (
            "ChatOpenAI(\n\tmodel='a', temperature=0\n)",
            "ChatOpenAI(\n\tmodel='a', temperature=0, timeout=30\n)",
        ),
        (
            "ChatOpenAI(\n    model='a',\n    **{'temperature': 0},\n)",
            "ChatOpenAI(\n    model='a',\n    timeout=30,\n    **{'temperature': 0},\n)",
        ),
        (
            "ChatOpenAI(\n    **{'model': 'a'},\n)",
            "ChatOpenAI(\n    timeout=30,\n    **{'model': 'a'},\n)",
        ),
        (
            "ChatOpenAI(model=('a'\n                  'b'))",
            "ChatOpenAI(model=('a'\n                  'b'), timeout=30)",
        ),
        (
            "ChatOpenAI(\r\n    model='a',\r\n)",
            "ChatOpenAI(\r\n    model='a',\r\n    timeout=30,\r\n)",
        ),
        (
            "f'{ChatOpenAI().invoke(1)}'",
            "f'{ChatOpenAI(timeout=30).invoke(1)}'",
        ),
        (
            "ChatOllama(model='a')",
            "ChatOllama(model='a', client_kwargs={'timeout': 30})",
        ),
        (
            "ChatOllama(client_kwargs={\"verify\": False}, model=\"a\")",
            "ChatOllama(client_kwargs={\"verify\": False, \"timeout\": 30}, model=\"a\")",
        ),
        (
            "ChatOllama(\n    client_kwargs={\n        'verify': False,\n    },\n)",
            "ChatOllama(\n    client_kwargs={\n        'verify': False,\n        'timeout': 30,\n    },\n)",
        ),
        (
            "ChatOllama(client_kwargs=dict(verify=False))",
            "ChatOllama(client_kwargs=dict(verify=False, timeout=30))",
        ),
        ("f'{ChatOllama().invoke(1)}'", "f'{ChatOllama().invoke(1)}'"),
    ] {
        let header =
            "from langchain_openai import ChatOpenAI\nfrom langchain_ollama import ChatOllama\n";
        let header = if before.contains("\r\n") {
            header.replace('\n', "\r\n")
        } else {
            header.to_owned()
        };
        fixes(
            &format!("{header}llm = {before}"),
            &format!("{header}llm = {after}"),
        );
    }
}

/// The timeout of botocore's clients is a keyword of an object of their own.
#[test]
fn a_client_of_botocore_gets_a_config_with_a_timeout() {
    let settings = "[rules.client-without-timeout]\nlong-default = '60 s'\ntimeout = '20 s'\n";
    let header = "from langchain_aws import BedrockEmbeddings\n\n";
    let import = "from botocore.config import Config\n";
    for (before, after) in [
        ("()", "(config=Config(read_timeout=20))"),
        (
            "(config=Config(retries={'max_attempts': 2}))",
            "(config=Config(retries={'max_attempts': 2}, read_timeout=20))",
        ),
        (
            "(config=Config(read_timeout=None))",
            "(config=Config(read_timeout=20))",
        ),
    ] {
        let text = |call: &str, header: String| format!("{header}it = BedrockEmbeddings{call}\n");
        let old = if before.contains("Config") {
            text(before, format!("{import}{header}"))
        } else {
            text(before, header.to_owned())
        };
        let files = [
            ("a.py", old.as_bytes()),
            ("unhang.toml", settings.as_bytes()),
        ];
        let tree = Tree::new(&files);
        tree.run(&["--fix", "--unsafe-fixes"])
            .check(0, "Fixed 1 finding");
        let written = fs::read_to_string(tree.at("a.py")).expect("it is there");
        assert_eq!(written, text(after, format!("{import}{header}")));
        tree.run(&["--fix", "--unsafe-fixes"])
            .check(0, "no finding");
    }
}

/// Where an import goes that a fix needs.
#[test]
fn an_import_goes_where_the_imports_are() {
    let retry = "\n\n@retry(wait=wait_fixed(1))\ndef ask(): ...\n";
    let fixed = "\n\n@retry(wait=wait_fixed(1), stop=stop_after_attempt(3))\ndef ask(): ...\n";
    for (before, after) in [
        (
            "from tenacity import retry, wait_fixed",
            "from tenacity import retry, stop_after_attempt, wait_fixed",
        ),
        (
            "from tenacity import wait_fixed, retry  # again",
            "from tenacity import wait_fixed, retry, stop_after_attempt  # again",
        ),
        (
            "from tenacity import (\n    retry,\n    wait_fixed,\n)",
            "from tenacity import (\n    retry,\n    stop_after_attempt,\n    wait_fixed,\n)",
        ),
        (
            "from tenacity import (retry,  # again\n                      wait_fixed)",
            "from tenacity import (retry, stop_after_attempt,  # again\n                      wait_fixed)",
        ),
        (
            "from tenacity import retry, \\\n    wait_fixed",
            "from tenacity import retry, stop_after_attempt, \\\n    wait_fixed",
        ),
        (
            "\"\"\"Asks.\"\"\"\nfrom __future__ import annotations\n\nimport os\n\nfrom tenacity import retry\nfrom tenacity.wait import wait_fixed",
            "\"\"\"Asks.\"\"\"\nfrom __future__ import annotations\n\nimport os\n\nfrom tenacity import retry, stop_after_attempt\nfrom tenacity.wait import wait_fixed",
        ),
    ] {
        fixes(&format!("{before}{retry}"), &format!("{after}{fixed}"));
    }
    fixes(
        "import tenacity as t\n\n@t.retry(wait=t.wait_fixed(1))\ndef ask(): ...\n",
        "import tenacity as t\n\n@t.retry(wait=t.wait_fixed(1), stop=t.stop_after_attempt(3))\ndef ask(): ...\n",
    );
    fixes(
        "from google import genai\n\nclient = genai.Client()\n",
        "from google import genai\n\nclient = genai.Client(http_options=genai.types.HttpOptions(timeout=30_000))\n",
    );
    fixes(
        "import os\n\nfrom fastapi import FastAPI\nfrom google.genai import Client\nfrom pydantic import BaseModel\n\nclient = Client()\n",
        "import os\n\nfrom fastapi import FastAPI\nfrom google.genai import Client, types\nfrom pydantic import BaseModel\n\nclient = Client(http_options=types.HttpOptions(timeout=30_000))\n",
    );
}

/// Checks what the fixes of all rules make of a text.
fn fixes(before: &str, after: &str) {
    let settings = Settings::default();
    let sources = Sources::new(vec![Source::new("app.py", Kind::Python, before)]);
    let project = Project::build(sources, &settings, catalog::bundled());
    let fixed = repaired(project, &settings);
    let file = fixed.project.sources().find("app.py").expect("it is there");
    assert_eq!(fixed.project.sources().get(file).text, after);
}

#[test]
fn what_needs_no_fix_stays_as_it_is() {
    let tree = Tree::new(&[("app.py", ENDS.as_bytes())]);
    tree.run(&["--fix", "--unsafe-fixes"]).check(0, "All good");
    assert_eq!(fs::read_to_string(tree.at("app.py")).expect("there"), ENDS);
}

#[test]
fn a_run_says_what_it_could_fix() {
    let files: [(&str, &[u8]); 1] = [("app.py", HANGS.as_bytes())];
    check(&files, 1, "Can be fixed: 1 with `--fix --unsafe-fixes`");
}

#[test]
fn a_run_fixes_files_and_says_so() {
    let tree = Tree::new(&[("app.py", HANGS.as_bytes())]);
    let shown = tree.run(&["--diff", "--unsafe-fixes"]);
    shown.check(1, "Would fix 1 finding in 1 file");
    assert!(
        shown
            .out
            .contains("+llm = ChatOpenAI(model=\"gpt-4o-mini\", timeout=30)")
    );
    assert_eq!(fs::read_to_string(tree.at("app.py")).expect("there"), HANGS);

    tree.run(&["--fix"])
        .check(1, "Can be fixed: 1 with `--fix --unsafe-fixes`");
    assert_eq!(fs::read_to_string(tree.at("app.py")).expect("there"), HANGS);

    tree.run(&["--fix", "--unsafe-fixes"])
        .check(0, "Fixed 1 finding in 1 file");
    let fixed = fs::read_to_string(tree.at("app.py")).expect("there");
    assert_eq!(fixed, HANGS.replace("None", "30"));
    tree.run(&["--diff", "--unsafe-fixes"]).check(0, "");
}

#[test]
fn a_file_that_cannot_be_written_is_said() {
    let tree = Tree::new(&[("app.py", HANGS.as_bytes()), ("other.py", HANGS.as_bytes())]);
    let mut locked = fs::metadata(tree.at("app.py"))
        .expect("there")
        .permissions();
    locked.set_readonly(true);
    fs::set_permissions(tree.at("app.py"), locked).expect("it is ours");
    let outcome = tree.run(&["--fix", "--unsafe-fixes"]);
    outcome.check(2, "app.py: cannot be written");
    assert_eq!(fs::read_to_string(tree.at("app.py")).expect("there"), HANGS);
    assert_ne!(
        fs::read_to_string(tree.at("other.py")).expect("there"),
        HANGS
    );
}

#[test]
fn a_run_that_is_killed_leaves_every_file_whole() {
    let names: Vec<String> = (0..120).map(|it| format!("app/m{it:03}.py")).collect();
    let files: Vec<(&str, &[u8])> = names
        .iter()
        .map(|it| (it.as_str(), HANGS.as_bytes()))
        .collect();
    let fixed = HANGS.replace("None", "30");
    let mut between = 0;
    for pause in 0..8 {
        let tree = Tree::new(&files);
        let mut run = tree.command(&["--fix", "--unsafe-fixes", "--quiet"]);
        let mut run = run.spawn().expect("the program starts");
        let read = |name: &String| fs::read_to_string(tree.at(name)).expect("no file is missing");
        // Files are written in their order, and only after everything else is done.
        while read(&names[0]) == HANGS && run.try_wait().expect("it is ours").is_none() {}
        std::thread::sleep(Duration::from_micros(200 * pause));
        run.kill().expect("it is ours");
        run.wait().expect("it ends");
        let texts: Vec<String> = names.iter().map(read).collect();
        for (name, text) in names.iter().zip(&texts) {
            assert!(
                *text == HANGS || *text == fixed,
                "{name} is neither old nor new:\n{text}"
            );
        }
        between += u32::from(texts.contains(&fixed) && texts.iter().any(|it| it == HANGS));
        // What an attempt left behind does not stop the next one.
        tree.run(&["--fix", "--unsafe-fixes", "--quiet"])
            .check(0, "");
    }
    assert!(between > 0, "no run was killed between two files");
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 60,
        rng_seed: RngSeed::Fixed(8),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// Fixtures that are cut, doubled and mixed: nothing panics, and what cannot be read afterwards
    /// is not what a fix made.
    #[test]
    fn spoiled_texts_are_survived(
        text in select(texts()),
        cuts in proptest::collection::vec((any::<Index>(), any::<Index>(), 0..3_u8), 0..4),
    ) {
        let mut text = text;
        for (from, to, how) in cuts {
            let (a, b) = (place(&text, from), place(&text, to));
            let (a, b) = (a.min(b), a.max(b).min(a.min(b) + 200));
            let b = text.ceil_char_boundary(b);
            let part = text[a..b].to_owned();
            match how {
                0 => text.replace_range(a..b, ""),
                1 => text.insert_str(b, &part),
                _ => text = format!("{}\n{}", &text[b..], part),
            }
        }
        let settings = Settings::default();
        let sources = Sources::new(vec![Source::new("app.py", Kind::Python, text)]);
        let project = Project::build(sources, &settings, catalog::bundled());
        let fixed = fixed(project, &settings);
        for (_, before, after) in fixed.texts() {
            for text in [before, after] {
                let tree = syntax::python::parse(text).expect("it can be parsed");
                prop_assert_eq!(tree.error, None, "{}", text);
            }
        }
    }
}

fn place(text: &str, at: Index) -> usize {
    text.floor_char_boundary(at.index(text.len() + 1))
}

/// All single files among the bad fixtures.
fn texts() -> Vec<String> {
    let checks = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/checks");
    let files = walkdir::WalkDir::new(checks)
        .sort_by_file_name()
        .into_iter();
    let files = files.map(|it| it.expect("a fixture can be listed").into_path());
    let bad = files.filter(|it| it.extension().is_some_and(|it| it == "py"));
    let bad = bad.filter(|it| it.parent().is_some_and(|it| it.ends_with("bad")));
    bad.map(|it| fs::read_to_string(it).expect("a fixture is UTF-8"))
        .collect()
}
