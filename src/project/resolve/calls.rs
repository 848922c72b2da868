//! What a call gives: functions entered with their arguments, classes built, methods bound.

use std::rc::Rc;

use smol_str::SmolStr;

use super::conditions::Told;
use super::dicts::as_dict;
use super::{CUT, Entered, FRAMES, Resolver, each};
use crate::model::python::Module;
use crate::project::value::{Derived, Dict, Frame, Instance, Made, Seen, Site, Value};
use crate::source::{FileId, Span};
use crate::syntax::python::{Arg, ArgKind, ExprId, ExprKind, Function, FunctionId};

impl Resolver<'_> {
    /// What a call that is written in a file gives.
    pub(super) fn call(
        &self,
        file: FileId,
        expr: ExprId,
        callee: ExprId,
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
        Some(self.returned_to_anybody(&seen, at).unwrap_or(seen))
    }

    /// What a function of the project returns for arguments that nobody knows; `None` for anything
    /// else.
    pub(in crate::project) fn returned_to_anybody(&self, seen: &Seen, at: Span) -> Option<Seen> {
        let Value::Function(file, function, outer) = &seen.value else {
            return None;
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
