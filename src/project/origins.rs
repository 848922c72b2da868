//! Where the value of a name comes from, as expressions: what it was bound to and what was added
//! to it, also through parameters, attributes of objects and other modules.

mod attributes;

use std::rc::Rc;

use smol_str::SmolStr;

use crate::model::python::flow::Passed;
use crate::model::python::{Binding, Bound, Changed, Module, keyword, positional};
use crate::project::modules::Target;
use crate::project::resolve::{Entered, Resolver};
use crate::project::value::{Frame, Seen, Site, Value};
use crate::source::FileId;
use crate::syntax::python::{
    ExprId, ExprKind, Function, FunctionId, MODULE, ScopeId, ScopeKind, StmtId, StmtKind,
};

/// How many modules a name may be handed on through.
const HANDED_ON: u32 = 6;

/// How many callers of a function are asked what they pass.
const CALLERS: usize = 8;

/// An expression, inside a call when that is known.
#[derive(Debug, Clone)]
pub struct Place {
    /// The file.
    pub file: FileId,
    /// The expression.
    pub expr: ExprId,
    /// What the parameters around it are, when that is known.
    pub frame: Option<Rc<Frame>>,
}

/// One way in which a value got to a name.
#[derive(Debug, Clone)]
pub enum Origin {
    /// It is the value of this.
    Value(Place),
    /// It is one element of this, by position.
    Element(Place, usize),
    /// It is each element of this in turn.
    Each(Place),
    /// This was added to what was there before.
    Added(Place),
    /// This became a key of what was there before.
    Key(Place),
}

impl Origin {
    /// The expression, however it got there.
    #[must_use]
    pub fn into_place(self) -> Place {
        match self {
            Self::Value(it)
            | Self::Element(it, _)
            | Self::Each(it)
            | Self::Added(it)
            | Self::Key(it) => it,
        }
    }
}

/// What is looked for: a name of a scope, as it is where a statement runs.
#[derive(Clone, Copy)]
struct Wanted<'n> {
    file: FileId,
    scope: ScopeId,
    name: &'n str,
    at: Option<StmtId>,
}

impl Resolver<'_> {
    /// Where the value of a name or an attribute comes from; nothing when nobody can tell.
    #[must_use]
    pub fn origins(&self, place: &Place) -> Vec<Origin> {
        let mut found = Vec::new();
        let Some(module) = self.project.module(place.file) else {
            return found;
        };
        match module.ast.kind(place.expr) {
            ExprKind::Name(name) => self.name_origins(module, place, name, &mut found),
            ExprKind::Attribute { value, name } => {
                self.attribute_origins(module, place, *value, name, &mut found);
            }
            _ => {}
        }
        found
    }

    /// What the functions that a call enters return, or hand out one by one.
    #[must_use]
    pub fn results(&self, place: &Place, target: &Seen) -> Vec<Origin> {
        let site = Site {
            file: place.file,
            call: place.expr,
            frame: place.frame.clone(),
        };
        let mut found = Vec::new();
        for it in target.alternatives() {
            let (file, function, this, outer) = match &it.value {
                Value::Function(file, function, outer) => (*file, *function, None, outer.as_ref()),
                Value::BoundMethod(this, file, function) => (*file, *function, Some(&**this), None),
                _ => continue,
            };
            let frame = self.frame(Entered {
                file,
                function,
                site: Some(&site),
                partial: None,
                this,
                outer,
            });
            found.extend(self.returned_places(&frame));
        }
        found
    }

    fn returned_places(&self, frame: &Rc<Frame>) -> Vec<Origin> {
        let Some(module) = self.project.module(frame.file) else {
            return Vec::new();
        };
        let own = module.ast.function(frame.function);
        let place = |expr| Place {
            file: frame.file,
            expr,
            frame: Some(Rc::clone(frame)),
        };
        if let Some(result) = own.result {
            return vec![Origin::Value(place(result))];
        }
        if own.is_generator {
            let yields = module.ast.exprs.iter().filter_map(|it| match it.kind {
                ExprKind::Yield(Some(value)) if it.scope == own.scope => Some(value),
                _ => None,
            });
            return yields.map(|it| Origin::Added(place(it))).collect();
        }
        let returns = module.returns.get(&frame.function);
        let values = returns.into_iter().flatten().filter_map(|it| it.1);
        values.map(|it| Origin::Value(place(it))).collect()
    }

    fn name_origins(&self, module: &Module, place: &Place, name: &SmolStr, out: &mut Vec<Origin>) {
        let used = module.ast.expr(place.expr);
        let Some(scope) = module.scope_binding(used.scope, name) else {
            return;
        };
        if module.ast.scope(scope).kind == ScopeKind::Comprehension {
            let iterable = clause_of(module, place.expr, name);
            out.extend(iterable.map(|expr| Origin::Each(at(place, expr))));
            return;
        }
        // A comprehension runs where it is written; a function body runs after what is around it.
        let own = module.ast.function_of(used.scope) == module.ast.function_of(scope);
        let wanted = Wanted {
            file: place.file,
            scope,
            name,
            at: own.then_some(used.stmt),
        };
        self.variable_origins(wanted, place.frame.as_ref(), HANDED_ON, out);
    }

    fn variable_origins(
        &self,
        wanted: Wanted<'_>,
        frame: Option<&Rc<Frame>>,
        depth: u32,
        out: &mut Vec<Origin>,
    ) {
        let Some(module) = self.project.module(wanted.file).filter(|_| depth > 0) else {
            return;
        };
        let frame = frame_of(module, wanted, frame);
        let bindings = module.reaching(wanted.scope, wanted.name, wanted.at);
        let Some(first) = bindings.iter().map(|it| it.binding.stmt).min() else {
            return;
        };
        for reaching in bindings {
            self.bound_origins(wanted, reaching.binding, frame.as_ref(), depth, out);
        }
        for change in module.changes(wanted.scope, wanted.name) {
            let later = change.stmt > first;
            if !later || module.passed(change.stmt, wanted.at) == Passed::Never {
                continue;
            }
            let place = |expr: ExprId| Place {
                file: wanted.file,
                expr,
                frame: frame.clone(),
            };
            if let Changed::SetItem(key, _) = &change.what {
                out.push(Origin::Key(place(*key)));
            }
            out.extend(added(module, &change.what).map(|it| Origin::Added(place(it))));
        }
    }

    fn bound_origins(
        &self,
        wanted: Wanted<'_>,
        binding: &Binding,
        frame: Option<&Rc<Frame>>,
        depth: u32,
        out: &mut Vec<Origin>,
    ) {
        let place = |expr: ExprId| Place {
            file: wanted.file,
            expr,
            frame: frame.cloned(),
        };
        match &binding.what {
            Bound::Value(value) | Bound::Entered(value) => {
                out.push(Origin::Value(place(*value)));
            }
            Bound::Element(value, index) => out.push(Origin::Element(place(*value), *index)),
            Bound::Augmented(value) => {
                out.push(Origin::Added(place(*value)));
                self.before(wanted, binding.stmt, frame, depth, out);
            }
            Bound::Each(iterable) => out.push(Origin::Each(place(*iterable))),
            Bound::Param(function, index) => {
                self.passed_places(wanted.file, *function, *index, frame, out);
            }
            Bound::Imported {
                level,
                module,
                name,
            } => {
                let layout = &self.project.layout;
                let target = layout.resolve(wanted.file.0 as usize, *level, module);
                if let Some(Target::File(file)) = target {
                    self.variable_origins(exported(file, name), None, depth - 1, out);
                }
            }
            // `for a, b in pairs`: each of them comes out of the pairs.
            Bound::Opaque => {
                let iterable = self.iterable(wanted.file, binding.stmt);
                out.extend(iterable.map(|it| Origin::Each(place(it))));
            }
            _ => {}
        }
    }

    fn iterable(&self, file: FileId, stmt: StmtId) -> Option<ExprId> {
        match self.project.module(file)?.ast.stmt(stmt).kind {
            StmtKind::For { iterable, .. } => Some(iterable),
            _ => None,
        }
    }

    /// What a name was before `name += value` added to it.
    fn before(
        &self,
        wanted: Wanted<'_>,
        stmt: StmtId,
        frame: Option<&Rc<Frame>>,
        depth: u32,
        out: &mut Vec<Origin>,
    ) {
        if depth > 1 {
            let earlier = Wanted {
                at: Some(stmt),
                ..wanted
            };
            self.variable_origins(earlier, frame, depth - 1, out);
        }
    }

    /// What is passed for a parameter: by the call that is known, or by all callers.
    fn passed_places(
        &self,
        file: FileId,
        function: FunctionId,
        index: usize,
        frame: Option<&Rc<Frame>>,
        out: &mut Vec<Origin>,
    ) {
        let Some(module) = self.project.module(file) else {
            return;
        };
        let own = module.ast.function(function);
        if let Some(frame) = frame {
            if let Some(site) = &frame.site {
                let passed = self.passed_place(file, own, index, site, frame.this.is_some());
                out.extend(passed.map(Origin::Value));
            }
            return;
        }
        for (site, bound) in self.callers(file, function).sites.iter().take(CALLERS) {
            let passed = self.passed_place(file, own, index, site, *bound);
            out.extend(passed.map(Origin::Value));
        }
    }

    fn passed_place(
        &self,
        file: FileId,
        own: &Function,
        index: usize,
        site: &Site,
        bound: bool,
    ) -> Option<Place> {
        let param = &own.params[index];
        let args = self.args(site)?;
        let position = index.checked_sub(usize::from(bound))?;
        let arg = positional(args, position).or_else(|| keyword(args, &param.name));
        match arg {
            Some(arg) => Some(Place {
                file: site.file,
                expr: arg.value,
                frame: site.frame.clone(),
            }),
            None => param.default.map(|expr| Place {
                file,
                expr,
                frame: None,
            }),
        }
    }
}

/// A name of a module, as its importers see it.
fn exported(file: usize, name: &str) -> Wanted<'_> {
    Wanted {
        file: FileId(u32::try_from(file).unwrap_or(u32::MAX)),
        scope: MODULE,
        name,
        at: None,
    }
}

/// Another expression in the same frame.
fn at(place: &Place, expr: ExprId) -> Place {
    Place {
        expr,
        ..place.clone()
    }
}

/// The frame that speaks of a scope's parameters, among the frames around a place.
fn frame_of(module: &Module, wanted: Wanted<'_>, frame: Option<&Rc<Frame>>) -> Option<Rc<Frame>> {
    let function = module.ast.function_of(wanted.scope)?;
    let mut at = frame;
    while let Some(frame) = at {
        if frame.file == wanted.file && frame.function == function {
            return Some(Rc::clone(frame));
        }
        at = frame.outer.as_ref();
    }
    None
}

/// What the comprehension around a name iterates over to bind it.
fn clause_of(module: &Module, used: ExprId, name: &str) -> Option<ExprId> {
    let mut at = module.ast.expr(used).parent;
    while let Some(parent) = at {
        if let ExprKind::Comprehension(whole) = module.ast.kind(parent) {
            let clauses = &whole.clauses;
            let binds = |target: ExprId| match module.ast.kind(target) {
                ExprKind::Name(own) => own == name,
                ExprKind::Tuple(parts) => parts
                    .iter()
                    .any(|it| matches!(module.ast.kind(*it), ExprKind::Name(own) if own == name)),
                _ => false,
            };
            if let Some((_, iterable)) = clauses.iter().find(|it| binds(it.0)) {
                return Some(*iterable);
            }
        }
        at = module.ast.expr(parent).parent;
    }
    None
}

/// What a change adds to a value.
fn added(module: &Module, what: &Changed) -> Option<ExprId> {
    match what {
        Changed::SetItem(_, value) | Changed::Merge(value) => Some(*value),
        Changed::Method(call, name) => match module.ast.kind(*call) {
            ExprKind::Call { args, .. }
                if matches!(name.as_str(), "append" | "extend" | "insert" | "update") =>
            {
                args.last().map(|it| it.value)
            }
            _ => None,
        },
        Changed::DeleteItem(_) | Changed::Handed(..) | Changed::Part(..) => None,
    }
}
