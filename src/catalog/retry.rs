//! The shape of the entries in `rules/retries/`: what calls again, how often, with which pauses, after what.

use serde::Deserialize;
use smol_str::SmolStr;

use super::entry::Source;
use crate::units::Unit;

/// `rules/retries/<library>.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetryFile {
    /// What calls again.
    #[serde(default)]
    pub retry: Vec<Retry>,
    /// Objects that say when it ends: `stop_after_attempt(3)`.
    #[serde(default)]
    pub stop: Vec<Stop>,
    /// Objects that say how it pauses: `wait_exponential(max=10)`.
    #[serde(default)]
    pub wait: Vec<Wait>,
    /// Objects that say after what it calls again: `retry_if_exception_type(OSError)`.
    #[serde(default)]
    pub predicate: Vec<Predicate>,
    /// What clients raise.
    #[serde(default)]
    pub raises: Vec<Raises>,
}

/// What the clients of some packages never raise.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Raises {
    /// The distributions.
    pub packages: Vec<SmolStr>,
    /// Exceptions of Python, or packages all of whose exceptions stay inside the client.
    pub never: Vec<SmolStr>,
    /// Where this comes from.
    pub source: Source,
}

impl Raises {
    /// Whether an exception, by its dotted path, never leaves such a client.
    #[must_use]
    pub fn never_raises(&self, path: &str) -> bool {
        let package = path.split('.').next().unwrap_or(path);
        self.never.iter().any(|it| it == path || it == package)
    }
}

/// A decorator, object or method that calls again after a failure.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Retry {
    /// The name people write.
    pub name: SmolStr,
    /// The distribution it comes with.
    pub package: SmolStr,
    /// For which versions of it this entry holds.
    pub versions: String,
    /// Every dotted path under which it can be imported.
    #[serde(default)]
    pub paths: Vec<SmolStr>,
    /// Names of methods of a LangChain runnable, such as `with_retry`.
    #[serde(default)]
    pub methods: Vec<SmolStr>,
    /// The argument without which it does not call again: `autoretry_for`.
    #[serde(default)]
    pub needs: Option<SmolStr>,
    /// What ends it.
    pub limit: Bound,
    /// What slows it down.
    pub pause: Bound,
    /// How often it calls.
    #[serde(default)]
    pub attempts: Option<Attempts>,
    /// How long it pauses.
    #[serde(default)]
    pub pauses: Option<Pauses>,
    /// After which exceptions it calls again.
    #[serde(default)]
    pub catches: Option<Catches>,
    /// The kinds of functions that it calls once and never again.
    #[serde(default)]
    pub never: Vec<FunctionKind>,
    /// After what alone it sends again, for the message, where that is less than one may think: "a
    /// failed connection, and never after a 503".
    #[serde(default)]
    pub after: Option<String>,
    /// Where this comes from.
    pub source: Source,
}

/// Arguments that bound something, and values of theirs that do not.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Bound {
    /// Arguments, any of which is enough; a number stands for a positional argument.
    #[serde(default)]
    pub arguments: Vec<SmolStr>,
    /// Whether it is bounded when nobody writes any of them.
    pub absent: Presence,
    /// What holds then, for the message: "10 retries", "no pause".
    #[serde(default)]
    pub default: Option<String>,
    /// Dotted paths of values that bound nothing: `tenacity.stop_never`.
    #[serde(default)]
    pub nothing: Vec<SmolStr>,
    /// Numbers that bound nothing: -1 tries, 0 seconds.
    #[serde(default)]
    pub nothing_at: Vec<f64>,
    /// What to type.
    pub write: String,
    /// The dotted path of what has to be imported for that: `tenacity.stop_after_attempt`.
    #[serde(default)]
    pub import: Option<SmolStr>,
}

/// Whether something is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Presence {
    /// It is.
    Bounded,
    /// It is not.
    Unbounded,
}

/// How often something calls.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Attempts {
    /// The argument, by its name or its position.
    pub arguments: Vec<SmolStr>,
    /// What it counts.
    pub counts: Counted,
    /// The number that holds when nobody writes it; it goes on without an end when there is none.
    #[serde(default)]
    pub absent: Option<u32>,
}

/// What a number of attempts counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Counted {
    /// Calls: 3 makes three.
    Attempts,
    /// Repetitions: 3 makes four calls.
    Retries,
    /// It is an object that says when to stop.
    Stop,
}

/// An object that says when a retry ends.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Stop {
    /// Every dotted path under which it can be imported.
    pub paths: Vec<SmolStr>,
    /// The argument that counts the attempts; it ends by something else when there is none.
    #[serde(default)]
    pub attempts: Vec<SmolStr>,
}

/// A number that some argument gives.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Number {
    /// The argument, by its name or its position; none when nobody can change it.
    #[serde(default)]
    pub arguments: Vec<SmolStr>,
    /// What holds when nobody writes it; nothing does when there is none.
    #[serde(default)]
    pub absent: Option<f64>,
}

/// How long a retry pauses: the pause before repetition *n*, from 0, is
///
/// > max(floor, min(cap, first · factor^n + step · n)) + jitter
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Pauses {
    /// An argument that holds an object or a function that says how long, instead of what follows.
    #[serde(default)]
    pub object: Vec<SmolStr>,
    /// The unit of what follows.
    #[serde(default = "seconds")]
    pub unit: Unit,
    /// The first pause.
    #[serde(default)]
    pub first: Option<Number>,
    /// By what it grows.
    #[serde(default)]
    pub factor: Option<Number>,
    /// How much is added each time.
    #[serde(default)]
    pub step: Option<Number>,
    /// The longest pause.
    #[serde(default)]
    pub cap: Option<Number>,
    /// The shortest pause.
    #[serde(default)]
    pub floor: Option<Number>,
    /// What is added by chance at most.
    #[serde(default)]
    pub jitter: Option<Number>,
    /// Whether a part of it is left to chance when nobody writes an argument about that.
    #[serde(default)]
    pub random: bool,
    /// The argument that leaves a part of it to chance, or takes that away.
    #[serde(default)]
    pub random_by: Option<SmolStr>,
    /// How many pauses are left out at the beginning.
    #[serde(default)]
    pub skipped: u32,
}

fn seconds() -> Unit {
    Unit::Seconds
}

/// An object that says how long a retry pauses.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Wait {
    /// Every dotted path under which it can be imported.
    pub paths: Vec<SmolStr>,
    /// How long; none where its arguments say so.
    #[serde(default)]
    pub pauses: Option<Pauses>,
    /// Whether its arguments are such objects instead, one for each repetition and the last one for
    /// all that follow.
    #[serde(default)]
    pub in_turn: bool,
}

/// After which exceptions a retry calls again.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Catches {
    /// The argument that lists them, by its name or its position.
    #[serde(default)]
    pub arguments: Vec<SmolStr>,
    /// Arguments that may take some of them out again: `giveup`.
    #[serde(default)]
    pub except: Vec<SmolStr>,
    /// Whether it calls again after every exception when nobody writes any.
    pub every: bool,
    /// Whether it then calls again after most of them, those left out that no repetition mends.
    #[serde(default)]
    pub most: bool,
    /// What to type.
    #[serde(default)]
    pub write: Option<String>,
}

/// An object that says after what a retry calls again.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Predicate {
    /// Every dotted path under which it can be imported.
    pub paths: Vec<SmolStr>,
    /// What it looks at.
    pub looks_at: LooksAt,
}

/// What a predicate looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LooksAt {
    /// Whether the exception is one of its first argument; every exception without one.
    Types,
    /// The result, and no exception.
    Result,
    /// Something of its own.
    Other,
}

/// A kind of function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FunctionKind {
    /// `async def`.
    Async,
    /// One that yields.
    Generator,
}
