//! What a name means at a place: scopes, imports, parameters, and what changed it on the way.

use std::rc::Rc;

use smol_str::SmolStr;

use super::{Resolver, each};
use crate::model::python::flow::Reaching;
use crate::model::python::{Binding, Bound};
use crate::project::modules::Target;
use crate::project::value::{Frame, Seen, Value};
use crate::source::{FileId, Span};
use crate::syntax::python::{ExprId, ExprKind, MODULE, ScopeId, ScopeKind, StmtId};

impl Resolver<'_> {
    /// The value of a name where an expression uses it.
    pub(super) fn name(
        &self,
        file: FileId,
        expr: ExprId,
        name: &SmolStr,
        frame: Option<&Rc<Frame>>,
    ) -> Seen {
        let at = self.span(file, expr);
        let Some(module) = self.module(file) else {
            return Seen::unknown("in a file that was not parsed", at);
        };
        let used = module.ast.expr(expr);
        let Some(scope) = module.scope_binding(used.scope, name) else {
            return self.starred(file, name, at);
        };
        // A comprehension runs where it is written; a function body runs later, after its module.
        let own = module.ast.function_of(used.scope) == module.ast.function_of(scope)
            && (!matches!(module.ast.scope(scope).kind, ScopeKind::Class(_))
                || scope == used.scope);
        let stmt = if own { Some(used.stmt) } else { None };
        if module.ast.scope(scope).kind == ScopeKind::Comprehension {
            return self.bound(
                file,
                scope,
                name,
                &module.bindings(scope, name)[0],
                frame,
                at,
            );
        }
        self.variable(file, scope, name, stmt, frame, at)
    }

    /// The value of a variable of `scope` when `stmt` runs; at the end of the scope without one.
    pub(in crate::project) fn variable(
        &self,
        file: FileId,
        scope: ScopeId,
        name: &str,
        stmt: Option<StmtId>,
        frame: Option<&Rc<Frame>>,
        at: Span,
    ) -> Seen {
        let Some(module) = self.module(file) else {
            return Seen::unknown("in a file that was not parsed", at);
        };
        let frame = self.frame_of(file, scope, frame);
        let mut values = Vec::new();
        for Reaching { binding, not_none } in module.reaching(scope, name, stmt) {
            let seen = self.bound(file, scope, name, binding, frame.as_ref(), at);
            let seen = self.changed(file, scope, name, binding, stmt, frame.as_ref(), seen);
            values.push(if not_none { seen.without_none() } else { seen });
        }
        // What a test has excluded is no alternative.
        if values.len() > 1 {
            values.retain(|it| !matches!(it.value, Value::Unknown("excluded by a test")));
        }
        Seen::one_of(values, at)
    }

    /// The frame that speaks of a scope's parameters, among the frames around a place.
    fn frame_of(
        &self,
        file: FileId,
        scope: ScopeId,
        frame: Option<&Rc<Frame>>,
    ) -> Option<Rc<Frame>> {
        let function = self.module(file)?.ast.function_of(scope);
        let mut at = frame;
        while let Some(frame) = at {
            if frame.file == file && Some(frame.function) == function {
                return Some(Rc::clone(frame));
            }
            at = frame.outer.as_ref();
        }
        None
    }

    fn bound(
        &self,
        file: FileId,
        scope: ScopeId,
        name: &str,
        binding: &Binding,
        frame: Option<&Rc<Frame>>,
        at: Span,
    ) -> Seen {
        match &binding.what {
            Bound::Value(value) | Bound::Entered(value) => self.eval(file, *value, frame),
            Bound::Element(value, index) => {
                let seen = self.eval(file, *value, frame);
                each(&seen, |it| match &it.value {
                    Value::List(list) => match list.items.get(*index) {
                        Some(item) => item.clone(),
                        None => Seen::unknown("an element that is not known", it.at),
                    },
                    _ => Seen::unknown("an element that is not known", it.at),
                })
            }
            Bound::Each(iterable) => self.element(file, *iterable, frame),
            Bound::Module(path) => self.module_value(file, 0, path, at),
            Bound::Imported {
                level,
                module,
                name,
            } => self.imported(file, *level, module, name, at),
            Bound::Function(function) => Seen {
                value: Value::Function(file, *function, frame.cloned()),
                at,
            },
            Bound::Class(class) => Seen {
                value: Value::Class(file, *class),
                at,
            },
            Bound::Param(function, index) => self.param(file, *function, *index, frame, at),
            Bound::Augmented(_) => {
                let _ = (scope, name);
                Seen::unknown("changed in place", at)
            }
            Bound::Declared(_) => Seen::unknown("declared without a value", at),
            Bound::Opaque => Seen::unknown("bound in a way that is not followed", at),
        }
    }

    /// What a loop over an expression binds in each round.
    fn element(&self, file: FileId, iterable: ExprId, frame: Option<&Rc<Frame>>) -> Seen {
        let seen = self.eval(file, iterable, frame);
        match &seen.value {
            Value::List(list) if !list.open && !list.items.is_empty() => {
                Seen::one_of(list.items.clone(), seen.at)
            }
            _ => Seen::unknown("an element of something unknown", seen.at),
        }
    }

    /// The value of a name that nobody binds here: a star import's, or a builtin.
    fn starred(&self, file: FileId, name: &SmolStr, at: Span) -> Seen {
        let Some(module) = self.module(file) else {
            return Seen::unknown("in a file that was not parsed", at);
        };
        for (level, path) in module.star_imports.iter().rev() {
            match self.target(file, *level, path) {
                Some(Target::File(target)) => {
                    if let Some(seen) = self.exported(file_id(target), name, at) {
                        return seen;
                    }
                }
                Some(Target::Namespace(_)) => {}
                // A library's own names: only the catalogue can tell whether this is one of them.
                None => {
                    let path = smol_str::format_smolstr!("{path}.{name}");
                    if self.project.catalog.known(&path).is_some() {
                        return Seen {
                            value: Value::External(path),
                            at,
                        };
                    }
                }
            }
        }
        Seen {
            value: Value::External(smol_str::format_smolstr!("builtins.{name}")),
            at,
        }
    }

    /// The value of a name of a module, as its importers see it; `None` when it has none.
    pub(super) fn exported(&self, file: FileId, name: &str, at: Span) -> Option<Seen> {
        let module = self.module(file)?;
        if let Some(path) = self.described(file, name) {
            return Some(Seen {
                value: Value::External(path.clone()),
                at,
            });
        }
        if !module.bindings(MODULE, name).is_empty() {
            let question = (file, ExprId(u32::MAX), hash_of(name));
            let read = || self.variable(file, MODULE, name, None, None, at);
            let (seen, _) = self.once(question, self.between(), read);
            return Some(seen.unwrap_or_else(|| Seen::unknown("defined by itself", at)));
        }
        if let Some(target) = self
            .project
            .layout
            .member(&Target::File(file.0 as usize), name)
        {
            return Some(target_value(&target, at));
        }
        let found = module.star_imports.iter().rev().find_map(|(level, path)| {
            match self.target(file, *level, path)? {
                Target::File(target) if target != file.0 as usize => {
                    let question = (file_id(target), ExprId(u32::MAX - 1), hash_of(name));
                    let read = || self.exported(file_id(target), name, at);
                    self.once(question, self.between(), read).0.flatten()
                }
                _ => None,
            }
        });
        found.or_else(|| {
            // A library's names that the module passes on.
            module.star_imports.iter().find_map(|(level, path)| {
                let path = smol_str::format_smolstr!("{path}.{name}");
                (*level == 0 && self.project.catalog.known(&path).is_some()).then_some(Seen {
                    value: Value::External(path),
                    at,
                })
            })
        })
    }

    /// The path under which the settings describe a name of a module: what they say of it wins over
    /// what the module says.
    fn described(&self, file: FileId, name: &str) -> Option<&SmolStr> {
        let mut paths = self.project.catalog.described(name).iter().peekable();
        paths.peek()?;
        let own = self.project.sources().path(file)?;
        let own = own.strip_suffix(".py")?;
        let own = own.strip_suffix("/__init__").unwrap_or(own);
        paths.find(|path| {
            let module = path.rsplit_once('.').map_or("", |it| it.0);
            let rest = own.strip_suffix(&module.replace('.', "/"));
            rest.is_some_and(|it| it.is_empty() || it.ends_with('/'))
        })
    }

    fn imported(&self, file: FileId, level: u32, module: &str, name: &SmolStr, at: Span) -> Seen {
        match self.target(file, level, module) {
            Some(Target::File(target)) => match self.exported(file_id(target), name, at) {
                Some(seen) => seen,
                None => Seen::unknown("a name that the module does not bind", at),
            },
            Some(target @ Target::Namespace(_)) => {
                match self.project.layout.member(&target, name) {
                    Some(found) => target_value(&found, at),
                    None => Seen::unknown("a name that the module does not bind", at),
                }
            }
            None if level == 0 => {
                let path = smol_str::format_smolstr!("{module}.{name}");
                Seen {
                    value: Value::External(path),
                    at,
                }
            }
            None => Seen::unknown("a module that is not there", at),
        }
    }

    /// The value of a module's dotted name.
    pub(super) fn module_value(&self, file: FileId, level: u32, path: &str, at: Span) -> Seen {
        match self.target(file, level, path) {
            Some(target) => target_value(&target, at),
            None if level == 0 => Seen {
                value: Value::External(path.into()),
                at,
            },
            None => Seen::unknown("a module that is not there", at),
        }
    }

    /// The value of a place such as `self.params`, where the current function binds it itself.
    pub(super) fn place(
        &self,
        file: FileId,
        expr: ExprId,
        place: &str,
        frame: Option<&Rc<Frame>>,
    ) -> Option<Seen> {
        let module = self.module(file)?;
        let used = module.ast.expr(expr);
        let function = module.ast.function_of(used.scope);
        let scope = function.map_or(MODULE, |it| module.ast.function(it).scope);
        if module.bindings(scope, place).is_empty() {
            return None;
        }
        let earlier = module
            .bindings(scope, place)
            .iter()
            .any(|it| it.stmt < used.stmt);
        earlier.then(|| {
            let at = self.span(file, expr);
            self.variable(file, scope, place, Some(used.stmt), frame, at)
        })
    }

    /// A name or `self.name` as the place under which bindings know it.
    pub(super) fn place_of(&self, file: FileId, expr: ExprId) -> Option<SmolStr> {
        let ast = &self.module(file)?.ast;
        match ast.kind(expr) {
            ExprKind::Name(name) => Some(name.clone()),
            ExprKind::Attribute { value, name } => match ast.kind(*value) {
                ExprKind::Name(base) => Some(smol_str::format_smolstr!("{base}.{name}")),
                _ => None,
            },
            _ => None,
        }
    }
}

/// The id of a file that the layout found.
pub(super) fn file_id(index: usize) -> FileId {
    FileId(u32::try_from(index).unwrap_or(u32::MAX))
}

pub(super) fn target_value(target: &Target, at: Span) -> Seen {
    let value = match target {
        Target::File(file) => Value::Module(file_id(*file)),
        Target::Namespace(folder) => Value::Namespace(folder.as_str().into()),
    };
    Seen { value, at }
}

/// Tells questions about names apart; a collision only makes an answer unknown.
pub(super) fn hash_of(name: &str) -> u32 {
    name.bytes().fold(5381, |hash: u32, byte| {
        hash.wrapping_mul(33) ^ u32::from(byte)
    })
}
