//! Texts with variables in them, as the process they stand in gets them.

use smol_str::SmolStr;

use crate::model::variables::expanded;
use crate::project::environment::Given;
use crate::source::Span;

use super::Written;

/// The environment of one process; the later one wins.
pub(super) struct Variables(pub(super) Vec<Given>);

impl Variables {
    /// What the files say of a variable.
    pub(super) fn get(&self, name: &str) -> Option<&Given> {
        self.0.iter().rev().find(|it| it.name == name)
    }

    /// A text with its variables put in, and the place that decides it: of a text that is nothing but
    /// a variable, where that is set. A variable that nobody sets has its default.
    ///
    /// As it is written, when a variable comes from outside.
    pub(super) fn put_in(&self, text: &str, at: Span) -> Written {
        let lookup = |name: &str, default: Option<&str>| match self.get(name) {
            Some(given) => given.likely().cloned(),
            None => default.map(SmolStr::from),
        };
        let name = text.strip_prefix('$').map(|it| it.trim_matches(['{', '}']));
        let name = name.map(|it| it.split([':', '-']).next().unwrap_or(it));
        let given = name.and_then(|it| self.get(it));
        match expanded(text, &lookup) {
            Some(text) => Written {
                text,
                at: given.map_or(at, |it| it.at),
            },
            None => Written {
                text: text.into(),
                at,
            },
        }
    }
}
