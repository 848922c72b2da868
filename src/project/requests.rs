//! Where HTTP libraries send a request, and how long it waits.

mod sessions;
mod stubs;

use crate::catalog::Catalog;
use crate::catalog::Known;
use crate::catalog::entry::{Absent, Http};
use crate::fact::{Fact, Limit, Origin};
use crate::model::python::Module;
use crate::model::python::positional;
use crate::model::python::sites::Called;
use crate::project::bounds::CALLERS;
use crate::project::resolve::Resolver;
use crate::project::value::{Dict, Seen, Site, Value};
use crate::project::waits::Wait;
use crate::project::written_timeouts::Given;
use crate::source::{FileId, Span};
use crate::syntax::python::ExprKind;
use crate::units::Millis;

/// A call that sends a request.
#[derive(Debug, Clone)]
pub struct RequestSite<'c> {
    /// The call.
    pub site: Site,
    /// What is called.
    pub callee: Span,
    /// The library.
    pub http: &'c Http,
    /// The callee as it is written: `session.get`.
    pub name: String,
    /// How long it waits.
    pub wait: RequestWait,
    /// The timeout that is passed to it, here or where its session was made.
    pub given: Option<Given>,
    /// Where the session it is sent with was made.
    pub session: Option<Span>,
}

impl RequestSite<'_> {
    /// How long it waits between two signs of life, and why we believe it: the place that says so,
    /// or the library's own default.
    #[must_use]
    pub fn limit(&self) -> Fact<Limit> {
        let (value, origin) = match self.wait {
            RequestWait::Bounded(millis) => (Limit::Within(millis), Origin::Written(self.callee)),
            RequestWait::Absent(absent) => (absent.limit(), Origin::Default),
            RequestWait::Disabled(written) => (Limit::Forever, Origin::Written(written)),
            RequestWait::Unknown(_) => (Limit::Unknown, Origin::Written(self.callee)),
        };
        Fact { value, origin }
    }
}

/// How long a request waits.
#[derive(Debug, Clone, Copy)]
pub enum RequestWait {
    /// A timeout ends it.
    Bounded(Millis),
    /// Nobody wrote one.
    Absent(Absent),
    /// One is written there, and is `None`.
    Disabled(Span),
    /// Nobody can tell, and why.
    Unknown(&'static str),
}

impl<'p> Resolver<'p> {
    /// All calls of a file that send a request.
    #[must_use]
    pub fn requests(&self, file: FileId) -> Vec<RequestSite<'p>> {
        let Some(module) = self.project.module(file) else {
            return Vec::new();
        };
        let mut found = self.stub_requests(file, module);
        for it in module.called() {
            if !may_send(module, self.project.catalog, &it) {
                continue;
            }
            if module.is_dead(module.ast.expr(it.call).stmt) {
                continue;
            }
            let target = self.value(file, it.callee);
            let site = Site::of(file, it.call);
            let all = target
                .alternatives()
                .iter()
                .filter_map(|it| self.request(it, &site, None));
            // One of several kinds of session: whatever holds for the first is what is said.
            found.extend(all.take(1));
        }
        found.extend(self.unused_sessions(file));
        found.sort_by_key(|it| it.callee.start);
        found
    }

    /// Whether calling a value sends a request.
    pub(super) fn sends_request(&self, target: &Seen, site: &Site) -> bool {
        let mut all = target.alternatives().iter();
        all.any(|it| self.request(it, site, None).is_some())
    }

    fn request(
        &self,
        target: &Seen,
        site: &Site,
        partial: Option<&Site>,
    ) -> Option<RequestSite<'p>> {
        let mut session = None;
        let (http, constructor) = match &target.value {
            Value::External(path) => match self.project.catalog.known(path)? {
                Known::HttpFunction(http) => (http, None),
                _ => return None,
            },
            Value::Member(of, method) => {
                if let Value::Made(made) = &of.value {
                    session = Some(self.span(made.site.file, made.site.call));
                }
                let (http, made) = self.session(of)?;
                if !http.methods.iter().any(|it| it == method) || self.may_be_bounded(http, of) {
                    return None;
                }
                (http, made)
            }
            Value::Partial(inner, given) if partial.is_none() => {
                return self.request(inner, site, Some(given));
            }
            _ => return None,
        };
        if !self.asks(http, target, site) {
            return None;
        }
        // What the version that runs does not have raises at once, and waits for nobody.
        if !self.project.runs(site.file, &http.package, &http.versions) {
            return None;
        }
        let keywords = self.keywords(site, partial);
        let given = self.given_to_request(http, site, &keywords, constructor.as_ref());
        let wait = match &given {
            Some(given) => self.request_wait(http, given),
            None => RequestWait::Absent(http.timeout.absent),
        };
        let wait = if self.bounded_otherwise(http, site) {
            RequestWait::Unknown("bounded from outside")
        } else {
            wait
        };
        let callee = self.callee_span(site);
        let name = self.project.sources().text(callee).to_owned();
        Some(RequestSite {
            site: site.clone(),
            callee,
            http,
            name,
            wait,
            given,
            session,
        })
    }

    /// Whether a call asks for an answer at all.
    fn asks(&self, http: &Http, target: &Seen, site: &Site) -> bool {
        if http.needs_address {
            let first = self.argument(site, 0);
            return first.is_some_and(|it| matches!(it.value, Value::Str(_) | Value::Text(_)));
        }
        let Value::Member(of, _) = &target.value else {
            return true;
        };
        http.answers.is_empty() || self.somebody_asks(site.file, of, &http.answers)
    }

    /// Whether a deadline around an awaited request, or one for the whole process, ends it.
    fn bounded_otherwise(&self, http: &Http, site: &Site) -> bool {
        let everywhere = http.bounded_by.iter().any(|path| {
            let name = path.rsplit('.').next().unwrap_or(path);
            !self.project.calls_named(name).is_empty()
        });
        everywhere || !http.blocks && self.bounded_outside(site.file, site.call, CALLERS)
    }

    /// The timeout of a request: its own, or that of the session it is sent with.
    fn given_to_request(
        &self,
        http: &Http,
        site: &Site,
        keywords: &Dict,
        constructor: Option<&Dict>,
    ) -> Option<Given> {
        let timeout = &http.timeout;
        let at = self.callee_span(site);
        let by_position = timeout.position.and_then(|at| {
            let arg = positional(self.args(site)?, at)?;
            let seen = self.eval(site.file, arg.value, site.frame.as_ref());
            let argument = timeout.arguments.first()?;
            let mut given = self.given(site, argument, seen);
            given.passed = self.span(site.file, arg.value);
            Some(given)
        });
        let by_name = || {
            let mut names = timeout.arguments.iter();
            names.find_map(|name| {
                let seen = self.lookup(keywords.get(name), at)?;
                Some(self.given(site, name, seen))
            })
        };
        let by_constructor = || {
            let name = http.constructor.as_ref()?;
            let seen = self.lookup(constructor?.get(name), at)?;
            Some(Given {
                argument: name.to_string(),
                passed: if seen.at.file == site.file {
                    seen.at
                } else {
                    at
                },
                speaks_of: None,
                by_constructor: true,
                seen,
            })
        };
        by_position.or_else(by_name).or_else(by_constructor)
    }

    fn request_wait(&self, http: &Http, given: &Given) -> RequestWait {
        let timeout = &http.timeout;
        match self.wait(&given.seen, timeout.unit) {
            Wait::Within(millis) => RequestWait::Bounded(millis),
            Wait::Nothing(at) if timeout.when_none() == Absent::Forever => {
                RequestWait::Disabled(at)
            }
            Wait::Endless(at) => RequestWait::Disabled(at),
            Wait::Nothing(_) => RequestWait::Absent(timeout.when_none()),
            Wait::MaybeNothing(_) => RequestWait::Unknown("None on some way"),
            Wait::Zero(_) => RequestWait::Unknown("zero"),
            Wait::Unknown(why) => RequestWait::Unknown(why),
        }
    }
}

/// Whether a call can be a request, told by its form alone.
fn may_send(module: &Module, catalog: &Catalog, it: &Called<'_>) -> bool {
    match module.ast.kind(it.callee) {
        ExprKind::Attribute { name, .. } => {
            // `options.get("key")` is what a dict does, and by far the most frequent call.
            let key = match it.args.first().map(|it| module.ast.kind(it.value)) {
                Some(ExprKind::Str(text)) => !text.contains('/'),
                _ => it.args.is_empty(),
            };
            catalog.sends(name)
                && !(name == "get" && key && it.args.len() <= 2)
                && !module.is_builtin_method(it.callee)
        }
        ExprKind::Name(_) => true,
        _ => false,
    }
}
