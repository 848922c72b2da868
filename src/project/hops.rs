//! What stands between a caller and the code, and how long each of it waits: servers, proxies,
//! platforms, joined by the names under which they know each other.
//!
//! [`Project::hops`] gives all of them; [`Hops::running`] those that run a module, and
//! [`Hops::ways_to`] the ways that lead to one, the outermost hop first.

mod celery;
mod commands;
mod containers;
mod durations;
mod envoy;
mod functions;
mod join;
mod kubernetes;
mod lines;
mod nginx;
mod platforms;
mod resources;
mod scripts;
mod servers;
mod settings;
mod terraform;
#[cfg(test)]
mod tests;
mod variables;

pub(in crate::project) use settings::{limit as limit_of, limit_in_arguments};

use smol_str::SmolStr;

use crate::catalog::Catalog;
use crate::catalog::hops::{HopLimit, Setting};
use crate::fact::{Fact, Limit, Origin};
use crate::project::{Project, services};
use crate::source::{FileId, Span};
use crate::syntax::tree::View;

/// How many hops a way may have, and how many ways are told; more were written by nobody.
const MOST_ON_A_WAY: usize = 12;
const MOST_WAYS: usize = 64;

/// All hops of a project.
#[derive(Debug, Default)]
pub struct Hops {
    all: Vec<Hop>,
}

/// The number of a hop in [`Hops::all`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HopId(pub u32);

/// Something that takes requests or tasks, and hands them on or runs the code that answers them.
#[derive(Debug)]
pub struct Hop {
    /// What it is.
    pub product: Product,
    /// What its file calls it: a service, a location, a function; the program of a command.
    pub name: SmolStr,
    /// Where it is called so.
    pub at: Span,
    /// The container or process it runs in, as an index into `project.services().all()`; `None` for
    /// what runs elsewhere.
    pub service: Option<usize>,
    /// The part of the URLs it answers; `None` for all of them.
    pub route: Option<Route>,
    /// The code that it runs itself.
    pub code: Option<Code>,
    /// The module with its settings.
    pub settings: Option<FileId>,
    /// How many requests it answers at once, and how.
    pub workers: Workers,
    /// Whether it tells the broker only at the end that a task is done, unless a task says otherwise.
    pub acknowledges_late: bool,
    /// How long it waits, one for each limit that the catalogue knows of it.
    pub timeouts: Vec<Timeout>,
    /// The hops behind it, in their order.
    pub passes_to: Vec<HopId>,
    /// How others reach it, and whom it reaches.
    ends: join::Ends,
}

/// What a hop is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names are those of the products")]
pub enum Product {
    Apache,
    ApplicationLoadBalancer,
    AzureFunctions,
    Celery,
    CloudFunction,
    CloudRun,
    /// A container that Docker Compose starts.
    Compose,
    Daphne,
    Envoy,
    Fly,
    /// A route of the Gateway API of Kubernetes.
    GatewayRoute,
    Granian,
    Gunicorn,
    Haproxy,
    Heroku,
    HttpApi,
    Hypercorn,
    IngressNginx,
    /// A `VirtualService`.
    Istio,
    Knative,
    Lambda,
    /// A graph on the server of `LangGraph`.
    LangGraph,
    Nginx,
    /// A container that Kubernetes starts.
    Pod,
    /// A module that is started as it is.
    Python,
    Railway,
    RestApi,
    ServerlessFunction,
    Streamlit,
    Uvicorn,
    Uwsgi,
    Vercel,
    Waitress,
}

/// A part of the URLs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// As it is written.
    pub text: SmolStr,
    /// How it is meant.
    pub kind: RouteKind,
}

/// How a route is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouteKind {
    /// All URLs that begin so.
    Prefix,
    /// This URL.
    Exact,
    /// All URLs that a pattern fits.
    Pattern,
}

/// The code that a hop runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// The module, with dots, as it is written.
    pub module: SmolStr,
    /// The object or function in it; `None` when the module itself runs.
    pub name: Option<SmolStr>,
    /// The file of the module; `None` when it was not read or cannot be told.
    pub file: Option<FileId>,
    /// Where it is written.
    pub at: Span,
}

/// How many requests a server answers at once, and how; `None` where nobody says.
#[derive(Debug, Default, Clone)]
pub struct Workers {
    /// The class of its workers.
    pub class: Option<Fact<SmolStr>>,
    /// The number of processes.
    pub count: Option<Fact<u32>>,
    /// The number of threads in each.
    pub threads: Option<Fact<u32>>,
}

/// One limit of a hop.
#[derive(Debug, Clone)]
pub struct Timeout {
    /// What the catalogue knows of it: what ends with it, and what the caller gets.
    pub entry: &'static HopLimit,
    /// The key as it is written; `None` when nobody wrote it.
    pub key: Option<SmolStr>,
    /// How long, and where that is written; a default comes from the catalogue.
    pub limit: Fact<Limit>,
}

impl Product {
    /// How the ids of its limits begin in the catalogue; `None` when it has none.
    #[must_use]
    pub fn id(self) -> Option<&'static str> {
        Some(match self {
            Self::Apache => "apache",
            Self::ApplicationLoadBalancer => "aws.alb",
            Self::AzureFunctions => "azure.functions",
            Self::CloudFunction => "gcp.functions.gen1",
            Self::Celery => "celery",
            Self::CloudRun => "gcp.cloudrun",
            Self::Compose => "docker",
            Self::Daphne => "daphne",
            Self::Envoy => "envoy",
            Self::Fly => "flyio",
            Self::GatewayRoute => "k8s.gatewayapi",
            Self::Granian => "granian",
            Self::Gunicorn => "gunicorn",
            Self::Haproxy => "haproxy",
            Self::Heroku => "heroku",
            Self::Istio => "istio",
            Self::Knative => "knative",
            Self::LangGraph => "langgraph",
            Self::Railway => "railway",
            Self::Vercel => "vercel",
            Self::HttpApi => "aws.apigw.http",
            Self::Hypercorn => "hypercorn",
            Self::IngressNginx => "ingress_nginx",
            Self::Lambda => "aws.lambda",
            Self::Nginx => "nginx",
            Self::Pod => "k8s.pod",
            Self::RestApi => "aws.apigw.rest",
            Self::ServerlessFunction => "serverless",
            Self::Uvicorn => "uvicorn",
            Self::Uwsgi => "uwsgi",
            Self::Waitress => "waitress",
            Self::Python | Self::Streamlit => return None,
        })
    }
}

impl Hops {
    /// Finds the hops in all files, and joins them.
    #[must_use]
    pub fn of(project: &Project) -> Self {
        let mut all = Vec::new();
        containers::find(project, &mut all);
        nginx::find(project, &mut all);
        lines::find(project, &mut all);
        envoy::find(project, &mut all);
        functions::find(project, &mut all);
        terraform::find(project, &mut all);
        resources::join(project, &mut all);
        platforms::find(project, &mut all);
        let addresses = kubernetes::find(project, &mut all);
        join::join(project, &mut all, &addresses);
        Self { all }
    }

    /// All hops, in the order of their ids.
    pub fn all(&self) -> impl Iterator<Item = (HopId, &Hop)> {
        (0..).map(HopId).zip(&self.all)
    }

    /// One hop.
    #[must_use]
    pub fn get(&self, id: HopId) -> &Hop {
        &self.all[id.0 as usize]
    }

    /// The hops that run a module themselves.
    pub fn running(&self, file: FileId) -> impl Iterator<Item = (HopId, &Hop)> {
        self.all().filter(move |(_, hop)| {
            let own = hop.code.as_ref().and_then(|it| it.file);
            own == Some(file)
        })
    }

    /// The hops that hand something on to this one.
    pub fn in_front_of(&self, id: HopId) -> impl Iterator<Item = (HopId, &Hop)> {
        self.all().filter(move |it| it.1.passes_to.contains(&id))
    }

    /// The ways on which a request gets to a hop, each from the outermost hop to this one; never
    /// empty, and no way goes through the same hop twice.
    #[must_use]
    pub fn ways_to(&self, id: HopId) -> Vec<Vec<HopId>> {
        let (mut done, mut open) = (Vec::new(), vec![vec![id]]);
        while let Some(way) = open.pop() {
            let last = way[way.len() - 1];
            let before: Vec<HopId> = self.in_front_of(last).map(|it| it.0).collect();
            let mut before: Vec<HopId> =
                before.into_iter().filter(|it| !way.contains(it)).collect();
            if before.is_empty() || way.len() == MOST_ON_A_WAY || done.len() == MOST_WAYS {
                done.push(way.into_iter().rev().collect());
                continue;
            }
            before.reverse();
            for hop in before {
                open.push(way.iter().copied().chain([hop]).collect());
            }
        }
        done.truncate(MOST_WAYS);
        done
    }
}

impl Hop {
    /// A hop that nobody reaches yet.
    fn new(product: Product, name: impl Into<SmolStr>, at: Span) -> Self {
        Self {
            product,
            name: name.into(),
            at,
            service: None,
            route: None,
            code: None,
            settings: None,
            workers: Workers::default(),
            acknowledges_late: false,
            timeouts: Vec::new(),
            passes_to: Vec::new(),
            ends: join::Ends::default(),
        }
    }

    /// Its limit with this id in the catalogue.
    #[must_use]
    pub fn timeout(&self, id: &str) -> Option<&Timeout> {
        self.timeouts.iter().find(|it| it.entry.id == id)
    }
}

/// What a file says of one setting.
struct Written {
    text: SmolStr,
    at: Span,
}

impl Written {
    /// What it means.
    fn limit(&self, setting: &Setting) -> Fact<Limit> {
        Fact {
            value: durations::limit(&self.text, setting),
            origin: Origin::Written(self.at),
        }
    }

    /// A scalar of a tree, also one that a template fills in.
    fn of(file: FileId, view: View<'_>) -> Option<Self> {
        Some(Self {
            text: view.text().or_else(|| view.template())?.into(),
            at: services::span(file, &view.bytes()),
        })
    }
}

/// The limits of a product: what `written` finds for a setting, else what the catalogue says.
fn timeouts(
    catalog: &'static Catalog,
    product: Product,
    worker: Option<&str>,
    written: &dyn Fn(&Setting) -> Option<Fact<Limit>>,
) -> Vec<Timeout> {
    let Some(id) = product.id() else {
        return Vec::new();
    };
    let entries = catalog.hops.iter().filter(|it| it.is_of(id));
    // Which of several limits holds depends on the worker, and an unknown worker has none of them.
    let entries = entries.filter(|it| match worker {
        Some(worker) => it.holds_for(worker),
        None => it.workers.is_empty(),
    });
    let timeouts = entries.map(|entry| {
        let mut found = entry
            .settings
            .iter()
            .filter_map(|it| Some((it.key.clone(), written(it)?)));
        let (key, limit) = match found.next() {
            Some((key, limit)) => (Some(key), limit),
            None => (
                None,
                Fact {
                    value: entry.absent.limit(),
                    origin: Origin::Default,
                },
            ),
        };
        Timeout { entry, key, limit }
    });
    timeouts.collect()
}
