//! Containers and processes, and the servers that their commands start.

use crate::catalog::hops::Form;
use crate::model::service::Runtime;
use crate::project::Project;
use crate::project::environment::of_deployed;
use crate::project::services::{Deployed, join, parent, span};
use crate::syntax::shell::Command;

use super::variables::Variables;
use super::{Hop, HopId, Product, Written, servers, timeouts};

/// Finds the hops of all services.
pub(super) fn find(project: &Project, all: &mut Vec<Hop>) {
    let services = project.services().all();
    let images: Vec<Option<usize>> = services.iter().map(|it| image(project, it)).collect();
    for (at, deployed) in services.iter().enumerate() {
        // What an image runs is told of the containers that run it.
        if images.contains(&Some(at)) {
            continue;
        }
        let image = images[at].map(|it| &services[it]);
        let inner = servers(project, at, deployed, image, all);
        all.extend(container(project, at, deployed, &inner));
    }
}

pub(super) fn added(all: &mut Vec<Hop>, hop: Hop) -> HopId {
    all.push(hop);
    HopId(u32::try_from(all.len() - 1).expect("a project has fewer hops than bytes"))
}

/// The image that a container runs, as an index into the services: the one that it builds itself.
fn image(project: &Project, deployed: &Deployed) -> Option<usize> {
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
    at: usize,
    deployed: &Deployed,
    image: Option<&Deployed>,
    all: &mut Vec<Hop>,
) -> Vec<HopId> {
    let mut given = image.map(|it| of_deployed(project, it)).unwrap_or_default();
    given.extend(of_deployed(project, deployed));
    let variables = Variables(given);
    let own = Some(deployed).filter(|it| !it.service.commands.is_empty());
    let Some(starts) = own.or(image) else {
        return Vec::new();
    };
    let folder = parent(&project.sources().get(starts.file).path);
    let near = starts.code.as_deref().or(deployed.code.as_deref());
    let place = servers::Place {
        project,
        file: starts.file,
        near: near.unwrap_or(folder),
        variables: &variables,
    };
    let commands: Vec<&Command> = starts.service.commands.iter().collect();
    let mut found = Vec::new();
    for command in commands {
        let Some(mut hop) = place.server(command) else {
            continue;
        };
        hop.service = Some(at);
        found.push(added(all, hop));
    }
    found
}

/// The hop that a container is itself, for what starts it may end it.
fn container(project: &Project, at: usize, deployed: &Deployed, inner: &[HopId]) -> Option<Hop> {
    let product = match deployed.service.runtime {
        Runtime::Compose => Product::Compose,
        Runtime::Kubernetes => Product::Pod,
        Runtime::Image | Runtime::Process => return None,
    };
    let grace = deployed.service.grace.as_ref();
    let written = |key: &str| match key {
        "stop_grace_period" | "terminationGracePeriodSeconds" => grace,
        _ => None,
    };
    let mut hop = Hop::new(product, deployed.service.name.clone(), deployed.at());
    hop.service = Some(at);
    hop.passes_to = inner.to_vec();
    hop.timeouts = timeouts(project.catalog, product, None, &|setting| {
        let text = written(&setting.key).filter(|_| setting.form == Form::Field)?;
        Some(Written {
            text: text.text.clone(),
            at: span(deployed.file, &text.at),
        })
    });
    hop.ends.names = vec![deployed.service.name.clone()];
    hop.ends.labels.clone_from(&deployed.service.labels);
    Some(hop)
}
