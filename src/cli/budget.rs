//! `unhang budget`: how long each entry point can take, and who gives up on it first.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::catalog::Catalog;
use crate::catalog::entry_points::EntryKind;
use crate::discover;
use crate::project::Project;
use crate::project::budgets::Budget;
use crate::project::work::WhatIf;
use crate::report::{self, BudgetFormat, BudgetView, Links};
use crate::settings::{self, Overrides};

use super::options::Color;
use super::streams::Streams;
use super::{Error, Exit};

/// How many names an error lists at most.
const NAMES: usize = 8;

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
  unhang budget --format html --output budget.html
  unhang budget /ask --format svg --output docs/ask.svg
  unhang budget --format json")]
pub(super) struct ShowBudget {
    /// Only the entry point with this name or path, or else those whose names hold this text.
    route: Option<String>,

    /// The project.
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    project: PathBuf,

    /// How to write it.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,

    /// Write to a file instead of the standard output.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Try out a number without writing it into a file; can be repeated.
    #[arg(long = "set", value_name = "NAME.SETTING=VALUE")]
    settings: Vec<String>,

    /// When to use colours.
    #[arg(long, value_enum, default_value = "auto")]
    color: Color,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// For a program.
    Json,
    /// A page for a browser, which needs nothing else.
    Html,
    /// A picture for a README or a pull request.
    Svg,
}

impl ShowBudget {
    /// Writes the budgets of a project.
    pub(super) fn run(&self, streams: &mut Streams) -> Result<Exit, Error> {
        let mut what_if = WhatIf::default();
        for text in &self.settings {
            what_if.add(text)?;
        }
        let project = self.read()?;
        let mut budgets = project.budgets(&what_if);
        if budgets.is_empty() {
            streams.note(&nothing_found(project.catalog));
        } else {
            all_used(&what_if)?;
            if let Some(name) = &self.route {
                budgets = named(budgets, name)?;
            }
        }
        let view = BudgetView {
            format: match self.format {
                Format::Text => BudgetFormat::Text,
                Format::Json => BudgetFormat::Json,
                Format::Html => BudgetFormat::Html,
                Format::Svg => BudgetFormat::Svg,
            },
            all_details: self.route.is_some(),
            style: streams.style(self.color, self.output.is_some()),
            links: Links {
                prefix: self
                    .output
                    .as_deref()
                    .and_then(way_back)
                    .unwrap_or_default(),
            },
        };
        super::put(self.output.as_ref(), streams, |out| {
            report::write_budgets(&budgets, project.sources(), &view, out)
        })?;
        Ok(Exit::Clean)
    }

    fn read(&self) -> Result<Project, Error> {
        let places = [self.project.clone()];
        let flags = Overrides::default();
        let found = discover::settings(&places, &discover::Configuration::Nearest, &flags)?;
        let input = discover::Input {
            paths: places.to_vec(),
            shadows: Vec::new(),
            threads: 0,
        };
        let read = discover::read(&input, &found.settings)?;
        let catalog = found.settings.catalog();
        Ok(Project::build(read.sources, &found.settings, catalog))
    }
}

/// The way from the folder of a file to the folder unhang runs in, with a slash at its end;
/// `None` when there is none, as between two drives.
fn way_back(file: &Path) -> Option<String> {
    let here = std::env::current_dir().ok()?;
    let file = std::path::absolute(file).ok()?;
    let there = file.parent()?;
    let shared = here.ancestors().find(|it| there.starts_with(it))?;
    let up = there.strip_prefix(shared).ok()?.components().map(|_| "..");
    let down = here.strip_prefix(shared).ok()?.components();
    let down = down.map(|it| it.as_os_str().to_string_lossy().into_owned());
    let way = up.map(str::to_owned).chain(down);
    Some(way.map(|it| it + "/").collect())
}

/// The entry points that a name means: those that have it, or else those that hold it.
fn named(budgets: Vec<Budget>, name: &str) -> Result<Vec<Budget>, Error> {
    let wanted = name.to_lowercase();
    let exact = |own: &str| own == wanted || path(own) == wanted;
    let is_exact = |it: &Budget| exact(&it.entry.name.to_lowercase());
    let some_exact = budgets.iter().any(is_exact);
    let names: Vec<String> = budgets.iter().map(|it| it.entry.name.clone()).collect();
    let (means, _): (Vec<_>, Vec<_>) = budgets.into_iter().partition(|it| {
        is_exact(it) || !some_exact && it.entry.name.to_lowercase().contains(&wanted)
    });
    if means.is_empty() {
        let candidates = names.iter().flat_map(|it| [it.as_str(), path(it)]);
        let help = meant(name, candidates, &names);
        let name = name.to_owned();
        return Err(Error::NoEntryPoint { name, help });
    }
    Ok(means)
}

/// `/ask` of `POST /ask`.
fn path(name: &str) -> &str {
    name.rsplit(' ').next().unwrap_or(name)
}

/// Refuses numbers to be tried out that nothing depends on.
fn all_used(what_if: &WhatIf) -> Result<(), Error> {
    let Some(name) = what_if.unused().into_iter().next() else {
        return Ok(());
    };
    let asked = what_if.asked();
    let help = meant(&name, asked.iter().map(String::as_str), &asked);
    Err(Error::Unused { name, help })
}

/// What somebody may have meant, or else what there is.
fn meant<'c>(name: &str, candidates: impl Iterator<Item = &'c str>, all: &[String]) -> String {
    let plain = |it: &str| it.to_lowercase().replace('_', "-");
    let candidates: Vec<(String, &str)> = candidates.map(|it| (plain(it), it)).collect();
    let nearest = settings::nearest(name, candidates.iter().map(|it| it.0.as_str()));
    let found = nearest.and_then(|near| candidates.iter().find(|it| it.0 == near));
    if let Some((_, name)) = found {
        return format!("did you mean `{name}`?");
    }
    let names = all.iter().take(NAMES).map(|it| format!("`{it}`"));
    let names: Vec<String> = names.collect();
    let more = if all.len() > NAMES { ", …" } else { "" };
    format!("there are {}{more}", names.join(", "))
}

/// What was looked for in vain, and what to do.
fn nothing_found(catalog: &Catalog) -> String {
    let mut frameworks: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for it in &catalog.frameworks {
        let names = frameworks.entry(plural(it.kind)).or_default();
        if !names.contains(&it.name.as_str()) {
            names.push(&it.name);
        }
    }
    let lines = frameworks.iter().map(|(kind, names)| {
        let names = names.join(", ");
        format!("  {kind}: {names}\n")
    });
    let lines: String = lines.collect();
    format!(
        "No entry point was found that waits for a model or a server. unhang looked for\n{lines}\
         in files that use LangChain or LangGraph, and in what these import. \
         `--project` says where the application lies; \
         a client of your own is described in `unhang.toml` under `[[client]]`."
    )
}

fn plural(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::Route => "routes",
        EntryKind::Task => "tasks",
        EntryKind::Function => "functions of a platform",
        EntryKind::Callback => "callbacks of a user interface",
        EntryKind::Tool => "tools",
        EntryKind::Program => "programs",
        EntryKind::Graph => "graphs of a LangGraph server",
    }
}
