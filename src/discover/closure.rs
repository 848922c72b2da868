//! Which files are worth parsing: those of interest, and those that imports tie to them.

use rayon::prelude::*;

use crate::project::modules::Layout;

use super::scan::Scan;
use super::walk::File;

/// Which files load which.
pub(super) struct Graph {
    layout: Layout,
    /// For each file, the files that its imports load.
    loads: Vec<Vec<usize>>,
}

impl Graph {
    /// Follows the imports of all files.
    pub(super) fn new(files: &[File], scans: &[Scan], roots: &[String]) -> Self {
        let paths: Vec<&str> = files.iter().map(|it| it.printed.as_str()).collect();
        let layout = Layout::new(&paths).with_roots(roots);
        let loads = (scans.par_iter().enumerate())
            .map(|(from, scan)| loads(&layout, from, scan))
            .collect();
        Self { layout, loads }
    }

    /// Follows the imports of a file that changed.
    pub(super) fn set_imports(&mut self, from: usize, scan: &Scan) {
        self.loads[from] = loads(&self.layout, from, scan);
    }

    /// For each file, whether it is worth parsing.
    ///
    /// Seeds name a package of interest. To these come all files that import them, directly or not,
    /// and all that these import in turn: a constant in `settings.py` and a route in `main.py`
    /// decide about a call as much as the file that makes it.
    ///
    /// Without an anchor there is no application of ours, and nothing is worth parsing unless the
    /// user selected rules by name.
    /// Tests and examples are neither seeds nor importers: they call the same functions with other
    /// arguments than the application does.
    pub(super) fn worth_parsing(
        &self,
        files: &[File],
        scans: &[Scan],
        selected: bool,
    ) -> Vec<bool> {
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
        let mut loaded_by = vec![Vec::new(); files.len()];
        for (from, targets) in self.loads.iter().enumerate().filter(|(from, _)| own(*from)) {
            for &target in targets {
                loaded_by[target].push(from);
            }
        }
        let users = reached(&seeds, &loaded_by);
        let users: Vec<usize> = (0..files.len()).filter(|&at| users[at]).collect();
        reached(&users, &self.loads)
    }
}

/// The files that the imports of a file load.
fn loads(layout: &Layout, from: usize, scan: &Scan) -> Vec<usize> {
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
