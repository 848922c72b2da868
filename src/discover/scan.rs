//! What one look at each file tells: which packages it names and which modules it imports.

use std::collections::HashMap;

use rayon::prelude::*;

use super::imports::{Import, imports};
use super::needles::{Named, Needles};
use super::walk::File;
use super::{Shadow, absolute, text};

/// What one look at a file tells.
#[derive(Debug)]
pub(super) struct Scan {
    /// Packages of interest.
    pub(super) named: Named,
    /// All imports.
    pub(super) imports: Vec<Import>,
    /// The text, or why there is none; `None` when it is not worth the memory, because it names
    /// neither an anchor nor an SDK.
    pub(super) text: Result<Option<String>, String>,
}

/// Looks at every file once; the results are in the order of the files.
pub(super) fn all(files: &[File], shadows: &[Shadow], needles: &Needles) -> Vec<Scan> {
    let shadows: HashMap<_, _> = shadows
        .iter()
        .map(|it| (absolute(&it.path), &it.bytes))
        .collect();
    files
        .par_iter()
        .map(|file| match shadows.get(&file.path) {
            Some(bytes) => {
                let text = text::held(&file.path, (*bytes).clone());
                Scan::of(text, needles, Keep::Always)
            }
            None => Scan::of(text::python(&file.path), needles, Keep::WhenNamed),
        })
        .collect()
}

/// Whether a text stays in memory.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    /// There is no file from which it could be read again.
    Always,
    WhenNamed,
}

impl Scan {
    /// Looks at one text.
    pub(super) fn of(text: Result<String, String>, needles: &Needles, keep: Keep) -> Self {
        let text = match text {
            Ok(text) => text,
            Err(message) => {
                return Self {
                    named: Named::default(),
                    imports: Vec::new(),
                    text: Err(message),
                };
            }
        };
        let named = needles.named(&text);
        let imports = imports(&text);
        let kept = keep == Keep::Always || named.is_near();
        Self {
            named,
            imports,
            text: Ok(kept.then_some(text)),
        }
    }
}
