//! The Python files and configuration files below the paths that a user names.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use ignore::{DirEntry, WalkBuilder, WalkState};

use crate::finding::Problem;
use crate::model::{configuration, lockfile};
use crate::settings::{Place, Settings};

use super::wanted::is_aside;
use super::{Error, Input, absolute, deployment, with_slashes};

/// What lies in the top folder of a project.
const MARKS: &[&str] = &[
    ".git",
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    "requirements.txt",
    "unhang.toml",
];

/// What is to be walked and what was named.
#[derive(Debug, Default)]
pub(super) struct Targets {
    /// Folders that the user named.
    folders: BTreeSet<PathBuf>,
    /// Files that the user named.
    files: BTreeSet<PathBuf>,
    /// The projects of these files.
    projects: BTreeSet<PathBuf>,
}

/// One Python file or configuration file.
#[derive(Debug)]
pub(super) struct File {
    /// Where it is, absolute.
    pub(super) path: PathBuf,
    /// How reports print it.
    pub(super) printed: String,
    /// Whether findings in it are wanted.
    pub(super) reported: bool,
    /// Whether it is a test or an example that nobody asked for.
    pub(super) aside: bool,
}

/// All files, sorted by their printed path, and what could not be listed.
#[derive(Debug, Default)]
pub(super) struct Listing {
    pub(super) files: Vec<File>,
    /// Files that may be configuration, told by their names.
    pub(super) configurations: Vec<File>,
    /// Files that say which versions the project runs: how reports print them, and where they are.
    pub(super) versions: BTreeMap<String, PathBuf>,
    pub(super) problems: Vec<Problem>,
}

/// Sorts the user's paths into folders and files.
pub(super) fn targets(input: &Input) -> Result<Targets, Error> {
    let mut targets = Targets::default();
    for path in &input.paths {
        let about = fs::metadata(path).map_err(|reason| match reason.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Error::Missing(path.clone()),
            _ => Error::Unreadable {
                path: path.clone(),
                reason,
            },
        })?;
        if about.is_dir() {
            targets.folders.insert(absolute(path));
        } else {
            targets.add_file(path);
        }
    }
    if input.paths.is_empty() {
        for shadow in &input.shadows {
            targets.add_file(&shadow.path);
        }
        if input.shadows.is_empty() {
            targets.folders.insert(absolute(Path::new(".")));
        }
    }
    Ok(targets)
}

impl Targets {
    fn add_file(&mut self, path: &Path) {
        let path = absolute(path);
        self.projects.insert(project(&path));
        self.files.insert(path);
    }

    /// Whether a path lies in a folder or project that is looked at.
    fn holds(&self, path: &Path) -> bool {
        let mut folders = self.folders.iter().chain(&self.projects);
        folders.any(|it| path.starts_with(it))
    }

    fn judged(&self, paths: BTreeMap<String, PathBuf>, settings: &Settings) -> Vec<File> {
        let paths = paths.into_iter();
        let files = paths.map(|(printed, path)| {
            let (reported, aside) = self.judge(&path, settings);
            File {
                path,
                printed,
                reported,
                aside,
            }
        });
        files.collect()
    }

    /// Whether findings in a file are wanted, and whether it is a test or an example.
    fn judge(&self, path: &Path, settings: &Settings) -> (bool, bool) {
        if self.files.contains(path) {
            return (true, false);
        }
        let is_aside = |folder: &PathBuf| {
            let below = path.strip_prefix(folder).ok()?;
            Some(!settings.include_tests && is_aside(&with_slashes(below)))
        };
        let reported = self.folders.iter().filter_map(is_aside).any(|it| !it);
        let mut all = self
            .folders
            .iter()
            .chain(&self.projects)
            .filter_map(is_aside);
        (reported, all.all(|it| it))
    }
}

/// The nearest folder above a file that looks like the top of a project; else the file's own.
pub(super) fn project(file: &Path) -> PathBuf {
    let own = file.parent().unwrap_or(file);
    own.ancestors()
        .find(|folder| MARKS.iter().any(|it| folder.join(it).exists()))
        .unwrap_or(own)
        .to_owned()
}

/// Lists the Python files, in a fixed order.
pub(super) fn list(
    targets: &Targets,
    settings: &Settings,
    place: &Place,
    input: &Input,
) -> Listing {
    let mut paths: BTreeMap<String, PathBuf> = BTreeMap::new();
    let mut versions: BTreeMap<String, PathBuf> = BTreeMap::new();
    let mut configurations: BTreeMap<String, PathBuf> = BTreeMap::new();
    let mut problems = Vec::new();
    let roots: BTreeSet<&PathBuf> = targets.folders.iter().chain(&targets.projects).collect();
    for root in roots {
        let (found, unread) = below(root, settings, place, input.threads);
        let (python, other): (Vec<_>, Vec<_>) = found.into_iter().partition(|it| is_python(it));
        paths.extend(python.into_iter().map(|it| (printed(place, &it), it)));
        let (other, configured): (Vec<_>, Vec<_>) = other.into_iter().partition(|it| is_locked(it));
        configurations.extend(configured.into_iter().map(|it| (printed(place, &it), it)));
        let other = other.into_iter().chain(versions_above(root));
        versions.extend(other.map(|it| (printed(place, &it), it)));
        problems.extend(unread);
    }
    for path in input.shadows.iter().map(|it| absolute(&it.path)) {
        let name = printed(place, &path);
        // A file that was never saved; one that was saved has been found already, if it is ours.
        if !targets.holds(&path) || path.exists() || settings.excluded(&name) {
            continue;
        }
        if is_python(&path) {
            paths.insert(name, path);
        } else if is_configuration(&path) {
            configurations.insert(name, path);
        }
    }
    for path in &targets.files {
        let name = printed(place, path);
        if settings.excluded(&name) {
            continue;
        }
        if is_python(path) || is_script(path) {
            paths.insert(name, path.clone());
        } else if is_configuration(path) {
            configurations.insert(name, path.clone());
        } else {
            let message = "neither Python nor a configuration that can be read".to_owned();
            problems.push(Problem {
                path: name,
                message,
            });
        }
    }
    Listing {
        files: targets.judged(paths, settings),
        configurations: targets.judged(configurations, settings),
        versions,
        problems,
    }
}

impl Listing {
    /// Adds the `.env` files beside these and the configuration; to be asked when the tree is known
    /// to be worth it.
    pub(super) fn add_hidden(
        &mut self,
        files: &[File],
        targets: &Targets,
        settings: &Settings,
        place: &Place,
    ) {
        let own = self.configurations.iter().filter(|it| !it.aside);
        let files = files.iter().filter(|it| !it.aside);
        let folders = files.chain(own).map(|it| it.path.as_path());
        let found = deployment::hidden(folders).into_iter();
        let found = found.map(|it| (printed(place, &it), it));
        let found = found.filter(|(name, _)| !settings.excluded(name)).collect();
        let all = &mut self.configurations;
        all.extend(targets.judged(found, settings));
        all.sort_by(|a, b| a.printed.cmp(&b.printed));
        all.dedup_by(|a, b| a.printed == b.printed);
    }
}

/// Files about versions in the folders above one, up to the top of its repository.
fn versions_above(root: &Path) -> Vec<PathBuf> {
    const NAMES: &[&str] = &[
        "uv.lock",
        "poetry.lock",
        "pdm.lock",
        "pylock.toml",
        "Pipfile.lock",
        "requirements.txt",
        "pyproject.toml",
    ];
    let mut found = Vec::new();
    for folder in root.ancestors().take(8) {
        if folder != root {
            let all = NAMES.iter().map(|it| folder.join(it));
            found.extend(all.filter(|it| it.is_file()));
        }
        if folder.join(".git").exists() {
            return found;
        }
    }
    // Without a repository there is no telling where the project ends.
    Vec::new()
}

/// The Python files and the files about versions below one folder, in any order, and the folders
/// that cannot be read.
fn below(
    root: &Path,
    settings: &Settings,
    place: &Place,
    threads: usize,
) -> (Vec<PathBuf>, Vec<Problem>) {
    let found = Mutex::new(Vec::new());
    let problems = Mutex::new(Vec::new());
    walker(root, threads).build_parallel().run(|| {
        Box::new(|entry| {
            match entry {
                Ok(entry) if is_skipped(&entry, settings, place) => return WalkState::Skip,
                Ok(entry) if is_file(&entry) && is_wanted(entry.path()) => {
                    let mut found = found
                        .lock()
                        .expect("no walker panics while it holds the list");
                    found.push(entry.into_path());
                }
                Ok(_) => {}
                Err(error) => {
                    let mut problems = problems
                        .lock()
                        .expect("no walker panics while it holds the list");
                    problems.push(unlisted(&error, root, place));
                }
            }
            WalkState::Continue
        })
    });
    let found = found.into_inner().expect("all walkers have ended well");
    let problems = problems.into_inner().expect("all walkers have ended well");
    (found, problems)
}

fn walker(root: &Path, threads: usize) -> WalkBuilder {
    let mut walker = WalkBuilder::new(root);
    walker
        .threads(threads)
        .follow_links(false)
        .git_global(false);
    if !root.ancestors().any(|it| it.join(".git").exists()) {
        // An unpacked archive has its `.gitignore` but no `.git`. Without that there is no telling
        // where the project ends, and a `.gitignore` in the home folder must not empty it.
        walker.require_git(false).parents(false);
    }
    walker
}

fn is_file(entry: &DirEntry) -> bool {
    entry.file_type().is_some_and(|it| it.is_file())
}

fn is_wanted(path: &Path) -> bool {
    is_python(path) || is_locked(path) || is_configuration(path)
}

/// Whether a file says something about versions.
fn is_locked(path: &Path) -> bool {
    let name = path.file_name().and_then(|it| it.to_str());
    name.is_some_and(lockfile::is_known)
}

fn is_configuration(path: &Path) -> bool {
    let path = path.to_str();
    path.is_some_and(|it| configuration::format(it).is_some())
}

fn is_python(path: &Path) -> bool {
    path.extension()
        .is_some_and(|it| it == "py" || it == "pyw" || it == "ipynb")
}

/// Whether a file without an extension is a Python script by its first line.
fn is_script(path: &Path) -> bool {
    if path.extension().is_some() || !path.is_file() {
        return false;
    }
    let mut start = [0; 128];
    let read = fs::File::open(path).and_then(|mut it| it.read(&mut start));
    let line = start[..read.unwrap_or(0)]
        .split(|&it| it == b'\n')
        .next()
        .unwrap_or_default();
    line.starts_with(b"#!") && memchr::memmem::find(line, b"python").is_some()
}

/// Whether a file or folder is somebody else's, made by a tool, or excluded by the user.
fn is_skipped(entry: &DirEntry, settings: &Settings, place: &Place) -> bool {
    if entry.depth() == 0 {
        return false;
    }
    let path = entry.path();
    let is_folder = entry.file_type().is_some_and(|it| it.is_dir());
    if is_folder && is_foreign(path) {
        return true;
    }
    (is_folder || is_python(path) || is_configuration(path))
        && settings.excluded(&printed(place, path))
}

/// Whether a folder holds an environment, or what a package manager or a build left behind.
fn is_foreign(folder: &Path) -> bool {
    let Some(name) = folder.file_name().and_then(|it| it.to_str()) else {
        return false;
    };
    match name {
        "venv" | "site-packages" | "node_modules" | "__pycache__" => true,
        "build" | "dist" => folder
            .parent()
            .is_some_and(|it| it.join("pyproject.toml").exists() || it.join("setup.py").exists()),
        _ => {
            let (_, extension) = name.rsplit_once('.').unwrap_or_default();
            extension == "egg-info" || folder.join("pyvenv.cfg").exists()
        }
    }
}

/// A folder that the walker could not open.
fn unlisted(error: &ignore::Error, root: &Path, place: &Place) -> Problem {
    let mut path = root;
    let mut inner = error;
    loop {
        inner = match inner {
            ignore::Error::WithPath { path: own, err } => {
                path = own;
                err
            }
            ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => err,
            _ => break,
        };
    }
    Problem {
        path: printed(place, path),
        message: format!("cannot be read: {inner}"),
    }
}

fn printed(place: &Place, path: &Path) -> String {
    let printed = place.printed(&with_slashes(path));
    if printed.is_empty() {
        ".".to_owned()
    } else {
        printed
    }
}
