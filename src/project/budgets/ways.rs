//! Which hops a request passes on its way to an entry point.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::entry_points::EntryKind;
use crate::catalog::hops::{Bounds, HopLimit};
use crate::catalog::own::Gateway;
use crate::fact::{Fact, Limit, Origin};
use crate::finding::Label;
use crate::project::Project;
use crate::project::hops::{Hop, HopId, Product, Route, RouteKind, Timeout};
use crate::project::services::module_at;
use crate::project::work::WhatIf;
use crate::source::FileId;

use super::loads::Loads;
use super::{Budget, Teller, Waiter};

/// The framework of the functions that `host.json` stands beside.
const AZURE: &str = "Azure Functions";

/// The hops of a project that run its code, with what each of them loads.
pub(super) struct Servers<'p> {
    project: &'p Project,
    loads: Loads<'p>,
    loaded: BTreeMap<FileId, BTreeSet<FileId>>,
    /// Those of the settings, with the code behind each; none for all of it.
    gateways: Vec<(&'static HopLimit, Option<BTreeSet<FileId>>)>,
}

impl<'p> Servers<'p> {
    pub(super) fn of(project: &'p Project) -> Self {
        let codes = project.hops().all();
        let files = codes.filter_map(|(_, hop)| hop.code.as_ref()?.file);
        let files: BTreeSet<FileId> = files.collect();
        let loads = Loads::new(project);
        let loaded = files.into_iter().map(|it| (it, loads.of(it))).collect();
        let behind = |gateway: &Gateway| {
            let modules = gateway.in_front_of.iter();
            let files = modules.filter_map(|it| module_at(project, it, ""));
            let all = files.flat_map(|it| loads.of(it)).collect();
            (!gateway.in_front_of.is_empty()).then_some(all)
        };
        let gateways = project.catalog.gateways.iter();
        let gateways = gateways.map(|it| (&it.limit, behind(it))).collect();
        Self {
            project,
            loads,
            loaded,
            gateways,
        }
    }

    /// Who waits for an entry point, from the outermost to the innermost.
    pub(super) fn waiters(&self, budget: &Budget, what_if: &WhatIf) -> Vec<Waiter> {
        let hops = self.project.hops();
        let mut found: Vec<Waiter> = self.gateways(budget, what_if).collect();
        for (id, _) in hops.all().filter(|it| self.runs(it.1, budget)) {
            let mut ways = hops.ways_to(id);
            let may_fit = |it: &HopId| may_fit(hops.get(*it), budget);
            if ways.iter().flatten().any(may_fit) {
                // The pattern would go before any path; what it fits, nobody here can tell.
                ways = vec![vec![id]];
            }
            // Where some way names the path of the route, the others lead elsewhere.
            let named = |way: &Vec<HopId>| way.iter().all(|it| leads_to(hops.get(*it), budget));
            if ways.iter().any(named) {
                // Of several locations the one with the longest path gets the request.
                let length = |way: &Vec<HopId>| -> usize {
                    let routes = way.iter().filter_map(|it| hops.get(*it).route.as_ref());
                    routes.map(|it| it.text.len()).sum()
                };
                let longest = ways.iter().filter(|it| named(it)).map(length).max();
                ways.retain(|it| named(it) && Some(length(it)) == longest);
            }
            for hop in ways.into_iter().flatten() {
                let seen = found.iter().any(|it| it.hop == Some(hop));
                if !seen {
                    found.extend(waiters_at(self.project, hop, budget, what_if));
                }
            }
        }
        let own = budget.entry.limit.as_ref();
        found.extend(own.and_then(|it| waiter(it, None, itself(budget), budget, what_if)));
        found
    }

    /// The hops of the settings that hand on requests for a route.
    fn gateways<'b>(
        &'b self,
        budget: &'b Budget,
        what_if: &'b WhatIf,
    ) -> impl Iterator<Item = Waiter> + 'b {
        let file = &budget.entry.at.file;
        let is_route = budget.entry.kind == EntryKind::Route;
        let behind = move |it: &&(_, Option<BTreeSet<FileId>>)| {
            is_route && it.1.as_ref().is_none_or(|all| all.contains(file))
        };
        self.gateways
            .iter()
            .filter(behind)
            .filter_map(|(entry, _)| {
                let timeout = Timeout {
                    entry,
                    key: None,
                    limit: Fact {
                        value: entry.absent.limit(),
                        origin: Origin::Default,
                    },
                };
                let waiter = waiter(&timeout, None, itself(budget), budget, what_if)?;
                Some(match waiter.told_by {
                    Teller::Files => Waiter {
                        told_by: Teller::Settings,
                        ..waiter
                    },
                    _ => waiter,
                })
            })
    }

    /// Whether a hop runs the code of an entry point.
    fn runs(&self, hop: &Hop, budget: &Budget) -> bool {
        let Some(code) = &hop.code else { return false };
        let Some(file) = code.file else { return false };
        let entry = &budget.entry;
        let loads = || {
            let loaded = self.loaded.get(&file);
            loaded.is_some_and(|it| it.contains(&entry.at.file))
        };
        let is_function = matches!(hop.product, Product::Lambda | Product::ServerlessFunction);
        match entry.kind {
            EntryKind::Route | EntryKind::Callback | EntryKind::Tool if is_function => {
                loads() && self.adapts(file)
            }
            EntryKind::Route | EntryKind::Callback | EntryKind::Tool => {
                let of_other_kinds = matches!(hop.product, Product::Celery | Product::LangGraph);
                !of_other_kinds && loads()
            }
            // A worker also loads what it is told by name; that imports the application it is for.
            EntryKind::Task => {
                let imports = || self.loads.of(entry.at.file).contains(&file);
                hop.product == Product::Celery && (loads() || imports())
            }
            EntryKind::Function if hop.product == Product::AzureFunctions => {
                entry.framework == AZURE && loads()
            }
            EntryKind::Function => {
                let own = self.project.sources().text(entry.at);
                is_function && file == entry.at.file && code.name.as_deref() == Some(own)
            }
            EntryKind::Graph => hop.at == entry.registered,
            EntryKind::Program => false,
        }
    }

    /// Whether a module puts a web application behind a function: `handler = Mangum(app)`.
    fn adapts(&self, file: FileId) -> bool {
        let mut calls = self.project.calls_named("Mangum").into_iter();
        calls.any(|it| it.0 == file)
    }
}

/// An entry point, as what a limit belongs to.
fn itself(budget: &Budget) -> Label {
    Label {
        span: budget.entry.registered,
        text: budget.entry.name.clone(),
    }
}

/// Whether a hop hands on requests for a route, as far as its own path tells.
fn leads_to(hop: &Hop, budget: &Budget) -> bool {
    let Some(Route { text, kind }) = &hop.route else {
        return true;
    };
    let name = &budget.entry.name;
    let Some(at) = name.find('/') else {
        return true;
    };
    let path = &name[at..];
    match kind {
        RouteKind::Prefix => path.starts_with(text.as_str()),
        RouteKind::Exact => path == text,
        RouteKind::Pattern => false,
    }
}

/// Whether nobody can tell if a hop hands on requests for a route: its pattern may fit as far as its
/// plain beginning tells, or more may stand before the path of the route.
fn may_fit(hop: &Hop, budget: &Budget) -> bool {
    let Some(Route { text, kind }) = &hop.route else {
        return false;
    };
    let name = &budget.entry.name;
    let Some(path) = name.find('/').map(|at| &name[at..]) else {
        return false;
    };
    match kind {
        RouteKind::Prefix => return !budget.entry.whole_path && text != "/",
        RouteKind::Exact => return !budget.entry.whole_path && text.ends_with(path),
        RouteKind::Pattern => {}
    }
    let beginning = text.strip_prefix('^').map(|it| {
        let plain = |sign: char| sign.is_alphanumeric() || matches!(sign, '/' | '-' | '_');
        it.split(|sign| !plain(sign)).next().unwrap_or_default()
    });
    beginning.is_none_or(|it| path.starts_with(it))
}

/// Whether a limit ends work, or has it done twice.
pub(super) fn counts(timeout: &Timeout) -> bool {
    matches!(
        timeout.entry.bounds,
        Bounds::Answer
            | Bounds::Gap
            | Bounds::EventLoop
            | Bounds::Task
            | Bounds::Shutdown
            | Bounds::Redelivery
    )
}

/// The limits of a hop that end a request or a task.
fn waiters_at<'p>(
    project: &'p Project,
    id: HopId,
    budget: &'p Budget,
    what_if: &'p WhatIf,
) -> impl Iterator<Item = Waiter> + 'p {
    let hop = project.hops().get(id);
    let mut frameworks = project.catalog.frameworks.iter();
    let is_socket = frameworks.any(|it| it.socket && it.name == budget.entry.framework);
    // One connection carries all events; what ends it ends no event, and its pings fill every gap.
    let ends_events =
        move |it: &&Timeout| !is_socket || !matches!(it.entry.bounds, Bounds::Answer | Bounds::Gap);
    let all = hop
        .timeouts
        .iter()
        .filter(|it| counts(it))
        .filter(ends_events);
    all.filter_map(move |it| {
        let owner = Label {
            span: hop.at,
            text: hop.name.to_string(),
        };
        let timeout = match project.own_limit(budget, it.entry) {
            Some((key, limit)) => &Timeout {
                entry: it.entry,
                key: Some(key),
                limit,
            },
            None => it,
        };
        let prepared = project.is_prepared(budget, it.entry);
        waiter(timeout, Some(id), owner, budget, what_if).map(|it| Waiter {
            gives_up: it.gives_up && !prepared,
            ..it
        })
    })
}

/// Who waits for an entry point because of one limit.
fn waiter(
    timeout: &Timeout,
    hop: Option<HopId>,
    owner: Label,
    budget: &Budget,
    what_if: &WhatIf,
) -> Option<Waiter> {
    let set = what_if.limit(&timeout.entry.id);
    let limit = set.map_or(timeout.limit.value, Limit::Within);
    let written = match timeout.limit.origin {
        Origin::Written(at) if set.is_none() => Some(at),
        _ => None,
    };
    let told = written.is_some() || set.is_some();
    let counted = budget.entry.counted_by(&budget.work, timeout.entry.bounds);
    let gives_up = match (counted, limit) {
        // A file that names graphs is also there for a developer's own server.
        _ if !told && budget.entry.kind == EntryKind::Graph => false,
        (Some(counted), Limit::Within(limit)) => counted.exceeds(limit),
        _ => false,
    };
    // A soft limit that nobody set is no second limit beside the hard one.
    let is_there = told || timeout.entry.caught_as.is_none();
    (is_there && limit != Limit::Unknown).then(|| Waiter {
        hop,
        entry: timeout.entry,
        key: timeout.key.clone(),
        limit,
        written,
        told_by: match set {
            Some(_) => Teller::WhatIf,
            None => Teller::Files,
        },
        owner,
        cuts: counted.is_some(),
        gives_up,
    })
}
