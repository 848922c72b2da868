//! `stream-held-back`: a server that collects a streamed answer before it passes it on.

use super::{Check, Context};
use crate::project::servers::NginxSetting;

/// What a stream of events is declared as.
const EVENTS: &str = "text/event-stream";

pub(super) struct StreamHeldBack;

impl Check for StreamHeldBack {
    fn rule(&self) -> &'static str {
        "stream-held-back"
    }

    fn nginx(&self, setting: &NginxSetting<'_>, cx: &mut Context<'_, '_>) {
        let compresses = setting.name() == "gzip_types" && setting.is_on("gzip");
        let Some(word) = setting.argument(EVENTS).filter(|_| compresses) else {
            return;
        };
        let message = "`gzip_types` names `text/event-stream`, and nginx holds all events back until the answer is complete";
        let finding = cx.finding(setting.span(word), "compressed as a whole", message);
        cx.report(finding.help("remove `text/event-stream` from `gzip_types`"));
    }
}
