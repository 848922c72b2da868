//! `unhang facts`: what unhang knows of a client, a library or a hop.

use std::io::Write as _;

use clap::{Args, ValueEnum};

use crate::{catalog, docs, settings};

use super::streams::Streams;
use super::{Error, Exit};

/// Show what unhang knows of a client, an HTTP library, or a server, proxy or platform in front.
///
/// Which argument is the timeout and in which unit, what happens without it, what looks like one
/// and is none, how often a failed request is repeated, for which versions, and how it was verified.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  unhang facts ChatOpenAI
  unhang facts langchain_ollama.ChatOllama --format json
  unhang facts gunicorn
  unhang facts proxy_read_timeout")]
pub(super) struct Facts {
    /// A class or function, by its bare name or its import path, or a hop, by its name or by a key
    /// that sets its limit; without it, all are listed.
    name: Option<String>,

    /// How to write it.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// For a program.
    Json,
}

impl Facts {
    /// Writes the pages of a name, or the list.
    pub(super) fn run(&self, streams: &mut Streams) -> Result<Exit, Error> {
        let catalog = catalog::bundled();
        let text = match (&self.name, self.format) {
            (None, Format::Text) => docs::facts_list(catalog),
            (None, Format::Json) => docs::facts_list_json(catalog),
            (Some(name), format) => pages(name, format)?,
        };
        let mut out = streams.out();
        let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        super::check::unless_closed(written)?;
        Ok(Exit::Clean)
    }
}

fn pages(name: &str, format: Format) -> Result<String, Error> {
    let catalog = catalog::bundled();
    let topics = docs::topics_named(catalog, name);
    if topics.is_empty() {
        return Err(unknown(name));
    }
    if format == Format::Json {
        return Ok(docs::facts_json(catalog, &topics));
    }
    let all: Vec<String> = topics
        .iter()
        .map(|it| docs::facts_page(catalog, it))
        .collect();
    Ok(all.join("\n"))
}

/// The error for a name that stands for nothing, with the one that may be meant.
fn unknown(name: &str) -> Error {
    let topics = docs::topics(catalog::bundled());
    let last = name.rsplit('.').next().unwrap_or(name);
    let lower: Vec<String> = topics.iter().map(|it| it.name().to_lowercase()).collect();
    let meant = settings::nearest(last, lower.iter().map(String::as_str));
    let meant = meant.and_then(|it| topics.iter().find(|own| own.name().to_lowercase() == it));
    Error::NoFacts {
        name: name.to_owned(),
        help: match meant {
            Some(meant) => format!("did you mean `{}`?", meant.name()),
            None => "`unhang facts` lists all names".to_owned(),
        },
    }
}
