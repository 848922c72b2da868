//! What was read of a tree of files, kept so that one of them can change without reading the rest again.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::finding::Problem;
use crate::settings::Settings;
use crate::source::{Kind, Source, Sources};

use super::closure::Graph;
use super::needles::Needles;
use super::scan::{self, Scan};
use super::{Error, Input, Read, absolute, deployment, here, text, walk};

/// The files below some paths and what is worth parsing of them.
pub struct Tree {
    files: Vec<walk::File>,
    by_path: HashMap<PathBuf, usize>,
    /// By file. The text lies here until it is worth parsing, unless it can be read again.
    scans: Vec<Scan>,
    graph: Graph,
    /// By file: its text, if that is worth parsing.
    kept: Vec<Option<Arc<Source>>>,
    /// The files of which an editor holds the text.
    open: BTreeSet<usize>,
    /// Files that say which versions the project runs: how reports print them, and where they are.
    version_files: BTreeMap<String, PathBuf>,
    /// Their texts, read once there is something to parse.
    versions: Vec<Arc<Source>>,
    /// All files that may configure an application.
    configuration_files: Vec<walk::File>,
    /// The texts of those that do.
    configurations: Vec<Arc<Source>>,
    /// What could not be listed.
    problems: Vec<Problem>,
    needles: Needles,
    selected: bool,
}

/// What another text of a file does to what is worth parsing.
#[derive(Debug)]
pub enum Change {
    /// Nothing.
    Nothing,
    /// This text takes the place of the one of the same path.
    Text(Arc<Source>),
    /// Other files are worth parsing than before.
    Files,
    /// No such file was listed: it is new, or none of ours.
    Unlisted,
}

impl Tree {
    /// Lists the files, looks at each once and reads those that are worth parsing.
    ///
    /// # Errors
    /// When a path does not exist. A file that cannot be read is a [`Problem`], not an error.
    pub fn read(input: &Input, settings: &Settings) -> Result<Self, Error> {
        let place = here()?;
        let targets = walk::targets(input)?;
        let mut listing = walk::list(&targets, settings, &place, input);
        let needles = Needles::new(&settings.catalog().packages, settings.explicitly_selected());
        let scans = scan::all(&listing.files, &input.shadows, &needles);
        let by_path: HashMap<PathBuf, usize> = (listing.files.iter().enumerate())
            .map(|(at, file)| (file.path.clone(), at))
            .collect();
        let shadows = input.shadows.iter();
        let open = shadows.filter_map(|it| by_path.get(&absolute(&it.path)).copied());
        let mut tree = Self {
            graph: Graph::new(&listing.files, &scans, &settings.roots),
            kept: vec![None; listing.files.len()],
            open: open.collect(),
            files: std::mem::take(&mut listing.files),
            by_path,
            scans,
            version_files: std::mem::take(&mut listing.versions),
            versions: Vec::new(),
            configuration_files: Vec::new(),
            configurations: Vec::new(),
            problems: std::mem::take(&mut listing.problems),
            needles,
            selected: settings.explicitly_selected(),
        };
        tree.choose();
        if tree.selected || tree.kept.iter().any(Option::is_some) {
            listing.add_hidden(&tree.files, &targets, settings, &place);
            tree.configuration_files = listing.configurations;
            tree.configure(input);
        }
        Ok(tree)
    }

    /// Reads everything again, and keeps the texts that are still the same, so that nobody parses
    /// them again.
    ///
    /// # Errors
    /// When a path does not exist any more.
    pub fn read_again(&self, input: &Input, settings: &Settings) -> Result<Self, Error> {
        let mut tree = Self::read(input, settings)?;
        let known: HashMap<&str, &Arc<Source>> = (self.kept.iter().flatten())
            .chain(&self.versions)
            .chain(&self.configurations)
            .map(|it| (it.path.as_str(), it))
            .collect();
        let others = tree.versions.iter_mut().chain(&mut tree.configurations);
        for new in tree.kept.iter_mut().flatten().chain(others) {
            if let Some(old) = known.get(new.path.as_str())
                && (old.reported, &old.text) == (new.reported, &new.text)
            {
                *new = Arc::clone(old);
            }
        }
        Ok(tree)
    }

    /// Takes the text that an editor holds, or that of the disk when it holds none.
    pub fn change(&mut self, path: &Path, held: Option<&str>) -> Change {
        let Some(&at) = self.by_path.get(path) else {
            return self.change_configuration(path, held);
        };
        let text = if let Some(text) = held {
            self.open.insert(at);
            text::held(path, text.as_bytes().to_vec())
        } else {
            self.open.remove(&at);
            text::python(path)
        };
        let scan = Scan::of(text, &self.needles, scan::Keep::Always);
        let old = std::mem::replace(&mut self.scans[at], scan);
        let new = &self.scans[at];
        let named_before = old.named;
        let same_imports = old.imports == new.imports;
        if !same_imports {
            self.graph.set_imports(at, new);
        }
        let was_kept = self.kept[at].take().is_some();
        if (same_imports && named_before == new.named) || !self.choice_differs(at, was_kept) {
            self.keep(at, was_kept);
        } else {
            self.choose();
            return Change::Files;
        }
        match &self.kept[at] {
            Some(source) => Change::Text(Arc::clone(source)),
            // A text that became unreadable takes the file out.
            None if was_kept => Change::Files,
            None => Change::Nothing,
        }
    }

    /// The same for a file that may configure the application.
    fn change_configuration(&mut self, path: &Path, held: Option<&str>) -> Change {
        let Some(file) = self.configuration_files.iter().find(|it| it.path == path) else {
            return Change::Unlisted;
        };
        let all = &mut self.configurations;
        let at = all.iter().position(|it| it.path == file.printed);
        let kept = (!file.aside)
            .then(|| deployment::one(file, at.is_some(), held.map(str::as_bytes)).ok())
            .flatten()
            .flatten();
        match (at, kept) {
            (Some(at), Some(new)) => all[at] = Arc::new(new),
            (None, Some(new)) => all.push(Arc::new(new)),
            (Some(at), None) => {
                all.remove(at);
            }
            (None, None) => return Change::Nothing,
        }
        Change::Files
    }

    /// The texts that are worth parsing.
    #[must_use]
    pub fn sources(&self) -> Sources {
        let kept = self.kept.iter().flatten();
        let others = self.versions.iter().chain(&self.configurations);
        Sources::new(kept.chain(others).map(Arc::clone))
    }

    /// What could not be read, sorted by path.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        let unread = self
            .files
            .iter()
            .zip(&self.scans)
            .filter(|it| it.0.reported);
        let unread = unread.filter_map(|(file, scan)| {
            Some(Problem {
                path: file.printed.clone(),
                message: scan.text.as_ref().err()?.clone(),
            })
        });
        let mut problems: Vec<Problem> = self.problems.iter().cloned().chain(unread).collect();
        problems.sort();
        problems.dedup();
        problems
    }

    /// Where a file is that reports print so; `None` when it was not listed.
    #[must_use]
    pub fn path(&self, printed: &str) -> Option<&Path> {
        let at = self
            .files
            .binary_search_by(|it| it.printed.as_str().cmp(printed));
        let python = at.ok().map(|it| self.files[it].path.as_path());
        let mut others = self.configuration_files.iter();
        python
            .or_else(|| Some(&others.find(|it| it.printed == printed)?.path))
            .or_else(|| self.version_files.get(printed).map(PathBuf::as_path))
    }

    /// How reports print a file; `None` when it was not listed.
    #[must_use]
    pub fn printed(&self, path: &Path) -> Option<&str> {
        let python = self.by_path.get(path).map(|it| &self.files[*it]);
        let mut others = self.configuration_files.iter();
        let file = python.or_else(|| others.find(|it| it.path == path));
        file.map(|it| it.printed.as_str())
    }

    /// All that was read, for a run that ends when it has reported.
    pub(super) fn into_read(self) -> Read {
        let sources = self.sources();
        let files = self.files.iter().filter(|it| it.reported);
        let others = sources.iter().filter(|(_, it)| it.reported);
        let reported = (files.map(|it| &it.printed)).chain(others.map(|(_, it)| &it.path));
        Read {
            reported: reported.cloned().collect(),
            sources,
            files: self.files.len(),
            aside: self.files.iter().filter(|it| it.aside).count(),
            problems: self.problems(),
        }
    }

    /// Reads the configuration of the application.
    fn configure(&mut self, input: &Input) {
        let files = &self.configuration_files;
        let python: Vec<&Source> = self.kept.iter().flatten().map(|it| &**it).collect();
        let (read, problems) = deployment::read(files, &python, &input.shadows);
        self.configurations = read.into_iter().map(Arc::new).collect();
        self.problems.extend(problems);
    }

    /// Whether other files are worth parsing than are kept, where one was taken out meanwhile.
    fn choice_differs(&self, taken: usize, was_kept: bool) -> bool {
        let worth = self.worth_parsing();
        let is_kept = |at: usize| {
            if at == taken {
                was_kept
            } else {
                self.kept[at].is_some()
            }
        };
        let readable = |at: usize| self.scans[at].text.is_ok();
        (0..worth.len()).any(|at| worth[at] != is_kept(at) && readable(at))
    }

    fn worth_parsing(&self) -> Vec<bool> {
        let stated = self.version_files.keys();
        let projects = stated.filter_map(|it| Some(it.rsplit_once('/')?.0));
        self.graph
            .worth_parsing(&self.files, &self.scans, &projects.collect(), self.selected)
    }

    /// Keeps the texts that are worth parsing, and lets the others go.
    fn choose(&mut self) {
        for (at, worth) in self.worth_parsing().into_iter().enumerate() {
            self.keep(at, worth);
        }
        if self.versions.is_empty() && self.kept.iter().any(Option::is_some) {
            self.versions = super::versions(&self.version_files);
        }
    }

    /// Keeps the text of a file, or lets it go.
    fn keep(&mut self, at: usize, worth: bool) {
        let (file, scan) = (&self.files[at], &mut self.scans[at]);
        if !worth {
            let old = self.kept[at].take().map(|it| it.text.clone());
            if let (Some(text), Ok(own)) = (old, &mut scan.text) {
                // The text of an editor cannot be read again.
                *own = Some(text).filter(|_| self.open.contains(&at));
            }
            return;
        }
        if self.kept[at].is_some() {
            return;
        }
        let text = match std::mem::replace(&mut scan.text, Ok(None)) {
            // A text that only the import graph asks for was not worth the memory until now.
            Ok(None) => text::python(&file.path),
            Ok(Some(text)) => Ok(text),
            Err(message) => Err(message),
        };
        match text {
            Ok(text) => {
                self.kept[at] = Some(Arc::new(Source {
                    reported: file.reported,
                    ..Source::new(file.printed.clone(), Kind::Python, text)
                }));
            }
            Err(message) => scan.text = Err(message),
        }
    }
}
