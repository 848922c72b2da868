//! Calls of the standard library, and of methods of plain values, whose result can be told.

use std::rc::Rc;

use smol_str::SmolStr;

use super::files::READERS;
use super::filters::is_unset;
use super::{Resolver, each};
use crate::model::python::{keyword, positional};
use crate::project::value::{Env, EnvDefault, Lookup, Seen, Site, Value};
use crate::source::Span;
use crate::syntax::python::ScopeKind;

impl Resolver<'_> {
    /// What calling something of a library gives.
    pub(super) fn library_call(&self, path: &SmolStr, site: &Site, partial: Option<&Site>) -> Seen {
        let at = self.span(site.file, site.call);
        if let Some(kept) = self.kept_for(path, site, at) {
            return kept;
        }
        match path.as_str() {
            "os.getenv" | "os.environ.get" | "os.environ.setdefault" => self.env(site, at),
            "decouple.config" => self.config(site, self.named(site, "cast").is_some(), at),
            "builtins.int" | "builtins.float" | "builtins.round" | "builtins.abs" => {
                self.number(path, site, at)
            }
            "builtins.dict" | "collections.OrderedDict" => self.dict_call(site, at),
            "builtins.str" | "typing.cast" | "copy.copy" | "copy.deepcopy" | "builtins.list"
            | "builtins.tuple" | "builtins.set" | "builtins.frozenset" | "inspect.unwrap" => {
                let index = usize::from(path == "typing.cast");
                self.argument(site, index)
                    .unwrap_or_else(|| Seen::unknown("a call that is not followed", at))
            }
            "builtins.min" | "builtins.max" => self.extreme(path == "builtins.min", site, at),
            "builtins.getattr" => self.getattr(site, at),
            "builtins.super" => self.superclass(site, at),
            "functools.partial" | "functools.partialmethod" => match self.argument(site, 0) {
                Some(inner) => Seen {
                    value: Value::Partial(Rc::new(inner), site.clone()),
                    at,
                },
                None => Seen::unknown("a call that is not followed", at),
            },
            "functools.lru_cache" | "functools.cache" | "functools.wraps" => self
                .argument(site, 0)
                .unwrap_or_else(|| Seen::unknown("a decorator", at)),
            "importlib.import_module" | "builtins.__import__" => {
                let unknown = || Seen::unknown("a module whose name is not known", at);
                self.argument(site, 0).map_or_else(unknown, |names| {
                    each(&names, |it| match it.text() {
                        Some(name) => self.module_value(site.file, 0, name, at),
                        None => unknown(),
                    })
                })
            }
            "dataclasses.asdict" | "builtins.vars" => match self.argument(site, 0) {
                Some(of) => match &of.value {
                    Value::Instance(instance) => {
                        let dict = self.dump(&of, instance, at);
                        Seen {
                            value: Value::Dict(Rc::new(dict)),
                            at,
                        }
                    }
                    _ => Seen::unknown("an object's fields", at),
                },
                None => Seen::unknown("a call that is not followed", at),
            },
            "builtins.locals" | "builtins.globals" | "builtins.eval" | "builtins.next" => {
                Seen::unknown("made while the program runs", at)
            }
            path if READERS.contains(&path) => self.file_contents(site, at),
            _ => Self::made(path, site, partial, at),
        }
    }

    /// A positional argument of a call.
    #[must_use]
    pub fn argument(&self, site: &Site, index: usize) -> Option<Seen> {
        let arg = positional(self.args(site)?, index)?;
        Some(self.eval(site.file, arg.value, site.frame.as_ref()))
    }

    fn named(&self, site: &Site, name: &str) -> Option<Seen> {
        let arg = keyword(self.args(site)?, name)?;
        Some(self.eval(site.file, arg.value, site.frame.as_ref()))
    }

    /// `os.getenv(name, default)`.
    fn env(&self, site: &Site, at: Span) -> Seen {
        let name = self
            .argument(site, 0)
            .and_then(|it| it.text().cloned())
            .unwrap_or_default();
        let default = self
            .argument(site, 1)
            .or_else(|| self.named(site, "default"));
        let default = default.unwrap_or(Seen {
            value: Value::None,
            at,
        });
        let env = Env {
            name,
            default: EnvDefault::Is(default),
            number: false,
            text: true,
        };
        Seen {
            value: Value::Env(Rc::new(env)),
            at,
        }
    }

    /// `config("NAME", default=…)` and `env.float("NAME", 30)`, as several small libraries have it:
    /// without a default the variable must be there.
    fn config(&self, site: &Site, number: bool, at: Span) -> Seen {
        let name = self
            .argument(site, 0)
            .and_then(|it| it.text().cloned())
            .unwrap_or_default();
        let default = self
            .named(site, "default")
            .or_else(|| self.argument(site, 1));
        let default = default.map_or(EnvDefault::Required, EnvDefault::Is);
        let env = Env {
            name,
            default,
            number,
            text: false,
        };
        Seen {
            value: Value::Env(Rc::new(env)),
            at,
        }
    }

    /// `int(x)` and `float(x)`.
    fn number(&self, path: &str, site: &Site, at: Span) -> Seen {
        let Some(of) = self.argument(site, 0) else {
            return Seen {
                value: Value::Int(0),
                at,
            };
        };
        let whole = path != "builtins.float";
        each(&of, |it| number_of(it, whole, at))
    }

    fn extreme(&self, smallest: bool, site: &Site, at: Span) -> Seen {
        let args = self.args(site).unwrap_or_default();
        let all: Option<Vec<Seen>> = (0..args.len()).map(|it| self.argument(site, it)).collect();
        let all = all.unwrap_or_default();
        let known: Vec<(f64, &Seen)> = all
            .iter()
            .filter_map(|it| Some((it.number()?, it)))
            .collect();
        let order = |a: &&(f64, &Seen), b: &&(f64, &Seen)| a.0.total_cmp(&b.0);
        let best = if smallest {
            known.iter().min_by(order)
        } else {
            known.iter().max_by(order)
        };
        match best {
            // The smallest is at most the smallest one known, which is all a bound has to say.
            Some((_, seen)) if smallest || known.len() == all.len() => Seen {
                value: seen.value.clone(),
                at,
            },
            _ => Seen::unknown("an operation on something unknown", at),
        }
    }

    fn getattr(&self, site: &Site, at: Span) -> Seen {
        let (Some(of), Some(name)) = (self.argument(site, 0), self.argument(site, 1)) else {
            return Seen::unknown("a call that is not followed", at);
        };
        // Which of several modules goes with which of several names is not told; what is none is
        // nobody's.
        let found = each(&name, |name| match name.text() {
            Some(name) => each(&of, |it| self.member(it, name, at)),
            None => Seen::unknown("an attribute whose name is not known", at),
        });
        match (&found.value, self.argument(site, 2)) {
            (Value::Unknown(why), Some(default)) => {
                Seen::one_of(vec![default, Seen::unknown(why, at)], at)
            }
            _ => found,
        }
    }

    /// `super()` inside a method.
    fn superclass(&self, site: &Site, at: Span) -> Seen {
        let unknown = Seen::unknown("super() outside a method", at);
        let Some(module) = self.project.module(site.file) else {
            return unknown;
        };
        let scope = module.ast.expr(site.call).scope;
        let Some(function) = module.ast.function_of(scope) else {
            return unknown;
        };
        let outer = module.ast.function(function).outer;
        let ScopeKind::Class(class) = module.ast.scope(outer).kind else {
            return unknown;
        };
        let this = self.param(site.file, function, 0, site.frame.as_ref(), at);
        Seen {
            value: Value::Super(Rc::new(this), site.file, class),
            at,
        }
    }

    /// What calling a method of a plain value, or of something of a library, gives.
    pub(super) fn member_call(&self, of: &Seen, name: &str, site: &Site) -> Seen {
        let at = self.span(site.file, site.call);
        match (&of.value, name) {
            (Value::Dict(dict), "get" | "pop" | "setdefault") => self.dict_get(dict, site, at),
            (Value::Dict(_) | Value::List(_), "copy")
            | (Value::Env(_), "strip" | "lower" | "rstrip") => of.clone(),
            (Value::Dict(_) | Value::List(_), "update" | "append" | "extend" | "clear") => Seen {
                value: Value::None,
                at,
            },
            (Value::Str(text), _) => self.text_method(text, name, site),
            (Value::Text(_), _) => Seen::unknown("text that is made", at),
            (Value::Instance(instance), "model_dump" | "dict" | "_asdict" | "to_dict") => {
                self.dumped(of, instance, site, at)
            }
            (Value::Instance(_), "model_copy" | "copy") => {
                Seen::unknown("a copy with other fields", at)
            }
            (Value::Made(made), _) if made.path == "environs.Env" => {
                self.config(site, matches!(name, "int" | "float"), at)
            }
            _ => Self::derived(of, name, site, at),
        }
    }

    /// `.model_dump(exclude=…, exclude_none=…, by_alias=…)`.
    fn dumped(
        &self,
        of: &Seen,
        instance: &Rc<crate::project::value::Instance>,
        site: &Site,
        at: Span,
    ) -> Seen {
        let mut dict = self.dump(of, instance, at);
        if self.named(site, "by_alias").is_some() {
            dict.open = dict.open.or(Some("fields under their aliases"));
        }
        if let Some(excluded) = self.named(site, "exclude") {
            match &excluded.value {
                Value::List(list) if !list.open => {
                    for key in list.items.iter().filter_map(Seen::text) {
                        dict.remove(key, true);
                    }
                }
                _ => dict.entries.iter_mut().for_each(|it| it.certain = false),
            }
        }
        let trims = ["exclude_none", "exclude_unset", "exclude_defaults"];
        if trims.iter().any(|it| self.named(site, it).is_some()) {
            for entry in dict.entries.iter().filter(|it| is_unset(&it.value)) {
                if !matches!(entry.value.value, Value::None) {
                    dict.later = dict.later.or(Some(entry.value.at));
                }
            }
            dict.entries.retain(|it| !is_unset(&it.value));
            let unset = self.named(site, "exclude_unset").is_some();
            for entry in &mut dict.entries {
                entry.certain &= !unset && entry.value.number().is_some();
            }
        }
        Seen {
            value: Value::Dict(Rc::new(dict)),
            at,
        }
    }

    /// What a dict says of a key, as a value; `None` when the key is missing.
    pub fn lookup(&self, lookup: Lookup, at: Span) -> Option<Seen> {
        match lookup {
            Lookup::Given(seen) => Some(seen),
            Lookup::Maybe(_) => Some(Seen::unknown("there under a condition", at)),
            Lookup::Missing => None,
            Lookup::Unknown(why) => Some(Seen::unknown(why, at)),
        }
    }
}

/// The number that `int()` or `float()` makes of a value.
fn number_of(of: &Seen, whole: bool, at: Span) -> Seen {
    match &of.value {
        Value::Int(_) | Value::Float(_) => of.clone(),
        Value::Str(text) => match text.trim().parse::<f64>() {
            // Only a whole number in range comes out of `int()`.
            #[allow(clippy::cast_possible_truncation)]
            Ok(number) if whole => Seen {
                value: Value::Int(number as i64),
                at: of.at,
            },
            Ok(number) => Seen {
                value: Value::Float(number),
                at: of.at,
            },
            Err(_) => Seen::unknown("no number", at),
        },
        Value::Env(env) => {
            let default = match &env.default {
                EnvDefault::Required => EnvDefault::Required,
                EnvDefault::Is(default) => match &default.value {
                    // `float(None)` raises: a missing variable does not get this far.
                    Value::None => EnvDefault::Required,
                    _ => EnvDefault::Is(number_of(default, whole, at)),
                },
            };
            let env = Env {
                name: env.name.clone(),
                default,
                number: true,
                text: false,
            };
            Seen {
                value: Value::Env(Rc::new(env)),
                at: of.at,
            }
        }
        _ => Seen::unknown("a number made of something unknown", at),
    }
}
