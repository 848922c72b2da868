//! Copies of dicts, entry by entry, that leave some out: comprehensions and loops.

use std::rc::Rc;

use smol_str::SmolStr;

use super::Resolver;
use super::dicts::{as_dict, has, key_text, known_keys};
use crate::model::python::{Change, Changed, positional};
use crate::project::value::{Dict, Dropped, Entry, EnvDefault, Frame, List, Seen, Value};
use crate::source::{FileId, Span};
use crate::syntax::python::{Comprehension, ExprId, ExprKind, StmtId, StmtKind};

/// A copy of a dict, entry by entry.
struct Copy<'a> {
    /// The dict.
    of: ExprId,
    /// What a key is called on the way.
    key: &'a str,
    /// What a value is called on the way, if it has a name.
    value: Option<&'a str>,
    /// The only keys that are copied.
    only: Option<ExprId>,
    /// Conditions on the way, and what they must be.
    conditions: Vec<(ExprId, bool)>,
}

impl Resolver<'_> {
    /// `{k: v for k, v in d.items() if …}` over a known dict; lists keep their elements' values.
    pub(super) fn comprehension(
        &self,
        file: FileId,
        expr: ExprId,
        frame: Option<&Rc<Frame>>,
        at: Span,
    ) -> Seen {
        let unknown = Seen::unknown("a comprehension", at);
        let Some(ExprKind::Comprehension(whole)) = self.module(file).map(|it| it.ast.kind(expr))
        else {
            return unknown;
        };
        let Comprehension {
            dict,
            element,
            clauses,
            conditions,
        } = &**whole;
        if !dict {
            let items = element.iter().map(|it| self.eval(file, *it, frame));
            let list = List {
                items: items.collect(),
                open: true,
            };
            return Seen {
                value: Value::List(Rc::new(list)),
                at,
            };
        }
        let ([(target, iterable)], [key, value]) = (clauses.as_slice(), element.as_slice()) else {
            return unknown;
        };
        let Some(mut copy) = self.copy_of(file, [*target, *iterable], [*key, *value]) else {
            return unknown;
        };
        copy.conditions = conditions.iter().map(|it| (*it, true)).collect();
        let dict = self.copied(file, &copy, frame);
        Seen {
            value: Value::Dict(Rc::new(dict)),
            at,
        }
    }

    /// What a loop around `d[k] = v` copies, with the loop: `for k, v in other.items():`.
    pub(super) fn copied_in_loop(
        &self,
        file: FileId,
        change: &Change,
        frame: Option<&Rc<Frame>>,
    ) -> Option<(StmtId, Dict)> {
        let Changed::SetItem(key, value) = change.what else {
            return None;
        };
        let ast = &self.module(file)?.ast;
        let mut conditions = Vec::new();
        let mut inner = change.stmt;
        loop {
            let owner = ast.stmt(inner).parent?;
            match &ast.stmt(owner).kind {
                StmtKind::If(branches) => {
                    let own = branches.iter().position(|it| it.1.contains(&inner))?;
                    let tests = branches.iter().take(own + 1).enumerate();
                    conditions.extend(tests.filter_map(|(at, it)| Some((it.0?, at == own))));
                }
                StmtKind::For {
                    target, iterable, ..
                } => {
                    let mut copy = self.copy_of(file, [*target, *iterable], [key, value])?;
                    copy.conditions = conditions;
                    return Some((owner, self.copied(file, &copy, frame)));
                }
                _ => return None,
            }
            inner = owner;
        }
    }

    /// The copy that a `for` makes when each round sets `key` to `value`.
    fn copy_of(
        &self,
        file: FileId,
        [target, iterable]: [ExprId; 2],
        [key, value]: [ExprId; 2],
    ) -> Option<Copy<'_>> {
        let ast = &self.module(file)?.ast;
        let source = |id: ExprId| self.source(file, id);
        let conditions = Vec::new();
        if let ExprKind::Tuple(names) = ast.kind(target) {
            let [k, v] = names.as_slice() else {
                return None;
            };
            let of = self.of_method(file, iterable, "items")?;
            return (source(*k) == source(key) && source(*v) == source(value)).then(|| Copy {
                of,
                key: source(key),
                value: Some(source(value)),
                only: None,
                conditions,
            });
        }
        if source(target) != source(key) {
            return None;
        }
        let of = match ast.kind(value) {
            ExprKind::Subscript { value: of, index } if source(*index) == source(key) => *of,
            ExprKind::Call { args, .. }
                if positional(args, 0).is_some_and(|it| source(it.value) == source(key)) =>
            {
                self.of_method(file, value, "get")?
            }
            _ => return None,
        };
        let keys = self.of_method(file, iterable, "keys").unwrap_or(iterable);
        let only = (source(keys) != source(of)).then_some(iterable);
        Some(Copy {
            of,
            key: source(key),
            value: None,
            only,
            conditions,
        })
    }

    /// `d` of `d.items()`.
    fn of_method(&self, file: FileId, call: ExprId, method: &str) -> Option<ExprId> {
        let ast = &self.module(file)?.ast;
        let ExprKind::Call { callee, .. } = ast.kind(call) else {
            return None;
        };
        match ast.kind(*callee) {
            ExprKind::Attribute { value, name } if name == method => Some(*value),
            _ => None,
        }
    }

    /// The dict that a copy makes.
    fn copied(&self, file: FileId, copy: &Copy<'_>, frame: Option<&Rc<Frame>>) -> Dict {
        let mut dict = as_dict(&self.eval(file, copy.of, frame));
        if let Some(only) = copy.only {
            match known_keys(&self.eval(file, only, frame)) {
                Some(keys) => allow(&mut dict, &keys, self.span(file, only)),
                None => dict.entries.iter_mut().for_each(|it| it.certain = false),
            }
        }
        for (test, wanted) in &copy.conditions {
            if let Some(keys) = self
                .allowed(file, *test, copy.key, frame)
                .filter(|_| *wanted)
            {
                allow(&mut dict, &keys, self.span(file, *test));
                continue;
            }
            let mut kept = Vec::new();
            for mut entry in std::mem::take(&mut dict.entries) {
                match self.keeps(file, *test, copy, &entry, frame) {
                    Some(keeps) if keeps != *wanted => {
                        // What nobody set yet may be set, and then it is copied.
                        if !matches!(entry.value.value, Value::None) && copy.value.is_some() {
                            let unset = is_unset(&entry.value).then_some(entry.value.at);
                            dict.later = dict.later.or(unset);
                        }
                        continue;
                    }
                    Some(_) => {}
                    None => entry.certain = false,
                }
                if self.tests_value(file, *test, copy) {
                    entry.value = entry.value.without_none();
                }
                kept.push(entry);
            }
            dict.entries = kept;
        }
        dict
    }

    /// The keys of `k in ("a", "b")`.
    fn allowed(
        &self,
        file: FileId,
        test: ExprId,
        key: &str,
        frame: Option<&Rc<Frame>>,
    ) -> Option<Vec<SmolStr>> {
        let ExprKind::Compare(operands, operators) = self.module(file)?.ast.kind(test) else {
            return None;
        };
        let ([tested, list], [operator]) = (operands.as_slice(), &**operators) else {
            return None;
        };
        let tests_key = operator == "in" && self.source(file, *tested) == key;
        known_keys(&self.eval(file, *list, frame)).filter(|_| tests_key)
    }

    /// Whether a test looks at the value of an entry.
    fn tests_value(&self, file: FileId, test: ExprId, copy: &Copy<'_>) -> bool {
        let written = self.source(file, test);
        copy.value
            .is_some_and(|it| written == it || written == format!("{it} is not None"))
    }

    /// Whether a test holds for an entry, when that can be told.
    fn keeps(
        &self,
        file: FileId,
        test: ExprId,
        copy: &Copy<'_>,
        entry: &Entry,
        frame: Option<&Rc<Frame>>,
    ) -> Option<bool> {
        let ast = &self.module(file)?.ast;
        let keeps = |it: ExprId| self.keeps(file, it, copy, entry, frame);
        match ast.kind(test) {
            ExprKind::Not(inner) => keeps(*inner).map(|it| !it),
            ExprKind::And(a, b) => match (keeps(*a), keeps(*b)) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            },
            ExprKind::Or(a, b) => match (keeps(*a), keeps(*b)) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            },
            ExprKind::Compare(operands, operators) => {
                let ([a, b], [operator]) = (operands.as_slice(), &**operators) else {
                    return None;
                };
                if self.source(file, *a) == copy.key {
                    let b = self.eval(file, *b, frame);
                    return match operator.as_str() {
                        "in" => Some(known_keys(&b)?.contains(&entry.key)),
                        "not in" => Some(!known_keys(&b)?.contains(&entry.key)),
                        "==" => Some(key_text(&b)? == entry.key),
                        "!=" => Some(key_text(&b)? != entry.key),
                        _ => None,
                    };
                }
                let is_none = matches!(ast.kind(*b), ExprKind::None);
                let tested = copy.value == Some(self.source(file, *a)) && is_none;
                match operator.as_str() {
                    "is not" | "!=" if tested => is_there(&entry.value),
                    "is" | "==" if tested => is_there(&entry.value).map(|it| !it),
                    _ => None,
                }
            }
            ExprKind::Name(name) if copy.value == Some(name.as_str()) => is_there(&entry.value),
            _ => None,
        }
    }
}

/// Keeps nothing but what a list allows, and remembers what it kept out.
fn allow(dict: &mut Dict, keys: &[SmolStr], by: Span) {
    if let Some(why) = dict.open.take() {
        for key in keys
            .iter()
            .filter(|it| !has(dict, it))
            .cloned()
            .collect::<Vec<_>>()
        {
            dict.set(key, Seen::unknown(why, by), false);
        }
    }
    let (kept, dropped): (Vec<Entry>, Vec<Entry>) = std::mem::take(&mut dict.entries)
        .into_iter()
        .partition(|it| keys.contains(&it.key));
    dict.entries = kept;
    dict.dropped.extend(dropped.into_iter().map(|it| Dropped {
        key: it.key,
        value: it.value,
        by,
    }));
}

/// Whether a value is something: neither `None` nor empty.
fn is_there(seen: &Seen) -> Option<bool> {
    if is_unset(seen) {
        return Some(false);
    }
    let is_plain = |it: &Seen| {
        matches!(
            it.value,
            Value::Int(_) | Value::Float(_) | Value::Str(_) | Value::Bool(true)
        )
    };
    seen.alternatives().iter().all(is_plain).then_some(true)
}

/// Whether a value is `None` as long as nobody sets the program up to give another.
pub(super) fn is_unset(seen: &Seen) -> bool {
    seen.alternatives().iter().all(|it| match &it.value {
        Value::Env(env) => match &env.default {
            EnvDefault::Is(default) => matches!(default.value, Value::None),
            EnvDefault::Required => false,
        },
        value => matches!(value, Value::None | Value::Later),
    })
}
