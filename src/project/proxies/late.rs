//! Proxy variables that a program sets when a client has read them already.

use smol_str::SmolStr;

use super::made::{self, MadeClient};
use super::{Assigned, PROXY_VARIABLES};
use crate::catalog::proxies::Reads;
use crate::model::python::Module;
use crate::model::python::flow::Passed;
use crate::project::resolve::Resolver;
use crate::project::uses::RUN_METHODS;
use crate::project::value::{Seen, Site, Value};
use crate::source::{FileId, Format, Kind, Span};
use crate::syntax::python::{ExprKind, MODULE, ScopeKind, StmtId, StmtKind};

/// How many modules that a file imports are looked at.
const IMPORTED: usize = 64;

/// A variable that is set too late.
#[derive(Debug)]
pub struct LateProxy {
    /// The variable.
    pub variable: SmolStr,
    /// Where it is set.
    pub at: Span,
    /// Where its value is written, when that is in another file.
    pub written: Option<Span>,
    /// The class of a client that has read it.
    pub client: SmolStr,
    /// Where that is built.
    pub built: Span,
    /// What made the client read it.
    pub reads: Reads,
    /// The import that builds it, when it stands in another module.
    pub imported: Option<Span>,
}

/// A statement that sets variables.
struct Setting {
    variable: SmolStr,
    at: Span,
    stmt: StmtId,
    written: Option<Span>,
}

impl Resolver<'_> {
    /// The proxy variables of a file that are set after a client has read them.
    #[must_use]
    pub fn late_proxies(&self, file: FileId) -> Vec<LateProxy> {
        let Some(module) = self.project.module(file) else {
            return Vec::new();
        };
        let mut settings: Vec<Setting> = Vec::new();
        for set in self.assigned_variables(file, module) {
            settings.extend(of_a_proxy(&set).then(|| Setting::of(set)));
        }
        settings.extend(self.loaded_files(file, module));
        let is_first = |it: &&Setting| {
            // What was set before may be put back here.
            let name = it.variable.to_lowercase();
            let scope = module.ast.stmt(it.stmt).scope;
            let mut others = settings.iter().filter(|own| {
                let other = module.ast.stmt(own.stmt).scope;
                own.stmt < it.stmt && (other == scope || other == MODULE)
            });
            !others.any(|own| own.variable.to_lowercase() == name)
        };
        let first: Vec<&Setting> = settings.iter().filter(is_first).collect();
        if first.is_empty() {
            return Vec::new();
        }
        let mut own = self.made_clients(file);
        own.extend(self.first_requests(file));
        let all = first.into_iter();
        all.filter_map(|it| self.late_proxy(module, it, &own))
            .collect()
    }

    fn late_proxy(
        &self,
        module: &Module,
        set: &Setting,
        own: &[MadeClient<'_>],
    ) -> Option<LateProxy> {
        let file = set.at.file;
        if self.may_run_first(file, module, set.stmt) {
            return None;
        }
        let late = |made: &MadeClient<'_>, imported| LateProxy {
            variable: set.variable.clone(),
            at: set.at,
            written: set.written,
            client: made.name().into(),
            built: self.callee_span(&made.site),
            reads: made.client.reads,
            imported,
        };
        let stale = own
            .iter()
            .find(|made| self.has_read(module, made, set, own));
        if let Some(made) = stale {
            return Some(late(made, None));
        }
        let imports = module.ast.stmts.iter().zip((0..).map(StmtId));
        imports
            .filter(|(stmt, _)| stmt.scope == MODULE)
            .filter(|(_, id)| module.passed(*id, Some(set.stmt)) == Passed::Always)
            .find_map(|(_, id)| {
                let made = self.built_by_import(file, module, id)?;
                Some(late(&made, Some(self.project.stmt_span(file, id))))
            })
    }

    /// Whether a client of the same file has read the variables before they are set.
    fn has_read(
        &self,
        module: &Module,
        made: &MadeClient<'_>,
        set: &Setting,
        all: &[MadeClient<'_>],
    ) -> bool {
        let Some(built) = made::statement(self, made) else {
            return false;
        };
        let comes_first = |it: StmtId| {
            let own = module.ast.stmt(it);
            let near = own.scope == module.ast.stmt(set.stmt).scope || own.scope == MODULE;
            near && module.passed(it, Some(set.stmt)) == Passed::Always
        };
        let asks = made.client.asked_by.contains(&made.reached.path);
        if asks {
            // What was asked once is asked again, or nobody misses the proxy.
            return comes_first(built)
                && all
                    .iter()
                    .filter(|it| it.reached.path == made.reached.path)
                    .count()
                    > 1;
        }
        let has_read = match made.client.reads {
            Reads::Construction => true,
            Reads::FirstRequest => self.was_run(module, &made.site, &comes_first),
            Reads::Request | Reads::Never => false,
        };
        has_read
            && comes_first(built)
            && self.takes_environment(made)
            && !self.is_replaced(module, made, built, all)
    }

    fn takes_environment(&self, made: &MadeClient<'_>) -> bool {
        let at = self.callee_span(&made.site);
        made.asks_environment() && !made.may_stay_inside(at)
    }

    /// Whether a client sends a request in a statement for which that holds.
    fn was_run(&self, module: &Module, site: &Site, holds: &dyn Fn(StmtId) -> bool) -> bool {
        module.calls.iter().any(|call| {
            let ExprKind::Call { callee, .. } = module.ast.kind(*call) else {
                return false;
            };
            let ExprKind::Attribute { value, name } = module.ast.kind(*callee) else {
                return false;
            };
            RUN_METHODS.contains(&name.as_str())
                && holds(module.ast.expr(*call).stmt)
                && is_made_at(&self.value(site.file, *value), site)
        })
    }

    /// Whether its name gets another client, that is not the same under another name.
    fn is_replaced(
        &self,
        module: &Module,
        made: &MadeClient<'_>,
        built: StmtId,
        all: &[MadeClient<'_>],
    ) -> bool {
        let own = module.ast.stmt(built);
        let StmtKind::Assign { targets, .. } = &own.kind else {
            // What nobody keeps, nobody calls later.
            return true;
        };
        let text = |it: &MadeClient<'_>| {
            let span = self.span(it.site.file, it.site.call);
            self.project.sources().text(span).to_owned()
        };
        let same = |it: &&MadeClient<'_>| text(it) == text(made);
        let shared = made.client.shared && all.iter().filter(same).count() > 1;
        let mut names = targets.iter().filter_map(|it| module.ast.last_name(*it));
        !shared && names.any(|name| module.bindings(own.scope, name).len() > 1)
    }

    /// A client that a statement builds by importing the module that does.
    fn built_by_import(
        &self,
        file: FileId,
        module: &Module,
        stmt: StmtId,
    ) -> Option<MadeClient<'_>> {
        let mut open = self.project.loaded_by(file, module.ast.stmt(stmt));
        let mut seen = vec![file];
        while let Some(next) = open.pop().filter(|_| seen.len() < IMPORTED) {
            let Some(inner) = self.project.module(next).filter(|_| !seen.contains(&next)) else {
                continue;
            };
            seen.push(next);
            let clients = self.made_clients(next).into_iter();
            let mut certain = clients.filter(|made| {
                let stmt = inner.ast.stmt(inner.ast.expr(made.site.call).stmt);
                let at_once = stmt.scope == MODULE && stmt.parent.is_none();
                at_once && matches!(stmt.kind, StmtKind::Assign { .. })
            });
            let found = certain.find(|made| {
                made.client.reads == Reads::Construction && self.takes_environment(made)
            });
            // Whoever sets a proxy there does it in time.
            let sets = self.assigned_variables(next, inner);
            if found.is_some() && !sets.iter().any(of_a_proxy) {
                return found;
            }
        }
        None
    }

    /// Whether a statement in a function may run before the statements of its module have.
    fn may_run_first(&self, file: FileId, module: &Module, stmt: StmtId) -> bool {
        let scope = module.ast.stmt(stmt).scope;
        let function = match module.ast.scope(scope).kind {
            ScopeKind::Module => return false,
            ScopeKind::Function(function) => function,
            ScopeKind::Class(_) | ScopeKind::Comprehension => return true,
        };
        let callers = self.callers(file, function);
        let mut sites = callers.sites.iter();
        // Whoever imports the module builds its clients first; so does what runs as a script.
        sites.any(|(site, _)| {
            site.file == file && {
                let at = module.ast.stmt(module.ast.expr(site.call).stmt);
                at.scope == MODULE && at.parent.is_none()
            }
        })
    }

    /// `load_dotenv()`, with the proxies in the `.env` files of the project.
    fn loaded_files(&self, file: FileId, module: &Module) -> Vec<Setting> {
        let mut found = Vec::new();
        for (_, call) in self
            .project
            .calls_named("load_dotenv")
            .into_iter()
            .filter(|it| it.0 == file)
        {
            let stmt = module.ast.expr(call).stmt;
            for name in PROXY_VARIABLES {
                for name in [name.to_uppercase(), (*name).to_owned()] {
                    let all = self.project.environment().given(&name);
                    let is_file = |at: Span| {
                        let kind = self.project.sources().get(at.file).kind;
                        kind == Kind::Configuration(Format::Dotenv)
                    };
                    // What starts the process may have set it before.
                    let only = all.iter().all(|it| is_file(it.at) && !it.is_sample);
                    found.extend(all.first().filter(|_| only).map(|given| Setting {
                        variable: name.as_str().into(),
                        at: self.span(file, call),
                        stmt,
                        written: Some(given.at),
                    }));
                }
            }
        }
        found
    }
}

impl Setting {
    fn of(set: Assigned) -> Self {
        Self {
            variable: set.name,
            at: set.at,
            stmt: set.stmt,
            written: None,
        }
    }
}

fn of_a_proxy(set: &Assigned) -> bool {
    let name = set.name.to_lowercase();
    name == "no_proxy" || PROXY_VARIABLES.contains(&name.as_str())
}

fn is_made_at(seen: &Seen, site: &Site) -> bool {
    matches!(&seen.value, Value::Made(made) if (made.site.file, made.site.call) == (site.file, site.call))
}
