//! Servers, proxies and platforms that stop waiting: the shape of `rules/hops/*.toml`.

use serde::Deserialize;
use smol_str::SmolStr;

use super::entry::Source;

/// A file of `rules/hops/`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct HopFile {
    /// The limits.
    pub hop: Vec<Hop>,
}

/// One limit of something that stands between a caller and the code.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Hop {
    /// Its name in the catalogue, as in `gunicorn.timeout.sync`.
    pub id: SmolStr,
    /// What messages call it.
    pub name: String,
    /// Where it is written.
    #[serde(default)]
    pub files: Vec<String>,
    /// The keys, flags and annotations that set it.
    #[serde(default)]
    pub keys: Vec<String>,
    /// In which unit, and what is refused.
    pub unit: String,
    /// What holds when nobody sets it, in seconds; absent when there is no limit or nobody knows.
    #[serde(default)]
    pub default_seconds: Option<f64>,
    /// More than this cannot be set, in seconds.
    #[serde(default)]
    pub most_seconds: Option<f64>,
    /// What the time counts: the whole answer, or a gap between two reads.
    #[serde(default)]
    pub measures: Option<String>,
    /// What the caller gets.
    pub exceeded: String,
    /// What else there is to know.
    #[serde(default)]
    pub note: Option<String>,
    /// How it is known.
    pub source: Source,
}
