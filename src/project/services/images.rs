//! Which image of the project each service runs.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;

use crate::model::service::Runtime;
use crate::project::Project;

use super::{Deployed, Services, image_name, parent};

impl Services {
    /// Finds the images that services run.
    pub(super) fn find_run(&mut self, project: &Project) {
        let images = Images::of(project, self);
        let found: Vec<Option<usize>> = (0..self.all.len())
            .map(|it| images.run_by(self, it))
            .collect();
        for (deployed, image) in self.all.iter_mut().zip(found) {
            deployed.runs = image;
        }
    }
}

/// The images that the project builds, as indices into the services.
#[derive(Default)]
struct Images {
    /// By the name that a service builds them under.
    by_name: BTreeMap<SmolStr, usize>,
    /// By the name of the service that builds them, and by that of the folder of their Dockerfile.
    by_last_name: BTreeMap<SmolStr, BTreeSet<usize>>,
}

impl Images {
    fn of(project: &Project, services: &Services) -> Self {
        let mut found = Self::default();
        let is_image = |it: &(usize, &Deployed)| it.1.service.runtime == Runtime::Image;
        for (at, deployed) in services.all.iter().enumerate().filter(is_image) {
            let folder = parent(&project.sources().get(deployed.file).path);
            if let Some(last) = folder.rsplit('/').next().filter(|it| !it.is_empty()) {
                let named = found.by_last_name.entry(last.into()).or_default();
                named.insert(at);
            }
        }
        for deployed in &services.all {
            let Some(image) = deployed.image else {
                continue;
            };
            let name = deployed.service.name.clone();
            found.by_last_name.entry(name).or_default().insert(image);
            if let Some(named) = &deployed.service.image {
                let name = image_name(&named.text);
                found.by_name.entry(name).or_insert(image);
            }
        }
        found
    }

    /// The image that a service runs: the one that it builds itself, or the only one that is built
    /// under the name it has here.
    fn run_by(&self, services: &Services, at: usize) -> Option<usize> {
        let mut bases = services.bases(at).into_iter();
        if let Some(built) = bases.find_map(|it| services.all[it].image) {
            return Some(built);
        }
        let service = &services.all[at].service;
        if matches!(service.runtime, Runtime::Image | Runtime::Process) {
            return None;
        }
        let name = image_name(&service.image.as_ref()?.text);
        let last = name.rsplit('/').next().unwrap_or(&name);
        let only = || {
            let named = self.by_last_name.get(last)?;
            named.first().filter(|_| named.len() == 1)
        };
        self.by_name.get(&name).or_else(only).copied()
    }
}
