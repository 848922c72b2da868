//! All files together: which name means which value, which call reaches which client.

pub mod addresses;
pub mod agents;
pub mod arguments;
pub mod async_calls;
pub mod bounds;
pub mod budgets;
pub mod clients;
mod config_maps;
pub mod edits;
pub mod entry_points;
pub mod environment;
pub mod executors;
pub mod fallbacks;
pub mod fan_out;
pub mod graphs;
mod helm;
pub mod hops;
mod imports;
mod index;
mod kustomize;
pub mod late_timeouts;
pub mod loops;
pub mod mcp;
pub mod misnamed;
pub mod modules;
pub mod offers;
pub mod origins;
pub mod probes;
pub mod processes;
pub mod prompts;
pub mod proxies;
pub mod queues;
pub mod requests;
pub mod resolve;
pub mod retries;
pub mod run_configs;
pub mod servers;
pub mod services;
pub mod step_limits;
pub mod step_timeouts;
pub mod subjects;
pub mod thread_waits;
pub mod tools;
pub mod uses;
pub mod value;
pub mod versions;
pub mod waits;
pub mod work;
pub mod written_timeouts;

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use rayon::prelude::*;

use crate::catalog::Catalog;
use crate::finding::Problem;
use crate::model::configuration::Configuration;
use crate::model::lockfile::{self, Versions};
use crate::model::python::Module;
use crate::settings::Settings;
use crate::source::{FileId, Kind, Source, Sources, Span};
use crate::syntax::python::{self, ExprId, ExprKind, StmtId};

use config_maps::ConfigMaps;
use environment::Environment;
use hops::Hops;
use index::Index;
use modules::Layout;
use services::Services;

/// The texts of a run with everything that was read from them.
#[derive(Debug)]
pub struct Project {
    sources: Sources,
    /// What is known of the world.
    pub catalog: &'static Catalog,
    /// Which file an import means.
    pub layout: Layout,
    /// What could not be read.
    pub problems: Vec<Problem>,
    /// Versions that the user's settings name.
    stated: Versions,
    /// Versions and bounds that files name, by the folder of the files.
    locked: BTreeMap<String, Versions>,
    /// Those that commands install.
    installs: versions::Installs,
    /// In the order of the texts; none for one that is no Python or too far from it.
    modules: Vec<Option<Arc<Module>>>,
    /// What each configuration file says by itself.
    read: BTreeMap<FileId, Arc<Configuration>>,
    /// The same, with what others fill into it.
    configurations: BTreeMap<FileId, Arc<Configuration>>,
    services: Services,
    config_maps: ConfigMaps,
    environment: Environment,
    index: Index,
    /// The functions that are tools, found when somebody asks for them.
    tools: OnceLock<processes::Tools>,
    /// The proxies that are set, found when somebody asks for them.
    proxies: OnceLock<Vec<proxies::SetProxy>>,
    /// What stands in front of the code, found when somebody asks for it.
    hops: OnceLock<Hops>,
    /// What the entry points behind them take, found when somebody asks for it.
    budgets: OnceLock<Vec<budgets::Budget>>,
}

impl Project {
    /// Parses every text, in parallel, and joins what they say.
    #[must_use]
    pub fn build(sources: Sources, settings: &Settings, catalog: &'static Catalog) -> Self {
        Self::join(sources, settings, catalog, None)
    }

    /// Finds what all files ask for before several of them ask at the same time.
    pub fn prepare(&self, stop: &(dyn Fn() -> bool + Sync)) {
        rayon::join(
            || self.waited_for(stop),
            || (self.tools(), self.set_proxies()),
        );
    }

    /// The functions that are tools of an agent.
    fn tools(&self) -> &processes::Tools {
        self.tools
            .get_or_init(|| resolve::Resolver::new(self).find_tools())
    }

    /// The proxies that files and code certainly set for the processes of the project.
    fn set_proxies(&self) -> &[proxies::SetProxy] {
        self.proxies
            .get_or_init(|| resolve::Resolver::new(self).find_set_proxies())
    }

    /// The project of other texts, as [`Project::build`] makes it; what both have in common is not
    /// parsed again.
    #[must_use]
    pub fn rebuild(&self, sources: Sources, settings: &Settings) -> Self {
        Self::join(sources, settings, settings.catalog(), Some(self))
    }

    fn join(
        sources: Sources,
        settings: &Settings,
        catalog: &'static Catalog,
        known: Option<&Self>,
    ) -> Self {
        let files: Vec<&Arc<Source>> = sources.shared().collect();
        let module = |source: &&Arc<Source>| match known.filter(|it| it.sources.holds(source)) {
            Some(known) => known.module_at(&source.path),
            None => module_of(source),
        };
        // A lock file of a megabyte takes as long as a hundred modules.
        let (locked, modules): (_, Vec<Option<Arc<Module>>>) = rayon::join(
            || match known.filter(|it| it.sources.same(&sources, Kind::Versions)) {
                Some(known) => known.locked.clone(),
                None => locked(&files),
            },
            || files.par_iter().map(module).collect(),
        );
        let read = configurations(&sources, known);
        let installs = versions::Installs::of(&sources, &read);
        let mut configurations = read.clone();
        helm::fill(&sources, &mut configurations);
        let mut problems = Vec::new();
        let mut index = Index::default();
        for ((file, source), module) in sources.iter().zip(&modules) {
            let configuration = configurations.get(&file);
            problems.extend(configuration.and_then(|it| unread(source, it)));
            problems.extend(problem(source, module.as_deref()));
            if let Some(module) = module {
                index.add(file, module, catalog);
            }
        }
        let paths: Vec<&str> = files.iter().map(|it| it.path.as_str()).collect();
        let layout = Layout::new(&paths).with_roots(&settings.roots);
        let mut project = Self {
            sources,
            catalog,
            layout,
            problems,
            stated: settings.versions.clone(),
            locked,
            installs,
            modules,
            read,
            configurations,
            services: Services::default(),
            config_maps: ConfigMaps::default(),
            environment: Environment::default(),
            index,
            tools: OnceLock::new(),
            proxies: OnceLock::new(),
            hops: OnceLock::new(),
            budgets: OnceLock::new(),
        };
        project.deploy();
        project
    }

    /// Finds out what the files start, and with which environment.
    fn deploy(&mut self) {
        self.config_maps = ConfigMaps::of(self);
        self.services = Services::of(self);
        self.environment = Environment::of(self, &self.services);
    }

    fn module_at(&self, path: &str) -> Option<Arc<Module>> {
        let file = self.sources.find(path)?;
        self.modules[file.0 as usize].clone()
    }

    /// Takes another text for a module and gives its id, which stays as it was; `None` when the
    /// project has no Python file of that path.
    ///
    /// What comes of it is what [`Project::build`] would make.
    pub fn replace(&mut self, source: Arc<Source>) -> Option<FileId> {
        let file = self.sources.find(&source.path)?;
        let kinds = (source.kind, self.sources.get(file).kind);
        if kinds != (Kind::Python, Kind::Python) {
            return None;
        }
        let module = module_of(&source);
        self.problems.retain(|it| it.path != source.path);
        self.problems.extend(problem(&source, module.as_deref()));
        self.installs.replace(file, &source);
        self.sources.replace(file, source);
        let slot = &mut self.modules[file.0 as usize];
        let old = std::mem::replace(slot, module);
        if let Some(old) = &old {
            self.index.remove(file, old);
        }
        if let Some(new) = slot {
            self.index.add(file, new, self.catalog);
        }
        self.tools = OnceLock::new();
        self.budgets = OnceLock::new();
        self.proxies = OnceLock::new();
        self.hops = OnceLock::new();
        // What is deployed depends on which modules there are, not on what they say.
        if old.is_some() != slot.is_some() {
            self.deploy();
        }
        Some(file)
    }

    /// The texts.
    #[must_use]
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// What a text says; `None` when it could not be parsed.
    #[must_use]
    pub fn module(&self, file: FileId) -> Option<&Module> {
        self.modules[file.0 as usize].as_deref()
    }

    /// The modules in the order of their paths.
    pub fn modules(&self) -> impl Iterator<Item = (FileId, &Module)> {
        (0..)
            .map(FileId)
            .zip(&self.modules)
            .filter_map(|(id, it)| Some((id, it.as_deref()?)))
    }

    /// What a configuration file says.
    #[must_use]
    pub fn configuration(&self, file: FileId) -> Option<&Configuration> {
        self.configurations.get(&file).map(|it| &**it)
    }

    /// The configuration files in the order of their paths.
    pub fn configurations(&self) -> impl Iterator<Item = (FileId, &Configuration)> {
        let all = self.configurations.iter();
        all.map(|(file, it)| (*file, &**it))
    }

    /// What the files of the project start.
    #[must_use]
    pub fn services(&self) -> &Services {
        &self.services
    }

    /// What stands between callers and the code, and how long each of it waits.
    #[must_use]
    pub fn hops(&self) -> &Hops {
        self.hops.get_or_init(|| Hops::of(self))
    }

    /// Which values the files of the project give to environment variables.
    #[must_use]
    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    /// What the files of a deployment, samples aside, give a variable.
    pub fn deployed(&self, name: &str) -> impl Iterator<Item = &environment::Given> {
        let all = self.environment.given(name).iter();
        all.filter(|it| !it.is_sample)
    }

    /// The calls whose callee ends in a name, also under the aliases it was imported by.
    #[must_use]
    pub fn calls_named(&self, name: &str) -> Vec<(FileId, ExprId)> {
        self.index.calls_named(name)
    }

    /// The calls of `__init__` in classes that extend a class of that name.
    #[must_use]
    pub fn inits_of_subclasses(&self, name: &str) -> &[(FileId, ExprId)] {
        self.index.inits_of_subclasses(name)
    }

    /// The names of the classes that are built by the constructor of a class of that name.
    #[must_use]
    pub fn heirs(&self, name: &smol_str::SmolStr) -> Vec<&smol_str::SmolStr> {
        self.index.heirs(name)
    }

    /// Whether anything imports a document loader.
    #[must_use]
    pub fn has_loaders(&self) -> bool {
        self.index.has_loaders()
    }

    /// Whether some module uses a function otherwise than by calling it, so that not all of its
    /// callers can be known.
    #[must_use]
    pub fn is_passed_around(&self, name: &str) -> bool {
        self.index.is_referenced(name)
    }

    /// Whether what a call calls can be a class or one of the catalogue's functions, told by its
    /// name alone. Everything else is spared the resolver.
    #[must_use]
    pub fn may_build(&self, module: &Module, callee: ExprId) -> bool {
        match module.ast.kind(callee) {
            ExprKind::Attribute { name, .. } => {
                name.starts_with(char::is_uppercase)
                    || self.index.may_hold_a_class(name)
                    || self.catalog.names(name)
            }
            _ => true,
        }
    }

    /// The place of an expression.
    #[must_use]
    pub fn span(&self, file: FileId, expr: ExprId) -> Span {
        match self.module(file) {
            Some(module) => {
                let expr = module.ast.expr(expr);
                Span {
                    file,
                    start: expr.start,
                    end: expr.end,
                }
            }
            None => Span {
                file,
                start: 0,
                end: 0,
            },
        }
    }

    /// The place of a statement's header.
    #[must_use]
    pub fn stmt_span(&self, file: FileId, stmt: StmtId) -> Span {
        match self.module(file) {
            Some(module) => {
                let stmt = module.ast.stmt(stmt);
                Span {
                    file,
                    start: stmt.start,
                    end: stmt.header_end,
                }
            }
            None => Span {
                file,
                start: 0,
                end: 0,
            },
        }
    }
}

/// What a text says as a module; `None` for one that is no Python or too far from it.
fn module_of(source: &Source) -> Option<Arc<Module>> {
    match source.kind {
        Kind::Python => python::parse(&source.text).map(|it| Arc::new(Module::new(it))),
        Kind::Versions | Kind::Configuration(_) => None,
    }
}

/// What the files of each folder say about versions.
fn locked(files: &[&Arc<Source>]) -> BTreeMap<String, Versions> {
    let read: Vec<(String, Versions)> = files
        .par_iter()
        .filter(|it| it.kind == Kind::Versions)
        .filter_map(|source| {
            let (folder, name) = source.path.rsplit_once('/').unwrap_or(("", &source.path));
            Some((folder.to_owned(), lockfile::stated(name, &source.text)?))
        })
        .collect();
    let mut folders: BTreeMap<String, Versions> = BTreeMap::new();
    for (folder, versions) in read {
        lockfile::add(folders.entry(folder).or_default(), versions);
    }
    folders
}

/// What every configuration file says; one that is known is not read again.
fn configurations(
    sources: &Sources,
    known: Option<&Project>,
) -> BTreeMap<FileId, Arc<Configuration>> {
    let files: Vec<(FileId, &Arc<Source>)> = (0..).map(FileId).zip(sources.shared()).collect();
    let read = files.par_iter().filter_map(|(file, source)| {
        let Kind::Configuration(format) = source.kind else {
            return None;
        };
        let known = known.filter(|it| it.sources.holds(source)).and_then(|it| {
            let own = it.sources.find(&source.path)?;
            it.read.get(&own).cloned()
        });
        let read = || Arc::new(Configuration::read(format, &source.text));
        Some((*file, known.unwrap_or_else(read)))
    });
    read.collect::<Vec<_>>().into_iter().collect()
}

/// How many files one resolver serves when there are `files` of them.
///
/// What a resolver has found serves the next file too, so a task should be long; it must not depend
/// on the number of threads, or the same input could give another answer.
#[must_use]
pub fn task_size(files: usize) -> usize {
    files.div_ceil(8).max(8)
}

/// What stopped us from seeing all of a configuration.
fn unread(source: &Source, configuration: &Configuration) -> Option<Problem> {
    let (at, reason) = configuration.fault()?;
    let columns = crate::line_index::Columns::Chars;
    let place = source.lines.line_column(&source.text, *at, columns);
    Some(Problem {
        path: source.path.clone(),
        message: format!(
            "not all of it can be read, from line {}, column {}: {reason}",
            place.line, place.column
        ),
    })
}

/// What stopped us from seeing all of a module.
fn problem(source: &Source, module: Option<&Module>) -> Option<Problem> {
    if source.kind != Kind::Python {
        return None;
    }
    let message = match module {
        None => "not parsed: too far from Python".to_owned(),
        Some(module) => {
            let at = module.ast.error?;
            let columns = crate::line_index::Columns::Chars;
            let place = source.lines.line_column(&source.text, at, columns);
            format!(
                "syntax error in line {}, column {}",
                place.line, place.column
            )
        }
    };
    Some(Problem {
        path: source.path.clone(),
        message,
    })
}
