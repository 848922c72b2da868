//! The shape of what the catalogue says of classes without a timeout of their own, and why they have none.

use std::collections::BTreeMap;

use serde::Deserialize;
use smol_str::SmolStr;

use super::entry::Source;

/// Classes of one package that take no timeout for the same reason. No check ever speaks of them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Untimed {
    /// The distribution they come with.
    pub package: SmolStr,
    /// Why they have none.
    pub standing: Standing,
    /// The argument that takes what waits; only where `standing` is `given`.
    #[serde(default)]
    pub argument: Option<SmolStr>,
    /// The reason, as the end of a sentence that begins with the class; absent only where
    /// `argument` says it all.
    #[serde(default)]
    pub because: Option<String>,
    /// Every dotted path under which each can be imported, by the names people write.
    pub classes: BTreeMap<SmolStr, Vec<SmolStr>>,
    /// Where this comes from.
    pub source: Source,
}

/// Why a class takes no timeout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// No call of it waits for a network.
    NoNetwork,
    /// It is handed what waits: whatever bounds that bounds its calls.
    Given,
    /// Nobody knows how long it waits.
    Unknown,
}
