//! What kustomize changes of the containers of its bases: patches, as merged manifests or as JSON
//! patches, each as a container that takes everything over from the one it changes.

pub(in crate::project) mod maps;
pub(in crate::project) mod values;

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;

use crate::model::service::{self, Owner, Service, patch};
use crate::project::Project;
use crate::project::services::{Deployed, join, parent, span};
use crate::source::FileId;
use crate::syntax::tree::{Tree, View};
use crate::syntax::yaml;

use values::Entry;

/// The names of a file that says what is put together.
const NAMES: &[&str] = &["kustomization.yaml", "kustomization.yml"];

/// How many files one of them may lead to.
const MOST_FILES: usize = 1000;

/// A file that puts manifests together.
struct Kustomization<'p> {
    file: FileId,
    view: View<'p>,
    /// All files that it leads to, itself first.
    reached: Vec<FileId>,
    /// The files whose manifests it changes: those it leads to, and of a component those that whoever
    /// uses it leads to.
    changes: Vec<FileId>,
    /// Of those, the ones that it names itself, and no other of its kind brings.
    direct: Vec<FileId>,
}

/// Puts the patches of all overlays among the services, which are those of all files.
pub(super) fn patch(project: &Project, all: &mut Vec<Deployed>) {
    let mut found = kustomizations(project);
    // What another one builds upon comes before it.
    found.sort_by_key(|it| it.reached.len());
    let mut patched = Patched::default();
    for it in &found {
        for (target, text) in it.patches(project) {
            it.apply(project, target.as_ref(), text, all, &mut patched);
        }
        it.transform(project, all, &mut patched);
    }
    patched.hide_bases(&found, all);
}

/// The last version of each container in each overlay.
#[derive(Default)]
struct Patched(BTreeMap<(FileId, usize), usize>);

/// The text of a patch.
#[derive(Clone, Copy)]
enum Text<'p> {
    /// Documents of a file.
    File(FileId),
    /// A text within the overlay.
    Inline(View<'p>),
}

fn kustomizations(project: &Project) -> Vec<Kustomization<'_>> {
    let all = project.configurations().filter_map(|(file, read)| {
        let path = &project.sources().get(file).path;
        let view = read.tree().and_then(Tree::root)?;
        let name = path.rsplit('/').next().unwrap_or(path);
        NAMES.contains(&name).then_some((file, view))
    });
    let views: BTreeMap<FileId, View<'_>> = all.collect();
    let ways: BTreeMap<FileId, Vec<FileId>> = views
        .keys()
        .map(|it| (*it, reached(project, *it, &views)))
        .collect();
    let found = views.iter().map(|(file, view)| {
        let is_component = view.get("kind").and_then(View::text) == Some("Component");
        let users = ways.values().filter(|it| is_component && it.contains(file));
        let changes = ways[file].iter().chain(users.flatten()).copied();
        Kustomization {
            file: *file,
            view: *view,
            reached: ways[file].clone(),
            changes: changes.collect(),
            direct: named(project, *file, *view),
        }
    });
    found.collect()
}

/// The files that one leads to, also through others of its kind.
fn reached(project: &Project, from: FileId, views: &BTreeMap<FileId, View<'_>>) -> Vec<FileId> {
    let mut found = vec![from];
    let mut at = 0;
    while let Some(file) = found.get(at).copied() {
        at += 1;
        let Some(view) = views.get(&file).filter(|_| found.len() < MOST_FILES) else {
            continue;
        };
        for next in named(project, file, *view) {
            if !found.contains(&next) {
                found.push(next);
            }
        }
    }
    found
}

/// What kustomizations lead to, apart from themselves.
fn led_to(found: &[Kustomization<'_>]) -> BTreeSet<FileId> {
    let others = found.iter().flat_map(|it| it.reached.iter().skip(1));
    others.copied().collect()
}

/// The files that one names, its own kind by their folders.
fn named(project: &Project, file: FileId, view: View<'_>) -> Vec<FileId> {
    let folder = parent(&project.sources().get(file).path);
    let lists = ["resources", "bases", "components"];
    let items = lists
        .iter()
        .filter_map(|it| view.get(it))
        .flat_map(View::items);
    let paths = items.filter_map(|it| join(folder, it.text()?));
    let found = paths.filter_map(|path| {
        let inner = |it| project.sources().find(&join(&path, it)?);
        let own = project.sources().find(&path);
        own.or_else(|| NAMES.iter().find_map(|it| inner(it)))
    });
    found.collect()
}

/// What overlays write into manifests that are no containers.
pub(super) struct Overlays<'p> {
    project: &'p Project,
    found: Vec<Kustomization<'p>>,
    /// The ones that others of their kind lead to.
    inner: BTreeSet<FileId>,
}

impl<'p> Overlays<'p> {
    /// Finds them.
    pub(super) fn of(project: &'p Project) -> Self {
        let mut found = kustomizations(project);
        found.sort_by_key(|it| it.reached.len());
        Self {
            project,
            inner: led_to(&found),
            found,
        }
    }

    /// The annotations that each overlay adds to a manifest, the later ones win; one empty list for
    /// a manifest as it is.
    pub(super) fn annotations(&self, file: FileId, owner: &Owner) -> Vec<Vec<Entry>> {
        let tops = self
            .found
            .iter()
            .filter(|it| !self.inner.contains(&it.file));
        let tops = tops.filter(|it| it.reached.contains(&file));
        let mut variants: Vec<Vec<Entry>> = Vec::new();
        for top in tops {
            let line = self.found.iter();
            let line =
                line.filter(|it| top.reached.contains(&it.file) && it.changes.contains(&file));
            let variant = line.flat_map(|it| it.annotations(self.project, owner));
            let variant: Vec<Entry> = variant.collect();
            if !variants.contains(&variant) {
                variants.push(variant);
            }
        }
        if variants.is_empty() {
            variants.push(Vec::new());
        }
        variants
    }
}

impl<'p> Kustomization<'p> {
    /// The annotations that it gives to a manifest.
    fn annotations(&self, project: &Project, owner: &Owner) -> Vec<Entry> {
        let common = self.view.get("commonAnnotations").into_iter();
        let common = common.flat_map(View::entries).filter_map(|(key, value)| {
            Some(Entry {
                key: key.text()?.into(),
                value: value.text().map(SmolStr::from),
                at: span(self.file, &value.bytes()),
            })
        });
        let mut found: Vec<Entry> = common.collect();
        found.extend(self.written(project, owner, &["metadata", "annotations"]));
        found
    }

    /// Its patches, each with the one it is for when it says so itself.
    fn patches(&self, project: &Project) -> Vec<(Option<Owner>, Text<'p>)> {
        let folder = parent(&project.sources().get(self.file).path).to_owned();
        let file = |it: View<'p>| {
            let path = join(&folder, it.text()?)?;
            project.sources().find(&path)
        };
        let items = |key: &str| self.view.get(key).into_iter().flat_map(View::items);
        let merged = items("patchesStrategicMerge").map(|it| {
            let text = file(it).map_or(Text::Inline(it), Text::File);
            (None, text)
        });
        let described = items("patches").chain(items("patchesJson6902"));
        let described = described.filter_map(|it| {
            let text = match it.get("path") {
                Some(path) => Text::File(file(path)?),
                None => Text::Inline(it.get("patch")?),
            };
            Some((it.get("target").and_then(Owner::of), text))
        });
        merged.chain(described).collect()
    }

    fn apply(
        &self,
        project: &Project,
        target: Option<&Owner>,
        text: Text<'p>,
        all: &mut Vec<Deployed>,
        patched: &mut Patched,
    ) {
        match text {
            Text::File(file) => {
                let of_file = (0..all.len()).filter(|it| all[*it].file == file);
                for at in of_file.collect::<Vec<_>>() {
                    self.join(at, target, all, patched);
                }
                let tree = project.configuration(file).and_then(|it| it.tree());
                let list = tree.and_then(Tree::root).filter(|it| it.is_list());
                if let (Some(list), Some(target)) = (list, target) {
                    self.change(file, list, target, None, all, patched);
                }
            }
            Text::Inline(view) => {
                let tree = yaml::parse(view.text().unwrap_or_default());
                let Some(root) = tree.root() else { return };
                if let (true, Some(target)) = (root.is_list(), target) {
                    self.change(self.file, root, target, Some(view), all, patched);
                }
                for service in service::of_manifest(root) {
                    all.push(Deployed::new(self.file, service.moved_to(&view.bytes())));
                    self.join(all.len() - 1, target, all, patched);
                }
            }
        }
    }

    /// Joins a container that stands in a patch with the one that it changes.
    fn join(&self, at: usize, target: Option<&Owner>, all: &mut [Deployed], patched: &mut Patched) {
        let Some(owner) = target.cloned().or_else(|| all[at].service.owner.clone()) else {
            return;
        };
        let is_base = |it: &usize| {
            let other = &all[*it];
            let named = other.service.name == all[at].service.name;
            *it != at && named && self.has(other, &owner)
        };
        if let Some(base) = (0..all.len()).find(is_base) {
            self.take(at, base, all, patched);
        }
    }

    /// Adds the containers that a JSON patch changes.
    fn change(
        &self,
        file: FileId,
        operations: View<'_>,
        target: &Owner,
        inline: Option<View<'_>>,
        all: &mut Vec<Deployed>,
        patched: &mut Patched,
    ) {
        let bases = (0..all.len()).filter(|it| self.has(&all[*it], target));
        let bases: Vec<usize> = bases.collect();
        let containers: Vec<&Service> = bases.iter().map(|it| &all[*it].service).collect();
        for (number, service) in patch::changes(operations, &containers) {
            let service = match inline {
                Some(view) => service.moved_to(&view.bytes()),
                None => service,
            };
            all.push(Deployed::new(file, service));
            self.take(all.len() - 1, bases[number], all, patched);
        }
    }

    /// Whether a container belongs to what an owner is, in a file that this one leads to; patches
    /// that were joined already are no owner's own.
    fn has(&self, deployed: &Deployed, owner: &Owner) -> bool {
        let own = deployed.service.owner.as_ref();
        deployed.base.is_none()
            && own.is_some_and(|it| it.is(owner))
            && self.changes.contains(&deployed.file)
    }

    /// Puts a patch upon a container, after all others that this overlay leads to.
    fn take(&self, at: usize, base: usize, all: &mut [Deployed], patched: &mut Patched) {
        let mut before = self.reached.iter();
        let last = before.find_map(|it| patched.0.get(&(*it, base)));
        let last = last.copied().filter(|it| *it != at);
        if patched
            .0
            .get(&(self.file, base))
            .is_some_and(|it| *it != at)
        {
            all[last.unwrap_or(base)].is_overridden = true;
        }
        // What is not in the patch stands in the base.
        let resources = &all[at].service.resources;
        let limits =
            resources.is_open || resources.memory.is_some() || resources.cpu_request.is_some();
        all[base].service.resources.is_open |= limits;
        all[at].service.resources.is_open = true;
        all[at].base = Some(last.unwrap_or(base));
        patched.0.insert((self.file, base), at);
    }
}

impl Patched {
    /// A container that every overlay changes runs nowhere as it is.
    fn hide_bases(&self, found: &[Kustomization<'_>], all: &mut [Deployed]) {
        let inner = led_to(found);
        let bases: BTreeSet<usize> = self.0.keys().map(|it| it.1).collect();
        for base in bases {
            let file = all[base].file;
            let tops = found.iter().filter(|it| !inner.contains(&it.file));
            let mut tops = tops.filter(|it| it.reached.contains(&file));
            let changes = |it: &Kustomization<'_>| {
                it.reached
                    .iter()
                    .any(|it| self.0.contains_key(&(*it, base)))
            };
            all[base].is_overridden |= tops.all(changes);
        }
    }
}
