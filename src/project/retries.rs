//! What calls again after a failure, how often, and with which pauses.

pub mod catches;
mod counts;
pub mod layers;
pub(in crate::project) mod pauses;
pub mod runs;
pub mod useless;

use catches::Catches;
use smol_str::SmolStr;

use crate::catalog::retry::{Bound, Presence, Retry};
use crate::model::python::positional;
use crate::model::python::sites::Called;
use crate::project::resolve::Resolver;
use crate::project::value::{Dict, Lookup, Made, Seen, Site, Value};
use crate::source::{FileId, Span};
use crate::syntax::python::ExprKind;

/// A retry of a library.
#[derive(Debug)]
pub struct RetrySite<'c> {
    /// The decorator or call.
    pub at: Span,
    /// What the catalogue says of it.
    pub entry: &'c Retry,
    /// Whether it ends.
    pub limit: Presence3,
    /// Whether it pauses.
    pub pause: Presence3,
    /// After what it calls again.
    pub catches: Catches,
}

/// Whether something is there, as far as can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence3 {
    /// It is.
    There,
    /// It is not; where that was written, if anywhere.
    Missing(Option<Span>),
    /// Nobody can tell.
    Unknown,
}

impl<'p> Resolver<'p> {
    /// All retries of libraries that a file makes: as calls and as bare decorators.
    #[must_use]
    pub fn retries(&self, file: FileId) -> Vec<RetrySite<'p>> {
        let Some(module) = self.project.module(file) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for Called { call, callee, .. } in module.called() {
            let site = Site::of(file, call);
            if let Some(entry) = self.retry_entry(file, callee) {
                found.push(self.retry_site(entry, &site));
            }
        }
        for function in &module.ast.functions {
            for decorator in &function.decorators {
                let seen = match module.ast.kind(*decorator) {
                    ExprKind::Call { .. } => continue,
                    _ => self.value(file, *decorator),
                };
                if let Value::External(path) = &seen.value
                    && let Some(entry) = self.project.catalog.retry(path)
                {
                    let at = self.span(file, *decorator);
                    let missing = |bound: &Bound| match bound.absent {
                        Presence::Unbounded => Presence3::Missing(None),
                        Presence::Bounded => Presence3::There,
                    };
                    let (limit, pause) = (missing(&entry.limit), missing(&entry.pause));
                    let catches = entry.catches.as_ref().filter(|it| it.every);
                    found.push(RetrySite {
                        at,
                        entry,
                        limit,
                        pause,
                        catches: catches.map_or(Catches::Unknown, |_| Catches::Everything(None)),
                    });
                }
            }
        }
        found
    }

    fn retry_entry(
        &self,
        file: FileId,
        callee: crate::syntax::python::ExprId,
    ) -> Option<&'p Retry> {
        let module = self.project.module(file)?;
        let name = module.ast.last_name(callee)?;
        if let ExprKind::Attribute { .. } = module.ast.kind(callee)
            && let Some(entry) = self.project.catalog.retry_method(name)
        {
            return Some(entry);
        }
        if !self.project.catalog.names(name)
            && !matches!(module.ast.kind(callee), ExprKind::Name(_))
        {
            return None;
        }
        match &self.value(file, callee).value {
            Value::External(path) => self.project.catalog.retry(path),
            _ => None,
        }
    }

    fn retry_site(&self, entry: &'p Retry, site: &Site) -> RetrySite<'p> {
        let keywords = self.keywords(site, None);
        RetrySite {
            at: self.span(site.file, site.call),
            entry,
            limit: self.presence(&entry.limit, site, &keywords),
            pause: self.presence(&entry.pause, site, &keywords),
            catches: match &entry.catches {
                Some(catches) => self.catches(catches, site, &keywords),
                None => Catches::Unknown,
            },
        }
    }

    /// What a call gives for an argument that is written by its name or, as a number, its position.
    fn named_or_at(&self, argument: &SmolStr, site: &Site, keywords: &Dict) -> Lookup {
        let Ok(at) = argument.parse::<usize>() else {
            return keywords.get(argument);
        };
        match self.args(site).and_then(|args| positional(args, at)) {
            Some(arg) => Lookup::Given(self.eval(site.file, arg.value, site.frame.as_ref())),
            None => Lookup::Missing,
        }
    }

    fn presence(&self, bound: &Bound, site: &Site, keywords: &Dict) -> Presence3 {
        let mut missing = None;
        let mut unknown = false;
        for argument in &bound.arguments {
            let lookup = self.named_or_at(argument, site, keywords);
            match lookup {
                Lookup::Given(seen) => match self.bounds(bound, &seen) {
                    Some(true) => return Presence3::There,
                    Some(false) => missing = Some(seen.at),
                    None => unknown = true,
                },
                Lookup::Missing => {}
                Lookup::Maybe(_) | Lookup::Unknown(_) => unknown = true,
            }
        }
        match (unknown, missing, bound.absent) {
            (true, ..) => Presence3::Unknown,
            (_, Some(at), _) => Presence3::Missing(Some(at)),
            (_, None, Presence::Unbounded) => Presence3::Missing(None),
            (_, None, Presence::Bounded) => Presence3::There,
        }
    }
}

impl Resolver<'_> {
    /// Whether an object was made of nothing but zeros: `wait_fixed(0)`.
    fn is_zero(&self, made: &Made) -> bool {
        let args = self.args(&made.site).unwrap_or_default();
        let zero = |arg: &crate::syntax::python::Arg| {
            self.value(made.site.file, arg.value).number() == Some(0.0)
        };
        !args.is_empty() && args.iter().all(zero)
    }

    /// Whether a value bounds anything; `None` when nobody can tell.
    fn bounds(&self, bound: &Bound, seen: &Seen) -> Option<bool> {
        if let Some(number) = seen.number() {
            return Some(
                !bound
                    .nothing_at
                    .iter()
                    .any(|it| (it - number).abs() < f64::EPSILON),
            );
        }
        match &seen.value {
            // `None` is as good as not written; `False` counts as zero.
            Value::None => Some(bound.absent == Presence::Bounded),
            Value::Bool(value) => {
                Some(*value || !bound.nothing_at.iter().any(|it| it.abs() < f64::EPSILON))
            }
            Value::External(path) => Some(!bound.nothing.iter().any(|it| it == path)),
            Value::Made(made) => {
                let zero = !bound.nothing_at.is_empty() && self.is_zero(made);
                Some(!zero && !bound.nothing.contains(&made.path))
            }
            Value::OneOf(_) | Value::Unknown(_) | Value::Env(_) => None,
            _ => Some(true),
        }
    }
}
