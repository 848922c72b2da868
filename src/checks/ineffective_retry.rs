//! `ineffective-retry`: a retry that never gets to call again.

use super::{Check, Context};
use crate::catalog::entry::Counts;
use crate::project::clients::ClientSite;
use crate::project::retries::layers::Retried;
use crate::project::retries::useless::Useless;

pub(super) struct IneffectiveRetry;

impl Check for IneffectiveRetry {
    fn rule(&self) -> &'static str {
        "ineffective-retry"
    }

    fn retried(&self, retried: &Retried<'_>, cx: &mut Context<'_, '_>) {
        let Some(useless) = &retried.useless else {
            return;
        };
        let name = retried.layer.name();
        let (message, because, help) = match useless {
            Useless::Later(kind, function) => (
                format!(
                    "{name} never repeats `{function}`: calling it gives {kind}, which fails later"
                ),
                None,
                "repeat the block that waits for it, with a library that knows both",
            ),
            Useless::Swallowed(handler) => (
                format!("{name} never hears of a failure: the function catches it"),
                Some((*handler, "caught here and not raised again")),
                "let the exception out, and catch it around the call of this function",
            ),
            Useless::Unawaited(call) => (
                format!("{name} never hears of a failure: the coroutine is awaited outside"),
                Some((*call, "returned without `await`")),
                "await it inside the function",
            ),
            Useless::Streamed(run) => (
                format!("{name} does nothing for a stream"),
                Some((*run, "one request, whatever happens")),
                "repeat the whole stream in a function of your own, or call `.invoke()`",
            ),
            Useless::NotRaised(exception) => (
                format!("{name} waits for `{exception}`, which the client never raises"),
                retried
                    .runs
                    .first()
                    .map(|it| (it.call, "it raises exceptions of its own SDK")),
                "name the exceptions of the SDK, as in `openai.APIConnectionError`",
            ),
        };
        let mut finding = cx.finding(retried.layer.at, "it never repeats anything", message);
        if let Some((at, text)) = because {
            finding = finding.because(at, text);
        }
        cx.report(finding.help(help));
    }

    fn client(&self, client: &ClientSite<'_>, cx: &mut Context<'_, '_>) {
        let Some(retries) = &client.client.retries else {
            return;
        };
        let Some(argument) = &retries.argument else {
            return;
        };
        let Some(passed) = cx.resolver.keyword_span(&client.site, argument) else {
            return;
        };
        if retries.counts == Counts::Nothing {
            let requests = requests(retries.requests);
            let message = format!(
                "`{}` does not read `{argument}`: it sends {requests}, whatever it says",
                client.name
            );
            let finding = cx.finding(passed, "without effect", message);
            cx.report(finding.help("take it out, and repeat the call where it is made"));
        } else if client.requests == Some(1)
            && !client.repeated_outside
            && let Some((at, transport)) = cx.resolver.retrying_transport(&client.site)
        {
            let message = format!(
                "`{}` tries again after {}: `{}` sends {} then",
                transport.name,
                transport.after.as_deref().unwrap_or_default(),
                client.name,
                requests(1)
            );
            let finding = cx.finding(at, "it does not see answers", message);
            let finding = finding.because(passed, "the client's own retries are off");
            cx.report(finding.help(format!("leave `{argument}` at its default")));
        }
    }
}

fn requests(count: u32) -> String {
    match count {
        1 => "one request".to_owned(),
        more => format!("{more} requests"),
    }
}
