//! Where a proxy is set and a client goes past it.

mod sides;
mod tables;

use smol_str::SmolStr;

use super::address::Address;
use super::hosts;
use super::made::MadeClient;
use super::{PROXY_VARIABLES, SetProxy};
use crate::catalog::proxies::{Flaw, ProxyClient, Reads};
use crate::model::python::{keyword, positional};
use crate::project::environment::{Given, Process};
use crate::project::resolve::Resolver;
use crate::project::uses::Use;
use crate::project::value::{Lookup, Seen, Site, Value};
use crate::source::{FileId, Span};
use crate::syntax::python::ExprKind;

/// Arguments by which a client gets a proxy although something else replaces what reads the
/// environment.
const WAYS_BESIDE: &[&str] = &[
    "http_async_client",
    "http_client",
    "mounts",
    "proxies",
    "proxy",
];

/// A client that does not use the proxy that is meant for it.
#[derive(Debug)]
pub struct IgnoredProxy {
    /// Where to look.
    pub at: Span,
    /// The client.
    pub client: SmolStr,
    /// Why.
    pub why: Past,
    /// Where the proxy is set.
    pub proxy: Option<Span>,
}

/// Why a client goes past a proxy.
#[derive(Debug)]
pub enum Past {
    /// It reads the environment only when it is told so, by this argument: the variable that it
    /// would read, and the call.
    NotTold {
        /// The argument.
        argument: SmolStr,
        /// The variable.
        variable: SmolStr,
        /// The call.
        call: Site,
    },
    /// It never reads the environment.
    Never(SmolStr),
    /// The variable is none of those that it reads.
    OtherVariable(SmolStr),
    /// It does not speak to a proxy of that scheme: the variable, and what it does.
    Scheme(SmolStr, String),
    /// An argument replaces what would read the environment: the argument and the variable.
    Replaced(SmolStr, SmolStr),
    /// The proxy of an argument loses to the variable.
    Loses(SmolStr, SmolStr),
    /// A key of a table of proxies that it does not know.
    UnknownKey(SmolStr),
    /// A table of proxies that has none for the scheme of the call.
    MissingKey(SmolStr),
    /// Its HTTP client is told not to read the environment: the argument and the variable.
    Refused(SmolStr, SmolStr),
    /// It uses the variable although an argument says not to.
    StillUsed(SmolStr),
    /// Only one of two clients got a proxy: the argument that is there, and the one that is not.
    OneSide {
        /// The argument that carries a proxy.
        given: SmolStr,
        /// The one that is missing.
        missing: SmolStr,
        /// A call that goes past it.
        call: Span,
    },
}

impl Resolver<'_> {
    /// The clients of a file that go past a proxy.
    #[must_use]
    pub fn ignored_proxies(
        &self,
        file: FileId,
        uses: &dyn Fn(&Site) -> Vec<Use>,
    ) -> Vec<IgnoredProxy> {
        let mut found = self.variables_passed_by(file);
        found.extend(self.useless_tables(file));
        let made = self.made_clients(file);
        if made.is_empty() {
            return found;
        }
        found.extend(made.iter().filter_map(|it| self.one_side(it, uses)));
        let set = self.project.set_proxies();
        for made in &made {
            found.extend(self.past_environment(made, set));
        }
        found.sort_by_key(|it| it.at.start);
        found
    }

    /// Variables of a file that clients of the project do not read.
    fn variables_passed_by(&self, file: FileId) -> Vec<IgnoredProxy> {
        let mut found: Vec<IgnoredProxy> = Vec::new();
        for process in self.processes(file) {
            let set: Vec<&Given> = process.variables.iter().filter(|it| is_proxy(it)).collect();
            for given in set.iter().filter(|it| it.at.file == file) {
                if found.iter().any(|it| it.at == given.at) {
                    continue;
                }
                found.extend(self.passed_by(&process, &set, given));
            }
        }
        found
    }

    fn passed_by(
        &self,
        process: &Process<'_>,
        set: &[&Given],
        given: &Given,
    ) -> Option<IgnoredProxy> {
        let proxy = |client: &ProxyClient, why| IgnoredProxy {
            at: given.at,
            client: client.name.clone(),
            why,
            proxy: None,
        };
        let address = Address::written(given.value.as_deref()?);
        let clients = self.proxy_clients(given.at.file);
        let clients = clients.iter().map(|it| it[0]);
        let mut clients = clients.filter(|it| it.reads != Reads::Never && self.leaves(it));
        if !process.is_open() {
            let ignores = |client: &ProxyClient, name: &SmolStr| client.ignores.contains(name);
            let blind = clients
                .clone()
                .find(|client| set.iter().all(|it| ignores(client, &it.name)));
            if let Some(client) = blind {
                return Some(proxy(client, Past::OtherVariable(given.name.clone())));
            }
        }
        let is_https = address.scheme().is_some_and(|it| it == "https");
        let client = clients.find(|it| is_https && it.faults.contains_key(&Flaw::Https))?;
        let effect = client.faults.get(&Flaw::Https)?.clone();
        let reads = !client.ignores.contains(&given.name);
        reads.then(|| proxy(client, Past::Scheme(given.name.clone(), effect)))
    }

    /// Whether a client calls anything outside; of one that is built with its server, that is
    /// known.
    fn leaves(&self, client: &ProxyClient) -> bool {
        client.server.is_none_or(|at| {
            let calls = client.called.iter();
            let mut calls = calls.flat_map(|it| self.project.calls_named(it));
            calls.any(|(file, call)| {
                let site = Site::of(file, call);
                let seen = self.argument(&site, at);
                let text = seen.as_ref().and_then(Seen::text).cloned();
                text.is_some_and(|it| {
                    let address = Address::written(&format!("https://{it}"));
                    address
                        .host()
                        .is_some_and(|_| hosts::called(&address, self.span(file, call)).is_none())
                })
            })
        })
    }

    fn past_environment(&self, made: &MadeClient<'_>, set: &[SetProxy]) -> Option<IgnoredProxy> {
        if let Some(found) = self.loses(made, set) {
            return Some(found);
        }
        let reads = |it: &&SetProxy| {
            made.client.reads == Reads::Never || !made.client.ignores.contains(&it.variable)
        };
        let proxy = set.iter().find(reads)?;
        let (at, why) = self.past(made, &proxy.variable)?;
        let callee = self.callee_span(&made.site);
        let stays = made.may_stay_inside(callee) || self.stays_inside(&made.site);
        (!stays).then(|| IgnoredProxy {
            at,
            client: made.name().into(),
            why,
            proxy: Some(proxy.at),
        })
    }

    /// Why a client goes past a variable that its like would read, and where that is written.
    fn past(&self, made: &MadeClient<'_>, variable: &SmolStr) -> Option<(Span, Past)> {
        let callee = self.callee_span(&made.site);
        if made.client.reads == Reads::Never {
            let why = Past::Never(variable.clone());
            return made.asks_environment().then_some((callee, why));
        }
        if let Some(argument) = &made.client.needs {
            let why = Past::NotTold {
                argument: argument.clone(),
                variable: variable.clone(),
                call: made.site.clone(),
            };
            return made.asks_environment().then_some((callee, why));
        }
        if let Some(argument) = self.refusing(made) {
            let at = self.argument_span(&made.site, &argument);
            return Some((at, Past::Refused(argument, variable.clone())));
        }
        let replaces = |it: &&SmolStr| {
            let seen = made.argument(it);
            seen.is_some_and(|it| self.goes_direct(&it))
        };
        let argument = made.client.replaced_by.iter().find(replaces)?;
        let alone = WAYS_BESIDE.iter().all(|it| made.lacks(it));
        let at = self.argument_span(&made.site, argument);
        let why = Past::Replaced(argument.clone(), variable.clone());
        alone.then_some((at, why))
    }

    /// Whether what replaces the reader of the environment has no proxy of its own.
    fn goes_direct(&self, seen: &Seen) -> bool {
        match &seen.value {
            Value::List(list) => !list.items.is_empty(),
            Value::Made(made) => {
                let keywords = self.keywords(&made.site, made.partial.as_ref());
                made.path.ends_with("HTTPTransport")
                    && matches!(keywords.get("proxy"), Lookup::Missing)
                    && matches!(keywords.get("uds"), Lookup::Missing)
            }
            _ => false,
        }
    }

    /// A proxy that is passed and loses to the environment, or a refusal that nobody heeds.
    fn loses(&self, made: &MadeClient<'_>, set: &[SetProxy]) -> Option<IgnoredProxy> {
        let loses = made.client.loses.as_ref()?;
        let winner = set.iter().find(|it| {
            let upper = it.variable.to_uppercase();
            loses.to.iter().any(|own| *own == upper)
        })?;
        let given = made.argument(&loses.argument);
        let own = given.as_ref().and_then(Seen::text);
        let past = |argument: &str, why| IgnoredProxy {
            at: self.argument_span(&made.site, argument),
            client: made.name().into(),
            why,
            proxy: Some(winner.at),
        };
        if let (Some(own), Some(other)) = (own, &winner.value) {
            let same = own.trim_end_matches('/') == other.trim_end_matches('/');
            let why = Past::Loses(loses.argument.clone(), winner.variable.clone());
            return (!same).then(|| past(&loses.argument, why));
        }
        let trusts = made.argument("trust_env").and_then(|it| it.truth());
        let heeds_nobody = loses.also_trust_env && trusts == Some(false);
        heeds_nobody.then(|| past("trust_env", Past::StillUsed(winner.variable.clone())))
    }

    /// Whether all requests beside a session, as far as they are known, stay in the own network.
    fn stays_inside(&self, site: &Site) -> bool {
        let Some(module) = self.project.module(site.file) else {
            return true;
        };
        let own = module.ast.expr(site.call).scope;
        module.calls.iter().any(|call| {
            let ExprKind::Call { callee, args } = module.ast.kind(*call) else {
                return false;
            };
            let ExprKind::Attribute { name, .. } = module.ast.kind(*callee) else {
                return false;
            };
            if name.starts_with(char::is_uppercase) {
                return false;
            }
            // Whoever passes a proxy with each request has thought of it.
            let near = module.ast.expr(*call).scope == own;
            keyword(args, "proxy").is_some()
                || near
                    && [positional(args, 0), positional(args, 1)]
                        .into_iter()
                        .flatten()
                        .any(|arg| {
                            let at = self.span(site.file, arg.value);
                            let seen = self.value(site.file, arg.value);
                            Address::of(&seen).is_some_and(|it| hosts::called(&it, at).is_some())
                        })
        })
    }

    /// Where an argument of a call is written; the callee when it comes out of a spread.
    pub(super) fn argument_span(&self, site: &Site, name: &str) -> Span {
        let args = self.args(site).unwrap_or_default();
        let arg = keyword(args, name);
        arg.map_or_else(
            || self.callee_span(site),
            |arg| Span {
                file: site.file,
                start: arg.start,
                end: arg.end,
            },
        )
    }

    /// The proxies that files and code certainly set for the processes of the project.
    pub(in crate::project) fn find_set_proxies(&self) -> Vec<SetProxy> {
        let mut found = Vec::new();
        for name in PROXY_VARIABLES {
            for name in [(*name).to_owned(), name.to_uppercase()] {
                let given = self.project.deployed(&name).filter(|it| is_proxy(it));
                found.extend(given.take(1).map(|it| SetProxy {
                    variable: it.name.clone(),
                    value: it.value.clone(),
                    at: it.at,
                }));
            }
        }
        for (file, module) in self.project.modules() {
            let source = self.project.sources().get(file);
            let may_set = source.text.contains("_PROXY") || source.text.contains("_proxy");
            if !may_set || !source.reported {
                continue;
            }
            let set = self.assigned_variables(file, module).into_iter();
            let set = set.filter(|it| {
                let name = it.name.to_lowercase();
                PROXY_VARIABLES.contains(&name.as_str())
            });
            found.extend(set.filter_map(|it| {
                let address = Address::of(&it.value)?;
                is_outside(&address).then(|| SetProxy {
                    value: it.value.text().cloned(),
                    variable: it.name,
                    at: it.at,
                })
            }));
        }
        found
    }
}

fn is_proxy(given: &Given) -> bool {
    let name = given.name.to_lowercase();
    let value = given.value.as_deref().map(Address::written);
    PROXY_VARIABLES.contains(&name.as_str()) && value.is_some_and(|it| is_outside(&it))
}

/// Whether an address is that of a proxy on another machine.
fn is_outside(address: &Address) -> bool {
    address.host().is_some_and(|it| !hosts::is_own(&it))
}
