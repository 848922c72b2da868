//! Which variables the maps of a cluster give to a container: a `ConfigMap`, a `Secret` in plain text,
//! or what kustomize makes one of.

use std::collections::BTreeMap;

use smol_str::SmolStr;

use crate::model::service::FromMap;
use crate::project::Project;
use crate::project::environment::Given;
use crate::project::kustomize::maps;
use crate::project::services::{Deployed, join, parent, span};
use crate::source::{FileId, Span};
use crate::syntax::tree::{Tree, View};

/// All maps of a project.
#[derive(Debug, Default)]
pub(super) struct ConfigMaps {
    /// By name, one for each file that has it.
    all: BTreeMap<SmolStr, Vec<(FileId, Vec<Entry>)>>,
}

/// One key of a map.
#[derive(Debug, Clone)]
struct Entry {
    key: SmolStr,
    value: SmolStr,
    at: Span,
}

impl ConfigMaps {
    /// Reads the maps in all files.
    pub(super) fn of(project: &Project) -> Self {
        let mut found = Self::default();
        for (file, read) in project.configurations() {
            for document in read.tree().into_iter().flat_map(Tree::documents) {
                found.add(project, file, document);
            }
        }
        found
    }

    /// The variables that a container takes from maps.
    pub(super) fn given(&self, project: &Project, deployed: &Deployed) -> Vec<Given> {
        let wanted = deployed.service.environment_maps.iter();
        let found = wanted.flat_map(|it| {
            let entries = self.nearest(project, deployed.file, &it.map);
            entries.filter_map(|entry| of_entry(it, entry.clone()))
        });
        found.collect()
    }

    /// What the map of a name says that lies nearest to a file: other environments have others.
    fn nearest(&self, project: &Project, from: FileId, name: &str) -> impl Iterator<Item = &Entry> {
        let all = self.all.get(name).into_iter().flatten();
        let near = |it: &&(FileId, Vec<Entry>)| shared_folders(project, from, it.0);
        let nearest = all.rev().max_by_key(near);
        nearest.into_iter().flat_map(|it| &it.1)
    }

    fn add(&mut self, project: &Project, file: FileId, document: View<'_>) {
        let text = |view: View<'_>, keys: &[&str]| view.at(keys)?.text().map(SmolStr::from);
        let kind = text(document, &["kind"]);
        // What a secret says in plain text holds as well; nobody decodes the rest.
        let data = match kind.as_deref() {
            Some("ConfigMap") => Some("data"),
            Some("Secret") => Some("stringData"),
            _ => None,
        };
        if let Some(data) = data {
            let data = document.get(data).into_iter().flat_map(View::entries);
            let entries = data.filter_map(|(key, value)| {
                Some(Entry {
                    key: key.text()?.into(),
                    value: value.text()?.into(),
                    at: span(file, &value.bytes()),
                })
            });
            if let Some(name) = text(document, &["metadata", "name"]) {
                self.all
                    .entry(name)
                    .or_default()
                    .push((file, entries.collect()));
            }
        }
        for made in maps::generated(document) {
            let literals = made.literals.into_iter().filter_map(|it| {
                Some(Entry {
                    key: it.name,
                    value: it.value?,
                    at: span(file, &it.at),
                })
            });
            let mut entries: Vec<Entry> = literals.collect();
            let folder = parent(&project.sources().get(file).path);
            let paths = made.files.iter().filter_map(|it| join(folder, &it.text));
            for path in paths {
                entries.splice(0..0, of_file(project, &path));
            }
            self.all
                .entry(made.name.into())
                .or_default()
                .push((file, entries));
        }
    }
}

/// The lines of a `.env` file as entries.
fn of_file(project: &Project, path: &str) -> Vec<Entry> {
    let file = project.sources().find(path);
    let read = file.and_then(|it| Some((it, project.configuration(it)?.tree()?.root()?)));
    let Some((file, root)) = read else {
        return Vec::new();
    };
    let entries = root.entries().into_iter().filter_map(|(key, value)| {
        Some(Entry {
            key: key.text()?.into(),
            value: value.text()?.into(),
            at: span(file, &value.bytes()),
        })
    });
    entries.collect()
}

fn of_entry(wanted: &FromMap, entry: Entry) -> Option<Given> {
    let name = match &wanted.variable {
        Some((name, key)) => Some(name.clone()).filter(|_| *key == entry.key)?,
        None => SmolStr::from(format!("{}{}", wanted.prefix, entry.key)),
    };
    Some(Given {
        name,
        value: Some(entry.value),
        at: entry.at,
        default: None,
        is_sample: false,
    })
}

/// How many folders two files have in common, and one more when they are the same.
pub(super) fn shared_folders(project: &Project, one: FileId, other: FileId) -> usize {
    let path = |file| parent(&project.sources().get(file).path).split('/');
    let pairs = path(one).zip(path(other));
    let shared = pairs.take_while(|it| it.0 == it.1 && !it.0.is_empty());
    shared.count() + usize::from(one == other)
}
