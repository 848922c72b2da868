//! `timeout-in-wrong-unit`: milliseconds where seconds are meant, or the other way round.

use super::implausible_timeout::Plausible;
use super::{Check, Context};
use crate::project::waits::Wait;
use crate::project::written_timeouts::WrittenTimeout;
use crate::units::{Millis, Unit};

pub(super) struct TimeoutInWrongUnit;

impl Check for TimeoutInWrongUnit {
    fn rule(&self) -> &'static str {
        "timeout-in-wrong-unit"
    }

    fn written_timeout(&self, written: &WrittenTimeout<'_>, cx: &mut Context<'_, '_>) {
        let (name, given) = (written.name, written.given);
        let unit = written.timeout.unit;
        let Some(other) = confused_with(unit) else {
            return;
        };
        let argument = &given.argument;
        let (message, right) = match cx.resolver.wait(&given.seen, unit) {
            Wait::Within(wait) => {
                let Some(right) = Plausible::of(cx).in_other_unit(wait, unit) else {
                    return;
                };
                let count = wait.count(unit);
                let message = format!(
                    "`{argument}` of `{name}` counts {unit}: {count} is {wait}, and {right} must have been meant"
                );
                (message, Some(right))
            }
            Wait::Unknown(_) if given.speaks_of == Some(other) => {
                let message = format!("`{argument}` of `{name}` counts {unit}, and gets {other}");
                (message, None)
            }
            _ => return,
        };
        let mut finding = cx.finding(given.passed, &format!("counts {unit}"), message);
        if right.is_none() {
            finding = finding.confidence(cx.medium());
        }
        let at = cx.resolver.decided_at(&given.seen);
        if !given.passed.contains(at) && right.is_some() {
            finding = finding.because(at, "written here");
        }
        // A constant may have other readers, for whom its unit is right.
        if let Some(right) = right.filter(|_| given.passed.contains(at)) {
            let fix = cx
                .resolver
                .replace_number(given.seen.at, &right.as_code(unit));
            finding = finding.fix(fix);
        }
        cx.report(finding.help(match right {
            Some(right) => format!("write `{argument}={}`", right.count(unit)),
            None => format!("pass {unit}"),
        }));
    }
}

/// The unit that people take for this one.
pub(super) fn confused_with(unit: Unit) -> Option<Unit> {
    match unit {
        Unit::Seconds => Some(Unit::Milliseconds),
        Unit::Milliseconds => Some(Unit::Seconds),
        Unit::Minutes | Unit::Hours => None,
    }
}

impl Plausible {
    /// What a wait would be if its number counted in the other unit; `None` unless only that makes
    /// sense.
    pub(super) fn in_other_unit(&self, wait: Millis, unit: Unit) -> Option<Millis> {
        let count = wait.count(unit);
        let other = Millis::of(count, confused_with(unit)?)?;
        // Milliseconds are written in whole seconds; whole hours are meant as such.
        let round = unit == Unit::Milliseconds
            || (other.count(Unit::Seconds).fract() == 0.0
                && wait.count(Unit::Hours).fract() != 0.0);
        (round && !self.contains(wait) && self.contains(other)).then_some(other)
    }
}
