//! The shape of a retry that a user describes in the settings: a company's own decorator, for example.

use serde::Deserialize;
use smol_str::SmolStr;

use super::{packages, settings};
use crate::catalog::retry::{
    Attempts, Bound, Catches, FunctionKind, Number, Pauses, Presence, Retry,
};

/// A `[[retry]]` of the settings: an entry of the catalogue, of which less has to be said.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OwnRetry {
    /// The dotted path of the decorator, or of the function or class that makes it.
    #[serde(default)]
    pub factory: Option<SmolStr>,
    /// Every dotted path, where there are several.
    #[serde(default)]
    pub paths: Vec<SmolStr>,
    /// Names of methods of a runnable that do the same.
    #[serde(default)]
    pub methods: Vec<SmolStr>,
    /// The name that messages use; the first path unless written.
    #[serde(default)]
    pub name: Option<SmolStr>,
    /// See [`Retry::needs`].
    #[serde(default)]
    pub needs: Option<SmolStr>,
    /// What ends it; what `attempts` says unless written.
    #[serde(default)]
    pub limit: Option<Bound>,
    /// What slows it down; what `pauses` says unless written.
    #[serde(default)]
    pub pause: Option<Bound>,
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
    /// See [`Retry::after`].
    #[serde(default)]
    pub after: Option<String>,
}

impl OwnRetry {
    /// The dotted paths, the first one first.
    pub fn all_paths(&self) -> impl Iterator<Item = &SmolStr> {
        self.factory.iter().chain(&self.paths)
    }

    /// The packages to look for in imports.
    pub fn packages(&self) -> impl Iterator<Item = SmolStr> {
        packages(self.all_paths())
    }

    /// The same as an entry of the catalogue, for every version.
    #[must_use]
    pub fn entry(&self) -> Retry {
        let mut names = self.name.iter().chain(self.all_paths());
        let name = names.next().or_else(|| self.methods.first()).cloned();
        let limit = || self.attempts.as_ref().map(limit);
        let pause = || self.pauses.as_ref().map(pause);
        Retry {
            name: name.unwrap_or_default(),
            package: self.packages().next().unwrap_or_default(),
            versions: ">=0".to_owned(),
            paths: self.all_paths().cloned().collect(),
            methods: self.methods.clone(),
            needs: self.needs.clone(),
            limit: self.limit.clone().or_else(limit).unwrap_or_else(nothing),
            pause: self.pause.clone().or_else(pause).unwrap_or_else(nothing),
            attempts: self.attempts.clone(),
            pauses: self.pauses.clone(),
            catches: self.catches.clone(),
            never: self.never.clone(),
            after: self.after.clone(),
            source: settings(),
        }
    }
}

/// What bounds something of which nobody says that it may be unbounded.
fn nothing() -> Bound {
    bound(&[], true, String::new())
}

fn bound(arguments: &[&[SmolStr]], is_bounded: bool, write: String) -> Bound {
    Bound {
        arguments: arguments.concat(),
        absent: if is_bounded {
            Presence::Bounded
        } else {
            Presence::Unbounded
        },
        default: None,
        nothing: Vec::new(),
        nothing_at: Vec::new(),
        write,
        import: None,
    }
}

/// What ends a retry that counts its attempts so.
fn limit(attempts: &Attempts) -> Bound {
    // Nobody could be told what to type.
    let Some(name) = named(&attempts.arguments) else {
        return nothing();
    };
    let is_bounded = attempts.absent.is_some();
    bound(&[&attempts.arguments], is_bounded, format!("{name}=3"))
}

/// What slows down a retry that pauses so.
fn pause(pauses: &Pauses) -> Bound {
    let parts = [&pauses.first, &pauses.floor, &pauses.step, &pauses.jitter];
    let parts: Vec<&Number> = parts.into_iter().flatten().collect();
    let names: Vec<&[SmolStr]> = parts.iter().map(|it| it.arguments.as_slice()).collect();
    let names = [&[pauses.object.as_slice()], names.as_slice()].concat();
    let Some(name) = named(&names.concat()).cloned() else {
        return nothing();
    };
    let pauses = |it: &&Number| it.absent.is_some_and(|it| it > 0.0);
    Bound {
        nothing_at: vec![0.0],
        ..bound(&names, parts.iter().any(pauses), format!("{name}=1"))
    }
}

/// The first argument that has a name.
fn named(arguments: &[SmolStr]) -> Option<&SmolStr> {
    let is_name = |it: &&SmolStr| it.parse::<usize>().is_err();
    arguments.iter().find(is_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(text: &str) -> Retry {
        let own: OwnRetry = toml::from_str(text).expect("it has the shape of a retry");
        own.entry()
    }

    #[test]
    fn without_a_number_of_its_own_it_goes_on_until_an_argument_ends_it() {
        let endless =
            entry("factory = 'a.b'\nattempts = { arguments = ['0', 'n'], counts = 'attempts' }");
        assert_eq!(endless.limit.absent, Presence::Unbounded);
        assert_eq!(endless.limit.write, "n=3");
        let ends =
            "factory = 'a.b'\nattempts = { arguments = ['n'], counts = 'attempts', absent = 3 }";
        assert_eq!(entry(ends).limit.absent, Presence::Bounded);
    }

    #[test]
    fn a_pause_of_zero_is_none() {
        let text = |absent: &str| {
            format!(
                "factory = 'a.b'\npauses.first = {{ arguments = ['delay'], absent = {absent} }}"
            )
        };
        assert_eq!(entry(&text("0")).pause.absent, Presence::Unbounded);
        assert_eq!(entry(&text("0.5")).pause.absent, Presence::Bounded);
    }

    #[test]
    fn of_what_nobody_says_nothing_follows() {
        let silent = entry("factory = 'a.b'");
        assert_eq!(silent.limit.absent, Presence::Bounded);
        assert_eq!(silent.pause.absent, Presence::Bounded);
        assert_eq!(silent.name, "a.b");
    }
}
