//! `--baseline` and `--changed`: of all findings, only those that are news.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::discover::changes::{self, Changes};
use crate::discover::{absolute, here, with_slashes};
use crate::finding::{Finding, Report};
use crate::line_index::Columns;
use crate::project::Project;
use crate::report::baseline::{Baseline, Looked};
use crate::report::count;
use crate::settings::{Place, Settings};
use crate::source::Span;

use super::Error;

/// The name under which a baseline is found.
const NAME: &str = "unhang-baseline.json";

/// Which findings are news.
#[derive(Debug, Args)]
pub(super) struct News {
    /// Report only what is not in this file of `unhang baseline`; without it, the nearest
    /// unhang-baseline.json counts.
    #[arg(long, value_name = "FILE", help_heading = "Rules")]
    baseline: Option<PathBuf>,

    /// Also report what is in the baseline.
    #[arg(long, conflicts_with = "baseline", help_heading = "Rules")]
    no_baseline: bool,

    /// Report only what stands on, or comes from, a statement that git says changed since REV
    /// [default: since the last commit].
    #[arg(
        long,
        value_name = "REV",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "",
        help_heading = "Rules"
    )]
    changed: Option<String>,
}

/// What was judged.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run<'r> {
    pub(super) project: &'r Project,
    pub(super) settings: &'r Settings,
    /// The paths that the user named.
    pub(super) places: &'r [PathBuf],
    /// The files of which findings were wanted.
    pub(super) reported: &'r BTreeSet<String>,
    /// Whether a baseline that nobody named counts.
    pub(super) baseline: bool,
}

/// A baseline and the file it lies in.
pub(super) struct Kept {
    pub(super) path: PathBuf,
    pub(super) baseline: Baseline,
}

impl News {
    /// Leaves out what is no news, and tells what of the baseline is gone.
    ///
    /// # Errors
    /// When the baseline cannot be read, or git cannot tell what changed.
    pub(super) fn narrow(&self, report: &mut Report, run: &Run) -> Result<String, Error> {
        let mut remark = String::new();
        if let Some(kept) = self.kept(run)? {
            let place = place(&kept.path)?;
            let sources = run.project.sources();
            let gone = kept
                .baseline
                .apply(report, sources, run.settings, &place, run)
                .gone;
            if !gone.is_empty() {
                let shown = place.printed(&with_slashes(&kept.path));
                let gone = count(gone.len(), "finding");
                remark = format!("Gone from {shown}: {gone}; `unhang baseline` drops what is gone");
            }
        }
        if let Some(since) = &self.changed {
            let since = Some(since.as_str()).filter(|it| !it.is_empty());
            let folder = changes::folder_of(run.places.first().map(PathBuf::as_path));
            let changes = Changes::since(&folder, since)?;
            let all = std::mem::take(&mut report.findings);
            (report.findings, report.unchanged) =
                all.into_iter().partition(|it| run.touched(it, &changes));
        }
        Ok(remark)
    }

    fn kept(&self, run: &Run) -> Result<Option<Kept>, Error> {
        if let Some(path) = &self.baseline {
            return read(absolute(path)).map(Some);
        }
        if self.no_baseline || !run.baseline {
            return Ok(None);
        }
        nearest(run.places).map(read).transpose()
    }
}

impl Run<'_> {
    /// Whether a statement that a finding stands on or comes from changed.
    fn touched(&self, finding: &Finding, changes: &Changes) -> bool {
        let labels = std::iter::once(&finding.primary).chain(&finding.because);
        let mut spans = labels.map(|it| it.span);
        spans.any(|span| {
            let path = &self.project.sources().get(span.file).path;
            changes.touch(Path::new(path), &self.lines(span))
        })
    }

    /// The lines of the statement that a span begins in, and of the span itself.
    fn lines(&self, span: Span) -> RangeInclusive<u32> {
        let source = self.project.sources().get(span.file);
        let module = self.project.module(span.file);
        let statement = module.and_then(|it| it.ast.statement_at(span.start));
        let (start, end) = statement.map_or((span.start, span.end), |it| {
            (it.start.min(span.start), it.end.max(span.end))
        });
        let line = |at| {
            source
                .lines
                .line_column(&source.text, at, Columns::Bytes)
                .line
        };
        line(start)..=line(end.max(start))
    }
}

impl Looked for Run<'_> {
    fn at(&self, path: &str) -> bool {
        self.reported.contains(path) || !Path::new(path).exists()
    }
}

/// Where the baseline lies that holds for some paths, whether or not it is there yet: the nearest
/// one at or above the first path, else beside the settings file, else in the folder unhang runs in.
pub(super) fn home(places: &[PathBuf], settings: Option<&str>) -> PathBuf {
    nearest(places).unwrap_or_else(|| {
        let folder = settings.and_then(|it| Path::new(it).parent());
        absolute(&folder.unwrap_or(Path::new("")).join(NAME))
    })
}

fn nearest(places: &[PathBuf]) -> Option<PathBuf> {
    let start = absolute(places.first().map_or(Path::new("."), PathBuf::as_path));
    let mut all = start.ancestors().map(|it| it.join(NAME));
    all.find(|it| it.is_file())
}

/// Reads a baseline from a path without detours.
pub(super) fn read(path: PathBuf) -> Result<Kept, Error> {
    let bad = |reason: String| Error::Baseline {
        path: path.display().to_string(),
        reason,
    };
    let text = fs::read_to_string(&path).map_err(|it| bad(it.to_string()))?;
    let baseline = Baseline::read(&text).map_err(bad)?;
    Ok(Kept { path, baseline })
}

/// The same, or nothing where there is no file.
pub(super) fn read_if_there(path: &Path) -> Result<Option<Kept>, Error> {
    match fs::symlink_metadata(path) {
        Err(it) if it.kind() == io::ErrorKind::NotFound => Ok(None),
        _ => read(path.to_owned()).map(Some),
    }
}

/// Where unhang runs, and the folder of a baseline.
pub(super) fn place(path: &Path) -> Result<Place, Error> {
    let folder = path.parent().map(with_slashes).unwrap_or_default();
    Ok(Place { folder, ..here()? })
}
