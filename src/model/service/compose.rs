//! The services of a Docker Compose file, in all its spellings.

use smol_str::SmolStr;

use super::{Build, Extended, Resources, Runtime, Service, Text, Variable, commands};
use crate::syntax::shell::Command;
use crate::syntax::tree::View;

/// The services of one document; none when it is another kind of file.
pub(super) fn services(path: &str, document: View<'_>) -> Vec<Service> {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let Some(services) = document.get("services").filter(|it| it.is_map()) else {
        return Vec::new();
    };
    // Other tools have a map of that name too, but only here do all of its values start something.
    let starts = |it: &(View<'_>, View<'_>)| {
        ["image", "build", "extends"]
            .iter()
            .any(|key| it.1.get(key).is_some())
    };
    let entries = services.entries();
    if !name.contains("compose") && !entries.iter().all(starts) {
        return Vec::new();
    }
    let all = entries.into_iter().filter(|it| it.1.is_map());
    all.filter_map(|(key, value)| service(key, value)).collect()
}

fn service(key: View<'_>, service: View<'_>) -> Option<Service> {
    let text = |name: &str| service.get(name).and_then(Text::of);
    let part = |key: &str| {
        service
            .get(key)
            .map(commands)
            .map(unescaped)
            .unwrap_or_default()
    };
    let arguments = service.at(&["build", "args"]);
    Some(Service {
        name: key.text()?.into(),
        at: key.bytes(),
        runtime: Runtime::Compose,
        image: text("image"),
        build: service.get("build").map(build),
        entrypoint: part("entrypoint"),
        command: part("command"),
        folder: text("working_dir").map(|it| it.text),
        environment: service
            .get("environment")
            .map(environment)
            .unwrap_or_default(),
        arguments: arguments.map(environment).unwrap_or_default(),
        environment_files: service.get("env_file").map(files).unwrap_or_default(),
        is_open: service.is_open(),
        names: names(service),
        extends: service.get("extends").and_then(extended),
        resources: resources(service),
        grace: text("stop_grace_period"),
        ..Service::default()
    })
}

/// The name of the container and of its host, and what it is called in its networks.
fn names(service: View<'_>) -> Vec<SmolStr> {
    let own = ["container_name", "hostname"];
    let own = own.iter().filter_map(|it| service.get(it));
    let networks = service.get("networks").into_iter().flat_map(View::entries);
    let aliases = networks
        .filter_map(|it| it.1.get("aliases"))
        .flat_map(View::items);
    own.chain(aliases)
        .filter_map(|it| Some(it.text()?.into()))
        .collect()
}

/// `extends: base`, and `extends: {file: base.yaml, service: base}`.
fn extended(view: View<'_>) -> Option<Extended> {
    Some(Extended {
        file: view.get("file").and_then(View::text).map(SmolStr::from),
        name: view.get("service").unwrap_or(view).text()?.into(),
    })
}

fn build(view: View<'_>) -> Build {
    let text = |name: &str| view.get(name).and_then(View::text).map(SmolStr::from);
    let context = view.text().map(SmolStr::from).or_else(|| text("context"));
    Build {
        context: context.unwrap_or_else(|| ".".into()),
        dockerfile: text("dockerfile"),
        target: text("target"),
    }
}

/// Two dollars are one that Compose leaves to the shell.
fn unescaped(mut commands: Vec<Command>) -> Vec<Command> {
    for word in commands.iter_mut().flatten() {
        word.text = word.text.replace("$$", "$");
    }
    commands
}

/// A map of names to values, or a list of `NAME=value`.
fn environment(view: View<'_>) -> Vec<Variable> {
    if view.is_map() {
        let entries = view.entries().into_iter();
        return entries
            .filter_map(|(key, value)| {
                let text = value.text().map(SmolStr::from);
                Some(Variable {
                    name: key.text()?.into(),
                    at: text.as_ref().map_or(key, |_| value).bytes(),
                    value: text,
                })
            })
            .collect();
    }
    let items = view.items().filter_map(|item| {
        let text = item.text()?;
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value.into())),
            None => (text, None),
        };
        Some(Variable {
            name: name.trim().into(),
            value,
            at: item.bytes(),
        })
    });
    items.collect()
}

/// A path, a list of paths, or a list of maps with paths.
fn files(view: View<'_>) -> Vec<Text> {
    let path = |it: View<'_>| Text::of(it.get("path").unwrap_or(it));
    if view.is_list() {
        view.items().filter_map(path).collect()
    } else {
        path(view).into_iter().collect()
    }
}

fn resources(service: View<'_>) -> Resources {
    let text = |keys: &[&str]| service.at(keys).and_then(Text::of);
    let all = ["deploy", "resources"];
    let below = |last: [&'static str; 2]| text(&[all[0], all[1], last[0], last[1]]);
    Resources {
        memory: below(["limits", "memory"])
            .or_else(|| below(["reservations", "memory"]))
            .or_else(|| text(&["mem_limit"]))
            .or_else(|| text(&["mem_reservation"])),
        cpu_request: below(["reservations", "cpus"]),
        cpu_limit: below(["limits", "cpus"]).or_else(|| text(&["cpus"])),
        is_open: false,
    }
}
