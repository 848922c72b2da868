//! Which arguments finally reach a library's class: through subclasses, partial application and
//! `super().__init__`.

use std::rc::Rc;

use smol_str::SmolStr;

use crate::model::python::{Bound, Module};
use crate::project::resolve::Resolver;
use crate::project::resolve::objects::Base;
use crate::project::uses::RUN_METHODS;
use crate::project::value::{Dict, Seen, Site, Value};
use crate::source::{FileId, Span};
use crate::syntax::python::{ArgKind, ClassId, ExprId, ExprKind, FunctionId};

/// A library's class or function with the arguments that reach it.
#[derive(Debug, Clone)]
pub struct Reached {
    /// Its dotted path.
    pub path: SmolStr,
    /// The keyword arguments; open where nothing of the catalogue reads them.
    pub keywords: Dict,
    /// The call whose positional arguments it gets; none behind a subclass's own constructor.
    pub positional: Option<Site>,
}

impl Resolver<'_> {
    /// The calls of a file that can build something of the catalogue, told by their names alone.
    #[must_use]
    pub fn building_sites(&self, file: FileId) -> Vec<Site> {
        let Some(module) = self.project.module(file) else {
            return Vec::new();
        };
        let may_build = |call: &ExprId| match module.ast.kind(*call) {
            ExprKind::Call { callee, .. } => self.project.may_build(module, *callee),
            _ => false,
        };
        let calls = module.calls.iter().copied().filter(may_build);
        calls.map(|call| Site::of(file, call)).collect()
    }

    /// Every library class or function that a call builds or calls, directly or through a class of
    /// the project that extends it. Empty when the callee is none, or unknown.
    #[must_use]
    pub fn reached(&self, site: &Site) -> Rc<[Reached]> {
        // Several subjects ask for the same call, mostly without a frame.
        let key = site.frame.is_none().then_some((site.file, site.call));
        if let Some(known) = key.and_then(|it| self.reached.borrow().get(&it).cloned()) {
            return known;
        }
        let found: Rc<[Reached]> = self.find_reached(site).into();
        if let Some(key) = key {
            self.reached.borrow_mut().insert(key, Rc::clone(&found));
        }
        found
    }

    fn find_reached(&self, site: &Site) -> Vec<Reached> {
        let Some(module) = self.project.module(site.file) else {
            return Vec::new();
        };
        let ExprKind::Call { callee, .. } = module.ast.kind(site.call) else {
            return Vec::new();
        };
        let target = self.eval(site.file, *callee, site.frame.as_ref());
        let ways = target.alternatives().iter();
        ways.filter_map(|it| self.reached_by(it, site, None))
            .collect()
    }

    fn reached_by(&self, target: &Seen, site: &Site, partial: Option<&Site>) -> Option<Reached> {
        match &target.value {
            Value::External(path) => Some(Reached {
                path: path.clone(),
                keywords: if self.project.catalog.reads_arguments(path) {
                    self.keywords(site, partial)
                } else {
                    Dict::open("arguments of something unknown")
                },
                positional: Some(site.clone()),
            }),
            Value::Partial(inner, given) if partial.is_none() => {
                self.reached_by(inner, site, Some(given))
            }
            Value::Class(file, class) => self.through_class((*file, *class), site, partial),
            _ => None,
        }
    }

    /// The arguments that a subclass of the project hands on to the library's class it extends.
    fn through_class(
        &self,
        class: (FileId, ClassId),
        site: &Site,
        partial: Option<&Site>,
    ) -> Option<Reached> {
        let bases = self.bases(class.0, class.1);
        let (at, path) = bases.iter().enumerate().find_map(|(at, base)| match base {
            Base::Library(path) if self.project.catalog.known(path).is_some() => {
                Some((at, path.clone()))
            }
            _ => None,
        })?;
        if bases[..at].iter().any(|base| self.replaces_requests(base)) {
            return None;
        }
        let mut keywords = None;
        let mut positional = Some(site.clone());
        for base in &bases[..at] {
            let Base::Own(file, class) = base else {
                continue;
            };
            if let Some(init) = self.own_constructor(*file, *class) {
                positional = None;
                let this = class_instance(*class, *file, site);
                keywords = Some(self.handed_on(*file, init, &this, site));
                // What lies between this class and the library's is reached through this call.
                break;
            }
        }
        let keywords = keywords.unwrap_or_else(|| self.keywords(site, partial));
        let mut fields = self.field_overrides(&bases[..at]);
        fields.merge(&keywords, true);
        // An open spread may override a field, but cannot take it away.
        (fields.open, fields.later) = (keywords.open, keywords.later);
        Some(Reached {
            path,
            keywords: fields,
            positional,
        })
    }

    /// Whether a class of the project does the work of the library's class itself, so that what the
    /// library would wait for is never asked.
    fn replaces_requests(&self, base: &Base) -> bool {
        let Base::Own(file, class) = base else {
            return false;
        };
        let Some(module) = self.project.module(*file) else {
            return false;
        };
        // The SDK's client that asks is one of the project's, and judged where it is built.
        let replaced = (*class, "client".into());
        if module.assigned_attributes.contains_key(&replaced) {
            return true;
        }
        let scope = module.ast.class(*class).scope;
        [
            "_generate",
            "_call",
            "embed_documents",
            "rerank",
            "compress_documents",
        ]
        .iter()
        .any(|name| {
            module.bindings(scope, name).iter().any(|it| match it.what {
                Bound::Function(function) => {
                    let own = module.ast.function(function);
                    let text = &self.project.sources().get(*file).text;
                    let stmt = module.ast.stmt(own.stmt);
                    !text[stmt.start as usize..stmt.end as usize].contains("super()")
                        && !asks_itself(module, *class, function)
                }
                _ => false,
            })
        })
    }

    fn own_constructor(&self, file: FileId, class: ClassId) -> Option<FunctionId> {
        let module = self.project.module(file)?;
        let scope = module.ast.class(class).scope;
        match module.bindings(scope, "__init__").last()?.what {
            Bound::Function(function) => Some(function),
            _ => None,
        }
    }

    /// The keywords of `super().__init__(…)` inside a constructor.
    pub(in crate::project) fn handed_on(
        &self,
        file: FileId,
        init: FunctionId,
        this: &Seen,
        site: &Site,
    ) -> Dict {
        let unknown = Dict::open("an own constructor");
        let Some(module) = self.project.module(file) else {
            return unknown;
        };
        let own = module.ast.function(init);
        let call = module.calls.iter().copied().find(|call| {
            let expr = module.ast.expr(*call);
            let ExprKind::Call { callee, .. } = &expr.kind else {
                return false;
            };
            let ExprKind::Attribute { name, value } = module.ast.kind(*callee) else {
                return false;
            };
            name == "__init__"
                && expr.scope == own.scope
                && !matches!(
                    module.ast.kind(*value),
                    ExprKind::Name(base) if base == "self"
                )
        });
        let Some(call) = call else { return unknown };
        let frame = self.constructor_frame(file, init, this, site);
        self.keywords(
            &Site {
                file,
                call,
                frame: Some(frame),
            },
            None,
        )
    }

    /// Fields that subclasses give another default: `request_timeout: float = 30`.
    fn field_overrides(&self, bases: &[Base]) -> Dict {
        let mut fields = Dict::default();
        for base in bases.iter().rev() {
            let Base::Own(file, class) = base else {
                continue;
            };
            let Some(module) = self.project.module(*file) else {
                continue;
            };
            let scope = module.ast.class(*class).scope;
            let mut names: Vec<_> = module.bindings[scope.0 as usize].iter().collect();
            names.sort_by(|a, b| a.0.cmp(b.0));
            for (name, bindings) in names {
                let Some(Bound::Value(value)) = bindings.last().map(|it| &it.what) else {
                    continue;
                };
                fields.set(name.clone(), self.field_default(*file, *value), true);
            }
        }
        fields
    }

    /// The default of a field; `Field(default=30)` is 30.
    fn field_default(&self, file: FileId, value: crate::syntax::python::ExprId) -> Seen {
        let seen = self.value(file, value);
        let Value::Made(made) = &seen.value else {
            return seen;
        };
        if !made.path.ends_with(".Field") {
            return seen;
        }
        match self.lookup(self.keywords(&made.site, None).get("default"), seen.at) {
            Some(default) => default,
            None => Seen::unknown("a field without a default", seen.at),
        }
    }

    /// The place of a keyword argument, from its name on; `None` when the call does not write it.
    #[must_use]
    pub fn keyword_span(&self, site: &Site, name: &str) -> Option<Span> {
        let arg = crate::model::python::keyword(self.args(site)?, name)?;
        Some(Span {
            file: site.file,
            start: arg.start,
            end: arg.end,
        })
    }

    /// Where the dicts were made that a call spreads into its arguments, unless they are written in
    /// the call itself.
    #[must_use]
    pub fn spread_from(&self, site: &Site) -> Vec<Span> {
        let args = self.args(site).unwrap_or_default().iter();
        let spreads = args.filter(|it| it.kind == ArgKind::DoubleStar);
        let made = spreads.filter_map(|it| {
            let seen = self.eval(site.file, it.value, site.frame.as_ref());
            let is_written = matches!(seen.value, Value::Dict(_));
            (is_written && seen.at != self.span(site.file, it.value)).then_some(seen.at)
        });
        made.collect()
    }

    /// The place of what a call calls.
    #[must_use]
    pub fn callee_span(&self, site: &Site) -> Span {
        match self
            .project
            .module(site.file)
            .map(|it| it.ast.kind(site.call))
        {
            Some(ExprKind::Call { callee, .. }) => self.span(site.file, *callee),
            _ => self.span(site.file, site.call),
        }
    }
}

fn class_instance(class: ClassId, file: FileId, site: &Site) -> Seen {
    let instance = crate::project::value::Instance {
        file,
        class,
        site: Some(site.clone()),
    };
    let at = Span {
        file: site.file,
        start: 0,
        end: 0,
    };
    Seen {
        value: Value::Instance(Rc::new(instance)),
        at,
    }
}

/// Whether a method runs another one of its object that its class does not replace:
/// `self.embed_query(text)`.
fn asks_itself(module: &Module, class: ClassId, function: FunctionId) -> bool {
    let ast = &module.ast;
    let scope = ast.class(class).scope;
    let this = ast.function(function).params.first();
    let mut calls = module.method_calls();
    this.is_some_and(|this| {
        calls.any(|it| {
            ast.function_of(ast.expr(it.call).scope) == Some(function)
                && matches!(ast.kind(it.on), ExprKind::Name(name) if *name == this.name)
                && RUN_METHODS.contains(&it.name.as_str())
                && module.bindings(scope, it.name).is_empty()
        })
    })
}
