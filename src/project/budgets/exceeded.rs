//! Limits of hops that entry points can take longer than.

use std::collections::BTreeMap;

use super::{Budget, Waiter};
use crate::budget::worst::Worst;
use crate::catalog::entry_points::EntryKind;
use crate::catalog::hops::Bounds;
use crate::fact::{Limit, Origin};
use crate::project::Project;
use crate::project::hops::{Hop, Product, Workers};
use crate::source::{FileId, Span};
use crate::units::Millis;

/// A limit, and what can take longer.
#[derive(Debug)]
pub struct Exceeded<'p> {
    /// The limit.
    pub waiter: &'p Waiter,
    /// The same in time.
    pub limit: Millis,
    /// The entry point that takes longest.
    pub budget: &'p Budget,
    /// How many others take longer too.
    pub others: usize,
    /// What to type so that the work ends before the limit, tried out: the clients, their timeout,
    /// and their retries where these have to change too.
    pub remedy: Option<super::remedies::Remedy>,
}

/// A server whose processes each do one thing at a time.
#[derive(Debug)]
pub struct BlockedServer<'p> {
    /// Its name.
    pub name: &'p str,
    /// Where it is started.
    pub at: Span,
    /// How many processes there are, and where that is written.
    pub workers: (u32, Option<Span>),
    /// The entry point that takes longest.
    pub budget: &'p Budget,
}

impl Project {
    /// The limits, told in a file, that some entry point can take longer than: of those that a
    /// request meets the first to give up, of those at the end of a process the shortest.
    #[must_use]
    pub fn exceeded_limits(
        &self,
        file: FileId,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Vec<Exceeded<'_>> {
        // Most files say nothing of any hop, and what their code takes is worth no look then.
        let told_here = |hop: &Hop| {
            let mut limits = hop.timeouts.iter().map(|it| it.limit.origin);
            let here = |at: Span| at.file == file;
            here(hop.at) || limits.any(|it| matches!(it, Origin::Written(at) if here(at)))
        };
        let told = self.hops().all().any(|(_, hop)| told_here(hop)) || self.limits_tasks(file);
        if !told && self.catalog.gateways.is_empty() {
            return Vec::new();
        }
        let mut found: BTreeMap<_, Vec<(&Waiter, &Budget)>> = BTreeMap::new();
        for budget in self.waited_for(stop) {
            let all = [
                budget.gives_up_first(),
                budget.stopped_first(),
                self.redelivered(budget),
            ];
            for waiter in all.into_iter().flatten() {
                if waiter.place().file == file {
                    // What waits at the entry point itself waits for that one alone.
                    let own = waiter.hop.is_none().then_some(waiter.place().start);
                    let key = (waiter.hop, waiter.entry.id.as_str(), own);
                    found.entry(key).or_default().push((waiter, budget));
                }
            }
        }
        let exceeded = found.into_values().filter_map(|all| {
            let (waiter, budget) = all.iter().copied().rev().max_by_key(|it| weight(it.1))?;
            let Limit::Within(limit) = waiter.limit else {
                return None;
            };
            Some(Exceeded {
                waiter,
                limit,
                budget,
                others: all.len() - 1,
                remedy: self.remedy(budget, limit),
            })
        });
        exceeded.collect()
    }

    /// A broker that hands out a task again while it runs: only one that is told at the end that
    /// the task is done.
    fn redelivered<'b>(&self, budget: &'b Budget) -> Option<&'b Waiter> {
        if budget.entry.kind != EntryKind::Task {
            return None;
        }
        let mut all = budget.waiters.iter();
        all.find(|it| {
            it.entry.bounds == Bounds::Redelivery
                && it.is_shorter_than(budget)
                && it
                    .hop
                    .is_some_and(|it| self.acknowledges_late(budget, self.hops().get(it)))
        })
    }

    /// The servers, started in a file, whose processes each do one thing at a time, with a number
    /// that is known, and what keeps such a process longest.
    #[must_use]
    pub fn blocked_servers(
        &self,
        file: FileId,
        stop: &(dyn Fn() -> bool + Sync),
    ) -> Vec<BlockedServer<'_>> {
        let mut found = Vec::new();
        for (id, hop) in self.hops().all() {
            if hop.product != Product::Gunicorn || hop.at.file != file {
                continue;
            }
            let Some(workers) = one_at_a_time(&hop.workers) else {
                continue;
            };
            let behind = self.waited_for(stop).iter().filter(|it| {
                let waits = it.waiters.iter().any(|it| it.hop == Some(id));
                // Another rule speaks of what somebody ends before.
                waits && it.entry.kind == EntryKind::Route && it.gives_up_first().is_none()
            });
            found.extend(
                behind
                    .max_by_key(|it| weight(it))
                    .map(|budget| BlockedServer {
                        name: &hop.name,
                        at: hop.at,
                        workers,
                        budget,
                    }),
            );
        }
        found
    }
}

impl Budget {
    /// What is first to stop the process in the middle of the work when it is told to end.
    fn stopped_first(&self) -> Option<&Waiter> {
        let stops = self
            .waiters
            .iter()
            .filter(|it| it.entry.bounds == Bounds::Shutdown && it.is_shorter_than(self));
        stops.min_by_key(|it| match it.limit {
            Limit::Within(limit) => limit.0,
            _ => u64::MAX,
        })
    }
}

impl Waiter {
    fn is_shorter_than(&self, budget: &Budget) -> bool {
        let worst = budget.work.worst_case();
        matches!(self.limit, Limit::Within(limit) if worst.exceeds(limit))
    }
}

/// The number of processes, when each answers one request at a time.
fn one_at_a_time(workers: &Workers) -> Option<(u32, Option<Span>)> {
    let sync = workers.class.as_ref().is_some_and(|it| it.value == "sync");
    let threads = workers.threads.as_ref().map_or(1, |it| it.value);
    let count = workers.count.as_ref()?;
    let at = match count.origin {
        Origin::Written(at) => Some(at),
        Origin::Default => None,
    };
    (sync && threads <= 1).then_some((count.value, at))
}

/// What takes longest, by what is certain.
fn weight(budget: &Budget) -> (bool, Millis) {
    let Worst { endless, least, .. } = budget.work.worst_case();
    (endless, least)
}
