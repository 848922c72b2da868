//! Which configuration files are worth reading: those that deploy the application, and those that
//! its code names.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use aho_corasick::AhoCorasick;
use rayon::prelude::*;

use crate::finding::Problem;
use crate::model::configuration;
use crate::source::{Format, Kind, Source};

use super::walk::File;
use super::{Shadow, absolute, text};

/// Larger files are data, whatever their format; in bytes.
const LARGEST: u64 = 2 * 1024 * 1024;

/// How many files in formats that mean anything are looked at; a tree with more is a data set.
const MOST: usize = 20_000;

/// Reads the configuration of an application whose code is known.
///
/// What cannot be read becomes a problem, when the user asked for findings in it.
pub(super) fn read(
    files: &[File],
    python: &[&Source],
    shadows: &[Shadow],
) -> (Vec<Source>, Vec<Problem>) {
    let named = named(files, python);
    let shadows: HashMap<_, _> = shadows
        .iter()
        .map(|it| (absolute(&it.path), it.bytes.as_slice()))
        .collect();
    let candidates = files.iter().filter(|it| !it.aside);
    let candidates: Vec<&File> = candidates.take(MOST).collect();
    let read = candidates.par_iter().map(|file| {
        let is_named = named.contains(name(&file.path));
        one(file, is_named, shadows.get(&file.path).copied())
    });
    let (mut sources, mut problems) = (Vec::new(), Vec::new());
    for result in read.collect::<Vec<_>>() {
        match result {
            Ok(source) => sources.extend(source),
            Err(problem) => problems.push(problem),
        }
    }
    (sources, problems)
}

/// One file, when it is worth it.
pub(super) fn one(
    file: &File,
    is_named: bool,
    shadow: Option<&[u8]>,
) -> Result<Option<Source>, Problem> {
    let name = name(&file.path);
    let Some(format) = file.path.to_str().and_then(configuration::format) else {
        return Ok(None);
    };
    let text = match shadow {
        Some(bytes) => text::decode(bytes.to_vec(), text::Reader::Tool),
        None => text::read(&file.path, LARGEST, text::Reader::Tool),
    };
    let text = match text {
        Ok(text) => text,
        // A table or a model in JSON says nothing about how anything is run.
        Err(_) if !file.reported || format == Format::Json => return Ok(None),
        Err(message) => {
            let path = file.printed.clone();
            return Err(Problem { path, message });
        }
    };
    let kept = is_named || shadow.is_some() || configuration::is_deployment(name, format, &text);
    Ok(kept.then(|| Source {
        reported: file.reported,
        ..Source::new(file.printed.clone(), Kind::Configuration(format), text)
    }))
}

/// The names of configuration files that the code names.
fn named<'f>(files: &'f [File], python: &[&Source]) -> BTreeSet<&'f str> {
    let names: BTreeSet<&str> = files.iter().map(|it| name(&it.path)).collect();
    let names: Vec<&str> = names.into_iter().collect();
    let Ok(finder) = AhoCorasick::new(&names) else {
        return BTreeSet::new();
    };
    let found = python.par_iter().flat_map_iter(|source| {
        let all = finder.find_overlapping_iter(&source.text);
        let found: BTreeSet<usize> = all.map(|it| it.pattern().as_usize()).collect();
        found.into_iter()
    });
    let found: BTreeSet<usize> = found.collect();
    found.into_iter().map(|it| names[it]).collect()
}

/// `.env` files in the folders of files that are read: the walk passes hidden files by, and git
/// ignores these on purpose.
pub(super) fn hidden<'p>(paths: impl Iterator<Item = &'p Path>) -> BTreeSet<PathBuf> {
    let folders: BTreeSet<&Path> = paths.filter_map(Path::parent).collect();
    let mut found = BTreeSet::new();
    for folder in folders {
        let Ok(entries) = fs::read_dir(folder) else {
            continue;
        };
        for entry in entries.flatten() {
            let own = entry.file_name();
            let own = own.to_string_lossy();
            if own.starts_with(".env") && configuration::format(&own).is_some() {
                found.insert(entry.path());
            }
        }
    }
    found
}

fn name(path: &Path) -> &str {
    path.file_name().and_then(|it| it.to_str()).unwrap_or("")
}
