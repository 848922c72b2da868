//! `datastore-without-timeout`: a database, cache or index that nobody gave a timeout.

use super::{Check, Context};
use crate::catalog::entry::ClientKind;
use crate::fact::{Limit, Origin};
use crate::project::bounds::CALLERS;
use crate::project::clients::ClientSite;
use crate::syntax::python::ArgKind;

pub(super) struct DatastoreWithoutTimeout;

impl Check for DatastoreWithoutTimeout {
    fn rule(&self) -> &'static str {
        "datastore-without-timeout"
    }

    fn client(&self, client: &ClientSite<'_>, cx: &mut Context<'_, '_>) {
        if client.client.kind != ClientKind::Datastore || client.bounded_outside {
            return;
        }
        let limit = client.limit();
        let site = &client.site;
        if cx.resolver.bounded_outside(site.file, site.call, CALLERS) {
            return;
        }
        // A default of its own, however it was chosen, is sane enough for a store.
        if limit.origin != Origin::Default || limit.value != Limit::Forever {
            return;
        }
        let name = &client.name;
        let message = format!("`{name}` waits for ever when the server stalls");
        // `timeout=5` beside it bounds something else: opening the connection.
        let args = cx.resolver.args(site).unwrap_or_default();
        let other = args
            .iter()
            .any(|it| matches!(&it.kind, ArgKind::Keyword(name) if name.contains("timeout")));
        let label = match client.client.timeout.arguments.first() {
            Some(argument) if other => format!("no `{argument}`"),
            _ => "no timeout".to_owned(),
        };
        let finding = cx.finding(client.callee, &label, message);
        cx.report(match client.client.timeout.example() {
            Some(example) => finding.help(format!("pass `{example}`")),
            None => finding.help(format!(
                "`{name}` takes no timeout: bound its calls from outside, with `asyncio.wait_for`"
            )),
        });
    }
}
