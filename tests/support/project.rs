//! Runs the library on the folders of `fixtures/`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use unhang::engine;
use unhang::finding::Report;
use unhang::line_index::Columns;
use unhang::model::{configuration, lockfile};
use unhang::project::Project;
use unhang::settings::{Form, Overrides, Place as Folder, Settings};
use unhang::source::{Kind, Source, Sources, Span};
use unhang::syntax::notebook;

use crate::expect::{self, Expected, Found, Place};

/// The settings of a mini project, which are no part of what is analyzed.
const SETTINGS: &str = "unhang.toml";

/// The files of one mini project: a folder, or a single file.
pub(crate) struct Mini {
    root: PathBuf,
    /// Path from the project's folder, and text.
    pub(crate) files: Vec<(String, String)>,
}

impl Mini {
    /// Reads a folder, or a single file.
    pub(crate) fn read(path: &Path) -> Self {
        let root = if path.is_dir() {
            path
        } else {
            path.parent().expect("a fixture lies in a folder")
        };
        let mut files = Vec::new();
        for entry in walkdir::WalkDir::new(path).sort_by_file_name() {
            let entry = entry.expect("a fixture can be listed");
            // Snapshots lie beside the files that they were made of.
            let skipped = entry.path().extension().is_some_and(|it| it == "snap");
            if !entry.file_type().is_file() || skipped {
                continue;
            }
            let text = fs::read_to_string(entry.path()).expect("a fixture is UTF-8");
            let is_notebook = entry.path().extension().is_some_and(|it| it == "ipynb");
            let text = if is_notebook {
                notebook::code(&text).expect("a fixture is a notebook")
            } else {
                text
            };
            files.push((relative(entry.path(), root), text));
        }
        Self {
            root: root.to_owned(),
            files,
        }
    }

    /// What its comments promise.
    ///
    /// # Errors
    ///
    /// A sentence for each comment that looks like a promise and is none.
    pub(crate) fn promises(&self) -> Result<Vec<Expected>, String> {
        let mut mistakes = Vec::new();
        let mut all = Vec::new();
        for (path, text) in &self.files {
            match expect::read(&self.shown(path), text) {
                Ok(expected) => all.push(expected),
                Err(more) => mistakes.extend(more),
            }
        }
        if mistakes.is_empty() {
            Ok(all)
        } else {
            Err(mistakes.join("\n"))
        }
    }

    /// What its `unhang.toml` says, if it has one, with these flags.
    pub(crate) fn settings(&self, flags: &Overrides) -> Settings {
        let plain = Settings::default();
        let own = self.files.iter().find(|it| it.0 == SETTINGS);
        let settings = own.map_or(plain, |(path, text)| {
            let rules = &unhang::catalog::bundled().rules;
            let read = Settings::read(path, text, Form::Own, Folder::default(), rules);
            let read = read.expect("the settings of a fixture are valid");
            read.expect("the whole file is ours")
        });
        settings
            .with(flags)
            .expect("the flags name rules that exist")
    }

    /// Analyzes it as if unhang ran in its folder.
    pub(crate) fn analyze(&self, settings: &Settings) -> (Report, Project) {
        let sources = self
            .files
            .iter()
            .filter_map(|(path, text)| Some(Source::new(path, kind(path)?, text)));
        let project = Project::build(Sources::new(sources), settings, settings.catalog());
        let report = engine::analyze(&project, settings);
        (report, project)
    }

    /// Holds a report against the comments.
    ///
    /// # Errors
    ///
    /// A paragraph for every difference and for every problem.
    pub(crate) fn compare(
        &self,
        promises: &[Expected],
        report: &Report,
        project: &Project,
        rules: &BTreeSet<String>,
    ) -> Result<(), String> {
        let found: Vec<Found> = report
            .findings
            .iter()
            .map(|it| Found {
                rule: it.rule.to_owned(),
                message: it.message.clone(),
                at: self.place(project.sources(), it.primary.span),
                labels: std::iter::once(&it.primary)
                    .chain(&it.because)
                    .map(|label| {
                        let place = self.place(project.sources(), label.span);
                        (place, label.text.clone())
                    })
                    .collect(),
            })
            .collect();
        let problems: Vec<String> = report
            .problems
            .iter()
            .map(|it| format!("{}: {}", self.shown(&it.path), it.message))
            .collect();
        let compared = expect::compare(promises, &found, rules);
        match (compared, problems.is_empty()) {
            (compared, true) => compared,
            (Ok(()), false) => Err(problems.join("\n")),
            (Err(text), false) => Err(format!("{}\n\n{text}", problems.join("\n"))),
        }
    }

    fn place(&self, sources: &Sources, span: Span) -> Place {
        let source = sources.get(span.file);
        let at = source
            .lines
            .line_column(&source.text, span.start, Columns::Chars);
        Place {
            path: self.shown(&source.path),
            line: at.line as usize,
        }
    }

    /// The path from the crate's folder, which a terminal makes clickable.
    fn shown(&self, path: &str) -> String {
        relative(&self.root.join(path), Path::new(env!("CARGO_MANIFEST_DIR")))
    }
}

/// The direct entries of a folder, sorted; none when it does not exist.
pub(crate) fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries
        .map(|it| it.expect("a fixture can be listed").path())
        .collect();
    paths.sort();
    paths
}

/// The last name of a path.
pub(crate) fn name(path: &Path) -> String {
    path.file_name()
        .expect("a listed path has a name")
        .to_string_lossy()
        .into_owned()
}

fn relative(path: &Path, root: &Path) -> String {
    path.strip_prefix(root)
        .unwrap_or(path)
        .to_string_lossy()
        .replace('\\', "/")
}

fn kind(path: &str) -> Option<Kind> {
    let name = Path::new(path).file_name()?.to_str()?;
    if Path::new(name)
        .extension()
        .is_some_and(|it| it == "py" || it == "ipynb")
    {
        return Some(Kind::Python);
    }
    if name == SETTINGS {
        return None;
    }
    if lockfile::is_known(name) {
        return Some(Kind::Versions);
    }
    configuration::format(path).map(Kind::Configuration)
}
