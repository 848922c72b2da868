//! Timeouts that somebody wrote: the value, how it is written, and what takes it.

use crate::catalog::Known;
use crate::catalog::entry::{ClientKind, Timeout};
use crate::catalog::timeouts::{Rejected, TimeoutObject, ValueKind};
use crate::model::python::{keyword, positional};
use crate::project::arguments::Reached;
use crate::project::clients::Clients;
use crate::project::requests::RequestSite;
use crate::project::resolve::Resolver;
use crate::project::value::{Lookup, Seen, Site, Value};
use crate::source::{FileId, Span};
use crate::syntax::python::{ArgKind, ExprId, ExprKind, Operator};
use crate::units::Unit;

/// How many thousandths a second has, which is what people multiply by.
const THOUSAND: f64 = 1000.0;

/// A timeout that is passed to something.
#[derive(Debug, Clone)]
pub struct Given {
    /// The argument.
    pub argument: String,
    /// Where it is passed; where it was written when it comes out of a spread, and the callee when
    /// that is in another file.
    pub passed: Span,
    /// Its value.
    pub seen: Seen,
    /// The unit that the way it is written speaks of: `TIMEOUT_MS`, `seconds * 1000`.
    pub speaks_of: Option<Unit>,
    /// Whether the object got it whose method is called now.
    pub by_constructor: bool,
}

/// A timeout that is passed to something, with what that says of it.
#[derive(Debug)]
pub struct WrittenTimeout<'a> {
    /// What takes it, as people know it.
    pub name: &'a str,
    /// What it says of its timeout.
    pub timeout: &'a Timeout,
    /// Kinds of values that it does not take.
    pub rejects: &'a [Rejected],
    /// Whether it asks a model to write something, which takes a while.
    pub asks_model: bool,
    /// The value.
    pub given: &'a Given,
}

/// A call that makes a timeout object of too few parts.
#[derive(Debug)]
pub struct PartialTimeout<'c> {
    /// The call.
    pub call: Span,
    /// The class.
    pub object: &'c TimeoutObject,
    /// The parts that are missing.
    pub missing: Vec<&'c str>,
}

/// The timeouts that are passed to the clients and requests of a file.
pub fn written_timeouts<'a>(
    clients: &'a Clients<'_>,
    requests: &'a [RequestSite<'_>],
) -> impl Iterator<Item = WrittenTimeout<'a>> {
    let clients = clients.sites.iter().flat_map(|site| {
        site.given.iter().map(|given| WrittenTimeout {
            name: &site.name,
            timeout: &site.client.timeout,
            rejects: &site.client.timeout.rejects,
            asks_model: matches!(site.client.kind, ClientKind::Chat | ClientKind::Llm),
            given,
        })
    });
    let requests = requests.iter().flat_map(|site| {
        site.given.iter().map(|given| WrittenTimeout {
            name: &site.name,
            timeout: &site.http.timeout,
            rejects: if given.by_constructor {
                &site.http.constructor_rejects
            } else {
                &site.http.timeout.rejects
            },
            asks_model: site.http.model,
            given,
        })
    });
    clients.chain(requests)
}

impl<'p> Resolver<'p> {
    /// The timeouts that reach a client.
    pub(super) fn given_to_client(
        &self,
        site: &Site,
        timeout: &Timeout,
        reached: &Reached,
    ) -> Vec<Given> {
        let mut found = Vec::new();
        let named = timeout.arguments.iter();
        let named = named.chain(&timeout.sync_only).chain(&timeout.async_only);
        for path in named {
            if let Lookup::Given(seen) = self.dotted_argument(&reached.keywords, path) {
                found.push(self.given(site, path, seen));
            }
        }
        let by_position = timeout.position.zip(reached.positional.as_ref());
        if let Some((at, site)) = by_position
            && let Some(arg) = self.args(site).and_then(|args| positional(args, at))
        {
            let argument = timeout.arguments.first().map_or("timeout", |it| it);
            found.push(Given {
                argument: argument.to_owned(),
                passed: self.span(site.file, arg.value),
                seen: self.eval(site.file, arg.value, site.frame.as_ref()),
                speaks_of: self.speaks_of(site.file, arg.value),
                by_constructor: false,
            });
        }
        found
    }

    /// A timeout that a call passes under a name, which may lead into a dict.
    pub(super) fn given(&self, site: &Site, path: &str, seen: Seen) -> Given {
        let outer = path.split('.').next().unwrap_or(path);
        let arg = self.args(site).and_then(|args| keyword(args, outer));
        let plain = arg.filter(|_| outer == path);
        Given {
            argument: path.rsplit('.').next().unwrap_or(path).to_owned(),
            passed: match plain {
                Some(arg) => Span {
                    file: site.file,
                    start: arg.start,
                    end: arg.end,
                },
                None if seen.at.file == site.file => seen.at,
                None => self.callee_span(site),
            },
            speaks_of: plain.and_then(|it| self.speaks_of(site.file, it.value)),
            by_constructor: false,
            seen,
        }
    }

    /// The unit that the way a value is written speaks of.
    fn speaks_of(&self, file: FileId, expr: ExprId) -> Option<Unit> {
        let module = self.project.module(file)?;
        match module.ast.kind(expr) {
            ExprKind::Name(name) | ExprKind::Attribute { name, .. } => unit_of_name(name),
            ExprKind::Binary(Operator::Mul, a, b) => [a, b]
                .into_iter()
                .any(|it| self.value(file, *it).number() == Some(THOUSAND))
                .then_some(Unit::Milliseconds),
            ExprKind::Binary(Operator::Div | Operator::FloorDiv, _, by) => {
                (self.value(file, *by).number() == Some(THOUSAND)).then_some(Unit::Seconds)
            }
            _ => None,
        }
    }

    /// All calls of a file that make a timeout object and leave some of its parts without a value.
    #[must_use]
    pub fn partial_timeouts(&self, file: FileId) -> Vec<PartialTimeout<'p>> {
        let mut found = Vec::new();
        for site in self.building_sites(file) {
            for reached in self.reached(&site).iter() {
                if let Some(Known::TimeoutObject(object)) =
                    self.project.catalog.known(&reached.path)
                {
                    found.extend(self.partial_timeout(&site, reached, object));
                }
            }
        }
        found
    }

    fn partial_timeout(
        &self,
        site: &Site,
        reached: &Reached,
        object: &'p TimeoutObject,
    ) -> Option<PartialTimeout<'p>> {
        let given = |name: &str| !matches!(reached.keywords.get(name), Lookup::Missing);
        let args = self.args(site)?;
        let by_position = args
            .iter()
            .any(|it| matches!(it.kind, ArgKind::Positional | ArgKind::Star));
        if by_position || given(&object.default) {
            return None;
        }
        let missing: Vec<&str> = object
            .all_of
            .iter()
            .map(smol_str::SmolStr::as_str)
            .filter(|it| !given(it))
            .collect();
        (!missing.is_empty()).then(|| PartialTimeout {
            call: self.span(site.file, site.call),
            object,
            missing,
        })
    }

    /// The package whose timeout object a value is; `None` when it is none.
    #[must_use]
    pub fn timeout_object(&self, seen: &Seen) -> Option<String> {
        let Value::Made(made) = &seen.value else {
            return None;
        };
        match self.project.catalog.known(&made.path)? {
            Known::TimeoutObject(_) => Some(made.path.split('.').next()?.to_owned()),
            _ => None,
        }
    }

    /// What a value is, as far as parameters tell values apart; a value may be of several kinds.
    #[must_use]
    pub fn kinds(&self, seen: &Seen) -> Vec<ValueKind> {
        if let Some(number) = seen.number() {
            let mut kinds = vec![ValueKind::Number];
            kinds.extend((number.fract() != 0.0).then_some(ValueKind::Fraction));
            kinds.extend((number == 0.0).then_some(ValueKind::Zero));
            kinds.extend((number < 0.0).then_some(ValueKind::Negative));
            return kinds;
        }
        match &seen.value {
            Value::None => vec![ValueKind::None],
            Value::Str(_) => vec![ValueKind::Text],
            Value::Env(env) if env.text => vec![ValueKind::Text],
            Value::List(list) if !list.open && list.items.len() > 1 => vec![ValueKind::Tuple],
            Value::Made(_) if self.timeout_object(seen).is_some() => vec![ValueKind::Object],
            _ => Vec::new(),
        }
    }
}

/// The unit in which a name says that it counts.
#[must_use]
pub fn unit_of_name(name: &str) -> Option<Unit> {
    let name = name.to_ascii_lowercase();
    let ends = |all: &[&str]| all.iter().any(|it| name.ends_with(it));
    if ends(&["_ms", "_msec", "_msecs", "_millis", "_milliseconds"]) {
        Some(Unit::Milliseconds)
    } else if ends(&["_s", "_sec", "_secs", "_second", "_seconds"]) {
        Some(Unit::Seconds)
    } else {
        None
    }
}
