//! Which modules a server loads when it starts with one of them.

use std::collections::BTreeSet;

use crate::project::Project;
use crate::source::FileId;

/// A module and all that it imports, directly or not.
pub(super) fn loads(project: &Project, first: FileId) -> BTreeSet<FileId> {
    let (mut seen, mut open) = (BTreeSet::from([first]), vec![first]);
    while let Some(file) = open.pop() {
        let Some(module) = project.module(file) else {
            continue;
        };
        let stmts = module.ast.stmts.iter();
        let files = stmts.flat_map(|it| project.loaded_by(file, it));
        open.extend(files.filter(|it| seen.insert(*it)));
    }
    seen
}
