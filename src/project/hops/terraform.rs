//! Functions and load balancers as Terraform describes them.

use crate::catalog::hops::Form;
use crate::project::Project;
use crate::project::services::{module_at, parent, span};
use crate::source::{FileId, Format, Kind};
use crate::syntax::tree::{Tree, View};

use super::{Code, Hop, Product, Written, timeouts};

/// The resources that are hops.
const RESOURCES: &[(&str, Product)] = &[
    ("aws_alb", Product::ApplicationLoadBalancer),
    ("aws_lambda_function", Product::Lambda),
    ("aws_lb", Product::ApplicationLoadBalancer),
    ("aws_apigatewayv2_integration", Product::HttpApi),
    ("aws_api_gateway_integration", Product::RestApi),
    ("google_cloud_run_service", Product::CloudRun),
    ("google_cloud_run_v2_service", Product::CloudRun),
    ("google_cloudfunctions_function", Product::CloudFunction),
];

/// Finds the hops of all modules.
pub(super) fn find(project: &Project, all: &mut Vec<Hop>) {
    for (file, read) in project.configurations() {
        if project.sources().get(file).kind != Kind::Configuration(Format::Hcl) {
            continue;
        }
        let root = read.tree().and_then(Tree::root);
        let blocks = root.into_iter().flat_map(View::entries);
        for (_, resource) in blocks.filter(|it| it.0.text() == Some("resource")) {
            for (kind, named) in resource.entries() {
                let known = RESOURCES.iter().find(|it| Some(it.0) == kind.text());
                let Some((_, product)) = known else {
                    continue;
                };
                let named = named.entries().into_iter().filter(|it| answers(it.1));
                all.extend(named.map(|(name, body)| hop(project, file, *product, name, body)));
            }
        }
    }
}

fn hop(project: &Project, file: FileId, product: Product, name: View<'_>, body: View<'_>) -> Hop {
    let text = name.text().unwrap_or_default();
    let mut hop = Hop::new(product, text, span(file, &name.bytes()));
    let places = [
        Some(body),
        body.get("template"),
        body.at(&["template", "spec"]),
    ];
    hop.timeouts = timeouts(project.catalog, product, None, &|setting| {
        let mut places = places.iter().flatten();
        let value = places.find_map(|it| it.get(&setting.key));
        let value = value.filter(|_| setting.form == Form::Field)?;
        let value = value
            .template()
            .and_then(|it| default(project, file, it))
            .unwrap_or((file, value));
        Some(Written::of(value.0, value.1)?.limit(setting))
    });
    hop.code = body
        .get("handler")
        .and_then(|it| handler(project, file, it));
    hop
}

/// Whether a resource looks at requests, as a load balancer of the network does not.
fn answers(body: View<'_>) -> bool {
    let kind = body.get("load_balancer_type").and_then(View::text);
    kind.is_none_or(|it| it == "application")
}

/// What a name of the same folder stands for when nobody sets it: `var.timeout`, `local.timeout`.
fn default<'p>(project: &'p Project, file: FileId, text: &str) -> Option<(FileId, View<'p>)> {
    let folder = |file| parent(&project.sources().get(file).path);
    let beside = || {
        let all = project.configurations();
        let all = all.filter(|it| folder(it.0) == folder(file));
        all.filter_map(|(file, read)| Some((file, read.tree()?.root()?)))
    };
    let block = |kind: &str, keys: &[&str]| {
        beside().find_map(|(file, root)| {
            let mut blocks = root.entries().into_iter();
            let mut own = blocks.by_ref().filter(|it| it.0.text() == Some(kind));
            Some((file, own.find_map(|it| it.1.at(keys))?))
        })
    };
    if let Some(name) = text.strip_prefix("local.") {
        return block("locals", &[name]);
    }
    let name = text.strip_prefix("var.")?;
    // Only these are read without anybody naming them.
    let is_read = |file| {
        let path = &project.sources().get(file).path;
        path.ends_with("terraform.tfvars") || path.ends_with(".auto.tfvars")
    };
    let mut set = beside().filter(|it| is_read(it.0));
    let set = set.find_map(|(file, root)| Some((file, root.get(name)?)));
    set.or_else(|| block("variable", &[name, "default"]))
}

/// `app.handler`; where its code lies stands in an archive that nobody opens.
fn handler(project: &Project, file: FileId, view: View<'_>) -> Option<Code> {
    let (path, name) = view.text()?.rsplit_once('.')?;
    let module = path.replace('/', ".");
    let own = parent(&project.sources().get(file).path);
    Some(Code {
        file: module_at(project, &module, own).or_else(|| module_at(project, &module, "")),
        module: module.into(),
        name: Some(name.into()),
        at: span(file, &view.bytes()),
    })
}
