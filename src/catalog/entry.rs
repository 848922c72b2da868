//! The shape of every entry in `rules/`; a misspelt key is an error, never a silence.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use smol_str::SmolStr;
use toml::value::Datetime;

use super::own::{OwnClient, one_or_many};
use super::timeouts::{Graph, IgnoredPerCall, LostBy, Rejected, StepTimeout, TimeoutObject};
use super::untimed::Untimed;
use crate::fact::Limit;
use crate::finding::{Confidence, Severity};
use crate::units::{Millis, Unit};

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
    pub(super) fn of_user(
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
    pub(super) fn spell_out(&mut self) {
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

/// Which argument is the read timeout and what happens without it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Timeout {
    /// The arguments that set it, the one to recommend first. A dot goes into a dict or a keyword
    /// of the value: `client_kwargs.timeout`, `config.read_timeout`.
    #[serde(default, alias = "argument", deserialize_with = "one_or_many")]
    pub arguments: Vec<SmolStr>,
    /// Arguments that bound only the calls of the synchronous methods.
    #[serde(default)]
    pub sync_only: Vec<SmolStr>,
    /// Arguments that bound only the calls of the asynchronous methods.
    #[serde(default)]
    pub async_only: Vec<SmolStr>,
    /// The position of the first argument when it is written without its name, from 0.
    #[serde(default)]
    pub position: Option<usize>,
    /// Methods that take the same keyword for one call: `bind`, `invoke`.
    #[serde(default)]
    pub per_call: Vec<SmolStr>,
    /// The unit in which it counts.
    pub unit: Unit,
    /// What happens when nobody writes it.
    pub absent: Absent,
    /// What happens instead in the asynchronous methods, where these wait in another way.
    #[serde(default)]
    pub absent_async: Option<Absent>,
    /// What happens when it is `None`; the same as `absent` unless written.
    #[serde(default)]
    pub none: Option<Absent>,
    /// What happens when it is zero; unknown unless written.
    #[serde(default)]
    pub zero: Option<Absent>,
    /// What to type, when `argument=30` would be wrong; always with half a minute, for which a fix
    /// writes the time that the user wants.
    #[serde(default)]
    pub write: Option<String>,
    /// The dotted path of what has to be imported for that: `botocore.config.Config`.
    #[serde(default)]
    pub import: Option<SmolStr>,
    /// Kinds of values that it does not take.
    #[serde(default)]
    pub rejects: Vec<Rejected>,
    /// Whether the value is handed over when the object is built, so that changing it afterwards
    /// changes nothing.
    #[serde(default)]
    pub fixed: bool,
    /// Whether it bounds the whole of an asynchronous call, and not each read.
    #[serde(default)]
    pub total_async: bool,
}

impl Timeout {
    /// What happens when the argument is `None`.
    #[must_use]
    pub fn when_none(&self) -> Absent {
        self.none.unwrap_or(self.absent)
    }

    /// What a user types to bound a call by half a minute; `None` when the class cannot.
    #[must_use]
    pub fn example(&self) -> Option<String> {
        self.written(HALF_A_MINUTE)
    }

    /// What a user types to bound a call; `None` when the class cannot.
    #[must_use]
    pub fn written(&self, wait: Millis) -> Option<String> {
        let count = wait.as_code(self.unit);
        if let Some(text) = &self.write {
            return Some(text.replacen(&HALF_A_MINUTE.as_code(self.unit), &count, 1));
        }
        let argument = self.arguments.first()?;
        Some(match argument.split_once('.') {
            Some((outer, inner)) => format!("{outer}={{\"{inner}\": {count}}}"),
            None => format!("{argument}={count}"),
        })
    }
}

/// The time in every example.
const HALF_A_MINUTE: Millis = Millis(30_000);

/// Where a client is told which server to use: an address such as `redis://cache?socket_timeout=5`,
/// or an object that was given its own.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// The arguments; a number stands for a positional one.
    pub arguments: Vec<SmolStr>,
    /// How the addresses begin that lead to a network, as `postgresql` does and `sqlite` does not;
    /// empty when all do, also the one that holds when none is given.
    #[serde(default)]
    pub schemes: Vec<SmolStr>,
    /// How the addresses begin with which it raises when it is made, so that no call ever waits.
    #[serde(default)]
    pub raises: Vec<SmolStr>,
}

/// What happens without an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absent {
    /// The call waits for ever.
    Forever,
    /// The call waits that long.
    Wait(Millis),
    /// Nobody measured it, or it depends on something we cannot see.
    Unknown,
}

impl Absent {
    /// The same as a limit on the wait.
    #[must_use]
    pub fn limit(self) -> Limit {
        match self {
            Self::Forever => Limit::Forever,
            Self::Wait(millis) => Limit::Within(millis),
            Self::Unknown => Limit::Unknown,
        }
    }
}

impl<'de> Deserialize<'de> for Absent {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Ok(match text.as_str() {
            "forever" => Self::Forever,
            "unknown" => Self::Unknown,
            other => Self::Wait(Millis::parse(other).ok_or_else(|| {
                D::Error::custom(format!(
                    "`{other}` is neither a duration such as \"600 s\" nor \"forever\" or \"unknown\""
                ))
            })?),
        })
    }
}

impl fmt::Display for Absent {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Forever => out.write_str("for ever"),
            Self::Wait(millis) => millis.fmt(out),
            Self::Unknown => out.write_str("unknown"),
        }
    }
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

fn yes() -> bool {
    true
}

fn one() -> u32 {
    1
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

/// Functions, or a class with methods, that send one request each.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Http {
    /// The name people write.
    pub name: SmolStr,
    /// The distribution it comes with; `python` for the standard library.
    pub package: SmolStr,
    /// For which versions of it this entry holds.
    pub versions: String,
    /// Dotted paths of functions that send a request.
    #[serde(default)]
    pub functions: Vec<SmolStr>,
    /// Dotted paths of classes, or of functions that make an instance.
    #[serde(default)]
    pub classes: Vec<SmolStr>,
    /// The methods of these classes that send a request.
    #[serde(default)]
    pub methods: Vec<SmolStr>,
    /// The argument of the function or method.
    pub timeout: Timeout,
    /// The argument of the constructor that sets it for every call.
    #[serde(default)]
    pub constructor: Option<SmolStr>,
    /// Whether a call keeps its thread until the answer is there; not so where it is awaited.
    #[serde(default = "yes")]
    pub blocks: bool,
    /// Kinds of values that the constructor does not take.
    #[serde(default)]
    pub constructor_rejects: Vec<Rejected>,
    /// Whether what answers is a model, so that a long wait counts like a client's.
    #[serde(default)]
    pub model: bool,
    /// Methods after which every call may be bounded, as `session.mount(adapter)` does.
    #[serde(default)]
    pub may_bound: Vec<SmolStr>,
    /// Functions that bound every call of the process when they are called anywhere.
    #[serde(default)]
    pub bounded_by: Vec<SmolStr>,
    /// Methods of the same object without which a call only listens, and waits for nobody's answer.
    #[serde(default)]
    pub answers: Vec<SmolStr>,
    /// Whether it sends a request only when its first argument is an address.
    #[serde(default)]
    pub needs_address: bool,
    /// How generated classes are named whose methods all send a request: the end of their module's
    /// name, and of their own.
    #[serde(default)]
    pub generated: Option<(SmolStr, SmolStr)>,
    /// Where this comes from.
    pub source: Source,
}

/// `rules/agents/<package>.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentFile {
    /// What makes an agent.
    #[serde(default)]
    pub agent: Vec<Agent>,
    /// What makes a graph.
    #[serde(default)]
    pub graph: Vec<Graph>,
}

/// A class or function that makes an agent.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Agent {
    /// The name people write.
    pub name: SmolStr,
    /// The distribution it comes with.
    pub package: SmolStr,
    /// The distribution whose version decides about `limit`, when it is another one.
    #[serde(default)]
    pub limited_by: Option<SmolStr>,
    /// The argument that lists its tools, with its position: an agent without any never loops.
    #[serde(default)]
    pub tools: Option<(SmolStr, usize)>,
    /// Whether it is a graph that is put together by hand, which goes on only where its edges go
    /// round.
    #[serde(default)]
    pub by_hand: bool,
    /// Arguments that it refuses with a `TypeError`, though people pass them.
    #[serde(default)]
    pub refuses: Vec<SmolStr>,
    /// Arguments that its method `compile` refuses in the same way.
    #[serde(default)]
    pub compile_refuses: Vec<SmolStr>,
    /// Every dotted path under which it can be imported.
    pub paths: Vec<SmolStr>,
    /// What bounds its steps, by version: the first whose `versions` fits.
    pub limit: Vec<StepLimit>,
    /// A limit on its time that does not reach into its steps.
    #[serde(default)]
    pub step_timeout: Option<StepTimeout>,
    /// Where this comes from.
    pub source: Source,
}

/// What bounds the steps of an agent.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct StepLimit {
    /// For which versions this holds.
    pub versions: String,
    /// The argument of the constructor that sets it; absent when it is set at the run.
    #[serde(default)]
    pub argument: Option<SmolStr>,
    /// The key of the run's configuration that sets it: `recursion_limit`.
    #[serde(default)]
    pub config: Option<SmolStr>,
    /// Middleware classes whose arguments set it: class path to argument names.
    #[serde(default)]
    pub middleware: BTreeMap<SmolStr, Vec<SmolStr>>,
    /// Middleware classes that set it only when told how to end: class path to the values of
    /// `exit_behavior` that end the run.
    #[serde(default)]
    pub exit_behavior: BTreeMap<SmolStr, Vec<SmolStr>>,
    /// Whether a run inside another graph takes over the limit of that graph's run.
    #[serde(default)]
    pub inherits: bool,
    /// Other arguments of the constructor that end the run: `max_execution_time`.
    #[serde(default)]
    pub also: Vec<SmolStr>,
    /// The argument of the constructor that bounds the time of a run.
    #[serde(default)]
    pub time: Option<SmolStr>,
    /// How many steps are allowed when nobody writes it.
    pub absent: u32,
    /// How many of these steps one round of the model and its tools takes.
    #[serde(default = "one")]
    pub round: u32,
    /// What to type.
    pub write: String,
}

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
