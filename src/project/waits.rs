//! How long a value bounds a wait: numbers, tuples, timeout objects, environment variables.

use crate::catalog::entry::Timeout;
use crate::model::python::positional;
use crate::project::resolve::Resolver;
use crate::project::value::{Dict, Env, EnvDefault, Lookup, Made, Seen, Value, is_class};
use crate::source::Span;
use crate::syntax::python::ArgKind;
use crate::units::{Millis, Unit};

/// Why a wait is unknown that the environment has to set.
const BY_ENVIRONMENT: &str = "set by the environment";

/// What a value means as a timeout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// It ends.
    Within(Millis),
    /// It is `None`, written there.
    Nothing(Span),
    /// It is a timeout object without a limit, made there: `httpx.Timeout(None)`.
    Endless(Span),
    /// It may be `None`: written there, or an environment variable that may be missing.
    MaybeNothing(Span),
    /// It is zero, which every library takes in its own way.
    Zero(Span),
    /// Nobody can tell, and why.
    Unknown(&'static str),
}

impl Resolver<'_> {
    /// What a value means as a timeout that counts in `unit`.
    #[must_use]
    pub fn wait(&self, seen: &Seen, unit: Unit) -> Wait {
        self.wait_at_depth(seen, unit, 0)
    }

    fn wait_at_depth(&self, seen: &Seen, unit: Unit, depth: u32) -> Wait {
        if depth > 8 {
            return Wait::Unknown("too deep");
        }
        if let Some(number) = seen.number() {
            return match Millis::of(number, unit) {
                Some(Millis(0)) if number == 0.0 => Wait::Zero(seen.at),
                Some(millis) => Wait::Within(millis),
                None => Wait::Unknown("a negative timeout"),
            };
        }
        match &seen.value {
            Value::None => Wait::Nothing(seen.at),
            Value::List(list) => {
                // `(connect, read)`, or httpx's `(connect, read, write, pool)`.
                match list.items.get(1).filter(|_| !list.open) {
                    Some(read) => self.wait_at_depth(read, unit, depth + 1),
                    None => Wait::Unknown("a sequence that is no timeout"),
                }
            }
            Value::Made(made) => match self.made_wait(made, seen.at, depth) {
                // Inside a timeout object, `None` is no default of anybody's.
                Wait::Nothing(_) => Wait::Endless(seen.at),
                other => other,
            },
            Value::Env(env) if let Some(wait) = self.deployed_wait(env, unit) => wait,
            Value::Env(env) => match &env.default {
                EnvDefault::Required => Wait::Unknown(BY_ENVIRONMENT),
                EnvDefault::Is(default) => match self.wait_at_depth(default, unit, depth + 1) {
                    Wait::Nothing(at) => Wait::MaybeNothing(at),
                    other => other,
                },
            },
            Value::OneOf(all) => {
                let waits = all.iter().map(|it| self.wait_at_depth(it, unit, depth + 1));
                together(&waits.collect::<Vec<_>>())
            }
            Value::Derived(it) if it.method == "total_seconds" => {
                self.wait_at_depth(&it.of, Unit::Seconds, depth + 1)
            }
            Value::Later => Wait::Unknown(BY_ENVIRONMENT),
            Value::Unknown(why) => Wait::Unknown(why),
            Value::Str(_) | Value::Text(_) => Wait::Unknown("a text in place of a number"),
            Value::Dict(_) => Wait::Unknown("a dict in place of a number"),
            Value::External(_) | Value::Member(..) | Value::Derived(_) => {
                Wait::Unknown("a value that a library gives")
            }
            Value::Instance(_) => Wait::Unknown("an object of the project in place of a number"),
            _ => Wait::Unknown("a value that is no timeout"),
        }
    }

    /// Where the number is written that decides how long a value waits: in a file of the deployment,
    /// when the value comes out of the environment.
    #[must_use]
    pub fn decided_at(&self, seen: &Seen) -> Span {
        let deployed = match &seen.value {
            Value::Env(env) => self.deployed(env, Unit::Seconds),
            _ => None,
        };
        deployed.map_or(seen.at, |it| it.1)
    }

    /// How long the value waits that the deployment's files give a variable; `None` when they give
    /// none, or one that is no number.
    fn deployed_wait(&self, env: &Env, unit: Unit) -> Option<Wait> {
        let (wait, _) = self.deployed(env, unit)?;
        Some(wait)
    }

    /// The same with the place of the value: the longest of several.
    fn deployed(&self, env: &Env, unit: Unit) -> Option<(Wait, Span)> {
        let mut longest: Option<(Millis, Span)> = None;
        for given in self.project.deployed(&env.name) {
            let number: f64 = given.likely()?.trim().parse().ok()?;
            if number == 0.0 {
                return Some((Wait::Zero(given.at), given.at));
            }
            let wait = Millis::of(number, unit)?;
            if longest.is_none_or(|it| it.0 < wait) {
                longest = Some((wait, given.at));
            }
        }
        longest.map(|(wait, at)| (Wait::Within(wait), at))
    }

    /// What a timeout object of a library means.
    fn made_wait(&self, made: &Made, at: Span, depth: u32) -> Wait {
        let keywords = self.keywords(&made.site, made.partial.as_ref());
        let args = self.args(&made.site).unwrap_or_default();
        let first = positional(args, 0)
            .map(|it| self.eval(made.site.file, it.value, made.site.frame.as_ref()));
        let seconds = |seen: &Seen| self.wait_at_depth(seen, Unit::Seconds, depth + 1);
        let named = |name: &str| self.lookup(keywords.get(name), at);
        match made.path.rsplit('.').next().unwrap_or_default() {
            // httpx, openai, anthropic: a default, overridden by `read`.
            "Timeout"
                if !made.path.starts_with("urllib3") && !made.path.starts_with("requests") =>
            {
                match named("read").or(first).or_else(|| named("timeout")) {
                    Some(read) => seconds(&read),
                    None => Wait::Unknown("a timeout object without a read timeout"),
                }
            }
            "Timeout" => match named("read").or_else(|| named("total")).or(first) {
                Some(read) => seconds(&read),
                None => Wait::Nothing(at),
            },
            // aiohttp: no limit unless told otherwise, for it replaces the session's own; a read gap
            // bounds too.
            "ClientTimeout" => match (named("total").or(first), named("sock_read")) {
                (None, None) => Wait::Nothing(at),
                (None, Some(gap)) => seconds(&gap),
                (Some(total), None) => seconds(&total),
                (Some(total), Some(gap)) => match (seconds(&total), seconds(&gap)) {
                    (Wait::Within(total), Wait::Within(gap)) => Wait::Within(total.min(gap)),
                    (Wait::Nothing(_), gap) => gap,
                    (total, _) => total,
                },
            },
            "timedelta" => timedelta(&keywords, first.as_ref()),
            _ => Wait::Unknown("an object that is no timeout"),
        }
    }

    /// What the arguments of a call say of a dotted argument: `timeout`, `client_kwargs.timeout`,
    /// `config.read_timeout`.
    #[must_use]
    pub fn dotted_argument(&self, keywords: &Dict, path: &str) -> Lookup {
        let mut parts = path.split('.');
        let mut found = keywords.by_default(parts.next().unwrap_or_default());
        for part in parts {
            found = match found {
                Lookup::Given(seen) => self.inner_argument(&seen, part),
                Lookup::Maybe(seen) => match self.inner_argument(&seen, part) {
                    Lookup::Given(inner) => Lookup::Maybe(inner),
                    other => other,
                },
                other => other,
            };
        }
        found
    }

    fn inner_argument(&self, seen: &Seen, name: &str) -> Lookup {
        match &seen.value {
            Value::Dict(dict) => dict.by_default(name),
            // A class shows its arguments; what a function does with them, nobody can tell.
            Value::Made(made) if is_class(&made.path) => {
                let found = self.keywords(&made.site, made.partial.as_ref()).get(name);
                let args = self.args(&made.site).unwrap_or_default();
                let spread = args.iter().any(|it| it.kind == ArgKind::DoubleStar);
                match found {
                    // A dict that was built elsewhere for a client that was built elsewhere: too
                    // many hands to be sure that nobody put it in.
                    Lookup::Missing if spread => Lookup::Unknown("inside a spread"),
                    found => found,
                }
            }
            Value::Instance(_) => Lookup::Unknown("inside an object of the project"),
            Value::None => Lookup::Missing,
            Value::OneOf(all) => {
                let mut found: Vec<Lookup> =
                    all.iter().map(|it| self.inner_argument(it, name)).collect();
                if found.iter().all(|it| matches!(it, Lookup::Missing)) {
                    return Lookup::Missing;
                }
                match found.pop() {
                    Some(Lookup::Given(seen) | Lookup::Maybe(seen)) => Lookup::Maybe(seen),
                    Some(other) => other,
                    None => Lookup::Unknown("one of several values"),
                }
            }
            Value::Unknown(why) => Lookup::Unknown(why),
            _ => Lookup::Unknown("inside something unknown"),
        }
    }

    /// What the first argument of a timeout that is given says; `None` when none is.
    ///
    /// The name of the argument comes with it.
    #[must_use]
    pub fn given_timeout<'t>(
        &self,
        keywords: &Dict,
        timeout: &'t Timeout,
    ) -> Option<(&'t str, Wait, Span)> {
        let nowhere = Span {
            file: crate::source::FileId(0),
            start: 0,
            end: 0,
        };
        let mut unknown = None;
        let all = timeout
            .arguments
            .iter()
            .chain(&timeout.sync_only)
            .chain(&timeout.async_only);
        for argument in all {
            match self.dotted_argument(keywords, argument) {
                Lookup::Given(seen) => {
                    return Some((argument, self.wait(&seen, timeout.unit), seen.at));
                }
                Lookup::Maybe(seen) => {
                    let wait = Wait::Unknown("there under a condition");
                    unknown = unknown.or(Some((argument.as_str(), wait, seen.at)));
                }
                Lookup::Unknown(why) => {
                    unknown = unknown.or(Some((argument.as_str(), Wait::Unknown(why), nowhere)));
                }
                Lookup::Missing => {}
            }
        }
        unknown
    }
}

/// The length of a `timedelta`.
fn timedelta(keywords: &Dict, first: Option<&Seen>) -> Wait {
    let units = [
        ("milliseconds", 0.001),
        ("seconds", 1.0),
        ("minutes", 60.0),
        ("hours", 3600.0),
        ("days", 86_400.0),
    ];
    let mut seconds = first
        .and_then(Seen::number)
        .map_or(0.0, |days| days * 86_400.0);
    for (name, factor) in units {
        match keywords.get(name) {
            Lookup::Given(seen) => match seen.number() {
                Some(number) => seconds += number * factor,
                None => return Wait::Unknown("a duration that is not known"),
            },
            Lookup::Missing => {}
            Lookup::Maybe(_) | Lookup::Unknown(_) => {
                return Wait::Unknown("a duration that is not known");
            }
        }
    }
    match Millis::of(seconds, Unit::Seconds) {
        Some(millis) if millis.0 > 0 => Wait::Within(millis),
        _ => Wait::Unknown("a duration that is not known"),
    }
}

/// What several alternatives mean together.
fn together(all: &[Wait]) -> Wait {
    let mut nothing = None;
    let mut longest = None;
    let mut by_environment = false;
    for wait in all {
        match wait {
            // Whatever comes from outside is a number, or the program stops.
            Wait::Unknown(BY_ENVIRONMENT) => by_environment = true,
            Wait::Unknown(why) => return Wait::Unknown(why),
            Wait::Nothing(at) | Wait::MaybeNothing(at) | Wait::Endless(at) => {
                nothing = nothing.or(Some(*at));
            }
            Wait::Within(millis) => longest = longest.max(Some(*millis)),
            Wait::Zero(_) => return Wait::Unknown("zero or something else"),
        }
    }
    match (nothing, longest) {
        (Some(at), None)
            if all
                .iter()
                .all(|it| matches!(it, Wait::Nothing(_) | Wait::Endless(_))) =>
        {
            Wait::Nothing(at)
        }
        (Some(at), _) => Wait::MaybeNothing(at),
        (None, Some(millis)) => Wait::Within(millis),
        (None, None) if by_environment => Wait::Unknown(BY_ENVIRONMENT),
        (None, None) => Wait::Unknown("no alternative is known"),
    }
}
