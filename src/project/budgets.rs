//! How long each entry point of the application can take.

use std::sync::Arc;

use rayon::prelude::*;

use crate::budget::work::{Work, Worst};
use crate::catalog;
use crate::finding::Label;
use crate::project::entry_points::{EntryPoint, Runs};
use crate::project::resolve::Resolver;
use crate::project::work::{WhatIf, Works};
use crate::project::{Project, task_size};
use crate::source::{FileId, Span};
use crate::units::Millis;

/// An entry point that waits for something, with what it waits for.
#[derive(Debug, Clone)]
pub struct Budget {
    /// The entry point.
    pub entry: EntryPoint,
    /// What it waits for.
    pub work: Arc<Work>,
    /// Who waits for it: servers, proxies and platforms, from the outermost to the innermost.
    pub hops: Vec<Hop>,
}

/// A server, proxy or platform that waits for an entry point.
#[derive(Debug, Clone)]
pub struct Hop {
    /// What the catalogue says of it.
    pub entry: &'static catalog::hops::Hop,
    /// How long it waits; `None` when it waits for ever.
    pub limit: Option<Millis>,
    /// Where that is written; none when nobody wrote it and the default holds.
    pub written: Option<Span>,
    /// What it belongs to: a service, a location, a function.
    pub owner: Label,
    /// Whether it ends work of this kind at all.
    pub cuts: bool,
}

impl Budget {
    /// The first hop to give up before the work can end, if any certainly does: the shortest, and
    /// of equal ones the outermost.
    #[must_use]
    pub fn gives_up_first(&self) -> Option<&Hop> {
        let worst = self.work.worst_case();
        let early = self.hops.iter().filter(|it| it.gives_up_on(worst));
        early.min_by_key(|it| it.limit)
    }
}

impl Hop {
    /// Whether it certainly can give up before some work ends.
    #[must_use]
    pub fn gives_up_on(&self, worst: Worst) -> bool {
        self.cuts && self.limit.is_some_and(|limit| worst.exceeds(limit))
    }
}

impl Project {
    /// The budgets of all entry points that wait for anything, in the order of their places.
    #[must_use]
    pub fn budgets(&self, what_if: &WhatIf) -> Vec<Budget> {
        let files: Vec<FileId> = self.modules().map(|it| it.0).collect();
        let mut found: Vec<Budget> = files
            .par_chunks(task_size(files.len()))
            .flat_map_iter(|task| {
                let resolver = Resolver::new(self);
                let works = Works::new(&resolver, what_if);
                let of = |file: &FileId| resolver.budgets_of(*file, &works);
                task.iter().flat_map(of).collect::<Vec<_>>()
            })
            .collect();
        found.sort_by_key(|it| (it.entry.at.file, it.entry.at.start));
        found
    }
}

impl Resolver<'_> {
    fn budgets_of(&self, file: FileId, works: &Works<'_, '_>) -> Vec<Budget> {
        let entries = self.entry_points(file).into_iter();
        let budget = |(entry, runs): (EntryPoint, Runs)| {
            let work = match runs {
                Runs::Function(file, own) => works.of_function((file, own)),
                Runs::Value(seen) => works.of_value(&seen),
                Runs::Script(file, lines) => works.of_script(file, &lines),
            }?;
            Some(Budget {
                entry,
                work,
                hops: Vec::new(),
            })
        };
        entries.filter_map(budget).collect()
    }
}
