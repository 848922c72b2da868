//! The shape of a hop that a user describes in the settings: a company's gateway, for example.

use serde::Deserialize;
use smol_str::SmolStr;

use super::{one_or_many, settings};
use crate::catalog::entry::Absent;
use crate::catalog::hops::{Bounds, HopLimit};
use crate::units::Millis;

/// A `[[hop]]` of the settings: an entry of the catalogue with a limit that no file of the project
/// sets, and the code that it stands in front of.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OwnHop {
    /// What messages call it: `the gateway`.
    pub name: String,
    /// How long it waits.
    pub limit: Millis,
    /// What ends when that is over.
    #[serde(default)]
    pub bounds: Ends,
    /// What it does then, as the end of a sentence: `answers 504`.
    #[serde(default)]
    pub then: Option<String>,
    /// More than this cannot be set.
    #[serde(default)]
    pub most: Option<Millis>,
    /// The modules with the applications that it hands requests to, by their dotted names; it stands
    /// in front of all routes of the project when there are none.
    #[serde(default, deserialize_with = "one_or_many")]
    pub in_front_of: Vec<SmolStr>,
    /// What else there is to know.
    #[serde(default)]
    pub note: Option<String>,
}

/// A hop that no file of the project sets up, and what it stands in front of.
#[derive(Debug)]
pub struct Gateway {
    /// Its limit, as the catalogue says those of others.
    pub limit: HopLimit,
    /// The modules with the applications behind it; all applications when there are none.
    pub in_front_of: Vec<SmolStr>,
}

/// What ends when the limit of a gateway is over.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ends {
    /// The whole answer, however it comes.
    #[default]
    Answer,
    /// The wait for the next piece of an answer, and so for all of one that comes in one piece.
    Gap,
}

impl OwnHop {
    /// The same as an entry of the catalogue.
    #[must_use]
    pub fn gateway(&self) -> Gateway {
        // A dot would divide it into a thing and one of its limits.
        let id = self.name.to_lowercase().replace([' ', '.'], "-");
        // `app.main:app`, as servers take it.
        let module = |it: &SmolStr| it.split(':').next().map(SmolStr::from);
        let limit = HopLimit {
            id: id.into(),
            name: self.name.clone(),
            title: None,
            then: self.then.clone(),
            files: Vec::new(),
            keys: Vec::new(),
            unit: "-".to_owned(),
            absent: Absent::Wait(self.limit),
            most: self.most,
            bounds: match self.bounds {
                Ends::Answer => Bounds::Answer,
                Ends::Gap => Bounds::Gap,
            },
            needs: Vec::new(),
            workers: Vec::new(),
            caught_as: None,
            settings: Vec::new(),
            measures: None,
            exceeded: format!("{} gives up", self.name),
            note: self.note.clone(),
            source: settings(),
        };
        Gateway {
            limit,
            in_front_of: self.in_front_of.iter().filter_map(module).collect(),
        }
    }
}
