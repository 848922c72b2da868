//! Attributes of modules, classes and objects: properties, methods, bases.

use std::rc::Rc;

use smol_str::SmolStr;

use super::calls::has_decorator;
use super::names::target_value;
use super::{Entered, Resolver, each};
use crate::model::python::Bound;
use crate::project::modules::Target;
use crate::project::value::{Env, EnvDefault, Frame, Instance, Seen, Value};
use crate::source::{FileId, Span};
use crate::syntax::python::{ArgKind, ClassId, ExprId, FunctionId};

/// How many classes of a hierarchy are looked at.
const BASES: usize = 24;

/// A class in the order in which Python asks them for an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Base {
    /// A class of the project.
    Own(FileId, ClassId),
    /// A class of a library, by its dotted path.
    Library(SmolStr),
    /// A class that nobody can tell.
    Unknown,
}

impl Resolver<'_> {
    pub(super) fn attribute(
        &self,
        file: FileId,
        expr: ExprId,
        value: ExprId,
        name: &SmolStr,
        frame: Option<&Rc<Frame>>,
    ) -> Seen {
        if let Some(place) = self.place_of(file, expr)
            && let Some(seen) = self.place(file, expr, &place, frame)
        {
            return seen;
        }
        let at = self.span(file, expr);
        let mut of = self.eval(file, value, frame);
        if let Value::OneOf(all) = &of.value {
            // `None` has no attributes: whoever gets here has something else.
            let rest = all.iter().filter(|it| !matches!(it.value, Value::None));
            of = Seen::one_of(rest.cloned().collect(), of.at);
        }
        each(&of, |it| {
            self.kept(file, it, name, at)
                .unwrap_or_else(|| self.member(it, name, at))
        })
    }

    /// An attribute of a value.
    pub(in crate::project) fn member(&self, of: &Seen, name: &str, at: Span) -> Seen {
        match &of.value {
            Value::Module(file) => self
                .exported(*file, name, at)
                .unwrap_or_else(|| Seen::unknown("a name that the module does not bind", at)),
            Value::Namespace(folder) => {
                let target = Target::Namespace(folder.to_string());
                match self.project.layout.member(&target, name) {
                    Some(found) => target_value(&found, at),
                    None => Seen::unknown("a module that is not there", at),
                }
            }
            Value::External(path) => Seen {
                value: Value::External(smol_str::format_smolstr!("{path}.{name}")),
                at,
            },
            Value::Instance(instance) => self.instance_member(of, instance, name, at),
            Value::Class(file, class) => self.class_member(of, *file, *class, name, at),
            Value::Super(this, file, class) => {
                self.super_member(of, this, (*file, *class), name, at)
            }
            // The member of an enum was already read as its value.
            Value::Str(_) | Value::Int(_) if name == "value" => of.clone(),
            Value::Env(env) => match &env.default {
                EnvDefault::Is(group) if matches!(group.value, Value::Instance(_)) => {
                    self.grouped_setting(env, group, name, at)
                }
                _ => Self::unread_member(of, name, at),
            },
            Value::Unknown(why) => Seen::unknown(why, at),
            Value::None => Seen::unknown("an attribute of None", at),
            _ => Self::unread_member(of, name, at),
        }
    }

    fn unread_member(of: &Seen, name: &str, at: Span) -> Seen {
        Seen {
            value: Value::Member(Rc::new(of.clone()), name.into()),
            at,
        }
    }

    /// A setting of a group of settings, `settings.llm.timeout`, which the environment can set by
    /// the names of both, as in `LLM__TIMEOUT`.
    fn grouped_setting(&self, group: &Env, default: &Seen, name: &str, at: Span) -> Seen {
        let seen = self.member(default, name, at);
        let plain = matches!(
            seen.value,
            Value::None | Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Str(_)
        );
        if !plain {
            return seen;
        }
        let env = Env {
            name: smol_str::format_smolstr!("{}__{}", group.name, name.to_uppercase()),
            number: matches!(seen.value, Value::Int(_) | Value::Float(_)),
            default: EnvDefault::Is(seen),
            text: false,
        };
        Seen {
            value: Value::Env(Rc::new(env)),
            at,
        }
    }

    /// The classes that are asked for an attribute, the class itself first.
    #[must_use]
    pub fn bases(&self, file: FileId, class: ClassId) -> Vec<Base> {
        let mut order = vec![Base::Own(file, class)];
        let mut at = 0;
        while at < order.len() && order.len() < BASES {
            if let Base::Own(file, class) = order[at].clone() {
                let mut insert = at + 1;
                for base in self.direct_bases(file, class) {
                    if !order.contains(&base) {
                        order.insert(insert, base);
                        insert += 1;
                    }
                }
            }
            at += 1;
        }
        order
    }

    fn direct_bases(&self, file: FileId, class: ClassId) -> Vec<Base> {
        let Some(module) = self.module(file) else {
            return vec![Base::Unknown];
        };
        let own = module.ast.class(class);
        let mut bases = Vec::new();
        for arg in own.bases.iter().filter(|it| it.kind == ArgKind::Positional) {
            // `Generic[T]` and `Base[int]` are subscripts of the class.
            let seen = self.value(file, arg.value);
            bases.push(match &seen.value {
                Value::Class(f, c) if (*f, *c) != (file, class) => Base::Own(*f, *c),
                Value::External(path) => Base::Library(path.clone()),
                _ => Base::Unknown,
            });
        }
        bases
    }

    /// The function behind a method's name, in the first class that has one.
    #[must_use]
    pub fn method(&self, file: FileId, class: ClassId, name: &str) -> Option<(FileId, FunctionId)> {
        self.bases(file, class)
            .into_iter()
            .find_map(|base| match base {
                Base::Own(file, class) => self.own_function(file, class, name).map(|it| (file, it)),
                _ => None,
            })
    }

    fn own_function(&self, file: FileId, class: ClassId, name: &str) -> Option<FunctionId> {
        let module = self.module(file)?;
        let scope = module.ast.class(class).scope;
        match module.bindings(scope, name).last()?.what {
            Bound::Function(function) => Some(function),
            _ => None,
        }
    }

    fn instance_member(&self, of: &Seen, instance: &Rc<Instance>, name: &str, at: Span) -> Seen {
        let mut library = false;
        let mut unknown = false;
        for base in self.bases(instance.file, instance.class) {
            match base {
                Base::Own(file, class) => {
                    if let Some(seen) = self.own_member(of, instance, (file, class), name, at) {
                        return seen;
                    }
                }
                Base::Library(path) => {
                    library |= !matches!(
                        path.as_str(),
                        "abc.ABC" | "typing.Protocol" | "typing.Generic"
                    );
                }
                Base::Unknown => unknown = true,
            }
        }
        if unknown {
            Seen::unknown("an attribute of an unknown base class", at)
        } else if library {
            Seen {
                value: Value::Member(Rc::new(of.clone()), name.into()),
                at,
            }
        } else {
            Seen::unknown("an attribute that nobody assigns", at)
        }
    }

    /// An attribute of an object, if this class of its hierarchy gives it one.
    fn own_member(
        &self,
        of: &Seen,
        instance: &Rc<Instance>,
        (file, class): (FileId, ClassId),
        name: &str,
        at: Span,
    ) -> Option<Seen> {
        let module = self.module(file)?;
        if let Some(methods) = module.assigned_attributes.get(&(class, name.into())) {
            return Some(self.assigned(of, instance, file, methods, name, at));
        }
        let scope = module.ast.class(class).scope;
        let binding = module.bindings(scope, name).last()?;
        match &binding.what {
            Bound::Function(function) => Some(self.bind_method(of, file, *function, at)),
            Bound::Value(value) => {
                Some(self.field(instance, (file, class), name, Some(*value), at))
            }
            Bound::Declared(_) => Some(self.field(instance, (file, class), name, None, at)),
            _ => Some(self.variable(file, scope, name, None, None, at)),
        }
    }

    /// The values that methods assign to an attribute of their object.
    fn assigned(
        &self,
        of: &Seen,
        instance: &Rc<Instance>,
        file: FileId,
        methods: &[FunctionId],
        name: &str,
        at: Span,
    ) -> Seen {
        let Some(module) = self.module(file) else {
            return Seen::unknown("in a file that was not parsed", at);
        };
        let mut values = Vec::new();
        for function in methods {
            let own = module.ast.function(*function);
            let site = instance.site.clone().filter(|_| own.name == "__init__");
            let entered = Entered {
                file,
                function: *function,
                site: site.as_ref(),
                partial: None,
                this: Some(of),
                outer: None,
            };
            let frame = self.frame(entered);
            let this = own.params.first().map_or("self", |it| it.name.as_str());
            let place = format!("{this}.{name}");
            values.push(self.variable(file, own.scope, &place, None, Some(&frame), at));
        }
        if module.is_set_dynamically(instance.class) {
            let at = values.first().map_or(at, |it| it.at);
            values.push(Seen {
                value: Value::Later,
                at,
            });
        }
        let joined = Seen::one_of(values, at);
        // `self.llm = None` in the constructor only says that it comes later.
        if methods.len() > 1 {
            joined.without_none()
        } else {
            joined
        }
    }

    fn bind_method(&self, of: &Seen, file: FileId, function: FunctionId, at: Span) -> Seen {
        let Some(module) = self.module(file) else {
            return Seen::unknown("in a file that was not parsed", at);
        };
        let own = module.ast.function(function);
        let is = |name| has_decorator(&module.ast, own, name);
        if is("property") || is("cached_property") || is("computed_field") {
            let (site, partial, this, outer) = (None, None, Some(of), None);
            let frame = self.frame(Entered {
                file,
                function,
                site,
                partial,
                this,
                outer,
            });
            return self.returned(file, function, &frame, at);
        }
        if is("staticmethod") {
            return Seen {
                value: Value::Function(file, function, None),
                at,
            };
        }
        let this = match &of.value {
            Value::Instance(it) if is("classmethod") => Seen {
                value: Value::Class(it.file, it.class),
                at: of.at,
            },
            _ => of.clone(),
        };
        Seen {
            value: Value::BoundMethod(Rc::new(this), file, function),
            at,
        }
    }

    fn class_member(&self, of: &Seen, file: FileId, class: ClassId, name: &str, at: Span) -> Seen {
        let mut library = None;
        for base in self.bases(file, class) {
            match base {
                Base::Own(file, class) => {
                    let Some(module) = self.module(file) else {
                        continue;
                    };
                    let scope = module.ast.class(class).scope;
                    let Some(binding) = module.bindings(scope, name).last() else {
                        continue;
                    };
                    if let Bound::Function(function) = binding.what {
                        let own = module.ast.function(function);
                        return if has_decorator(&module.ast, own, "classmethod") {
                            let this = Rc::new(of.clone());
                            Seen {
                                value: Value::BoundMethod(this, file, function),
                                at,
                            }
                        } else {
                            Seen {
                                value: Value::Function(file, function, None),
                                at,
                            }
                        };
                    }
                    return self.variable(file, scope, name, None, None, at);
                }
                Base::Library(path) => library = library.or(Some(path)),
                Base::Unknown => return Seen::unknown("an attribute of an unknown base class", at),
            }
        }
        match library {
            Some(path) => Seen {
                value: Value::External(smol_str::format_smolstr!("{path}.{name}")),
                at,
            },
            None => Seen::unknown("an attribute that the class does not have", at),
        }
    }

    fn super_member(
        &self,
        of: &Seen,
        this: &Seen,
        (file, class): (FileId, ClassId),
        name: &str,
        at: Span,
    ) -> Seen {
        for base in self.bases(file, class).into_iter().skip(1) {
            if let Base::Own(file, class) = base
                && let Some(function) = self.own_function(file, class, name)
            {
                return Seen {
                    value: Value::BoundMethod(Rc::new(this.clone()), file, function),
                    at,
                };
            }
        }
        Seen {
            value: Value::Member(Rc::new(of.clone()), name.into()),
            at,
        }
    }
}
