//! The module graph is a stack: a file may import only from the layers below its own.
//!
//! ```text
//!            main
//!             │
//!    ┌────────▼─────────┐
//!    │  cli             │      arguments, commands                ┐
//!    │  lsp             │      editor sessions                    │
//!    ├──────────────────┤                                         │ know the
//!    │  discover  cache │      disk → texts                       │ outside world
//!    │  report          │      findings → bytes                   ┘
//!    ├──────────────────┤
//!    │  docs            │      catalogue → pages                  ┐
//!    │  engine          │      run, suppress, rank, sort: analyze │
//!    ├──────────────────┤                                         │
//!    │  checks/*        │      one rule, one file                 │
//!    ├──────────────────┤                                         │
//!    │  project         │◄──┐  all files together:                │ pure
//!    │   resolve, hops  │   │  names → values, who waits for whom │
//!    ├──────────────────┤   │                                     │
//!    │  model           │   │  what one file says                 │
//!    │  settings        │◄──┤  what the user asked for            │
//!    ├──────────────────┤   │                                     │
//!    │  syntax   budget │   │  text → tree;  waits → worst case   │
//!    │  catalog ────────┼───┘  rules/*.toml, typed                ┘
//!    ├──────────────────┤
//!    │  finding         │
//!    │  fact      fix   │      the vocabulary
//!    ├──────────────────┤
//!    │  source          │
//!    │  units           │      the ground
//!    │  line_index      │
//!    └──────────────────┘
//! ```
//!
//! Only `discover`, `cache`, `cli` and `lsp` touch the disk, the network or the environment;
//! everything below is a function of texts, settings and catalogue.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Lowest first. A module on one line may not import another on the same line.
const LAYERS: &[&[&str]] = &[
    &["units", "line_index"],
    &["source"],
    &["fact", "fix"],
    &["finding"],
    &["budget", "catalog", "syntax"],
    &["settings", "model"],
    &["project"],
    &["checks"],
    &["engine", "docs"],
    &["discover", "cache", "report"],
    &["lsp"],
    &["cli"],
];

/// Who may touch the outside world, and through which doors one gets there.
const OUTER: &[&str] = &["discover", "cache", "lsp", "cli"];
const DOORS: &[&str] = &["env", "fs", "net", "process"];

/// What is not in the stack: the crate's own roots and the build script.
const ROOTS: &[&str] = &["build", "lib", "main"];

#[test]
fn imports_point_down() {
    let level = |module: &str| LAYERS.iter().position(|layer| layer.contains(&module));
    let mut wrong = Vec::new();
    for (own, paths) in modules() {
        for imported in imports(&paths, "crate") {
            if own != imported && level(&imported) >= level(&own) {
                wrong.push(format!("{own} imports {imported}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_module_has_a_layer() {
    for (own, _) in modules() {
        let known = LAYERS.iter().any(|layer| layer.contains(&own.as_str()));
        assert!(known, "{own} is in no layer of tests/layers.rs");
    }
}

#[test]
fn only_the_outer_modules_touch_the_outside_world() {
    let mut wrong = Vec::new();
    for (own, paths) in modules() {
        if OUTER.contains(&own.as_str()) {
            continue;
        }
        for door in imports(&paths, "std") {
            if DOORS.contains(&door.as_str()) {
                wrong.push(format!("{own} uses std::{door}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Each file of `src/` below the roots: the name of its module, and the paths it writes.
fn modules() -> Vec<(String, Paths)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut modules = Vec::new();
    for entry in walkdir::WalkDir::new(&src).sort_by_file_name() {
        let entry = entry.expect("src/ can be walked");
        let path = entry.path();
        if path.extension().is_none_or(|it| it != "rs") {
            continue;
        }
        let inside = path.strip_prefix(&src).expect("the walk stays in src/");
        let own = inside.with_extension("");
        let own = own.iter().next().expect("a file has a name");
        let own = own.to_string_lossy().into_owned();
        if !ROOTS.contains(&own.as_str()) {
            let text = fs::read_to_string(path).expect("sources are text");
            modules.push((own, paths(&text, inside.iter().count())));
        }
    }
    assert!(!modules.is_empty(), "there is something to check");
    modules
}

/// The modules that a file takes from `root`, which is `crate` or `std`.
fn imports(paths: &Paths, root: &str) -> BTreeSet<String> {
    let of_root = paths.iter().filter(|(own, _)| own == root);
    of_root.map(|(_, module)| module.clone()).collect()
}

/// First and second name of each path a file writes.
type Paths = BTreeSet<(String, String)>;

/// The paths in a file that lies `depth` names below the crate: `use a::{b, c::d}` has two.
///
/// A chain of `super` that leads to the crate's root counts as `crate`.
fn paths(text: &str, depth: usize) -> Paths {
    let tokens = tokens(text);
    let mut found = Paths::new();
    // The depth of braces at which each inline module was opened.
    let mut inline: Vec<usize> = Vec::new();
    let mut braces = 0;
    for at in 0..tokens.len() {
        let opens_module = at >= 2 && tokens[at] == "{" && tokens[at - 2] == "mod";
        match tokens[at].as_str() {
            "{" => braces += 1,
            "}" => braces -= 1,
            _ => {}
        }
        if opens_module {
            inline.push(braces);
        }
        inline.retain(|&opened| opened <= braces);
        let begins = at == 0 || tokens[at - 1] != "::";
        let (root, next) = root(&tokens[at..], depth + inline.len());
        if begins && tokens.get(at + next).is_some_and(|it| it == "::") {
            for name in firsts(&tokens[at + next + 1..]) {
                found.insert((root.to_owned(), name));
            }
        }
    }
    found
}

/// The name with which a path begins that is written `depth` modules deep, and how many tokens it
/// takes.
fn root(tokens: &[String], depth: usize) -> (&str, usize) {
    let ups = tokens.iter().step_by(2).take_while(|it| *it == "super");
    match ups.count() {
        0 => (&tokens[0], 1),
        ups if ups == depth => ("crate", 2 * ups - 1),
        ups => ("super", 2 * ups - 1),
    }
}

/// The names that follow `::`: one, or the first of each element between braces.
fn firsts(tokens: &[String]) -> Vec<String> {
    if tokens.first().is_none_or(|it| it != "{") {
        return tokens.first().cloned().into_iter().collect();
    }
    let mut names = Vec::new();
    let mut depth = 0;
    let mut begins = false;
    for token in tokens {
        match token.as_str() {
            "{" => depth += 1,
            "}" => depth -= 1,
            _ if begins && depth == 1 => names.push(token.clone()),
            _ => {}
        }
        if depth == 0 {
            break;
        }
        begins = depth == 1 && matches!(token.as_str(), "{" | ",");
    }
    names
}

/// Names, `::` and single signs, without comments and literals.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = trivia(rest);
        if length > 0 {
            rest = &rest[length..];
            continue;
        }
        let name = |c: char| c.is_alphanumeric() || c == '_';
        let length = if name(first) {
            rest.find(|c| !name(c)).unwrap_or(rest.len())
        } else if rest.starts_with("::") {
            2
        } else {
            first.len_utf8()
        };
        tokens.push(rest[..length].to_owned());
        rest = &rest[length..];
    }
    tokens
}

/// How long the white space, comment or literal is with which a text begins; 0 for anything else.
fn trivia(text: &str) -> usize {
    let until = |start: usize, end: &str| {
        text[start..]
            .find(end)
            .map_or(text.len(), |at| start + at + end.len())
    };
    let raw = text.strip_prefix('b').unwrap_or(text);
    if let Some(rest) = raw.strip_prefix('r') {
        let hashes = rest.len() - rest.trim_start_matches('#').len();
        if rest[hashes..].starts_with('"') {
            let opening = text.len() - rest.len() + hashes + 1;
            return until(opening, &format!("\"{}", "#".repeat(hashes)));
        }
    }
    let mut chars = text.chars();
    match (chars.next(), chars.next(), chars.next()) {
        (Some('/'), Some('/'), _) => until(2, "\n"),
        (Some('/'), Some('*'), _) => until(2, "*/"),
        (Some('"'), ..) => quoted(text, '"'),
        (Some('\''), Some('\\'), _) => quoted(text, '\''),
        (Some('\''), Some(c), Some('\'')) => 2 + c.len_utf8(),
        (Some(c), ..) if c.is_whitespace() => c.len_utf8(),
        _ => 0,
    }
}

/// How long the literal is with which a text begins.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

fn check(text: &str, depth: usize, expected: &[&str]) {
    let found = imports(&paths(text, depth), "crate");
    let expected = expected.iter().map(ToString::to_string).collect();
    assert_eq!(found, expected, "{text}");
}

#[test]
fn an_import_is_found_in_every_spelling() {
    check("use crate::fact::{Fact, Limit};", 1, &["fact"]);
    check("pub(crate) use crate::fact as f;", 1, &["fact"]);
    check(
        "use crate::{fact, fix::Edit, source::{FileId, Span}};",
        1,
        &["fact", "fix", "source"],
    );
    check(
        "use crate::{\n    source::{self, Span},\n    units,\n};",
        1,
        &["source", "units"],
    );
    check(
        "fn f(it: crate::fact::Fact) { $crate::fix::g() }",
        1,
        &["fact", "fix"],
    );
}

#[test]
fn comments_and_literals_import_nothing() {
    check(
        "// crate::fact\n/// [`crate::fact`]\n/* crate::fact */",
        1,
        &[],
    );
    check(
        r##"("crate::fact", "\" crate::fix", r#"" crate::fix"#, b"crate::fix")"##,
        1,
        &[],
    );
    check(
        "fn f<'a>(c: &'a char) { c == '\"' || c == '\\''; crate::fact::g() }",
        1,
        &["fact"],
    );
}

#[test]
fn super_counts_where_it_leads_to_the_root() {
    check("use super::fact::Fact;", 1, &["fact"]);
    check("use super::fact::Fact;", 2, &[]);
    check("use super::super::{fact, fix};", 2, &["fact", "fix"]);
    check(
        "mod tests { use super::*; use super::super::fact; }",
        1,
        &["fact"],
    );
    check(
        "mod tests { fn f() { super::g() } }\nfn f() { super::fact::g() }",
        1,
        &["fact"],
    );
}

#[test]
fn a_path_of_another_crate_is_no_import() {
    check(
        "use other::crate_::fact; use std::fs; other::fact::f()",
        1,
        &[],
    );
    let found = imports(
        &paths("use std::{fs, io::Write}; std::env::var()", 1),
        "std",
    );
    assert_eq!(found.into_iter().collect::<Vec<_>>(), ["env", "fs", "io"]);
}
