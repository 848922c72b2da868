//! The shapes of what users describe in the settings: a company's client, retry, tools, gateway.

mod client;
mod hop;
mod retry;
mod tool;

use serde::{Deserialize, Deserializer};
use smol_str::SmolStr;
use toml::value::Datetime;

use super::entry::Source;

pub use client::OwnClient;
pub use hop::{Ends, Gateway, OwnHop};
pub use retry::OwnRetry;
pub use tool::OwnTool;

/// All that the settings describe.
#[derive(Debug, Clone, Default)]
pub struct Own {
    /// Every `[[client]]`.
    pub clients: Vec<OwnClient>,
    /// Every `[[retry]]`.
    pub retries: Vec<OwnRetry>,
    /// Every `[[tool]]`.
    pub tools: Vec<OwnTool>,
    /// Every `[[hop]]`.
    pub hops: Vec<OwnHop>,
}

impl Own {
    /// Whether they describe nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let Self {
            clients,
            retries,
            tools,
            hops,
        } = self;
        clients.is_empty() && retries.is_empty() && tools.is_empty() && hops.is_empty()
    }

    /// The dotted paths of everything that is imported.
    pub fn all_paths(&self) -> impl Iterator<Item = &SmolStr> {
        let clients = self.clients.iter().flat_map(OwnClient::all_paths);
        let retries = self.retries.iter().flat_map(OwnRetry::all_paths);
        let tools = self.tools.iter().flat_map(OwnTool::all_paths);
        clients.chain(retries).chain(tools)
    }
}

/// Where the catalogue says that such an entry comes from.
fn settings() -> Source {
    Source {
        what: "the settings".to_owned(),
        url: None,
        checked: Datetime {
            date: None,
            time: None,
            offset: None,
        },
        how: None,
    }
}

/// The packages that dotted paths begin with.
fn packages<'p>(paths: impl Iterator<Item = &'p SmolStr>) -> impl Iterator<Item = SmolStr> {
    paths
        .filter_map(|it| it.split('.').next())
        .map(SmolStr::from)
}

/// A list, or the only element of one.
pub(super) fn one_or_many<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<SmolStr>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Names {
        One(SmolStr),
        Many(Vec<SmolStr>),
    }
    Ok(match Names::deserialize(from)? {
        Names::One(name) => vec![name],
        Names::Many(names) => names,
    })
}
