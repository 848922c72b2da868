//! Dicts and lists: how they are built, filtered, changed, spread and read.

use std::rc::Rc;

use smol_str::SmolStr;

use super::conditions::Told;
use super::{Resolver, each};
use crate::model::python::{Binding, Change, Changed, flow::Passed, keyword, positional};
use crate::project::value::{Dict, Env, EnvDefault, Frame, List, Lookup, Seen, Value};
use crate::source::{FileId, Span};
use crate::syntax::python::{ArgKind, ExprId, ExprKind, ScopeId, StmtId};

/// What the names of arguments contain that may tell how long something waits, or lead there.
const TELLING: &[&str] = &[
    "timeout",
    "deadline",
    "limit",
    "max",
    "wait",
    "retr",
    "client",
    "http",
    "session",
    "config",
    "kwargs",
    "args",
    "param",
    "option",
    "setting",
    "llm",
    "transport",
];

/// How many changes of one name are followed.
const CHANGES: usize = 256;

/// How sure it is that a change has been made when a value is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Happens {
    /// It has, at least as long as nobody sets anything.
    Certainly,
    /// Nobody can tell.
    Perhaps,
    /// Only after somebody set a setting.
    WhenSet,
}

impl Resolver<'_> {
    pub(super) fn dict(
        &self,
        file: FileId,
        entries: &[(Option<ExprId>, ExprId)],
        frame: Option<&Rc<Frame>>,
        at: Span,
    ) -> Seen {
        let mut dict = Dict::default();
        for (key, value) in entries {
            match key {
                None => {
                    let spread = self.eval(file, *value, frame);
                    dict.merge(&as_dict(&spread), true);
                }
                Some(key) => {
                    let key = self.eval(file, *key, frame);
                    if let Some(key) = key_text(&key) {
                        let value = self.entry(file, &key, *value, frame);
                        dict.set(key, value, true);
                    } else {
                        let value = self.eval(file, *value, frame);
                        // An unknown key is kept under a name that no lookup asks for, so that a
                        // registry with enum members as keys keeps its values.
                        let key = smol_str::format_smolstr!("?{}", dict.entries.len());
                        dict.set(key, value, true);
                        dict.open = dict.open.or(Some("a key that is not known"));
                    }
                }
            }
        }
        Seen {
            value: Value::Dict(Rc::new(dict)),
            at,
        }
    }

    /// The value of an entry or a keyword argument.
    ///
    /// What cannot have to do with a wait gets few steps: a prompt or a model's name that comes a
    /// long way must not use up those of the timeout beside it.
    pub(super) fn entry(
        &self,
        file: FileId,
        key: &str,
        value: ExprId,
        frame: Option<&Rc<Frame>>,
    ) -> Seen {
        if TELLING.iter().any(|it| key.contains(it)) {
            return self.eval(file, value, frame);
        }
        let seen = self.aside(|| Some(self.eval(file, value, frame)));
        seen.unwrap_or_else(|| Seen::unknown("too deep", self.span(file, value)))
    }

    pub(super) fn subscript(
        &self,
        file: FileId,
        value: ExprId,
        index: ExprId,
        frame: Option<&Rc<Frame>>,
        at: Span,
    ) -> Seen {
        let seen = self.eval(file, value, frame);
        let key = self.eval(file, index, frame);
        let kept = |it: &Seen| self.kept(file, it, key.text()?, at);
        each(&seen, |it| kept(it).unwrap_or_else(|| item(it, &key, at)))
    }

    /// Applies what happened to a value between its binding and the place where it is used.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn changed(
        &self,
        file: FileId,
        scope: ScopeId,
        name: &str,
        binding: &Binding,
        stmt: Option<StmtId>,
        frame: Option<&Rc<Frame>>,
        seen: Seen,
    ) -> Seen {
        let Some(module) = self.module(file) else {
            return seen;
        };
        let changes = module.changes(scope, name);
        if changes.is_empty() {
            return seen;
        }
        let mut seen = seen;
        if changes.len() > CHANGES {
            return Seen::unknown("changed too often", seen.at);
        }
        for change in changes.iter().filter(|it| it.stmt > binding.stmt) {
            // A loop that copies the entries of another dict does so as a whole.
            let copied = self.copied_in_loop(file, change, frame);
            let done = copied.as_ref().map_or(change.stmt, |it| it.0);
            let copied = copied.map(|it| it.1);
            if let Some(happens) = self.happens(file, done, stmt, frame) {
                seen = each(&seen, |it| {
                    self.after(file, change, copied.as_ref(), frame, it, happens)
                });
            }
        }
        seen
    }

    /// Whether a statement has been run when another one is; `None` when it never has.
    fn happens(
        &self,
        file: FileId,
        done: StmtId,
        stmt: Option<StmtId>,
        frame: Option<&Rc<Frame>>,
    ) -> Option<Happens> {
        let runs = |told| self.aside(|| self.gets_to(file, done, stmt, frame, told));
        match self.module(file)?.passed(done, stmt) {
            Passed::Always => Some(Happens::Certainly),
            Passed::Never => None,
            Passed::Maybe => match runs(Told::Certainly) {
                Some(true) => Some(Happens::Certainly),
                Some(false) => None,
                None => Some(match runs(Told::ByDefault) {
                    Some(true) => Happens::Certainly,
                    Some(false) => Happens::WhenSet,
                    None => Happens::Perhaps,
                }),
            },
        }
    }

    /// A value after one change.
    fn after(
        &self,
        file: FileId,
        change: &Change,
        copied: Option<&Dict>,
        frame: Option<&Rc<Frame>>,
        seen: &Seen,
        happens: Happens,
    ) -> Seen {
        let value = match &seen.value {
            Value::List(list) => {
                let mut list = (**list).clone();
                self.grow(file, &change.what, frame, &mut list);
                Value::List(Rc::new(list))
            }
            Value::Dict(_) | Value::Unknown(_) | Value::Later
                if matches!(seen.value, Value::Dict(_)) || is_setdefault(&change.what) =>
            {
                let mut dict = as_dict(seen);
                let certain = happens == Happens::Certainly;
                match copied {
                    // Of one key that is set then, a timeout alone is what somebody waits for.
                    None if happens == Happens::WhenSet && !self.may_bound(file, change, frame) => {
                        self.change(file, &change.what, frame, &mut dict, false);
                    }
                    _ if happens == Happens::WhenSet => {
                        dict.later = Some(self.project.stmt_span(file, change.stmt));
                    }
                    Some(copied) => dict.merge(copied, certain),
                    None => self.change(file, &change.what, frame, &mut dict, certain),
                }
                Value::Dict(Rc::new(dict))
            }
            _ => return seen.clone(),
        };
        Seen { value, at: seen.at }
    }

    /// Whether a change may put a timeout into a dict: it names one, or nobody can tell its key.
    fn may_bound(&self, file: FileId, change: &Change, frame: Option<&Rc<Frame>>) -> bool {
        let Changed::SetItem(key, _) = &change.what else {
            return true;
        };
        key_text(&self.eval(file, *key, frame)).is_none_or(|it| it.contains("timeout"))
    }

    fn change(
        &self,
        file: FileId,
        what: &Changed,
        frame: Option<&Rc<Frame>>,
        dict: &mut Dict,
        certain: bool,
    ) {
        match what {
            Changed::SetItem(key, value) => match key_text(&self.eval(file, *key, frame)) {
                Some(key) => {
                    let at = self.span(file, *value);
                    let value = self.eval(file, *value, frame);
                    // The place that put it there says more than the place of a bare literal.
                    let value = if matches!(value.value, Value::None) {
                        Seen { at, ..value }
                    } else {
                        value
                    };
                    dict.set(key, value, certain);
                }
                None => dict.open = dict.open.or(Some("a key that is not known")),
            },
            Changed::DeleteItem(key) => match key_text(&self.eval(file, *key, frame)) {
                Some(key) => dict.remove(&key, certain),
                None => dict.open = dict.open.or(Some("a key that is not known")),
            },
            Changed::Handed(call, at) => {
                if self.changes_argument(file, *call, *at) {
                    dict.open = dict.open.or(Some("changed by a function it is handed to"));
                }
            }
            Changed::Merge(value) => {
                let other = as_dict(&self.eval(file, *value, frame));
                dict.merge(&other, certain);
            }
            Changed::Method(call, method) => {
                self.method_change(file, *call, method, frame, dict, certain);
            }
            Changed::Part(keys, what) => {
                self.change_part(file, keys, what, frame, dict, certain);
            }
        }
    }

    /// Changes what lies under these keys, as far as it is a dict.
    fn change_part(
        &self,
        file: FileId,
        keys: &[ExprId],
        what: &Changed,
        frame: Option<&Rc<Frame>>,
        dict: &mut Dict,
        certain: bool,
    ) {
        let mut inner = dict;
        for key in keys {
            let Some(key) = key_text(&self.eval(file, *key, frame)) else {
                inner.open = inner.open.or(Some("a key that is not known"));
                return;
            };
            let mut entries = inner.entries.iter_mut();
            let Some(entry) = entries.find(|it| it.key == key) else {
                return;
            };
            match &mut entry.value.value {
                Value::Dict(part) => inner = Rc::make_mut(part),
                _ => return,
            }
        }
        self.change(file, what, frame, inner, certain);
    }

    /// Whether a function of the project changes a dict that it is handed.
    fn changes_argument(&self, file: FileId, call: ExprId, at: usize) -> bool {
        let Some(module) = self.module(file) else {
            return true;
        };
        let ExprKind::Call { callee, .. } = module.ast.kind(call) else {
            return false;
        };
        let target = self.value(file, *callee);
        target.alternatives().iter().any(|it| {
            let (file, function, at) = match &it.value {
                Value::Function(file, function, _) => (*file, *function, at),
                Value::BoundMethod(_, file, function) => (*file, *function, at + 1),
                _ => return false,
            };
            let Some(module) = self.module(file) else {
                return true;
            };
            let own = module.ast.function(function);
            let param = own.params.get(at);
            param.is_none_or(|it| {
                let changes = module.changes(own.scope, &it.name);
                changes
                    .iter()
                    .any(|it| !matches!(it.what, Changed::Handed(..) | Changed::Part(..)))
            })
        })
    }

    fn method_change(
        &self,
        file: FileId,
        call: ExprId,
        method: &str,
        frame: Option<&Rc<Frame>>,
        dict: &mut Dict,
        certain: bool,
    ) {
        let site = Self::site(file, call, frame);
        let args = self.args(&site).unwrap_or_default();
        let first = positional(args, 0).map(|arg| self.eval(file, arg.value, frame));
        match (method, first) {
            ("update", first) => {
                if let Some(first) = first {
                    dict.merge(&as_dict(&first), certain);
                }
                dict.merge(&self.keywords(&site, None), certain);
            }
            ("pop", Some(key)) => match key_text(&key) {
                Some(key) => dict.remove(&key, certain),
                None => dict.open = dict.open.or(Some("a key that is not known")),
            },
            ("setdefault", Some(key)) => {
                let value = positional(args, 1).map(|arg| self.eval(file, arg.value, frame));
                if let (Some(key), Some(value)) = (key_text(&key), value) {
                    match dict.get(&key) {
                        Lookup::Given(_) => {}
                        Lookup::Missing => dict.set(key, value, certain),
                        Lookup::Maybe(_) => {
                            dict.set(key.clone(), value, false);
                            if let Some(entry) = dict.entries.iter_mut().find(|it| it.key == key) {
                                entry.certain = certain;
                            }
                        }
                        // Whatever else is there, this key certainly is, with one or the other.
                        Lookup::Unknown(why) => {
                            let at = value.at;
                            let either = Seen::one_of(vec![value, Seen::unknown(why, at)], at);
                            dict.set(key, either, certain);
                        }
                    }
                }
            }
            ("clear", _) if certain => *dict = Dict::default(),
            _ => dict.open = dict.open.or(Some("changed in a way that is not followed")),
        }
    }

    fn grow(&self, file: FileId, what: &Changed, frame: Option<&Rc<Frame>>, list: &mut List) {
        // A change of an element leaves the others as they are.
        if matches!(what, Changed::Handed(..) | Changed::Part(..)) {
            return;
        }
        if let Changed::Method(call, method) = what
            && method == "append"
        {
            let site = Self::site(file, *call, frame);
            if let Some(arg) = self.args(&site).and_then(|args| positional(args, 0)) {
                list.items.push(self.eval(file, arg.value, frame));
                list.open = list.open || list.items.len() > 64;
                return;
            }
        }
        list.open = true;
    }

    /// `dict(a, b=…)`.
    pub(super) fn dict_call(&self, site: &crate::project::value::Site, at: Span) -> Seen {
        let args = self.args(site).unwrap_or_default();
        let mut dict = Dict::default();
        if let Some(first) = args.iter().find(|it| it.kind == ArgKind::Positional) {
            let first = self.eval(site.file, first.value, site.frame.as_ref());
            dict = as_dict(&first);
        }
        dict.merge(&self.keywords(site, None), true);
        Seen {
            value: Value::Dict(Rc::new(dict)),
            at,
        }
    }

    /// `d.get(key, default)` and `d.pop(key, default)`.
    pub(super) fn dict_get(
        &self,
        dict: &Dict,
        site: &crate::project::value::Site,
        at: Span,
    ) -> Seen {
        let args = self.args(site).unwrap_or_default();
        let arg = |index| {
            positional(args, index).map(|it| self.eval(site.file, it.value, site.frame.as_ref()))
        };
        let default = || match arg(1).or_else(|| {
            keyword(args, "default").map(|it| self.eval(site.file, it.value, site.frame.as_ref()))
        }) {
            Some(default) => default,
            None => Seen {
                value: Value::None,
                at,
            },
        };
        let Some(key) = arg(0) else {
            return Seen::unknown("a key that is not known", at);
        };
        let Some(key) = key_text(&key) else {
            let mut all: Vec<Seen> = dict.entries.iter().map(|it| it.value.clone()).collect();
            all.push(default());
            return Seen::one_of(all, at);
        };
        match dict.get(&key) {
            Lookup::Given(seen) => seen,
            Lookup::Missing => default(),
            Lookup::Maybe(seen) => Seen::one_of(vec![seen, default()], at),
            Lookup::Unknown(why) => Seen::unknown(why, at),
        }
    }
}

/// Whether a change is `setdefault`, which only dicts have.
fn is_setdefault(change: &Changed) -> bool {
    matches!(change, Changed::Method(_, name) if name == "setdefault")
}

/// What a value holds under a key.
fn item(of: &Seen, key: &Seen, at: Span) -> Seen {
    match &of.value {
        Value::Dict(dict) => {
            if let Some(key) = key_text(key) {
                return match dict.get(&key) {
                    Lookup::Given(seen) | Lookup::Maybe(seen) => seen,
                    Lookup::Missing => Seen::unknown("a key that is not there", at),
                    Lookup::Unknown(why) => Seen::unknown(why, at),
                };
            }
            // A registry: one of its values.
            let mut all: Vec<Seen> = dict.entries.iter().map(|it| it.value.clone()).collect();
            if let Some(why) = dict.open.filter(|why| *why != "a key that is not known") {
                all.push(Seen::unknown(why, at));
            }
            Seen::one_of(all, at)
        }
        Value::List(list) => match &key.value {
            Value::Int(index) => usize::try_from(*index)
                .ok()
                .and_then(|it| list.items.get(it).cloned())
                .unwrap_or_else(|| Seen::unknown("an element that is not known", at)),
            _ => Seen::unknown("an element that is not known", at),
        },
        Value::External(path) if path == "os.environ" => {
            let name = key_text(key).unwrap_or_default();
            let env = Env {
                name,
                default: EnvDefault::Required,
                number: false,
                text: true,
            };
            Seen {
                value: Value::Env(Rc::new(env)),
                at,
            }
        }
        // `list[str]`, `Annotated[…]`: a type.
        Value::External(_) | Value::Class(..) => of.clone(),
        Value::Unknown(why) => Seen::unknown(why, at),
        _ => Seen::unknown("an element of something unknown", at),
    }
}

/// A value as a dict: what `**value` spreads.
pub(super) fn as_dict(seen: &Seen) -> Dict {
    match &seen.value {
        Value::Dict(dict) => (**dict).clone(),
        Value::OneOf(all) => {
            let dicts: Vec<Dict> = all.iter().map(as_dict).collect();
            common(&dicts, seen.at)
        }
        Value::Later => Dict {
            later: Some(seen.at),
            ..Dict::default()
        },
        Value::Unknown(why) => Dict::open(why),
        Value::Instance(_) => Dict::open("an object's fields"),
        _ => Dict::open("spread from something unknown"),
    }
}

/// What several dicts have in common: a key is certain when all have it.
fn common(dicts: &[Dict], at: Span) -> Dict {
    let mut result = Dict {
        entries: Vec::new(),
        open: dicts.iter().find_map(|it| it.open),
        later: dicts.iter().find_map(|it| it.later),
        dropped: dicts.iter().flat_map(|it| it.dropped.clone()).collect(),
    };
    for entry in dicts.iter().flat_map(|it| &it.entries) {
        if has(&result, &entry.key) {
            continue;
        }
        let own = |dict: &Dict| dict.entries.iter().find(|it| it.key == entry.key).cloned();
        let all: Vec<_> = dicts.iter().map(own).collect();
        let certain = all
            .iter()
            .all(|it| it.as_ref().is_some_and(|it| it.certain));
        let values = all.into_iter().flatten().map(|it| it.value).collect();
        result.set(entry.key.clone(), Seen::one_of(values, at), certain);
    }
    result
}

pub(super) fn has(dict: &Dict, key: &str) -> bool {
    dict.entries.iter().any(|it| it.key == key)
}

/// The keys that a list, set, tuple or dict of strings holds, when all are known.
pub(super) fn known_keys(seen: &Seen) -> Option<Vec<SmolStr>> {
    match &seen.value {
        Value::List(list) if !list.open => list.items.iter().map(key_text).collect(),
        Value::Dict(dict) if dict.is_closed() => {
            Some(dict.entries.iter().map(|it| it.key.clone()).collect())
        }
        _ => None,
    }
}

/// A value as the text of a dict key.
pub(super) fn key_text(seen: &Seen) -> Option<SmolStr> {
    match &seen.value {
        Value::Str(text) => Some(text.clone()),
        Value::Int(number) => Some(smol_str::format_smolstr!("#{number}")),
        Value::Bool(value) => Some(smol_str::format_smolstr!("#{value}")),
        _ => None,
    }
}
