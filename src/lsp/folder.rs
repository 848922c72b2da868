//! One project that is open in the editor, and what was found in it last.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use gen_lsp_types::{Diagnostic, Location};

use crate::discover::{self, Change, Configuration, Error, Input, Tree};
use crate::engine;
use crate::finding::Finding;
use crate::project::Project;
use crate::project::resolve::Resolver;
use crate::project::uses::Uses;
use crate::settings::{Overrides, Settings};
use crate::source::{FileId, Span};

use super::client::Client;
use super::convert::{Speaker, range};
use super::documents::{Documents, Face};

/// What was found in a file, by the cell of a notebook.
type Diagnostics = BTreeMap<Option<u32>, Vec<Diagnostic>>;

/// What was found in a file.
#[derive(Debug, Default)]
pub(super) struct Shown {
    diagnostics: Diagnostics,
    /// Another number whenever the diagnostics are others.
    pub(super) edition: u64,
}

impl Shown {
    /// What was found in a file, or in one of its cells.
    pub(super) fn of(&self, cell: Option<u32>) -> &[Diagnostic] {
        self.diagnostics.get(&cell).map_or(&[], Vec::as_slice)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.diagnostics.is_empty()
    }
}

/// What the editor knows beside the project: what it can do, and the texts it holds.
#[derive(Clone, Copy)]
pub(super) struct Editor<'e> {
    pub(super) client: &'e Client,
    pub(super) documents: &'e Documents,
}

/// One project.
pub(super) struct Folder {
    /// Its top folder.
    pub(super) root: PathBuf,
    pub(super) settings: Settings,
    pub(super) project: Project,
    pub(super) uses: Uses,
    tree: Tree,
    /// By path: what was found last, also nothing where there was something.
    shown: BTreeMap<PathBuf, Shown>,
    /// Whether all findings are those of the texts as they are.
    pub(super) settled: bool,
    /// Open files that are none of ours: ignored, excluded or no Python.
    foreign: BTreeSet<PathBuf>,
}

impl Folder {
    /// Reads a project, without judging it.
    ///
    /// # Errors
    /// When the settings cannot be used; then the defaults hold in the folder that comes with it.
    pub(super) fn open(root: PathBuf, documents: &Documents) -> (Option<Self>, Option<Error>) {
        let (settings, error) = match settings(&root) {
            Ok(settings) => (settings, None),
            Err(error) => (Settings::default(), Some(error)),
        };
        match Tree::read(&input(&root, documents), &settings) {
            Ok(tree) => (Some(Self::new(root, settings, tree)), error),
            Err(gone) => (None, error.or(Some(gone))),
        }
    }

    fn new(root: PathBuf, settings: Settings, tree: Tree) -> Self {
        let project = Project::build(tree.sources(), &settings, settings.catalog());
        Self {
            root,
            uses: Uses::collect(&project),
            settings,
            project,
            tree,
            shown: BTreeMap::new(),
            settled: false,
            foreign: BTreeSet::new(),
        }
    }

    /// Reads settings and files again, because what is on the disk has changed.
    ///
    /// # Errors
    /// When the settings cannot be used, and the old ones still hold; or when the folder is gone.
    pub(super) fn read_again(&mut self, documents: &Documents) -> Result<(), Error> {
        let (settings, error) = match settings(&self.root) {
            Ok(settings) => (Some(settings), None),
            Err(error) => (None, Some(error)),
        };
        if let Some(settings) = settings {
            self.settings = settings;
        }
        self.list_again(documents)?;
        error.map_or(Ok(()), Err)
    }

    fn list_again(&mut self, documents: &Documents) -> Result<(), Error> {
        let input = input(&self.root, documents);
        self.tree = self.tree.read_again(&input, &self.settings)?;
        self.foreign.clear();
        self.join_again();
        Ok(())
    }

    fn join_again(&mut self) {
        self.project = self.project.rebuild(self.tree.sources(), &self.settings);
        self.uses = Uses::collect(&self.project);
        self.settled = false;
    }

    /// Takes the text that the editor holds for a file, or that of the disk when it holds none, and
    /// judges that file. `edition` counts what is found.
    pub(super) fn update(&mut self, path: &Path, editor: Editor<'_>, edition: &mut u64) {
        let held = editor.documents.held(path);
        let mut replaced = None;
        match self.tree.change(path, held.as_deref()) {
            Change::Text(source) => {
                replaced = self.project.replace(source);
                self.settled = false;
            }
            Change::Files => self.join_again(),
            Change::Unlisted if self.foreign.insert(path.to_owned()) => {
                // It may be a new file; if it is none of ours, this is not done again.
                if self.list_again(editor.documents).is_ok() && self.tree.printed(path).is_none() {
                    self.foreign.insert(path.to_owned());
                }
            }
            Change::Nothing | Change::Unlisted => {}
        }
        let found = self.judge(path, replaced);
        let diagnostics = self.diagnostics(found.iter(), editor);
        self.show(path, diagnostics, edition);
    }

    /// The findings in a file, after another text was put in the place of one.
    fn judge(&mut self, path: &Path, replaced: Option<FileId>) -> Vec<Finding> {
        let resolver = Resolver::new(&self.project);
        if let Some(file) = replaced {
            let uses = std::mem::take(&mut self.uses);
            self.uses = uses.after_change(&resolver, file);
        }
        match self.file(path) {
            Some(file) => engine::analyze_file(&resolver, &self.settings, &self.uses, file),
            None => Vec::new(),
        }
    }

    /// Judges the whole project, unless `stop` says yes meanwhile; gives the files in which
    /// something else was found than before.
    pub(super) fn settle(
        &mut self,
        editor: Editor<'_>,
        edition: &mut u64,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Option<Vec<PathBuf>> {
        let uses = Uses::collect_unless(&self.project, stop)?;
        let report = engine::analyze_unless(&self.project, &self.settings, &uses, stop)?;
        self.uses = uses;
        self.settled = true;
        let mut by_file: BTreeMap<FileId, Vec<&Finding>> = BTreeMap::new();
        for finding in &report.findings {
            let file = finding.primary.span.file;
            by_file.entry(file).or_default().push(finding);
        }
        let mut found: BTreeMap<PathBuf, Diagnostics> = self
            .shown
            .keys()
            .map(|it| (it.clone(), Diagnostics::new()))
            .collect();
        for (file, findings) in by_file {
            let diagnostics = self.diagnostics(findings.into_iter(), editor);
            found.insert(self.path(file), diagnostics);
        }
        let mut changed = Vec::new();
        for (path, diagnostics) in found {
            if self.show(&path, diagnostics, edition) {
                changed.push(path);
            }
        }
        Some(changed)
    }

    /// What was found in a file last; `None` when nothing ever was.
    pub(super) fn shown(&self, path: &Path) -> Option<&Shown> {
        self.shown.get(path)
    }

    /// All files in which something was found once.
    pub(super) fn all_shown(&self) -> impl Iterator<Item = (&Path, &Shown)> {
        self.shown.iter().map(|(path, it)| (path.as_path(), it))
    }

    /// The file of a path; `None` when it was not worth parsing.
    pub(super) fn file(&self, path: &Path) -> Option<FileId> {
        self.project.sources().find(self.tree.printed(path)?)
    }

    /// The findings in a file, as its text and the others are.
    pub(super) fn findings(&self, file: FileId) -> Vec<Finding> {
        let resolver = Resolver::new(&self.project);
        engine::analyze_file(&resolver, &self.settings, &self.uses, file)
    }

    /// Where a file is.
    pub(super) fn path(&self, file: FileId) -> PathBuf {
        let printed = &self.project.sources().get(file).path;
        self.tree
            .path(printed)
            .map_or_else(|| self.root.join(printed), Path::to_owned)
    }

    /// Where the client shows a span; `None` for one in a notebook of which it holds no cells.
    pub(super) fn location(&self, span: Span, editor: Editor<'_>) -> Option<Location> {
        let source = self.project.sources().get(span.file);
        Some(Location {
            uri: self.face(span, editor)?.uri,
            range: range(source, span, editor.client.columns),
        })
    }

    /// What the client shows of the place of a span.
    pub(super) fn face(&self, span: Span, editor: Editor<'_>) -> Option<Face> {
        let cell = self.cell(span);
        editor.documents.face(&self.path(span.file), cell)
    }

    /// The cell in which a span starts.
    pub(super) fn cell(&self, span: Span) -> Option<u32> {
        let source = self.project.sources().get(span.file);
        source.cell(span.start).map(|it| it.number)
    }

    /// Findings for people who look at the code, as far as the client shows it.
    pub(super) fn diagnostics<'f>(
        &self,
        findings: impl Iterator<Item = &'f Finding>,
        editor: Editor<'_>,
    ) -> Diagnostics {
        let locate = |span: Span| self.location(span, editor);
        let speaker = Speaker {
            client: editor.client,
            locate: &locate,
        };
        let mut all = Diagnostics::new();
        for finding in findings {
            let own = all.entry(self.cell(finding.primary.span));
            if let Some(diagnostic) = speaker.diagnostic(finding) {
                own.or_default().push(diagnostic);
            }
        }
        all
    }

    /// Remembers what was found in a file, and says whether that is something else than before.
    fn show(&mut self, path: &Path, diagnostics: Diagnostics, edition: &mut u64) -> bool {
        let new = !self.shown.contains_key(path);
        let shown = self.shown.entry(path.to_owned()).or_default();
        let differs = shown.diagnostics != diagnostics;
        if differs || new {
            *edition += 1;
            shown.edition = *edition;
            shown.diagnostics = diagnostics;
        }
        differs
    }
}

fn settings(root: &Path) -> Result<Settings, Error> {
    let (paths, flags) = ([root.to_owned()], Overrides::default());
    Ok(discover::settings(&paths, &Configuration::Nearest, &flags)?.settings)
}

fn input(root: &Path, documents: &Documents) -> Input {
    Input {
        paths: vec![root.to_owned()],
        shadows: documents.shadows(root),
        threads: 0,
    }
}
