//! Where clients of models, stores and tools are built, and how long they wait.

mod counts;
mod ignored;
mod lost;
mod picked;

use smol_str::SmolStr;

pub use self::counts::count;
use crate::catalog::Known;
use crate::catalog::entry::{Absent, Client, ClientKind, Counts, Under};
use crate::fact::{Fact, Limit, Origin};
use crate::finding::Label;
use crate::model::python::{keyword, positional};
use crate::project::arguments::Reached;
use crate::project::resolve::Resolver;
use crate::project::uses::Use;
use crate::project::value::{Lookup, Seen, Site, Value};
use crate::project::waits::Wait;
use crate::project::written_timeouts::Given;
use crate::source::{FileId, Span};
use crate::syntax::python::{ExprKind, StmtKind};
use crate::units::Millis;

/// A place that builds a client.
#[derive(Debug)]
pub struct ClientSite<'c> {
    /// The call.
    pub site: Site,
    /// What is called.
    pub callee: Span,
    /// The class that is built.
    pub client: &'c Client,
    /// How people know it: the class, or the factory with the class it picks.
    pub name: String,
    /// How long its calls wait.
    pub wait: ClientWait,
    /// The timeouts that reach it.
    pub given: Vec<Given>,
    /// Arguments that look like a bound and are none.
    pub ignored: Vec<IgnoredArgument>,
    /// Where whoever sets the program up may add arguments to it; none when nobody can.
    pub settable: Option<Span>,
    /// How many requests one call makes at most, when that is known.
    pub requests: Option<u32>,
    /// Whether everybody who was seen using it bounds the call from outside, or passes a timeout
    /// with it.
    pub bounded_outside: bool,
    /// Whether somebody may repeat its calls, replace them, or deal with their failure; also when
    /// nobody was seen using it.
    pub repeated_outside: bool,
    /// Whether it is given a timeout after it was built, when that changes nothing any more.
    pub bounded_too_late: bool,
}

/// The method that `trim_messages` calls on a model to count tokens.
const COUNTS: &str = "get_num_tokens_from_messages";

/// Why a factory's class is not known.
const CHOSEN_LATER: &str = "a model that is chosen at run time";

/// What a file builds.
#[derive(Debug, Default)]
pub struct Clients<'c> {
    /// The clients whose class is known.
    pub sites: Vec<ClientSite<'c>>,
    /// Places that build a client of which not even the class is known, why, and what it talks to.
    pub undecided: Vec<(ClientKind, Label)>,
    /// Places that build a client of any provider without a timeout: the call, what it calls, and
    /// the factory's name.
    pub any_provider: Vec<(Site, Span, String)>,
}

/// How long the calls of a client wait.
#[derive(Debug, Clone)]
pub enum ClientWait {
    /// A timeout reaches it.
    Bounded(Millis),
    /// Nobody wrote one.
    Absent(Absent),
    /// One is written, and is `None`.
    Disabled {
        /// The argument.
        argument: String,
        /// Where the call passes it; the callee when it comes out of a spread.
        passed: Span,
        /// Where the value was written.
        written: Span,
        /// What was written: `None`, `0`, an object without a limit.
        value: &'static str,
        /// Whether it is only `None` when an environment variable is missing, or on some way.
        sometimes: bool,
    },
    /// One would hold, and something else removes it.
    Lost(Lost),
    /// Nobody can tell, and why.
    Unknown(&'static str),
}

/// What removes the bound of a client.
#[derive(Debug, Clone)]
pub struct Lost {
    /// What does it, to begin a sentence with.
    pub cause: String,
    /// What it does, as the end of that sentence.
    pub effect: String,
    /// Where.
    pub at: Span,
    /// How long a call waits then.
    pub then: Absent,
    /// Where the bound that is lost was written; `None` for a default.
    pub bound: Option<Label>,
}

impl ClientSite<'_> {
    /// How long a call waits between two signs of life, and why we believe it: the place that says
    /// so, or the class's own default.
    #[must_use]
    pub fn limit(&self) -> Fact<Limit> {
        let (value, origin) = match &self.wait {
            ClientWait::Bounded(millis) => (Limit::Within(*millis), Origin::Written(self.callee)),
            ClientWait::Absent(absent) => (absent.limit(), Origin::Default),
            ClientWait::Disabled {
                written,
                sometimes: false,
                ..
            } => (Limit::Forever, Origin::Written(*written)),
            // What may be a limit is none we could speak of.
            ClientWait::Disabled { written, .. } => (Limit::Unknown, Origin::Written(*written)),
            ClientWait::Lost(lost) => (lost.then.limit(), Origin::Written(lost.at)),
            ClientWait::Unknown(_) => (Limit::Unknown, Origin::Written(self.callee)),
        };
        Fact { value, origin }
    }
}

/// An argument that looks like a bound and is none.
#[derive(Debug)]
pub struct IgnoredArgument {
    /// Its name.
    pub argument: String,
    /// What becomes of it, as the end of a sentence that begins with its name.
    pub effect: String,
    /// What to write instead.
    pub instead: Option<String>,
    /// Where the call passes it; the callee when it comes out of a spread.
    pub passed: Span,
    /// Where its value was written.
    pub written: Span,
    /// The list of allowed keys that keeps it from the client, if one does.
    pub kept_out_by: Option<Span>,
}

impl<'p> Resolver<'p> {
    /// All places of a file that build a client of the catalogue.
    #[must_use]
    pub fn clients(&self, file: FileId, uses: &dyn Fn(&Site) -> Vec<Use>) -> Clients<'p> {
        let mut found = Clients::default();
        let Some(module) = self.project.module(file) else {
            return found;
        };
        for site in self.building_sites(file) {
            if !module.is_dead(module.ast.expr(site.call).stmt) {
                self.add_built(&site, uses, &mut found);
            }
        }
        found
    }

    /// The clients that one call builds, whoever uses them.
    #[must_use]
    pub fn clients_at(&self, site: &Site) -> Vec<ClientSite<'p>> {
        let mut found = Clients::default();
        self.add_built(site, &|_| Vec::new(), &mut found);
        found.sites
    }

    fn add_built(&self, site: &Site, uses: &dyn Fn(&Site) -> Vec<Use>, found: &mut Clients<'p>) {
        for reached in self.reached(site).iter() {
            if let Some(Known::Factory(factory)) = self.project.catalog.known(&reached.path) {
                self.add_picked(site, factory, reached, uses, found);
            } else if let Some((kind, why)) = self.undecided(site.file, reached) {
                found.undecided.push((kind, self.giving_up(site, why)));
            } else if let Some(client) = self.client_site(site, reached, uses) {
                found.sites.push(client);
            }
        }
    }

    fn client_site(
        &self,
        site: &Site,
        reached: &Reached,
        uses: &dyn Fn(&Site) -> Vec<Use>,
    ) -> Option<ClientSite<'p>> {
        let client = self.project.catalog.client(&reached.path)?;
        // Measured on other versions only: nobody knows what this one does.
        let (client, _) = self.project.client_entry(client, site.file)?;
        self.judged(site, client, written_name(client, reached), reached, uses)
    }

    /// Why nothing can be said of a class of the catalogue, and what it talks to.
    fn undecided(&self, file: FileId, reached: &Reached) -> Option<(ClientKind, &'static str)> {
        use ClientKind::{Chat, Embeddings, Llm, Reranker};
        let client = self.project.catalog.client(&reached.path)?;
        let is_langchain = matches!(client.kind, Chat | Llm | Embeddings | Reranker);
        let why = if is_langchain && self.is_copied(file) {
            "its settings are copied"
        } else if self.project.client_entry(client, file).is_none() {
            "a version that nobody measured"
        } else {
            return None;
        };
        Some((client.kind, why))
    }

    fn giving_up(&self, site: &Site, why: &str) -> Label {
        Label {
            span: self.callee_span(site),
            text: why.to_owned(),
        }
    }

    /// What is to say of a client once its class is known.
    fn judged(
        &self,
        site: &Site,
        client: &'p Client,
        name: String,
        reached: &Reached,
        uses: &dyn Fn(&Site) -> Vec<Use>,
    ) -> Option<ClientSite<'p>> {
        if self.is_local(site, client) {
            return None;
        }
        let also = client.retries.iter().flat_map(|it| &it.also);
        let mut also = also.map(|it| self.dotted_argument(&reached.keywords, it));
        let under = self.under(site, client);
        let requests = request_count(client, under, reached)
            .filter(|_| also.all(|it| matches!(it, Lookup::Missing)));
        let callee = self.callee_span(site);
        let mut wait = self.client_wait(site, callee, client, reached);
        let given = self.given_to_client(site, &client.timeout, reached);
        let mut ignored = self.ignored(site, callee, client, reached);
        let uses = uses(site);
        if let (ClientWait::Absent(_), Some(then)) = (&wait, client.timeout.absent_async)
            && !uses.is_empty()
            && uses.iter().all(|it| it.is_async)
        {
            wait = ClientWait::Absent(then);
        }
        if let ClientWait::Absent(then) = wait
            && let Some(lost) = self.left_behind(site, then)
        {
            wait = ClientWait::Lost(lost);
        }
        ignored.extend(self.other_side(site, callee, client, reached, &uses));
        let bounded_outside =
            self.bound_where_built(site) || !uses.is_empty() && uses.iter().all(|it| it.bounded);
        let repeated_outside = uses.is_empty() || uses.iter().any(|it| self.deals_with_failure(it));
        let site = site.clone();
        Some(ClientSite {
            site,
            callee,
            client,
            name,
            wait,
            given,
            ignored,
            settable: reached.keywords.later,
            requests,
            bounded_outside,
            repeated_outside,
            bounded_too_late: false,
        })
    }

    /// Whether a client is built only to ask it something that sends no request, right where it is
    /// built: `Anthropic().get_tokenizer()`.
    fn is_local(&self, site: &Site, client: &Client) -> bool {
        if client.local.is_empty() {
            return false;
        }
        let Some(module) = self.project.module(site.file) else {
            return false;
        };
        let is_local = |name: &SmolStr| client.local.contains(name);
        if let Some(parent) = module.ast.expr(site.call).parent {
            return match module.ast.kind(parent) {
                ExprKind::Attribute { name, .. } => is_local(name),
                // `trim_messages(…, token_counter=ChatOpenAI())` has it count, and nothing else.
                ExprKind::Call { args, .. } => {
                    let counts = keyword(args, "token_counter");
                    let only = counts.is_some_and(|it| it.value == site.call);
                    only && client.local.iter().any(|it| it == COUNTS)
                }
                _ => false,
            };
        }
        // Bound to a name of which only such methods are used.
        let call = module.ast.expr(site.call);
        let StmtKind::Assign { targets, .. } = &module.ast.stmt(call.stmt).kind else {
            return false;
        };
        let [target] = targets.as_slice() else {
            return false;
        };
        let ExprKind::Name(own) = module.ast.kind(*target) else {
            return false;
        };
        let mut used = module.ast.exprs.iter().filter_map(|it| match &it.kind {
            ExprKind::Attribute { value, name } if it.scope == call.scope => {
                matches!(module.ast.kind(*value), ExprKind::Name(base) if base == own)
                    .then_some(name)
            }
            _ => None,
        });
        let first = used.next();
        first.is_some_and(is_local) && used.all(is_local)
    }

    /// Whether a file hands its clients to a library that copies their settings and never calls
    /// them.
    fn is_copied(&self, file: FileId) -> bool {
        let copying = &self.project.catalog.packages.copying;
        let is = |module: &str| {
            copying
                .iter()
                .any(|it| module.split('.').next() == Some(it))
        };
        self.project.module(file).is_some_and(|module| {
            module.ast.stmts.iter().any(|stmt| match &stmt.kind {
                StmtKind::ImportFrom {
                    module, level: 0, ..
                } => is(module),
                StmtKind::Import(modules) => modules.iter().any(|it| is(&it.module)),
                _ => false,
            })
        })
    }

    /// What holds for a client because of the version of another package.
    fn under(&self, site: &Site, client: &'p Client) -> Option<&'p Under> {
        client.under.iter().find(|it| {
            self.project
                .certainly_runs(site.file, &it.package, &it.versions)
        })
    }

    fn client_wait(
        &self,
        site: &Site,
        callee: Span,
        client: &'p Client,
        reached: &Reached,
    ) -> ClientWait {
        let timeout = &client.timeout;
        if let Some(lost) = self.removed(site, callee, client, reached) {
            return lost;
        }
        let by_position = timeout.position.and_then(|at| {
            let site = reached.positional.as_ref()?;
            let arg = positional(self.args(site)?, at)?;
            let seen = self.eval(site.file, arg.value, site.frame.as_ref());
            let argument = timeout.arguments.first()?.as_str();
            Some((argument, self.wait(&seen, timeout.unit), seen.at))
        });
        let given = by_position.or_else(|| self.given_timeout(&reached.keywords, timeout));
        let Some((argument, wait, _)) = given else {
            if let Some(why) = self.hidden_in_address(site, client, reached) {
                return ClientWait::Unknown(why);
            }
            let under = self.under(site, client);
            return ClientWait::Absent(under.map_or(timeout.absent, |it| it.absent));
        };
        let outer = argument.split('.').next().unwrap_or(argument);
        let passed = self.keyword_span(site, outer).unwrap_or(callee);
        let disabled = |written, value, sometimes, then| match then {
            Absent::Forever => ClientWait::Disabled {
                argument: argument.to_owned(),
                passed,
                written,
                value,
                sometimes,
            },
            _ if sometimes => ClientWait::Unknown("None stands for the default"),
            other => ClientWait::Absent(other),
        };
        match wait {
            Wait::Within(millis) => ClientWait::Bounded(millis),
            Wait::Nothing(written) => disabled(written, "None", false, timeout.when_none()),
            Wait::MaybeNothing(written) => disabled(written, "None", true, timeout.when_none()),
            Wait::Endless(written) => disabled(written, "without a limit", false, Absent::Forever),
            Wait::Zero(written) => match timeout.zero {
                Some(then) => disabled(written, "0", false, then),
                None => ClientWait::Unknown("zero"),
            },
            Wait::Unknown(why) => ClientWait::Unknown(why),
        }
    }
}

/// The name of the class that is built, of the several that one entry may speak of.
fn written_name(client: &Client, reached: &Reached) -> String {
    // `Store.from_texts` makes a `Store`.
    if let Some((class, method)) = reached.path.rsplit_once('.')
        && client.paths.iter().any(|it| it == class)
    {
        return format!("{}.{method}", client.class);
    }
    let last = |path: &SmolStr| path.rsplit('.').next() == Some(&client.class);
    let name = match reached.path.rsplit('.').next() {
        Some(name) if client.paths.iter().any(last) => name,
        _ => &client.class,
    };
    name.to_owned()
}

/// How many requests one call makes at most.
fn request_count(client: &Client, under: Option<&Under>, reached: &Reached) -> Option<u32> {
    let retries = client.retries.as_ref()?;
    let usual = under.and_then(|it| it.requests).unwrap_or(retries.requests);
    let counts = under.and_then(|it| it.counts).unwrap_or(retries.counts);
    let Some(argument) = &retries.argument else {
        return Some(usual);
    };
    match reached.keywords.get(argument) {
        Lookup::Missing
        | Lookup::Given(Seen {
            value: Value::None, ..
        }) => Some(usual),
        Lookup::Given(Seen {
            value: Value::Int(count),
            ..
        }) => {
            let count = u32::try_from(count).ok()?;
            match counts {
                Counts::Retries => count.checked_add(1),
                Counts::Attempts => Some(count.max(1)),
                Counts::Nothing => Some(usual),
                Counts::Unknown => None,
            }
        }
        _ => None,
    }
}

/// Whether a run may choose the timeout together with the model.
fn takes_timeout_later(reached: &Reached) -> bool {
    match reached.keywords.get("configurable_fields") {
        Lookup::Missing => false,
        Lookup::Given(seen) => match &seen.value {
            Value::List(list) => {
                list.open
                    || list
                        .items
                        .iter()
                        .any(|it| it.text().is_none_or(|it| it.contains("timeout")))
            }
            Value::None => false,
            _ => true,
        },
        _ => true,
    }
}
