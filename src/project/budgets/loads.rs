//! Which modules a server loads when it starts with one of them.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use crate::project::Project;
use crate::source::FileId;

/// Answers what modules load, and remembers what each imports.
pub(super) struct Loads<'p> {
    project: &'p Project,
    imported: RefCell<HashMap<FileId, Rc<[FileId]>>>,
}

impl<'p> Loads<'p> {
    pub(super) fn new(project: &'p Project) -> Self {
        Self {
            project,
            imported: RefCell::default(),
        }
    }

    /// A module and all that it imports, directly or not.
    pub(super) fn of(&self, first: FileId) -> BTreeSet<FileId> {
        let (mut seen, mut open) = (BTreeSet::from([first]), vec![first]);
        while let Some(file) = open.pop() {
            let files = self.imported_by(file);
            open.extend(files.iter().copied().filter(|it| seen.insert(*it)));
        }
        seen
    }

    fn imported_by(&self, file: FileId) -> Rc<[FileId]> {
        if let Some(known) = self.imported.borrow().get(&file) {
            return Rc::clone(known);
        }
        let module = self.project.module(file);
        let stmts = module.into_iter().flat_map(|it| &it.ast.stmts);
        let files: BTreeSet<FileId> = stmts
            .flat_map(|it| self.project.loaded_by(file, it))
            .collect();
        let files: Rc<[FileId]> = files.into_iter().collect();
        self.imported.borrow_mut().insert(file, Rc::clone(&files));
        files
    }
}
