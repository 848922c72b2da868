//! Processes without a container of their own: a Procfile, supervisord, systemd, platforms that are
//! told a command.

use smol_str::SmolStr;

use super::{Runtime, Service, Text, Variable, commands};
use crate::syntax::shell;
use crate::syntax::tree::{Tree, View};

/// Each line of a Procfile.
pub(super) fn procfile(tree: &Tree) -> Vec<Service> {
    let entries = tree.root().into_iter().flat_map(View::entries);
    entries
        .filter_map(|(key, value)| process(key, value))
        .collect()
}

/// Each program of supervisord, and the service of a systemd unit.
pub(super) fn managed(tree: &Tree) -> Vec<Service> {
    let sections = tree.root().into_iter().flat_map(View::entries);
    let services = sections.filter_map(|(key, section)| {
        let name = key.text()?;
        if let Some(program) = name.strip_prefix("program:") {
            let mut service = process(key, section.get("command")?)?;
            service.name = program.into();
            service.folder = section
                .get("directory")
                .and_then(View::text)
                .map(SmolStr::from);
            let variables = section.get("environment").into_iter();
            service.environment = variables.flat_map(pairs).collect();
            return Some(service);
        }
        let mut service = process(key, section.get("ExecStart").filter(|_| name == "Service")?)?;
        service.folder = section
            .get("WorkingDirectory")
            .and_then(View::text)
            .map(SmolStr::from);
        let own = section.entries();
        let variables = own.iter().filter(|it| it.0.text() == Some("Environment"));
        service.environment = variables.flat_map(|it| pairs(it.1)).collect();
        let files = own
            .iter()
            .filter(|it| it.0.text() == Some("EnvironmentFile"));
        service.environment_files = files.filter_map(|it| file(it.1)).collect();
        Some(service)
    });
    services.collect()
}

/// What a platform starts, whose file names a command: App Engine, Fly, Railway, Render.
pub(super) fn on_platform(document: View<'_>) -> Vec<Service> {
    let is_app_engine = document.get("runtime").is_some();
    let app_engine = document.get("entrypoint").filter(|_| is_app_engine);
    let railway = document.at(&["deploy", "startCommand"]);
    let own = app_engine.or(railway).into_iter();
    let name = document
        .get("service")
        .and_then(View::text)
        .unwrap_or("app");
    let own = own.map(|it| started(name, it, it));
    let render = document.get("services").into_iter().flat_map(View::items);
    let render = render.filter_map(|it| {
        let name = it.get("name")?;
        Some(started(name.text()?, name, it.get("startCommand")?))
    });
    // Fly names the processes of an application in a table of their own.
    let is_fly = document.get("app").and_then(View::text).is_some();
    let fly = document.get("processes").filter(|_| is_fly);
    let fly = fly.into_iter().flat_map(View::entries);
    let fly = fly.filter_map(|(name, value)| {
        value.text()?;
        Some(started(name.text()?, name, value))
    });
    own.chain(render).chain(fly).collect()
}

fn started(name: &str, at: View<'_>, command: View<'_>) -> Service {
    Service {
        name: name.into(),
        at: at.bytes(),
        runtime: Runtime::Process,
        command: commands(command),
        ..Service::default()
    }
}

fn process(name: View<'_>, command: View<'_>) -> Option<Service> {
    Some(Service {
        name: name.text()?.into(),
        at: name.bytes(),
        runtime: Runtime::Process,
        command: shell::commands(command.text()?, command.bytes().start),
        ..Service::default()
    })
}

/// A file whose absence a dash before it excuses.
fn file(view: View<'_>) -> Option<Text> {
    Text::of(view).map(|it| Text {
        text: it.text.trim_start_matches('-').into(),
        ..it
    })
}

/// `A="1",B=2` and `A=1 "B=2"`.
fn pairs(view: View<'_>) -> Vec<Variable> {
    let text = view.text().unwrap_or_default().replace(',', " ");
    let words = shell::commands(&text, view.bytes().start);
    let pairs = words.iter().flatten().filter_map(|word| {
        let (name, value) = word.text.split_once('=')?;
        Some(Variable {
            name: name.into(),
            value: Some(value.into()),
            at: word.bytes.clone(),
        })
    });
    pairs.collect()
}
