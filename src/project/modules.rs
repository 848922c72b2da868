//! Which file an import means, told from the layout of the folders alone.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap as HashMap, FxHashSet as HashSet};

use crate::catalog;

/// The Python files of a run, as a tree of packages.
#[derive(Debug, Default)]
pub struct Layout {
    folders: Vec<String>,
    by_path: HashMap<String, usize>,
    known_folders: HashSet<String>,
    /// The names of all modules and folders: an import that begins with none of them is foreign.
    names: HashSet<String>,
    /// A module's last name to the files that have it.
    by_name: HashMap<String, Vec<(String, usize)>>,
    /// Top-level package to the folders that hold it, for imports that no ancestor explains.
    tops: BTreeMap<String, Vec<String>>,
    /// Folders that the user named as import roots.
    roots: Vec<String>,
}

/// What an import means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A module, or the `__init__` of a package.
    File(usize),
    /// A folder without `__init__`.
    Namespace(String),
}

impl Layout {
    /// Takes the paths of the Python files, with `/`, in the order of their ids.
    #[must_use]
    pub fn new(paths: &[&str]) -> Self {
        let mut layout = Self::default();
        for (id, path) in paths.iter().enumerate() {
            layout.by_path.insert((*path).to_owned(), id);
            let module = path.trim_end_matches(".py").trim_end_matches("/__init__");
            let name = module.rsplit('/').next().unwrap_or_default().to_owned();
            layout
                .by_name
                .entry(name)
                .or_default()
                .push(((*path).to_owned(), id));
            let folder = parent(path);
            layout.folders.push(folder.to_owned());
            let mut at = folder;
            while !at.is_empty() && layout.known_folders.insert(at.to_owned()) {
                let name = at.rsplit('/').next().unwrap_or_default();
                layout.names.insert(name.to_owned());
                at = parent(at);
            }
        }
        for path in paths.iter().filter(|it| it.ends_with("__init__.py")) {
            let folder = parent(path);
            if !layout.is_package(parent(folder)) {
                let name = folder.rsplit('/').next().unwrap_or_default();
                let holders = layout.tops.entry(name.to_owned()).or_default();
                holders.push(parent(folder).to_owned());
            }
        }
        layout
    }

    /// Adds folders that the user named as import roots.
    #[must_use]
    pub fn with_roots(mut self, roots: &[String]) -> Self {
        self.roots = roots
            .iter()
            .map(|it| it.trim_end_matches('/').to_owned())
            .collect();
        self
    }

    /// What `module` means to an import statement of the file `from`; `level` counts its dots.
    #[must_use]
    pub fn resolve(&self, from: usize, level: u32, module: &str) -> Option<Target> {
        let own = self.folders.get(from)?.as_str();
        if level > 0 {
            let base = (1..level).fold(own, |folder, _| parent(folder));
            return self.below(base, module);
        }
        let top = module.split('.').next().unwrap_or_default();
        // Most imports are of libraries, and no folder needs to be asked for them.
        if !self.names.contains(top) {
            return None;
        }
        let mut folder = own;
        loop {
            if !self.is_package(folder) {
                for root in [folder.to_owned(), join(folder, "src")] {
                    if let Some(found) = self.accepted(from, &root, top, module) {
                        return Some(found);
                    }
                }
            }
            if folder.is_empty() {
                break;
            }
            folder = parent(folder);
        }
        for root in self
            .roots
            .iter()
            .map(String::as_str)
            .chain(self.packages_above(own))
        {
            if let Some(found) = self.accepted(from, root, top, module) {
                return Some(found);
            }
        }
        if let Some([only]) = self.tops.get(top).map(Vec::as_slice)
            && let Some(found) = self.accepted(from, only, top, module)
        {
            return Some(found);
        }
        self.by_tail(from, top, module)
    }

    /// The one module of the project whose path ends as a dotted name of several parts does: a
    /// namespace package that is spread over several distributions of one repository.
    fn by_tail(&self, from: usize, top: &str, module: &str) -> Option<Target> {
        let (_, last) = module.rsplit_once('.')?;
        if is_third_party(top) {
            return None;
        }
        let path = format!("/{}", module.replace('.', "/"));
        let (file, package) = (format!("{path}.py"), format!("{path}/__init__.py"));
        let mut found = self.by_name.get(last)?.iter().filter(|(full, id)| {
            *id != from && (full.ends_with(&file) || full.ends_with(&package))
        });
        match (found.next(), found.next()) {
            (Some((_, only)), None) => Some(Target::File(*only)),
            _ => None,
        }
    }

    /// The packages around a folder, itself first: an application that is started from inside a
    /// package imports from there, whatever the `__init__.py` says.
    fn packages_above<'a>(&'a self, own: &'a str) -> impl Iterator<Item = &'a str> {
        let up = std::iter::successors(Some(own), |it| (!it.is_empty()).then(|| parent(it)));
        up.filter(|folder| self.is_package(folder))
    }

    /// All files that an import statement loads: the module, the packages around it, and `name`
    /// where it is a module of its own.
    #[must_use]
    pub fn import(&self, from: usize, level: u32, module: &str, name: Option<&str>) -> Vec<usize> {
        let mut files = Vec::new();
        let mut add = |target: Option<Target>| {
            if let Some(Target::File(file)) = target {
                files.push(file);
            }
        };
        let ends = module
            .match_indices('.')
            .map(|it| it.0)
            .chain([module.len()]);
        for end in ends {
            add(self.resolve(from, level, &module[..end]));
        }
        if let Some(name) = name {
            let full = if module.is_empty() {
                name.to_owned()
            } else {
                format!("{module}.{name}")
            };
            add(self.resolve(from, level, &full));
        }
        files
    }

    /// A member of a package or namespace that is a module of its own.
    #[must_use]
    pub fn member(&self, target: &Target, name: &str) -> Option<Target> {
        let folder = match target {
            Target::File(file) => {
                let folder = self.folders.get(*file)?;
                let init = join(folder, "__init__.py");
                if self.by_path.get(&init) != Some(file) {
                    return None;
                }
                folder
            }
            Target::Namespace(folder) => folder,
        };
        self.below(folder, name)
    }

    /// A module found under an import root, unless it only looks like the third party's.
    fn accepted(&self, from: usize, root: &str, top: &str, module: &str) -> Option<Target> {
        let found = self.below(root, module)?;
        if found == Target::File(from) {
            // `openai.py` that imports `openai` means the installed package.
            return None;
        }
        let package = self
            .by_path
            .contains_key(&join(&join(root, top), "__init__.py"));
        if !package && is_third_party(top) {
            return None;
        }
        Some(found)
    }

    fn below(&self, folder: &str, module: &str) -> Option<Target> {
        let mut path = folder.to_owned();
        for part in module.split('.').filter(|it| !it.is_empty()) {
            path = join(&path, part);
        }
        let file = |path: &str| self.by_path.get(path).copied().map(Target::File);
        if !module.is_empty()
            && let Some(found) = file(&format!("{path}.py"))
        {
            // A package beats a module of the same name, as in Python.
            return file(&join(&path, "__init__.py")).or(Some(found));
        }
        file(&join(&path, "__init__.py")).or_else(|| {
            self.known_folders
                .contains(&path)
                .then(|| Target::Namespace(path.clone()))
        })
    }

    fn is_package(&self, folder: &str) -> bool {
        self.by_path.contains_key(&join(folder, "__init__.py"))
    }
}

/// Whether a top-level name belongs to a library that the catalogue speaks of.
fn is_third_party(top: &str) -> bool {
    let packages = &catalog::bundled().packages;
    packages
        .anchors
        .iter()
        .any(|it| top.starts_with(it.as_str()))
        || packages
            .sdks
            .iter()
            .chain(&packages.others)
            .any(|it| it == top)
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |it| it.0)
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() {
        name.to_owned()
    } else {
        format!("{folder}/{name}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATHS: &[&str] = &[
        "app/__init__.py",           // 0
        "app/main.py",               // 1
        "app/llm/__init__.py",       // 2
        "app/llm/factory.py",        // 3
        "backend/src/core/tools.py", // 4
        "backend/tests/check.py",    // 5
        "providers/openai.py",       // 6
        "providers/other.py",        // 7
    ];

    fn check(from: usize, level: u32, module: &str, expected: Option<&Target>) {
        let found = Layout::new(PATHS).resolve(from, level, module);
        assert_eq!(found.as_ref(), expected);
    }

    #[test]
    fn an_absolute_import_is_found_from_any_ancestor() {
        check(1, 0, "app.llm.factory", Some(&Target::File(3)));
        check(3, 0, "app.main", Some(&Target::File(1)));
        check(5, 0, "core.tools", Some(&Target::File(4)));
    }

    #[test]
    fn a_relative_import_counts_its_dots() {
        check(3, 1, "", Some(&Target::File(2)));
        check(3, 2, "main", Some(&Target::File(1)));
        check(1, 1, "llm.factory", Some(&Target::File(3)));
    }

    #[test]
    fn a_namespace_spread_over_distributions_is_found_by_its_tail() {
        let paths = ["a/src/nat/plugins/llm.py", "b/src/nat/llm/openai_llm.py"];
        let found = Layout::new(&paths).resolve(0, 0, "nat.llm.openai_llm");
        assert_eq!(found, Some(Target::File(1)));
    }

    #[test]
    fn a_module_named_after_a_library_does_not_shadow_it() {
        check(6, 0, "openai", None);
        check(7, 0, "openai", None);
    }

    #[test]
    fn a_folder_without_init_is_a_namespace() {
        check(
            5,
            0,
            "core",
            Some(&Target::Namespace("backend/src/core".to_owned())),
        );
    }

    #[test]
    fn an_import_loads_the_packages_around_it() {
        assert_eq!(
            Layout::new(PATHS).import(1, 0, "app.llm", Some("factory")),
            [0, 2, 3]
        );
    }
}
