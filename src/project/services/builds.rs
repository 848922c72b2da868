//! What services take over: from others that they extend, from files that are read together with
//! theirs, and from the images that they build.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;

use crate::model::service::Runtime;
use crate::project::Project;
use crate::source::FileId;

use super::{Deployed, Services, image_name, join, parent};

/// The files that Compose looks for when nobody names one.
const COMPOSE: &[&str] = &[
    "compose.yaml",
    "compose.yml",
    "docker-compose.yaml",
    "docker-compose.yml",
];

impl Services {
    /// Finds what services extend; nobody can tell what one adds that is not among them.
    pub(super) fn find_bases(&mut self, project: &Project) {
        let all = self.all.iter().enumerate();
        let named: BTreeMap<(FileId, SmolStr), usize> = all
            .map(|(at, it)| ((it.file, it.service.name.clone()), at))
            .collect();
        for (at, deployed) in self.all.iter_mut().enumerate() {
            let Some(extended) = &deployed.service.extends else {
                continue;
            };
            let folder = parent(&project.sources().get(deployed.file).path);
            let file = match &extended.file {
                Some(path) => join(folder, path).and_then(|it| project.sources().find(&it)),
                None => Some(deployed.file),
            };
            let base = file.and_then(|it| named.get(&(it, extended.name.clone())).copied());
            deployed.base = base.filter(|it| *it != at);
            deployed.service.is_open |= deployed.base.is_none();
        }
    }

    /// Of the stages of each Dockerfile, keeps those that somebody builds, and the last one when
    /// nobody builds another.
    pub(super) fn keep_stages(&mut self, project: &Project) {
        let mut built: BTreeMap<FileId, BTreeSet<Option<SmolStr>>> = BTreeMap::new();
        for deployed in &self.all {
            if let Some(file) = deployed.dockerfile(project) {
                built.entry(file).or_default().insert(deployed.target());
            }
        }
        let mut last = None;
        self.all.retain(|it| {
            if it.service.runtime != Runtime::Image {
                return true;
            }
            let is_last = last.replace(it.file) != Some(it.file);
            let own = Some(SmolStr::from(it.service.name.to_ascii_lowercase()));
            match built.get(&it.file) {
                Some(built) => built.contains(&own) || is_last && built.contains(&None),
                None => is_last,
            }
        });
    }

    /// Finds the images that services build themselves, and tells them what these pass to the build.
    pub(super) fn find_built(&mut self, project: &Project) {
        let of_image = |it: &&(usize, &Deployed)| it.1.service.runtime == Runtime::Image;
        let all: Vec<(usize, &Deployed)> = self.all.iter().enumerate().collect();
        let images: Vec<&(usize, &Deployed)> = all.iter().filter(of_image).collect();
        let built = self.all.iter().map(|deployed| {
            let file = deployed.dockerfile(project)?;
            let mut images = images.iter().filter(|it| it.1.file == file);
            let target = deployed.target();
            let found = images.find(|(_, it)| match &target {
                Some(target) => it.service.name.eq_ignore_ascii_case(target),
                None => true,
            });
            found.map(|it| it.0)
        });
        let built: Vec<Option<usize>> = built.collect();
        let mut passed: BTreeMap<(usize, SmolStr), BTreeSet<Option<SmolStr>>> = BTreeMap::new();
        for (deployed, image) in self.all.iter_mut().zip(built) {
            deployed.image = image;
            let arguments = deployed.service.arguments.iter();
            for (image, argument) in arguments.filter_map(|it| Some((image?, it))) {
                let value = argument.value.clone().filter(|it| !it.contains('$'));
                let all = passed.entry((image, argument.name.clone())).or_default();
                all.insert(value);
            }
        }
        for ((image, name), mut values) in passed {
            let arguments = self.all[image].service.arguments.iter_mut();
            for own in arguments.filter(|it| it.name == name) {
                // What the Dockerfile says itself is only a default, and several builds that differ
                // say nothing.
                own.value = values.pop_first().flatten().filter(|_| values.is_empty());
            }
        }
    }

    /// Joins the services of `compose.override.yaml` with those of the file beside it.
    pub(super) fn find_overrides(&mut self, project: &Project) {
        let path = |it: &Deployed| project.sources().get(it.file).path.as_str();
        let mut mains: BTreeMap<(&str, SmolStr), usize> = BTreeMap::new();
        for (at, deployed) in self.all.iter().enumerate() {
            let own = path(deployed);
            if COMPOSE.contains(&own.rsplit('/').next().unwrap_or(own)) {
                mains.insert((parent(own), deployed.service.name.clone()), at);
            }
        }
        let pairs = self.all.iter().enumerate().filter_map(|(at, deployed)| {
            let own = path(deployed);
            let name = own
                .rsplit('/')
                .next()
                .unwrap_or(own)
                .replace(".override.", ".");
            let is_override = own.contains(".override.") && COMPOSE.contains(&name.as_str());
            let main = mains.get(&(parent(own), deployed.service.name.clone()))?;
            (is_override && deployed.base.is_none()).then_some((at, *main))
        });
        for (at, main) in pairs.collect::<Vec<_>>() {
            self.all[at].base = Some(main);
            self.all[main].is_overridden = true;
        }
    }

    /// A service runs what the one runs that it takes everything over from.
    pub(super) fn take_over(&mut self) {
        for at in 0..self.all.len() {
            let Some(base) = self.all[at].base else {
                continue;
            };
            let service = &self.all[at].service;
            // A patch changes the tag of an image, while a service of Compose names another one.
            let is_patch = service.runtime == Runtime::Kubernetes;
            if !is_patch && (service.image.is_some() || service.build.is_some()) {
                continue;
            }
            let line = self.bases(base);
            let runs_app = line.iter().any(|it| self.all[*it].runs_app);
            let code = line.iter().find_map(|it| self.all[*it].code.clone());
            self.all[at].runs_app |= runs_app;
            self.all[at].code = self.all[at].code.take().or(code);
        }
    }

    /// An image that one file builds and another one names.
    pub(super) fn find_images(&mut self) {
        let mut built: BTreeSet<SmolStr> = BTreeSet::new();
        for deployed in self
            .all
            .iter()
            .filter(|it| it.runs_app && it.service.build.is_some())
        {
            let image = deployed
                .service
                .image
                .as_ref()
                .map(|it| image_name(&it.text));
            built.extend(image);
        }
        for deployed in &mut self.all {
            let image = deployed
                .service
                .image
                .as_ref()
                .map(|it| image_name(&it.text));
            let is_started = deployed.service.runtime != Runtime::Image;
            deployed.runs_app |= is_started && image.is_some_and(|it| built.contains(&it));
        }
    }
}
