//! What was seen to hold by running a library, and in which packages a library comes.

use serde::Deserialize;
use smol_str::SmolStr;
use toml::value::Datetime;

/// `rules/verified/lab.toml`: what the project's lab checked against the packages themselves.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerifiedFile {
    /// One for each entry and version of its package.
    #[serde(default)]
    pub verified: Vec<Verified>,
}

/// That all of what an entry says held in one version of its package, and when.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verified {
    /// The first path of the entry.
    pub path: SmolStr,
    /// The distribution that was installed.
    pub package: SmolStr,
    /// Its version.
    pub version: SmolStr,
    /// The day the lab ran.
    pub checked: Datetime,
    /// How many facts were read from its signature.
    #[serde(default)]
    pub introspection: u32,
    /// How many were seen on an outgoing request.
    #[serde(default)]
    pub wire: u32,
    /// How many were seen at a server that stalls or refuses.
    #[serde(default)]
    pub run: u32,
}

/// `rules/packages.toml`: which imports matter.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Packages {
    /// Beginnings of module names that make a project an application of ours.
    #[serde(default)]
    pub anchors: Vec<SmolStr>,
    /// Beginnings of module names of model SDKs: files that import them are read too.
    #[serde(default)]
    pub sdks: Vec<SmolStr>,
    /// Module names of libraries that wait for a network.
    #[serde(default)]
    pub network: Vec<SmolStr>,
    /// Beginnings of module names of other libraries that rules speak of.
    #[serde(default)]
    pub others: Vec<SmolStr>,
    /// Modules of libraries that copy the settings of a client and never call it.
    #[serde(default)]
    pub copying: Vec<SmolStr>,
}

impl Packages {
    /// Joins what another file lists.
    pub fn add(&mut self, other: Self) {
        self.anchors.extend(other.anchors);
        self.sdks.extend(other.sdks);
        self.network.extend(other.network);
        self.others.extend(other.others);
        self.copying.extend(other.copying);
    }
}
