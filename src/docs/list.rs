//! The list of rules, for people, web pages and programs.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::standing;
use crate::catalog::Catalog;
use crate::catalog::entry::{Lifecycle, Rule, RuleOption, Source};

/// For whom a list of rules is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListFormat {
    /// People at a terminal: one line per rule, in columns.
    Text,
    /// Web pages: one table per category.
    Markdown,
    /// Programs: an array of objects with all that the catalogue says.
    Json,
}

/// All rules of a catalogue, by name; in Markdown by category first.
#[must_use]
pub fn rule_list(catalog: &Catalog, format: ListFormat) -> String {
    match format {
        ListFormat::Text => text_list(&catalog.rules),
        ListFormat::Markdown => markdown_list(&catalog.rules),
        ListFormat::Json => json(&rule_values(&catalog.rules)),
    }
}

/// One rule as a JSON object, as `rule_list` has it.
#[must_use]
pub fn rule_json(name: &str, rule: &Rule) -> String {
    json(&RuleValue::new(name, rule))
}

fn text_list(rules: &BTreeMap<String, Rule>) -> String {
    let longest = |of: fn(&str, &Rule) -> usize| {
        let lengths = rules.iter().map(|(name, rule)| of(name, rule));
        lengths.max().unwrap_or(0)
    };
    let names = longest(|name, _| name.len());
    let categories = longest(|_, rule| rule.category.len());
    let mut text = String::new();
    for (name, rule) in rules {
        let preview = match rule.lifecycle {
            Lifecycle::Stable(_) => "",
            Lifecycle::Preview(_) => " (preview)",
        };
        let (category, severity, title) = (&rule.category, rule.severity.word(), &rule.title);
        let _ = writeln!(
            text,
            "{name:names$}  {category:categories$}  {severity:7}  {title}{preview}"
        );
    }
    text
}

fn markdown_list(rules: &BTreeMap<String, Rule>) -> String {
    let mut categories: BTreeMap<&str, Vec<(&str, &Rule)>> = BTreeMap::new();
    for (name, rule) in rules {
        let rows = categories.entry(&rule.category).or_default();
        rows.push((name, rule));
    }
    let mut text = String::from("# Rules\n");
    for (category, rows) in categories {
        let _ = write!(
            text,
            "\n## {category}\n\n| Rule | Severity | Confidence | About |\n| --- | --- | --- | --- |\n"
        );
        for (name, rule) in rows {
            let (severity, confidence) = (rule.severity, rule.confidence.word());
            let title = rule.title.replace('|', "\\|");
            let standing = standing(&rule.lifecycle);
            let _ = writeln!(
                text,
                "| [`{name}`]({name}.md) | {severity} | {confidence} | {title}, {standing} |"
            );
        }
    }
    text
}

/// What programs get to know of a rule.
#[derive(Serialize)]
struct RuleValue<'a> {
    name: &'a str,
    title: &'a str,
    category: &'a str,
    severity: &'a str,
    confidence: &'a str,
    preview: bool,
    since: &'a str,
    why: &'a str,
    remedy: &'a str,
    silent: Option<&'a str>,
    options: BTreeMap<&'a str, OptionValue<'a>>,
    sources: Vec<SourceValue<'a>>,
}

#[derive(Serialize)]
struct OptionValue<'a> {
    default: &'a toml::Value,
    doc: &'a str,
}

#[derive(Serialize)]
struct SourceValue<'a> {
    what: &'a str,
    url: Option<&'a str>,
    checked: String,
}

fn rule_values(rules: &BTreeMap<String, Rule>) -> Vec<RuleValue<'_>> {
    let rules = rules.iter();
    rules
        .map(|(name, rule)| RuleValue::new(name, rule))
        .collect()
}

impl<'a> RuleValue<'a> {
    fn new(name: &'a str, rule: &'a Rule) -> Self {
        let (preview, since) = match &rule.lifecycle {
            Lifecycle::Stable(since) => (false, since),
            Lifecycle::Preview(since) => (true, since),
        };
        let option = |it: &'a RuleOption| OptionValue {
            default: &it.default,
            doc: it.doc.trim(),
        };
        let source = |it: &'a Source| SourceValue {
            what: &it.what,
            url: it.url.as_deref(),
            checked: it.checked.to_string(),
        };
        Self {
            name,
            title: &rule.title,
            category: &rule.category,
            severity: rule.severity.word(),
            confidence: rule.confidence.word(),
            preview,
            since,
            why: rule.why.trim(),
            remedy: rule.remedy.trim(),
            silent: rule.silent.as_deref().map(str::trim),
            options: (rule.options.iter())
                .map(|(name, it)| (name.as_str(), option(it)))
                .collect(),
            sources: rule.source.iter().map(source).collect(),
        }
    }
}

pub(super) fn json(value: &impl Serialize) -> String {
    let text = serde_json::to_string_pretty(value);
    text.expect("all keys are strings and no float is without a number") + "\n"
}

#[cfg(test)]
mod tests {
    use super::super::tests::rules;
    use super::*;

    #[test]
    fn a_list_for_people_is_in_columns() {
        insta::assert_snapshot!(text_list(&rules()), @"
        client-without-timeout  timeouts  error    Client without a timeout
        loop                    agents    warning  Loop without end | or limit (preview)
        ");
    }

    #[test]
    fn a_list_for_the_web_is_a_table_per_category() {
        insta::assert_snapshot!(markdown_list(&rules()), @r"
        # Rules

        ## agents

        | Rule | Severity | Confidence | About |
        | --- | --- | --- | --- |
        | [`loop`](loop.md) | warning | medium | Loop without end \| or limit, preview since 0.2.0 |

        ## timeouts

        | Rule | Severity | Confidence | About |
        | --- | --- | --- | --- |
        | [`client-without-timeout`](client-without-timeout.md) | error | high | Client without a timeout, since 0.1.0 |
        ");
    }

    #[test]
    fn a_list_for_programs_has_every_key() {
        insta::assert_snapshot!(json(&rule_values(&rules())), @r#"
        [
          {
            "name": "client-without-timeout",
            "title": "Client without a timeout",
            "category": "timeouts",
            "severity": "error",
            "confidence": "high",
            "preview": false,
            "since": "0.1.0",
            "why": "A stalled call keeps its worker.\n\nUntil the process dies.",
            "remedy": "Pass a timeout.",
            "silent": "- Nothing waits.",
            "options": {
              "longest": {
                "default": "300s",
                "doc": "What counts as long."
              }
            },
            "sources": [
              {
                "what": "llm 1.0",
                "url": null,
                "checked": "2026-11-22"
              },
              {
                "what": "its manual",
                "url": "https://llm.example",
                "checked": "2026-11-23"
              }
            ]
          },
          {
            "name": "loop",
            "title": "Loop without end | or limit",
            "category": "agents",
            "severity": "warning",
            "confidence": "medium",
            "preview": true,
            "since": "0.2.0",
            "why": "It runs on.",
            "remedy": "Stop it.",
            "silent": null,
            "options": {},
            "sources": []
          }
        ]
        "#);
    }
}
