//! `timeout-disabled`: a timeout that is passed and is `None`.

use super::{Check, Context};
use crate::project::clients::{ClientSite, ClientWait};

pub(super) struct TimeoutDisabled;

impl Check for TimeoutDisabled {
    fn rule(&self) -> &'static str {
        "timeout-disabled"
    }

    fn client(&self, client: &ClientSite<'_>, cx: &mut Context<'_, '_>) {
        let ClientWait::Disabled {
            argument,
            passed,
            written,
            value,
            sometimes,
        } = &client.wait
        else {
            return;
        };
        if client.bounded_outside {
            return;
        }
        let class = &client.name;
        let (message, label) = if *sometimes {
            let message = format!("`{class}` may wait for ever: `{argument}` may be {value}");
            (message, format!("may be {value}"))
        } else {
            let message = format!("`{class}` waits for ever: `{argument}` is {value}");
            (message, format!("{value} means no limit"))
        };
        let mut finding = cx.finding(*passed, &label, message);
        if *sometimes {
            finding = finding.severity(cx.warning());
        } else {
            finding = finding.fix(cx.replace_nothing(*written, client.client.timeout.unit));
        }
        if !passed.contains(*written) {
            let text = if *sometimes {
                format!("{value} unless it is set")
            } else {
                format!("{value} comes from here")
            };
            finding = finding.because(*written, text);
        }
        cx.report(finding.help(match client.client.timeout.example() {
            Some(example) => format!("give it a number of its own, as in `{example}`"),
            None => "give it a number".to_owned(),
        }));
    }
}
