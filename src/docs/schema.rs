//! The JSON schema of the settings, with which editors complete `unhang.toml`.

mod own;

use serde_json::{Map, Value, json};

use super::list::json as pretty;
use crate::catalog::Catalog;
use crate::catalog::entry::{Rule, RuleOption};
use crate::units::Millis;

/// What `Millis::parse` reads.
pub(super) const DURATION: &str =
    r"^\s*([0-9]+\.?[0-9]*|\.[0-9]+)\s*(ms|s|sec|seconds|m|min|minutes|h|hours)\s*$";

/// The schema of `unhang.toml`, and of `[tool.unhang]` in `pyproject.toml`.
#[must_use]
pub fn settings_schema(catalog: &Catalog) -> String {
    pretty(&schema(catalog))
}

/// The same as a value.
pub(super) fn schema(catalog: &Catalog) -> Value {
    let rules: Vec<&str> = catalog.rules.keys().map(String::as_str).collect();
    let mut names: Vec<&str> = catalog.rules.values().map(|it| &*it.category).collect();
    names.sort_unstable();
    names.dedup();
    names.extend(&rules);
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "unhang settings",
        "description": "`unhang.toml`, and the table `tool.unhang` of `pyproject.toml`.",
        "type": "object",
        "additionalProperties": false,
        "properties": properties(catalog),
        "definitions": {
            "name": { "description": "A rule or a category.", "enum": names },
            "names": { "type": "array", "items": { "$ref": "#/definitions/name" } },
            "globs": { "type": "array", "items": { "type": "string" } },
        },
    })
}

fn properties(catalog: &Catalog) -> Value {
    let rules = catalog.rules.iter();
    let rules = rules.filter(|(_, rule)| !rule.options.is_empty());
    let rules: Map<String, Value> = rules
        .map(|(name, rule)| (name.clone(), options(rule)))
        .collect();
    json!({
        "select": names("Only these rules or categories."),
        "ignore": names("Not these rules or categories."),
        "preview": flag("Also rules that are on trial."),
        "fail-on": {
            "description": "From which severity on a finding makes the run fail.",
            "enum": ["note", "warning", "error", "never"],
            "default": "warning",
        },
        "confidence": {
            "description": "How sure a finding must be to be shown.",
            "enum": ["low", "medium", "high"],
            "default": "medium",
        },
        "exclude": {
            "description": "Globs of files and folders that are not read, from the folder of the settings.",
            "$ref": "#/definitions/globs",
        },
        "include-tests": flag("Also report findings in tests and examples."),
        "per-file-ignores": {
            "description": "Rules or categories that are not reported in some files, by glob.",
            "type": "object",
            "additionalProperties": { "$ref": "#/definitions/names" },
        },
        "rules": {
            "description": "Options of rules, by the rule's name.",
            "type": "object",
            "additionalProperties": false,
            "properties": rules,
        },
        "python": {
            "description": "How the Python of the project is laid out.",
            "type": "object",
            "additionalProperties": false,
            "properties": {
                "root": {
                    "description": "Folders in which imports start, from the folder of the settings.",
                    "type": "array",
                    "items": { "type": "string" },
                },
            },
        },
        "versions": {
            "description": "Versions of packages, which win over what a lock file says.",
            "type": "object",
            "additionalProperties": { "type": "string" },
        },
        "client": many("Clients of your own: what a package does that unhang does not know.", &own::client()),
        "retry": many("Retries of your own: decorators and methods that call again.", &own::retry()),
        "tool": many("How functions become tools of an agent, where a package of your own does it.", &own::tool()),
        "hop": many("What stands in front of the application and is in no file of the project.", &own::hop()),
    })
}

/// Any number of tables.
fn many(about: &str, items: &Value) -> Value {
    json!({ "description": about, "type": "array", "items": items })
}

fn names(about: &str) -> Value {
    json!({ "description": about, "$ref": "#/definitions/names" })
}

fn flag(about: &str) -> Value {
    json!({ "description": about, "type": "boolean", "default": false })
}

fn options(rule: &Rule) -> Value {
    let options = rule.options.iter();
    let options: Map<String, Value> = options.map(|(key, it)| (key.clone(), option(it))).collect();
    json!({
        "description": rule.title,
        "type": "object",
        "additionalProperties": false,
        "properties": options,
    })
}

/// A value of the kind that the default is of, as the settings want it.
fn option(option: &RuleOption) -> Value {
    let default = &option.default;
    let mut schema = json!({ "description": option.doc, "default": default });
    let is_duration = |it: &str| Millis::parse(it).is_some();
    schema["type"] = match default {
        toml::Value::Float(_) => json!("number"),
        toml::Value::Integer(_) => json!("integer"),
        toml::Value::Boolean(_) => json!("boolean"),
        toml::Value::Array(_) => json!("array"),
        toml::Value::Table(_) => json!("object"),
        toml::Value::String(_) | toml::Value::Datetime(_) => json!("string"),
    };
    if default.as_str().is_some_and(is_duration) {
        schema["pattern"] = json!(DURATION);
    }
    schema
}
