//! `retry-without-jitter`: pauses that are the same in every worker.

use super::{Check, Context};
use crate::project::retries::layers::Retried;
use crate::units::Millis;

pub(super) struct RetryWithoutJitter;

/// How many pauses a message shows.
const SHOWN: u32 = 3;

impl Check for RetryWithoutJitter {
    fn rule(&self) -> &'static str {
        "retry-without-jitter"
    }

    fn retried(&self, retried: &Retried<'_>, cx: &mut Context<'_, '_>) {
        let layer = &retried.layer;
        let (Some(backoff), Some(attempts)) = (&layer.backoff, layer.attempts) else {
            return;
        };
        let repetitions = attempts.saturating_sub(1);
        let pauses = backoff.total(repetitions) > Millis(0);
        if retried.runs.is_empty() || backoff.random || !pauses {
            return;
        }
        let shown: Vec<String> = (0..repetitions.min(SHOWN))
            .map(|it| backoff.before(it).to_string())
            .collect();
        let more = if repetitions > SHOWN { ", …" } else { "" };
        let message = format!(
            "{} pauses for {}{more} in every worker: all come back at the same moment",
            layer.name(),
            shown.join(", ")
        );
        let finding = cx.finding(layer.at, "nothing is left to chance", message);
        let write = layer.entry.map(|it| it.pause.write.as_str());
        let write = write.filter(|it| it.contains("random"));
        cx.report(finding.help(match write {
            Some(write) => format!("leave a part of the pause to chance, as in `{write}`"),
            None => "add a random part to the pause, as in `random.uniform(0, 1)`".to_owned(),
        }));
    }
}
