//! `unhang rule`: explains one rule, or lists all of them.

use std::io::Write as _;

use clap::{Args, ValueEnum};

use crate::docs::{self, ListFormat};
use crate::{catalog, settings};

use super::streams::Streams;
use super::{Error, Exit};

/// Explain one rule, or list all of them.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  unhang rule client-without-timeout")]
pub(super) struct Rule {
    /// The rule to explain; without it, all rules are listed.
    name: Option<String>,

    /// How to write it.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For a terminal.
    Text,
    /// For a web page.
    Markdown,
    /// For a program.
    Json,
}

impl Rule {
    /// Writes the page of a rule, or the list.
    pub(super) fn run(&self, streams: &mut Streams) -> Result<Exit, Error> {
        let text = match &self.name {
            None => docs::rule_list(catalog::bundled(), self.format.into()),
            Some(name) => self.page(name)?,
        };
        let mut out = streams.out();
        let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        super::check::unless_closed(written)?;
        Ok(Exit::Clean)
    }

    fn page(&self, name: &str) -> Result<String, Error> {
        let catalog = catalog::bundled();
        let Some((name, rule)) = catalog.rule(name) else {
            let names = catalog.rules.keys().map(String::as_str);
            let help = match settings::nearest(name, names) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => "`unhang rule` lists all rules".to_owned(),
            };
            let name = name.to_owned();
            return Err(Error::NoRule { name, help });
        };
        Ok(match self.format {
            Format::Json => docs::rule_json(name, rule),
            Format::Text | Format::Markdown => docs::rule_page(name, rule, docs::examples()),
        })
    }
}

impl From<Format> for ListFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Text => Self::Text,
            Format::Markdown => Self::Markdown,
            Format::Json => Self::Json,
        }
    }
}
