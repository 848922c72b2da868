//! How an argument is described that bounds a wait, and what happens without it.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use smol_str::SmolStr;

use crate::catalog::own::one_or_many;
use crate::catalog::timeouts::Rejected;
use crate::fact::Limit;
use crate::units::{Millis, Unit};

/// Which argument is the read timeout and what happens without it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Timeout {
    /// The arguments that set it, the one to recommend first. A dot goes into a dict or a keyword
    /// of the value: `client_kwargs.timeout`, `config.read_timeout`.
    #[serde(default, alias = "argument", deserialize_with = "one_or_many")]
    pub arguments: Vec<SmolStr>,
    /// Arguments that bound only the calls of the synchronous methods.
    #[serde(default)]
    pub sync_only: Vec<SmolStr>,
    /// Arguments that bound only the calls of the asynchronous methods.
    #[serde(default)]
    pub async_only: Vec<SmolStr>,
    /// The position of the first argument when it is written without its name, from 0.
    #[serde(default)]
    pub position: Option<usize>,
    /// Methods that take the same keyword for one call: `bind`, `invoke`.
    #[serde(default)]
    pub per_call: Vec<SmolStr>,
    /// The unit in which it counts.
    pub unit: Unit,
    /// What happens when nobody writes it.
    pub absent: Absent,
    /// What happens instead in the asynchronous methods, where these wait in another way.
    #[serde(default)]
    pub absent_async: Option<Absent>,
    /// What happens when it is `None`; the same as `absent` unless written.
    #[serde(default)]
    pub none: Option<Absent>,
    /// What happens when it is zero; unknown unless written.
    #[serde(default)]
    pub zero: Option<Absent>,
    /// What to type, when `argument=30` would be wrong; always with half a minute, for which a fix
    /// writes the time that the user wants.
    #[serde(default)]
    pub write: Option<String>,
    /// The dotted path of what has to be imported for that: `botocore.config.Config`.
    #[serde(default)]
    pub import: Option<SmolStr>,
    /// Kinds of values that it does not take.
    #[serde(default)]
    pub rejects: Vec<Rejected>,
    /// Whether the value is handed over when the object is built, so that changing it afterwards
    /// changes nothing.
    #[serde(default)]
    pub fixed: bool,
    /// Whether it bounds the whole of an asynchronous call, and not each read.
    #[serde(default)]
    pub total_async: bool,
}

impl Timeout {
    /// What happens when the argument is `None`.
    #[must_use]
    pub fn when_none(&self) -> Absent {
        self.none.unwrap_or(self.absent)
    }

    /// What a user types to bound a call by half a minute; `None` when the class cannot.
    #[must_use]
    pub fn example(&self) -> Option<String> {
        self.written(HALF_A_MINUTE)
    }

    /// What a user types to bound a call; `None` when the class cannot.
    #[must_use]
    pub fn written(&self, wait: Millis) -> Option<String> {
        let count = wait.as_code(self.unit);
        if let Some(text) = &self.write {
            return Some(text.replacen(&HALF_A_MINUTE.as_code(self.unit), &count, 1));
        }
        let argument = self.arguments.first()?;
        Some(match argument.split_once('.') {
            Some((outer, inner)) => format!("{outer}={{\"{inner}\": {count}}}"),
            None => format!("{argument}={count}"),
        })
    }
}

/// The time in every example.
const HALF_A_MINUTE: Millis = Millis(30_000);

/// Where a client is told which server to use: an address such as `redis://cache?socket_timeout=5`,
/// or an object that was given its own.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// The arguments; a number stands for a positional one.
    pub arguments: Vec<SmolStr>,
    /// How the addresses begin that lead to a network, as `postgresql` does and `sqlite` does not;
    /// empty when all do, also the one that holds when none is given.
    #[serde(default)]
    pub schemes: Vec<SmolStr>,
    /// How the addresses begin with which it raises when it is made, so that no call ever waits.
    #[serde(default)]
    pub raises: Vec<SmolStr>,
}

/// What happens without an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Absent {
    /// The call waits for ever.
    Forever,
    /// The call waits that long.
    Wait(Millis),
    /// Nobody measured it, or it depends on something we cannot see.
    Unknown,
}

impl Absent {
    /// The same as a limit on the wait.
    #[must_use]
    pub fn limit(self) -> Limit {
        match self {
            Self::Forever => Limit::Forever,
            Self::Wait(millis) => Limit::Within(millis),
            Self::Unknown => Limit::Unknown,
        }
    }
}

impl<'de> Deserialize<'de> for Absent {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Ok(match text.as_str() {
            "forever" => Self::Forever,
            "unknown" => Self::Unknown,
            other => Self::Wait(Millis::parse(other).ok_or_else(|| {
                D::Error::custom(format!(
                    "`{other}` is neither a duration such as \"600 s\" nor \"forever\" or \"unknown\""
                ))
            })?),
        })
    }
}

impl fmt::Display for Absent {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Forever => out.write_str("for ever"),
            Self::Wait(millis) => millis.fmt(out),
            Self::Unknown => out.write_str("unknown"),
        }
    }
}
