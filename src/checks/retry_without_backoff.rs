//! `retry-without-backoff`: a retry that tries again at once.

use super::{Check, Context};
use crate::project::loops::{Ends, Failure, LoopSite};
use crate::project::retries::catches::Catches;
use crate::project::retries::{Presence3, RetrySite};

pub(super) struct RetryWithoutBackoff;

impl Check for RetryWithoutBackoff {
    fn rule(&self) -> &'static str {
        "retry-without-backoff"
    }

    fn retry(&self, retry: &RetrySite<'_>, cx: &mut Context<'_, '_>) {
        // A retry that never ends is the worse of the two, and one cause makes one finding.
        if matches!(retry.limit, Presence3::Missing(_)) {
            return;
        }
        let Presence3::Missing(written) = retry.pause else {
            return;
        };
        // An answer that could not be read leaves nothing to wait for.
        if retry.catches == Catches::Own || retry.catches.failed_requests() == Some(false) {
            return;
        }
        let after = retry.entry.after.as_deref().unwrap_or("a failure");
        let message = format!("`{}` tries again at once after {after}", retry.entry.name);
        let mut finding = cx.finding(retry.at, "no pause between the attempts", message);
        if let Some(written) = written.filter(|it| !retry.at.contains(*it)) {
            finding = finding.because(written, "switched off here");
        }
        let fix = cx.resolver.give_bound(retry.at, &retry.entry.pause);
        let help = format!("add `{}`", retry.entry.pause.write);
        cx.report(finding.help(help).fix(fix));
    }

    fn repetition(&self, found: &LoopSite, cx: &mut Context<'_, '_>) {
        let Some(retry) = &found.retry else { return };
        // An answer that could not be read leaves nothing to wait for.
        if retry.pauses || retry.ends != Ends::Certainly || retry.failure == Failure::OfTheAnswer {
            return;
        }
        let message = format!("this loop tries again at once when `{}` fails", retry.name);
        let finding = cx
            .finding(found.at, "no pause between the attempts", message)
            .because(retry.call, "the call that may fail")
            .because(retry.handler, "the loop goes on from here");
        cx.report(finding.help("sleep before the next attempt, longer each time"));
    }
}
