//! The shape of what makes tools of an agent, as a user describes it in the settings.

use serde::Deserialize;
use smol_str::SmolStr;

use super::{packages, settings};
use crate::catalog::tools::ToolMaker;

/// A `[[tool]]` of the settings: an entry of the catalogue, of which less has to be said.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OwnTool {
    /// The name people use for it; the first path unless written.
    #[serde(default)]
    pub name: Option<String>,
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
}

impl OwnTool {
    /// The dotted paths, the first one first.
    pub fn all_paths(&self) -> impl Iterator<Item = &SmolStr> {
        let all = self.decorators.iter().chain(&self.classes);
        all.chain(&self.bases).chain(&self.calls)
    }

    /// A key without which another one has no effect, where it is missing: the other one, and it.
    #[must_use]
    pub fn missing(&self) -> Option<(&'static str, &'static str)> {
        let given = self.functions.iter().chain(&self.lists);
        let pairs = [
            (
                &self.classes,
                self.decorator_methods.is_empty(),
                "classes",
                "decorator-methods",
            ),
            (&self.bases, self.methods.is_empty(), "bases", "methods"),
            (&self.calls, given.count() == 0, "calls", "functions"),
        ];
        let mut missing = pairs.into_iter().filter(|it| !it.0.is_empty() && it.1);
        missing.next().map(|it| (it.2, it.3))
    }

    /// The packages to look for in imports.
    pub fn packages(&self) -> impl Iterator<Item = SmolStr> {
        packages(self.all_paths())
    }

    /// The same as an entry of the catalogue.
    #[must_use]
    pub fn entry(&self) -> ToolMaker {
        let first = || self.all_paths().next().map(ToString::to_string);
        ToolMaker {
            name: self.name.clone().or_else(first).unwrap_or_default(),
            package: self.packages().next().unwrap_or_default(),
            decorators: self.decorators.clone(),
            classes: self.classes.clone(),
            decorator_methods: self.decorator_methods.clone(),
            bases: self.bases.clone(),
            methods: self.methods.clone(),
            calls: self.calls.clone(),
            functions: self.functions.clone(),
            lists: self.lists.clone(),
            source: settings(),
        }
    }
}
