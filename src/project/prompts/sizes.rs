//! How long a prompt becomes at most, as far as numbers that somebody wrote tell: chunks, how many of
//! them, and texts that are written out.

use std::cell::{Cell, RefCell};

use smol_str::SmolStr;

use super::flow::within;
use crate::catalog::models::{Reading, Splitter};
use crate::model::python::{Module, keyword, positional};
use crate::project::origins::{Origin, Place};
use crate::project::resolve::Resolver;
use crate::project::value::{Lookup, Made, Seen, Site, Value};
use crate::source::{FileId, Span};
use crate::syntax::python::{Arg, ExprId, ExprKind, FunctionId, Operator, Piece};

/// How many names, calls and collections deep a text may lie.
const DEPTH: u32 = 24;

/// How many expressions are read to answer one question.
const STEPS: u32 = 400;

/// A part of a prompt whose size is known.
#[derive(Debug, Clone)]
pub struct Part {
    /// Where it is decided how many there are, or where the text is written.
    pub at: Span,
    /// How many documents; one for a text.
    pub count: u64,
    /// How many tokens each of them has at most.
    pub tokens: u64,
    /// Where the size of each is decided; none for a text.
    pub split: Option<Chunk>,
    /// How many there are where this is one of them.
    of: u64,
}

/// The size of the parts that a splitter makes.
#[derive(Debug, Clone)]
pub struct Chunk {
    /// Where it is written.
    pub at: Span,
    /// The number.
    pub size: u64,
    /// Whether it counts tokens, and not characters.
    pub in_tokens: bool,
}

impl Part {
    /// How many tokens all of it has at most.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.count.saturating_mul(self.tokens)
    }
}

/// One walk backwards from a prompt.
pub(super) struct Sizes<'r, 'p> {
    resolver: &'r Resolver<'p>,
    reading: &'p Reading,
    steps: Cell<u32>,
    active: RefCell<Vec<(FileId, ExprId, u32)>>,
}

impl<'r, 'p> Sizes<'r, 'p> {
    pub(super) fn new(resolver: &'r Resolver<'p>) -> Self {
        Self {
            resolver,
            reading: &resolver.project.catalog.models.reading,
            steps: Cell::new(0),
            active: RefCell::default(),
        }
    }

    /// The parts of an expression whose size is known; what is not known is left out.
    pub(super) fn parts(&self, place: &Place) -> Vec<Part> {
        let frame = place.frame.as_ref().map_or(0, |it| it.id);
        let question = (place.file, place.expr, frame);
        let deep = self.active.borrow().len() >= DEPTH as usize;
        if deep || self.steps.get() >= STEPS || self.active.borrow().contains(&question) {
            return Vec::new();
        }
        self.steps.set(self.steps.get() + 1);
        self.active.borrow_mut().push(question);
        let found = match self.resolver.project.module(place.file) {
            Some(module) => self.parts_of(module, place),
            None => Vec::new(),
        };
        self.active.borrow_mut().pop();
        found
    }

    fn parts_of(&self, module: &Module, place: &Place) -> Vec<Part> {
        let inner = |it: ExprId| self.parts(&within(place, it));
        let all = |exprs: &[ExprId]| exprs.iter().flat_map(|it| inner(*it)).collect();
        match module.ast.kind(place.expr) {
            ExprKind::Str(text) => self.text(place, text).into_iter().collect(),
            ExprKind::Format(pieces) => pieces
                .iter()
                .flat_map(|it| match it {
                    Piece::Text(text) => self.text(place, text).into_iter().collect(),
                    Piece::Value(value) => inner(*value),
                })
                .collect(),
            ExprKind::Binary(Operator::Add | Operator::Mod, a, b) => all(&[*a, *b]),
            ExprKind::Tuple(parts) | ExprKind::List(parts) => all(parts),
            ExprKind::Dict(entries) => entries.iter().flat_map(|it| inner(it.1)).collect(),
            ExprKind::Await(value) | ExprKind::Star(value) => inner(*value),
            ExprKind::Comprehension(whole) if whole.conditions.is_empty() => {
                gathered(all(&whole.element))
            }
            ExprKind::Attribute { value, name }
                if matches!(name.as_str(), "content" | "page_content") =>
            {
                inner(*value)
            }
            ExprKind::Name(_) | ExprKind::Attribute { .. } => self.named(place),
            ExprKind::Call { callee, args } => self.call(module, place, *callee, args),
            _ => Vec::new(),
        }
    }

    /// A text that is written out. A word alone is a role or a key, and no part of the prompt.
    fn text(&self, place: &Place, text: &str) -> Option<Part> {
        if !text.contains(char::is_whitespace) {
            return None;
        }
        let characters = u64::try_from(text.chars().count()).ok()?;
        let tokens = characters / self.reading.characters_per_token;
        (tokens > 0).then(|| Part {
            at: self.resolver.span(place.file, place.expr),
            count: 1,
            tokens,
            split: None,
            of: 1,
        })
    }

    /// What a name carries; nothing where it may be one of several things.
    fn named(&self, place: &Place) -> Vec<Part> {
        let (mut bound, mut added) = (Vec::new(), Vec::new());
        for origin in self.resolver.origins(place) {
            match origin {
                Origin::Value(inner) => bound.push(self.parts(&inner)),
                Origin::Each(inner) => bound.push(each(self.parts(&inner))),
                Origin::Added(inner) => added.extend(gathered(self.parts(&inner))),
                Origin::Element(..) | Origin::Key(_) => bound.push(Vec::new()),
            }
        }
        if bound.len() > 1 {
            return Vec::new();
        }
        added.extend(bound.into_iter().flatten());
        added
    }

    fn call(&self, module: &Module, place: &Place, callee: ExprId, args: &[Arg]) -> Vec<Part> {
        let name = module.ast.last_name(callee).map_or("", SmolStr::as_str);
        let given = || {
            args.iter()
                .flat_map(|it| self.parts(&within(place, it.value)))
        };
        let ExprKind::Attribute { value, .. } = module.ast.kind(callee) else {
            return self.function(place, callee, given);
        };
        let receiver = within(place, *value);
        if self.reading.searches.iter().any(|it| it == name) {
            let store = self.resolver.value(place.file, *value);
            let k = keyword(args, "k").or_else(|| positional(args, 1));
            let limit = k.map(|it| {
                self.resolver
                    .eval(place.file, it.value, place.frame.as_ref())
            });
            return self.found(&store, limit).into_iter().collect();
        }
        if self.reading.asking.iter().any(|it| it == name)
            && let Some(part) = self.retrieved(&self.resolver.value(place.file, *value))
        {
            return vec![part];
        }
        match name {
            "join" => gathered(given().collect()),
            "strip" | "lstrip" | "rstrip" | "copy" => self.parts(&receiver),
            "format" | "format_messages" | "format_prompt" | "invoke" | "ainvoke" => {
                let template = self.parts(&receiver);
                template.into_iter().chain(given()).collect()
            }
            "from_template" | "from_messages" => given().collect(),
            _ => self.function(place, callee, given),
        }
    }

    fn function<I: Iterator<Item = Part>>(
        &self,
        place: &Place,
        callee: ExprId,
        given: impl FnOnce() -> I,
    ) -> Vec<Part> {
        let target = self.resolver.eval(place.file, callee, place.frame.as_ref());
        if let Value::External(path) = &target.value {
            let last = path.rsplit('.').next().unwrap_or(path);
            let keeps = last.ends_with("Message")
                || matches!(last, "list" | "str" | "dedent" | "PromptTemplate");
            return if keeps { given().collect() } else { Vec::new() };
        }
        match self.resolver.results(place, &target).as_slice() {
            [Origin::Value(only)] => self.parts(only),
            _ => Vec::new(),
        }
    }

    /// What the parts of a chain before its model add to a prompt.
    pub(super) fn of_chain(&self, parts: &[Seen], depth: u32) -> Vec<Part> {
        let mut found = Vec::new();
        for part in parts {
            if let Some(retrieved) = self.retrieved(part) {
                found.push(retrieved);
                continue;
            }
            match &part.value {
                Value::Chain(inner) if depth > 0 => found.extend(self.of_chain(inner, depth - 1)),
                Value::Dict(dict) if depth > 0 => {
                    let values: Vec<Seen> =
                        dict.entries.iter().map(|it| it.value.clone()).collect();
                    found.extend(self.of_chain(&values, depth - 1));
                }
                Value::Made(made) if made.path.contains("PromptTemplate") => {
                    let place = Place {
                        file: made.site.file,
                        expr: made.site.call,
                        frame: made.site.frame.clone(),
                    };
                    found.extend(self.parts(&place));
                }
                // A function may choose or cut.
                Value::Function(file, function, _) if self.cuts(*file, *function) => {
                    return Vec::new();
                }
                _ => {}
            }
        }
        found
    }

    fn cuts(&self, file: FileId, function: FunctionId) -> bool {
        let Some(ast) = self.resolver.project.module(file).map(|it| &it.ast) else {
            return true;
        };
        ast.exprs.iter().any(|it| {
            ast.function_of(it.scope) == Some(function)
                && matches!(it.kind, ExprKind::Subscript { .. } | ExprKind::Compare(..))
        })
    }

    /// The documents that a retriever finds: `store.as_retriever(search_kwargs={"k": 20})`.
    pub(super) fn retrieved(&self, seen: &Seen) -> Option<Part> {
        let Value::Derived(derived) = &seen.value else {
            return None;
        };
        let stores = &self.resolver.project.catalog.prompts.store;
        let store = stores.iter().find(|it| it.retriever == derived.method)?;
        let limit = match self
            .resolver
            .keywords(&derived.site, None)
            .get(&store.limits)
        {
            Lookup::Given(seen) => match &seen.value {
                Value::Dict(dict) => match dict.get(&store.count) {
                    Lookup::Given(seen) => Some(seen),
                    _ => return None,
                },
                _ => return None,
            },
            _ => return None,
        };
        self.found(&derived.of, limit)
    }

    /// As many documents as somebody wrote, of a store whose documents have a known size.
    fn found(&self, store: &Seen, limit: Option<Seen>) -> Option<Part> {
        let limit = limit?;
        let Value::Int(count) = limit.value else {
            return None;
        };
        let count = u64::try_from(count).ok()?;
        let chunk = self.chunk_of(store)?;
        let tokens = if chunk.in_tokens {
            chunk.size
        } else {
            chunk.size / self.reading.characters_per_token
        };
        Some(Part {
            at: limit.at,
            count,
            tokens,
            split: Some(chunk),
            of: count,
        })
    }

    /// How long the documents of a store are: those it was made of, or, where it is filled elsewhere,
    /// those of the only splitter of the project.
    fn chunk_of(&self, store: &Seen) -> Option<Chunk> {
        if let Value::Made(made) = &store.value
            && made.path.ends_with(".from_documents")
            && let Some(documents) = positional(self.resolver.args(&made.site)?, 0)
        {
            let place = Place {
                file: made.site.file,
                expr: documents.value,
                frame: made.site.frame.clone(),
            };
            return self.split_into(&place, 4);
        }
        if self.has_other_splitters() {
            return None;
        }
        let mut found: Option<Chunk> = None;
        for splitter in &self.reading.splitter {
            for (file, call) in self.resolver.project.calls_named(&splitter.name) {
                let site = Site::of(file, call);
                let chunk = self.chunk(splitter, &site)?;
                if found
                    .as_ref()
                    .is_some_and(|it| (it.size, it.in_tokens) != (chunk.size, chunk.in_tokens))
                {
                    return None;
                }
                found = found.or(Some(chunk));
            }
        }
        found
    }

    /// Whether some splitter of the project makes parts of a size that nobody knows.
    fn has_other_splitters(&self) -> bool {
        let known = &self.reading.splitter;
        self.resolver.project.modules().any(|(_, module)| {
            let mut calls = module
                .calls
                .iter()
                .filter_map(|it| match module.ast.kind(*it) {
                    ExprKind::Call { callee, .. } => module.ast.last_name(*callee),
                    _ => None,
                });
            calls.any(|it| it.ends_with("Splitter") && known.iter().all(|own| own.name != *it))
        })
    }

    /// The size of documents that an expression splits.
    fn split_into(&self, place: &Place, depth: u32) -> Option<Chunk> {
        let module = self.resolver.project.module(place.file)?;
        if let ExprKind::Call { callee, .. } = module.ast.kind(place.expr) {
            let ExprKind::Attribute { value, name } = module.ast.kind(*callee) else {
                return None;
            };
            if !name.starts_with("split_") && name != "create_documents" {
                return None;
            }
            let splitter = self.resolver.eval(place.file, *value, place.frame.as_ref());
            let Value::Made(made) = &splitter.value else {
                return None;
            };
            return self.chunk(self.splitter(made)?, &made.site);
        }
        match self.resolver.origins(place).as_slice() {
            [Origin::Value(only)] if depth > 0 => self.split_into(only, depth - 1),
            _ => None,
        }
    }

    fn splitter(&self, made: &Made) -> Option<&'p Splitter> {
        let last = made.path.rsplit('.').next()?;
        self.reading.splitter.iter().find(|it| it.name == last)
    }

    fn chunk(&self, splitter: &Splitter, site: &Site) -> Option<Chunk> {
        let keywords = self.resolver.keywords(site, None);
        if let Some(other) = &splitter.unless {
            match keywords.get(other) {
                Lookup::Missing => {}
                Lookup::Given(seen) if matches!(&seen.value, Value::External(it) if it == "builtins.len") =>
                    {}
                _ => return None,
            }
        }
        let (count, at) = match keywords.get(&splitter.argument) {
            Lookup::Given(seen) => match seen.value {
                Value::Int(count) => (u64::try_from(count).ok()?, seen.at),
                _ => return None,
            },
            Lookup::Missing => (splitter.absent?, self.resolver.callee_span(site)),
            Lookup::Maybe(_) | Lookup::Unknown(_) => return None,
        };
        Some(Chunk {
            at,
            size: count,
            in_tokens: splitter.tokens,
        })
    }
}

/// One of several documents.
fn each(parts: Vec<Part>) -> Vec<Part> {
    let one = |it: Part| Part { count: 1, ..it };
    parts.into_iter().map(one).collect()
}

/// All of those of which each was one.
fn gathered(parts: Vec<Part>) -> Vec<Part> {
    let all = |it: Part| Part { count: it.of, ..it };
    parts.into_iter().map(all).collect()
}
