//! `unhang check`: analyzes the paths and writes what it found.

use std::fmt::Write as _;
use std::io::{self, Read as _, Write};
use std::path::PathBuf;
use std::time::Instant;

use clap::Args;

use crate::catalog;
use crate::discover::{self, Configuration, Input, Read, Shadow};
use crate::engine::repair::Repaired;
use crate::finding::{Confidence, Report, Severity};
use crate::line_index::Columns;
use crate::project::Project;
use crate::report::{self, Format};
use crate::settings::{FailOn, Overrides};
use crate::source::{Kind, Sources};

use super::fixing::Fixing;
use super::options::{self, Color};
use super::streams::Streams;
use super::{Error, Exit, open, pool};

/// More than `discover` accepts, so that it can say that this is too large.
const MOST_INPUT: u64 = 21 * 1024 * 1024;

/// Check files and folders.
// Every flag is a bool of its own, and clap reads them from here.
#[allow(clippy::struct_excessive_bools)]
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  unhang check                            the current folder
  unhang check app --fail-on error        fail only on errors
  unhang check --select client-without-timeout,agents
  unhang check --stdin-filename app/a.py < draft.py")]
pub(super) struct Check {
    /// Files and folders to check; without any, the current folder.
    ///
    /// Of files, the whole project is read, but only they are reported, as a pre-commit hook wants it.
    paths: Vec<PathBuf>,

    /// Run only these rules or categories; can be repeated or separated by commas.
    #[arg(
        long,
        value_name = "RULE",
        value_delimiter = ',',
        help_heading = "Rules"
    )]
    select: Vec<String>,

    /// Do not run these rules or categories.
    #[arg(
        long,
        value_name = "RULE",
        value_delimiter = ',',
        help_heading = "Rules"
    )]
    ignore: Vec<String>,

    /// Also run rules that are still on trial.
    #[arg(long, help_heading = "Rules")]
    preview: bool,

    /// Show findings that are at least this sure [default: medium].
    #[arg(long, value_name = "LEVEL", value_parser = options::confidence(), help_heading = "Rules")]
    confidence: Option<Confidence>,

    /// Exit with 1 when a finding is at least this severe [default: warning].
    #[arg(long, value_name = "LEVEL", value_parser = options::fail_on(), help_heading = "Rules")]
    fail_on: Option<FailOn>,

    /// Exit with 0 whatever is found.
    #[arg(long, help_heading = "Rules")]
    exit_zero: bool,

    /// Also report findings in tests and examples.
    #[arg(long, help_heading = "Input")]
    include_tests: bool,

    /// Read this file's text from the standard input, as an editor wants it.
    #[arg(long, value_name = "FILE", help_heading = "Input")]
    stdin_filename: Option<PathBuf>,

    /// Read the settings from this file, not from the nearest unhang.toml or pyproject.toml.
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with = "isolated",
        help_heading = "Input"
    )]
    config: Option<PathBuf>,

    /// Read no settings file.
    #[arg(long, help_heading = "Input")]
    isolated: bool,

    /// How many threads to use; 0 for one per core.
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "Input")]
    threads: usize,

    #[command(flatten)]
    fixing: Fixing,

    /// For whom the findings are written.
    #[arg(long, default_value = "full", value_parser = options::format(), help_heading = "Output")]
    format: Format,

    /// Write the findings to this file, not to the standard output.
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    output: Option<PathBuf>,

    /// Count the findings of each rule.
    #[arg(long, help_heading = "Output")]
    statistics: bool,

    /// List the calls that unhang could not judge, and why.
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

impl Check {
    /// Analyzes the paths and writes what it found.
    pub(super) fn run(&self, streams: &mut Streams) -> Result<Exit, Error> {
        pool(self.threads)?.install(|| self.check(streams))
    }

    fn check(&self, streams: &mut Streams) -> Result<Exit, Error> {
        let start = Instant::now();
        let input = self.input()?;
        let places = input.places();
        let found = discover::settings(&places, &self.configuration(), &self.overrides())?;
        let read = discover::read(&input, &found.settings)?;
        self.tell(streams, || about_input(found.file.as_deref(), &read));
        let (files, problems) = (read.files, read.problems);
        let after_reading = start.elapsed();

        let project = Project::build(read.sources, &found.settings, found.settings.catalog());
        let after_parsing = start.elapsed();
        let mut judged = self.fixing.judge(project, &found.settings);
        let after_judging = start.elapsed();
        self.tell(streams, || {
            format!(
                "read in {} ms, parsed in {} ms, judged in {} ms",
                after_reading.as_millis(),
                after_parsing.saturating_sub(after_reading).as_millis(),
                after_judging.saturating_sub(after_parsing).as_millis()
            )
        });
        judged.report.files = files;
        judged.report.problems.extend(problems);
        judged.report.problems.sort();

        let exit = self.tell_result(&judged, start, found.settings.fail_on, streams)?;
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
        Ok(Input {
            paths: self.paths.clone(),
            shadows: shadow
                .transpose()
                .map_err(Error::Input)?
                .into_iter()
                .collect(),
            threads: self.threads,
        })
    }

    fn configuration(&self) -> Configuration {
        match &self.config {
            Some(path) => Configuration::File(path.clone()),
            None if self.isolated => Configuration::Isolated,
            None => Configuration::Nearest,
        }
    }

    fn overrides(&self) -> Overrides {
        Overrides {
            select: self.select.clone(),
            ignore: self.ignore.clone(),
            preview: self.preview,
            fail_on: self.fail_on,
            confidence: self.confidence,
            include_tests: self.include_tests,
        }
    }

    /// Writes the findings, and nothing else, to where they are wanted.
    fn write(&self, result: &report::Input, streams: &mut Streams) -> Result<(), Error> {
        let style = streams.style(self.color, self.output.is_some());
        let mut out = open(self.output.as_ref(), streams)?;
        let written = report::write(result, self.format, style, &mut out);
        let written = written.and_then(|()| out.flush());
        match &self.output {
            None => unless_closed(written),
            Some(path) => written.map_err(|it| Error::file(path, it)),
        }
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

/// The calls that could not be judged, one a line.
fn unknown(report: &Report, sources: &Sources) -> String {
    let mut text = String::new();
    for label in &report.sites.unknown {
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
