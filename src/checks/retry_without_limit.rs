//! `retry-without-limit`: a retry that goes on for ever.

use super::{Check, Context};
use crate::project::loops::{Ends, Failure, LoopSite};
use crate::project::retries::{Presence3, RetrySite};

pub(super) struct RetryWithoutLimit;

impl Check for RetryWithoutLimit {
    fn rule(&self) -> &'static str {
        "retry-without-limit"
    }

    fn retry(&self, retry: &RetrySite<'_>, cx: &mut Context<'_, '_>) {
        let Presence3::Missing(written) = retry.limit else {
            return;
        };
        let pauses = retry.pause == Presence3::There;
        let how = if pauses {
            "tries for ever"
        } else {
            "tries for ever, without a pause"
        };
        let mut finding = cx.finding(
            retry.at,
            "nothing ends it",
            format!("`{}` {how}", retry.entry.name),
        );
        if let Some(written) = written.filter(|it| !retry.at.contains(*it)) {
            finding = finding.because(written, "switched off here");
        }
        let fix = cx.resolver.give_bound(retry.at, &retry.entry.limit);
        let help = format!("bound it with `{}`", retry.entry.limit.write);
        cx.report(finding.help(help).fix(fix));
    }

    fn repetition(&self, found: &LoopSite, cx: &mut Context<'_, '_>) {
        let Some(retry) = found.retry.as_ref().filter(|it| it.ends == Ends::Never) else {
            return;
        };
        let name = &retry.name;
        let message = match (retry.failure, retry.pauses) {
            (Failure::OfTheCall, true) => format!("this loop tries for ever when `{name}` fails"),
            (Failure::OfTheCall, false) => {
                format!("this loop tries for ever, without a pause, when `{name}` fails")
            }
            (Failure::OfTheAnswer, _) => {
                format!("this loop tries for ever when the answer of `{name}` is of no use")
            }
        };
        let finding = cx
            .finding(found.at, "nothing ends it", message)
            .because(retry.call, "the call that may fail")
            .because(retry.handler, "the loop goes on from here");
        cx.report(finding.help("count the attempts and raise after the last one"));
    }
}
