//! How often a retry of a library calls.

use smol_str::SmolStr;

use crate::catalog::retry::{Attempts, Counted};
use crate::model::python::positional;
use crate::project::resolve::Resolver;
use crate::project::value::{Dict, Lookup, Seen, Site, Value};
use crate::syntax::python::{ExprId, ExprKind, Operator};

/// How many objects may be joined by `|` to say when to stop.
const JOINED: usize = 8;

impl Resolver<'_> {
    /// How many calls a retry makes at most; `None` when nothing counts them, or nobody can tell.
    pub(super) fn attempts(&self, counts: &Attempts, site: &Site, keywords: &Dict) -> Option<u32> {
        if counts.counts == Counted::Stop {
            let mut names = counts.arguments.iter();
            let object = names.find_map(|it| self.argument_expr(it, site))?;
            return self.stop_attempts(site, object);
        }
        match self.first_given(&counts.arguments, site, keywords) {
            Lookup::Missing => counts.absent.map(|it| all_calls(counts.counts, it)),
            Lookup::Given(seen) => Some(all_calls(counts.counts, whole(&seen)?)),
            _ => None,
        }
    }

    /// The expression of an argument that is written in the call itself.
    pub(super) fn argument_expr(&self, argument: &SmolStr, site: &Site) -> Option<ExprId> {
        let args = self.args(site)?;
        let arg = match argument.parse::<usize>() {
            Ok(at) => positional(args, at),
            Err(_) => crate::model::python::keyword(args, argument),
        };
        arg.map(|it| it.value)
    }

    /// The first of several arguments that the call gives.
    pub(super) fn first_given(&self, names: &[SmolStr], site: &Site, keywords: &Dict) -> Lookup {
        let mut all = names.iter().map(|it| self.named_or_at(it, site, keywords));
        all.find(|it| !matches!(it, Lookup::Missing))
            .unwrap_or(Lookup::Missing)
    }

    /// The number of attempts in `stop_after_attempt(3) | stop_after_delay(60)`.
    fn stop_attempts(&self, site: &Site, stop: ExprId) -> Option<u32> {
        let ast = &self.project.module(site.file)?.ast;
        let mut open = vec![stop];
        let mut found: Option<u32> = None;
        for _ in 0..JOINED {
            let Some(expr) = open.pop() else { break };
            if let ExprKind::Binary(Operator::Or, a, b) = ast.kind(expr) {
                open.extend([*a, *b]);
                continue;
            }
            let seen = self.eval(site.file, expr, site.frame.as_ref());
            let parts = match &seen.value {
                Value::Chain(parts) => parts.to_vec(),
                _ => vec![seen],
            };
            for part in &parts {
                let own = self.one_stop(part);
                found = [found, own].into_iter().flatten().min();
            }
        }
        found
    }

    fn one_stop(&self, seen: &Seen) -> Option<u32> {
        let Value::Made(made) = &seen.value else {
            return None;
        };
        let stop = self.project.catalog.stop(&made.path)?;
        let keywords = self.keywords(&made.site, made.partial.as_ref());
        match self.first_given(&stop.attempts, &made.site, &keywords) {
            Lookup::Given(seen) => whole(&seen),
            _ => None,
        }
    }
}

/// A number of calls, the first included.
fn all_calls(counts: Counted, number: u32) -> u32 {
    match counts {
        Counted::Retries => number.saturating_add(1),
        Counted::Attempts | Counted::Stop => number.max(1),
    }
}

fn whole(seen: &Seen) -> Option<u32> {
    match seen.value {
        Value::Int(count) => u32::try_from(count).ok(),
        _ => None,
    }
}
