//! `unbounded-fan-out`: as many requests at once as a document has pieces.

use super::{Check, Context};
use crate::project::fan_out::FanOut;

pub(super) struct UnboundedFanOut;

impl Check for UnboundedFanOut {
    fn rule(&self) -> &'static str {
        "unbounded-fan-out"
    }

    fn fan_out(&self, fan_out: &FanOut, cx: &mut Context<'_, '_>) {
        let message = format!(
            "`{}` starts one request for each element of `{}` at once",
            fan_out.name, fan_out.source
        );
        let mut finding = cx.finding(fan_out.at, "all at the same time", message);
        if !fan_out.at.contains(fan_out.from) {
            finding = finding.because(fan_out.from, "nothing bounds how many there are");
        }
        cx.report(finding.help(if fan_out.is_batch {
            "pass `config={\"max_concurrency\": 5}`"
        } else {
            "let each of them take its turn: `async with asyncio.Semaphore(5):` around the request"
        }));
    }
}
