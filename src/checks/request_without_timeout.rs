//! `request-without-timeout`: an HTTP request that nobody gave a timeout.

use super::{Check, Context};
use crate::fact::{Limit, Origin};
use crate::project::requests::RequestSite;

pub(super) struct RequestWithoutTimeout;

impl Check for RequestWithoutTimeout {
    fn rule(&self) -> &'static str {
        "request-without-timeout"
    }

    fn request(&self, request: &RequestSite<'_>, cx: &mut Context<'_, '_>) {
        let name = &request.name;
        let limit = request.limit();
        // An unknown wait may well be bounded, so only a certain `Forever` counts.
        if limit.value != Limit::Forever {
            return;
        }
        let stalls = format!("`{name}` waits for ever when the server stalls");
        let timeout = &request.http.timeout;
        let finding = match limit.origin {
            Origin::Default => cx
                .finding(request.callee, "no timeout", stalls)
                .fix(cx.give_timeout(&request.site, timeout)),
            Origin::Written(at) => {
                let message = format!("`{name}` waits for ever: its timeout is None");
                let finding = cx.finding(request.callee, "no timeout", message);
                let finding = finding.because(at, "None means no limit");
                finding.fix(cx.replace_nothing(at, timeout.unit))
            }
        };
        let finding = finding.caused_by(request.session);
        cx.report(match timeout.example() {
            Some(example) => finding.help(format!("pass `{example}`")),
            None => finding,
        });
    }
}
