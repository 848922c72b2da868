//! Classes with one client for blocking calls and one for the others, of which only one got a proxy.

use smol_str::SmolStr;

use super::{IgnoredProxy, Past};
use crate::project::proxies::made::MadeClient;
use crate::project::resolve::Resolver;
use crate::project::uses::Use;
use crate::project::value::{Lookup, Seen, Site, Value};

/// Arguments by which an HTTP client gets a proxy.
const CARRIERS: &[&str] = &["mounts", "proxies", "proxy"];

/// Arguments by which a client of a provider gets an HTTP client.
const HTTP_CLIENTS: &[&str] = &["http_async_client", "http_client"];

impl Resolver<'_> {
    pub(super) fn one_side(
        &self,
        made: &MadeClient<'_>,
        uses: &dyn Fn(&Site) -> Vec<Use>,
    ) -> Option<IgnoredProxy> {
        let sides = made.client.sides.as_ref()?;
        let all = [
            (&sides.blocking, &sides.other, true),
            (&sides.other, &sides.blocking, false),
        ];
        all.into_iter().find_map(|(given, missing, is_async)| {
            let carries = self.carries_proxy(&made.argument(given)?);
            if !carries || !made.lacks(missing) {
                return None;
            }
            let all = uses(&made.site);
            let past = all.iter().find(|it| it.is_async == is_async)?;
            Some(IgnoredProxy {
                at: self.argument_span(&made.site, given),
                client: made.name().into(),
                why: Past::OneSide {
                    given: given.clone(),
                    missing: missing.clone(),
                    call: self.span(past.call.0, past.call.1),
                },
                proxy: None,
            })
        })
    }

    /// The argument by which a client of a provider gets an HTTP client that must not read the
    /// environment, and has no proxy.
    pub(super) fn refusing(&self, made: &MadeClient<'_>) -> Option<SmolStr> {
        HTTP_CLIENTS.iter().find_map(|name| {
            let seen = made.argument(name)?;
            let Value::Made(inner) = &seen.value else {
                return None;
            };
            let keywords = self.keywords(&inner.site, inner.partial.as_ref());
            let refuses = match keywords.get("trust_env") {
                Lookup::Given(seen) => seen.truth() == Some(false),
                _ => false,
            };
            let own = [CARRIERS, &["transport"]].concat();
            let alone = own
                .iter()
                .all(|it| matches!(keywords.get(it), Lookup::Missing));
            let heeded = inner.path.starts_with("httpx");
            (refuses && alone && heeded).then(|| SmolStr::from(*name))
        })
    }

    /// Whether an HTTP client is built with a proxy of its own.
    fn carries_proxy(&self, seen: &Seen) -> bool {
        let Value::Made(made) = &seen.value else {
            return false;
        };
        let keywords = self.keywords(&made.site, made.partial.as_ref());
        CARRIERS.iter().any(|it| match keywords.get(it) {
            Lookup::Given(seen) => !matches!(seen.value, Value::None),
            _ => false,
        })
    }
}
