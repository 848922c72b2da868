//! What is known of the world: the embedded data of `rules/`, typed and indexed once.
//!
//! Shapes live in [`entry`]; this file loads them and answers questions about names.

pub mod entry;
pub mod entry_points;
pub mod hops;
pub mod models;
pub mod own;
pub mod prompts;
pub mod proxies;
pub mod retry;
pub mod timeouts;
pub mod tools;
pub mod untimed;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Mutex, OnceLock, PoisonError};

use serde::Deserialize;
use smol_str::SmolStr;

use entry::{Agent, Client, Factory, Http, Packages, Rule, Verified};
use entry_points::{EntryPointFile, Framework};
use hops::{HopFile, HopLimit, SettingsFile};
use models::ModelFile;
use own::{Gateway, Own, OwnClient, OwnHop, OwnRetry, OwnTool};
use prompts::Prompts;
use proxies::{ProxyClient, ProxyFile};
use retry::{Predicate, Raises, Retry, RetryFile, Stop, Wait};
use timeouts::{Graph, TimeoutObject};
use tools::ToolFile;
use untimed::Untimed;

/// The whole catalogue.
#[derive(Debug)]
pub struct Catalog {
    /// The rules by name.
    pub rules: BTreeMap<String, Rule>,
    /// Which imports make a project an application of ours, and which packages are third parties.
    pub packages: Packages,
    /// Libraries and the names by which text enters a prompt.
    pub prompts: Prompts,
    /// How much models read and write.
    pub models: ModelFile,
    /// How functions become tools of an agent, and what waits in them.
    pub tools: ToolFile,
    /// What the project's lab checked against the packages themselves, and when.
    pub verified: Vec<Verified>,
    /// What HTTP clients make of the variables about proxies.
    pub proxy_clients: Vec<ProxyClient>,
    /// Where frameworks enter an application.
    pub frameworks: Vec<Framework>,
    /// Servers, proxies and platforms that stop waiting.
    pub hops: Vec<HopLimit>,
    /// Classes without a timeout of their own.
    pub untimed: Vec<Untimed>,
    /// The names of settings of servers that read over others.
    pub settings_files: Vec<SettingsFile>,
    /// Those that only the settings know of.
    pub gateways: Vec<Gateway>,
    clients: Vec<Client>,
    factories: Vec<Factory>,
    http: Vec<Http>,
    timeout_objects: Vec<TimeoutObject>,
    retries: Vec<Retry>,
    stops: Vec<Stop>,
    waits: Vec<Wait>,
    predicates: Vec<Predicate>,
    raises: Vec<Raises>,
    agents: Vec<Agent>,
    graphs: Vec<Graph>,
    by_path: HashMap<SmolStr, Entry>,
    by_name: HashMap<(SmolStr, SmolStr), Entry>,
    by_provider: HashMap<(SmolStr, entry::ClientKind), usize>,
    last_names: HashSet<SmolStr>,
    senders: HashSet<SmolStr>,
    /// Methods that take a timeout for one call.
    per_call: HashSet<SmolStr>,
    /// Dotted paths that the settings describe, by their last names.
    described: HashMap<SmolStr, Vec<SmolStr>>,
    /// Dotted paths of calls whose arguments mean something to prompts or proxies.
    telling: HashSet<SmolStr>,
}

/// What a dotted path stands for in the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Entry {
    Client(usize),
    Factory(usize),
    HttpFunction(usize),
    HttpClass(usize),
    TimeoutObject(usize),
    Retry(usize),
    Agent(usize),
}

/// What a dotted path stands for, with the entry itself.
#[derive(Debug, Clone, Copy)]
pub enum Known<'c> {
    /// A class whose instances talk to a model, a store or a tool.
    Client(&'c Client),
    /// A function that picks such a class by the name of a model.
    Factory(&'c Factory),
    /// A function that sends one request.
    HttpFunction(&'c Http),
    /// A class with methods that send requests.
    HttpClass(&'c Http),
    /// A class whose objects hold several timeouts.
    TimeoutObject(&'c TimeoutObject),
    /// A decorator or an object that calls again.
    Retry(&'c Retry),
    /// A class or function that makes an agent.
    Agent(&'c Agent),
}

/// The folders of `rules/`, as they come out of the build script.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Folders {
    #[serde(default)]
    checks: BTreeMap<String, Rule>,
    #[serde(default)]
    clients: BTreeMap<String, entry::ClientFile>,
    #[serde(default)]
    retries: BTreeMap<String, RetryFile>,
    #[serde(default)]
    agents: BTreeMap<String, entry::AgentFile>,
    #[serde(default)]
    prompts: BTreeMap<String, Prompts>,
    #[serde(default)]
    proxies: BTreeMap<String, ProxyFile>,
    #[serde(default)]
    hops: BTreeMap<String, HopFile>,
    #[serde(default)]
    entry_points: BTreeMap<String, EntryPointFile>,
    #[serde(default)]
    rules: BTreeMap<String, Packages>,
    #[serde(default)]
    verified: BTreeMap<String, entry::VerifiedFile>,
    #[serde(default)]
    tools: BTreeMap<String, ToolFile>,
    #[serde(default)]
    models: BTreeMap<String, ModelFile>,
}

/// The catalogue that is part of the program.
pub fn bundled() -> &'static Catalog {
    static BUNDLED: OnceLock<Catalog> = OnceLock::new();
    BUNDLED.get_or_init(|| Catalog::new(folders(), &Own::default()))
}

/// The catalogue with what a user describes, which wins over what is known under the same path.
///
/// It stays for as long as the program runs, as the one that is part of it does; an editor that
/// reads the same descriptions again gets the same catalogue.
#[must_use]
pub fn extended(own: &Own) -> &'static Catalog {
    static LAST: Mutex<Option<(String, &Catalog)>> = Mutex::new(None);
    let said = format!("{own:?}");
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    match *last {
        Some((ref known, catalog)) if *known == said => catalog,
        _ => {
            let catalog: &'static Catalog = Box::leak(Box::new(Catalog::new(folders(), own)));
            *last = Some((said, catalog));
            catalog
        }
    }
}

fn folders() -> Folders {
    let text = include_str!(concat!(env!("OUT_DIR"), "/catalog.json"));
    serde_json::from_str(text).expect("tests/catalog.rs reads every file of rules/")
}

impl Catalog {
    fn new(folders: Folders, own: &Own) -> Self {
        let mut prompts = Prompts::default();
        for file in folders.prompts.into_values() {
            prompts.add(file);
        }
        let mut packages = Packages::default();
        for file in folders.rules.into_values() {
            packages.add(file);
        }
        let mut tools = ToolFile::default();
        for file in folders.tools.into_values() {
            tools.add(file);
        }
        let mut models = ModelFile::default();
        for file in folders.models.into_values() {
            models.add(file);
        }
        let (mut hops, mut settings_files) = (Vec::new(), Vec::new());
        for file in folders.hops.into_values() {
            hops.extend(file.hop);
            settings_files.extend(file.settings_file);
        }
        let mut all = Self {
            rules: folders.checks,
            packages,
            prompts,
            models,
            tools,
            verified: folders
                .verified
                .into_values()
                .flat_map(|it| it.verified)
                .collect(),
            proxy_clients: folders
                .proxies
                .into_values()
                .flat_map(|it| it.client)
                .collect(),
            hops,
            settings_files,
            gateways: Vec::new(),
            frameworks: folders
                .entry_points
                .into_values()
                .flat_map(|it| it.framework)
                .collect(),
            untimed: Vec::new(),
            clients: Vec::new(),
            factories: Vec::new(),
            http: Vec::new(),
            timeout_objects: Vec::new(),
            retries: Vec::new(),
            stops: Vec::new(),
            waits: Vec::new(),
            predicates: Vec::new(),
            raises: Vec::new(),
            agents: Vec::new(),
            graphs: Vec::new(),
            by_path: HashMap::new(),
            by_name: HashMap::new(),
            by_provider: HashMap::new(),
            last_names: HashSet::new(),
            senders: HashSet::new(),
            per_call: HashSet::new(),
            described: HashMap::new(),
            telling: HashSet::new(),
        };
        all.describe(own);
        for file in folders.agents.into_values() {
            all.agents.extend(file.agent);
            all.graphs.extend(file.graph);
        }
        for file in folders.clients.into_values() {
            all.clients
                .extend(file.client.into_iter().flat_map(Client::each));
            all.factories.extend(file.factory);
            all.http.extend(file.http);
            all.timeout_objects.extend(file.timeout_object);
            all.untimed.extend(file.untimed);
        }
        for file in folders.retries.into_values() {
            all.retries.extend(file.retry);
            all.stops.extend(file.stop);
            all.waits.extend(file.wait);
            all.predicates.extend(file.predicate);
            all.raises.extend(file.raises);
        }
        all.clients.iter_mut().for_each(Client::spell_out);
        all.index();
        all
    }

    /// Takes what a user describes, before anything that is known under the same path.
    fn describe(&mut self, own: &Own) {
        self.clients
            .extend(own.clients.iter().map(OwnClient::entry));
        self.retries.extend(own.retries.iter().map(OwnRetry::entry));
        self.tools.tool.extend(own.tools.iter().map(OwnTool::entry));
        self.gateways.extend(own.hops.iter().map(OwnHop::gateway));
        let clients = own.clients.iter().flat_map(OwnClient::packages);
        let tools = own.tools.iter().flat_map(OwnTool::packages);
        self.packages.anchors.extend(clients.chain(tools));
        let retries = own.retries.iter().flat_map(OwnRetry::packages);
        self.packages.others.extend(retries);
        for path in own.all_paths() {
            if let Some((_, name)) = path.rsplit_once('.') {
                let paths = self.described.entry(name.into()).or_default();
                paths.push(path.clone());
            }
        }
    }

    /// The dotted paths with a last name that the settings describe.
    #[must_use]
    pub fn described(&self, name: &str) -> &[SmolStr] {
        self.described.get(name).map_or(&[], Vec::as_slice)
    }

    fn index(&mut self) {
        let mut paths: Vec<(&SmolStr, Entry)> = Vec::new();
        for (at, client) in self.clients.iter().enumerate() {
            paths.extend(client.paths.iter().map(|it| (it, Entry::Client(at))));
            for provider in &client.providers {
                self.by_provider
                    .entry((provider.clone(), client.kind))
                    .or_insert(at);
            }
        }
        for (at, factory) in self.factories.iter().enumerate() {
            paths.extend(factory.paths.iter().map(|it| (it, Entry::Factory(at))));
        }
        for (at, http) in self.http.iter().enumerate() {
            paths.extend(
                http.functions
                    .iter()
                    .map(|it| (it, Entry::HttpFunction(at))),
            );
            paths.extend(http.classes.iter().map(|it| (it, Entry::HttpClass(at))));
        }
        for (at, object) in self.timeout_objects.iter().enumerate() {
            paths.extend(object.paths.iter().map(|it| (it, Entry::TimeoutObject(at))));
        }
        for http in &self.http {
            let functions = http.functions.iter().filter_map(|it| it.rsplit('.').next());
            self.senders.extend(functions.map(SmolStr::from));
            self.senders.extend(http.methods.iter().cloned());
        }
        let per_call = self.clients.iter().flat_map(|it| &it.timeout.per_call);
        self.per_call.extend(per_call.cloned());
        let memory = self.prompts.memory.iter().flat_map(|it| &it.paths);
        let proxies = self.proxy_clients.iter().flat_map(|it| {
            let removed = it.removed.iter().flat_map(|it| &it.functions);
            it.made_by.iter().chain(&it.asked_by).chain(removed)
        });
        self.telling.extend(memory.chain(proxies).cloned());
        for (at, retry) in self.retries.iter().enumerate() {
            paths.extend(retry.paths.iter().map(|it| (it, Entry::Retry(at))));
        }
        for (at, agent) in self.agents.iter().enumerate() {
            paths.extend(agent.paths.iter().map(|it| (it, Entry::Agent(at))));
        }
        for (path, entry) in paths {
            self.by_path.entry(path.clone()).or_insert(entry);
            // A function that sends a request makes nothing, and `get` is what every dict has.
            if let Some((_, name)) = path.rsplit_once('.')
                && !matches!(entry, Entry::HttpFunction(_))
            {
                self.last_names.insert(name.into());
            }
            // Only a class keeps its name when a package moves it: `requests.sessions.get` is not
            // `requests.get`.
            if let Some(key) = ends(path).filter(|it| it.1.starts_with(char::is_uppercase)) {
                self.by_name.entry(key).or_insert(entry);
            }
        }
    }

    /// What a dotted path stands for.
    ///
    /// A path that is not listed counts as the listed one with the same top package and the same
    /// last name, since packages move classes between their own modules all the time.
    #[must_use]
    pub fn known(&self, path: &str) -> Option<Known<'_>> {
        let entry = match self.by_path.get(path) {
            Some(entry) => entry,
            None => self.by_name.get(&ends(path)?)?,
        };
        Some(match *entry {
            Entry::Client(at) => Known::Client(&self.clients[at]),
            Entry::Factory(at) => Known::Factory(&self.factories[at]),
            Entry::HttpFunction(at) => Known::HttpFunction(&self.http[at]),
            Entry::HttpClass(at) => Known::HttpClass(&self.http[at]),
            Entry::TimeoutObject(at) => Known::TimeoutObject(&self.timeout_objects[at]),
            Entry::Retry(at) => Known::Retry(&self.retries[at]),
            Entry::Agent(at) => Known::Agent(&self.agents[at]),
        })
    }

    /// Whether some function or method of an HTTP library has that name.
    #[must_use]
    pub fn sends(&self, name: &str) -> bool {
        self.senders.contains(name)
    }

    /// Whether some client has a method of that name that takes a timeout for one call.
    #[must_use]
    pub fn takes_timeout_per_call(&self, name: &str) -> bool {
        self.per_call.contains(name)
    }

    /// Whether something that can be made, by a dotted path of the catalogue, has that last name.
    #[must_use]
    pub fn names(&self, name: &str) -> bool {
        self.last_names.contains(name)
    }

    /// Whether anything is known of what the arguments of a call of a dotted path do.
    #[must_use]
    pub fn reads_arguments(&self, path: &str) -> bool {
        self.telling.contains(path) || self.known(path).is_some()
    }

    /// The client class behind a dotted path.
    #[must_use]
    pub fn client(&self, path: &str) -> Option<&Client> {
        match self.known(path)? {
            Known::Client(client) => Some(client),
            _ => None,
        }
    }

    /// The agent behind a dotted path.
    #[must_use]
    pub fn agent(&self, path: &str) -> Option<&Agent> {
        match self.known(path)? {
            Known::Agent(agent) => Some(agent),
            _ => None,
        }
    }

    /// The class that makes graphs behind a dotted path.
    #[must_use]
    pub fn graph(&self, path: &str) -> Option<&Graph> {
        let mut graphs = self.graphs.iter();
        graphs.find(|it| it.paths.iter().any(|own| own == path))
    }

    /// The retry behind a dotted path.
    #[must_use]
    pub fn retry(&self, path: &str) -> Option<&Retry> {
        match self.known(path)? {
            Known::Retry(retry) => Some(retry),
            _ => None,
        }
    }

    /// The class that `init_chat_model` and `init_embeddings` build for a provider's name.
    #[must_use]
    pub fn provider(&self, name: &str, kind: entry::ClientKind) -> Option<&Client> {
        let name = name.replace('-', "_");
        self.by_provider
            .get(&(name.into(), kind))
            .map(|&at| &self.clients[at])
    }

    /// Whether some client is built for that provider's name.
    #[must_use]
    pub fn is_provider(&self, name: &str) -> bool {
        let name = name.replace('-', "_");
        self.clients
            .iter()
            .any(|it| it.providers.iter().any(|own| *own == name))
    }

    /// The object behind a dotted path that says when a retry ends.
    #[must_use]
    pub fn stop(&self, path: &str) -> Option<&Stop> {
        self.stops
            .iter()
            .find(|it| it.paths.iter().any(|own| own == path))
    }

    /// The object behind a dotted path that says how long a retry pauses.
    #[must_use]
    pub fn wait(&self, path: &str) -> Option<&Wait> {
        self.waits
            .iter()
            .find(|it| it.paths.iter().any(|own| own == path))
    }

    /// The object behind a dotted path that says after what a retry calls again.
    #[must_use]
    pub fn predicate(&self, path: &str) -> Option<&Predicate> {
        let mut all = self.predicates.iter();
        all.find(|it| it.paths.iter().any(|own| own == path))
    }

    /// What the clients of a package raise.
    #[must_use]
    pub fn raises(&self, package: &str) -> Option<&Raises> {
        let mut all = self.raises.iter();
        all.find(|it| it.packages.iter().any(|own| own == package))
    }

    /// Dotted paths of middleware whose arguments bound the calls of an agent's model.
    pub fn call_limits(&self) -> impl Iterator<Item = &SmolStr> {
        let limits = self.agents.iter().flat_map(|it| &it.limit);
        limits.flat_map(|it| it.middleware.keys())
    }

    /// The retry that a method of a runnable makes, by the method's name.
    #[must_use]
    pub fn retry_method(&self, name: &str) -> Option<&Retry> {
        self.retries
            .iter()
            .find(|it| it.methods.iter().any(|own| own == name))
    }

    /// The provider that a model's name stands for when nobody names one.
    #[must_use]
    pub fn provider_of_model(&self, model: &str) -> Option<&str> {
        self.factories
            .iter()
            .flat_map(|factory| &factory.inference)
            .find(|it| {
                it.prefixes
                    .iter()
                    .any(|prefix| model.starts_with(prefix.as_str()))
            })
            .map(|it| it.provider.as_str())
    }

    /// All client entries, in the order of their files.
    pub fn clients(&self) -> impl Iterator<Item = &Client> {
        self.clients.iter()
    }

    /// All entries of HTTP libraries.
    pub fn http(&self) -> impl Iterator<Item = &Http> {
        self.http.iter()
    }

    /// The rule of that name, with the name as the catalogue owns it.
    #[must_use]
    pub fn rule(&'static self, name: &str) -> Option<(&'static str, &'static Rule)> {
        let (name, rule) = self.rules.get_key_value(name)?;
        Some((name.as_str(), rule))
    }
}

/// The package and the last name of a dotted path.
fn ends(path: &str) -> Option<(SmolStr, SmolStr)> {
    let (first, rest) = path.split_once('.')?;
    let last = rest.rsplit('.').next()?;
    // Many distributions share the namespace `google`; its second name tells them apart.
    let package = match rest.split_once('.') {
        Some((second, _)) if first == "google" => &path[..first.len() + 1 + second.len()],
        _ => first,
    };
    Some((package.into(), last.into()))
}
