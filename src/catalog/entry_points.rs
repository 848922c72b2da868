//! Where frameworks enter an application: the shape of `rules/entry_points/*.toml`.

use std::collections::BTreeMap;

use serde::Deserialize;
use smol_str::SmolStr;

use super::entry::Source;

/// A file of `rules/entry_points/`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct EntryPointFile {
    /// The frameworks.
    pub framework: Vec<Framework>,
}

/// A framework, and how code is told that it enters there.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Framework {
    /// How people know it.
    pub name: String,
    /// What enters there.
    pub kind: EntryKind,
    /// Classes and functions whose objects register functions with their methods.
    #[serde(default)]
    pub classes: Vec<SmolStr>,
    /// Methods of such objects that are decorators, with the word that stands before the path:
    /// `post = "POST"`.
    #[serde(default)]
    pub methods: BTreeMap<SmolStr, String>,
    /// Whether these methods, called with a path that begins with a slash, mean the same on an
    /// object that nobody knows.
    #[serde(default)]
    pub by_path: bool,
    /// The argument of a class that stands before the paths of its routes.
    #[serde(default)]
    pub prefix: Option<SmolStr>,
    /// Decorators, by their dotted paths.
    #[serde(default)]
    pub decorators: Vec<SmolStr>,
    /// Calls that register a function or a runnable.
    #[serde(default)]
    pub call: Vec<Registration>,
    /// Functions that a platform calls by their names.
    #[serde(default)]
    pub functions: Vec<SmolStr>,
    /// How many parameters such a function has.
    #[serde(default)]
    pub parameters: usize,
    /// What answers piece by piece: the names of functions and classes.
    #[serde(default)]
    pub streaming: Vec<SmolStr>,
    /// A module of which an importing file is a script that runs from top to bottom.
    #[serde(default)]
    pub script: Option<SmolStr>,
    /// How it is known.
    pub source: Source,
}

/// What enters an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EntryKind {
    /// A request that somebody waits for.
    Route,
    /// A task of a queue.
    Task,
    /// A call of a platform that counts its time.
    Function,
    /// An event of a user interface.
    Callback,
    /// A call of a tool by a client of the Model Context Protocol.
    Tool,
    /// A program that somebody starts.
    Program,
}

/// A call that registers a function or a runnable.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Registration {
    /// The dotted paths of the function or class that is called.
    #[serde(default)]
    pub paths: Vec<SmolStr>,
    /// The name of a method of the framework's objects.
    #[serde(default)]
    pub method: Option<SmolStr>,
    /// What takes the path: a name and a position.
    #[serde(default)]
    pub path: Option<(SmolStr, usize)>,
    /// What takes the function: a name and a position.
    pub handler: (SmolStr, usize),
    /// The word that stands before the path.
    #[serde(default)]
    pub verb: Option<String>,
}
