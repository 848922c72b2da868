//! `blocking-call-in-async`: a call in `async def` that stops the event loop until it is done.

use super::{Check, Context};
use crate::project::async_calls::{Blocking, BlockingCall};

pub(super) struct BlockingCallInAsync;

impl Check for BlockingCallInAsync {
    fn rule(&self) -> &'static str {
        "blocking-call-in-async"
    }

    fn blocking_call(&self, call: &BlockingCall, cx: &mut Context<'_, '_>) {
        let name = &call.name;
        let shortest = cx.settings.millis(self.rule(), "shortest-pause");
        let message = match call.what {
            Blocking::Sleep(Some(pause)) if Some(pause) < shortest => return,
            Blocking::Sleep(Some(pause)) => {
                format!(
                    "`{name}` stops the event loop for {pause}, and every other request with it"
                )
            }
            Blocking::Sleep(None) => {
                format!("`{name}` stops the event loop, and every other request with it")
            }
            Blocking::Model | Blocking::Request => format!(
                "`{name}` stops the event loop until the answer is there: every other request waits, and no `wait_for` around it can end it"
            ),
        };
        let mut finding = cx
            .finding(call.callee, "blocks", message)
            .because(call.function, "runs on the event loop");
        match call.route {
            Some(route) => finding = finding.because(route, "serves requests"),
            None => finding = finding.confidence(cx.medium()),
        }
        cx.report(match &call.instead {
            Some(instead) => finding.help(instead.clone()),
            None => finding.help("hand it to a thread, with `await asyncio.to_thread(…)`"),
        });
    }
}
