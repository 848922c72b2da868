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
                let named = named.entries().into_iter();
                all.extend(named.map(|(name, body)| hop(project, file, *product, name, body)));
            }
        }
    }
}

fn hop(project: &Project, file: FileId, product: Product, name: View<'_>, body: View<'_>) -> Hop {
    let text = name.text().unwrap_or_default();
    let mut hop = Hop::new(product, text, span(file, &name.bytes()));
    let places = [Some(body), body.get("template")];
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

/// What a variable of the same folder has when nobody sets it: `var.timeout`.
fn default<'p>(project: &'p Project, file: FileId, text: &str) -> Option<(FileId, View<'p>)> {
    let name = text.strip_prefix("var.")?;
    let folder = |file| parent(&project.sources().get(file).path);
    let beside = project
        .configurations()
        .filter(|it| folder(it.0) == folder(file));
    for (file, read) in beside {
        let root = read.tree().and_then(Tree::root);
        let blocks = root.into_iter().flat_map(View::entries);
        let mut blocks = blocks.filter(|it| it.0.text() == Some("variable"));
        if let Some(found) = blocks.find_map(|it| it.1.at(&[name, "default"])) {
            return Some((file, found));
        }
    }
    None
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
