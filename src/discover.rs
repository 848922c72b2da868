//! From paths on the disk to the texts that are worth parsing.
//!
//! Most files of a tree have nothing to do with a model.
//! So every file is read once, but only those that name a package of interest, and those that the
//! import graph ties to them, become [`Sources`].

pub mod changes;
mod closure;
mod configuration;
mod deployment;
mod imports;
mod needles;
pub mod rewrite;
mod scan;
#[cfg(test)]
mod tests;
mod text;
mod tree;
mod walk;
mod wanted;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use miette::Diagnostic;

use crate::finding::Problem;
use crate::model::lockfile;
use crate::settings::{self, Place, Settings};
use crate::source::{Kind, Source, Sources};

pub use configuration::{Configuration, Found, settings};
pub use tree::{Change, Tree};

/// What the user wants to be looked at.
#[derive(Debug, Default, Clone)]
pub struct Input {
    /// Files and folders; empty for the folder unhang runs in.
    pub paths: Vec<PathBuf>,
    /// Texts that shadow files, as an editor or a hook passes them.
    pub shadows: Vec<Shadow>,
    /// How many threads walk the tree; 0 for one per core.
    pub threads: usize,
}

/// A text that stands for a file, whether or not that exists.
#[derive(Debug, Clone)]
pub struct Shadow {
    /// The file.
    pub path: PathBuf,
    /// What is to be read instead.
    pub bytes: Vec<u8>,
}

impl Input {
    /// The paths that decide which settings hold.
    #[must_use]
    pub fn places(&self) -> Vec<PathBuf> {
        if self.paths.is_empty() {
            self.shadows.iter().map(|it| it.path.clone()).collect()
        } else {
            self.paths.clone()
        }
    }
}

/// What was read.
#[derive(Debug, Default)]
pub struct Read {
    /// The texts that are worth parsing.
    pub sources: Sources,
    /// How many Python files were looked at.
    pub files: usize,
    /// How many of them are tests or examples that nobody asked for.
    pub aside: usize,
    /// The files of which findings are wanted, as reports print them, also those that are not worth
    /// parsing.
    pub reported: BTreeSet<String>,
    /// What could not be read, sorted by path.
    pub problems: Vec<Problem>,
}

/// Why nothing could be read.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum Error {
    /// The settings cannot be used.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Settings(#[from] settings::Error),
    /// A path that the user named does not exist.
    #[error("there is no file or folder `{}`", .0.display())]
    #[diagnostic(code(discover::path), help("paths count from the current folder"))]
    Missing(PathBuf),
    /// A path that the user named, or a settings file, cannot be read.
    #[error("cannot read `{}`: {reason}", path.display())]
    #[diagnostic(code(discover::path))]
    Unreadable {
        /// The path.
        path: PathBuf,
        /// What the system says.
        reason: io::Error,
    },
    /// The current folder is gone.
    #[error("cannot tell the current folder: {0}")]
    #[diagnostic(code(discover::folder))]
    Here(io::Error),
}

/// The project that a file belongs to: the nearest folder above it that looks like the top of one,
/// else its own.
#[must_use]
pub fn project_of(file: &Path) -> PathBuf {
    walk::project(&absolute(file))
}

/// Whether what a file says can change how all others are read: settings and versions.
#[must_use]
pub fn concerns_all(file: &Path) -> bool {
    let name = file
        .file_name()
        .and_then(|it| it.to_str())
        .unwrap_or_default();
    name == "unhang.toml" || lockfile::is_known(name)
}

/// Reads the texts that are worth parsing.
///
/// A folder is analyzed as it is; for a file, its whole project is analyzed, and only the file is
/// reported.
///
/// # Errors
/// When a path does not exist. A file that cannot be read is a [`Problem`], not an error.
pub fn read(input: &Input, settings: &Settings) -> Result<Read, Error> {
    Ok(Tree::read(input, settings)?.into_read())
}

/// The texts that say which versions the project runs; one that cannot be read says nothing.
fn versions(files: &BTreeMap<String, PathBuf>) -> Vec<Arc<Source>> {
    let texts = files.iter().filter_map(|(printed, path)| {
        let text = text::python(path).ok()?;
        Some(Arc::new(Source {
            reported: false,
            ..Source::new(printed.clone(), Kind::Versions, text)
        }))
    });
    texts.collect()
}

/// The folder unhang runs in, as both ends of a [`Place`].
///
/// # Errors
/// When it is gone.
pub fn here() -> Result<Place, Error> {
    let here = std::env::current_dir().map_err(Error::Here)?;
    let here = with_slashes(&here);
    Ok(Place {
        here: here.clone(),
        folder: here,
    })
}

/// A path from the root, without detours.
#[must_use]
pub fn absolute(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut kept = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                kept.pop();
            }
            Component::CurDir => {}
            _ => kept.push(part),
        }
    }
    kept
}

/// A path as reports and globs write it, on every system.
#[must_use]
pub fn with_slashes(path: &Path) -> String {
    let path = path.to_string_lossy();
    if cfg!(windows) {
        path.replace('\\', "/")
    } else {
        path.into_owned()
    }
}
