//! Which files of the project an import statement loads.

use crate::project::Project;
use crate::source::FileId;
use crate::syntax::python::{Stmt, StmtKind};

impl Project {
    /// The files that a statement of `file` loads when it runs; none where it is no import, or one
    /// of a library.
    #[must_use]
    pub fn loaded_by(&self, file: FileId, stmt: &Stmt) -> Vec<FileId> {
        // A file id is the position of its text.
        let from = file.0 as usize;
        let files: Vec<usize> = match &stmt.kind {
            StmtKind::Import(all) => {
                let all = all.iter();
                all.flat_map(|it| self.layout.import(from, 0, &it.module, None))
                    .collect()
            }
            StmtKind::ImportFrom {
                level,
                module,
                names,
            } => {
                let names = names.iter();
                names
                    .flat_map(|it| self.layout.import(from, *level, module, Some(&it.name)))
                    .collect()
            }
            _ => return Vec::new(),
        };
        let ids = files.into_iter().filter_map(|it| u32::try_from(it).ok());
        ids.map(FileId).collect()
    }
}
