//! `unhang baseline`: writes down what is known, so that `check` reports only what is new.

use std::path::PathBuf;

use clap::Args;

use crate::catalog;
use crate::discover::rewrite;
use crate::discover::{self, absolute, with_slashes};
use crate::engine;
use crate::project::Project;
use crate::report::baseline::Baseline;
use crate::report::{self, count};

use super::judging::Judging;
use super::news::{self, Run};
use super::streams::Streams;
use super::{Error, Exit, pool};

/// Write down today's findings, so that `check` reports only new ones.
///
/// A baseline that is there already only shrinks: what is gone is dropped, and nothing is added.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  unhang baseline             write unhang-baseline.json, or drop from it what is gone
  unhang baseline --renew     also add what is new")]
pub(super) struct WriteBaseline {
    #[command(flatten)]
    judging: Judging,

    /// Also add what is new to a baseline that is there already.
    #[arg(long)]
    renew: bool,

    /// Where to write it [default: the nearest unhang-baseline.json, else beside the settings].
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Say nothing.
    #[arg(short, long)]
    quiet: bool,
}

impl WriteBaseline {
    /// Judges the project and writes the file.
    pub(super) fn run(&self, streams: &mut Streams) -> Result<Exit, Error> {
        let (remark, problems) = pool(self.judging.threads)?.install(|| self.write())?;
        if !self.quiet {
            streams.note(&problems);
            streams.note(&remark);
        }
        Ok(Exit::Clean)
    }

    /// What was done, and what could not be read.
    fn write(&self) -> Result<(String, String), Error> {
        let input = self.judging.input(Vec::new());
        let found = self.judging.settings(&input.paths, None)?;
        let read = discover::read(&input, &found.settings)?;
        let project = Project::build(read.sources, &found.settings, catalog::bundled());
        let mut report = engine::analyze(&project, &found.settings);
        report.problems.extend(read.problems);
        report.problems.sort();

        let path = match &self.output {
            Some(path) => absolute(path),
            None => news::home(&input.paths, found.file.as_deref()),
        };
        let place = news::place(&path)?;
        let today = Baseline::of(&report, project.sources(), &place);
        let run = Run {
            project: &project,
            settings: &found.settings,
            places: &input.paths,
            reported: &read.reported,
            baseline: true,
        };
        let before = news::read_if_there(&path)?.map(|it| it.baseline);
        let compared = before.as_ref().map(|it| {
            let sources = project.sources();
            it.apply(&mut report, sources, run.settings, &place, &run)
        });
        let left = match (&before, compared) {
            (Some(before), Some(compared)) => before.without(&compared.gone),
            _ => today.clone(),
        };
        let after = if self.renew { left.with(today) } else { left };
        if before.as_ref() != Some(&after) {
            rewrite::write(&path, after.text().as_bytes()).map_err(|it| Error::file(&path, it))?;
        }
        let shown = place.printed(&with_slashes(&path));
        let new = report.findings.len();
        let remark = remark(&shown, before.as_ref(), &after, new);
        Ok((remark, report::problems(&report)))
    }
}

/// What became of a baseline, when so many findings are not in the old one.
fn remark(path: &str, before: Option<&Baseline>, after: &Baseline, new: usize) -> String {
    let now = count(after.len(), "finding");
    let Some(before) = before else {
        return format!("Wrote {now} to {path}");
    };
    let gone = count(before.without(after).len(), "finding");
    let added = after.without(before).len();
    let text = format!("{path}: {now}, {gone} dropped, {added} added");
    if new <= added {
        return text;
    }
    let left_out = count(new - added, "new finding");
    format!("{text}\n{left_out} not added: `--renew` adds what is new")
}
