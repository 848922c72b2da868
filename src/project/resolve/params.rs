//! What parameters hold: what all callers agree on, else what the function itself says.

use std::rc::Rc;

use smol_str::SmolStr;

use super::Resolver;
use super::calls::has_decorator;
use crate::model::python::{keyword, positional};
use crate::project::value::{Dict, Frame, Instance, List, Lookup, Seen, Site, Value};
use crate::source::{FileId, Span};
use crate::syntax::python::{ArgKind, ClassId, ExprId, ExprKind, Function, FunctionId, ParamKind};

/// Decorators that leave parameters and result of a function as they are.
const TRANSPARENT: &[&str] = &[
    "staticmethod",
    "classmethod",
    "property",
    "cached_property",
    "lru_cache",
    "cache",
    "wraps",
    "abstractmethod",
    "override",
    "traceable",
    "retry",
    "contextmanager",
    "asynccontextmanager",
    "cache_resource",
    "cache_data",
    "computed_field",
    "deprecated",
    "overload",
    "on_exception",
    "observe",
    "timeit",
    "log_call",
    "singleton",
    "final",
];

/// The calls of one function, as far as they are known.
#[derive(Debug, Default)]
pub struct Callers {
    /// The calls; the flag tells whether the object is passed besides the arguments.
    pub sites: Vec<(Site, bool)>,
    /// Whether there can be no others.
    pub complete: bool,
}

/// How many places of one name are looked at before the callers count as unknown.
const CANDIDATES: usize = 300;

impl Resolver<'_> {
    /// The value of a parameter.
    pub(super) fn param(
        &self,
        file: FileId,
        function: FunctionId,
        index: usize,
        frame: Option<&Rc<Frame>>,
        at: Span,
    ) -> Seen {
        let Some(module) = self.module(file) else {
            return Seen::unknown("in a file that was not parsed", at);
        };
        let own = module.ast.function(function);
        let class = module.ast.class_of(function);
        let is_static = has_decorator(&module.ast, own, "staticmethod");
        let has_this = class.is_some() && !is_static;
        if let Some(frame) = frame.filter(|it| it.function == function && it.file == file) {
            if let (0, true, Some(this)) = (index, has_this, &frame.this) {
                return this.clone();
            }
            if let Some(site) = &frame.site {
                let bound = has_this && frame.this.is_some();
                let passed = self.passed(own, index, site, frame.partial.as_ref(), bound);
                return self.or_default(file, own, index, passed, at);
            }
        }
        if let (0, true, Some(class)) = (index, has_this, class) {
            // `self` or `cls` of a method nobody was seen calling.
            let value = if has_decorator(&module.ast, own, "classmethod") {
                Value::Class(file, class)
            } else {
                let site = None;
                Value::Instance(Rc::new(Instance { file, class, site }))
            };
            return Seen { value, at };
        }
        self.agreed(file, function, index, at)
    }

    /// The value of a parameter when it was passed or not.
    fn or_default(
        &self,
        file: FileId,
        own: &Function,
        index: usize,
        passed: Lookup,
        at: Span,
    ) -> Seen {
        let default = || match own.params[index].default {
            Some(default) => self.eval(file, default, None),
            None => Seen::unknown("an argument that is not passed", at),
        };
        match passed {
            Lookup::Given(seen) => seen,
            Lookup::Missing => default(),
            Lookup::Maybe(seen) => Seen::one_of(vec![seen, default()], at),
            Lookup::Unknown(why) => Seen::unknown(why, at),
        }
    }

    /// What the callers of a function pass for a parameter, all of them together.
    fn agreed(&self, file: FileId, function: FunctionId, index: usize, at: Span) -> Seen {
        let Some(module) = self.module(file) else {
            return Seen::unknown("in a file that was not parsed", at);
        };
        let own = module.ast.function(function);
        let callers = self.callers(file, function);
        let mut values = Vec::new();
        for (site, bound) in &callers.sites {
            let passed = self.passed(own, index, site, None, *bound);
            values.push(self.or_default(file, own, index, passed, at));
        }
        if !callers.complete || values.is_empty() {
            if values.is_empty()
                && let Some(default) = own.params[index].default
            {
                let default = self.eval(file, default, None);
                // A number says what callers are meant to pass.
                if default.number().is_some_and(|it| it > 0.0) {
                    return default;
                }
                values.push(default);
                values.push(self.annotated(file, own, index, at));
                return Seen::one_of(values, at);
            }
            values.push(self.annotated(file, own, index, at));
        }
        known_callers(values, at)
    }

    /// What callers that are not known pass: an object of the class that the parameter's annotation
    /// names, if it is one of the project's.
    fn annotated(&self, file: FileId, own: &Function, index: usize, at: Span) -> Seen {
        let unknown = Seen::unknown("callers that are not known", at);
        let (Some(module), Some(annotation)) = (self.module(file), own.params[index].annotation)
        else {
            return unknown;
        };
        let plain = matches!(
            module.ast.kind(annotation),
            ExprKind::Name(_) | ExprKind::Attribute { .. }
        );
        if !plain {
            return unknown;
        }
        match self.value(file, annotation).value {
            Value::Class(file, class) => {
                let site = None;
                Seen {
                    value: Value::Instance(Rc::new(Instance { file, class, site })),
                    at,
                }
            }
            _ => unknown,
        }
    }

    /// What one call passes for a parameter.
    fn passed(
        &self,
        own: &Function,
        index: usize,
        site: &Site,
        partial: Option<&Site>,
        bound: bool,
    ) -> Lookup {
        let at = self.span(site.file, site.call);
        let param = &own.params[index];
        let Some(args) = self.args(site) else {
            return Lookup::Unknown("a call in a file that was not parsed");
        };
        match param.kind {
            ParamKind::Star => {
                let list = List {
                    items: Vec::new(),
                    open: true,
                };
                Lookup::Given(Seen {
                    value: Value::List(Rc::new(list)),
                    at,
                })
            }
            ParamKind::DoubleStar => {
                let mut dict = self.keywords(site, partial);
                let named = own
                    .params
                    .iter()
                    .filter(|it| it.kind != ParamKind::DoubleStar);
                for other in named {
                    dict.remove(&other.name, true);
                }
                Lookup::Given(Seen {
                    value: Value::Dict(Rc::new(dict)),
                    at,
                })
            }
            ParamKind::Plain | ParamKind::KeywordOnly => {
                let position = index.checked_sub(usize::from(bound));
                if param.kind == ParamKind::Plain
                    && let Some(position) = position
                {
                    let shift = partial.and_then(|it| self.args(it)).map_or(0, |it| {
                        it.iter()
                            .filter(|arg| arg.kind == ArgKind::Positional)
                            .count()
                            - 1
                    });
                    if let Some(arg) = position
                        .checked_sub(shift)
                        .and_then(|it| positional(args, it))
                    {
                        return Lookup::Given(self.eval(site.file, arg.value, site.frame.as_ref()));
                    }
                    let spread = args.iter().position(|it| it.kind == ArgKind::Star);
                    if spread.is_some_and(|it| it <= position)
                        && keyword(args, &param.name).is_none()
                    {
                        return Lookup::Unknown("spread from a list");
                    }
                }
                self.keywords(site, partial).get(&param.name)
            }
        }
    }

    /// The calls of a function anywhere in the project.
    #[must_use]
    pub fn callers(&self, file: FileId, function: FunctionId) -> Rc<Callers> {
        if let Some(known) = self.sites.borrow().get(&(file, function)) {
            return Rc::clone(known);
        }
        // Whoever asks again while this is being answered gets the honest "not all are known".
        self.sites
            .borrow_mut()
            .insert((file, function), Rc::default());
        let callers = Rc::new(self.find_callers(file, function));
        self.sites
            .borrow_mut()
            .insert((file, function), Rc::clone(&callers));
        callers
    }

    fn find_callers(&self, file: FileId, function: FunctionId) -> Callers {
        let Some(module) = self.module(file) else {
            return Callers::default();
        };
        let own = module.ast.function(function);
        let class = module.ast.class_of(function);
        let mut callers = Callers {
            sites: Vec::new(),
            complete: true,
        };
        let constructor = own.name == "__init__";
        let name = match class {
            Some(class) if constructor => module.ast.class(class).name.clone(),
            _ => own.name.clone(),
        };
        let decorated = own.decorators.iter().any(|it| {
            let callee = match module.ast.kind(*it) {
                ExprKind::Call { callee, .. } => *callee,
                _ => *it,
            };
            let name = module.ast.last_name(callee).map_or("", SmolStr::as_str);
            !TRANSPARENT.contains(&name)
        });
        // Someone else may call it: a framework, whoever it is handed to, a dunder's protocol.
        if decorated
            || name.is_empty()
            || self.project.is_passed_around(&name)
            || (own.name.starts_with("__") && !constructor)
        {
            callers.complete = false;
        }
        let mut candidates = self.project.calls_named(&name);
        if constructor {
            candidates.extend_from_slice(self.project.inits_of_subclasses(&name));
            let own = self.project.calls_named("cls").into_iter();
            candidates.extend(own.filter(|it| it.0 == file));
            for heir in self.project.heirs(&name) {
                candidates.extend(self.project.calls_named(heir));
                callers.complete &= !self.project.is_passed_around(heir);
            }
        }
        if candidates.len() > CANDIDATES {
            callers.complete = false;
            candidates.truncate(CANDIDATES);
        }
        for (site_file, call) in candidates {
            self.judge_caller(file, function, class, (site_file, call), &mut callers);
        }
        callers
    }

    /// Adds a call when it is one of the function's, and notes when that cannot be told.
    fn judge_caller(
        &self,
        file: FileId,
        function: FunctionId,
        class: Option<ClassId>,
        (site_file, call): (FileId, ExprId),
        callers: &mut Callers,
    ) {
        let Some(ast) = self.module(site_file).map(|it| &it.ast) else {
            return;
        };
        let ExprKind::Call { callee, .. } = ast.kind(call) else {
            return;
        };
        let target = self.value(site_file, *callee);
        for it in target.alternatives() {
            let bound = match &it.value {
                Value::Function(f, id, _) if (*f, *id) == (file, function) => Some(false),
                Value::BoundMethod(_, f, id) if (*f, *id) == (file, function) => Some(true),
                Value::Class(f, c) => {
                    let init = self.method(*f, *c, "__init__");
                    (class.is_some() && init == Some((file, function))).then_some(true)
                }
                Value::Unknown(_) => {
                    // Another object's method of the same name: it may be ours.
                    callers.complete &= matches!(ast.kind(*callee), ExprKind::Name(_));
                    None
                }
                _ => None,
            };
            if let Some(bound) = bound {
                callers
                    .sites
                    .push((Self::site(site_file, call, None), bound));
            }
        }
    }
}

/// What several callers pass: one that nobody can read does not undo what the others say.
fn known_callers(mut values: Vec<Seen>, at: Span) -> Seen {
    let tells = |it: &Seen| match &it.value {
        Value::Unknown(_) => false,
        Value::Dict(dict) => dict.open.is_none(),
        _ => true,
    };
    if values.iter().any(tells) {
        for it in values.iter_mut().filter(|it| !tells(it)) {
            it.value = match &it.value {
                Value::Dict(dict) => Value::Dict(Rc::new(Dict {
                    entries: dict.entries.clone(),
                    open: None,
                    later: Some(it.at),
                    dropped: dict.dropped.clone(),
                })),
                _ => Value::Later,
            };
        }
    }
    Seen::one_of(values, at)
}
