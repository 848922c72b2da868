//! `implausible-timeout`: a timeout that nobody waits for, or that no model can keep.

use super::{Check, Context};
use crate::project::waits::Wait;
use crate::project::written_timeouts::WrittenTimeout;
use crate::units::Millis;

pub(super) struct ImplausibleTimeout;

const RULE: &str = "implausible-timeout";

impl Check for ImplausibleTimeout {
    fn rule(&self) -> &'static str {
        RULE
    }

    fn written_timeout(&self, written: &WrittenTimeout<'_>, cx: &mut Context<'_, '_>) {
        let given = written.given;
        let Wait::Within(wait) = cx.resolver.wait(&given.seen, written.timeout.unit) else {
            return;
        };
        let plausible = Plausible::of(cx);
        // A number in the wrong unit is another rule's.
        if plausible
            .in_other_unit(wait, written.timeout.unit)
            .is_some()
        {
            return;
        }
        let (argument, name) = (&given.argument, written.name);
        let (label, message) = if wait > plausible.longest {
            let message = format!(
                "`{argument}` of `{name}` is {wait}: whoever asked has long gone when it ends"
            );
            ("too long to be of use", message)
        } else if wait < plausible.shortest && written.asks_model {
            let message =
                format!("`{argument}` of `{name}` is {wait}: hardly a model answers that fast");
            ("too short for an answer", message)
        } else {
            return;
        };
        let mut finding = cx.finding(given.passed, label, message);
        let at = cx.resolver.decided_at(&given.seen);
        if !given.passed.contains(at) {
            finding = finding.because(at, "written here");
        }
        let within = format!(
            "choose a time between {} and {}",
            plausible.shortest, plausible.longest
        );
        cx.report(finding.help(within));
    }
}

/// The timeouts that make sense, as the options of this rule say.
pub(super) struct Plausible {
    shortest: Millis,
    longest: Millis,
}

impl Plausible {
    pub(super) fn of(cx: &Context<'_, '_>) -> Self {
        let option = |name| cx.settings.millis(RULE, name);
        Self {
            shortest: option("shortest").unwrap_or(Millis(0)),
            longest: option("longest").unwrap_or(Millis(u64::MAX)),
        }
    }

    pub(super) fn contains(&self, wait: Millis) -> bool {
        (self.shortest..=self.longest).contains(&wait)
    }
}
