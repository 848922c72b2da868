//! `call-without-retry`: a client whose retries were switched off, and nothing in their place.

use super::{Check, Context};
use crate::project::clients::ClientSite;

pub(super) struct CallWithoutRetry;

impl Check for CallWithoutRetry {
    fn rule(&self) -> &'static str {
        "call-without-retry"
    }

    fn client(&self, client: &ClientSite<'_>, cx: &mut Context<'_, '_>) {
        let Some(retries) = &client.client.retries else {
            return;
        };
        let Some(argument) = &retries.argument else {
            return;
        };
        let repeats = retries.requests > 1;
        if !repeats || client.requests != Some(1) || client.repeated_outside {
            return;
        }
        let Some(passed) = cx.resolver.keyword_span(&client.site, argument) else {
            return;
        };
        // A transport in their place: `ineffective-retry` speaks of that.
        if cx.resolver.retrying_transport(&client.site).is_some() {
            return;
        }
        let message = format!(
            "a single refused request of `{}` fails the whole call: nothing repeats it",
            client.name
        );
        let finding = cx.finding(passed, "no repetition here", message);
        cx.report(finding.help(format!(
            "leave `{argument}` at its default, or repeat the call where it is made"
        )));
    }
}
