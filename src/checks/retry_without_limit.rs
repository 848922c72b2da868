//! `retry-without-limit`: a retry that goes on for ever.

use super::{Check, Context};
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
        cx.report(finding.help(format!("bound it with `{}`", retry.entry.limit.write)));
    }
}
