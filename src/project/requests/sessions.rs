//! Objects that send requests: what they were built with, and whether something bounds all their calls.

use super::{RequestSite, RequestWait};
use crate::catalog::Known;
use crate::catalog::entry::{Absent, Http};
use crate::project::index::Patch;
use crate::project::resolve::Resolver;
use crate::project::resolve::objects::Base;
use crate::project::value::{Dict, Instance, Lookup, Made, Seen, Site, Value};
use crate::project::waits::Wait;
use crate::source::FileId;
use crate::syntax::python::{ClassId, ExprKind, StmtKind};

/// What the code of a class that bounds requests cannot do without.
const WORD: &str = "timeout";

impl<'p> Resolver<'p> {
    /// The library behind a session, with the arguments it was built with.
    pub(super) fn session(&self, of: &Seen) -> Option<(&'p Http, Option<Dict>)> {
        match &of.value {
            Value::Made(made) => match self.project.catalog.known(&made.path)? {
                Known::HttpClass(http) => Some((http, Some(self.built_with(made)))),
                _ => None,
            },
            Value::Instance(instance) => {
                let http = self.library_of(instance)?;
                (!self.may_set_a_timeout(instance)).then_some((http, None))
            }
            _ => None,
        }
    }

    fn built_with(&self, made: &Made) -> Dict {
        self.keywords(&made.site, made.partial.as_ref())
    }

    /// The library's class that a class of the project extends.
    fn library_of(&self, instance: &Instance) -> Option<&'p Http> {
        let bases = self.bases(instance.file, instance.class);
        bases.iter().find_map(|base| match base {
            Base::Library(path) => match self.project.catalog.known(path)? {
                Known::HttpClass(http) => Some(http),
                _ => None,
            },
            _ => None,
        })
    }

    /// Whether a class of the project may bound what the library's class does: the code of its own
    /// speaks of a timeout, or does the library's work itself.
    fn may_set_a_timeout(&self, instance: &Instance) -> bool {
        let own = Base::Own(instance.file, instance.class);
        let bases = self.bases(instance.file, instance.class);
        std::iter::once(&own).chain(&bases).any(|base| match base {
            Base::Own(file, class) => self.class_text(*file, *class).is_none_or(|text| {
                let handles = |name: &&str| self.method(*file, *class, name).is_some();
                let replaces = ["request", "send"].iter().any(handles);
                text.contains(WORD) || replaces && !text.contains("super()")
            }),
            // A mixin of another library may do anything.
            Base::Library(path) => self.project.catalog.known(path).is_none(),
            Base::Unknown => true,
        })
    }

    fn class_text(&self, file: FileId, class: ClassId) -> Option<&'p str> {
        let module = self.project.module(file)?;
        let stmt = module.ast.stmt(module.ast.class(class).stmt);
        let text = &self.project.sources().get(file).text;
        text.get(stmt.start as usize..stmt.end as usize)
    }

    /// Whether something is done to a session that may bound its calls: an adapter that sets a
    /// timeout is mounted, a method is replaced.
    pub(super) fn may_be_bounded(&self, http: &Http, of: &Seen) -> bool {
        let Value::Made(made) = &of.value else {
            return false;
        };
        self.is_patched(made)
            || http.may_bound.iter().any(|method| {
                let mut calls = self.project.calls_named(method).into_iter();
                calls.any(|(file, call)| {
                    let Some(module) = self.project.module(file) else {
                        return false;
                    };
                    let ExprKind::Call { callee, args } = module.ast.kind(call) else {
                        return false;
                    };
                    let ExprKind::Attribute { value, .. } = module.ast.kind(*callee) else {
                        return false;
                    };
                    is_same(&self.value(file, *value), made)
                        && args
                            .last()
                            .is_some_and(|arg| self.adapter_bounds(&self.value(file, arg.value)))
                })
            })
    }

    /// Whether what is mounted may set a timeout; the library's own adapter only repeats.
    fn adapter_bounds(&self, adapter: &Seen) -> bool {
        match &adapter.value {
            Value::Made(made) => !made.path.ends_with("HTTPAdapter"),
            Value::Instance(instance) => self
                .class_text(instance.file, instance.class)
                .is_none_or(|it| it.contains(WORD)),
            _ => true,
        }
    }

    /// Whether some method of this object is replaced: `session.request = partial(…, timeout=10)`.
    fn is_patched(&self, made: &Made) -> bool {
        self.project.index.patches.iter().any(|patch| {
            let Patch {
                file, scope, stmt, ..
            } = *patch;
            let at = self.project.stmt_span(file, stmt);
            is_same(
                &self.variable(file, scope, &patch.name, Some(stmt), None, at),
                made,
            )
        })
    }

    /// Whether one of some methods of the same object is called in a file.
    pub(super) fn somebody_asks(
        &self,
        file: FileId,
        of: &Seen,
        methods: &[smol_str::SmolStr],
    ) -> bool {
        let Value::Made(made) = &of.value else {
            return false;
        };
        let calls = methods.iter().flat_map(|it| self.project.calls_named(it));
        calls.filter(|it| it.0 == file).any(|(file, call)| {
            let Some(module) = self.project.module(file) else {
                return false;
            };
            let ExprKind::Call { callee, .. } = module.ast.kind(call) else {
                return false;
            };
            match module.ast.kind(*callee) {
                ExprKind::Attribute { value, .. } => is_same(&self.value(file, *value), made),
                _ => false,
            }
        })
    }

    /// Sessions that are built without a limit and thrown away, so that nobody can bound them later.
    pub(super) fn unused_sessions(&self, file: FileId) -> Vec<RequestSite<'p>> {
        let Some(module) = self.project.module(file) else {
            return Vec::new();
        };
        let plain = |site: &Site| {
            let expr = module.ast.expr(site.call);
            expr.parent.is_none() && matches!(module.ast.stmt(expr.stmt).kind, StmtKind::Expr(_))
        };
        let sites = self.building_sites(file).into_iter();
        sites
            .filter(plain)
            .filter_map(|site| self.unused_session(&site))
            .collect()
    }

    fn unused_session(&self, site: &Site) -> Option<RequestSite<'p>> {
        let reached = self.reached(site);
        let reached = reached.first()?;
        let Known::HttpClass(http) = self.project.catalog.known(&reached.path)? else {
            return None;
        };
        let name = http.constructor.as_ref()?;
        let Lookup::Given(seen) = reached.keywords.get(name) else {
            return None;
        };
        let endless = match self.wait(&seen, http.timeout.unit) {
            Wait::Nothing(at) if http.timeout.when_none() == Absent::Forever => at,
            Wait::Endless(at) => at,
            _ => return None,
        };
        let callee = self.callee_span(site);
        Some(RequestSite {
            site: site.clone(),
            callee,
            http,
            name: self.project.sources().text(callee).to_owned(),
            wait: RequestWait::Disabled(endless),
            given: None,
            session: None,
        })
    }
}

/// Whether a value is what a certain call made.
fn is_same(seen: &Seen, made: &Made) -> bool {
    seen.alternatives().iter().any(|it| match &it.value {
        Value::Made(other) => {
            other.site.file == made.site.file && other.site.call == made.site.call
        }
        _ => false,
    })
}
