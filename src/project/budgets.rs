//! How long each entry point of the application can take, and who waits for it.

pub mod exceeded;
mod loads;
mod remedies;
mod tasks;
mod ways;

use std::sync::Arc;

use rayon::prelude::*;

use crate::budget::work::Work;
use crate::budget::worst::Worst;
use crate::catalog::hops::{Bounds, HopLimit};
use crate::fact::{Limit, Origin};
use crate::finding::Label;
use crate::project::entry_points::{EntryPoint, Mounts, Runs};
use crate::project::hops::HopId;
use crate::project::resolve::Resolver;
use crate::project::work::{WhatIf, Works};
use crate::project::{Project, task_size};
use crate::source::{FileId, Span};

/// An entry point that waits for something, with what it waits for.
#[derive(Debug, Clone)]
pub struct Budget {
    /// The entry point.
    pub entry: EntryPoint,
    /// What it waits for.
    pub work: Arc<Work>,
    /// Who waits for it: servers, proxies and platforms, from the outermost to the innermost.
    pub waiters: Vec<Waiter>,
}

/// A server, proxy or platform that waits for an entry point.
#[derive(Debug, Clone)]
pub struct Waiter {
    /// The hop; none when the framework of the entry point waits itself.
    pub hop: Option<HopId>,
    /// What the catalogue says of this limit of it.
    pub entry: &'static HopLimit,
    /// The key as it is written; none when nobody wrote it.
    pub key: Option<smol_str::SmolStr>,
    /// How long it waits.
    pub limit: Limit,
    /// Where that is written; none when nobody wrote it and the default holds.
    pub written: Option<Span>,
    /// Who says how long.
    pub told_by: Teller,
    /// What it belongs to: a service, a location, a function.
    pub owner: Label,
    /// Whether it ends work of this kind at all.
    pub cuts: bool,
    /// Whether what it counts can get longer than its limit, so that it gives up.
    pub gives_up: bool,
}

/// Who says how long a hop waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Teller {
    /// The files of the project, or nobody, so that its default holds.
    Files,
    /// The settings, which describe it.
    Settings,
    /// Somebody who tries it out.
    WhatIf,
}

impl Budget {
    /// The first to give up before the work can end, if anybody certainly does: the one with the
    /// shortest limit, and of equal ones the outermost.
    #[must_use]
    pub fn gives_up_first(&self) -> Option<&Waiter> {
        let early = self.waiters.iter().filter(|it| it.gives_up);
        early.min_by_key(|it| match it.limit {
            Limit::Within(limit) => limit.0,
            _ => u64::MAX,
        })
    }
}

impl Waiter {
    /// What messages call it.
    #[must_use]
    pub fn title(&self) -> &'static str {
        self.entry.title.as_deref().unwrap_or(&self.entry.name)
    }

    /// Whether its limit is for answers and tasks, rather than for the end of a process.
    #[must_use]
    pub fn ends_answers(&self) -> bool {
        !matches!(self.entry.bounds, Bounds::Shutdown | Bounds::Redelivery)
    }

    /// The setting: as it is written, or the first that can be.
    #[must_use]
    pub fn setting(&self) -> Option<&str> {
        let first = || self.entry.settings.first().map(|it| it.key.as_str());
        self.key.as_deref().or_else(first)
    }

    /// Where it is told how long to wait; where it is named when nobody told it.
    #[must_use]
    pub fn place(&self) -> Span {
        self.written.unwrap_or(self.owner.span)
    }
}

impl EntryPoint {
    /// What of the work a limit counts; none when it ends no such work.
    fn counted_by(&self, work: &Work, bounds: Bounds) -> Option<Worst> {
        match bounds {
            // A coroutine that never gives the event loop back cannot be cancelled.
            Bounds::Task if self.is_async == Some(true) && work.blocks_loop().endless => None,
            Bounds::Answer | Bounds::Task => Some(work.worst_case()),
            // Every piece of a streamed answer begins a new gap.
            Bounds::Gap if !self.streams => Some(work.worst_case()),
            Bounds::EventLoop if self.is_async == Some(true) => {
                Some(work.blocks_loop()).filter(|it| !it.is_nothing())
            }
            _ => None,
        }
    }
}

impl Project {
    /// The budgets of all entry points that wait for anything, in the order of their places.
    #[must_use]
    pub fn budgets(&self, what_if: &WhatIf) -> Vec<Budget> {
        self.budgets_unless(what_if, &|| false)
    }

    /// The same, of little use once `stop` says yes.
    fn budgets_unless(&self, what_if: &WhatIf, stop: &(dyn Fn() -> bool + Sync)) -> Vec<Budget> {
        let files: Vec<FileId> = self.modules().map(|it| it.0).collect();
        let servers = ways::Servers::of(self);
        let mounts = Mounts::of(&Resolver::unless(self, stop));
        let mut found: Vec<Budget> = files
            .par_chunks(task_size(files.len()))
            .flat_map_iter(|task| {
                let resolver = Resolver::unless(self, stop);
                let works = Works::new(&resolver, what_if);
                let of = |file: &FileId| resolver.budgets_of(*file, &works, &mounts);
                let wanted = task.iter().take_while(|_| !stop());
                wanted.flat_map(of).collect::<Vec<_>>()
            })
            .collect();
        for budget in &mut found {
            budget.waiters = servers.waiters(budget, what_if);
        }
        found.sort_by_key(|it| (it.entry.at.file, it.entry.at.start));
        found
    }

    /// The budgets of the entry points that some hop with a limit waits for; found when somebody
    /// asks for them, and at once where there is no such hop. None once `stop` says yes.
    pub(super) fn waited_for(&self, stop: &(dyn Fn() -> bool + Sync)) -> &[Budget] {
        if let Some(known) = self.budgets.get() {
            return known;
        }
        let found = self.find_waited_for(stop);
        // What was cut short is nobody's budget.
        if stop() {
            return &[];
        }
        self.budgets.get_or_init(|| found)
    }

    fn find_waited_for(&self, stop: &(dyn Fn() -> bool + Sync)) -> Vec<Budget> {
        let late = self.hops().all().any(|it| it.1.acknowledges_late) || self.has_late_tasks();
        let limited_tasks = self.has_limited_tasks();
        let speaks = |it: &crate::project::hops::Timeout| match it.entry.bounds {
            // A grace period that nobody wrote is everybody's, and no rule speaks of it.
            Bounds::Shutdown => it.limit.origin != Origin::Default,
            Bounds::Redelivery => late,
            _ => true,
        };
        let limited = |hop: &crate::project::hops::Hop| {
            let mut all = hop.timeouts.iter().filter(|it| ways::counts(it));
            all.any(|it| {
                let own = limited_tasks && it.entry.bounds == Bounds::Task;
                own || matches!(it.limit.value, Limit::Within(_)) && speaks(it)
            })
        };
        // Somebody has to run the code, and somebody in front of it has to have a limit.
        let hops = self.hops();
        let runs =
            |hop: &crate::project::hops::Hop| hop.code.as_ref().is_some_and(|it| it.file.is_some());
        let waits = hops.all().filter(|(_, hop)| runs(hop)).any(|(id, _)| {
            let mut ways = hops.ways_to(id).into_iter().flatten();
            ways.any(|it| limited(hops.get(it)))
        });
        let limits_tasks = || self.modules().any(|it| self.limits_tasks(it.0));
        if !waits && self.catalog.gateways.is_empty() && !limits_tasks() {
            return Vec::new();
        }
        let mut all = self.budgets_unless(&WhatIf::default(), stop);
        all.retain(|it| !it.waiters.is_empty());
        all
    }
}

impl Resolver<'_> {
    fn budgets_of(&self, file: FileId, works: &Works<'_, '_>, mounts: &Mounts) -> Vec<Budget> {
        let entries = self.entry_points(file, mounts).into_iter();
        let budget = |(entry, runs): (EntryPoint, Runs)| {
            let work = works.of_entry(&runs)?;
            Some(Budget {
                entry,
                work,
                waiters: Vec::new(),
            })
        };
        entries.filter_map(budget).collect()
    }
}
