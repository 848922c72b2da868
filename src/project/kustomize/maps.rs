//! What kustomize changes of containers without naming them: maps of variables that an overlay
//! writes anew, and images under other names.

use smol_str::SmolStr;

use crate::model::service::{FromMap, Owner, Runtime, Service, Text, Variable};
use crate::project::Project;
use crate::project::services::{Deployed, image_name};
use crate::source::FileId;
use crate::syntax::tree::View;

use super::values::Entry;
use super::{Kustomization, Patched};

/// The lists of maps that are made of literals and files, and the kinds that these become.
pub(in crate::project) const GENERATORS: &[(&str, &str)] = &[
    ("configMapGenerator", "ConfigMap"),
    ("secretGenerator", "Secret"),
];

/// Where the kinds of maps hold their entries as plain text.
const PARTS: &[(&str, &str)] = &[("ConfigMap", "data"), ("Secret", "stringData")];

/// A map that an overlay makes.
pub(in crate::project) struct Generated<'v> {
    /// Its name, without the hash that kustomize puts behind it.
    pub(in crate::project) name: &'v str,
    /// `KEY=value`, each where it is written.
    pub(in crate::project) literals: Vec<Variable>,
    /// Files of such lines.
    pub(in crate::project) files: Vec<Text>,
}

/// The maps that a kustomization makes.
pub(in crate::project) fn generated(view: View<'_>) -> Vec<Generated<'_>> {
    let lists = GENERATORS.iter().filter_map(|it| view.get(it.0));
    let found = lists.flat_map(View::items).filter_map(|it| {
        let literals = it.get("literals").into_iter().flat_map(View::items);
        let many = it.get("envs").into_iter().flat_map(View::items);
        let files = many.chain(it.get("env"));
        Some(Generated {
            name: it.get("name")?.text()?,
            literals: literals.filter_map(literal).collect(),
            files: files
                .filter_map(|it| {
                    Some(Text {
                        text: it.text()?.into(),
                        at: it.bytes(),
                    })
                })
                .collect(),
        })
    });
    found.collect()
}

fn literal(view: View<'_>) -> Option<Variable> {
    let (key, value) = view.text()?.split_once('=')?;
    Some(Variable {
        name: key.into(),
        value: Some(value.trim_matches(['"', '\'']).into()),
        at: view.bytes(),
    })
}

impl Kustomization<'_> {
    /// Puts what it changes of containers upon them.
    pub(super) fn transform(
        &self,
        project: &Project,
        all: &mut Vec<Deployed>,
        patched: &mut Patched,
    ) {
        // What stands beside the manifests themselves holds for all who use them.
        let of_cluster = |it: &&Deployed| {
            it.service.runtime == Runtime::Kubernetes
                && it.base.is_none()
                && it.service.owner.is_some()
                && self.changes.contains(&it.file)
                && !self.direct.contains(&it.file)
        };
        let bases = (0..all.len()).filter(|it| of_cluster(&&all[*it]));
        for base in bases.collect::<Vec<_>>() {
            for (file, service) in self.changed(project, &all[base].service) {
                all.push(Deployed::new(file, service));
                self.take(all.len() - 1, base, all, patched);
            }
        }
    }

    /// What is new of a container, by the file that says so.
    fn changed(&self, project: &Project, service: &Service) -> Vec<(FileId, Service)> {
        let mut found: Vec<(FileId, Service)> = Vec::new();
        let mut add = |file: FileId, change: &mut dyn FnMut(&mut Service)| {
            let at = found.iter().position(|it| it.0 == file);
            let at = at.unwrap_or_else(|| {
                found.push((file, empty(service)));
                found.len() - 1
            });
            change(&mut found[at].1);
        };
        for map in &service.environment_maps {
            for made in generated(self.view).iter().filter(|it| it.name == map.map) {
                for literal in &made.literals {
                    let variable = named(map, literal.clone(), service);
                    add(self.file, &mut |it| it.environment.extend(variable.clone()));
                }
                if map.variable.is_none() && map.prefix.is_empty() {
                    add(self.file, &mut |it| {
                        it.environment_files.extend(made.files.clone());
                    });
                }
            }
            for entry in self.written_into(project, &map.map) {
                let variable = Variable {
                    name: entry.key,
                    value: entry.value,
                    at: entry.at.start..entry.at.end,
                };
                let variable = named(map, variable, service);
                add(entry.at.file, &mut |it| {
                    it.environment.extend(variable.clone());
                });
            }
        }
        if let Some(image) = self.image(service) {
            add(self.file, &mut |it| it.image = Some(image.clone()));
        }
        found.retain(|(_, it)| {
            !it.environment.is_empty() || !it.environment_files.is_empty() || it.image.is_some()
        });
        found
    }

    /// What its patches write into a map.
    fn written_into(&self, project: &Project, map: &SmolStr) -> Vec<Entry> {
        let written = PARTS.iter().flat_map(|(kind, part)| {
            let owner = Owner {
                kind: Some((*kind).into()),
                name: Some(map.clone()),
            };
            self.written(project, &owner, &[part])
        });
        written.collect()
    }

    /// The image that it puts in the place of a container's own.
    fn image(&self, service: &Service) -> Option<Text> {
        let own = image_name(&service.image.as_ref()?.text);
        let images = self.view.get("images").into_iter().flat_map(View::items);
        let mut images = images.filter(|it| it.get("name").and_then(View::text) == Some(&*own));
        let name = images.find_map(|it| it.get("newName"))?;
        Some(Text {
            text: name.text()?.into(),
            at: name.bytes(),
        })
    }
}

/// A patch of a container that changes nothing yet.
fn empty(service: &Service) -> Service {
    Service {
        name: service.name.clone(),
        runtime: Runtime::Kubernetes,
        ..Service::default()
    }
}

/// The variable that a container makes of an entry; what it says itself wins.
fn named(map: &FromMap, entry: Variable, service: &Service) -> Option<Variable> {
    let name = match &map.variable {
        Some((name, key)) => Some(name.clone()).filter(|_| *key == entry.name)?,
        None => SmolStr::from(format!("{}{}", map.prefix, entry.name)),
    };
    let own = |it: &Variable| it.name == name && it.value.is_some();
    (!service.environment.iter().any(own)).then_some(Variable { name, ..entry })
}
