//! What a call gives: functions entered with their arguments, and parameters by agreement of callers.

use std::rc::Rc;

use smol_str::SmolStr;

use super::conditions::Told;
use super::dicts::as_dict;
use super::{CUT, Entered, FRAMES, Resolver, each};
use crate::model::python::{Module, keyword, positional};
use crate::project::value::{
    Derived, Dict, Frame, Instance, List, Lookup, Made, Seen, Site, Value,
};
use crate::source::{FileId, Span};
use crate::syntax::python::{
    Arg, ArgKind, ClassId, ExprId, ExprKind, Function, FunctionId, ParamKind,
};

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

impl Resolver<'_> {
    pub(super) fn call(
        &self,
        file: FileId,
        expr: ExprId,
        callee: ExprId,
        _args: &[Arg],
        frame: Option<&Rc<Frame>>,
    ) -> Seen {
        let site = Self::site(file, expr, frame);
        let target = self.eval(file, callee, frame);
        each(&target, |it| self.apply(it, &site, None))
    }

    /// What calling a value gives.
    pub(super) fn apply(&self, target: &Seen, site: &Site, partial: Option<&Site>) -> Seen {
        let at = self.span(site.file, site.call);
        match &target.value {
            Value::External(path) => self.library_call(path, site, partial),
            Value::Function(file, function, outer) => {
                self.enter(*file, *function, site, None, outer.as_ref(), partial)
            }
            Value::BoundMethod(this, file, function) => {
                self.enter(*file, *function, site, Some(this), None, partial)
            }
            Value::Class(file, class) => {
                let instance = Instance {
                    file: *file,
                    class: *class,
                    site: Some(site.clone()),
                };
                Seen {
                    value: Value::Instance(Rc::new(instance)),
                    at,
                }
            }
            Value::Partial(inner, given) if partial.is_none() => {
                self.apply(inner, site, Some(given))
            }
            Value::Member(of, name) => self.member_call(of, name, site),
            Value::Instance(_) => {
                let method = self.member(target, "__call__", at);
                match &method.value {
                    Value::BoundMethod(..) => self.apply(&method, site, partial),
                    _ => Seen::unknown("an object that is called", at),
                }
            }
            Value::Made(_) | Value::Derived(_) | Value::Chain(_) => {
                Self::derived(target, "__call__", site, at)
            }
            Value::OneOf(_) => each(target, |it| self.apply(it, site, partial)),
            Value::Unknown(why) => Seen::unknown(why, at),
            _ => Seen::unknown("a call of something that is no function", at),
        }
    }

    pub(super) fn derived(of: &Seen, method: &str, site: &Site, at: Span) -> Seen {
        let derived = Derived {
            of: of.clone(),
            method: method.into(),
            site: site.clone(),
        };
        Seen {
            value: Value::Derived(Rc::new(derived)),
            at,
        }
    }

    pub(super) fn made(path: &SmolStr, site: &Site, partial: Option<&Site>, at: Span) -> Seen {
        let made = Made {
            path: path.clone(),
            site: site.clone(),
            partial: partial.cloned(),
        };
        Seen {
            value: Value::Made(Rc::new(made)),
            at,
        }
    }

    /// What a function of the project returns for the arguments of one call.
    fn enter(
        &self,
        file: FileId,
        function: FunctionId,
        site: &Site,
        this: Option<&Seen>,
        outer: Option<&Rc<Frame>>,
        partial: Option<&Site>,
    ) -> Seen {
        let entered = Entered {
            file,
            function,
            site: Some(site),
            partial,
            this,
            outer,
        };
        let at = self.span(site.file, site.call);
        self.returned(file, function, &self.frame(entered), at)
    }

    /// The function that calling a value enters, in a frame of that call.
    pub(in crate::project) fn entered(
        &self,
        target: &Seen,
        site: &Site,
    ) -> Option<((FileId, FunctionId), Rc<Frame>)> {
        let (target, partial) = match &target.value {
            Value::Partial(inner, given) => (&**inner, Some(given)),
            _ => (target, None),
        };
        let (file, function, this, outer) = match &target.value {
            Value::Function(file, function, outer) => (*file, *function, None, outer.as_ref()),
            Value::BoundMethod(this, file, function) => (*file, *function, Some(&**this), None),
            _ => return None,
        };
        let entered = Entered {
            file,
            function,
            site: Some(site),
            partial,
            this,
            outer,
        };
        Some(((file, function), self.frame(entered)))
    }

    /// What a name of a module stands for when a platform runs it: of a function, what that returns
    /// for arguments that nobody knows.
    pub(in crate::project) fn served(&self, file: FileId, name: &str, at: Span) -> Option<Seen> {
        let seen = self.exported(file, name, at)?;
        let Value::Function(file, function, outer) = &seen.value else {
            return Some(seen);
        };
        let frame = self.frame(Entered {
            file: *file,
            function: *function,
            site: None,
            partial: None,
            this: None,
            outer: outer.as_ref(),
        });
        Some(self.returned(*file, *function, &frame, at))
    }

    /// What a function returns in a frame.
    pub(super) fn returned(
        &self,
        file: FileId,
        function: FunctionId,
        frame: &Rc<Frame>,
        at: Span,
    ) -> Seen {
        let Some(module) = self.module(file) else {
            return Seen::unknown("in a file that was not parsed", at);
        };
        let why = "a function that calls itself, or calls too deep";
        if self.entered.get() >= FRAMES {
            self.back.set(CUT);
            return Seen::unknown(why, at);
        }
        let question = (file, ExprId(u32::MAX - 2), function.0);
        let (seen, _) = self.once(question, self.between(), || {
            self.entered.set(self.entered.get() + 1);
            let seen = self.result(file, module, function, frame, at);
            self.entered.set(self.entered.get() - 1);
            seen
        });
        seen.unwrap_or_else(|| Seen::unknown(why, at))
    }

    fn result(
        &self,
        file: FileId,
        module: &Module,
        function: FunctionId,
        frame: &Rc<Frame>,
        at: Span,
    ) -> Seen {
        let own = module.ast.function(function);
        if let Some(result) = own.result {
            self.eval(file, result, Some(frame))
        } else if own.is_generator {
            self.yielded(file, own, frame, at)
        } else {
            let none = Vec::new();
            let returns = module.returns.get(&function).unwrap_or(&none);
            let mut values = Vec::new();
            for (stmt, value) in returns {
                let certain = self.gets_to(file, *stmt, None, Some(frame), Told::Certainly);
                if certain == Some(false) {
                    continue;
                }
                values.push(match value {
                    Some(value) => self.eval(file, *value, Some(frame)),
                    None => Seen {
                        value: Value::None,
                        at,
                    },
                });
                if certain == Some(true) {
                    break;
                }
            }
            if values.is_empty() && returns.is_empty() {
                values.push(Seen {
                    value: Value::None,
                    at,
                });
            }
            Seen::one_of(values, at)
        }
    }

    /// What a generator that is a context manager or a dependency hands out.
    fn yielded(&self, file: FileId, own: &Function, frame: &Rc<Frame>, at: Span) -> Seen {
        let Some(module) = self.module(file) else {
            return Seen::unknown("in a file that was not parsed", at);
        };
        let managed = own.decorators.iter().any(|it| {
            let name = module.ast.last_name(*it).map_or("", SmolStr::as_str);
            matches!(name, "contextmanager" | "asynccontextmanager")
        });
        let yields = module.ast.exprs.iter().filter_map(|it| match it.kind {
            ExprKind::Yield(Some(value)) if it.scope == own.scope => Some(value),
            _ => None,
        });
        if !managed {
            return Seen::unknown("a generator", at);
        }
        Seen::one_of(
            yields.map(|it| self.eval(file, it, Some(frame))).collect(),
            at,
        )
    }

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

    /// The arguments of a call.
    #[must_use]
    pub fn args(&self, site: &Site) -> Option<&[Arg]> {
        match self.module(site.file)?.ast.kind(site.call) {
            ExprKind::Call { args, .. } => Some(args),
            _ => None,
        }
    }

    /// The keyword arguments of a call as a dict, spreads and partial application included.
    #[must_use]
    pub fn keywords(&self, site: &Site, partial: Option<&Site>) -> Dict {
        let mut dict = match partial {
            Some(partial) => self.keywords(partial, None),
            None => Dict::default(),
        };
        let mut named = Vec::new();
        for arg in self.args(site).unwrap_or_default() {
            match &arg.kind {
                ArgKind::Keyword(name) => {
                    let value = self.entry(site.file, name, arg.value, site.frame.as_ref());
                    named.push((name.clone(), value));
                }
                ArgKind::DoubleStar => {
                    let spread = self.eval(site.file, arg.value, site.frame.as_ref());
                    dict.merge(&as_dict(&spread), true);
                }
                ArgKind::Positional | ArgKind::Star => {}
            }
        }
        // A keyword that is written beside a spread cannot be in it: Python would refuse the call.
        for (name, value) in named {
            dict.set(name, value, true);
        }
        dict
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

/// Whether a function carries a decorator of that last name.
pub(super) fn has_decorator(
    ast: &crate::syntax::python::Ast,
    function: &Function,
    name: &str,
) -> bool {
    function.decorators.iter().any(|it| {
        let callee = match ast.kind(*it) {
            ExprKind::Call { callee, .. } => *callee,
            _ => *it,
        };
        ast.last_name(callee).is_some_and(|it| it == name)
    })
}
