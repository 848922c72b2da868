//! Where text of any size is read that no document loader loads: files, attachments, web pages.

use std::rc::Rc;

use smol_str::SmolStr;

use super::calls::Call;
use super::flow::{Walk, within};
use super::loads::{Flow, Load};
use crate::catalog::prompts::{TextKind, TextSource};
use crate::model::python::{Bound, Module, keyword, positional};
use crate::project::origins::{Origin, Place};
use crate::project::value::Value;
use crate::source::Span;
use crate::syntax::python::{ExprId, ExprKind, Piece};

/// How many expressions are read to tell what a path or an address is made of.
const LEAVES: usize = 60;

impl Walk<'_, '_> {
    /// What a call opens or asks for, of which the text can be read; `None` for any other call.
    pub(super) fn text_source(&self, call: &Call<'_>) -> Option<Flow> {
        let target = self.target(&within(call.place, call.callee));
        let (path, source) = target
            .alternatives()
            .iter()
            .find_map(|it| match &it.value {
                Value::External(path) => Some((path, self.source_at(path)?)),
                Value::Member(of, method) => match &of.value {
                    // `session.get(url)`: listed with its class.
                    Value::Made(made) => {
                        Some((method, self.source_at(&format!("{}.{method}", made.path))?))
                    }
                    _ => None,
                },
                _ => None,
            })?;
        if !self.may_be_large(call, source) {
            return Some(Flow::Nothing);
        }
        let at = self.resolver.span(call.place.file, call.place.expr);
        let load = load(source, path, at);
        let gives_text = source.methods.is_empty() && source.parts.is_empty();
        Some(if gives_text {
            Flow::All(load)
        } else {
            Flow::Handle(load)
        })
    }

    fn source_at(&self, path: &str) -> Option<&'static TextSource> {
        let all = &self.resolver.project.catalog.prompts.text;
        all.iter().find(|it| it.paths.iter().any(|own| own == path))
    }

    /// Whether nobody has thought of how much it may be: no file of the application itself, no
    /// answer of a service, nothing whose size is looked at.
    fn may_be_large(&self, call: &Call<'_>, source: &TextSource) -> bool {
        if self.weighs(call.module, call.place.expr) {
            return false;
        }
        let prompts = &self.resolver.project.catalog.prompts;
        let has = |words: &[SmolStr], name: &str| {
            let name = name.to_lowercase();
            words.iter().any(|it| name.contains(it.as_str()))
        };
        let arg = positional(call.args, 0).or_else(|| {
            ["file", "path", "url"]
                .iter()
                .find_map(|it| keyword(call.args, it))
        });
        let Some(arg) = arg.filter(|_| source.kind != TextKind::Attachment) else {
            return source.kind != TextKind::Page;
        };
        let leaves = self.leaves(&within(call.place, arg.value));
        if leaves.words().any(|it| has(&prompts.own_words, it)) {
            return false;
        }
        match source.kind {
            TextKind::File => leaves.is_open,
            TextKind::Output => {
                leaves.is_open && self.is_any_program(&within(call.place, arg.value))
            }
            TextKind::Page => {
                leaves.is_open
                    && leaves.texts.iter().all(SmolStr::is_empty)
                    && leaves.names.iter().any(|it| has(&prompts.page_words, it))
            }
            _ => true,
        }
    }

    /// Whether a command may run anything: the name of its program is not written out.
    fn is_any_program(&self, command: &Place) -> bool {
        let seen = self
            .resolver
            .eval(command.file, command.expr, command.frame.as_ref());
        match &seen.value {
            Value::List(list) => list.items.first().is_none_or(|it| it.text().is_none()),
            Value::Text(parts) => parts.first().is_none_or(Option::is_none),
            Value::Str(_) => false,
            _ => true,
        }
    }

    /// Whether the function around an expression looks at the size of something.
    fn weighs(&self, module: &Module, expr: ExprId) -> bool {
        let words = &self.resolver.project.catalog.prompts.size_words;
        let function = module.ast.function_of(module.ast.expr(expr).scope);
        module.ast.exprs.iter().any(|it| match &it.kind {
            ExprKind::Attribute { name, .. } | ExprKind::Name(name) => {
                words.contains(name) && module.ast.function_of(it.scope) == function
            }
            _ => false,
        })
    }

    /// The names and texts that a path or an address is made of.
    pub(super) fn leaves(&self, place: &Place) -> Leaves {
        let mut leaves = Leaves::default();
        let mut open = vec![place.clone()];
        for _ in 0..LEAVES {
            let Some(place) = open.pop() else {
                return leaves;
            };
            self.leaf(&place, &mut leaves, &mut open);
        }
        leaves
    }

    fn leaf(&self, place: &Place, leaves: &mut Leaves, open: &mut Vec<Place>) {
        let Some(module) = self.resolver.project.module(place.file) else {
            return;
        };
        let expr = module.ast.expr(place.expr);
        let function = module.ast.function_of(expr.scope);
        leaves
            .names
            .extend(function.map(|it| module.ast.function(it).name.clone()));
        let inner = |it: ExprId| within(place, it);
        match &expr.kind {
            ExprKind::Str(text) => leaves.texts.push(text.clone()),
            ExprKind::Format(pieces) => {
                for piece in pieces {
                    match piece {
                        Piece::Text(text) => leaves.texts.push(text.clone()),
                        Piece::Value(value) => open.push(inner(*value)),
                    }
                }
            }
            ExprKind::Name(name) | ExprKind::Attribute { name, .. } => {
                leaves.names.push(name.clone());
                let origins = self.resolver.origins(place);
                leaves.is_open |= origins.is_empty() && name != "__file__";
                open.extend(origins.into_iter().map(Origin::into_place));
            }
            ExprKind::Call { callee, args } => {
                leaves.names.extend(module.ast.last_name(*callee).cloned());
                leaves.is_open |= args.is_empty();
                open.extend(args.iter().map(|it| inner(it.value)));
                if let ExprKind::Attribute { value, .. } = module.ast.kind(*callee) {
                    open.push(inner(*value));
                }
            }
            ExprKind::Binary(_, a, b) | ExprKind::Or(a, b) | ExprKind::And(a, b) => {
                open.extend([inner(*a), inner(*b)]);
            }
            ExprKind::Await(value) | ExprKind::Subscript { value, .. } => open.push(inner(*value)),
            _ => leaves.is_open = true,
        }
    }

    /// What a method reads of something that was opened: all of it, unless told how much.
    pub(super) fn read(&self, call: &Call<'_>, receiver: &Place, name: &str) -> Option<Flow> {
        let flow = self.flow(receiver);
        let (Flow::Handle(load) | Flow::One(load) | Flow::All(load)) = &flow else {
            return None;
        };
        let source = load.source?;
        let listed = |all: &[SmolStr]| all.iter().any(|it| it == name);
        if listed(&source.handles) {
            return Some(flow);
        }
        if !listed(&source.methods) {
            return None;
        }
        // `file.read(4000)`.
        let size = call.args.first().map(|it| call.module.ast.kind(it.value));
        let is_sized = name == "read" && matches!(size, Some(ExprKind::Int(_) | ExprKind::Name(_)));
        if is_sized || self.weighs(call.module, call.place.expr) {
            return Some(Flow::Cut);
        }
        Some(match flow {
            Flow::Handle(mut load) => {
                let at = self.resolver.span(call.place.file, call.place.expr);
                Rc::make_mut(&mut load).at = at;
                Flow::All(load)
            }
            other => other,
        })
    }

    /// `Path(folder) / name`.
    pub(super) fn path(&self, place: &Place, folder: ExprId, name: ExprId) -> Flow {
        match self.flow(&within(place, folder)) {
            Flow::Handle(load) if load.kind == TextKind::File => {
                let leaves = self.leaves(&within(place, name));
                if leaves.is_open {
                    Flow::Handle(load)
                } else {
                    Flow::Nothing
                }
            }
            _ => Flow::Nothing,
        }
    }

    /// What a parameter carries that nobody was seen passing: `file: UploadFile`.
    pub(super) fn annotated(&self, module: &Module, place: &Place) -> Flow {
        let ExprKind::Name(name) = module.ast.kind(place.expr) else {
            return Flow::Nothing;
        };
        let scope = module.scope_binding(module.ast.expr(place.expr).scope, name);
        let bindings = scope.map_or(&[][..], |it| module.bindings(it, name));
        let [binding] = bindings else {
            return Flow::Nothing;
        };
        let Bound::Param(function, index) = binding.what else {
            return Flow::Nothing;
        };
        let Some(annotation) = module.ast.function(function).params[index].annotation else {
            return Flow::Nothing;
        };
        match &self.resolver.value(place.file, annotation).value {
            Value::External(path) => match self.source_at(path) {
                Some(source) => {
                    let at = self.resolver.span(place.file, place.expr);
                    Flow::Handle(load(source, path, at))
                }
                None => Flow::Nothing,
            },
            _ => Flow::Nothing,
        }
    }
}

/// What a path or an address is made of.
#[derive(Default)]
pub(super) struct Leaves {
    /// All names in it, and those of the functions around these.
    names: Vec<SmolStr>,
    /// The texts that are written out.
    pub(super) texts: Vec<SmolStr>,
    /// Whether some part of it comes from elsewhere.
    pub(super) is_open: bool,
}

impl Leaves {
    fn words(&self) -> impl Iterator<Item = &SmolStr> {
        self.names.iter().chain(&self.texts)
    }
}

/// What is known of an attribute of something that can be read.
pub(super) fn part_of(flow: Flow, name: &SmolStr) -> Option<Flow> {
    let (Flow::Handle(load) | Flow::One(load) | Flow::All(load)) = &flow else {
        return None;
    };
    let source = load.source?;
    match flow {
        Flow::Handle(load) if source.parts.contains(name) => Some(Flow::All(load)),
        Flow::Handle(_) => Some(Flow::Nothing),
        other => source.parts.contains(name).then_some(other),
    }
}

fn load(source: &'static TextSource, path: &str, at: Span) -> Rc<Load> {
    let by = path.rsplit('.').next().unwrap_or(path);
    Rc::new(Load {
        at,
        kind: source.kind,
        by: by.into(),
        whole: true,
        source: Some(source),
        joined: None,
        written: None,
    })
}
