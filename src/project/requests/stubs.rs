//! Requests through classes that a generator wrote: the stubs of gRPC.

use super::{RequestSite, RequestWait};
use crate::catalog::entry::Http;
use crate::model::python::{Module, positional};
use crate::project::bounds::CALLERS;
use crate::project::resolve::Resolver;
use crate::project::value::{Seen, Site, Value};
use crate::source::FileId;
use crate::syntax::python::{ArgKind, ExprId, ExprKind, StmtKind};

impl<'p> Resolver<'p> {
    /// All calls of a file through a generated class.
    pub(super) fn stub_requests(&self, file: FileId, module: &Module) -> Vec<RequestSite<'p>> {
        let mut found = Vec::new();
        for http in self.project.catalog.http() {
            let Some((suffix, _)) = &http.generated else {
                continue;
            };
            if imports_generated(module, suffix) {
                let calls = module.calls.iter();
                found.extend(calls.filter_map(|it| self.stub_request(file, module, *it, http)));
            }
        }
        found
    }

    fn stub_request(
        &self,
        file: FileId,
        module: &Module,
        call: ExprId,
        http: &'p Http,
    ) -> Option<RequestSite<'p>> {
        let ExprKind::Call { callee, .. } = module.ast.kind(call) else {
            return None;
        };
        let ExprKind::Attribute { value, name } = module.ast.kind(*callee) else {
            return None;
        };
        if !name.starts_with(char::is_uppercase) {
            return None;
        }
        let stub = self.stub(&self.value(file, *value), http)?;
        if !self.has_plain_channel(&stub) || self.bounded_outside(file, call, CALLERS) {
            return None;
        }
        let site = Site::of(file, call);
        let keywords = self.keywords(&site, None);
        let given = self.given_to_request(http, &site, &keywords, None);
        let wait = match &given {
            Some(given) => self.request_wait(http, given),
            None => RequestWait::Absent(http.timeout.absent),
        };
        let callee = self.callee_span(&site);
        Some(RequestSite {
            name: self.project.sources().text(callee).to_owned(),
            session: Some(self.span(stub.file, stub.call)),
            site,
            callee,
            http,
            wait,
            given,
        })
    }

    /// The call that built a stub.
    fn stub(&self, seen: &Seen, http: &Http) -> Option<Site> {
        let (module, class) = http.generated.as_ref()?;
        match &seen.value {
            Value::Made(made) => {
                let (path, name) = made.path.rsplit_once('.')?;
                let known = path.ends_with(module.as_str()) && name.ends_with(class.as_str());
                known.then(|| made.site.clone())
            }
            Value::Instance(instance) => {
                let source = self.project.sources().get(instance.file);
                let name = &self
                    .project
                    .module(instance.file)?
                    .ast
                    .class(instance.class)
                    .name;
                let path = source.path.strip_suffix(".py")?;
                let known = path.ends_with(module.as_str()) && name.ends_with(class.as_str());
                instance.site.clone().filter(|_| known)
            }
            _ => None,
        }
    }

    /// Whether a stub's channel is one of the library with nothing added: options and interceptors
    /// may set a deadline for every call.
    fn has_plain_channel(&self, stub: &Site) -> bool {
        let Some(arg) = self.args(stub).and_then(|args| positional(args, 0)) else {
            return false;
        };
        let Value::Made(made) = self.eval(stub.file, arg.value, stub.frame.as_ref()).value else {
            return false;
        };
        let added = |it: &ArgKind| match it {
            ArgKind::Keyword(name) => name == "options" || name == "interceptors",
            ArgKind::Positional => false,
            ArgKind::Star | ArgKind::DoubleStar => true,
        };
        let args = self.args(&made.site).unwrap_or_default();
        made.path.starts_with("grpc.")
            && made.path.ends_with("_channel")
            && !made.path.ends_with("intercept_channel")
            && !args.iter().any(|it| added(&it.kind))
            && positional(args, 2).is_none()
    }
}

/// Whether a module imports one whose name ends so.
fn imports_generated(module: &Module, suffix: &str) -> bool {
    module.ast.stmts.iter().any(|stmt| match &stmt.kind {
        StmtKind::ImportFrom { module, names, .. } => {
            module.ends_with(suffix) || names.iter().any(|it| it.name.ends_with(suffix))
        }
        StmtKind::Import(modules) => modules.iter().any(|it| it.module.ends_with(suffix)),
        _ => false,
    })
}
