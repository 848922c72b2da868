//! `--add-suppressions`: answers every finding with a comment in its file.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use clap::Args;

use crate::catalog;
use crate::discover::rewrite;
use crate::engine;
use crate::engine::suppress::answered;
use crate::finding::{Finding, Report};
use crate::project::Project;
use crate::report::{self, fingerprints};
use crate::settings::Settings;
use crate::source::{FileId, Kind, Source, Sources};

use super::Error;

/// The rules about suppressions, which no suppression should answer.
const OWN: &str = "housekeeping";

/// What is to become of findings.
#[derive(Debug, Args)]
pub(super) struct Answering {
    /// Answer every finding with a suppression comment in its file.
    #[arg(
        long,
        requires = "reason",
        conflicts_with_all = ["stdin_filename", "fix", "diff"],
        help_heading = "Fixes"
    )]
    add_suppressions: bool,

    /// Why the findings do not matter, for the comments.
    #[arg(long, value_name = "TEXT", requires = "add_suppressions", value_parser = reason, help_heading = "Fixes")]
    reason: Option<String>,
}

/// A comment has one line.
fn reason(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.is_empty() || text.contains(char::is_control) {
        return Err("a reason has one line that is not empty".to_owned());
    }
    Ok(text.to_owned())
}

/// What was written.
pub(super) struct Answered {
    /// The project with the new texts.
    pub(super) project: Project,
    /// How many findings have their comment now.
    pub(super) count: usize,
}

impl Answering {
    /// Writes the comments, for each file all or none; `None` when there was nothing to write.
    ///
    /// A text is written only when judging it again shows that its findings are answered and that
    /// nothing else became of it.
    ///
    /// # Errors
    /// When a file cannot be written; the others are.
    pub(super) fn answer(
        &self,
        project: &Project,
        report: &Report,
        settings: &Settings,
    ) -> Result<Option<Answered>, Error> {
        let Some(reason) = self.reason.as_deref().filter(|_| self.add_suppressions) else {
            return Ok(None);
        };
        let rules = &catalog::bundled().rules;
        let wanted: Vec<&Finding> = report
            .findings
            .iter()
            .filter(|it| rules.get(it.rule).is_some_and(|it| it.category != OWN))
            // A notebook's text is not what its file holds.
            .filter(|it| !project.sources().get(it.primary.span.file).is_notebook())
            .collect();
        let names = fingerprints(report, project.sources());
        let texts = answered(project, wanted.iter().copied(), reason);
        let attempt = with(project, settings, |file| texts.get(&file));
        let failed = failed(report, &names, &attempt, settings);
        let kept = |file: FileId| texts.get(&file).filter(|_| !failed.contains(&file));

        let mut unwritten = String::new();
        for (file, text) in texts.iter().filter(|(file, _)| kept(**file).is_some()) {
            let source = project.sources().get(*file);
            if let Err(why) = rewrite::replace(Path::new(&source.path), &source.text, text) {
                // Writing to a string cannot fail.
                let _ = write!(unwritten, "\n{}: {why}", source.path);
            }
        }
        if !unwritten.is_empty() {
            return Err(Error::Unanswered(unwritten));
        }
        let count = wanted
            .iter()
            .filter(|it| kept(it.primary.span.file).is_some())
            .count();
        Ok((count > 0).then(|| Answered {
            project: with(project, settings, kept),
            count,
        }))
    }

    /// What was done; empty when nothing was asked for.
    pub(super) fn remark(&self, count: usize) -> String {
        if !self.add_suppressions {
            return String::new();
        }
        format!("Answered {}", report::count(count, "finding"))
    }
}

/// The project with other texts.
fn with<'t>(
    project: &Project,
    settings: &Settings,
    text: impl Fn(FileId) -> Option<&'t String>,
) -> Project {
    let sources = project.sources();
    let texts = sources
        .iter()
        .zip(sources.shared())
        .map(|((file, old), shared)| {
            let text = text(file).filter(|_| old.kind == Kind::Python && !old.is_notebook());
            text.map_or_else(
                || Arc::clone(shared),
                |text| {
                    Arc::new(Source {
                        reported: old.reported,
                        ..Source::new(old.path.clone(), old.kind, text.clone())
                    })
                },
            )
        });
    Project::build(Sources::new(texts), settings, catalog::bundled())
}

/// The files whose new texts still have an old finding, or something that cannot be read.
fn failed(
    before: &Report,
    names: &[String],
    attempt: &Project,
    settings: &Settings,
) -> BTreeSet<FileId> {
    let after = engine::analyze(attempt, settings);
    let left: BTreeSet<String> = fingerprints(&after, attempt.sources())
        .into_iter()
        .collect();
    let unanswered = before.findings.iter().zip(names);
    let unanswered = unanswered.filter(|(_, name)| left.contains(*name));
    let broken = after.problems.iter();
    let broken = broken.filter(|it| !before.problems.iter().any(|old| old.path == it.path));
    let broken = broken.filter_map(|it| attempt.sources().find(&it.path));
    unanswered
        .map(|(finding, _)| finding.primary.span.file)
        .chain(broken)
        .collect()
}
