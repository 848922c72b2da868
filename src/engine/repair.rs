//! Applies fixes until nothing changes any more.

use std::collections::BTreeMap;

use crate::finding::{Problem, Report};
use crate::fix::{self, Fix, Trust};
use crate::model::configuration::Configuration;
use crate::project::Project;
use crate::settings::Settings;
use crate::source::{FileId, Kind, Source, Sources};
use crate::syntax::python;

/// One fix may make room for another, but none should need more looks than this.
const ROUNDS: usize = 10;

/// A project after its fixes.
#[derive(Debug)]
pub struct Repaired {
    /// The project with the new texts.
    pub project: Project,
    /// What is left to say.
    pub report: Report,
    /// What the texts that changed were before.
    pub before: BTreeMap<FileId, String>,
    /// How many findings were fixed.
    pub fixed: usize,
}

impl Repaired {
    /// The texts that changed: path, before, after.
    pub fn texts(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.before.iter().map(|(file, before)| {
            let after = self.project.sources().get(*file);
            (after.path.as_str(), before.as_str(), after.text.as_str())
        })
    }
}

/// Judges a project, and as long as that changes something applies the first fix of each finding
/// that may be trusted; none when `most` is `None`.
///
/// Only texts that are reported change. A fix that would break a text is left out, and a problem of
/// the report says so.
///
/// # Errors
/// Whatever `judge` fails with, which is asked again after each round.
pub fn repair<E>(
    project: Project,
    settings: &Settings,
    most: Option<Trust>,
    judge: &mut impl FnMut(&Project) -> Result<Report, E>,
) -> Result<Repaired, E> {
    let report = judge(&project)?;
    let mut repaired = Repaired {
        project,
        report,
        before: BTreeMap::new(),
        fixed: 0,
    };
    let Some(most) = most else {
        return Ok(repaired);
    };
    for _ in 0..ROUNDS {
        let sources = repaired.project.sources();
        let fixes = applicable(&repaired.report, sources, most);
        let applied = fix::apply(sources, &fixes, &is_whole);
        if applied.texts.is_empty() {
            let refused = applied.refused.iter();
            let refused: Vec<Problem> = refused.map(|&at| refusal(sources, fixes[at])).collect();
            repaired.report.problems.extend(refused);
            repaired.report.problems.sort();
            break;
        }
        repaired.fixed += applied.taken.len();
        for file in applied.texts.keys() {
            let before = repaired.before.entry(*file);
            before.or_insert_with(|| sources.get(*file).text.clone());
        }
        let sources = sources.with(&applied.texts);
        repaired.project = repaired.project.rebuild(sources, settings);
        repaired.report = judge(&repaired.project)?;
    }
    Ok(repaired)
}

/// The first fix of each finding that may be trusted and stays within the reported texts.
#[must_use]
pub fn applicable<'r>(report: &'r Report, sources: &Sources, most: Trust) -> Vec<&'r Fix> {
    let may = |fix: &&Fix| {
        let mut edits = fix.edits.iter();
        fix.trust <= most
            && edits.all(|it| {
                // A notebook's text is not what its file holds.
                let source = sources.get(it.span.file);
                source.reported && !source.is_notebook()
            })
    };
    let fixes = report.findings.iter();
    fixes.filter_map(|it| it.fixes.iter().find(may)).collect()
}

/// Whether a text can be what becomes of a source: one that its reader understands.
#[must_use]
pub fn is_whole(source: &Source, text: &str) -> bool {
    match source.kind {
        Kind::Python => python::parse(text).is_some_and(|it| it.error.is_none()),
        Kind::Configuration(format) => {
            let read = Configuration::read(format, text);
            read.tree().is_none_or(|it| it.fault.is_none())
        }
        Kind::Versions => false,
    }
}

fn refusal(sources: &Sources, fix: &Fix) -> Problem {
    let path = fix.edits.first().map(|it| &sources.get(it.span.file).path);
    Problem {
        path: path.cloned().unwrap_or_default(),
        message: format!(
            "not fixed, because nobody could read it afterwards: {}",
            fix.title
        ),
    }
}
