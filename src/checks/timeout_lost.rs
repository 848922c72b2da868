//! `timeout-lost`: a bound that something else removes again, or that comes too late to hold.

use super::{Check, Context};
use crate::fact::Limit;
use crate::project::clients::{ClientSite, ClientWait};
use crate::project::late_timeouts::LateTimeout;

pub(super) struct TimeoutLost;

impl Check for TimeoutLost {
    fn rule(&self) -> &'static str {
        "timeout-lost"
    }

    fn client(&self, client: &ClientSite<'_>, cx: &mut Context<'_, '_>) {
        let ClientWait::Lost(lost) = &client.wait else {
            return;
        };
        if client.bounded_outside {
            return;
        }
        let message = format!("{} on `{}` {}", lost.cause, client.name, lost.effect);
        let label = match lost.then.limit() {
            Limit::Forever => "now it waits for ever".to_owned(),
            Limit::Within(wait) => format!("now it waits {wait}"),
            Limit::Unknown => "the bound is gone".to_owned(),
        };
        let mut finding = cx.finding(lost.at, &label, message);
        if let Some(bound) = &lost.bound {
            finding = finding.because(bound.span, bound.text.clone());
        }
        cx.report(match client.client.timeout.example() {
            Some(example) => finding.help(format!("pass `{example}` as well")),
            None => finding,
        });
    }

    fn late_timeout(&self, late: &LateTimeout, cx: &mut Context<'_, '_>) {
        let LateTimeout {
            argument,
            how,
            class,
            ..
        } = late;
        let still = match late.still {
            Limit::Forever => "it still waits for ever".to_owned(),
            Limit::Within(wait) => format!("it still waits {wait}"),
            Limit::Unknown => "it waits as long as before".to_owned(),
        };
        let message = format!("`{argument}` is {how} after `{class}` was built: {still}");
        let finding = cx
            .finding(late.place, "comes too late", message)
            .because(late.built, "has handed its timeout on here");
        cx.report(match &late.write {
            Some(write) => finding.help(format!("pass `{write}` where it is built")),
            None => finding,
        });
    }
}
