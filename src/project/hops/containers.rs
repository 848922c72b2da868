//! Containers and processes, and the servers that their commands start.

use crate::catalog::hops::{Bounds, Form};
use crate::model::service::Runtime;
use crate::project::Project;
use crate::project::environment::of_deployed;
use crate::project::resolve::Resolver;
use crate::project::services::{Deployed, image_name, join, parent, span};

use super::servers::Place;
use super::variables::Variables;
use super::{Hop, HopId, Product, Written, scripts, timeouts};

/// Finds the hops of all services.
pub(super) fn find(project: &Project, all: &mut Vec<Hop>) {
    let services = project.services().all();
    let resolver = Resolver::new(project);
    let images: Vec<Option<usize>> = (0..services.len()).map(|it| image(project, it)).collect();
    for (at, deployed) in services.iter().enumerate() {
        // What an image runs is told of the containers that run it.
        if images.contains(&Some(at)) {
            continue;
        }
        let inner = servers(project, &resolver, at, images[at], all);
        all.extend(container(project, at, deployed, &inner));
    }
}

pub(super) fn added(all: &mut Vec<Hop>, hop: Hop) -> HopId {
    all.push(hop);
    HopId(u32::try_from(all.len() - 1).expect("a project has fewer hops than bytes"))
}

/// The image that a container runs, as an index into the services: the one that it builds itself, or
/// the one that is built under the name it has here.
fn image(project: &Project, at: usize) -> Option<usize> {
    let services = project.services();
    let mut bases = services.bases(at).into_iter();
    if let Some(built) = bases.find_map(|it| built(project, &services.all()[it])) {
        return Some(built);
    }
    let deployed = &services.all()[at];
    if matches!(deployed.service.runtime, Runtime::Image | Runtime::Process) {
        return None;
    }
    let name = image_name(&deployed.service.image.as_ref()?.text);
    let last = name.rsplit('/').next().unwrap_or(&name);
    let others = || services.all().iter();
    let same = |it: &&Deployed| {
        let own = it.service.image.as_ref().map(|it| image_name(&it.text));
        own.as_ref() == Some(&name) && it.service.build.is_some()
    };
    let named = |it: &&Deployed| it.service.name == last && it.service.build.is_some();
    let by_service = others().find(same).or_else(|| only(others().filter(named)));
    let in_folder = |it: &(usize, &Deployed)| {
        let folder = parent(&project.sources().get(it.1.file).path);
        it.1.service.runtime == Runtime::Image && folder.rsplit('/').next() == Some(last)
    };
    by_service
        .and_then(|it| built(project, it))
        .or_else(|| only(others().enumerate().filter(in_folder)).map(|it| it.0))
}

/// The only one of several; `None` when there are more.
fn only<T>(mut all: impl Iterator<Item = T>) -> Option<T> {
    all.next().filter(|_| all.next().is_none())
}

/// The image that a service builds itself.
fn built(project: &Project, deployed: &Deployed) -> Option<usize> {
    let build = deployed.service.build.as_ref()?;
    let name = build.dockerfile.as_deref().unwrap_or("Dockerfile");
    let path = join(deployed.code.as_ref()?, name)?;
    let file = project.sources().find(&path)?;
    let mut services = project.services().all().iter();
    services.position(|it| it.file == file && it.service.runtime == Runtime::Image)
}

/// The servers in a container, with the environment of both the image and the container.
fn servers(
    project: &Project,
    resolver: &Resolver<'_>,
    at: usize,
    image: Option<usize>,
    all: &mut Vec<Hop>,
) -> Vec<HopId> {
    let services = project.services().all();
    let bases = project.services().bases(at);
    let image = image.map(|it| &services[it]);
    let mut given = image.map(|it| of_deployed(project, it)).unwrap_or_default();
    given.extend(of_deployed(project, &services[at]));
    let mut lines = bases.iter().map(|it| &services[*it]).chain(image);
    let Some(starts) = lines.find(|it| !it.service.commands.is_empty()) else {
        return Vec::new();
    };
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
