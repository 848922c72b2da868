//! `--add-suppressions`: answers every finding with a comment in its file.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use clap::Args;

use crate::catalog;
use crate::discover::rewrite;
use crate::engine;
use crate::engine::suppress::answered;
use crate::finding::{Finding, Report};
use crate::project::Project;
use crate::report::{self, fingerprints};
use crate::settings::Settings;
use crate::source::FileId;

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
    /// All there is to say of it, news or not.
    pub(super) report: Report,
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
        let wanted = wanted(report, project);
        let mut texts = answered(project, wanted.iter().map(|it| it.0), reason);
        if texts.is_empty() {
            return Ok(None);
        }
        let (mut next, mut after) = judged(project, settings, &texts);
        let failed = failed(&wanted, report, &after, &next);
        if !failed.is_empty() {
            texts.retain(|file, _| !failed.contains(file));
            (next, after) = judged(project, settings, &texts);
        }
        write(project, &texts)?;
        let files = wanted.iter().map(|it| it.0.primary.span.file);
        let count = files.filter(|it| texts.contains_key(it)).count();
        Ok((count > 0).then_some(Answered {
            project: next,
            report: after,
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

/// The findings that a comment can answer, with their fingerprints.
fn wanted<'r>(report: &'r Report, project: &Project) -> Vec<(&'r Finding, String)> {
    let rules = &catalog::bundled().rules;
    let names = fingerprints(report, project.sources());
    let all = report.findings.iter().zip(names);
    all.filter(|(it, _)| rules.get(it.rule).is_some_and(|it| it.category != OWN))
        // A notebook's text is not what its file holds.
        .filter(|(it, _)| !project.sources().get(it.primary.span.file).is_notebook())
        .collect()
}

/// The project with other texts, and all there is to say of it.
fn judged(
    project: &Project,
    settings: &Settings,
    texts: &BTreeMap<FileId, String>,
) -> (Project, Report) {
    let next = project.rebuild(project.sources().with(texts), settings);
    let report = engine::analyze(&next, settings);
    (next, report)
}

fn write(project: &Project, texts: &BTreeMap<FileId, String>) -> Result<(), Error> {
    let mut unwritten = String::new();
    for (file, text) in texts {
        let source = project.sources().get(*file);
        if let Err(why) = rewrite::replace(Path::new(&source.path), &source.text, text) {
            // Writing to a string cannot fail.
            let _ = write!(unwritten, "\n{}: {why}", source.path);
        }
    }
    if unwritten.is_empty() {
        Ok(())
    } else {
        Err(Error::Unanswered(unwritten))
    }
}

/// The files whose new texts still have an old finding, or something that cannot be read.
fn failed(
    wanted: &[(&Finding, String)],
    before: &Report,
    after: &Report,
    attempt: &Project,
) -> BTreeSet<FileId> {
    let left: BTreeSet<String> = fingerprints(after, attempt.sources()).into_iter().collect();
    let unanswered = wanted.iter().filter(|(_, name)| left.contains(name));
    let broken = after.problems.iter();
    let broken = broken.filter(|it| !before.problems.iter().any(|old| old.path == it.path));
    let broken = broken.filter_map(|it| attempt.sources().find(&it.path));
    unanswered
        .map(|(finding, _)| finding.primary.span.file)
        .chain(broken)
        .collect()
}
