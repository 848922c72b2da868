//! `unhang budget`: how long each entry point can take, and who gives up on it first.

use std::io::Write as _;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::discover;
use crate::project::Project;
use crate::project::budgets::Budget;
use crate::project::work::WhatIf;
use crate::report::{self, BudgetFormat};
use crate::settings::Overrides;

use super::options::Color;
use super::streams::Streams;
use super::{Error, Exit};

/// Show how long each entry point can take, and who gives up first.
///
/// An entry point is a route, a task, a handler, a callback or a program. Its budget is what it waits
/// for when every model and server behind it stalls: timeouts, retries with their pauses, rounds of
/// agents. Beside it stand the limits of the servers and proxies in front of it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  unhang budget
  unhang budget /ask
  unhang budget --set ChatOpenAI.timeout=20 --set gunicorn.timeout=120
  unhang budget --format json")]
pub(super) struct ShowBudget {
    /// Only entry points whose name holds this text; without it, all of them.
    route: Option<String>,

    /// The project.
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    project: PathBuf,

    /// How to write it.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,

    /// Try out a number without writing it into a file; can be repeated.
    #[arg(long = "set", value_name = "NAME.SETTING=VALUE")]
    settings: Vec<String>,

    /// When to use colors.
    #[arg(long, value_enum, default_value = "auto")]
    color: Color,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// For a program.
    Json,
}

impl ShowBudget {
    /// Writes the budgets of a project.
    pub(super) fn run(&self, streams: &mut Streams) -> Result<Exit, Error> {
        let mut what_if = WhatIf::default();
        for text in &self.settings {
            what_if.add(text)?;
        }
        let places = [self.project.clone()];
        let flags = Overrides::default();
        let found = discover::settings(&places, &discover::Configuration::Nearest, &flags)?;
        let input = discover::Input {
            paths: places.to_vec(),
            shadows: Vec::new(),
            threads: 0,
        };
        let read = discover::read(&input, &found.settings)?;
        let project = Project::build(read.sources, &found.settings, found.settings.catalog());
        let budgets = project.budgets(&what_if);
        let named = |it: &Budget| match &self.route {
            Some(text) => it.entry.name.contains(text.as_str()),
            None => true,
        };
        let budgets: Vec<Budget> = budgets.into_iter().filter(named).collect();
        let style = streams.style(self.color, false);
        let format = match self.format {
            Format::Text => BudgetFormat::Text,
            Format::Json => BudgetFormat::Json,
        };
        let mut out = streams.out();
        let written = report::write_budgets(&budgets, project.sources(), format, style, &mut out);
        super::check::unless_closed(written.and_then(|()| out.flush()))?;
        Ok(Exit::Clean)
    }
}
