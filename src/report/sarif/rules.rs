//! What a SARIF log says of each rule, whether or not it found something.

use super::log::{Configuration, Help, Rule, RuleProperties, Text};
use super::{level, sentence};
use crate::catalog::Catalog;
use crate::catalog::entry::{self, Lifecycle};
use crate::docs;
use crate::finding::Severity;

/// All rules of the catalogue by name, so that a `ruleIndex` is a place in this list.
pub(super) fn all(catalog: &Catalog) -> Vec<Rule<'_>> {
    catalog
        .rules
        .iter()
        .map(|(name, entry)| rule(name, entry))
        .collect()
}

fn rule<'a>(name: &'a str, entry: &'a entry::Rule) -> Rule<'a> {
    Rule {
        id: name,
        name: pascal(name),
        short_description: Text {
            text: sentence(&entry.title),
        },
        full_description: Text {
            text: docs::rule_summary(entry).replace('\n', " "),
        },
        help: Help {
            text: docs::rule_advice(entry),
            markdown: docs::rule_page(name, entry, docs::examples()),
        },
        help_uri: docs::rule_url(name),
        default_configuration: Configuration {
            enabled: matches!(entry.lifecycle, Lifecycle::Stable(_)),
            level: level(entry.severity),
        },
        properties: properties(entry),
    }
}

fn properties(entry: &entry::Rule) -> RuleProperties<'_> {
    let mut tags = vec!["reliability".to_owned(), entry.category.to_string()];
    tags.extend(entry.security_severity.map(|_| "security".to_owned()));
    // Three digits at least, as code scanning on GitHub spells them.
    let cwe = entry
        .cwe
        .iter()
        .map(|it| format!("external/cwe/cwe-{it:03}"));
    tags.extend(cwe);
    RuleProperties {
        tags,
        precision: entry.confidence.word(),
        problem_severity: match entry.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "recommendation",
        },
        security_severity: entry.security_severity.map(|it| format!("{it:.1}")),
    }
}

/// `ClientWithoutTimeout` for `client-without-timeout`.
fn pascal(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for word in name.split('-') {
        let mut letters = word.chars();
        out.extend(letters.next().map(|it| it.to_ascii_uppercase()));
        out.push_str(letters.as_str());
    }
    out
}
