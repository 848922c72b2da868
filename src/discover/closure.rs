//! Which files are worth parsing: those of interest, and those that imports tie to them.

use std::collections::BTreeSet;

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
    /// user selected rules by name. With one, files that wait for a network are seeds too, if they
    /// belong to the same project: `projects` are the folders that say what to install.
    /// So are the settings of servers, which nobody imports, and lists of routes, which name each
    /// other; what these import is no part of it.
    /// Tests and examples are neither seeds nor importers: they call the same functions with other
    /// arguments than the application does.
    pub(super) fn worth_parsing(
        &self,
        files: &[File],
        scans: &[Scan],
        projects: &BTreeSet<&str>,
        selected: bool,
    ) -> Vec<bool> {
        let own = |at: usize| !files[at].aside;
        let project = |at: usize| project_of(&files[at].printed, projects);
        let anchored: BTreeSet<&str> = (0..files.len())
            .filter(|&at| own(at) && scans[at].named.anchor)
            .map(project)
            .collect();
        if anchored.is_empty() && !selected {
            return vec![false; files.len()];
        }
        let seeds: Vec<usize> = (0..files.len())
            .filter(|&at| {
                let named = scans[at].named;
                let wanted = (named.network || named.other) && selected;
                let beside = || named.network && anchored.contains(project(at));
                own(at) && (named.anchor || named.sdk || wanted || beside())
            })
            .collect();
        let mut loaded_by = vec![Vec::new(); files.len()];
        for (from, targets) in self.loads.iter().enumerate().filter(|(from, _)| own(*from)) {
            for &target in targets {
                loaded_by[target].push(from);
            }
        }
        let users = reached(&seeds, &loaded_by);
        let settings = (0..files.len()).filter(|&at| {
            let printed = &files[at].printed;
            own(at) && is_server_settings(printed) && anchored.contains(project(at))
        });
        let users = (0..files.len()).filter(|&at| users[at]).chain(settings);
        let mut worth = reached(&users.collect::<Vec<_>>(), &self.loads);
        let routes = (0..files.len()).filter(|&at| {
            let printed = &files[at].printed;
            own(at) && lists_routes(printed) && anchored.contains(project(at))
        });
        routes.for_each(|at| worth[at] = true);
        worth
    }
}

/// Whether a server reads the file by itself, or when it is told to: `gunicorn.conf.py`,
/// `config/gunicorn.py`, `celeryconfig.py`.
fn is_server_settings(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.contains("gunicorn") || name == "celeryconfig.py"
}

/// Whether a file lists the routes of a Django application, which includes others by their names.
fn lists_routes(path: &str) -> bool {
    path.rsplit('/').next() == Some("urls.py")
}

/// The innermost folder around a file that is a project; the whole tree when there is none.
fn project_of<'p>(path: &'p str, projects: &BTreeSet<&str>) -> &'p str {
    let mut folder = path;
    while let Some((outer, _)) = folder.rsplit_once('/') {
        if projects.contains(outer) {
            return outer;
        }
        folder = outer;
    }
    ""
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
