//! `client-without-timeout`: a client that nobody gave a timeout.

use super::{Check, Context};
use crate::catalog::entry::{Absent, Client};
use crate::project::clients::{ClientSite, ClientWait};
use crate::units::Millis;

pub(super) struct ClientWithoutTimeout;

impl Check for ClientWithoutTimeout {
    fn rule(&self) -> &'static str {
        "client-without-timeout"
    }

    fn client(&self, client: &ClientSite<'_>, cx: &mut Context<'_, '_>) {
        // An ignored timeout is one mistake, and `timeout-ignored` speaks of it.
        if client.bounded_outside || !client.ignored.is_empty() {
            return;
        }
        let ClientWait::Absent(absent) = client.wait else {
            return;
        };
        let (message, is_default) = match absent {
            Absent::Forever => (
                format!("`{}` waits for ever when the provider stalls", client.name),
                false,
            ),
            Absent::Wait(wait) if Some(wait) >= cx.settings.millis(self.rule(), "long-default") => {
                (
                    format!("`{}` waits {}", client.name, long(wait, client.client)),
                    true,
                )
            }
            Absent::Wait(_) | Absent::Unknown => return,
        };
        let mut finding = cx.finding(client.callee, "no timeout", message);
        if is_default {
            finding = finding.severity(cx.warning());
        }
        cx.report(match client.client.timeout.example() {
            Some(example) => finding.help(format!("pass `{example}`")),
            None => finding.help(format!(
                "`{}` takes no timeout: bound the call from outside, with `asyncio.wait_for`",
                client.client.class
            )),
        });
    }
}

/// "600 s, three times, when the provider stalls".
fn long(wait: Millis, client: &Client) -> String {
    let times = client
        .retries
        .as_ref()
        .filter(|it| it.after_timeout)
        .map_or(1, |it| it.requests);
    let times = match times {
        0 | 1 => String::new(),
        2 => ", twice,".to_owned(),
        3 => ", three times,".to_owned(),
        n => format!(", {n} times,"),
    };
    format!("{wait}{times} when the provider stalls")
}
