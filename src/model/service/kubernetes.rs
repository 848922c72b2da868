//! The containers of Kubernetes manifests, and of what looks like them: Knative, Cloud Run.

use smol_str::SmolStr;

use super::{FromMap, Owner, Resources, Runtime, Service, Text, Variable, commands};
use crate::syntax::shell::Command;
use crate::syntax::tree::View;

/// Where the pods of each kind are described.
const PODS: &[(&str, &[&str])] = &[
    ("CronJob", &["spec", "jobTemplate", "spec", "template"]),
    ("DaemonSet", &["spec", "template"]),
    ("Deployment", &["spec", "template"]),
    ("Job", &["spec", "template"]),
    ("Pod", &[]),
    ("ReplicaSet", &["spec", "template"]),
    ("Rollout", &["spec", "template"]),
    ("Service", &["spec", "template"]),
    ("StatefulSet", &["spec", "template"]),
];

/// Whether a document is one.
pub(super) fn is_manifest(document: View<'_>) -> bool {
    document.get("apiVersion").is_some() && document.get("kind").is_some()
}

/// The containers of one document.
pub(super) fn services(document: View<'_>) -> Vec<Service> {
    let kind = document
        .get("kind")
        .and_then(View::text)
        .unwrap_or_default();
    if kind == "List" {
        let items = document.get("items").into_iter().flat_map(View::items);
        return items.flat_map(pods).collect();
    }
    pods(document)
}

fn pods(document: View<'_>) -> Vec<Service> {
    let kind = document
        .get("kind")
        .and_then(View::text)
        .unwrap_or_default();
    let Some((_, way)) = PODS.iter().find(|it| it.0 == kind) else {
        return Vec::new();
    };
    let Some(pod) = document.at(way) else {
        return Vec::new();
    };
    let Some(spec) = pod.get("spec") else {
        return Vec::new();
    };
    let labels: Vec<(SmolStr, SmolStr)> = pod
        .at(&["metadata", "labels"])
        .into_iter()
        .flat_map(View::entries)
        .filter_map(|(key, value)| Some((key.text()?.into(), value.text()?.into())))
        .collect();
    let owner = Some(Owner {
        kind: Some(kind.into()),
        name: document
            .at(&["metadata", "name"])
            .and_then(View::text)
            .map(SmolStr::from),
    });
    let grace = spec.get("terminationGracePeriodSeconds").and_then(Text::of);
    let containers = spec.get("containers").into_iter().flat_map(View::items);
    let services = containers.filter_map(|it| {
        Some(Service {
            owner: owner.clone(),
            labels: labels.clone(),
            grace: grace.clone(),
            is_open: it.is_open() || it.get("envFrom").is_some(),
            ..container(it)?
        })
    });
    services.collect()
}

fn container(view: View<'_>) -> Option<Service> {
    let text = |keys: &[&str]| view.at(keys).and_then(Text::of);
    let name = view.get("name").or_else(|| view.get("image"))?;
    let part = |key: &str| {
        view.get(key)
            .map(commands)
            .map(of_shell)
            .unwrap_or_default()
    };
    let environment = view.get("env").into_iter().flat_map(View::items);
    Some(Service {
        name: name.text().or_else(|| name.template())?.into(),
        at: name.bytes(),
        runtime: Runtime::Kubernetes,
        image: text(&["image"]),
        entrypoint: part("command"),
        command: part("args"),
        folder: text(&["workingDir"]).map(|it| it.text),
        environment: environment.filter_map(variable).collect(),
        environment_maps: maps(view),
        probe_timeout: text(&["livenessProbe", "timeoutSeconds"]),
        resources: resources(view),
        liveness: text(&["livenessProbe", "httpGet", "path"])
            .into_iter()
            .collect(),
        ..Service::default()
    })
}

/// `$(NAME)` is a variable that the cluster puts in, and not a command of a shell.
pub(super) fn of_shell(mut commands: Vec<Command>) -> Vec<Command> {
    for word in commands.iter_mut().flatten() {
        let inner = word
            .text
            .strip_prefix("$(")
            .and_then(|it| it.strip_suffix(')'));
        let is_sign = |it: u8| it.is_ascii_alphanumeric() || it == b'_';
        if let Some(name) = inner.filter(|it| it.bytes().all(is_sign)) {
            word.text = format!("${{{name}}}");
        }
    }
    commands
}

pub(super) fn variable(view: View<'_>) -> Option<Variable> {
    let name = view.get("name")?;
    let value = view.get("value");
    Some(Variable {
        name: name.text()?.into(),
        value: value.and_then(View::text).map(SmolStr::from),
        at: value.unwrap_or(name).bytes(),
    })
}

/// `envFrom`, and `valueFrom` of single variables.
fn maps(view: View<'_>) -> Vec<FromMap> {
    let all = view.get("envFrom").into_iter().flat_map(View::items);
    let all = all.filter_map(|it| {
        let map = it.get("configMapRef").or_else(|| it.get("secretRef"))?;
        Some(FromMap {
            map: map.get("name")?.text()?.into(),
            variable: None,
            prefix: it
                .get("prefix")
                .and_then(View::text)
                .unwrap_or_default()
                .into(),
        })
    });
    let single = view.get("env").into_iter().flat_map(View::items);
    let single = single.filter_map(|it| {
        let from = it.get("valueFrom")?;
        let from = from
            .get("configMapKeyRef")
            .or_else(|| from.get("secretKeyRef"))?;
        let name = it.get("name")?.text()?.into();
        Some(FromMap {
            map: from.get("name")?.text()?.into(),
            variable: Some((name, from.get("key")?.text()?.into())),
            prefix: SmolStr::default(),
        })
    });
    all.chain(single).collect()
}

fn resources(view: View<'_>) -> Resources {
    let text = |keys: [&str; 3]| view.at(&keys).and_then(Text::of);
    let own = view.get("resources");
    let is_template = |it: View<'_>| it.template().is_some() || it.is_open();
    Resources {
        memory: text(["resources", "limits", "memory"])
            .or_else(|| text(["resources", "requests", "memory"])),
        cpu_request: text(["resources", "requests", "cpu"]),
        cpu_limit: text(["resources", "limits", "cpu"]),
        is_open: own.is_some_and(|it| {
            let parts = it.entries().into_iter().map(|(_, value)| value);
            let inner = parts.flat_map(|it| it.entries().into_iter().map(|(_, it)| it).chain([it]));
            is_template(it) || inner.into_iter().any(is_template)
        }),
    }
}
