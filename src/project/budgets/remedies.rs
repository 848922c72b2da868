//! Numbers that make an entry point end before a limit, found by trying them out.

use smol_str::SmolStr;

use super::Budget;
use crate::project::Project;
use crate::project::entry_points::Mounts;
use crate::project::resolve::Resolver;
use crate::project::work::{WhatIf, Works};
use crate::units::{Millis, Unit};

/// Timeouts to try, in seconds, from those that disturb least.
const TIMEOUTS: &[u32] = &[60, 45, 30, 20, 15, 10, 5];

/// Numbers with which the work ends in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remedy {
    /// The clients that get them.
    pub clients: Vec<SmolStr>,
    /// The timeout of each.
    pub timeout: Millis,
    /// The number of retries, where it has to change too.
    pub retries: Option<u32>,
    /// How long the work takes then, in words.
    pub then: String,
}

impl Project {
    /// What brings an entry point below a limit, if a timeout and fewer retries can.
    pub(super) fn remedy(&self, budget: &Budget, limit: Millis) -> Option<Remedy> {
        let mut clients: Vec<SmolStr> = Vec::new();
        for step in budget.work.explain() {
            let new = step.note.client.filter(|it| !clients.contains(it));
            clients.extend(new);
        }
        if clients.is_empty() {
            return None;
        }
        let resolver = Resolver::new(self);
        let file = budget.entry.registered.file;
        // Which way leads there makes it no longer.
        let entries = resolver.entry_points(file, &Mounts::default());
        let mut entries = entries.into_iter();
        let (_, runs) = entries.find(|it| it.0.at == budget.entry.at)?;
        for retries in [None, Some(1), Some(0)] {
            for seconds in TIMEOUTS {
                let what_if = tried(&clients, *seconds, retries);
                let works = Works::new(&resolver, &what_if);
                let worst = works.of_entry(&runs)?.worst_case();
                if worst.most.is_some_and(|it| it < limit) {
                    return Some(Remedy {
                        clients,
                        timeout: Millis::of(f64::from(*seconds), Unit::Seconds)?,
                        retries,
                        then: worst.to_string(),
                    });
                }
            }
        }
        None
    }
}

fn tried(clients: &[SmolStr], seconds: u32, retries: Option<u32>) -> WhatIf {
    let mut what_if = WhatIf::default();
    for client in clients {
        what_if.set(client, "timeout", f64::from(seconds));
        if let Some(retries) = retries {
            what_if.set(client, "max_retries", f64::from(retries));
        }
    }
    what_if
}
