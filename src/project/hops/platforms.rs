//! Platforms in front of all that a folder starts, and the code that they start themselves: LangGraph's
//! server, functions of Azure and Vercel, Railway, Fly.

use crate::catalog::hops::{Form, Setting};
use crate::fact::{Fact, Limit};
use crate::project::Project;
use crate::project::environment::Given;
use crate::project::services::{file_at, join, module_at, parent, span};
use crate::source::FileId;
use crate::syntax::tree::{Tree, View};

use super::variables::Variables;
use super::{Code, Hop, HopId, Product, Route, RouteKind, Written, timeouts};

/// Platforms that stand in front of the servers of a folder, by the files that tell of them.
const IN_FRONT: &[(&str, Product, &[&str])] = &[
    ("fly.toml", Product::Fly, &["http_service", "http_options"]),
    ("heroku.yml", Product::Heroku, &[]),
    ("railway.json", Product::Railway, &[]),
    ("railway.toml", Product::Railway, &[]),
];

/// Finds the hops of all platforms.
pub(super) fn find(project: &Project, all: &mut Vec<Hop>) {
    for (file, read) in project.configurations() {
        let path = &project.sources().get(file).path;
        let name = path.rsplit('/').next().unwrap_or(path);
        let Some(root) = read.tree().and_then(Tree::root) else {
            continue;
        };
        let reader = Reader {
            project,
            file,
            root,
        };
        match name {
            "host.json" => all.extend(reader.azure()),
            "langgraph.json" => all.extend(reader.langgraph()),
            "vercel.json" => all.extend(reader.vercel()),
            _ => {
                let known = IN_FRONT.iter().find(|it| it.0 == name);
                let hop = known.map(|it| reader.in_front(it.1, it.2, all));
                all.extend(hop);
            }
        }
    }
}

struct Reader<'p> {
    project: &'p Project,
    file: FileId,
    root: View<'p>,
}

impl Reader<'_> {
    /// A platform that hands on to the servers that it starts: those that its own file names, else
    /// those of the Procfile beside it, else those of the image.
    fn in_front(&self, product: Product, keys: &[&str], all: &[Hop]) -> Hop {
        let mut hop = self.hop(product, "", self.root);
        let place = self.root.at(keys);
        hop.timeouts = timeouts(self.project.catalog, product, None, &|it| {
            self.field(place?, it)
        });
        let own = self.project.sources().get(self.file);
        let own_name = own.path.rsplit('/').next().unwrap_or(&own.path);
        for name in [own_name, "Procfile", "Dockerfile"] {
            let path = join(parent(&own.path), name);
            let file = path.and_then(|it| self.project.sources().find(&it));
            let started = (0..).map(HopId).zip(all).filter(|it| {
                let service = it.1.service.map(|at| &self.project.services().all()[at]);
                let is_server = it.1.code.is_some() && it.1.product != Product::Celery;
                is_server && service.is_some_and(|it| Some(it.file) == file)
            });
            hop.passes_to = started.map(|it| it.0).collect();
            if !hop.passes_to.is_empty() {
                break;
            }
        }
        hop
    }

    /// The graphs that LangGraph's server runs.
    fn langgraph(&self) -> Vec<Hop> {
        let variables = Variables(self.variables());
        let graphs = self.root.get("graphs").into_iter().flat_map(View::entries);
        // Routes of its own, beside those of the server.
        let http = self.root.get("http").into_iter().flat_map(View::entries);
        let http = http.filter(|it| it.0.text() == Some("app"));
        let graphs = graphs.chain(http);
        let graphs = graphs.filter_map(|(key, value)| {
            let place = value.get("path").unwrap_or(value);
            let (path, name) = place.text()?.rsplit_once(':')?;
            let mut hop = self.hop(Product::LangGraph, key.text()?, key);
            hop.code = Some(self.code(path, Some(name), place));
            hop.timeouts = timeouts(self.project.catalog, hop.product, None, &|setting| {
                let given = variables
                    .get(&setting.key)
                    .filter(|_| setting.form == Form::Variable)?;
                let written = Written {
                    text: given.likely()?.clone(),
                    at: given.at,
                };
                Some(written.limit(setting))
            });
            Some(hop)
        });
        graphs.collect()
    }

    /// What the files give to the process of LangGraph's server.
    fn variables(&self) -> Vec<Given> {
        let names = self
            .project
            .catalog
            .hops
            .iter()
            .flat_map(|it| it.set_by(Form::Variable));
        names
            .flat_map(|it| self.project.deployed(&it.key))
            .cloned()
            .collect()
    }

    /// The functions whose duration `vercel.json` limits.
    fn vercel(&self) -> Vec<Hop> {
        let functions = self
            .root
            .get("functions")
            .into_iter()
            .flat_map(View::entries);
        let functions = functions.flat_map(|(key, value)| {
            let paths = key.text().map(|it| self.fitting(it)).unwrap_or_default();
            paths.into_iter().map(move |path| (key, value, path))
        });
        let functions = functions.filter_map(|(key, value, path)| {
            let mut hop = self.hop(Product::Vercel, key.text()?, key);
            hop.timeouts = timeouts(self.project.catalog, hop.product, None, &|it| {
                self.field(value, it)
            });
            hop.route = Some(Route {
                text: key.text()?.into(),
                kind: RouteKind::Pattern,
            });
            hop.code = Some(self.code(&path, None, key)).filter(|it| it.file.is_some());
            Some(hop)
        });
        functions.collect()
    }

    /// The modules that a pattern means, or the one path that it is.
    fn fitting(&self, pattern: &str) -> Vec<String> {
        let Some((before, rest)) = pattern.split_once('*') else {
            return vec![pattern.to_owned()];
        };
        let after = rest.rsplit('*').next().unwrap_or(rest);
        let deep = rest.len() > after.len();
        let sources = self.project.sources();
        let folder = parent(&sources.get(self.file).path);
        let paths = self.project.modules().filter_map(|(file, _)| {
            let path = &sources.get(file).path;
            let own = path.strip_prefix(folder)?.trim_start_matches('/');
            let inner = own
                .strip_prefix(before)?
                .strip_suffix(after.trim_start_matches('/'))?;
            (deep || !inner.contains('/')).then(|| own.to_owned())
        });
        paths.collect()
    }

    /// The functions beside `host.json`.
    fn azure(&self) -> Option<Hop> {
        let folder = parent(&self.project.sources().get(self.file).path);
        let own = join(folder, "function_app.py")?;
        let mut hop = self.hop(Product::AzureFunctions, "function_app", self.root);
        hop.code = Some(Code {
            module: "function_app".into(),
            name: None,
            file: Some(self.project.sources().find(&own)?),
            at: span(self.file, &self.root.bytes()),
        });
        hop.timeouts = timeouts(self.project.catalog, hop.product, None, &|it| {
            self.field(self.root, it)
        });
        Some(hop)
    }

    fn hop(&self, product: Product, name: &str, at: View<'_>) -> Hop {
        Hop::new(product, name, span(self.file, &at.bytes()))
    }

    fn field(&self, place: View<'_>, setting: &Setting) -> Option<Fact<Limit>> {
        let value = place
            .get(&setting.key)
            .filter(|_| setting.form == Form::Field)?;
        Some(Written::of(self.file, value)?.limit(setting))
    }

    /// `./src/graph.py`.
    fn code(&self, path: &str, name: Option<&str>, at: View<'_>) -> Code {
        let folder = parent(&self.project.sources().get(self.file).path);
        let stem = path.trim_start_matches("./");
        let file = match stem.strip_suffix(".py") {
            Some(_) => file_at(self.project, path, folder),
            None => module_at(self.project, stem, folder),
        };
        let stem = stem.strip_suffix(".py").unwrap_or(stem);
        Code {
            module: stem.replace('/', ".").into(),
            name: name.map(Into::into),
            file: file.filter(|it| self.project.module(*it).is_some()),
            at: span(self.file, &at.bytes()),
        }
    }
}
