//! How a library is described that sends requests.

use serde::Deserialize;
use smol_str::SmolStr;

use super::{Source, Timeout, yes};
use crate::catalog::timeouts::Rejected;

/// Functions, or a class with methods, that send one request each.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Http {
    /// The name people write.
    pub name: SmolStr,
    /// The distribution it comes with; `python` for the standard library.
    pub package: SmolStr,
    /// For which versions of it this entry holds.
    pub versions: String,
    /// Dotted paths of functions that send a request.
    #[serde(default)]
    pub functions: Vec<SmolStr>,
    /// Dotted paths of classes, or of functions that make an instance.
    #[serde(default)]
    pub classes: Vec<SmolStr>,
    /// The methods of these classes that send a request.
    #[serde(default)]
    pub methods: Vec<SmolStr>,
    /// The argument of the function or method.
    pub timeout: Timeout,
    /// The argument of the constructor that sets it for every call.
    #[serde(default)]
    pub constructor: Option<SmolStr>,
    /// Whether a call keeps its thread until the answer is there; not so where it is awaited.
    #[serde(default = "yes")]
    pub blocks: bool,
    /// Kinds of values that the constructor does not take.
    #[serde(default)]
    pub constructor_rejects: Vec<Rejected>,
    /// Whether what answers is a model, so that a long wait counts like a client's.
    #[serde(default)]
    pub model: bool,
    /// Methods after which every call may be bounded, as `session.mount(adapter)` does.
    #[serde(default)]
    pub may_bound: Vec<SmolStr>,
    /// Functions that bound every call of the process when they are called anywhere.
    #[serde(default)]
    pub bounded_by: Vec<SmolStr>,
    /// Methods of the same object without which a call only listens, and waits for nobody's answer.
    #[serde(default)]
    pub answers: Vec<SmolStr>,
    /// Whether it sends a request only when its first argument is an address.
    #[serde(default)]
    pub needs_address: bool,
    /// How generated classes are named whose methods all send a request: the end of their module's
    /// name, and of their own.
    #[serde(default)]
    pub generated: Option<(SmolStr, SmolStr)>,
    /// Where this comes from.
    pub source: Source,
}
