//! Which modules a server loads when it starts with one of them.

use std::collections::BTreeSet;

use crate::project::Project;
use crate::source::FileId;
use crate::syntax::python::StmtKind;

/// A module and all that it imports, directly or not.
pub(super) fn loads(project: &Project, first: FileId) -> BTreeSet<FileId> {
    let (mut seen, mut open) = (BTreeSet::from([first]), vec![first]);
    while let Some(file) = open.pop() {
        let Some(module) = project.module(file) else {
            continue;
        };
        let from = file.0 as usize;
        let layout = &project.layout;
        let imported = module.ast.stmts.iter().flat_map(|stmt| match &stmt.kind {
            StmtKind::Import(all) => {
                let all = all.iter();
                all.flat_map(|it| layout.import(from, 0, &it.module, None))
                    .collect()
            }
            StmtKind::ImportFrom {
                level,
                module,
                names,
            } => {
                let names = names.iter();
                names
                    .flat_map(|it| layout.import(from, *level, module, Some(&it.name)))
                    .collect()
            }
            _ => Vec::new(),
        });
        // A file id is the position of its text.
        let files = imported.filter_map(|it| u32::try_from(it).ok()).map(FileId);
        open.extend(files.filter(|it| seen.insert(*it)));
    }
    seen
}
