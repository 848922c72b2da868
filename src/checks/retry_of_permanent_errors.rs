//! `retry-of-permanent-errors`: a retry after failures that no repetition can mend.

use super::{Check, Context};
use crate::project::retries::catches::Catches;
use crate::project::retries::layers::Retried;

pub(super) struct RetryOfPermanentErrors;

impl Check for RetryOfPermanentErrors {
    fn rule(&self) -> &'static str {
        "retry-of-permanent-errors"
    }

    fn retried(&self, retried: &Retried<'_>, cx: &mut Context<'_, '_>) {
        let layer = &retried.layer;
        let Catches::Everything(written) = layer.catches else {
            return;
        };
        // Without an end it is worse than that, and one cause makes one finding.
        if layer.endless || layer.attempts == Some(1) {
            return;
        }
        let Some(run) = retried.runs.first() else {
            return;
        };
        let message = format!(
            "{} repeats every failure of `{}`, a 401 and a bad request too",
            layer.name(),
            run.client.name
        );
        let mut finding = cx.finding(layer.at, "whatever has happened", message);
        if let Some(written) = written.filter(|it| !layer.at.contains(*it)) {
            finding = finding.because(written, "every exception");
        }
        if run.call != layer.at {
            finding = finding.because(run.call, "the request that is repeated");
        }
        let write = layer
            .entry
            .and_then(|it| it.catches.as_ref()?.write.as_deref());
        cx.report(finding.help(match write {
            Some(write) => format!("name what may pass, as in `{write}`"),
            None => "name what may pass: connection errors, timeouts, 429 and 5xx".to_owned(),
        }));
    }
}
