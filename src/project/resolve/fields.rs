//! Fields that a class lists in its body: of dataclasses, models and settings.

use std::rc::Rc;

use smol_str::SmolStr;

use super::dicts::as_dict;
use super::objects::Base;
use super::{Entered, Resolver};
use crate::model::python::{Bound, keyword, positional};
use crate::project::value::{Dict, Env, EnvDefault, Instance, Lookup, Seen, Site, Value};
use crate::source::{FileId, Span};
use crate::syntax::python::{ClassId, ExprId, ExprKind, StmtKind};

/// Library classes whose subclasses list their fields in the class body.
const FIELD_BASES: &[&str] = &[
    "BaseModel",
    "BaseSettings",
    "NamedTuple",
    "TypedDict",
    "Serializable",
    "RunnableSerializable",
    "BaseTool",
    "BaseChatModel",
    "SimpleChatModel",
    "LLM",
    "BaseLLM",
    "SQLModel",
    "Struct",
    "theflow.Function",
];

/// What a field's declaration says.
struct Field {
    default: Option<Seen>,
    names: Vec<SmolStr>,
    number: bool,
}

impl Resolver<'_> {
    /// The value of a class attribute that may be a field of the object.
    pub(super) fn field(
        &self,
        instance: &Rc<Instance>,
        (file, class): (FileId, ClassId),
        name: &str,
        value: Option<ExprId>,
        at: Span,
    ) -> Seen {
        let fields = self.lists_fields(file, class);
        let info = self.field_info(file, (file, class), name, value, at);
        if !fields {
            return info
                .default
                .unwrap_or_else(|| Seen::unknown("declared without a value", at));
        }
        if let Some(site) = &instance.site {
            let given = match self.method(instance.file, instance.class, "__init__") {
                // `super().__init__(kwargs=kwargs)` sets the fields.
                Some((file, init)) => {
                    let value = Value::Instance(instance.clone());
                    self.handed_on(file, init, &Seen { value, at }, site)
                }
                None => self.keywords(site, None),
            };
            for key in std::iter::once(name).chain(info.names.iter().map(SmolStr::as_str)) {
                match given.get(key) {
                    Lookup::Given(seen) => return seen,
                    Lookup::Maybe(_) | Lookup::Unknown(_) => {
                        return Seen::unknown("a field that may be passed", at);
                    }
                    Lookup::Missing => {}
                }
            }
        }
        if self.is_settings(file, class) {
            return self.setting(name, &info, (file, class), at);
        }
        let default = info
            .default
            .unwrap_or_else(|| Seen::unknown("a field without a default", at));
        if instance.site.is_some() {
            return default;
        }
        // Nobody was seen building this object, so somebody may pass another value.
        let later = Seen {
            value: Value::Later,
            at: default.at,
        };
        Seen::one_of(vec![default, later], at)
    }

    /// A field of a pydantic `BaseSettings`: an environment variable.
    fn setting(&self, name: &str, info: &Field, class: (FileId, ClassId), at: Span) -> Seen {
        let prefix = self.env_prefix(class.0, class.1);
        let name = match info.names.first() {
            Some(alias) => alias.to_uppercase(),
            None => format!("{prefix}{name}").to_uppercase(),
        };
        let default = match &info.default {
            Some(default) => EnvDefault::Is(default.clone()),
            None => EnvDefault::Required,
        };
        let env = Env {
            name: name.into(),
            default,
            number: info.number,
            text: false,
        };
        Seen {
            value: Value::Env(Rc::new(env)),
            at,
        }
    }

    /// What a field's declaration says: `Field(default=30, alias="X")` or a plain value.
    fn field_info(
        &self,
        file: FileId,
        (_, class): (FileId, ClassId),
        name: &str,
        value: Option<ExprId>,
        at: Span,
    ) -> Field {
        let mut field = Field {
            default: None,
            names: Vec::new(),
            number: false,
        };
        field.number = self.annotated_number(file, class, name);
        let Some(value) = value else { return field };
        let Some(module) = self.module(file) else {
            return field;
        };
        let ExprKind::Call { callee, args } = module.ast.kind(value) else {
            field.default = Some(self.value(file, value));
            return field;
        };
        let declares = matches!(
            module.ast.last_name(*callee).map(SmolStr::as_str),
            Some("Field" | "field" | "mapped_column" | "attrib" | "ib" | "Param")
        );
        if !declares {
            field.default = Some(self.value(file, value));
            return field;
        }
        for key in ["validation_alias", "alias", "env"] {
            if let Some(arg) = keyword(args, key) {
                let seen = self.value(file, arg.value);
                field.names.extend(self.alias_names(&seen));
            }
        }
        let default = keyword(args, "default").or_else(|| positional(args, 0));
        if let Some(arg) = default {
            let seen = self.value(file, arg.value);
            // `...` marks a field that must be given.
            field.default = (self.source(file, arg.value) != "...").then_some(seen);
        } else if let Some(factory) = keyword(args, "default_factory") {
            let made = self.value(file, factory.value);
            let site = Site::of(file, value);
            field.default = Some(match &made.value {
                Value::Function(f, id, _) => {
                    let frame = self.frame(Entered {
                        file: *f,
                        function: *id,
                        site: None,
                        partial: None,
                        this: None,
                        outer: None,
                    });
                    self.returned(*f, *id, &frame, at)
                }
                Value::Class(f, c) => {
                    // The factory is called without arguments, unlike the declaration around it.
                    let _ = site;
                    Seen {
                        value: Value::Instance(Rc::new(Instance {
                            file: *f,
                            class: *c,
                            site: None,
                        })),
                        at,
                    }
                }
                Value::External(path) if path == "builtins.dict" => Seen {
                    value: Value::Dict(Rc::new(Dict::default())),
                    at,
                },
                _ => Seen::unknown("made by a factory", at),
            });
        }
        field
    }

    fn alias_names(&self, seen: &Seen) -> Vec<SmolStr> {
        match &seen.value {
            Value::Str(name) => vec![name.clone()],
            Value::List(list) => list
                .items
                .iter()
                .filter_map(|it| it.text().cloned())
                .collect(),
            Value::Made(made) => {
                let args = self.args(&made.site).unwrap_or_default();
                let value =
                    |arg: &crate::syntax::python::Arg| self.value(made.site.file, arg.value);
                args.iter()
                    .filter_map(|arg| value(arg).text().cloned())
                    .collect()
            }
            _ => Vec::new(),
        }
    }

    fn annotated_number(&self, file: FileId, class: ClassId, name: &str) -> bool {
        let Some(module) = self.module(file) else {
            return false;
        };
        module
            .ast
            .class(class)
            .body
            .iter()
            .any(|stmt| match &module.ast.stmt(*stmt).kind {
                StmtKind::Assign {
                    targets,
                    annotation: Some(annotation),
                    ..
                } => {
                    let text = self.source(file, *annotation);
                    targets.iter().any(|it| self.source(file, *it) == name)
                        && (text.contains("int") || text.contains("float"))
                }
                _ => false,
            })
    }

    /// Whether a class lists its fields in its body, so that the constructor takes them by name.
    fn lists_fields(&self, file: FileId, class: ClassId) -> bool {
        self.bases(file, class).iter().any(|base| match base {
            Base::Own(file, class) => self.module(*file).is_some_and(|module| {
                let own = module.ast.class(*class);
                own.decorators.iter().any(|it| {
                    let callee = match module.ast.kind(*it) {
                        ExprKind::Call { callee, .. } => *callee,
                        _ => *it,
                    };
                    let name = module.ast.last_name(callee).map_or("", SmolStr::as_str);
                    matches!(name, "dataclass" | "define" | "attrs" | "frozen" | "s")
                })
            }),
            Base::Library(path) => FIELD_BASES.iter().any(|it| path.ends_with(it)),
            Base::Unknown => false,
        })
    }

    fn is_settings(&self, file: FileId, class: ClassId) -> bool {
        self.bases(file, class).iter().any(|base| match base {
            Base::Library(path) => path.ends_with("BaseSettings"),
            _ => false,
        })
    }

    /// Whether a model takes fields that it does not name: `extra="allow"`.
    fn allows_extra(&self, base: &Base) -> bool {
        let Base::Own(file, class) = base else {
            return false;
        };
        let Some(module) = self.module(*file) else {
            return false;
        };
        let own = module.ast.class(*class);
        let text = |it: ExprId| self.source(*file, it);
        let by_keyword = own.bases.iter().any(|it| text(it.value).contains("allow"));
        let by_config = module.bindings(own.scope, "model_config").last();
        by_keyword
            || by_config.is_some_and(|it| match it.what {
                Bound::Value(value) => {
                    text(value).contains("allow\"") || text(value).contains("allow'")
                }
                _ => false,
            })
    }

    /// `env_prefix` of `model_config` or of the inner `Config` class.
    fn env_prefix(&self, file: FileId, class: ClassId) -> SmolStr {
        let Some(module) = self.module(file) else {
            return SmolStr::default();
        };
        let scope = module.ast.class(class).scope;
        if let Some(binding) = module.bindings(scope, "model_config").last()
            && let Bound::Value(value) = binding.what
        {
            let seen = self.value(file, value);
            let dict = match &seen.value {
                Value::Made(made) => self.keywords(&made.site, None),
                _ => as_dict(&seen),
            };
            if let Lookup::Given(prefix) = dict.get("env_prefix") {
                return prefix.text().cloned().unwrap_or_default();
            }
        }
        if let Some(binding) = module.bindings(scope, "Config").last()
            && let Bound::Class(config) = binding.what
        {
            let scope = module.ast.class(config).scope;
            if let Some(Bound::Value(value)) = module
                .bindings(scope, "env_prefix")
                .last()
                .map(|it| it.what.clone())
            {
                return self.value(file, value).text().cloned().unwrap_or_default();
            }
        }
        SmolStr::default()
    }

    /// The fields of an object as a dict: `.model_dump()`, `.dict()`, `asdict(…)`.
    pub(super) fn dump(&self, of: &Seen, instance: &Rc<Instance>, at: Span) -> Dict {
        let mut dict = Dict::default();
        let bases = self.bases(instance.file, instance.class);
        for base in bases.iter().rev() {
            let Base::Own(file, class) = base else {
                continue;
            };
            let Some(module) = self.module(*file) else {
                continue;
            };
            for stmt in &module.ast.class(*class).body {
                if let StmtKind::Assign {
                    targets,
                    annotation: Some(_),
                    ..
                } = &module.ast.stmt(*stmt).kind
                    && let [target] = targets.as_slice()
                    && let ExprKind::Name(name) = module.ast.kind(*target)
                    && name != "model_config"
                {
                    dict.set(name.clone(), self.member(of, name, at), true);
                }
            }
        }
        if bases.contains(&Base::Unknown) {
            dict.open = Some("fields of an unknown base class");
        }
        if bases.iter().any(|it| self.allows_extra(it)) {
            // A class that names its timeout has it under that name.
            let mut named = dict.entries.iter().filter(|it| it.key.contains("timeout"));
            match named.next().filter(|_| instance.site.is_none()) {
                Some(timeout) => dict.later = Some(timeout.value.at),
                None => dict.open = Some("fields that the class does not name"),
            }
        }
        dict
    }
}
