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
use crate::report;
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
        let mut texts = answered(project, wanted.iter().copied(), reason);
        if texts.is_empty() {
            return Ok(None);
        }
        let (mut next, mut after) = judged(project, settings, &texts);
        let failed = failed(&wanted, (project, report), (&next, &after));
        if !failed.is_empty() {
            texts.retain(|file, _| !failed.contains(file));
            if texts.is_empty() {
                return Ok(None);
            }
            (next, after) = judged(project, settings, &texts);
        }
        write(project, &texts)?;
        let files = wanted.iter().map(|it| it.primary.span.file);
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

/// The findings that a comment can answer.
fn wanted<'r>(report: &'r Report, project: &Project) -> Vec<&'r Finding> {
    let rules = &catalog::bundled().rules;
    let all = report.findings.iter();
    all.filter(|it| rules.get(it.rule).is_some_and(|it| it.category != OWN))
        // A notebook's text is not what its file holds.
        .filter(|it| !project.sources().get(it.primary.span.file).is_notebook())
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

/// The files whose new texts leave a finding unanswered, or hold something that cannot be read.
///
/// A finding that stood for others gives its place to one of them, so what counts is how many are
/// answered and not how many are left.
fn failed(
    wanted: &[&Finding],
    (project, before): (&Project, &Report),
    (next, after): (&Project, &Report),
) -> BTreeSet<FileId> {
    let mut due = counts(
        before.suppressed.iter().chain(wanted.iter().copied()),
        project,
    );
    for (kind, count) in counts(&after.suppressed, next) {
        due.entry(kind)
            .and_modify(|it| *it = it.saturating_sub(count));
    }
    let unanswered = due.into_iter().filter(|(_, count)| *count > 0);
    let broken = after.problems.iter();
    let broken = broken.filter(|it| !before.problems.iter().any(|old| old.path == it.path));
    let broken = broken.filter_map(|it| next.sources().find(&it.path));
    unanswered
        .map(|((file, ..), _)| file)
        .chain(broken)
        .collect()
}

/// How many findings there are of each rule at the same code of a file.
fn counts<'f>(
    findings: impl IntoIterator<Item = &'f Finding>,
    project: &Project,
) -> BTreeMap<(FileId, &'static str, String), usize> {
    let mut counts = BTreeMap::new();
    for finding in findings {
        let span = finding.primary.span;
        let code = project.sources().text(span).to_owned();
        *counts.entry((span.file, finding.rule, code)).or_default() += 1;
    }
    counts
}
