//! `timeout-ignored`: a timeout given where it does nothing.

use super::{Check, Context};
use crate::catalog::entry::Absent;
use crate::project::clients::{ClientSite, ClientWait};

pub(super) struct TimeoutIgnored;

impl Check for TimeoutIgnored {
    fn rule(&self) -> &'static str {
        "timeout-ignored"
    }

    fn client(&self, client: &ClientSite<'_>, cx: &mut Context<'_, '_>) {
        // With a timeout that works beside it, the ignored one is clutter and no danger.
        if matches!(client.wait, ClientWait::Bounded(_)) || client.bounded_outside {
            return;
        }
        for ignored in &client.ignored {
            let argument = &ignored.entry.argument;
            let message = format!("`{argument}` on `{}` {}", client.name, ignored.entry.effect);
            let after = match client.client.timeout.absent {
                Absent::Forever => "the call still waits for ever".to_owned(),
                Absent::Wait(wait) => format!("the call still waits {wait}"),
                Absent::Unknown => "it bounds nothing".to_owned(),
            };
            let mut finding = cx.finding(ignored.passed, &after, message);
            if !ignored.passed.contains(ignored.written) {
                finding = finding.because(ignored.written, "written here");
            }
            let instead = ignored
                .entry
                .instead
                .clone()
                .or_else(|| client.client.timeout.example());
            cx.report(match instead {
                Some(instead) => finding.help(format!("write `{instead}` instead")),
                None => finding.help("bound the call from outside, with `asyncio.wait_for`"),
            });
        }
    }
}
