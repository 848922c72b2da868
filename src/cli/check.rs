//! `unhang check`: analyzes the paths and writes what it found.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{self, Read as _};
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;

use crate::catalog;
use crate::discover::{self, Input, Read, Shadow};
use crate::engine;
use crate::engine::repair::Repaired;
use crate::finding::{Problem, Report, Severity};
use crate::line_index::Columns;
use crate::project::Project;
use crate::report::{self, Format};
use crate::settings::{FailOn, Settings};
use crate::source::{Kind, Sources};

use super::answering::Answering;
use super::fixing::Fixing;
use super::judging::Judging;
use super::news::{News, Run};
use super::options::{self, Color};
use super::streams::Streams;
use super::{Error, Exit, open, pool, put};

/// More than `discover` accepts, so that it can say that this is too large.
const MOST_INPUT: u64 = 21 * 1024 * 1024;

/// Check files and folders.
// Every flag is a bool of its own, and clap reads them from here.
#[allow(clippy::struct_excessive_bools)]
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  unhang check                            the current folder
  unhang check app --fail-on error        fail only on errors
  unhang check --select timeouts,retry-without-limit   only these
  unhang check --stdin-filename app/a.py < draft.py")]
pub(super) struct Check {
    #[command(flatten)]
    judging: Judging,

    #[command(flatten)]
    news: News,

    #[command(flatten)]
    answering: Answering,

    /// Exit with 1 when a finding is at least this severe [default: warning].
    #[arg(long, value_name = "LEVEL", value_parser = options::fail_on(), help_heading = "Rules")]
    fail_on: Option<FailOn>,

    /// Exit with 0 whatever is found.
    #[arg(long, help_heading = "Rules")]
    exit_zero: bool,

    /// Read this file's text from the standard input, as an editor wants it.
    #[arg(long, value_name = "FILE", help_heading = "Input")]
    stdin_filename: Option<PathBuf>,

    #[command(flatten)]
    fixing: Fixing,

    /// For whom the findings are written.
    #[arg(long, default_value = "full", value_parser = options::format(), help_heading = "Output")]
    format: Format,

    /// Write the findings to this file, not to the standard output.
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    output: Option<PathBuf>,

    /// Count the findings of each rule, and the clients by what they talk to and whether unhang
    /// could judge them.
    #[arg(long, help_heading = "Output")]
    statistics: bool,

    /// List the clients that unhang could not judge, and why.
    #[arg(long, help_heading = "Output")]
    show_unknown: bool,

    /// When to use colours.
    #[arg(long, value_enum, default_value = "auto", help_heading = "Output")]
    color: Color,

    /// Say nothing but the findings.
    #[arg(short, long, conflicts_with = "verbose", help_heading = "Output")]
    quiet: bool,

    /// Say where the settings come from and what was read.
    #[arg(short, long, help_heading = "Output")]
    verbose: bool,
}

/// What was looked at, beside the texts.
struct Seen {
    /// The paths that the user named.
    places: Vec<PathBuf>,
    files: usize,
    problems: Vec<Problem>,
    /// The files of which findings are wanted.
    reported: BTreeSet<String>,
}

impl Check {
    /// Analyzes the paths and writes what it found.
    pub(super) fn run(&self, streams: &mut Streams) -> Result<Exit, Error> {
        pool(self.judging.threads)?.install(|| self.check(streams))
    }

    fn check(&self, streams: &mut Streams) -> Result<Exit, Error> {
        let start = Instant::now();
        let input = self.input()?;
        let places = input.places();
        let found = self.judging.settings(&places, self.fail_on)?;
        let read = discover::read(&input, &found.settings)?;
        self.tell(streams, || about_input(found.file.as_deref(), &read));
        let sources = read.sources;
        let seen = Seen {
            places,
            files: read.files,
            problems: read.problems,
            reported: read.reported,
        };
        let after_reading = start.elapsed();

        let settings = &found.settings;
        let project = Project::build(sources, settings, settings.catalog());
        let after_parsing = start.elapsed();
        let mut gone = String::new();
        let mut narrow = |project: &Project, report: Report| {
            let (report, no_longer) = self.narrow(project, report, settings, &seen)?;
            gone = no_longer;
            Ok::<_, Error>(report)
        };
        let mut judge = |project: &Project| narrow(project, engine::analyze(project, settings));
        let mut judged = self.fixing.judge(project, settings, &mut judge)?;
        let after_judging = start.elapsed();
        self.tell(streams, || {
            format!(
                "read in {} ms, parsed in {} ms, judged in {} ms",
                after_reading.as_millis(),
                after_parsing.saturating_sub(after_reading).as_millis(),
                after_judging.saturating_sub(after_parsing).as_millis()
            )
        });
        let mut answered = 0;
        // Where one finding stood for many, the others show up when it is answered.
        while let Some(next) = self
            .answering
            .answer(&judged.project, &judged.report, settings)?
        {
            answered += next.count;
            judged.report = narrow(&next.project, next.report)?;
            judged.project = next.project;
        }

        let exit = self.tell_result(&judged, start, settings.fail_on, streams)?;
        if !self.quiet {
            streams.note(&gone);
            streams.note(&self.answering.remark(answered));
        }
        // The process ends here: taking a million nodes apart first would only make the user wait.
        std::mem::forget(judged);
        Ok(exit)
    }

    /// Writes fixes and findings to where they are wanted.
    fn tell_result(
        &self,
        judged: &Repaired,
        start: Instant,
        fail_on: Option<Severity>,
        streams: &mut Streams,
    ) -> Result<Exit, Error> {
        let result = report::Input {
            report: &judged.report,
            sources: judged.project.sources(),
            catalog: catalog::bundled(),
            elapsed_ms: u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
        };
        if self.fixing.diff {
            Fixing::show(judged, &mut open(self.output.as_ref(), streams)?)?;
        } else {
            Fixing::write(judged)?;
            self.write(&result, streams)?;
        }
        self.remark(&result, streams);
        if !self.quiet {
            streams.note(&self.fixing.remark(judged));
        }
        Ok(if !self.fixing.diff {
            self.exit(&judged.report, fail_on)
        } else if judged.before.is_empty() || self.exit_zero {
            Exit::Clean
        } else {
            Exit::Findings
        })
    }

    /// What of all there is to say of a project is news, and what of the baseline is gone.
    fn narrow(
        &self,
        project: &Project,
        mut report: Report,
        settings: &Settings,
        seen: &Seen,
    ) -> Result<(Report, String), Error> {
        report.files = seen.files;
        report.problems.extend(seen.problems.iter().cloned());
        report.problems.sort();
        let run = Run {
            project,
            settings,
            places: &seen.places,
            reported: &seen.reported,
            baseline: !self.judging.isolated,
        };
        let gone = self.news.narrow(&mut report, &run)?;
        Ok((report, gone))
    }

    fn input(&self) -> Result<Input, Error> {
        let shadow = self.stdin_filename.as_ref().map(|path| {
            let mut bytes = Vec::new();
            io::stdin()
                .lock()
                .take(MOST_INPUT)
                .read_to_end(&mut bytes)?;
            let path = path.clone();
            Ok(Shadow { path, bytes })
        });
        let shadow = shadow.transpose().map_err(Error::Input)?;
        Ok(self.judging.input(shadow.into_iter().collect()))
    }

    /// Writes the findings, and nothing else, to where they are wanted.
    fn write(&self, result: &report::Input, streams: &mut Streams) -> Result<(), Error> {
        let style = streams.style(self.color, self.output.is_some());
        put(self.output.as_ref(), streams, |out| {
            report::write(result, self.format, style, out)
        })
    }

    /// Says what else there is to say.
    fn remark(&self, result: &report::Input, streams: &mut Streams) {
        if self.show_unknown {
            streams.note(&unknown(result.report, result.sources));
        }
        if self.statistics {
            streams.note(&report::statistics(result.report));
        }
        if !self.quiet {
            streams.note(&report::problems(result.report));
            streams.note(nothing_to_do(result));
            if !self.fixing.diff {
                streams.note(&report::summary(result));
            }
        }
        self.tell(streams, || format!("took {} ms", result.elapsed_ms));
    }

    fn tell(&self, streams: &mut Streams, text: impl FnOnce() -> String) {
        if self.verbose {
            streams.note(&text());
        }
    }

    fn exit(&self, report: &Report, fail_on: Option<Severity>) -> Exit {
        let fails = |it: Severity| fail_on.is_some_and(|least| it >= least);
        if !self.exit_zero && report.findings.iter().any(|it| fails(it.severity)) {
            Exit::Findings
        } else {
            Exit::Clean
        }
    }
}

/// The result of writing to a pipe, whose reader may leave when it has read enough.
pub(super) fn unless_closed(written: io::Result<()>) -> Result<(), Error> {
    match written {
        Err(reason) if reason.kind() != io::ErrorKind::BrokenPipe => Err(Error::Output {
            to: "the standard output".to_owned(),
            reason,
        }),
        _ => Ok(()),
    }
}

fn about_input(settings: Option<&str>, read: &Read) -> String {
    let settings = match settings {
        Some(file) => format!("settings from {file}"),
        None => "no settings file".to_owned(),
    };
    format!(
        "{settings}\n{} Python files, {} of them tests or examples, {} worth parsing",
        read.files,
        read.aside,
        read.sources
            .iter()
            .filter(|(_, it)| it.kind == Kind::Python)
            .count()
    )
}

/// Why a tree full of Python is clean so fast; empty when it was not.
fn nothing_to_do(result: &report::Input) -> &'static str {
    if result.sources.is_empty() && result.report.files > 0 {
        "No file outside tests and examples imports LangChain or LangGraph, so none was analyzed"
    } else {
        ""
    }
}

/// The clients that could not be judged, one a line.
fn unknown(report: &Report, sources: &Sources) -> String {
    let mut text = String::new();
    for label in report.sites.unknown() {
        let source = sources.get(label.span.file);
        let at = source
            .lines
            .line_column(&source.text, label.span.start, Columns::Chars);
        let path = source.path.escape_debug();
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{path}:{}:{}: {}", at.line, at.column, label.text);
    }
    text
}
