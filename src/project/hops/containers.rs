//! Containers and processes, and the servers that their commands start.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;

use crate::catalog::hops::{Bounds, Form};
use crate::model::service::Runtime;
use crate::project::Project;
use crate::project::environment::Files;
use crate::project::resolve::Resolver;
use crate::project::services::{Deployed, image_name, join, parent, span};
use crate::source::FileId;

use super::servers::Place;
use super::variables::Variables;
use super::{Hop, HopId, Product, Written, scripts, timeouts};

/// Finds the hops of all services.
pub(super) fn find(project: &Project, all: &mut Vec<Hop>) {
    let services = project.services().all();
    let resolver = Resolver::new(project);
    let built = Images::of(project);
    let files = Files::of(project);
    let images: Vec<Option<usize>> = (0..services.len()).map(|it| built.run_by(it)).collect();
    let in_containers: BTreeSet<usize> = images.iter().flatten().copied().collect();
    for (at, deployed) in services.iter().enumerate() {
        // What an image runs is told of the containers that run it.
        if in_containers.contains(&at) {
            continue;
        }
        let inner = servers(&files, &resolver, at, images[at], all);
        all.extend(container(project, at, deployed, &inner));
    }
}

pub(super) fn added(all: &mut Vec<Hop>, hop: Hop) -> HopId {
    all.push(hop);
    HopId(u32::try_from(all.len() - 1).expect("a project has fewer hops than bytes"))
}

/// The images that the project builds, as indices into the services.
struct Images<'p> {
    project: &'p Project,
    by_file: BTreeMap<FileId, usize>,
    /// By the name that a service builds them under.
    by_name: BTreeMap<SmolStr, usize>,
    /// By the name of the service that builds them, and by that of the folder of their Dockerfile.
    by_last_name: BTreeMap<SmolStr, BTreeSet<usize>>,
}

impl<'p> Images<'p> {
    fn of(project: &'p Project) -> Self {
        let mut found = Self {
            project,
            by_file: BTreeMap::new(),
            by_name: BTreeMap::new(),
            by_last_name: BTreeMap::new(),
        };
        let all = project.services().all();
        let is_image = |it: &&(usize, &Deployed)| it.1.service.runtime == Runtime::Image;
        let files: Vec<(usize, &Deployed)> = all.iter().enumerate().collect();
        for (at, deployed) in files.iter().filter(is_image) {
            found.by_file.entry(deployed.file).or_insert(*at);
            let folder = parent(&project.sources().get(deployed.file).path);
            if let Some(last) = folder.rsplit('/').next().filter(|it| !it.is_empty()) {
                found
                    .by_last_name
                    .entry(last.into())
                    .or_default()
                    .insert(*at);
            }
        }
        for deployed in all {
            let Some(image) = found.built_by(deployed) else {
                continue;
            };
            let name = deployed.service.name.clone();
            found.by_last_name.entry(name).or_default().insert(image);
            if let Some(named) = &deployed.service.image {
                found
                    .by_name
                    .entry(image_name(&named.text))
                    .or_insert(image);
            }
        }
        found
    }

    /// The image that a service builds itself.
    fn built_by(&self, deployed: &Deployed) -> Option<usize> {
        let build = deployed.service.build.as_ref()?;
        let name = build.dockerfile.as_deref().unwrap_or("Dockerfile");
        let path = join(deployed.code.as_ref()?, name)?;
        let file = self.project.sources().find(&path)?;
        self.by_file.get(&file).copied()
    }

    /// The image that a service runs: the one that it builds itself, or the only one that is built
    /// under the name it has here.
    fn run_by(&self, at: usize) -> Option<usize> {
        let services = self.project.services();
        let mut bases = services.bases(at).into_iter();
        if let Some(built) = bases.find_map(|it| self.built_by(&services.all()[it])) {
            return Some(built);
        }
        let service = &services.all()[at].service;
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

/// The servers in a container, with the environment of both the image and the container.
fn servers(
    files: &Files<'_>,
    resolver: &Resolver<'_>,
    at: usize,
    image: Option<usize>,
    all: &mut Vec<Hop>,
) -> Vec<HopId> {
    let project = resolver.project;
    let services = project.services().all();
    let bases = project.services().bases(at);
    let image = image.map(|it| &services[it]);
    let mut lines = bases.iter().map(|it| &services[*it]).chain(image);
    let Some(starts) = lines.find(|it| !it.service.commands.is_empty()) else {
        return Vec::new();
    };
    let mut given = image.map(|it| files.given(it)).unwrap_or_default();
    given.extend(files.given(&services[at]));
    let folder = parent(&project.sources().get(starts.file).path);
    let code = |it: &Deployed| it.code.clone();
    let near = code(starts).or_else(|| image.and_then(code));
    let near = near.unwrap_or_else(|| folder.to_owned());
    let mut place = Place {
        resolver,
        file: starts.file,
        near: &near,
        variables: Variables(given),
    };
    let hops = scripts::servers(&mut place, &starts.service.commands);
    let named = hops.into_iter().map(|mut hop| {
        hop.service = Some(at);
        added(all, hop)
    });
    named.collect()
}

/// The hop that a container is itself, for what starts it may end it.
fn container(project: &Project, at: usize, deployed: &Deployed, inner: &[HopId]) -> Option<Hop> {
    let product = match deployed.service.runtime {
        Runtime::Compose => Product::Compose,
        Runtime::Kubernetes => Product::Pod,
        Runtime::Image | Runtime::Process => return None,
    };
    let service = &deployed.service;
    let written = |key: &str| match key {
        "stop_grace_period" | "terminationGracePeriodSeconds" => service.grace.as_ref(),
        "timeoutSeconds" => service.probe_timeout.as_ref(),
        _ => None,
    };
    let mut hop = Hop::new(product, service.name.clone(), deployed.at());
    hop.service = Some(at);
    hop.passes_to = inner.to_vec();
    hop.timeouts = timeouts(project.catalog, product, None, &|setting| {
        let text = written(&setting.key).filter(|_| setting.form == Form::Field)?;
        let written = Written {
            text: text.text.clone(),
            at: span(deployed.file, &text.at),
        };
        Some(written.limit(setting))
    });
    // Without a probe there is nothing that could be late.
    let probed = !service.liveness.is_empty() || service.probe_timeout.is_some();
    hop.timeouts
        .retain(|it| probed || it.entry.bounds != Bounds::Probe);
    hop.ends.names = service
        .names
        .iter()
        .chain([&service.name])
        .cloned()
        .collect();
    hop.ends.labels.clone_from(&service.labels);
    Some(hop)
}
