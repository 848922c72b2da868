//! All files together: which name means which value, which call reaches which client.

pub mod agents;
pub mod arguments;
pub mod clients;
pub mod edits;
pub mod executors;
pub mod loops;
pub mod modules;
pub mod origins;
pub mod prompts;
pub mod proxies;
pub mod requests;
pub mod resolve;
pub mod retries;
pub mod run_configs;
pub mod subjects;
pub mod uses;
pub mod value;
pub mod versions;
pub mod waits;

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap as HashMap, FxHashSet as HashSet};

use rayon::prelude::*;
use smol_str::SmolStr;

use crate::catalog::Catalog;
use crate::finding::Problem;
use crate::model::lockfile::{self, Versions};
use crate::model::python::Module;
use crate::settings::Settings;
use crate::source::{FileId, Kind, Source, Sources, Span};
use crate::syntax::python::{self, ExprId, ExprKind, ScopeId, StmtId, StmtKind};

use modules::Layout;

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
    /// Whether anything imports a document loader.
    pub has_loaders: bool,
    modules: Vec<Option<Module>>,
    calls_by_name: HashMap<SmolStr, Vec<(FileId, ExprId)>>,
    aliases: HashMap<SmolStr, Vec<SmolStr>>,
    /// By a base's name: the calls of `__init__` in classes that extend it.
    subclass_inits: HashMap<SmolStr, Vec<(FileId, ExprId)>>,
    references: HashSet<SmolStr>,
    class_holders: HashSet<SmolStr>,
    /// Places that replace a sending method of an object: where, of which name.
    patched: Vec<(FileId, ScopeId, SmolStr, StmtId)>,
}

impl Project {
    /// Parses every text, in parallel, and joins what they say.
    #[must_use]
    pub fn build(sources: Sources, settings: &Settings, catalog: &'static Catalog) -> Self {
        let files: Vec<(FileId, &Source)> = sources.iter().collect();
        let parse = |(_, source): &(FileId, &Source)| match source.kind {
            Kind::Python => python::parse(&source.text).map(Module::new),
            Kind::Versions => None,
        };
        // A lock file of a megabyte takes as long as a hundred modules.
        let (locked, modules): (_, Vec<Option<Module>>) =
            rayon::join(|| locked(&files), || files.par_iter().map(parse).collect());
        let mut problems = Vec::new();
        for ((_, source), module) in files.iter().zip(&modules) {
            problems.extend(problem(source, module.as_ref()));
        }
        let paths: Vec<&str> = files
            .iter()
            .map(|(_, source)| source.path.as_str())
            .collect();
        let layout = Layout::new(&paths).with_roots(&settings.roots);
        let mut project = Self {
            sources,
            catalog,
            layout,
            problems,
            stated: settings.versions.clone(),
            locked,
            has_loaders: false,
            modules,
            calls_by_name: HashMap::default(),
            aliases: HashMap::default(),
            subclass_inits: HashMap::default(),
            references: HashSet::default(),
            class_holders: HashSet::default(),
            patched: Vec::new(),
        };
        project.index();
        project
    }

    fn index(&mut self) {
        let modules = self.modules.iter().flatten();
        self.has_loaders = modules
            .flat_map(|it| &it.ast.stmts)
            .any(|it| prompts::imports_a_loader(&it.kind, &self.catalog.prompts));
        for (file, module) in (0..).map(FileId).zip(&self.modules) {
            let Some(module) = module else { continue };
            for call in &module.calls {
                if let ExprKind::Call { callee, .. } = module.ast.kind(*call)
                    && let Some(name) = module.ast.last_name(*callee)
                {
                    self.calls_by_name
                        .entry(name.clone())
                        .or_default()
                        .push((file, *call));
                    if name == "__init__" {
                        for base in bases_around(module, *call) {
                            let all = self.subclass_inits.entry(base).or_default();
                            all.push((file, *call));
                        }
                    }
                }
            }
            self.references.extend(module.references.iter().cloned());
            self.class_holders
                .extend(module.class_holders.iter().cloned());
            self.patched.extend(patches(file, module));
            for stmt in &module.ast.stmts {
                if let StmtKind::ImportFrom { names, .. } = &stmt.kind {
                    for (name, alias) in names
                        .iter()
                        .filter_map(|it| Some((&it.name, it.alias.as_ref()?)))
                    {
                        let all = self.aliases.entry(name.clone()).or_default();
                        if name != alias && !all.contains(alias) {
                            all.push(alias.clone());
                        }
                    }
                }
            }
        }
    }

    /// The texts.
    #[must_use]
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// What a text says; `None` when it could not be parsed.
    #[must_use]
    pub fn module(&self, file: FileId) -> Option<&Module> {
        self.modules[file.0 as usize].as_ref()
    }

    /// The modules in the order of their paths.
    pub fn modules(&self) -> impl Iterator<Item = (FileId, &Module)> {
        (0..)
            .map(FileId)
            .zip(&self.modules)
            .filter_map(|(id, it)| Some((id, it.as_ref()?)))
    }

    /// The calls whose callee ends in a name, also under the aliases it was imported by.
    #[must_use]
    pub fn calls_named(&self, name: &str) -> Vec<(FileId, ExprId)> {
        let mut calls = self.calls_by_name.get(name).cloned().unwrap_or_default();
        for alias in self.aliases.get(name).into_iter().flatten() {
            calls.extend(self.calls_by_name.get(alias).into_iter().flatten());
        }
        calls
    }

    /// The calls of `__init__` in classes that extend a class of that name.
    #[must_use]
    pub fn inits_of_subclasses(&self, name: &str) -> &[(FileId, ExprId)] {
        self.subclass_inits.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether some module uses a function otherwise than by calling it, so that not all of its
    /// callers can be known.
    #[must_use]
    pub fn is_passed_around(&self, name: &str) -> bool {
        self.modules()
            .any(|(_, module)| module.references.contains(name))
    }

    /// Whether what a call calls can be a class or one of the catalogue's functions, told by its
    /// name alone. Everything else is spared the resolver.
    #[must_use]
    pub fn may_build(&self, module: &Module, callee: ExprId) -> bool {
        match module.ast.kind(callee) {
            ExprKind::Attribute { name, .. } => {
                name.starts_with(char::is_uppercase)
                    || self.class_holders.contains(name)
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

/// The names of the bases of the class in whose method a call stands.
fn bases_around(module: &Module, call: ExprId) -> Vec<SmolStr> {
    let ast = &module.ast;
    let class = ast
        .function_of(ast.expr(call).scope)
        .and_then(|it| ast.class_of(it));
    let Some(class) = class else {
        return Vec::new();
    };
    let bases = ast.class(class).bases.iter();
    bases
        .filter_map(|it| ast.last_name(it.value).cloned())
        .collect()
}

/// What the files of each folder say about versions.
fn locked(files: &[(FileId, &Source)]) -> BTreeMap<String, Versions> {
    let read: Vec<(String, Versions)> = files
        .par_iter()
        .filter(|(_, source)| source.kind == Kind::Versions)
        .filter_map(|(_, source)| {
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

/// The places of a module that replace a sending method of an object, in the order of the text.
fn patches(file: FileId, module: &Module) -> Vec<(FileId, ScopeId, SmolStr, StmtId)> {
    let mut found = Vec::new();
    for (index, stmt) in (0..).zip(&module.ast.stmts) {
        let StmtKind::Assign { targets, .. } = &stmt.kind else {
            continue;
        };
        for target in targets {
            if let ExprKind::Attribute { value, name } = module.ast.kind(*target)
                && matches!(name.as_str(), "request" | "send" | "get" | "post")
                && let ExprKind::Name(base) = module.ast.kind(*value)
            {
                found.push((file, stmt.scope, base.clone(), StmtId(index)));
            }
        }
    }
    found
}

/// How many files one resolver serves when there are `files` of them.
///
/// What a resolver has found serves the next file too, so a task should be long; it must not depend
/// on the number of threads, or the same input could give another answer.
#[must_use]
pub fn task_size(files: usize) -> usize {
    files.div_ceil(8).max(8)
}

/// What stopped us from seeing all of a text.
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
