//! The containers of Kubernetes manifests, and of what looks like them: Knative, Cloud Run.

use smol_str::SmolStr;

use super::{FromMap, Resources, Runtime, Service, Text, Variable, commands, joined};
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
    let grace = spec.get("terminationGracePeriodSeconds").and_then(Text::of);
    let containers = spec.get("containers").into_iter().flat_map(View::items);
    let services = containers.filter_map(|it| {
        Some(Service {
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
    let part = |key: &str| view.get(key).map(commands).unwrap_or_default();
    let environment = view.get("env").into_iter().flat_map(View::items);
    Some(Service {
        name: name.text().or_else(|| name.template())?.into(),
        at: name.bytes(),
        runtime: Runtime::Kubernetes,
        image: text(&["image"]),
        commands: joined(part("command"), part("args")),
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

fn variable(view: View<'_>) -> Option<Variable> {
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
        Some(FromMap {
            map: it.at(&["configMapRef", "name"])?.text()?.into(),
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
        let from = it.at(&["valueFrom", "configMapKeyRef"])?;
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
