//! `request-without-timeout`: an HTTP request that nobody gave a timeout.

use super::{Check, Context};
use crate::catalog::entry::Absent;
use crate::project::requests::{RequestSite, RequestWait};

pub(super) struct RequestWithoutTimeout;

impl Check for RequestWithoutTimeout {
    fn rule(&self) -> &'static str {
        "request-without-timeout"
    }

    fn request(&self, request: &RequestSite<'_>, cx: &mut Context<'_, '_>) {
        let name = &request.name;
        let finding = match request.wait {
            RequestWait::Absent(Absent::Forever) => cx.finding(
                request.callee,
                "no timeout",
                format!("`{name}` waits for ever when the server stalls"),
            ),
            RequestWait::Disabled(written) => {
                let message = format!("`{name}` waits for ever: its timeout is None");
                let finding = cx.finding(request.callee, "no timeout", message);
                finding.because(written, "None means no limit")
            }
            _ => return,
        };
        let finding = finding.caused_by(request.session);
        cx.report(match request.http.timeout.example() {
            Some(example) => finding.help(format!("pass `{example}`")),
            None => finding,
        });
    }
}
