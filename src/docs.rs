//! Stub, to be replaced by the real thing.

use crate::catalog::Catalog;
use crate::catalog::entry::Rule;

/// Stub.
#[derive(Debug)]
pub struct Examples;

/// Stub.
#[must_use]
pub fn examples() -> &'static Examples {
    &Examples
}

/// Stub.
#[must_use]
pub fn rule_page(name: &str, _rule: &Rule, _examples: &Examples) -> String {
    format!("# {name}\n")
}

/// Stub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListFormat {
    /// Stub.
    Text,
    /// Stub.
    Markdown,
    /// Stub.
    Json,
}

/// Stub.
#[must_use]
pub fn rule_list(catalog: &Catalog, _format: ListFormat) -> String {
    catalog
        .rules
        .keys()
        .fold(String::new(), |all, it| all + it + "\n")
}

/// Stub.
#[must_use]
pub fn rule_json(name: &str, _rule: &Rule) -> String {
    format!("{{\"name\": \"{name}\"}}\n")
}
