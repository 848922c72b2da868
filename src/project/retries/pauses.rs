//! How long a retry of a library pauses.

use smol_str::SmolStr;

use crate::budget::{Backoff, Growing, Pause};
use crate::catalog::retry::{Number, Pauses};
use crate::project::resolve::Resolver;
use crate::project::value::{Dict, Lookup, Made, Seen, Site, Value};
use crate::syntax::python::{ArgKind, ExprId, ExprKind, Operator};
use crate::units::Millis;

/// How many pauses may be added to each other.
const ADDED: usize = 8;

impl Resolver<'_> {
    /// The pauses of a retry; `None` when nobody can tell.
    pub(super) fn pauses(&self, pauses: &Pauses, site: &Site, keywords: &Dict) -> Option<Backoff> {
        let mut backoff = match self.first_given(&pauses.object, site, keywords) {
            Lookup::Missing if pauses.first.is_none() => Backoff::default(),
            Lookup::Missing => Backoff::from(self.growing(pauses, site, keywords).ok()?),
            Lookup::Given(seen) => {
                let mut names = pauses.object.iter();
                match names.find_map(|it| self.argument_expr(it, site)) {
                    Some(written) => self.joined(written, site, keywords)?,
                    None => self.one_pause(&seen, site, keywords)?,
                }
            }
            Lookup::Maybe(_) | Lookup::Unknown(_) => return None,
        };
        backoff.random |= pauses.random;
        if let Some(argument) = &pauses.random_by {
            match self.named_or_at(argument, site, keywords) {
                Lookup::Missing => {}
                Lookup::Given(seen) => backoff.random = seen.truth().unwrap_or(true),
                _ => backoff.random = true,
            }
        }
        Some(backoff)
    }

    /// `wait_fixed(3) + wait_random(0, 2)`.
    fn joined(&self, wait: ExprId, site: &Site, keywords: &Dict) -> Option<Backoff> {
        let ast = &self.project.module(site.file)?.ast;
        let mut open = vec![wait];
        let mut sum = Backoff::default();
        for _ in 0..ADDED {
            let Some(expr) = open.pop() else {
                return Some(sum);
            };
            if let ExprKind::Binary(Operator::Add, a, b) = ast.kind(expr) {
                open.extend([*b, *a]);
                continue;
            }
            let seen = self.eval(site.file, expr, site.frame.as_ref());
            let own = self.one_pause(&seen, site, keywords)?;
            sum.parts.extend(own.parts);
            sum.random |= own.random;
        }
        open.is_empty().then_some(sum)
    }

    /// The pauses of `wait_fixed(3)`, or of a generator such as `backoff.expo`, which takes its
    /// arguments from the call it is handed to.
    fn one_pause(&self, seen: &Seen, site: &Site, keywords: &Dict) -> Option<Backoff> {
        let (growing, random) = match &seen.value {
            Value::Made(made) if self.project.catalog.wait(&made.path)?.in_turn => {
                return self.in_turn(&made.site);
            }
            Value::Made(made) => self.made_pause(made)?,
            Value::External(path) => {
                let pauses = self.project.catalog.wait(path)?.pauses.as_ref()?;
                (self.growing(pauses, site, keywords).ok()?, pauses.random)
            }
            _ => return None,
        };
        Some(Backoff {
            random,
            ..Backoff::from(growing)
        })
    }

    /// The pause of an object, and whether a part of it is left to chance.
    fn made_pause(&self, made: &Made) -> Option<(Growing, bool)> {
        let pauses = self.project.catalog.wait(&made.path)?.pauses.as_ref()?;
        let own = self.keywords(&made.site, made.partial.as_ref());
        let growing = self.growing(pauses, &made.site, &own).ok()?;
        Some((growing, pauses.random))
    }

    /// The pauses that a call is handed, one for each repetition.
    fn in_turn(&self, site: &Site) -> Option<Backoff> {
        let mut handed = Vec::new();
        for arg in self.args(site)? {
            let seen = self.eval(site.file, arg.value, site.frame.as_ref());
            match (&arg.kind, &seen.value) {
                (ArgKind::Positional, _) => handed.push(seen),
                (ArgKind::Star, Value::List(list)) if !list.open => {
                    handed.extend(list.items.clone());
                }
                _ => return None,
            }
        }
        let (mut all, mut random) = (Vec::new(), false);
        for seen in &handed {
            let Value::Made(made) = &seen.value else {
                return None;
            };
            let own = self.made_pause(made)?;
            all.push(own.0);
            random |= own.1;
        }
        Some(Backoff {
            parts: vec![Pause::InTurn(all)],
            random,
        })
    }

    fn growing(&self, pauses: &Pauses, site: &Site, keywords: &Dict) -> Result<Growing, Untold> {
        let number = |it: &Option<Number>| match it {
            None => Ok(None),
            Some(number) => self.number_of(number, site, keywords),
        };
        let time = |it: &Option<Number>| match number(it)? {
            None => Ok(None),
            Some(count) => Millis::of(count, pauses.unit).map(Some).ok_or(Untold),
        };
        let nothing = Millis(0);
        Ok(Growing {
            first: time(&pauses.first)?.unwrap_or(nothing),
            factor: number(&pauses.factor)?.unwrap_or(1.0),
            step: time(&pauses.step)?.unwrap_or(nothing),
            cap: time(&pauses.cap)?,
            floor: time(&pauses.floor)?.unwrap_or(nothing),
            jitter: time(&pauses.jitter)?.unwrap_or(nothing),
            skipped: pauses.skipped,
        })
    }

    /// A number, if there is one.
    fn number_of(
        &self,
        number: &Number,
        site: &Site,
        keywords: &Dict,
    ) -> Result<Option<f64>, Untold> {
        match self.first_given(&number.arguments, site, keywords) {
            Lookup::Missing => Ok(number.absent),
            Lookup::Given(seen) => match &seen.value {
                Value::None => Ok(number.absent),
                Value::Made(made) if made.path == "datetime.timedelta" => self.seconds_of(made),
                _ => seen.number().map(Some).ok_or(Untold),
            },
            _ => Err(Untold),
        }
    }

    /// The seconds of `timedelta(seconds=3)`.
    fn seconds_of(&self, made: &Made) -> Result<Option<f64>, Untold> {
        let name = SmolStr::new_static("seconds");
        let only_seconds = self.args(&made.site).is_some_and(|it| it.len() == 1);
        let keywords = self.keywords(&made.site, made.partial.as_ref());
        match self.named_or_at(&name, &made.site, &keywords) {
            Lookup::Given(seen) if only_seconds => seen.number().map(Some).ok_or(Untold),
            _ => Err(Untold),
        }
    }
}

/// A number that nobody can tell.
struct Untold;

/// The pauses of a client that doubles them from a first one up to a longest one.
pub(in crate::project) fn doubling(first: Option<Millis>, cap: Option<Millis>) -> Option<Backoff> {
    let longest = cap?;
    Some(Backoff {
        random: true,
        ..match first {
            Some(first) => Backoff::from(Growing {
                first,
                factor: 2.0,
                cap: Some(longest),
                ..Growing::default()
            }),
            None => Backoff::fixed(longest),
        }
    })
}
