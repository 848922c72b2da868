//! Pages of rules and of facts, and the lists of both, from the catalogue and the fixtures.
//!
//! The examples on a page are the fixtures that the tests run, so that no page can show code about
//! which unhang says something else.

mod facts;
mod list;
mod reference;
mod schema;
mod starter;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::OnceLock;

use serde::Deserialize;

use crate::catalog::entry::{How, Lifecycle, Rule, Source};

pub use facts::{
    Topic, client_facts, facts_json, facts_list, facts_list_json, facts_page, topics, topics_named,
};
pub use list::{ListFormat, rule_json, rule_list};
pub use reference::settings_reference;
pub use schema::settings_schema;
pub use starter::starter;

/// The words with which a comment in a fixture speaks to the tests.
const MARKERS: [&str; 4] = ["expect", "because", "ok", "wrong"];

/// The first example of each rule, by the rule's name.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
pub struct Examples {
    by_rule: BTreeMap<String, Pair>,
}

/// What a rule complains about, and the same without its complaint.
#[derive(Debug, Default, Deserialize)]
struct Pair {
    bad: Option<Example>,
    good: Option<Example>,
}

/// A fixture.
#[derive(Debug, Deserialize)]
struct Example {
    /// The file's extension.
    extension: String,
    /// With the comments for the tests.
    text: String,
}

/// The examples that are part of the program.
#[must_use]
pub fn examples() -> &'static Examples {
    static BUNDLED: OnceLock<Examples> = OnceLock::new();
    BUNDLED.get_or_init(|| {
        let text = include_str!(concat!(env!("OUT_DIR"), "/examples.json"));
        serde_json::from_str(text).expect("the build script writes what this type reads")
    })
}

/// Where the project is published; `None` as long as `Cargo.toml` names no `repository`.
///
/// Every link in every format comes from here, so that none leads to where nothing is.
#[must_use]
pub fn home() -> Option<&'static str> {
    Some(env!("CARGO_PKG_REPOSITORY")).filter(|it| !it.is_empty())
}

/// Where the page of a rule is published; `None` while the project has no public home.
#[must_use]
pub fn rule_url(name: &str) -> Option<String> {
    home().map(|it| url_in(it, name))
}

/// The page as it was at this version, in the repository of that address.
fn url_in(repository: &str, name: &str) -> String {
    let version = env!("CARGO_PKG_VERSION");
    format!("{repository}/blob/v{version}/docs/rules/{name}.md")
}

/// What a rule is about, in one paragraph: the first of its reasons.
#[must_use]
pub fn rule_summary(rule: &Rule) -> &str {
    let why = rule.why.trim();
    why.split_once("\n\n").map_or(why, |(first, _)| first)
}

/// Why a rule matters and what to do, for readers who see no Markdown.
#[must_use]
pub fn rule_advice(rule: &Rule) -> String {
    format!("{}\n\n{}", rule.why.trim(), rule.remedy.trim())
}

/// The page of a rule in Markdown.
#[must_use]
pub fn rule_page(name: &str, rule: &Rule, examples: &Examples) -> String {
    let mut page = format!(
        "# {}\n\n`{name}` · {} · {} · confidence {} · {}\n",
        rule.title,
        rule.category,
        rule.severity,
        rule.confidence.word(),
        standing(&rule.lifecycle),
    );
    section(&mut page, "Why", &rule.why);
    section(&mut page, "Remedy", &rule.remedy);
    section(
        &mut page,
        "When it is silent",
        rule.silent.as_deref().unwrap_or_default(),
    );
    section(&mut page, "Options", &options(name, rule));
    if let Some(pair) = examples.by_rule.get(name) {
        section(&mut page, "Example", &pair.shown());
    }
    let sources: Vec<_> = rule.source.iter().map(source).collect();
    section(&mut page, "Sources", &sources.join("\n"));
    page
}

/// A section with its heading; nothing when there is nothing to say.
fn section(page: &mut String, heading: &str, body: &str) {
    let body = body.trim();
    if !body.is_empty() {
        let _ = write!(page, "\n## {heading}\n\n{body}\n");
    }
}

fn standing(lifecycle: &Lifecycle) -> String {
    match lifecycle {
        Lifecycle::Stable(since) => format!("since {since}"),
        Lifecycle::Preview(since) => format!("preview since {since}"),
    }
}

fn options(name: &str, rule: &Rule) -> String {
    if rule.options.is_empty() {
        return String::new();
    }
    let mut text = format!("Under `[rules.{name}]`:\n\n");
    for (option, about) in &rule.options {
        let _ = writeln!(
            text,
            "- `{option} = {}` (default): {}",
            about.default, about.doc
        );
    }
    text
}

fn source(source: &Source) -> String {
    let what = match &source.url {
        Some(url) => format!("{}: <{url}>", source.what),
        None => source.what.clone(),
    };
    let how = source.how.map_or("", |how| match how {
        How::Run => ", by running it",
        How::Introspection => ", by introspection",
        How::Source => ", in the source code",
        How::Documentation => ", in the documentation",
    });
    format!("- {what} (checked {}{how})", source.checked)
}

impl Pair {
    fn shown(&self) -> String {
        let mut text = String::new();
        for (label, example) in [("Bad", &self.bad), ("Good", &self.good)] {
            if let Some(example) = example {
                let (language, code) = (example.language(), without_markers(&example.text));
                let _ = write!(text, "{label}:\n\n```{language}\n{code}```\n\n");
            }
        }
        text
    }
}

impl Example {
    /// The name by which Markdown readers colour it.
    fn language(&self) -> &str {
        match self.extension.as_str() {
            "py" => "python",
            "yml" => "yaml",
            "conf" => "nginx",
            "env" => "sh",
            other => other,
        }
    }
}

/// A fixture as people should read it: without the comments that speak to the tests.
fn without_markers(text: &str) -> String {
    let mut out = String::new();
    for line in text.trim_end().lines() {
        let code = marker(line).map_or(line, |at| line[..at].trim_end());
        if code.is_empty() && !line.is_empty() {
            continue;
        }
        out.push_str(code);
        out.push('\n');
    }
    out
}

/// Where on a line the first comment for the tests begins.
fn marker(line: &str) -> Option<usize> {
    let mut comments = line.match_indices('#').map(|(at, _)| at);
    comments.find(|&at| {
        let comment = line[at + 1..].trim_start();
        MARKERS.iter().any(|word| {
            comment
                .strip_prefix(word)
                .is_some_and(|rest| rest.starts_with('['))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog;

    pub(super) fn rules() -> BTreeMap<String, Rule> {
        let full = r#"
            title = "Client without a timeout"
            category = "timeouts"
            severity = "error"
            confidence = "high"
            lifecycle = { stable = "0.1.0" }
            why = """
A stalled call keeps its worker.

Until the process dies.
"""
            remedy = "Pass a timeout.\n"
            silent = "- Nothing waits.\n"
            options.longest = { default = "300s", doc = "What counts as long." }
            source = [
                { what = "llm 1.0", checked = 2026-11-22, how = "run" },
                { what = "its manual", url = "https://llm.example", checked = 2026-11-23 },
            ]
        "#;
        let small = r#"
            title = "Loop without end | or limit"
            category = "agents"
            severity = "warning"
            confidence = "medium"
            lifecycle = { preview = "0.2.0" }
            why = "It runs on."
            remedy = "Stop it."
            source = []
        "#;
        let rule = |text| toml::from_str(text).expect("the entry is complete");
        BTreeMap::from([
            ("client-without-timeout".to_owned(), rule(full)),
            ("loop".to_owned(), rule(small)),
        ])
    }

    fn example(extension: &str, text: &str) -> Examples {
        let example = |text: &str| Example {
            extension: extension.to_owned(),
            text: text.to_owned(),
        };
        let pair = Pair {
            bad: Some(example(text)),
            good: Some(example("call(timeout=30)\n")),
        };
        Examples {
            by_rule: BTreeMap::from([("client-without-timeout".to_owned(), pair)]),
        }
    }

    fn page(name: &str, examples: &Examples) -> String {
        rule_page(name, &rules()[name], examples)
    }

    #[test]
    fn a_page_has_all_that_the_catalogue_says_and_the_fixtures_show() {
        let examples = example("py", "call()  # expect[client-without-timeout]: for ever\n");
        insta::assert_snapshot!(page("client-without-timeout", &examples), @r#"
        # Client without a timeout

        `client-without-timeout` · timeouts · error · confidence high · since 0.1.0

        ## Why

        A stalled call keeps its worker.

        Until the process dies.

        ## Remedy

        Pass a timeout.

        ## When it is silent

        - Nothing waits.

        ## Options

        Under `[rules.client-without-timeout]`:

        - `longest = "300s"` (default): What counts as long.

        ## Example

        Bad:

        ```python
        call()
        ```

        Good:

        ```python
        call(timeout=30)
        ```

        ## Sources

        - llm 1.0 (checked 2026-11-22, by running it)
        - its manual: <https://llm.example> (checked 2026-11-23)
        "#);
    }

    #[test]
    fn a_page_has_an_address_once_there_is_a_public_home() {
        let url = url_in("https://git.example/unhang", "a-rule");
        assert!(
            url.starts_with("https://git.example/unhang/blob/v"),
            "{url}"
        );
        assert!(url.ends_with("/docs/rules/a-rule.md"), "{url}");
    }

    #[test]
    fn a_page_leaves_out_what_there_is_not() {
        insta::assert_snapshot!(page("loop", &Examples::default()), @"
        # Loop without end | or limit

        `loop` · agents · warning · confidence medium · preview since 0.2.0

        ## Why

        It runs on.

        ## Remedy

        Stop it.
        ");
    }

    #[test]
    fn comments_for_the_tests_are_not_shown() {
        let check = |text, expected| assert_eq!(without_markers(text), expected);
        check("call()  # expect[a]: x  # because[b]\n", "call()\n");
        check("a\n\n    # ok[a-rule]: why\nb # why\n\n", "a\n\nb # why\n");
        check(
            "#expect[a]\nx = '#ok' # ok, fine\n",
            "x = '#ok' # ok, fine\n",
        );
        check(
            "x  # unhang: ignore[a] -- y  # expect[b]",
            "x  # unhang: ignore[a] -- y\n",
        );
    }

    #[test]
    fn every_bundled_rule_has_a_page_and_a_line() {
        let catalog = catalog::bundled();
        let list = rule_list(catalog, ListFormat::Text);
        for (name, rule) in &catalog.rules {
            let page = rule_page(name, rule, examples());
            assert!(page.starts_with(&format!("# {}\n", rule.title)), "{name}");
            let shown = MARKERS.iter().any(|it| page.contains(&format!("# {it}[")));
            assert!(!shown, "{name} shows a comment for the tests");
            assert!(list.lines().any(|it| it.starts_with(name)), "{name}");
        }
    }
}
