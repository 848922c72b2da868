//! Containers and processes, and the servers that their commands start.

use std::collections::BTreeSet;

use crate::catalog::hops::{Bounds, Form};
use crate::model::service::{Runtime, joined};
use crate::project::Project;
use crate::project::environment::Files;
use crate::project::resolve::Resolver;
use crate::project::services::{Deployed, parent, span};
use crate::syntax::shell;

use super::commands::{Command, placed};
use super::servers::Place;
use super::variables::Variables;
use super::{Hop, HopId, Product, Written, scripts, timeouts};

/// Finds the hops of all services.
pub(super) fn find(project: &Project, all: &mut Vec<Hop>) {
    let services = project.services().all();
    let resolver = Resolver::new(project);
    let files = Files::of(project);
    let in_containers: BTreeSet<usize> = services.iter().filter_map(|it| it.runs).collect();
    for (at, deployed) in services.iter().enumerate() {
        // What an image runs is told of the containers that run it.
        if in_containers.contains(&at) || deployed.is_overridden {
            continue;
        }
        let inner = servers(&files, &resolver, at, all);
        all.extend(container(project, at, deployed, &inner));
    }
}

pub(super) fn added(all: &mut Vec<Hop>, hop: Hop) -> HopId {
    all.push(hop);
    HopId(u32::try_from(all.len() - 1).expect("a project has fewer hops than bytes"))
}

/// The servers in a container, with the environment of both the image and the container.
fn servers(
    files: &Files<'_>,
    resolver: &Resolver<'_>,
    at: usize,
    all: &mut Vec<Hop>,
) -> Vec<HopId> {
    let project = resolver.project;
    let services = project.services().all();
    let bases = project.services().bases(at);
    let image = services[at].runs.map(|it| &services[it]);
    let line: Vec<&Deployed> = bases.iter().map(|it| &services[*it]).collect();
    let commands = commands_of(&line, image);
    let Some(file) = commands.iter().flatten().next().map(|it| it.at.file) else {
        return Vec::new();
    };
    let mut given = files.given(&services[at]);
    if line
        .iter()
        .any(|it| it.file == file && it.service.runtime == Runtime::Compose)
    {
        // Compose puts these in before the container has an environment.
        given.extend(files.beside(file));
    }
    let folder = parent(&project.sources().get(file).path);
    let mut code = line.iter().chain(&image).map(|it| it.code.clone());
    let near = code.find_map(|it| it).unwrap_or_else(|| folder.to_owned());
    let mut place = Place {
        resolver,
        near: &near,
        variables: Variables(given),
    };
    let hops = scripts::servers(&mut place, commands);
    let named = hops.into_iter().map(|mut hop| {
        hop.service = Some(at);
        added(all, hop)
    });
    named.collect()
}

/// What a container runs: its own entry point or that of its image, which gets what it is handed. An
/// entry point of its own drops what the image would hand to its one.
fn commands_of(line: &[&Deployed], image: Option<&Deployed>) -> Vec<Command> {
    let of = |it: &Deployed, part: &[shell::Command]| placed(it.file, part);
    let mut own = line.iter().filter(|it| !it.service.command.is_empty());
    let command = own.next().map(|it| of(it, &it.service.command));
    let mut own = line.iter().filter(|it| !it.service.entrypoint.is_empty());
    if let Some(own) = own.next() {
        let command = command.filter(|_| !own.service.drops_command);
        return joined(
            of(own, &own.service.entrypoint),
            command.unwrap_or_default(),
        );
    }
    let Some(image) = image else {
        return command.unwrap_or_default();
    };
    let command = command.unwrap_or_else(|| of(image, &image.service.command));
    let command = Some(command).filter(|_| !image.service.drops_command);
    joined(
        of(image, &image.service.entrypoint),
        command.unwrap_or_default(),
    )
}

/// The hop that a container is itself, for what starts it may end it.
fn container(project: &Project, at: usize, deployed: &Deployed, inner: &[HopId]) -> Option<Hop> {
    let product = match deployed.service.runtime {
        Runtime::Compose => Product::Compose,
        Runtime::Kubernetes => Product::Pod,
        Runtime::Cloud | Runtime::Image | Runtime::Process => return None,
    };
    let bases = project.services().bases(at);
    let line = || bases.iter().map(|it| &project.services().all()[*it]);
    let written = |it: &Deployed, key: &str| {
        let text = match key {
            "stop_grace_period" | "terminationGracePeriodSeconds" => it.service.grace.as_ref(),
            "timeoutSeconds" => it.service.probe_timeout.as_ref(),
            _ => None,
        };
        text.map(|text| Written {
            text: text.text.clone(),
            at: span(it.file, &text.at),
        })
    };
    let service = &deployed.service;
    let mut hop = Hop::new(product, service.name.clone(), deployed.at());
    hop.service = Some(at);
    hop.passes_to = inner.to_vec();
    hop.timeouts = timeouts(project.catalog, product, None, &|setting| {
        let written = line().find_map(|it| written(it, &setting.key));
        Some(
            written
                .filter(|_| setting.form == Form::Field)?
                .limit(setting),
        )
    });
    // Without a probe there is nothing that could be late.
    let probed =
        line().any(|it| !it.service.liveness.is_empty() || it.service.probe_timeout.is_some());
    hop.timeouts
        .retain(|it| probed || it.entry.bounds != Bounds::Probe);
    let names = line().flat_map(|it| &it.service.names);
    hop.ends.names = names.chain([&service.name]).cloned().collect();
    let labels = line().flat_map(|it| &it.service.labels);
    hop.ends.labels = labels.cloned().collect();
    Some(hop)
}
