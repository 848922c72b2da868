//! How many clients a file builds, by what they talk to, and of how many one can tell their wait.

use std::collections::BTreeSet;

use super::{ClientWait, Clients};
use crate::catalog::entry::{Absent, ClientKind};
use crate::finding::{Label, Seen, Sites};

/// Counts what became of the clients of a file.
#[must_use]
pub fn count(clients: &Clients<'_>) -> Sites {
    let mut sites = Sites::default();
    // A registry's call builds one of several classes: still one place, and known only if all are.
    let mut counted = BTreeSet::new();
    for (kind, label) in &clients.undecided {
        if counted.insert(label.span) {
            seen(&mut sites, *kind).unknown.push(label.clone());
        }
    }
    for client in &clients.sites {
        let why = match client.wait {
            ClientWait::Unknown(why) => why,
            ClientWait::Absent(Absent::Unknown) => "a class whose own wait nobody measured",
            _ => continue,
        };
        if counted.insert(client.callee) {
            let (span, text) = (client.callee, why.to_owned());
            let label = Label { span, text };
            seen(&mut sites, client.client.kind).unknown.push(label);
        }
    }
    for client in &clients.sites {
        if counted.insert(client.callee) {
            seen(&mut sites, client.client.kind).resolved += 1;
        }
    }
    for (_, callee, _) in &clients.any_provider {
        if counted.insert(*callee) {
            sites.models.resolved += 1;
        }
    }
    sites
}

/// Where a client of this kind counts.
fn seen(sites: &mut Sites, kind: ClientKind) -> &mut Seen {
    match kind {
        ClientKind::Chat
        | ClientKind::Llm
        | ClientKind::Embeddings
        | ClientKind::Reranker
        | ClientKind::Sdk => &mut sites.models,
        ClientKind::Datastore => &mut sites.stores,
        ClientKind::Tool | ClientKind::Mcp => &mut sites.tools,
    }
}
