//! The shape of `rules/tools/`: how functions become tools of an agent, and what waits in them.

use std::collections::BTreeMap;

use serde::Deserialize;
use smol_str::SmolStr;

use super::entry::Source;

/// `rules/tools/<package>.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToolFile {
    /// What makes a tool of a function.
    #[serde(default)]
    pub tool: Vec<ToolMaker>,
    /// What waits for another program.
    #[serde(default)]
    pub process: Vec<Process>,
    /// What runs whatever a model writes.
    #[serde(default)]
    pub runner: Vec<Runner>,
}

impl ToolFile {
    /// Joins what another file lists.
    pub fn add(&mut self, other: Self) {
        self.tool.extend(other.tool);
        self.process.extend(other.process);
        self.runner.extend(other.runner);
    }

    /// Whether a decorator of that name may make a tool: by a name that holds one of those that are
    /// known, so that most aliases do as well.
    #[must_use]
    pub fn may_decorate(&self, name: &str) -> bool {
        let mut makers = self.tool.iter();
        makers.any(|it| {
            let paths = it.decorators.iter().filter_map(|it| it.rsplit('.').next());
            let methods = it.decorator_methods.iter().map(SmolStr::as_str);
            paths.chain(methods).any(|own| name.contains(own))
        })
    }
}

/// What makes a tool of a function.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ToolMaker {
    /// The name people use for it.
    pub name: String,
    /// The distribution it comes with.
    pub package: SmolStr,
    /// Dotted paths of decorators.
    #[serde(default)]
    pub decorators: Vec<SmolStr>,
    /// Dotted paths of classes with methods that decorate.
    #[serde(default)]
    pub classes: Vec<SmolStr>,
    /// These methods.
    #[serde(default)]
    pub decorator_methods: Vec<SmolStr>,
    /// Dotted paths of classes that a tool extends.
    #[serde(default)]
    pub bases: Vec<SmolStr>,
    /// The methods of such a class that are run.
    #[serde(default)]
    pub methods: Vec<SmolStr>,
    /// Dotted paths of functions and classes that are handed a function.
    #[serde(default)]
    pub calls: Vec<SmolStr>,
    /// Their arguments that are such a function; a number stands for a positional one.
    #[serde(default)]
    pub functions: Vec<SmolStr>,
    /// Their arguments that list several.
    #[serde(default)]
    pub lists: Vec<SmolStr>,
    /// Where this comes from.
    pub source: Source,
}

/// What waits for another program.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Process {
    /// The name people use for it.
    pub name: String,
    /// Dotted paths of functions that start a program and wait for it.
    pub functions: Vec<SmolStr>,
    /// The dotted path of the class of a running program.
    pub class: SmolStr,
    /// The methods of that class that wait, with the position of the argument that bounds it.
    pub methods: BTreeMap<SmolStr, usize>,
    /// The argument that bounds the wait.
    pub timeout: SmolStr,
    /// Functions that end any wait of the process from outside.
    #[serde(default)]
    pub interrupts: Vec<SmolStr>,
    /// Methods of that class after which it waits no longer than the system needs to end a program.
    #[serde(default)]
    pub ends: Vec<SmolStr>,
    /// What to type.
    pub write: String,
    /// Where this comes from.
    pub source: Source,
}

/// A class of a library that runs what a model writes, and waits until that ends by itself.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Runner {
    /// The name people use for it.
    pub name: SmolStr,
    /// The distribution it comes with.
    pub package: SmolStr,
    /// Every dotted path under which it can be imported.
    pub paths: Vec<SmolStr>,
    /// Whether agents get it as it is.
    #[serde(default)]
    pub is_tool: bool,
    /// Methods that run something.
    pub methods: Vec<SmolStr>,
    /// The argument of these methods that bounds the run, and its position; none has one without it.
    #[serde(default)]
    pub timeout: Option<(SmolStr, usize)>,
    /// Arguments of the class with which nobody knows what it does.
    #[serde(default)]
    pub unless: Vec<SmolStr>,
    /// What does not end, for the message: "a command".
    pub runs: String,
    /// What to do about it.
    pub help: String,
    /// Where this comes from.
    pub source: Source,
}
