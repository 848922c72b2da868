//! Do the READMEs and the pages in `docs/` say what is true today?
//!
//! `UPDATE_README=1 cargo test --test readme` writes the pages, and the parts of the READMEs between
//! their markers, anew.

#[path = "support/picture.rs"]
mod picture;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::{env, fs};

use unhang::catalog;
use unhang::catalog::entry::{Lifecycle, Rule};
use unhang::docs::{self, ListFormat};

/// How what is out of date is brought up to date.
const UPDATE: &str = "UPDATE_README=1 cargo test --test readme";

#[test]
fn the_readme_shows_what_the_program_says() {
    hold("README.md", &[("capture", capture()), ("rules", rules())]);
}

#[test]
fn the_picture_shows_what_the_program_says() {
    let page = "docs/check.svg";
    let arguments = [
        "check",
        "--select",
        "timeout-disabled,request-without-timeout",
    ];
    let colored = [&arguments[..], &["--color", "always"]].concat();
    let output = unhang(&root().join("fixtures/readme"), &colored);
    let remarks = String::from_utf8(output.stderr.clone()).expect("remarks are UTF-8");
    let shown = format!(
        "$ unhang {}\n{}{remarks}",
        arguments.join(" "),
        stdout(&output)
    );
    let about = "unhang in a terminal: a timeout that may be None, shown where it is used and where \
                 it was written in another file, and a request without a timeout";
    let fresh = picture::svg(&shown, about);
    same(
        page,
        &if root().join(page).exists() {
            read(page)
        } else {
            String::new()
        },
        &fresh,
    );
}

#[test]
fn the_picture_of_a_budget_shows_what_the_program_says() {
    let page = "docs/budget.svg";
    let output = unhang(
        &root().join("fixtures/budget"),
        &["budget", "--format", "svg"],
    );
    let written = if root().join(page).exists() {
        read(page)
    } else {
        String::new()
    };
    same(page, &written, &stdout(&output));
}

#[test]
fn the_schema_of_the_settings_knows_every_rule() {
    let page = "src/docs/settings.schema.json";
    let fresh = docs::settings_schema(catalog::bundled());
    same(page, &read(page), &fresh);
}

#[test]
fn the_reference_knows_every_setting() {
    let page = "docs/settings.md";
    let fresh = docs::settings_reference(catalog::bundled());
    same(page, &read(page), &fresh);
}

#[test]
fn every_rule_has_its_page() {
    let catalog = catalog::bundled();
    let list = docs::rule_list(catalog, ListFormat::Markdown);
    let mut pages = BTreeMap::from([("README.md".to_owned(), list)]);
    for (name, rule) in &catalog.rules {
        let page = docs::rule_page(name, rule, docs::examples());
        pages.insert(format!("{name}.md"), page);
    }
    let folder = root().join("docs/rules");
    let written = fs::read_dir(&folder).expect("there are pages");
    for entry in written {
        let entry = entry.expect("the pages can be listed");
        let name = entry.file_name().to_string_lossy().into_owned();
        if pages.contains_key(&name) {
            continue;
        }
        assert!(is_update(), "docs/rules/{name} is of no rule: {UPDATE}");
        fs::remove_file(entry.path()).expect("the page can be removed");
    }
    for (name, fresh) in pages {
        let path = format!("docs/rules/{name}");
        let written = if folder.join(&name).exists() {
            read(&path)
        } else {
            String::new()
        };
        same(&path, &written, &fresh);
    }
}

#[test]
fn the_map_names_every_file_and_every_module() {
    hold("src/README.md", &[("files", files())]);
    let map = read("src/README.md");
    let (_, picture) = map.split_once("```text\n").expect("there is a picture");
    let (picture, _) = picture.split_once("```").expect("the picture ends");
    for path in sources() {
        let module = path.split(['/', '.']).next().unwrap_or_default();
        let drawn = picture.split_whitespace().any(|it| it == module);
        assert!(
            drawn || ["build", "lib"].contains(&module),
            "{module} is not in the picture"
        );
    }
}

/// What others say is asked by `tests/peers/run`, which needs the network.
#[test]
fn the_comparison_says_what_unhang_says() {
    let page = read("README.md");
    let cases = root().join("tests/peers/cases");
    let output = unhang(&cases, &["check", "--isolated", "--format", "concise"]);
    let said = stdout(&output);
    let mut count = 0;
    for entry in walkdir::WalkDir::new(&cases).min_depth(1) {
        let path = entry.expect("the cases can be listed").into_path();
        let name = path.file_name().expect("it has a name").to_string_lossy();
        let code = fs::read_to_string(&path).expect("it can be read");
        let truth = code.lines().next().and_then(|it| it.strip_prefix("# "));
        let truth = truth.expect("it says what is true");
        let found = said.lines().any(|it| it.starts_with(&format!("{name}:")));
        let verdict = match (truth.starts_with("hangs: "), found) {
            (true, true) => "found",
            (true, false) => "missed",
            (false, false) => "silent",
            (false, true) => "false alarm",
        };
        let row = format!("(tests/peers/cases/{name}) | {truth} | {verdict} |");
        assert!(page.contains(&row), "tests/peers/run, for {row}");
        count += 1;
    }
    assert!(
        page.contains(&format!("the same {count} pieces of code")),
        "{count}"
    );
}

#[test]
fn every_flag_in_the_readme_exists() {
    let help =
        ["check", "baseline", "init", "budget"].map(|it| stdout(&unhang(&root(), &[it, "--help"])));
    let help = help.concat();
    let others = ["--locked", "--path"];
    let text = read("README.md");
    let flags = text.split(|c: char| !c.is_ascii_alphabetic() && c != '-');
    for flag in flags.filter(|it| it.starts_with("--") && !it.ends_with('-')) {
        let exists = help.contains(flag) || others.contains(&flag);
        assert!(exists, "`{flag}` does not exist");
    }
}

#[test]
fn the_settings_in_the_readme_are_accepted() {
    let text = read("README.md");
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
                "| {category} | [`{name}`](docs/rules/{name}.md) | {severity} | {title}{preview} |"
            );
        }
    }
    text
}

/// The source files, each with the sentence it opens with.
fn files() -> String {
    let mut text = "| File | What it knows |\n|---|---|\n".to_owned();
    for path in sources() {
        let code = read(&format!("src/{path}"));
        let opening = code.lines().map_while(|it| it.strip_prefix("//!"));
        let opening: Vec<&str> = opening
            .map(str::trim)
            .take_while(|it| !it.is_empty())
            .collect();
        let opening = opening.join(" ");
        let sentence = opening.split_once(". ").map_or(&*opening, |it| it.0);
        assert!(
            !sentence.is_empty(),
            "src/{path} does not say what it knows"
        );
        let sentence = sentence.trim_end_matches('.').replace('|', "\\|");
        let _ = writeln!(text, "| `{path}` | {sentence} |");
    }
    text
}

/// Paths below `src/`, parents before children; tests are left out.
fn sources() -> Vec<String> {
    let src = root().join("src");
    let mut paths: Vec<PathBuf> = walkdir::WalkDir::new(&src)
        .into_iter()
        .map(|it| it.expect("sources can be listed").into_path())
        .filter(|it| it.extension().is_some_and(|it| it == "rs") && !it.ends_with("tests.rs"))
        .map(|it| it.strip_prefix(&src).expect("the walk stays inside").into())
        .collect();
    paths.sort_by_key(|it| it.with_extension(""));
    let paths = paths
        .iter()
        .map(|it| it.to_string_lossy().replace('\\', "/"));
    paths.collect()
}

/// Asserts that the parts of a page between its markers are these, or writes them.
fn hold(page: &str, parts: &[(&str, String)]) {
    let written = read(page);
    let mut fresh = written.clone();
    for (name, text) in parts {
        fresh = replaced(&fresh, name, text);
    }
    same(page, &written, &fresh);
}

/// Asserts that a page is as it should be, or writes it.
fn same(page: &str, written: &str, fresh: &str) {
    if is_update() {
        fs::write(root().join(page), fresh).expect("the page can be written");
        return;
    }
    for (written, fresh) in written.lines().zip(fresh.lines()) {
        assert_eq!(written, fresh, "{page} is out of date: {UPDATE}");
    }
    assert_eq!(written, fresh, "{page} is out of date: {UPDATE}");
}

fn is_update() -> bool {
    env::var_os("UPDATE_README").is_some()
}

/// The text with what stands between two markers replaced.
fn replaced(text: &str, name: &str, part: &str) -> String {
    let begin = format!("<!-- begin: {name} -->\n");
    let end = format!("<!-- end: {name} -->");
    let (before, rest) = text.split_once(&begin).expect("the page has the marker");
    let (_, after) = rest.split_once(&end).expect("the part ends");
    format!("{before}{begin}{part}{end}{after}")
}

fn read(path: &str) -> String {
    let text = fs::read_to_string(root().join(path)).expect("the file is there");
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
