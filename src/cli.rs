//! Arguments and commands, and what becomes of the process.

mod answering;
mod baseline;
mod budget;
mod check;
mod facts;
mod fixing;
mod init;
mod judging;
mod manual;
mod news;
mod options;
mod rule;
mod server;
mod streams;

use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use miette::Diagnostic;

use crate::discover;
use streams::Streams;

const EXAMPLES: &str = "\
Examples:
  unhang                          check the current folder
  unhang check app/chain.py       report on one file, knowing its whole project
  unhang check --format json      the same for a program
  unhang baseline                 write down what is known, to hear only of what is new
  unhang check --diff --unsafe-fixes
                                  show what could be fixed by machine
  unhang budget                   how long each route can take, and who gives up first
  unhang rule                     list all rules
  unhang rule client-without-timeout
  unhang facts ChatOllama         what is known of a client
  unhang server                   the language server, as editors start it";

/// Deeply nested code needs deep recursion, and 2 MB are too few for ten thousand brackets.
const STACK: usize = 8 * 1024 * 1024;

/// Finds the calls that can hang in LangChain and LangGraph applications.
///
/// unhang reads Python and the files with which it is deployed, and runs none of them. Without a
/// command it checks the current folder.
///
/// Exit status: 0 nothing to complain about, 1 findings, 2 unhang could not do its work.
#[derive(Debug, Parser)]
#[command(
    name = "unhang",
    version,
    args_conflicts_with_subcommands = true,
    after_help = EXAMPLES
)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    check: check::Check,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(check::Check),
    Budget(budget::ShowBudget),
    Baseline(baseline::WriteBaseline),
    Rule(rule::Rule),
    Facts(facts::Facts),
    Server(server::Server),
    Init(init::Init),
    Completions(manual::Completions),
    Man(manual::Man),
}

/// How a run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exit {
    /// Nothing to complain about.
    Clean,
    /// At least one finding is as severe as `--fail-on` says.
    Findings,
    /// The work could not be done.
    Failed,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Clean => 0,
            Exit::Findings => 1,
            Exit::Failed => 2,
        })
    }
}

/// Why a command could not do its work.
#[derive(Debug, thiserror::Error, Diagnostic)]
enum Error {
    #[error(transparent)]
    #[diagnostic(transparent)]
    Discover(#[from] discover::Error),
    #[error("there is no rule named `{name}`")]
    #[diagnostic(code(cli::rule))]
    NoRule {
        name: String,
        #[help]
        help: String,
    },
    #[error("nothing is known of `{name}`")]
    #[diagnostic(code(cli::facts))]
    NoFacts {
        name: String,
        #[help]
        help: String,
    },
    #[error("there is no entry point like `{name}`")]
    #[diagnostic(code(cli::budget))]
    NoEntryPoint {
        name: String,
        #[help]
        help: String,
    },
    #[error("`--set {name}` changes nothing, because no entry point waits for it")]
    #[diagnostic(code(cli::set))]
    Unused {
        name: String,
        #[help]
        help: String,
    },
    #[error(transparent)]
    #[diagnostic(code(cli::set))]
    WhatIf(#[from] crate::project::work::BadSetting),
    #[error(transparent)]
    #[diagnostic(transparent)]
    Changes(#[from] discover::changes::Error),
    #[error("cannot use the baseline `{path}`: {reason}")]
    #[diagnostic(
        code(cli::baseline),
        help("`unhang baseline` writes it anew once it is out of the way")
    )]
    Baseline { path: String, reason: String },
    #[error("cannot write {to}: {reason}")]
    #[diagnostic(code(cli::output))]
    Output { to: String, reason: io::Error },
    #[error("some suppressions could not be written:{0}")]
    #[diagnostic(code(cli::suppress), help("all others are in their files"))]
    Unanswered(String),
    #[error("some fixes could not be written:{0}")]
    #[diagnostic(code(cli::fix), help("all other fixes are in their files"))]
    Unfixed(String),
    #[error("cannot read the standard input: {0}")]
    #[diagnostic(code(cli::input))]
    Input(io::Error),
    #[error("cannot start threads: {0}")]
    #[diagnostic(code(cli::threads), help("try a smaller number for `--threads`"))]
    Threads(rayon::ThreadPoolBuildError),
}

impl Error {
    fn file(path: &std::path::Path, reason: io::Error) -> Self {
        Self::Output {
            to: format!("`{}`", path.display()),
            reason,
        }
    }
}

/// Runs the program with the arguments of the process.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // `unhang --help | head` closes the pipe early, which is nobody's mistake.
            let _ = error.print();
            return if error.use_stderr() {
                Exit::Failed
            } else {
                Exit::Clean
            }
            .into();
        }
    };
    let mut streams = Streams::standard();
    // A bug in a worker must not look like a clean run. The message is printed where it happens.
    let result = catch_unwind(AssertUnwindSafe(|| arguments.run(&mut streams)));
    let exit = match result {
        Ok(Ok(exit)) => exit,
        Ok(Err(error)) => {
            streams.complain(&error);
            Exit::Failed
        }
        Err(_) => {
            streams.note("unhang has a bug: please report the message above, this run is void");
            Exit::Failed
        }
    };
    exit.into()
}

impl Arguments {
    fn run(self, streams: &mut Streams) -> Result<Exit, Error> {
        match self.command {
            None => self.check.run(streams),
            Some(Command::Check(check)) => check.run(streams),
            Some(Command::Budget(budget)) => budget.run(streams),
            Some(Command::Baseline(baseline)) => baseline.run(streams),
            Some(Command::Rule(rule)) => rule.run(streams),
            Some(Command::Facts(facts)) => facts.run(streams),
            Some(Command::Server(server)) => server.run(),
            Some(Command::Init(init)) => init.run(streams),
            Some(Command::Completions(completions)) => completions.run(streams),
            Some(Command::Man(_)) => manual::man(streams),
        }
    }
}

/// The threads that work; 0 for one per core.
fn pool(threads: usize) -> Result<rayon::ThreadPool, Error> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .stack_size(STACK)
        .build()
        .map_err(Error::Threads)
}

/// Writes a result to a file, or to the standard output.
fn put(
    output: Option<&PathBuf>,
    streams: &mut Streams,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Error> {
    let mut out = open(output, streams)?;
    let written = write(&mut out).and_then(|()| out.flush());
    match output {
        None => check::unless_closed(written),
        Some(path) => written.map_err(|it| Error::file(path, it)),
    }
}

/// Where a result goes.
fn open<'s>(
    output: Option<&PathBuf>,
    streams: &'s mut Streams,
) -> Result<Box<dyn Write + Send + 's>, Error> {
    match output {
        None => Ok(Box::new(streams.out())),
        Some(path) => {
            let file = std::fs::File::create(path).map_err(|it| Error::file(path, it))?;
            Ok(Box::new(io::BufWriter::new(file)))
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_do_not_contradict_each_other() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_plain_call_takes_the_options_of_check() {
        let arguments = Arguments::try_parse_from(["unhang", "--quiet", "app"]);
        assert!(arguments.is_ok_and(|it| it.command.is_none()));
    }
}
