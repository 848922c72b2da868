//! `fallback-never-reached`: fallbacks behind a client that waits for ever and so never fails.

use super::{Check, Context};
use crate::project::fallbacks::UnreachedFallback;

pub(super) struct FallbackNeverReached;

impl Check for FallbackNeverReached {
    fn rule(&self) -> &'static str {
        "fallback-never-reached"
    }

    fn unreached_fallback(&self, found: &UnreachedFallback, cx: &mut Context<'_, '_>) {
        let name = &found.name;
        let message = format!(
            "these fallbacks are never reached when the provider stalls: `{name}` then waits for ever, and does not fail"
        );
        let finding = cx
            .finding(found.method, "reached only after an error", message)
            .because(found.built, "waits for ever, so there is no error");
        cx.report(match (&found.write, &found.retries) {
            (Some(write), Some(retries)) => finding.help(format!(
                "give it `{write}, {retries}=0`, so that it fails soon"
            )),
            (Some(write), None) => finding.help(format!("give it `{write}`, so that it fails")),
            (None, _) => finding.help(format!(
                "`{name}` takes no timeout: put one that does in its place, or in front of it"
            )),
        });
    }
}
