//! One client or request: how long it waits, how often it asks by itself, and what says so.

use std::sync::Arc;

use super::values::Run;
use super::{Maybe, Works, note, note_because};
use crate::budget::work::Work;
use crate::budget::{Backoff, work::Note};
use crate::fact::{Limit, Origin};
use crate::model::python::keyword;
use crate::project::clients::{ClientSite, ClientWait};
use crate::project::requests::RequestSite;
use crate::project::retries::pauses::doubling;
use crate::project::value::Site;
use crate::project::waits::Wait;
use crate::source::Span;

impl Works<'_, '_> {
    /// What a run of the clients that a call builds takes.
    pub(super) fn clients(&self, site: &Site, run: &Run) -> Maybe {
        let all = self.resolver.clients_at(site);
        Work::either(all.iter().map(|it| self.client(it, run)).collect())
    }

    fn client(&self, client: &ClientSite<'_>, run: &Run) -> Arc<Work> {
        let (limit, origin) = self.limit(client, run);
        let name = &client.name;
        let note = |title: String| Note {
            client: Some(name.as_str().into()),
            ..note_because(title, run.at, origin, because(name, limit))
        };
        let one = |note: Note| {
            if run.reads {
                Work::read_by_read(note, limit)
            } else {
                Work::wait(note, limit)
            }
        };
        let whole = |work: Arc<Work>| {
            if run.blocks && !client.client.is_async() {
                work.in_this_thread()
            } else {
                work
            }
        };
        let Some((requests, pauses)) = self.requests_of(client) else {
            return whole(one(note(format!("`{name}`"))));
        };
        let title = match requests {
            Some(requests) => format!("`{name}`, {requests} requests"),
            None => format!("`{name}`, nobody can tell how many requests"),
        };
        let outer = note_because(
            title,
            run.at,
            client.callee,
            match requests {
                Some(requests) => format!("`{name}` sends up to {requests} requests for one call"),
                None => format!("`{name}` may send several requests for one call"),
            },
        );
        let one = one(note("one request".to_owned()));
        whole(Work::retried(outer, requests, pauses.as_ref(), one))
    }

    /// How long one request waits, and the place that says so.
    fn limit(&self, client: &ClientSite<'_>, run: &Run) -> (Limit, Span) {
        if let Some(wait) = self.what_if.timeout(&client.name) {
            return (Limit::Within(wait), client.callee);
        }
        // A call or a binding may bring a timeout of its own.
        let unit = client.client.timeout.unit;
        let calls = run.site.iter().chain(&run.bindings);
        for site in calls {
            let args = self.resolver.args(site).unwrap_or_default();
            let Some(arg) = keyword(args, "timeout") else {
                continue;
            };
            let seen = self
                .resolver
                .eval(site.file, arg.value, site.frame.as_ref());
            return match self.resolver.wait(&seen, unit) {
                Wait::Within(wait) => (Limit::Within(wait), self.resolver.decided_at(&seen)),
                _ => (Limit::Unknown, seen.at),
            };
        }
        let fact = client.limit();
        let at = match (&client.wait, fact.origin, client.given.first()) {
            (ClientWait::Bounded(_), _, Some(given)) => self.resolver.decided_at(&given.seen),
            (_, Origin::Written(at), _) => at,
            _ => client.callee,
        };
        (fact.value, at)
    }

    /// How many requests one call makes when each of them stalls, and the pauses between; `None`
    /// for just one.
    fn requests_of(&self, client: &ClientSite<'_>) -> Option<(Option<u32>, Option<Backoff>)> {
        let retries = client.client.retries.as_ref()?;
        let set = self.what_if.requests(&client.name);
        let requests = set.or(client.requests);
        if !retries.after_timeout || requests == Some(1) {
            return None;
        }
        Some((requests, doubling(retries.pause_first, retries.pause_cap)))
    }

    /// What one request of an HTTP library takes.
    pub(super) fn request(&self, request: &RequestSite<'_>, blocks: bool) -> Arc<Work> {
        let fact = request.limit();
        let limit = match self.what_if.timeout(&request.name) {
            Some(wait) => Limit::Within(wait),
            None => fact.value,
        };
        let at = match (fact.origin, &request.given) {
            (_, Some(given)) => self.resolver.decided_at(&given.seen),
            (Origin::Written(at), None) => at,
            (Origin::Default, None) => request.callee,
        };
        let name = format!("`{}`", request.name);
        let text = because(&request.name, limit);
        let wait = Work::wait(note_because(name, request.callee, at, text), limit);
        if blocks { wait.in_this_thread() } else { wait }
    }
}

/// What nobody can tell of a value that is run.
pub(super) fn untold(run: &Run, why: &str) -> Arc<Work> {
    Work::unknown(note(why, run.at))
}

fn because(name: &str, limit: Limit) -> String {
    match limit {
        Limit::Within(wait) => format!("`{name}` waits up to {wait}"),
        Limit::Forever => format!("`{name}` waits for ever"),
        Limit::Unknown => format!("nobody can tell how long `{name}` waits"),
    }
}
