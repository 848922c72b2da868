//! Functions that a platform runs: SAM, `CloudFormation`, the Serverless Framework.

use smol_str::SmolStr;

use crate::catalog::hops::{Form, Setting};
use crate::fact::{Fact, Limit};
use crate::project::Project;
use crate::project::services::{join, module_at, parent, span};
use crate::source::FileId;
use crate::syntax::tree::{Tree, View};

use super::containers::added;
use super::{Code, Hop, HopId, Product, Route, RouteKind, Written, timeouts};

/// The types of what stands in front of functions and containers, with the part of their properties
/// that has their limit.
const IN_FRONT: &[(&str, Product, &[&str])] = &[
    (
        "AWS::ApiGateway::Method",
        Product::RestApi,
        &["Integration"],
    ),
    ("AWS::ApiGatewayV2::Integration", Product::HttpApi, &[]),
    (
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        Product::ApplicationLoadBalancer,
        &[],
    ),
];

/// The types of functions in a template.
const FUNCTIONS: &[&str] = &["AWS::Lambda::Function", "AWS::Serverless::Function"];

/// Finds the functions of all templates, and the interfaces in front of them.
pub(super) fn find(project: &Project, all: &mut Vec<Hop>) {
    for (file, read) in project.configurations() {
        for document in read.tree().into_iter().flat_map(Tree::documents) {
            let reader = Reader {
                project,
                file,
                document,
            };
            if document.at(&["provider", "name"]).is_some() && document.get("functions").is_some() {
                reader.serverless(all);
            } else if document.get("Resources").is_some() {
                reader.template(all);
            }
        }
    }
}

struct Reader<'p> {
    project: &'p Project,
    file: FileId,
    document: View<'p>,
}

impl<'p> Reader<'p> {
    /// The functions of `serverless.yml`.
    fn serverless(&self, all: &mut Vec<Hop>) {
        let functions = self
            .document
            .get("functions")
            .into_iter()
            .flat_map(View::entries);
        for (key, function) in functions {
            let places = [Some(function), self.document.get("provider")];
            let mut hop = self.function(Product::ServerlessFunction, key, &places);
            hop.code = function.get("handler").and_then(|it| self.handler(it, ""));
            let id = added(all, hop);
            let events = function.get("events").into_iter().flat_map(View::items);
            for event in events {
                let kinds = [("http", Product::RestApi), ("httpApi", Product::HttpApi)];
                let found = kinds
                    .iter()
                    .find_map(|(kind, it)| Some((*it, event.get(kind)?)));
                if let Some((product, event)) = found {
                    self.interface(product, key, event, id, all);
                }
            }
        }
    }

    /// The functions of a `CloudFormation` template.
    fn template(&self, all: &mut Vec<Hop>) {
        let globals = self.document.at(&["Globals", "Function"]);
        let resources = self
            .document
            .get("Resources")
            .into_iter()
            .flat_map(View::entries);
        for (key, resource) in resources {
            let kind = resource
                .get("Type")
                .and_then(View::text)
                .unwrap_or_default();
            let properties = resource.get("Properties");
            if let Some((_, product, way)) = IN_FRONT.iter().find(|it| it.0 == kind) {
                let place = properties.and_then(|it| it.at(way));
                all.extend(place.and_then(|it| self.front(*product, key, it)));
            }
            let Some(properties) = properties.filter(|_| FUNCTIONS.contains(&kind)) else {
                continue;
            };
            let places = [Some(properties), globals];
            let mut hop = self.function(Product::Lambda, key, &places);
            let value = |name: &str| places.iter().flatten().find_map(|it| it.get(name));
            let folder = value("CodeUri").and_then(View::text).unwrap_or_default();
            hop.code = value("Handler").and_then(|it| self.handler(it, folder));
            let id = added(all, hop);
            let events = properties.get("Events").into_iter().flat_map(View::entries);
            for (_, event) in events {
                let product = match event.get("Type").and_then(View::text) {
                    Some("Api") => Product::RestApi,
                    Some("HttpApi") => Product::HttpApi,
                    _ => continue,
                };
                let about = event.get("Properties").unwrap_or(event);
                self.interface(product, key, about, id, all);
            }
        }
    }

    /// A function whose settings stand in the first of several places that has them.
    fn function(&self, product: Product, name: View<'_>, places: &[Option<View<'p>>]) -> Hop {
        let text = name.text().unwrap_or_default();
        let mut hop = Hop::new(product, text, span(self.file, &name.bytes()));
        hop.timeouts = timeouts(self.project.catalog, product, None, &|setting| {
            let mut places = places.iter().flatten();
            places.find_map(|it| self.field(*it, setting))
        });
        hop
    }

    fn field(&self, place: View<'p>, setting: &Setting) -> Option<Fact<Limit>> {
        let value = place
            .get(&setting.key)
            .filter(|_| setting.form == Form::Field)?;
        // `!Ref Name` is a parameter of the template, which has a default.
        let default = |it: &str| self.document.at(&["Parameters", it, "Default"]);
        let value = value.text().and_then(default).unwrap_or(value);
        Some(Written::of(self.file, value)?.limit(setting))
    }

    /// A load balancer or an interface, which names elsewhere what stands behind it; `None` for one
    /// that does not look at requests.
    fn front(&self, product: Product, name: View<'_>, place: View<'p>) -> Option<Hop> {
        let is_network = product == Product::ApplicationLoadBalancer
            && place
                .get("Type")
                .and_then(View::text)
                .is_some_and(|it| it != "application");
        let mut hop = Hop::new(product, name.text()?, span(self.file, &name.bytes()));
        hop.timeouts = timeouts(self.project.catalog, product, None, &|setting| {
            let attributes = place.get("LoadBalancerAttributes").into_iter();
            let mut attributes = attributes.flat_map(View::items);
            let named = |it: &View<'_>| it.get("Key").and_then(View::text) == Some(&setting.key);
            let attribute = attributes.find(named).and_then(|it| it.get("Value"));
            let written = attribute.and_then(|it| Written::of(self.file, it));
            let written = written.map(|it| it.limit(setting));
            written.or_else(|| self.field(place, setting))
        });
        (!is_network).then_some(hop)
    }

    /// What hands requests from outside on to a function.
    fn interface(
        &self,
        product: Product,
        name: View<'_>,
        event: View<'p>,
        function: HopId,
        all: &mut Vec<Hop>,
    ) {
        let text = name.text().unwrap_or_default();
        let mut hop = Hop::new(product, text, span(self.file, &event.bytes()));
        hop.timeouts = timeouts(self.project.catalog, product, None, &|setting| {
            self.field(event, setting)
        });
        let path = event.get("path").or_else(|| event.get("Path"));
        // `httpApi: 'GET /ask'`, `http: POST ask`.
        let path = path.or(Some(event)).and_then(View::text);
        let path = path
            .and_then(|it| it.split_whitespace().last())
            .filter(|it| *it != "*");
        hop.route = path.map(|it| Route {
            text: SmolStr::from(format!("/{}", it.trim_start_matches('/'))),
            kind: RouteKind::Exact,
        });
        hop.passes_to.push(function);
        all.push(hop);
    }

    /// `src/app.handler`, from the folder with the code.
    fn handler(&self, view: View<'_>, folder: &str) -> Option<Code> {
        let (path, name) = view.text()?.rsplit_once('.')?;
        let module = path.trim_start_matches("./").replace('/', ".");
        let own = parent(&self.project.sources().get(self.file).path);
        let near = join(own, folder).unwrap_or_else(|| own.to_owned());
        Some(Code {
            file: module_at(self.project, &module, &near),
            module: module.into(),
            name: Some(name.into()),
            at: span(self.file, &view.bytes()),
        })
    }
}
