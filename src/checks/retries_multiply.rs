//! `retries-multiply`: several layers that each repeat what the one below has repeated already.

use super::{Check, Context};
use crate::catalog::entry::Counts;
use crate::project::retries::layers::Retried;
use crate::project::retries::runs::{Run, Sender};

pub(super) struct RetriesMultiply;

impl Check for RetriesMultiply {
    fn rule(&self) -> &'static str {
        "retries-multiply"
    }

    fn retried(&self, retried: &Retried<'_>, cx: &mut Context<'_, '_>) {
        let layer = &retried.layer;
        let outermost = layer.attempts.is_some_and(|it| it > 1) && !retried.inner;
        // What repeats only after an answer of no use does not repeat what has failed below.
        if !outermost || layer.catches.failed_requests() != Some(true) {
            return;
        }
        let most = |run: &&Run<'_>| run.factors(layer).iter().product::<u32>();
        let runs = retried.runs.iter();
        let repeated = runs.filter(|it| cx.resolver.may_repeat(layer, it));
        let Some(run) = repeated.max_by_key(most) else {
            return;
        };
        let factors = run.factors(layer);
        if factors.len() < 2 {
            return;
        }
        let product: Vec<String> = factors.iter().map(u32::to_string).collect();
        let mut message = format!("up to {} requests for one call", product.join(" × "));
        if let Some(time) = run.worst_case(layer) {
            message = format!("{message}, {time} when the provider stalls");
        }
        let mut finding = cx.finding(layer.at, &attempts(factors[0]), message);
        let repeating = |it: &&_| run_repeats(it);
        for inner in run.layers.iter().filter(repeating) {
            let count = inner.attempts.unwrap_or(1);
            finding = finding.because(inner.at, format!("{} of each", attempts(count)));
        }
        if let Some(requests) = run.client.requests.filter(|it| *it > 1) {
            let text = format!("`{}` sends {requests} requests each time", run.client.name);
            finding = finding.because(run.client.at, text);
        }
        let every = |it: &Run<'_>| it.call != run.call || it.factors(layer).len() > 1;
        if !retried.runs.iter().all(every) {
            // Another client can be at work there, one that does not repeat.
            finding.confidence = cx.medium();
        }
        cx.report(finding.help(help(&run.client)));
    }
}

fn run_repeats(layer: &crate::project::retries::layers::Layer<'_>) -> bool {
    layer.catches.failed_requests() == Some(true) && layer.attempts.is_some_and(|it| it > 1)
}

fn attempts(count: u32) -> String {
    format!("{count} attempts")
}

/// What to type so that one layer is left.
fn help(sender: &Sender<'_>) -> String {
    let retries = sender.client.retries.as_ref();
    let argument = retries.and_then(|it| it.argument.as_ref().map(|name| (name, it.counts)));
    match argument {
        Some((name, Counts::Retries)) if sender.requests.is_some_and(|it| it > 1) => {
            format!(
                "keep one of them: pass `{name}=0` to `{}`, or leave the others out",
                sender.name
            )
        }
        Some((name, Counts::Attempts)) if sender.requests.is_some_and(|it| it > 1) => {
            format!(
                "keep one of them: pass `{name}=1` to `{}`, or leave the others out",
                sender.name
            )
        }
        _ => "keep one of them and leave the others out".to_owned(),
    }
}
