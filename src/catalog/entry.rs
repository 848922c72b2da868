//! The shape of every entry in `rules/`; a misspelt key is an error, never a silence.

mod agent;
mod client;
mod http;
mod timeout;
mod verified;

use std::collections::BTreeMap;

use serde::Deserialize;
use smol_str::SmolStr;
use toml::value::Datetime;

pub use self::agent::{Agent, AgentFile, StepLimit};
pub use self::client::{
    Client, ClientFile, ClientKind, Counts, Earlier, Factory, Ignored, Inference, Retries, Under,
};
pub use self::http::Http;
pub use self::timeout::{Absent, Address, Timeout};
pub use self::verified::{Packages, Verified, VerifiedFile};
use crate::finding::{Confidence, Severity};

/// `rules/checks/<rule>.toml`: what a rule is for, and how it ranks.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Rule {
    /// One line, as a heading.
    pub title: String,
    /// The group it is selected with.
    pub category: SmolStr,
    /// How bad a finding is by default.
    pub severity: Severity,
    /// How sure a finding is by default.
    pub confidence: Confidence,
    /// Since when, and whether it is on by default.
    pub lifecycle: Lifecycle,
    /// What happens in production, in Markdown.
    pub why: String,
    /// What to do about it, in Markdown.
    pub remedy: String,
    /// When the rule keeps silent, in Markdown.
    #[serde(default)]
    pub silent: Option<String>,
    /// The weaknesses of the Common Weakness Enumeration that a finding is an instance of.
    #[serde(default)]
    pub cwe: Vec<u16>,
    /// How bad it is as a hole in the security, from 0 to 10 as CVSS counts; `None` for a rule that
    /// is not about security.
    #[serde(default)]
    pub security_severity: Option<f32>,
    /// What the user can set under `[tool.unhang.rules.<name>]`.
    #[serde(default)]
    pub options: BTreeMap<String, RuleOption>,
    /// Where the claims come from.
    pub source: Vec<Source>,
}

/// Since when a rule exists in which standing.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lifecycle {
    /// On by default since that version.
    Stable(String),
    /// Off unless asked for, since that version.
    Preview(String),
}

/// One option of a rule.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleOption {
    /// What holds when nobody sets it, with its unit: `"300s"`.
    pub default: toml::Value,
    /// What it means.
    pub doc: String,
}

/// Where a fact comes from, and when somebody last looked.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// What was read or run.
    pub what: String,
    /// Where it can be read again.
    #[serde(default)]
    pub url: Option<String>,
    /// The day somebody looked.
    pub checked: Datetime,
    /// How it was verified.
    #[serde(default)]
    pub how: Option<How>,
}

/// How a fact was verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum How {
    /// By running the package against a server that never answers.
    Run,
    /// By reading the class's fields from the installed package.
    Introspection,
    /// By reading the package's source.
    Source,
    /// By reading its documentation.
    Documentation,
}

fn yes() -> bool {
    true
}

fn one() -> u32 {
    1
}
