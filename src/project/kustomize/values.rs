//! What patches of kustomize write into manifests that are no containers, as keys and values:
//! annotations of an ingress, entries of a map.

use std::ops::Range;

use smol_str::SmolStr;

use crate::model::service::Owner;
use crate::project::Project;
use crate::project::services::span;
use crate::source::{FileId, Span};
use crate::syntax::tree::{Tree, View};
use crate::syntax::yaml;

use super::{Kustomization, Text};

/// One key that a patch writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::project) struct Entry {
    /// The key.
    pub(in crate::project) key: SmolStr,
    /// Its value; `None` when the patch takes it out.
    pub(in crate::project) value: Option<SmolStr>,
    /// Where it is written.
    pub(in crate::project) at: Span,
}

/// A text that YAML is read from, and where its parts are in a file.
struct Placed<'p> {
    project: &'p Project,
    file: FileId,
    /// The scalar that holds the text; `None` when the file itself is the text.
    within: Option<View<'p>>,
}

impl Kustomization<'_> {
    /// What its patches write below a part of the manifests that are called so, in their order.
    pub(super) fn written(&self, project: &Project, owner: &Owner, part: &[&str]) -> Vec<Entry> {
        let mut found = Vec::new();
        for (target, text) in self.patches(project) {
            let placed = Placed {
                project,
                file: match text {
                    Text::File(file) => file,
                    Text::Inline(_) => self.file,
                },
                within: match text {
                    Text::File(_) => None,
                    Text::Inline(view) => Some(view),
                },
            };
            let own = placed
                .within
                .map(|it| yaml::parse(it.text().unwrap_or_default()));
            let tree = own
                .as_ref()
                .or_else(|| project.configuration(placed.file)?.tree());
            for document in tree.into_iter().flat_map(Tree::documents) {
                let target = target.clone().or_else(|| owner_of(document));
                if target.is_some_and(|it| owner.is(&it)) {
                    found.extend(placed.entries(document, part));
                }
            }
        }
        found
    }
}

/// What a document is by its own words.
fn owner_of(document: View<'_>) -> Option<Owner> {
    let text = |keys: &[&str]| document.at(keys)?.text().map(SmolStr::from);
    Some(Owner {
        kind: Some(text(&["kind"])?),
        name: Some(text(&["metadata", "name"])?),
    })
}

impl Placed<'_> {
    /// What a document writes: a manifest that is merged, or a list of operations.
    fn entries(&self, document: View<'_>, part: &[&str]) -> Vec<Entry> {
        if !document.is_list() {
            let part = document.at(part).into_iter();
            let entries = part.flat_map(View::entries);
            return entries
                .filter_map(|(key, value)| Some(self.entry(key.text()?, Some(value), value)))
                .collect();
        }
        let start = format!("/{}", part.join("/"));
        let mut found = Vec::new();
        for operation in document.items() {
            let text = |key: &str| operation.get(key).and_then(View::text);
            let value = operation.get("value");
            let Some(rest) = text("path").and_then(|it| it.strip_prefix(&start)) else {
                continue;
            };
            match (text("op"), rest.strip_prefix('/'), value) {
                (Some("add" | "replace"), Some(key), Some(value)) => {
                    found.push(self.entry(&unescaped(key), Some(value), value));
                }
                (Some("add" | "replace"), None, Some(value)) if rest.is_empty() => {
                    let entries = value.entries().into_iter();
                    found.extend(entries.filter_map(|(key, value)| {
                        Some(self.entry(key.text()?, Some(value), value))
                    }));
                }
                (Some("remove"), Some(key), _) => {
                    found.push(self.entry(&unescaped(key), None, operation));
                }
                _ => {}
            }
        }
        found
    }

    fn entry(&self, key: &str, value: Option<View<'_>>, at: View<'_>) -> Entry {
        Entry {
            key: key.into(),
            value: value.and_then(View::text).map(SmolStr::from),
            at: span(self.file, &self.place(&at.bytes())),
        }
    }

    /// Where a part of the text stands in the file: a block of text has the same lines, only
    /// indented; of other scalars nobody can tell.
    fn place(&self, part: &Range<u32>) -> Range<u32> {
        let Some(outer) = self.within else {
            return part.clone();
        };
        block_place(self.project, self.file, outer, part).unwrap_or_else(|| outer.bytes())
    }
}

fn block_place(
    project: &Project,
    file: FileId,
    outer: View<'_>,
    part: &Range<u32>,
) -> Option<Range<u32>> {
    let content = outer.text()?;
    let written = content.get(part.start as usize..part.end as usize)?;
    let line = content[..part.start as usize].matches('\n').count();
    let bytes = outer.bytes();
    let source = &project.sources().get(file).text;
    let block = source.get(bytes.start as usize..bytes.end as usize)?;
    // The first line of a block says how it is meant.
    let header = usize::from(block.starts_with(['|', '>']));
    let mut lines = block.split_inclusive('\n');
    let before: usize = lines.by_ref().take(line + header).map(str::len).sum();
    let column = lines.next()?.find(written)?;
    let start = bytes.start + u32::try_from(before + column).ok()?;
    Some(start..start + (part.end - part.start))
}

/// A key in a path of a JSON patch.
///
/// Source: RFC 6901, section 4.
fn unescaped(key: &str) -> String {
    key.replace("~1", "/").replace("~0", "~")
}
