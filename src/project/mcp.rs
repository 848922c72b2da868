//! Where a program talks to servers of tools over the Model Context Protocol, and how long it waits.

use crate::catalog::entry::{Absent, ClientKind};
use crate::project::bounds::CALLERS;
use crate::project::clients::{ClientSite, ClientWait};
use crate::project::resolve::Resolver;
use crate::project::value::{Dict, Lookup, Value};
use crate::project::waits::Wait;
use crate::source::{FileId, Span};
use crate::syntax::python::{ExprKind, FunctionId, StmtKind};
use crate::units::Unit;

/// The transports of the catalogue that a configuration of servers stands for.
const PIPES: &str = "mcp.client.stdio.stdio_client";
const HTTP: &str = "mcp.client.sse.sse_client";

/// The argument of a session, also of one of its calls, that bounds the wait for an answer.
const READ_TIMEOUT: &str = "read_timeout_seconds";

/// A session, or a client of several servers, that nobody gave a timeout.
#[derive(Debug)]
pub struct McpWait {
    /// What is called to make it.
    pub callee: Span,
    /// The name of its class.
    pub class: String,
    /// What happens when a server stalls.
    pub absent: Absent,
    /// Where it is said how the server is reached.
    pub reached_by: Span,
    /// What to type.
    pub write: Option<String>,
}

impl Resolver<'_> {
    /// The sessions of a file whose wait nothing bounds, given what the file builds.
    #[must_use]
    pub fn mcp_waits(&self, file: FileId, clients: &[ClientSite<'_>]) -> Vec<McpWait> {
        let is_mcp = |it: &&ClientSite<'_>| it.client.kind == ClientKind::Mcp;
        let all: Vec<&ClientSite<'_>> = clients.iter().filter(is_mcp).collect();
        if all.is_empty() || self.bounds_each_call(file) {
            return Vec::new();
        }
        let mut found = Vec::new();
        for site in &all {
            let wait = match site.client.class.as_str() {
                "ClientSession" => self.session_wait(site, &all),
                "MultiServerMCPClient" => self.configured_wait(site),
                // A transport: what runs over it says how long it waits.
                _ => continue,
            };
            let Some((absent, reached_by)) = wait else {
                continue;
            };
            if !self.under_deadline(site) {
                found.push(McpWait {
                    callee: site.callee,
                    class: site.name.clone(),
                    absent,
                    reached_by,
                    write: site.client.timeout.example(),
                });
            }
        }
        found
    }

    /// How long a session waits that got no timeout, when the transport below it is known: the one
    /// that the same function opens.
    fn session_wait(
        &self,
        site: &ClientSite<'_>,
        all: &[&ClientSite<'_>],
    ) -> Option<(Absent, Span)> {
        if !matches!(site.wait, ClientWait::Absent(_)) {
            return None;
        }
        let is_transport = |it: &&&ClientSite<'_>| {
            let class = it.client.class.as_str();
            !matches!(class, "ClientSession" | "MultiServerMCPClient")
        };
        let function = self.function_around(site);
        let mut below: Vec<&ClientSite<'_>> = all.iter().filter(is_transport).copied().collect();
        below.retain(|it| self.function_around(it) == function);
        // Of several, the one whose block the session stands in.
        if below.iter().any(|it| self.stands_inside(site, it)) {
            below.retain(|it| self.stands_inside(site, it));
        }
        let mut longest: Option<(Absent, Span)> = None;
        for transport in below {
            let ClientWait::Absent(absent) = transport.wait else {
                return None;
            };
            if longest.is_none() || absent == Absent::Forever {
                longest = Some((absent, transport.callee));
            }
        }
        longest
    }

    /// Whether one call stands in the `with` block that the other one opens.
    fn stands_inside(&self, inner: &ClientSite<'_>, outer: &ClientSite<'_>) -> bool {
        let Some(module) = self.project.module(inner.site.file) else {
            return false;
        };
        let opened = module.ast.expr(outer.site.call).stmt;
        let mut at = Some(module.ast.expr(inner.site.call).stmt);
        while let Some(stmt) = at {
            if stmt == opened {
                return matches!(module.ast.stmt(stmt).kind, StmtKind::With { .. });
            }
            at = module.ast.stmt(stmt).parent;
        }
        false
    }

    /// How long the first server waits that a configuration gives no timeout.
    fn configured_wait(&self, site: &ClientSite<'_>) -> Option<(Absent, Span)> {
        let keywords = self.keywords(&site.site, None);
        let servers = self
            .argument(&site.site, 0)
            .or_else(|| self.lookup(keywords.get("connections"), site.callee))?;
        let Value::Dict(servers) = &servers.value else {
            return None;
        };
        servers
            .entries
            .iter()
            .filter(|it| it.certain)
            .find_map(|it| {
                let Value::Dict(server) = &it.value.value else {
                    return None;
                };
                Some((self.server_wait(server)?, it.value.at))
            })
    }

    /// What happens when one server of a configuration stalls; `None` when a timeout ends it, or
    /// nobody can tell.
    fn server_wait(&self, server: &Dict) -> Option<Absent> {
        if server.open.is_some() {
            return None;
        }
        let given = |dict: &Dict, key: &str| match dict.get(key) {
            Lookup::Missing => Some(false),
            Lookup::Given(seen) => match self.wait(&seen, Unit::Seconds) {
                Wait::Nothing(_) => Some(false),
                _ => Some(true),
            },
            _ => None,
        };
        let over_pipes = match (server.get("transport"), server.get("command")) {
            (Lookup::Given(seen), _) => seen.text()? == "stdio",
            (Lookup::Missing, Lookup::Given(_)) => true,
            _ => return None,
        };
        match server.get("session_kwargs") {
            Lookup::Missing => {}
            Lookup::Given(seen) => match &seen.value {
                Value::Dict(session) if !given(session, READ_TIMEOUT)? => {}
                _ => return None,
            },
            _ => return None,
        }
        let transport = if over_pipes { PIPES } else { HTTP };
        let entry = self.project.catalog.client(transport)?;
        for argument in &entry.timeout.arguments {
            if given(server, argument)? {
                return None;
            }
        }
        Some(entry.timeout.absent)
    }

    fn function_around(&self, site: &ClientSite<'_>) -> Option<FunctionId> {
        let ast = &self.project.module(site.site.file)?.ast;
        ast.function_of(ast.expr(site.site.call).scope)
    }

    /// Whether a session as a whole runs under a deadline.
    fn under_deadline(&self, site: &ClientSite<'_>) -> bool {
        let Some(module) = self.project.module(site.site.file) else {
            return true;
        };
        let stmt = module.ast.expr(site.site.call).stmt;
        self.statement_bounded_outside(site.site.file, stmt)
    }

    /// Whether some call of a tool in a file is given a timeout of its own, or a deadline: then it
    /// is taken for the custom of the file.
    fn bounds_each_call(&self, file: FileId) -> bool {
        let calls = self.project.calls_named("call_tool");
        calls
            .into_iter()
            .filter(|it| it.0 == file)
            .any(|(file, call)| {
                let Some(module) = self.project.module(file) else {
                    return false;
                };
                let ExprKind::Call { args, .. } = module.ast.kind(call) else {
                    return false;
                };
                crate::model::python::keyword(args, READ_TIMEOUT).is_some()
                    || self.bounded_outside(file, call, CALLERS)
            })
    }
}
