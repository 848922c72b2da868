//! How a class of a library is described that talks to something outside.

use std::collections::BTreeMap;

use serde::Deserialize;
use smol_str::SmolStr;

use super::{Absent, Address, Http, Source, Timeout, yes};
use crate::catalog::own::OwnClient;
use crate::catalog::timeouts::{IgnoredPerCall, LostBy, TimeoutObject};
use crate::catalog::untimed::Untimed;
use crate::units::Millis;

/// `rules/clients/<package>.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ClientFile {
    /// Classes whose instances talk to a model, a store or a tool.
    #[serde(default)]
    pub client: Vec<Client>,
    /// Functions that pick such a class by the name of a model.
    #[serde(default)]
    pub factory: Vec<Factory>,
    /// HTTP libraries.
    #[serde(default)]
    pub http: Vec<Http>,
    /// Classes whose objects hold several timeouts.
    #[serde(default)]
    pub timeout_object: Vec<TimeoutObject>,
    /// Classes without a timeout of their own.
    #[serde(default)]
    pub untimed: Vec<Untimed>,
}

/// What kind of thing a client talks to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClientKind {
    /// A chat model.
    Chat,
    /// A completion model.
    Llm,
    /// A model that embeds text.
    Embeddings,
    /// A model that ranks documents.
    Reranker,
    /// A provider's own SDK client.
    Sdk,
    /// A search engine or another service behind a tool.
    Tool,
    /// A database, a cache, an index of vectors.
    Datastore,
    /// A server of tools that speaks the Model Context Protocol.
    Mcp,
}

/// A class whose instances wait for a network.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Client {
    /// The name people write.
    pub class: SmolStr,
    /// What it talks to.
    pub kind: ClientKind,
    /// The distribution it comes with.
    pub package: SmolStr,
    /// For which versions of it this entry holds, as a PEP 440 specifier.
    pub versions: String,
    /// Every dotted path under which it can be imported.
    pub paths: Vec<SmolStr>,
    /// Other classes of the package of which all of this is true as well: their paths, by the names
    /// people write.
    #[serde(default)]
    pub alike: BTreeMap<SmolStr, Vec<SmolStr>>,
    /// The provider names under which `init_chat_model` or `init_embeddings` builds it.
    #[serde(default)]
    pub providers: Vec<SmolStr>,
    /// Its read timeout.
    pub timeout: Timeout,
    /// Where it is told which server to use, for a text that may name a timeout as well.
    #[serde(default)]
    pub address: Option<Address>,
    /// Arguments that look like a bound and are none.
    #[serde(default)]
    pub ignored: Vec<Ignored>,
    /// Keywords of methods that look like a bound and are none.
    #[serde(default)]
    pub ignored_per_call: Vec<IgnoredPerCall>,
    /// What becomes of a keyword that it does not know, as the end of a sentence that begins with
    /// the keyword; absent when it raises at once, or nobody measured it.
    #[serde(default)]
    pub unknown: Option<String>,
    /// Arguments that remove a bound which would hold without them.
    #[serde(default)]
    pub lost_by: Vec<LostBy>,
    /// What else its wait depends on: the version of the package below it.
    #[serde(default)]
    pub under: Vec<Under>,
    /// How it repeats a failed request; absent when it never does.
    #[serde(default)]
    pub retries: Option<Retries>,
    /// Methods that send no request: a client built only to call them waits for nobody.
    #[serde(default)]
    pub local: Vec<SmolStr>,
    /// What else a user should know, in one sentence.
    #[serde(default)]
    pub note: Option<String>,
    /// What held before `versions`, the newest first.
    #[serde(default)]
    pub earlier: Vec<Earlier>,
    /// The same in full, see [`Client::ranges`].
    #[serde(skip)]
    older: Vec<Client>,
    /// Where this comes from.
    pub source: Source,
}

/// What held for older versions of a client's package; its names and paths are those of today.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Earlier {
    /// For which versions this holds, as a PEP 440 specifier; none of them in a newer entry.
    pub versions: String,
    /// See [`Client::timeout`].
    pub timeout: Timeout,
    /// See [`Client::address`]; the same as today unless written.
    #[serde(default)]
    pub address: Option<Address>,
    /// See [`Client::ignored`].
    #[serde(default)]
    pub ignored: Vec<Ignored>,
    /// See [`Client::lost_by`].
    #[serde(default)]
    pub lost_by: Vec<LostBy>,
    /// See [`Client::retries`].
    #[serde(default)]
    pub retries: Option<Retries>,
    /// See [`Client::note`].
    #[serde(default)]
    pub note: Option<String>,
    /// Where this comes from.
    pub source: Source,
}

impl Client {
    /// Whether its methods are coroutines under the names of the blocking ones.
    #[must_use]
    pub fn is_async(&self) -> bool {
        self.class.starts_with("Async")
    }

    /// What a user says of a client, which holds for every version of it.
    pub(in crate::catalog) fn of_user(
        class: SmolStr,
        kind: ClientKind,
        package: SmolStr,
        paths: Vec<SmolStr>,
        own: &OwnClient,
        source: Source,
    ) -> Self {
        Self {
            class,
            kind,
            package,
            versions: ">=0".to_owned(),
            paths,
            alike: BTreeMap::new(),
            providers: Vec::new(),
            timeout: own.timeout.clone(),
            address: None,
            ignored: own.ignored.clone(),
            ignored_per_call: Vec::new(),
            unknown: None,
            lost_by: Vec::new(),
            under: Vec::new(),
            retries: own.retries.clone(),
            local: own.local.clone(),
            note: own.note.clone(),
            earlier: Vec::new(),
            older: Vec::new(),
            source,
        }
    }

    /// The entry itself, and one for each class that is like it.
    #[must_use]
    pub fn each(mut self) -> Vec<Self> {
        let alike = std::mem::take(&mut self.alike);
        let mut all = vec![self];
        for (class, paths) in alike {
            let like = all[0].clone();
            all.push(Self {
                class,
                paths,
                ..like
            });
        }
        all
    }

    /// The entries for all versions that somebody looked at, the newest first.
    pub fn ranges(&self) -> impl Iterator<Item = &Self> {
        std::iter::once(self).chain(&self.older)
    }

    /// Writes out in full what held for older versions.
    pub(in crate::catalog) fn spell_out(&mut self) {
        for it in std::mem::take(&mut self.earlier) {
            let older = Self {
                versions: it.versions,
                timeout: it.timeout,
                address: it.address.or_else(|| self.address.clone()),
                ignored: it.ignored,
                ignored_per_call: Vec::new(),
                unknown: None,
                lost_by: it.lost_by,
                under: Vec::new(),
                retries: it.retries,
                note: it.note,
                source: it.source,
                ..self.clone()
            };
            self.older.push(older);
        }
    }
}

/// What holds instead when another package has a certain version.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Under {
    /// The other package.
    pub package: SmolStr,
    /// Its versions, as a PEP 440 specifier.
    pub versions: String,
    /// What then happens when nobody writes a timeout.
    pub absent: Absent,
    /// How many requests one call then makes when nobody says otherwise.
    #[serde(default)]
    pub requests: Option<u32>,
    /// What the argument for that then counts.
    #[serde(default)]
    pub counts: Option<Counts>,
}

/// An argument that looks like a bound and is none.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Ignored {
    /// Its name; a dot goes into a dict, as in [`Timeout::arguments`].
    pub argument: SmolStr,
    /// For which versions of the package this holds, as a PEP 440 specifier; for all that the entry
    /// speaks of unless written.
    #[serde(default)]
    pub versions: Option<String>,
    /// What the class does with it, as the end of a sentence that begins with the argument:
    /// "is dropped without a word".
    pub effect: String,
    /// What to write instead.
    #[serde(default)]
    pub instead: Option<String>,
    /// Only when the argument's value sets a timeout itself, as `http_client=Client(timeout=3)` does.
    #[serde(default)]
    pub carries_timeout: bool,
}

/// How a client repeats a failed request.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Retries {
    /// The argument that says how often.
    #[serde(default)]
    pub argument: Option<SmolStr>,
    /// Arguments that say so in another way: where one is given, the number is not known.
    #[serde(default)]
    pub also: Vec<SmolStr>,
    /// How many requests there are at most when nobody writes it, the first included.
    pub requests: u32,
    /// What the argument counts.
    pub counts: Counts,
    /// The first pause, which doubles each time.
    #[serde(default)]
    pub pause_first: Option<Millis>,
    /// The longest pause between two requests.
    #[serde(default)]
    pub pause_cap: Option<Millis>,
    /// Whether a timeout is repeated too.
    #[serde(default = "yes")]
    pub after_timeout: bool,
}

/// What a retry argument counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Counts {
    /// Repetitions: 2 makes three requests.
    Retries,
    /// Requests: 2 makes two.
    Attempts,
    /// Nothing: the argument has no effect.
    Nothing,
    /// Nobody measured it.
    Unknown,
}

/// A function that picks a client class by the name of a model.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Factory {
    /// The name people write.
    pub name: SmolStr,
    /// What it builds.
    pub kind: ClientKind,
    /// The distribution it comes with.
    pub package: SmolStr,
    /// For which versions of it this entry holds.
    pub versions: String,
    /// Every dotted path under which it can be imported.
    pub paths: Vec<SmolStr>,
    /// The argument that names the model, also the first positional one: `openai:gpt-4o`.
    pub model: SmolStr,
    /// The argument that names the provider.
    pub provider: SmolStr,
    /// Which provider a model's name stands for when nobody names one; the first that fits.
    #[serde(default)]
    pub inference: Vec<Inference>,
    /// Where this comes from.
    pub source: Source,
}

/// Names of models that stand for a provider.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inference {
    /// The provider.
    pub provider: SmolStr,
    /// How its models' names begin.
    pub prefixes: Vec<SmolStr>,
}
