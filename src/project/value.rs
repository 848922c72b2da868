//! What a name can stand for, as far as reading the project tells.

use std::rc::Rc;

use smol_str::SmolStr;

use crate::source::{FileId, Span};
use crate::syntax::python::{ClassId, ExprId, FunctionId};

/// How many alternatives are kept before a value counts as unknown.
pub const ALTERNATIVES: usize = 24;

/// How many keys of a dict are kept before it counts as open.
const KEYS: usize = 512;

/// A value and the place where it was written.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The value.
    pub value: Value,
    /// Where it was written.
    pub at: Span,
}

/// A value, as far as it is known.
#[derive(Debug, Clone)]
pub enum Value {
    /// `None`.
    None,
    /// `True` or `False`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// A string.
    Str(SmolStr),
    /// A string of which only parts are known; `None` stands for an unknown part.
    Text(Rc<[Option<SmolStr>]>),
    /// A tuple or a list.
    List(Rc<List>),
    /// A dict.
    Dict(Rc<Dict>),
    /// An object of a class of the project.
    Instance(Rc<Instance>),
    /// A class of the project.
    Class(FileId, ClassId),
    /// A function of the project, with the frame of the function around it.
    Function(FileId, FunctionId, Option<Rc<Frame>>),
    /// A method of the project with the object it belongs to.
    BoundMethod(Rc<Seen>, FileId, FunctionId),
    /// `super()` of a class, with the object it belongs to.
    Super(Rc<Seen>, FileId, ClassId),
    /// A module of the project.
    Module(FileId),
    /// A folder of modules of the project.
    Namespace(SmolStr),
    /// Something of a library, by its dotted path.
    External(SmolStr),
    /// What a call of something of a library gave.
    Made(Rc<Made>),
    /// An attribute of something that a library made.
    Member(Rc<Seen>, SmolStr),
    /// What a call of such an attribute gave.
    Derived(Rc<Derived>),
    /// `a | b | c`, or a dict of runnables.
    Chain(Rc<[Seen]>),
    /// A callable with arguments given in advance.
    Partial(Rc<Seen>, Site),
    /// An environment variable.
    Env(Rc<Env>),
    /// One of several; never empty, never nested.
    OneOf(Rc<[Seen]>),
    /// What whoever sets the program up may give. It only stands beside the value that holds when
    /// nobody does.
    Later,
    /// Nobody can tell, and why.
    Unknown(&'static str),
}

/// A call, with the frame of the function it stands in.
#[derive(Debug, Clone)]
pub struct Site {
    /// The file.
    pub file: FileId,
    /// The call.
    pub call: ExprId,
    /// What the parameters around it are, when that is known.
    pub frame: Option<Rc<Frame>>,
}

impl Site {
    /// A call when nothing is known of the calls around it.
    #[must_use]
    pub fn of(file: FileId, call: ExprId) -> Self {
        let frame = None;
        Self { file, call, frame }
    }
}

/// What the parameters of a function are during one call of it.
#[derive(Debug)]
pub struct Frame {
    /// Tells it from every other frame of the same resolver.
    pub id: u32,
    /// The file of the function.
    pub file: FileId,
    /// The function.
    pub function: FunctionId,
    /// The call that made this frame; none when only the object is known.
    pub site: Option<Site>,
    /// Arguments that a partial application adds.
    pub partial: Option<Site>,
    /// The object, for a method.
    pub this: Option<Seen>,
    /// The frame of the function around it.
    pub outer: Option<Rc<Frame>>,
}

/// What a call of something of a library gave.
#[derive(Debug)]
pub struct Made {
    /// What was called, by its dotted path.
    pub path: SmolStr,
    /// The call.
    pub site: Site,
    /// Arguments that a partial application adds.
    pub partial: Option<Site>,
}

/// What a call of a method of something that a library made gave.
#[derive(Debug)]
pub struct Derived {
    /// The object.
    pub of: Seen,
    /// The method.
    pub method: SmolStr,
    /// The call.
    pub site: Site,
}

/// An object of a class of the project.
#[derive(Debug)]
pub struct Instance {
    /// The file of the class.
    pub file: FileId,
    /// The class.
    pub class: ClassId,
    /// The call that built it; none for the `self` of a method nobody was seen calling.
    pub site: Option<Site>,
}

/// An environment variable.
#[derive(Debug, Clone)]
pub struct Env {
    /// Its name; empty when it is not known.
    pub name: SmolStr,
    /// What holds when it is not set.
    pub default: EnvDefault,
    /// Whether it went through `int()` or `float()`.
    pub number: bool,
    /// Whether it is certainly text when it is set: nobody has converted it.
    pub text: bool,
}

/// What holds when an environment variable is not set.
#[derive(Debug, Clone)]
pub enum EnvDefault {
    /// The program stops.
    Required,
    /// It is this.
    Is(Seen),
}

/// A tuple or a list.
#[derive(Debug, Clone, Default)]
pub struct List {
    /// The elements that are known.
    pub items: Vec<Seen>,
    /// Whether there may be others.
    pub open: bool,
}

/// A dict with text keys.
#[derive(Debug, Clone, Default)]
pub struct Dict {
    /// The entries that are known, in the order of their insertion.
    pub entries: Vec<Entry>,
    /// Why there may be others; none when there are not.
    pub open: Option<&'static str>,
    /// Where whoever sets the program up may add others; the code itself adds none.
    pub later: Option<Span>,
    /// What a list of allowed keys kept out.
    pub dropped: Vec<Dropped>,
}

/// An entry that a list of allowed keys kept out of a copy.
#[derive(Debug, Clone)]
pub struct Dropped {
    /// Its key.
    pub key: SmolStr,
    /// Its value.
    pub value: Seen,
    /// What kept it out.
    pub by: Span,
}

/// An entry of a dict.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The key.
    pub key: SmolStr,
    /// The value.
    pub value: Seen,
    /// Whether it is certainly there.
    pub certain: bool,
}

/// What a dict says of a key.
#[derive(Debug, Clone)]
pub enum Lookup {
    /// It is there.
    Given(Seen),
    /// It may be there, and then is this.
    Maybe(Seen),
    /// It is not there.
    Missing,
    /// Nobody can tell, and why.
    Unknown(&'static str),
}

impl Seen {
    /// A value that nobody can tell.
    #[must_use]
    pub fn unknown(why: &'static str, at: Span) -> Self {
        Self {
            value: Value::Unknown(why),
            at,
        }
    }

    /// Joins alternatives: nested ones are taken apart, equal ones are kept once.
    #[must_use]
    pub fn one_of(all: Vec<Self>, at: Span) -> Self {
        let mut flat: Vec<Self> = Vec::new();
        for seen in all {
            match &seen.value {
                Value::OneOf(inner) => inner.iter().for_each(|it| keep(&mut flat, it.clone())),
                _ => keep(&mut flat, seen),
            }
        }
        match flat.len() {
            0 => Self::unknown("no value is ever bound", at),
            1 => flat.remove(0),
            n if n > ALTERNATIVES => Self::unknown("too many alternatives", at),
            _ => Self {
                value: Value::OneOf(flat.into()),
                at,
            },
        }
    }

    /// The alternatives; itself when there is only one.
    #[must_use]
    pub fn alternatives(&self) -> &[Self] {
        match &self.value {
            Value::OneOf(all) => all,
            _ => std::slice::from_ref(self),
        }
    }

    /// The alternatives without `None`, for a place that `None` does not reach.
    #[must_use]
    pub fn without_none(self) -> Self {
        match &self.value {
            Value::None => Self::unknown("excluded by a test", self.at),
            Value::OneOf(all) => {
                let rest = all
                    .iter()
                    .filter(|it| !matches!(it.value, Value::None))
                    .cloned();
                Self::one_of(rest.collect(), self.at)
            }
            Value::Env(env) => match &env.default {
                EnvDefault::Is(default) if matches!(default.value, Value::None) => {
                    let env = Env {
                        default: EnvDefault::Required,
                        ..(**env).clone()
                    };
                    Self {
                        value: Value::Env(Rc::new(env)),
                        at: self.at,
                    }
                }
                _ => self,
            },
            _ => self,
        }
    }

    /// Whether it counts as true; `None` when nobody can tell.
    #[must_use]
    pub fn truth(&self) -> Option<bool> {
        Some(match &self.value {
            Value::None => false,
            Value::Bool(value) => *value,
            Value::Int(value) => *value != 0,
            Value::Float(value) => *value != 0.0,
            Value::Str(value) => !value.is_empty(),
            Value::List(list) if !list.items.is_empty() => true,
            Value::List(list) if !list.open => false,
            Value::Dict(dict) if dict.entries.iter().any(|it| it.certain) => true,
            Value::Dict(dict) if dict.entries.is_empty() && dict.is_closed() => false,
            Value::Instance(_) | Value::Class(..) | Value::Function(..) | Value::Module(_) => true,
            // A function of a library may return anything, and a constant may be anything.
            Value::Made(made) if is_class(&made.path) => true,
            Value::External(path) if is_class(path) => true,
            _ => return None,
        })
    }

    /// The number, if it is one.
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        match self.value {
            // Timeouts are far below 2^52, where a float is exact.
            #[allow(clippy::cast_precision_loss)]
            Value::Int(value) => Some(value as f64),
            Value::Float(value) => Some(value),
            _ => None,
        }
    }

    /// The text, if it is known in full.
    #[must_use]
    pub fn text(&self) -> Option<&SmolStr> {
        match &self.value {
            Value::Str(text) => Some(text),
            _ => None,
        }
    }
}

/// Whether a dotted path names a class, by the custom of its last name.
#[must_use]
pub fn is_class(path: &str) -> bool {
    let last = path.rsplit('.').next().unwrap_or_default();
    last.starts_with(char::is_uppercase) && last.contains(char::is_lowercase)
}

fn keep(all: &mut Vec<Seen>, seen: Seen) {
    let known = all.iter().any(|it| match (&it.value, &seen.value) {
        (Value::None, Value::None)
        | (Value::Unknown(_), Value::Unknown(_))
        | (Value::Later, Value::Later) => true,
        (Value::External(a), Value::External(b)) | (Value::Str(a), Value::Str(b)) => a == b,
        (Value::Class(a, b), Value::Class(c, d)) => (a, b) == (c, d),
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Int(a), Value::Int(b)) => a == b,
        (Value::Made(a), Value::Made(b)) => {
            a.site.file == b.site.file && a.site.call == b.site.call
        }
        (Value::Instance(a), Value::Instance(b)) => match (&a.site, &b.site) {
            (Some(x), Some(y)) => x.file == y.file && x.call == y.call,
            (None, None) => a.file == b.file && a.class == b.class,
            _ => false,
        },
        _ => false,
    });
    if !known {
        all.push(seen);
    }
}

impl Dict {
    /// A dict of which nothing is known, and why.
    #[must_use]
    pub fn open(why: &'static str) -> Self {
        Self {
            open: Some(why),
            ..Self::default()
        }
    }

    /// What it says of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Lookup {
        match self.entries.iter().find(|it| it.key == key) {
            Some(entry) if entry.certain => Lookup::Given(entry.value.clone()),
            Some(entry) => Lookup::Maybe(entry.value.clone()),
            None => match (self.open, self.later) {
                (Some(why), _) => Lookup::Unknown(why),
                (None, Some(_)) => Lookup::Unknown("set from outside"),
                (None, None) => Lookup::Missing,
            },
        }
    }

    /// What it says of a key as long as nobody sets the program up to say more.
    #[must_use]
    pub fn by_default(&self, key: &str) -> Lookup {
        match self.get(key) {
            Lookup::Unknown(_) if self.open.is_none() => Lookup::Missing,
            found => found,
        }
    }

    /// Whether there can be no other keys.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.open.is_none() && self.later.is_none()
    }

    /// Sets a key; with `certain` false it may also stay what it was.
    pub fn set(&mut self, key: SmolStr, value: Seen, certain: bool) {
        let full = self.entries.len() >= KEYS;
        match self.entries.iter_mut().find(|it| it.key == key) {
            Some(entry) if certain => {
                entry.value = value;
                entry.certain = true;
            }
            Some(entry) => {
                let at = value.at;
                let old = std::mem::replace(&mut entry.value, Seen::unknown("", at));
                entry.value = Seen::one_of(vec![old, value], at);
            }
            // Nobody looks through a dict of a thousand keys for a timeout.
            None if full => self.open = Some("too many keys"),
            None => self.entries.push(Entry {
                key,
                value,
                certain,
            }),
        }
    }

    /// Removes a key; with `certain` false it may also stay.
    pub fn remove(&mut self, key: &str, certain: bool) {
        if certain {
            self.entries.retain(|it| it.key != key);
        } else if let Some(entry) = self.entries.iter_mut().find(|it| it.key == key) {
            entry.certain = false;
        }
    }

    /// Lays another dict over this one.
    pub fn merge(&mut self, other: &Self, certain: bool) {
        for entry in &other.entries {
            self.set(
                entry.key.clone(),
                entry.value.clone(),
                certain && entry.certain,
            );
        }
        self.dropped.extend(other.dropped.iter().cloned());
        let gap = match (other.open, other.later) {
            (Some(why), _) => Value::Unknown(why),
            (None, Some(_)) => Value::Later,
            (None, None) => return,
        };
        // The other's unknown keys may override what was written here.
        let known = |key: &SmolStr| other.entries.iter().any(|it| it.key == *key);
        for entry in self.entries.iter_mut().filter(|it| !known(&it.key)) {
            let at = other.later.unwrap_or(entry.value.at);
            let (old, value) = (entry.value.clone(), gap.clone());
            entry.value = Seen::one_of(vec![old, Seen { value, at }], at);
        }
        self.open = other.open.or(self.open);
        self.later = self.later.or(other.later);
    }
}
