//! Names and entrances of a cluster: its services, and the ingresses in front of them.

use smol_str::SmolStr;

use crate::catalog::hops::Form;
use crate::project::Project;
use crate::project::services::span;
use crate::source::FileId;
use crate::syntax::tree::{Tree, View};

use super::join::{Address, Target};
use super::{Hop, Product, Route, RouteKind, Written, timeouts};

/// Finds the ingresses, and gives the names that pods are reached by.
pub(super) fn find(project: &Project, all: &mut Vec<Hop>) -> Vec<Address> {
    let mut addresses = Vec::new();
    for (file, read) in project.configurations() {
        let documents = read.tree().into_iter().flat_map(Tree::documents);
        for document in documents.flat_map(manifests) {
            match document.get("kind").and_then(View::text) {
                Some("Service") => addresses.extend(address(file, document)),
                Some("Ingress") => all.extend(ingress(project, file, document)),
                _ => {}
            }
        }
    }
    addresses
}

/// A document, or the items of a list of them.
fn manifests(document: View<'_>) -> Vec<View<'_>> {
    match document.get("kind").and_then(View::text) {
        Some("List") => document
            .get("items")
            .into_iter()
            .flat_map(View::items)
            .collect(),
        _ => vec![document],
    }
}

fn name(document: View<'_>) -> Option<View<'_>> {
    document.at(&["metadata", "name"])
}

/// A service, by whose name its pods are reached.
fn address(file: FileId, document: View<'_>) -> Option<Address> {
    let selector = document.at(&["spec", "selector"])?.entries().into_iter();
    let selector = selector.map(|(key, value)| Some((key.text()?.into(), value.text()?.into())));
    Some(Address {
        file,
        name: name(document)?.text()?.into(),
        // A label that a template fills in may be any.
        selector: selector.collect::<Option<_>>()?,
    })
}

/// An ingress, as one hop for each of its paths.
fn ingress(project: &Project, file: FileId, document: View<'_>) -> Vec<Hop> {
    let Some(named) = name(document) else {
        return Vec::new();
    };
    let annotations = document.at(&["metadata", "annotations"]);
    let hop = |route: Option<Route>, target: Option<Target>| {
        let text = named
            .text()
            .or_else(|| named.template())
            .unwrap_or_default();
        let mut hop = Hop::new(Product::IngressNginx, text, span(file, &named.bytes()));
        hop.timeouts = timeouts(project.catalog, hop.product, None, &|setting| {
            let value = annotations?
                .get(&setting.key)
                .filter(|_| setting.form == Form::Annotation)?;
            let text = value.text().or_else(|| value.template())?;
            Some(Written {
                text: text.into(),
                at: span(file, &value.bytes()),
            })
        });
        hop.route = route;
        hop.ends.targets = target.into_iter().collect();
        hop
    };
    if !is_nginx(document, annotations) {
        return Vec::new();
    }
    let rules = document
        .at(&["spec", "rules"])
        .into_iter()
        .flat_map(View::items);
    let paths = rules.flat_map(|it| it.at(&["http", "paths"]).into_iter().flat_map(View::items));
    let mut hops: Vec<Hop> = paths
        .map(|it| hop(route(it), it.get("backend").and_then(backend)))
        .collect();
    let otherwise = document
        .at(&["spec", "defaultBackend"])
        .or_else(|| document.at(&["spec", "backend"]));
    hops.extend(otherwise.map(|it| hop(None, backend(it))));
    hops
}

/// Whether the controller is nginx's: by its class, or by annotations that only it reads.
fn is_nginx(document: View<'_>, annotations: Option<View<'_>>) -> bool {
    let class = document.at(&["spec", "ingressClassName"]);
    let class = class.or_else(|| annotations?.get("kubernetes.io/ingress.class"));
    let own = |key: &str| {
        key.starts_with("nginx.ingress.kubernetes.io/") || key.starts_with("nginx.org/")
    };
    let annotations = annotations.into_iter().flat_map(View::entries);
    let mut keys = annotations.filter_map(|it| it.0.text());
    class
        .and_then(View::text)
        .is_some_and(|it| it.contains("nginx"))
        || keys.any(own)
}

fn route(path: View<'_>) -> Option<Route> {
    let exact = path.get("pathType").and_then(View::text) == Some("Exact");
    Some(Route {
        text: path.get("path")?.text()?.into(),
        kind: if exact {
            RouteKind::Exact
        } else {
            RouteKind::Prefix
        },
    })
}

/// The service that a path hands on to, in the form of today and in that of before 2020.
fn backend(view: View<'_>) -> Option<Target> {
    let name = view
        .at(&["service", "name"])
        .or_else(|| view.get("serviceName"))?;
    let port = view
        .at(&["service", "port", "number"])
        .or_else(|| view.get("servicePort"));
    Some(Target {
        host: SmolStr::from(name.text()?),
        port: port.and_then(View::text).and_then(|it| it.parse().ok()),
    })
}
