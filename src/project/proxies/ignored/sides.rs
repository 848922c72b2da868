//! Classes with one client for blocking calls and one for the others, of which only one got a proxy.

use super::{IgnoredProxy, Past};
use crate::project::proxies::made::MadeClient;
use crate::project::resolve::Resolver;
use crate::project::uses::Use;
use crate::project::value::{Lookup, Seen, Site, Value};

/// Arguments by which an HTTP client gets a proxy.
const CARRIERS: &[&str] = &["mounts", "proxies", "proxy"];

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
