//! Names and entrances of a cluster: its services, and the ingresses in front of them.

use smol_str::SmolStr;

use crate::catalog::hops::Form;
use crate::model::service::Owner;
use crate::project::Project;
use crate::project::kustomize::Overlays;
use crate::project::kustomize::values::Entry;
use crate::project::services::span;
use crate::source::FileId;
use crate::syntax::tree::{Tree, View};

use super::join::{Address, Target};
use super::{Hop, HopId, Product, Route, RouteKind, Written, timeouts};

/// How the rules of a route are written.
struct Rules {
    product: Product,
    /// Where they stand in the specification.
    key: &'static str,
    /// Where the timeouts stand in a rule.
    timeouts: &'static [&'static str],
    backends: &'static str,
    /// Where the host stands in a backend.
    host: &'static [&'static str],
}

const GATEWAY: Rules = Rules {
    product: Product::GatewayRoute,
    key: "rules",
    timeouts: &["timeouts"],
    backends: "backendRefs",
    host: &["name"],
};

const ISTIO: Rules = Rules {
    product: Product::Istio,
    key: "http",
    timeouts: &[],
    backends: "route",
    host: &["destination", "host"],
};

/// Finds the ingresses, and gives the names that pods are reached by.
pub(super) fn find(project: &Project, all: &mut Vec<Hop>) -> Vec<Address> {
    let mut addresses = Vec::new();
    let overlays = Overlays::of(project);
    for (file, read) in project.configurations() {
        let documents = read.tree().into_iter().flat_map(Tree::documents);
        for document in documents.flat_map(manifests) {
            match document.get("kind").and_then(View::text) {
                Some("Service") if is_knative(document) => {
                    let hop = knative(project, file, document, all);
                    all.extend(hop);
                }
                Some("Service") => addresses.extend(address(file, document)),
                Some("Ingress") => {
                    for added in overlays.annotations(file, &owner(document)) {
                        all.extend(ingress(project, file, document, &added));
                    }
                }
                Some("HTTPRoute") => all.extend(rules(project, file, document, &GATEWAY)),
                Some("VirtualService") => all.extend(rules(project, file, document, &ISTIO)),
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

fn owner(document: View<'_>) -> Owner {
    let text = |keys: &[&str]| document.at(keys)?.text().map(SmolStr::from);
    Owner {
        kind: text(&["kind"]),
        name: text(&["metadata", "name"]),
    }
}

/// A service, by whose name its pods are reached.
fn address(file: FileId, document: View<'_>) -> Option<Address> {
    let selector = document.at(&["spec", "selector"])?;
    let labels = selector.entries().into_iter();
    let labels = labels.map(|(key, value)| Some((key.text()?.into(), value.text()?.into())));
    let named = name(document)?;
    Some(Address {
        file,
        name: named.text().or_else(|| named.template())?.into(),
        // A label that a template fills in may be any.
        selector: labels
            .collect::<Option<_>>()
            .filter(|_| !selector.is_open()),
    })
}

/// An ingress with the annotations that an overlay adds, as one hop for each of its paths.
fn ingress(project: &Project, file: FileId, document: View<'_>, added: &[Entry]) -> Vec<Hop> {
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
            if setting.form != Form::Annotation {
                return None;
            }
            if let Some(last) = added.iter().rfind(|it| it.key == setting.key) {
                let text = last.value.clone()?;
                return Some(Written { text, at: last.at }.limit(setting));
            }
            Some(Written::of(file, annotations?.get(&setting.key)?)?.limit(setting))
        });
        hop.route = route;
        hop.ends.targets = target.into_iter().collect();
        hop
    };
    if !is_nginx(document, annotations, added) {
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
fn is_nginx(document: View<'_>, annotations: Option<View<'_>>, added: &[Entry]) -> bool {
    let class = document.at(&["spec", "ingressClassName"]);
    let class = class.or_else(|| annotations?.get("kubernetes.io/ingress.class"));
    let own = |key: &str| {
        key.starts_with("nginx.ingress.kubernetes.io/") || key.starts_with("nginx.org/")
    };
    let annotations = annotations.into_iter().flat_map(View::entries);
    let keys = annotations.filter_map(|it| it.0.text());
    let mut keys = keys.chain(added.iter().map(|it| it.key.as_str()));
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
        host: SmolStr::from(name.text().or_else(|| name.template())?),
        port: port.and_then(View::text).and_then(|it| it.parse().ok()),
    })
}

/// A route of the Gateway API, or a virtual service of Istio, as one hop for each of its rules.
fn rules(project: &Project, file: FileId, document: View<'_>, form: &Rules) -> Vec<Hop> {
    let Some(named) = name(document) else {
        return Vec::new();
    };
    let rules = document
        .at(&["spec", form.key])
        .into_iter()
        .flat_map(View::items);
    let hops = rules.map(|rule| {
        let text = named
            .text()
            .or_else(|| named.template())
            .unwrap_or_default();
        let mut hop = Hop::new(form.product, text, span(file, &named.bytes()));
        hop.timeouts = timeouts(project.catalog, hop.product, None, &|setting| {
            let value = rule.at(form.timeouts)?.get(&setting.key);
            let value = value.filter(|_| setting.form == Form::Field)?;
            Some(Written::of(file, value)?.limit(setting))
        });
        let backends = rule.get(form.backends).into_iter().flat_map(View::items);
        let hosts = backends.filter_map(|it| it.at(form.host)?.text());
        hop.ends.targets = hosts.filter_map(Target::of).collect();
        hop
    });
    hops.collect()
}

/// Whether it is a service of Knative or Cloud Run, which is a workload.
fn is_knative(document: View<'_>) -> bool {
    let version = document.get("apiVersion").and_then(View::text);
    version.is_some_and(|it| it.starts_with("serving.knative.dev"))
}

/// A service of Knative or Cloud Run, in front of its own containers.
fn knative(project: &Project, file: FileId, document: View<'_>, all: &[Hop]) -> Option<Hop> {
    let named = name(document)?;
    let template = document.at(&["spec", "template", "spec"])?;
    let places = ["annotations", "labels"];
    let keys = places
        .iter()
        .filter_map(|it| document.at(&["metadata", it]));
    let mut keys = keys.flat_map(View::entries).filter_map(|it| it.0.text());
    let in_cloud = keys.any(|it| it.contains("googleapis.com"));
    let product = if in_cloud {
        Product::CloudRun
    } else {
        Product::Knative
    };
    let mut hop = Hop::new(product, named.text()?, span(file, &named.bytes()));
    hop.timeouts = timeouts(project.catalog, product, None, &|setting| {
        let value = template
            .get(&setting.key)
            .filter(|_| setting.form == Form::Field)?;
        Some(Written::of(file, value)?.limit(setting))
    });
    let bytes = document.bytes();
    let inside = |it: &Hop| it.at.file == file && bytes.contains(&it.at.start);
    let containers = (0..).map(HopId).zip(all);
    let containers = containers.filter(|it| it.1.product == Product::Pod && inside(it.1));
    hop.passes_to = containers.map(|it| it.0).collect();
    Some(hop)
}
