//! The shape of what the catalogue says of timeout values: which ones a parameter does not take, what
//! removes a bound again, and the objects that stand for several timeouts at once.

use std::collections::BTreeMap;

use serde::Deserialize;
use smol_str::SmolStr;

use super::entry::{Absent, Source};

/// Kinds of values that a parameter does not take, and what becomes of a program that passes one.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Rejected {
    /// The kinds.
    pub values: Vec<ValueKind>,
    /// What happens, as the end of a sentence that begins with the value: "raises `ValueError`".
    pub effect: String,
    /// Of objects, only those of these packages in these versions; all when empty.
    #[serde(default)]
    pub made_by: BTreeMap<SmolStr, String>,
}

/// What a value is, as far as parameters tell values apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ValueKind {
    /// A string, also one out of the environment.
    Text,
    /// A tuple.
    Tuple,
    /// Any number.
    Number,
    /// A number with a fractional part.
    Fraction,
    /// Zero.
    Zero,
    /// A number below zero.
    Negative,
    /// `None`.
    None,
    /// A timeout object: `httpx.Timeout(5)`.
    Object,
}

/// An argument that removes a bound which would hold without it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LostBy {
    /// The argument; it counts when it is there and not `None`.
    pub argument: SmolStr,
    /// Arguments that keep the bound all the same, as in [`super::entry::Timeout::arguments`].
    pub unless: Vec<SmolStr>,
    /// What it does, as the end of a sentence that begins with the argument.
    pub effect: String,
    /// How long a call waits then.
    pub then: Absent,
}

/// A keyword of a method that the class takes and does not use as a timeout.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct IgnoredPerCall {
    /// The methods.
    pub methods: Vec<SmolStr>,
    /// The keyword.
    pub argument: SmolStr,
    /// What becomes of it, as the end of a sentence that begins with its name.
    pub effect: String,
    /// What to write instead.
    pub instead: String,
}

/// A limit on the time of an agent that does not reach into its steps.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct StepTimeout {
    /// The argument of the constructor.
    pub argument: SmolStr,
    /// What becomes of it, as the end of a sentence that begins with the argument.
    pub effect: String,
}

/// A class that makes graphs, and the timeouts that its methods do not take.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Graph {
    /// Every dotted path under which it can be imported.
    pub paths: Vec<SmolStr>,
    /// The distribution it comes with.
    pub package: SmolStr,
    /// The timeouts.
    pub timeout: Vec<GraphTimeout>,
    /// Where this comes from.
    pub source: Source,
}

/// A timeout that a method of a graph does not take.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GraphTimeout {
    /// The method.
    pub method: SmolStr,
    /// The keyword.
    pub argument: SmolStr,
    /// For which versions this holds, as a PEP 440 specifier.
    pub versions: String,
    /// Whether it is taken after all when the function that is passed is asynchronous.
    #[serde(default)]
    pub unless_async: bool,
    /// What happens, as the end of a sentence that begins with the argument.
    pub effect: String,
    /// What to do instead.
    pub instead: String,
}

/// A class whose objects hold several timeouts: `httpx.Timeout`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TimeoutObject {
    /// The name people write.
    pub name: SmolStr,
    /// Every dotted path under which it can be imported.
    pub paths: Vec<SmolStr>,
    /// The argument that stands for all parts that are not given, also the first positional one.
    pub default: SmolStr,
    /// The parts of which all must be given when the default is not; none when any will do.
    #[serde(default)]
    pub all_of: Vec<SmolStr>,
    /// What happens when some are missing, as the end of a sentence that begins with the call.
    #[serde(default)]
    pub effect: Option<String>,
    /// Where this comes from.
    pub source: Source,
}
