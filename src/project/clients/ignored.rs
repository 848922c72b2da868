//! Arguments of a client that look like a bound and are none.

use smol_str::SmolStr;

use super::IgnoredArgument;
use crate::catalog::entry::{Client, Ignored};
use crate::project::arguments::Reached;
use crate::project::resolve::Resolver;
use crate::project::uses::Use;
use crate::project::value::{Lookup, Seen, Site, Value};
use crate::project::waits::Wait;
use crate::source::Span;
use crate::syntax::python::ExprKind;

impl<'p> Resolver<'p> {
    pub(super) fn ignored(
        &self,
        site: &Site,
        callee: Span,
        client: &'p Client,
        reached: &Reached,
    ) -> Vec<IgnoredArgument> {
        let mut found: Vec<_> = self.kept_out(callee, client, reached).into_iter().collect();
        for entry in self.ignored_by(client, site) {
            let Lookup::Given(seen) = self.dotted_argument(&reached.keywords, &entry.argument)
            else {
                continue;
            };
            if matches!(seen.value, Value::None) {
                continue;
            }
            if entry.carries_timeout && !self.carries_timeout(&seen) {
                continue;
            }
            let outer = entry.argument.split('.').next().unwrap_or(&entry.argument);
            let passed = self.keyword_span(site, outer).unwrap_or(callee);
            found.push(IgnoredArgument {
                argument: entry.argument.to_string(),
                effect: entry.effect.clone(),
                instead: entry.instead.clone(),
                passed,
                written: seen.at,
                kept_out_by: None,
            });
        }
        found.extend(self.unknown_timeouts(site, callee, client, reached));
        found
    }

    /// What the version of the class that runs here ignores.
    fn ignored_by<'c>(&self, client: &'c Client, site: &Site) -> impl Iterator<Item = &'c Ignored> {
        client.ignored.iter().filter(move |it| {
            let versions = it.versions.as_deref();
            versions.is_none_or(|it| self.project.runs(site.file, &client.package, it))
        })
    }

    /// Timeouts under names that the class does not know.
    fn unknown_timeouts(
        &self,
        site: &Site,
        callee: Span,
        client: &Client,
        reached: &Reached,
    ) -> Vec<IgnoredArgument> {
        // A class of the project may have fields of its own.
        if client.unknown.is_none() || !self.calls_the_library(site) {
            return Vec::new();
        }
        let timeout = &client.timeout;
        let known: Vec<&str> = (timeout.arguments.iter())
            .chain(&timeout.sync_only)
            .chain(&timeout.async_only)
            .chain(self.ignored_by(client, site).map(|it| &it.argument))
            .map(|it| it.split('.').next().unwrap_or(it))
            .collect();
        let strange = |key: &str| key.contains("timeout") && !known.contains(&key);
        let entries = reached.keywords.entries.iter();
        let given = entries.filter(|it| it.certain && !matches!(it.value.value, Value::None));
        given
            .filter(|it| strange(&it.key))
            .map(|it| IgnoredArgument {
                argument: it.key.to_string(),
                effect: client.unknown.clone().unwrap_or_default(),
                instead: None,
                passed: self.keyword_span(site, &it.key).unwrap_or(callee),
                written: it.value.at,
                kept_out_by: None,
            })
            .collect()
    }

    /// Whether a call names the library's class itself, and none that extends it.
    fn calls_the_library(&self, site: &Site) -> bool {
        let Some(module) = self.project.module(site.file) else {
            return false;
        };
        let ExprKind::Call { callee, .. } = module.ast.kind(site.call) else {
            return false;
        };
        let seen = self.eval(site.file, *callee, site.frame.as_ref());
        let mut all = seen.alternatives().iter();
        all.all(|it| matches!(it.value, Value::External(_)))
    }

    /// A timeout that a list of allowed keys keeps from the client.
    fn kept_out(
        &self,
        callee: Span,
        client: &Client,
        reached: &Reached,
    ) -> Option<IgnoredArgument> {
        let timeout = &client.timeout;
        let missing = |it: &SmolStr| matches!(reached.keywords.by_default(it), Lookup::Missing);
        if !timeout.arguments.iter().all(missing) {
            return None;
        }
        let dropped = reached.keywords.dropped.iter().find(|it| {
            let wait = || self.wait(&it.value, timeout.unit);
            timeout.arguments.contains(&it.key) && matches!(wait(), Wait::Within(_))
        })?;
        Some(IgnoredArgument {
            argument: dropped.key.to_string(),
            effect: "is given, and is not among the keys that are handed on".to_owned(),
            instead: None,
            passed: callee,
            written: dropped.value.at,
            kept_out_by: Some(dropped.by),
        })
    }

    /// A timeout that bounds the synchronous calls of a client of which asynchronous ones are used
    /// too, or the other way round.
    pub(super) fn other_side(
        &self,
        site: &Site,
        callee: Span,
        client: &Client,
        reached: &Reached,
        uses: &[Use],
    ) -> Option<IgnoredArgument> {
        let timeout = &client.timeout;
        let given = |all: &[SmolStr]| {
            all.iter()
                .find_map(|it| match self.dotted_argument(&reached.keywords, it) {
                    Lookup::Given(seen) => Some((it.clone(), seen.at)),
                    _ => None,
                })
        };
        if uses.is_empty() || given(&timeout.arguments).is_some() {
            return None;
        }
        let (found, bounded, other) = match (given(&timeout.sync_only), given(&timeout.async_only))
        {
            (Some(found), None) => (found, "synchronous", "asynchronous"),
            (None, Some(found)) => (found, "asynchronous", "synchronous"),
            _ => return None,
        };
        // A call that somebody else bounds needs no timeout of the client.
        let missed = |it: &&Use| it.is_async == (other == "asynchronous") && !it.bounded;
        let some = match uses.iter().filter(missed).count() {
            0 => return None,
            n if n == uses.len() => "all calls".to_owned(),
            n => format!("{n} of {} calls", uses.len()),
        };
        let outer = found.0.split('.').next().unwrap_or(&found.0).to_owned();
        Some(IgnoredArgument {
            effect: format!("bounds only {bounded} calls, and {some} seen here are {other}"),
            instead: timeout.example(),
            passed: self.keyword_span(site, &outer).unwrap_or(callee),
            written: found.1,
            kept_out_by: None,
            argument: outer,
        })
    }

    /// Whether a value is an HTTP client that was given a timeout of its own.
    fn carries_timeout(&self, seen: &Seen) -> bool {
        let Value::Made(made) = &seen.value else {
            return false;
        };
        match self
            .keywords(&made.site, made.partial.as_ref())
            .get("timeout")
        {
            Lookup::Given(timeout) => {
                matches!(
                    self.wait(&timeout, crate::units::Unit::Seconds),
                    Wait::Within(_)
                )
            }
            _ => false,
        }
    }
}
