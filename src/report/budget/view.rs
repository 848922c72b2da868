//! A budget as every format shows it: times in milliseconds, places as paths and lines.

use serde::Serialize;

use crate::budget::work::Step;
use crate::budget::worst::Worst;
use crate::catalog::entry_points::EntryKind;
use crate::catalog::hops::HopLimit;
use crate::fact::Limit;
use crate::finding::Label;
use crate::line_index::Columns;
use crate::project::budgets::{Budget, Teller, Waiter};
use crate::source::{Sources, Span};

/// All budgets of a project.
#[derive(Debug, Serialize)]
pub(super) struct Document<'a> {
    version: u32,
    tool: Tool,
    entry_points: &'a [Waterfall],
}

#[derive(Debug, Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

impl<'a> Document<'a> {
    pub(super) fn new(entry_points: &'a [Waterfall]) -> Self {
        Self {
            version: 1,
            tool: Tool {
                name: env!("CARGO_PKG_NAME"),
                version: env!("CARGO_PKG_VERSION"),
            },
            entry_points,
        }
    }
}

/// What one entry point waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Waterfall {
    /// How people know it: `POST /ask`.
    pub name: String,
    /// What enters there: `route`, `task`, `function`, `callback`, `tool`, `program`, `graph`.
    pub kind: &'static str,
    /// The framework.
    pub framework: &'static str,
    /// Where it is defined.
    pub place: Place,
    /// How long it takes at worst.
    pub worst: Time,
    /// What takes the time, in the order in which it happens.
    pub steps: Vec<Row>,
    /// Who waits for it, from the outermost to the innermost.
    pub hops: Vec<HopRow>,
    /// The position among `hops` of the first one to give up before the work can end.
    pub gives_up_first: Option<usize>,
}

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The path, as the user wrote it.
    pub path: String,
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
}

/// How long something takes at worst.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Time {
    /// It takes at least this long, in milliseconds.
    pub at_least_ms: u64,
    /// It takes no longer than this; missing when nobody can tell, and when it never ends.
    pub at_most_ms: Option<u64>,
    /// Whether it never ends.
    pub endless: bool,
    /// The same in words.
    pub text: String,
}

/// One piece of the work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// How many pieces it is part of.
    pub depth: usize,
    /// What it is.
    pub title: String,
    /// Where it is written.
    pub place: Place,
    /// When it begins, in milliseconds after the beginning of the whole.
    pub from_ms: u64,
    /// How long it takes.
    pub worst: Time,
    /// How often it happens in a row.
    pub times: u32,
    /// Where its numbers come from.
    pub because: Vec<Reason>,
}

/// Where a number comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// What it says.
    pub text: String,
    /// Where.
    pub place: Place,
}

/// A server, proxy or platform that waits.
// Each is a key of the format, and programs ask for one at a time.
#[allow(clippy::struct_excessive_bools)]
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HopRow {
    /// Its name in the catalogue.
    pub id: String,
    /// How people know it.
    pub name: String,
    /// How long it waits, in milliseconds; missing when it waits for ever and when nobody can tell.
    pub limit_ms: Option<u64>,
    /// The same in words.
    pub text: String,
    /// Where that is written; missing when it is the default, tried out or described by the settings.
    pub written: Option<Place>,
    /// Whether somebody tries it out with `--set`.
    pub tried: bool,
    /// Whether the settings describe it.
    pub described: bool,
    /// What it belongs to.
    pub owner: Reason,
    /// What happens when that is over.
    pub exceeded: String,
    /// Whether it ends work of this kind at all.
    pub cuts: bool,
    /// Whether it certainly can give up before the work ends.
    pub gives_up: bool,
}

impl Waterfall {
    /// The same for people.
    #[must_use]
    pub fn new(budget: &Budget, sources: &Sources) -> Self {
        let worst = budget.work.worst_case();
        let first = budget.gives_up_first();
        let shown: Vec<&Waiter> = budget
            .waiters
            .iter()
            .filter(|it| it.ends_answers())
            .collect();
        let position = |first: &Waiter| shown.iter().position(|it| std::ptr::eq(*it, first));
        Self {
            name: budget.entry.name.clone(),
            kind: kind(budget.entry.kind),
            framework: budget.entry.framework,
            place: place(budget.entry.at, sources),
            worst: Time::from(worst),
            steps: budget
                .work
                .explain()
                .iter()
                .map(|it| row(it, sources))
                .collect(),
            hops: shown.iter().map(|it| hop(it, sources)).collect(),
            gives_up_first: first.and_then(position),
        }
    }
}

impl Time {
    /// Whether it is known to the millisecond.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.at_most_ms == Some(self.at_least_ms)
    }

    /// What a sentence says of it.
    pub(super) fn sentence(&self) -> String {
        match (self.endless, self.at_least_ms, self.at_most_ms) {
            (false, 0, None) => "nobody can tell how long it takes".to_owned(),
            _ => format!("it can take {}", self.text),
        }
    }

    /// A number that is greater for what takes longer: endless, then the longest that is certain,
    /// then the unknown.
    pub(super) fn weight(&self) -> (bool, u64, bool) {
        (self.endless, self.at_least_ms, self.at_most_ms.is_none())
    }
}

impl Waterfall {
    /// The hop that gives up first.
    #[must_use]
    pub fn first(&self) -> Option<&HopRow> {
        self.hops.get(self.gives_up_first?)
    }

    /// Whether another entry point is another name for the same work.
    pub(super) fn is_same_work(&self, other: &Self) -> bool {
        (&self.place, &self.worst) == (&other.place, &other.worst)
            && (&self.steps, &self.hops) == (&other.steps, &other.hops)
    }
}

/// Entry points that are one piece of work under several names, the longest first.
pub(super) fn ranked(all: &[Waterfall]) -> Vec<Vec<&Waterfall>> {
    let mut groups: Vec<Vec<&Waterfall>> = Vec::new();
    for it in all {
        match groups.iter_mut().find(|group| group[0].is_same_work(it)) {
            Some(group) => group.push(it),
            None => groups.push(vec![it]),
        }
    }
    groups.sort_by_key(|group| std::cmp::Reverse(group[0].worst.weight()));
    groups
}

fn kind(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::Route => "route",
        EntryKind::Task => "task",
        EntryKind::Function => "function",
        EntryKind::Callback => "callback",
        EntryKind::Tool => "tool",
        EntryKind::Program => "program",
        EntryKind::Graph => "graph",
    }
}

fn row(step: &Step, sources: &Sources) -> Row {
    Row {
        depth: step.depth,
        title: step.note.title.clone(),
        place: place(step.note.at.span, sources),
        from_ms: step.from.0,
        worst: Time::from(step.worst),
        times: step.times,
        because: step
            .note
            .because
            .iter()
            .map(|it| reason(it, sources))
            .collect(),
    }
}

fn hop(waiter: &Waiter, sources: &Sources) -> HopRow {
    HopRow {
        id: waiter.entry.id.to_string(),
        name: waiter.entry.name.clone(),
        limit_ms: match waiter.limit {
            Limit::Within(limit) => Some(limit.0),
            _ => None,
        },
        text: match waiter.limit {
            Limit::Forever => "no limit".to_owned(),
            limit => limit.to_string(),
        },
        written: waiter.written.map(|it| place(it, sources)),
        tried: waiter.told_by == Teller::WhatIf,
        described: waiter.told_by == Teller::Settings,
        owner: reason(&waiter.owner, sources),
        exceeded: exceeded(waiter.entry),
        cuts: waiter.cuts,
        gives_up: waiter.gives_up,
    }
}

/// What a hop does when its time is over; what callers were seen to get where nobody put it shortly.
fn exceeded(hop: &HopLimit) -> String {
    let title = hop.title.as_ref().unwrap_or(&hop.name);
    match &hop.then {
        Some(then) => format!("{title} {then}"),
        None => hop.exceeded.clone(),
    }
}

fn reason(label: &Label, sources: &Sources) -> Reason {
    Reason {
        text: label.text.clone(),
        place: place(label.span, sources),
    }
}

fn place(span: Span, sources: &Sources) -> Place {
    let source = sources.get(span.file);
    let at = source.place(span.start, Columns::Chars);
    Place {
        path: source.path.clone(),
        line: at.line,
        column: at.column,
    }
}

impl From<Worst> for Time {
    fn from(worst: Worst) -> Self {
        Self {
            at_least_ms: worst.least.0,
            at_most_ms: worst.most.map(|it| it.0),
            endless: worst.endless,
            text: worst.to_string(),
        }
    }
}
