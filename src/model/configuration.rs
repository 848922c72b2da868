//! One configuration file: in which format it is written, and what it says.

use std::ops::Range;

use crate::source::Format;
use crate::syntax::tree::Tree;
use crate::syntax::{dotenv, json, toml, yaml};

/// Names of files in a format that means many things, by which a tool finds its own.
const NAMES: &[&str] = &[
    "app.json",
    "chart.yaml",
    "dockerrun.aws.json",
    "fly.toml",
    "host.json",
    "hypercorn.toml",
    "kustomization.yaml",
    "kustomization.yml",
    "langgraph.json",
    "railway.json",
    "railway.toml",
    "render.yaml",
    "serverless.yaml",
    "serverless.yml",
    "traefik.toml",
    "vercel.json",
];

/// What a text says that tells a deployment's format, whatever the file is called: all the words of
/// one line.
const WORDS: &[&[&str]] = &[
    &["apiVersion:", "kind:"],
    &["services:"],
    &["AWS::"],
    &["static_resources:"],
    &["entryPoints:"],
    &["runtime:", "entrypoint:"],
    &["\"containerDefinitions\""],
];

/// What one configuration file says.
#[derive(Debug)]
pub enum Configuration {
    /// Scalars, lists and maps.
    Tree(Tree),
}

impl Configuration {
    /// Reads a text.
    #[must_use]
    pub fn read(format: Format, text: &str) -> Self {
        match format {
            Format::Dotenv => Self::Tree(dotenv::parse(text)),
            Format::Json => Self::Tree(json::parse(text)),
            Format::Toml => Self::Tree(toml::parse(text)),
            Format::Yaml => Self::Tree(yaml::parse(text)),
        }
    }

    /// The tree of a format that has one.
    #[must_use]
    pub fn tree(&self) -> Option<&Tree> {
        match self {
            Self::Tree(tree) => Some(tree),
        }
    }

    /// The comments in their order.
    #[must_use]
    pub fn comments(&self) -> &[Range<u32>] {
        match self {
            Self::Tree(tree) => &tree.comments,
        }
    }

    /// The smallest entry or directive that holds an offset; `None` between them.
    #[must_use]
    pub fn statement_at(&self, at: u32) -> Option<Range<u32>> {
        match self {
            Self::Tree(tree) => tree.statement_at(at),
        }
    }

    /// Where reading stopped, and why.
    #[must_use]
    pub fn fault(&self) -> Option<&(u32, String)> {
        match self {
            Self::Tree(tree) => tree.fault.as_ref(),
        }
    }
}

/// The format of a file, told by its name; `None` for a file that is no configuration.
#[must_use]
pub fn format(file_name: &str) -> Option<Format> {
    let name = file_name.to_ascii_lowercase();
    let (stem, extension) = name.rsplit_once('.').unwrap_or((&name, ""));
    if name.starts_with(".env") && (name.len() == 4 || name.as_bytes()[4] == b'.') {
        return (extension != "py").then_some(Format::Dotenv);
    }
    match extension {
        "env" if !stem.is_empty() => Some(Format::Dotenv),
        "json" => Some(Format::Json),
        "toml" => Some(Format::Toml),
        "yaml" | "yml" => Some(Format::Yaml),
        _ => None,
    }
}

/// Whether a file is about how something is deployed, as opposed to data in the same format.
#[must_use]
pub fn is_deployment(file_name: &str, format: Format, text: &str) -> bool {
    let name = file_name.to_ascii_lowercase();
    let says = |words: &&[&str]| {
        let mut words = words.iter();
        words.all(|it| memchr::memmem::find(text.as_bytes(), it.as_bytes()).is_some())
    };
    match format {
        Format::Dotenv => true,
        Format::Json | Format::Toml | Format::Yaml => {
            let values = format == Format::Yaml && name.starts_with("values");
            values || NAMES.contains(&name.as_str()) || WORDS.iter().any(says)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_told_by_the_name() {
        let check = |name: &str, expected| assert_eq!(format(name), expected, "{name}");
        check(".env", Some(Format::Dotenv));
        check(".env.production", Some(Format::Dotenv));
        check("api.env", Some(Format::Dotenv));
        check(".envrc", None);
        check("environment", None);
        check("compose.yaml", Some(Format::Yaml));
        check("langgraph.json", Some(Format::Json));
        check("notes.md", None);
    }

    #[test]
    fn data_in_the_same_format_is_no_deployment() {
        assert!(is_deployment(
            "x.yaml",
            Format::Yaml,
            "kind: Pod\napiVersion: v1\n"
        ));
        assert!(is_deployment("vercel.json", Format::Json, "{}"));
        assert!(!is_deployment(
            "strings.yaml",
            Format::Yaml,
            "title: hello\n"
        ));
        assert!(!is_deployment("data.json", Format::Json, "[1, 2]"));
    }
}
