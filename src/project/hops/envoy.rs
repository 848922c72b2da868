//! The routes of Envoy: which cluster each hands on to, and how long it waits.

use smol_str::SmolStr;

use crate::catalog::hops::Form;
use crate::project::Project;
use crate::project::services::span;
use crate::source::FileId;
use crate::syntax::tree::{Tree, View};

use super::join::Target;
use super::{Hop, Product, Route, RouteKind, Written, timeouts};

/// Finds a hop for each route.
pub(super) fn find(project: &Project, all: &mut Vec<Hop>) {
    for (file, read) in project.configurations() {
        for document in read.tree().into_iter().flat_map(Tree::documents) {
            let Some(resources) = document.get("static_resources") else {
                continue;
            };
            for route in routes(resources) {
                all.extend(hop(project, file, resources, route));
            }
        }
    }
}

/// All routes below the listeners.
fn routes<'r>(resources: View<'r>) -> Vec<View<'r>> {
    let items = |views: Vec<View<'r>>, key: &str| -> Vec<View<'r>> {
        let lists = views.into_iter().filter_map(|it| it.get(key));
        lists.flat_map(View::items).collect()
    };
    let chains = items(items(vec![resources], "listeners"), "filter_chains");
    let filters = items(chains, "filters").into_iter();
    let hosts = filters.filter_map(|it| it.at(&["typed_config", "route_config", "virtual_hosts"]));
    let routes = hosts
        .flat_map(View::items)
        .filter_map(|it| it.get("routes"));
    routes.flat_map(View::items).collect()
}

fn hop(project: &Project, file: FileId, resources: View<'_>, view: View<'_>) -> Option<Hop> {
    let route = view.get("route")?;
    let cluster = route.get("cluster")?;
    let mut hop = Hop::new(
        Product::Envoy,
        cluster.text()?,
        span(file, &cluster.bytes()),
    );
    let kinds = [("prefix", RouteKind::Prefix), ("path", RouteKind::Exact)];
    hop.route = kinds.iter().find_map(|(key, kind)| {
        let text = view.at(&["match", key])?.text()?;
        Some(Route {
            text: SmolStr::from(text),
            kind: *kind,
        })
    });
    hop.timeouts = timeouts(project.catalog, hop.product, None, &|setting| {
        let value = route
            .get(&setting.key)
            .filter(|_| setting.form == Form::Field)?;
        Some(Written::of(file, value)?.limit(setting))
    });
    hop.ends.targets = targets(resources, cluster.text()?);
    Some(hop)
}

/// The addresses of a cluster.
fn targets(resources: View<'_>, name: &str) -> Vec<Target> {
    let clusters = resources.get("clusters").into_iter().flat_map(View::items);
    let own = clusters.filter(|it| it.get("name").and_then(View::text) == Some(name));
    let endpoints = own.filter_map(|it| it.at(&["load_assignment", "endpoints"]));
    let endpoints = endpoints
        .flat_map(View::items)
        .filter_map(|it| it.get("lb_endpoints"));
    let addresses = endpoints.flat_map(View::items).filter_map(|it| {
        let address = it.at(&["endpoint", "address", "socket_address"])?;
        let port = address.get("port_value").and_then(View::text);
        Some(Target {
            host: address.get("address")?.text()?.into(),
            port: port.and_then(|it| it.parse().ok()),
        })
    });
    addresses.collect()
}
