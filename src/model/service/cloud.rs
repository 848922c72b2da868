//! Containers that a cloud starts: tasks of ECS and services of Cloud Run, as Terraform and
//! `CloudFormation` describe them.

use smol_str::SmolStr;

use super::{Owner, Runtime, Service, Text, Variable, commands};
use crate::syntax::tree::{Tree, View};

/// A resource that has containers, and how these are written.
struct Form {
    kind: &'static str,
    containers: &'static [&'static str],
    name: &'static str,
    image: &'static str,
    entrypoint: &'static str,
    command: &'static str,
    environment: &'static str,
    variable: [&'static str; 2],
}

const FORMS: &[Form] = &[
    Form {
        kind: "aws_ecs_task_definition",
        containers: &["container_definitions"],
        entrypoint: "entryPoint",
        command: "command",
        environment: "environment",
        ..PLAIN
    },
    Form {
        kind: "google_cloud_run_v2_service",
        containers: &["template", "containers"],
        ..PLAIN
    },
    Form {
        kind: "google_cloud_run_service",
        containers: &["template", "spec", "containers"],
        ..PLAIN
    },
    Form {
        kind: "AWS::ECS::TaskDefinition",
        containers: &["Properties", "ContainerDefinitions"],
        name: "Name",
        image: "Image",
        entrypoint: "EntryPoint",
        command: "Command",
        environment: "Environment",
        variable: ["Name", "Value"],
    },
];

const PLAIN: Form = Form {
    kind: "",
    containers: &[],
    name: "name",
    image: "image",
    entrypoint: "command",
    command: "args",
    environment: "env",
    variable: ["name", "value"],
};

/// The containers of a file of Terraform.
pub(super) fn terraform(tree: &Tree) -> Vec<Service> {
    let blocks = tree.root().into_iter().flat_map(View::entries);
    let resources = blocks.filter(|it| it.0.text() == Some("resource"));
    let kinds = resources.flat_map(|it| it.1.entries());
    let named = kinds.flat_map(|(kind, named)| {
        let named = named.entries().into_iter();
        named.map(move |(name, body)| (kind, name, body))
    });
    named
        .flat_map(|(kind, name, body)| of_resource(kind, name, body))
        .collect()
}

/// The containers of a template of `CloudFormation`.
pub(super) fn template(document: View<'_>) -> Vec<Service> {
    let resources = document
        .get("Resources")
        .into_iter()
        .flat_map(View::entries);
    let found =
        resources.filter_map(|(name, body)| Some(of_resource(body.get("Type")?, name, body)));
    found.flatten().collect()
}

fn of_resource(kind: View<'_>, name: View<'_>, body: View<'_>) -> Vec<Service> {
    let form = FORMS.iter().find(|it| kind.text() == Some(it.kind));
    let Some(form) = form else {
        return Vec::new();
    };
    let owner = Owner {
        kind: Some(form.kind.into()),
        name: name.text().map(SmolStr::from),
    };
    let containers = body.at(form.containers).map(one_or_many);
    let services = containers.into_iter().flatten().map(|it| Service {
        owner: Some(owner.clone()),
        ..container(it, name, form)
    });
    services.collect()
}

fn container(view: View<'_>, resource: View<'_>, form: &Form) -> Service {
    let part = |key: &str| view.get(key).map(commands).unwrap_or_default();
    let name = view.get(form.name).filter(|it| it.text().is_some());
    let name = name.unwrap_or(resource);
    let entries = view.entries().into_iter();
    let environment = entries.filter(|it| it.0.text() == Some(form.environment));
    let environment = environment.flat_map(|it| one_or_many(it.1));
    Service {
        name: name.text().unwrap_or_default().into(),
        at: name.bytes(),
        runtime: Runtime::Cloud,
        image: view.get(form.image).and_then(image),
        entrypoint: part(form.entrypoint),
        command: part(form.command),
        environment: environment.filter_map(|it| variable(it, form)).collect(),
        ..Service::default()
    }
}

/// The elements of a list, or the one block that stands for it.
fn one_or_many(view: View<'_>) -> Vec<View<'_>> {
    if view.is_list() {
        view.items().collect()
    } else {
        vec![view]
    }
}

/// The name of an image, also where a variable stands before it or in its tag.
fn image(view: View<'_>) -> Option<Text> {
    let text = view.text().or_else(|| view.template())?;
    Some(Text {
        text: text.trim_matches('"').into(),
        at: view.bytes(),
    })
}

fn variable(view: View<'_>, form: &Form) -> Option<Variable> {
    let [name, value] = form.variable.map(|it| view.get(it));
    Some(Variable {
        name: name?.text()?.into(),
        value: value.and_then(View::text).map(SmolStr::from),
        at: value.or(name)?.bytes(),
    })
}
