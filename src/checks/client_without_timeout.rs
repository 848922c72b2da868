//! `client-without-timeout`: a client that nobody gave a timeout.

use super::{Check, Context};
use crate::catalog::entry::{Absent, ClientKind};
use crate::fact::{Limit, Origin};
use crate::project::clients::ClientSite;
use crate::project::requests::{RequestSite, RequestWait};
use crate::source::Span;
use crate::units::Millis;

#[derive(Clone, Copy)]
pub(super) struct ClientWithoutTimeout;

impl Check for ClientWithoutTimeout {
    fn rule(&self) -> &'static str {
        "client-without-timeout"
    }

    fn request(&self, request: &RequestSite<'_>, cx: &mut Context<'_, '_>) {
        self.model_call(request, cx);
    }

    fn any_provider(&self, callee: Span, factory: &str, cx: &mut Context<'_, '_>) {
        let message = format!("`{factory}` gets no timeout, and most providers then wait for ever");
        let finding = cx.finding(callee, "no timeout", message);
        let finding = finding.severity(cx.warning()).confidence(cx.medium());
        cx.report(finding.help("pass `timeout=30`"));
    }

    fn client(&self, client: &ClientSite<'_>, cx: &mut Context<'_, '_>) {
        // A timeout that is ignored is one mistake, and `timeout-ignored` speaks of it; of one that
        // comes too late, `timeout-lost`.
        let kind = client.client.kind;
        let other_rule = matches!(kind, ClientKind::Datastore | ClientKind::Mcp);
        let other_mistake = client.bounded_too_late || !client.ignored.is_empty();
        if other_rule || other_mistake || client.bounded_outside {
            return;
        }
        let limit = client.limit();
        // What somebody wrote is another rule's; an unknown wait may well be bounded.
        if limit.origin != Origin::Default {
            return;
        }
        let name = &client.name;
        let long_default = cx.settings.millis(self.rule(), "long-default");
        let (message, is_default) = match limit.value {
            Limit::Forever => {
                let message = format!(
                    "`{name}` waits for ever when the {} stalls",
                    other_end(kind)
                );
                (message, false)
            }
            Limit::Within(wait) if Some(wait) >= long_default => {
                (format!("`{name}` waits {}", long(wait, client)), true)
            }
            Limit::Within(_) | Limit::Unknown => return,
        };
        // Whoever sets the program up may add one, and then all is well.
        let example = client.client.timeout.example();
        let settable = client.settable.filter(|_| example.is_some());
        let message = match settable {
            Some(_) => format!("{message}, unless its settings add a timeout"),
            None => message,
        };
        let mut finding = cx.finding(client.callee, "no timeout", message);
        // An agent can do without one of its tools, and not without its model.
        if is_default || settable.is_some() || kind == ClientKind::Tool {
            finding = finding.severity(cx.warning());
        }
        if let Some(settings) = settable {
            finding = finding.confidence(cx.medium()).caused_by(settable);
            finding = finding.because(
                settings,
                "none by default; whoever sets this up may add one",
            );
        } else {
            finding = finding.fix(cx.give_timeout(&client.site, &client.client.timeout));
            for made in cx.resolver.spread_from(&client.site) {
                finding = finding.because(made, "its arguments are put together here");
            }
        }
        cx.report(match example {
            Some(example) => finding.help(format!("pass `{example}`")),
            None => finding.help(format!(
                "`{}` takes no timeout: bound the call from outside, with `asyncio.wait_for`",
                client.client.class
            )),
        });
    }
}

impl ClientWithoutTimeout {
    /// A function that asks a model waits like a client does.
    fn model_call(self, request: &RequestSite<'_>, cx: &mut Context<'_, '_>) {
        let wait = match request.wait {
            RequestWait::Absent(Absent::Wait(wait)) if request.http.model => wait,
            _ => return,
        };
        if Some(wait) < cx.settings.millis(self.rule(), "long-default") {
            return;
        }
        let message = format!("`{}` waits {wait} when the provider stalls", request.name);
        let finding = cx
            .finding(request.callee, "no timeout", message)
            .severity(cx.warning())
            .fix(cx.give_timeout(&request.site, &request.http.timeout));
        cx.report(match request.http.timeout.example() {
            Some(example) => finding.help(format!("pass `{example}`")),
            None => finding,
        });
    }
}

/// "600 s, three times, when the provider stalls".
fn long(wait: Millis, client: &ClientSite<'_>) -> String {
    let repeats = client
        .client
        .retries
        .as_ref()
        .is_some_and(|it| it.after_timeout);
    let times = match client.requests.filter(|_| repeats).unwrap_or(1) {
        0 | 1 => String::new(),
        2 => ", twice,".to_owned(),
        3 => ", three times,".to_owned(),
        n => format!(", {n} times,"),
    };
    let other_end = other_end(client.client.kind);
    format!("{wait}{times} when the {other_end} stalls")
}

/// Who does not answer.
fn other_end(kind: ClientKind) -> &'static str {
    match kind {
        ClientKind::Tool => "server",
        _ => "provider",
    }
}
