//! The shape of a client that a user describes in the settings: a company's wrapper, for example.

use serde::Deserialize;
use smol_str::SmolStr;

use super::{packages, settings};
use crate::catalog::entry::{Client, ClientKind, Ignored, Retries, Timeout};

/// A `[[client]]` of the settings: an entry of the catalogue, of which less has to be said.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OwnClient {
    /// The dotted path of a function that makes the client, or of its class.
    #[serde(default)]
    pub factory: Option<SmolStr>,
    /// Every dotted path, where there are several.
    #[serde(default)]
    pub paths: Vec<SmolStr>,
    /// The name that messages use; the last name of the first path unless written.
    #[serde(default)]
    pub class: Option<SmolStr>,
    /// What it talks to.
    #[serde(default = "chat")]
    pub kind: ClientKind,
    /// Its timeout.
    pub timeout: Timeout,
    /// Arguments that look like a bound and are none.
    #[serde(default)]
    pub ignored: Vec<Ignored>,
    /// How it repeats a failed request.
    #[serde(default)]
    pub retries: Option<Retries>,
    /// Methods that send no request.
    #[serde(default)]
    pub local: Vec<SmolStr>,
    /// What else a user should know.
    #[serde(default)]
    pub note: Option<String>,
}

fn chat() -> ClientKind {
    ClientKind::Chat
}

impl OwnClient {
    /// The dotted paths, the first one first.
    pub fn all_paths(&self) -> impl Iterator<Item = &SmolStr> {
        self.factory.iter().chain(&self.paths)
    }

    /// The packages to look for in imports.
    pub fn packages(&self) -> impl Iterator<Item = SmolStr> {
        packages(self.all_paths())
    }

    /// The same as an entry of the catalogue, for every version.
    #[must_use]
    pub fn entry(&self) -> Client {
        let paths: Vec<SmolStr> = self.all_paths().cloned().collect();
        let last = |it: &SmolStr| SmolStr::from(it.rsplit('.').next().unwrap_or_default());
        let class = self.class.clone().or_else(|| paths.first().map(last));
        let package = self.packages().next();
        // Users say what holds for the version they run, and need not say since when.
        Client::of_user(
            class.unwrap_or_default(),
            self.kind,
            package.unwrap_or_default(),
            paths,
            self,
            settings(),
        )
    }
}
