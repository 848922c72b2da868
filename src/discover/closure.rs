//! Which files are worth parsing: those of interest, and those that imports tie to them.

use rayon::prelude::*;

use crate::project::modules::Layout;
use crate::settings::Settings;

use super::scan::Scan;
use super::walk::File;

/// For each file, whether it is worth parsing.
///
/// Seeds name a package of interest. To these come all files that import them, directly or not,
/// and all that these import in turn: a constant in `settings.py` and a route in `main.py` decide
/// about a call as much as the file that makes it.
///
/// Without an anchor there is no application of ours, and nothing is worth parsing unless the user
/// selected rules by name.
/// Tests and examples are neither seeds nor importers: they call the same functions with other
/// arguments than the application does.
pub(super) fn worth_parsing(files: &[File], scans: &[Scan], settings: &Settings) -> Vec<bool> {
    let selected = settings.explicitly_selected();
    let own = |at: usize| !files[at].aside;
    let anchored = (0..files.len()).any(|at| own(at) && scans[at].named.anchor);
    if !anchored && !selected {
        return vec![false; files.len()];
    }
    let seeds: Vec<usize> = (0..files.len())
        .filter(|&at| {
            let named = scans[at].named;
            own(at) && (named.anchor || named.sdk || (selected && named.other))
        })
        .collect();
    let loads = loads(files, scans, &settings.roots);
    let mut loaded_by = vec![Vec::new(); files.len()];
    for (from, targets) in loads.iter().enumerate().filter(|(from, _)| own(*from)) {
        for &target in targets {
            loaded_by[target].push(from);
        }
    }
    let users = reached(&seeds, &loaded_by);
    let users: Vec<usize> = (0..files.len()).filter(|&at| users[at]).collect();
    reached(&users, &loads)
}

/// For each file, the files that its imports load.
fn loads(files: &[File], scans: &[Scan], roots: &[String]) -> Vec<Vec<usize>> {
    let paths: Vec<&str> = files.iter().map(|it| it.printed.as_str()).collect();
    let layout = Layout::new(&paths).with_roots(roots);
    scans
        .par_iter()
        .enumerate()
        .map(|(from, scan)| {
            let mut targets = Vec::new();
            for import in &scan.imports {
                let mut add = |name| {
                    targets.extend(layout.import(from, import.level, &import.module, name));
                };
                if import.names.is_empty() {
                    add(None);
                }
                import.names.iter().for_each(|it| add(Some(it)));
            }
            targets.sort_unstable();
            targets.dedup();
            targets
        })
        .collect()
}

/// Everything that can be reached from `starts`, themselves included.
fn reached(starts: &[usize], edges: &[Vec<usize>]) -> Vec<bool> {
    let mut seen = vec![false; edges.len()];
    let mut open = starts.to_vec();
    while let Some(at) = open.pop() {
        if !std::mem::replace(&mut seen[at], true) {
            open.extend(&edges[at]);
        }
    }
    seen
}
