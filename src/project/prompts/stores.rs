//! What stores of vectors are given, and what their retrievers are told: documents that nobody split,
//! limits that nobody reads.

use smol_str::SmolStr;

use super::below;
use super::flow::Walk;
use super::loads::{Flow, Load};
use crate::catalog::prompts::{Store, TextKind};
use crate::model::python::{Module, keyword, positional};
use crate::project::origins::Place;
use crate::project::resolve::Resolver;
use crate::project::resolve::objects::Base;
use crate::project::value::{Seen, Site, Value};
use crate::source::{FileId, Span};
use crate::syntax::python::{ArgKind, ExprId, ExprKind, StmtKind};

/// A limit that a retriever never gets to know.
#[derive(Debug)]
pub struct RetrieverLimit<'c> {
    /// The call that makes the retriever.
    pub site: Site,
    /// Where the limit is passed.
    pub passed: Span,
    /// The keyword.
    pub name: SmolStr,
    /// The limit, when it is a number that is known.
    pub limit: Option<i64>,
    /// Under which key it would be read.
    pub key: SmolStr,
    /// What the catalogue says of the store.
    pub store: &'c Store,
    /// The store's class; none when nobody can tell.
    pub class: Option<SmolStr>,
}

/// Whole documents that become one vector each.
#[derive(Debug)]
pub struct UnsplitDocuments {
    /// What is called.
    pub callee: Span,
    /// The store's class.
    pub class: SmolStr,
    /// Where they were loaded.
    pub load: Load,
}

/// What a retriever is made of.
enum Maker {
    /// A store, by its class.
    Store(SmolStr),
    /// Something else.
    Other,
    /// Nobody can tell.
    Unknown,
}

impl<'p> Resolver<'p> {
    /// All limits of a file that are passed to where a retriever is made, and dropped there.
    #[must_use]
    pub fn retriever_limits(&self, file: FileId) -> Vec<RetrieverLimit<'p>> {
        let mut found = Vec::new();
        for store in &self.project.catalog.prompts.store {
            for (module, call) in
                self.calls_of_methods(file, std::slice::from_ref(&store.retriever))
            {
                found.extend(self.retriever_limit(store, file, module, call));
            }
        }
        found
    }

    fn retriever_limit(
        &self,
        store: &'p Store,
        file: FileId,
        module: &Module,
        call: ExprId,
    ) -> Option<RetrieverLimit<'p>> {
        let ExprKind::Call { callee, args } = module.ast.kind(call) else {
            return None;
        };
        let (arg, name, key) = args.iter().find_map(|arg| match &arg.kind {
            ArgKind::Keyword(name) => Some((arg, name, store.dropped.get(name)?)),
            _ => None,
        })?;
        let ExprKind::Attribute { value, .. } = module.ast.kind(*callee) else {
            return None;
        };
        let class = match self.maker(store, &self.value(file, *value)) {
            Maker::Store(class) => Some(class),
            Maker::Unknown if !self.may_honour(store) => None,
            Maker::Unknown | Maker::Other => return None,
        };
        let (start, end) = (arg.start, arg.end);
        Some(RetrieverLimit {
            site: Site::of(file, call),
            passed: Span { file, start, end },
            name: name.clone(),
            limit: match self.value(file, arg.value).value {
                Value::Int(limit) => Some(limit),
                _ => None,
            },
            key: key.clone(),
            store,
            class,
        })
    }

    /// Whether anything in the project may take the keyword: a class that is known for it, a method of
    /// the project's own, or another library with the same words.
    fn may_honour(&self, store: &Store) -> bool {
        self.project.modules().any(|(_, module)| {
            let imports = module.ast.stmts.iter().any(|it| match &it.kind {
                StmtKind::ImportFrom { names, .. } => {
                    names.iter().any(|it| store.honoured_by.contains(&it.name))
                }
                _ => false,
            });
            let mut functions = module.ast.functions.iter();
            imports || functions.any(|it| it.name == store.retriever)
        })
    }

    fn maker(&self, store: &Store, seen: &Seen) -> Maker {
        match &seen.value {
            Value::Made(made) => Self::library_maker(store, &made.path),
            Value::Instance(instance) => {
                let bases = self.bases(instance.file, instance.class);
                let mut all = bases.iter().map(|it| match it {
                    Base::Library(path) => Self::library_maker(store, path),
                    Base::Own(..) | Base::Unknown => Maker::Unknown,
                });
                all.next().unwrap_or(Maker::Other)
            }
            Value::OneOf(all) => {
                let mut makers = all.iter().map(|it| self.maker(store, it));
                makers
                    .find(|it| matches!(it, Maker::Store(_)))
                    .unwrap_or(Maker::Unknown)
            }
            Value::Unknown(_) => Maker::Unknown,
            _ => Maker::Other,
        }
    }

    /// `Chroma` of `langchain_chroma.Chroma.from_documents`.
    fn library_maker(store: &Store, path: &str) -> Maker {
        let class = path
            .rsplit('.')
            .find(|it| it.starts_with(char::is_uppercase));
        match class {
            Some(class) if store.modules.iter().any(|it| below(path, it)) => {
                let honours = store.honoured_by.iter().any(|it| it == class);
                if honours {
                    Maker::Other
                } else {
                    Maker::Store(class.into())
                }
            }
            _ => Maker::Other,
        }
    }

    /// All calls of a file that embed whole files or pages.
    #[must_use]
    pub fn unsplit_documents(&self, file: FileId) -> Vec<UnsplitDocuments> {
        if !self.project.has_loaders() {
            return Vec::new();
        }
        let mut found = Vec::new();
        for store in &self.project.catalog.prompts.store {
            for (module, call) in self.calls_of_methods(file, &store.embedding) {
                found.extend(self.unsplit(store, file, module, call));
            }
        }
        found
    }

    fn unsplit(
        &self,
        store: &Store,
        file: FileId,
        module: &Module,
        call: ExprId,
    ) -> Option<UnsplitDocuments> {
        let ExprKind::Call { callee, args } = module.ast.kind(call) else {
            return None;
        };
        let documents = positional(args, 0).or_else(|| keyword(args, "documents"))?;
        let target = self.value(file, *callee);
        let maker = match &target.value {
            // `Chroma.from_documents`, a method of the class.
            Value::External(path) => Self::library_maker(store, path),
            Value::Member(of, _) => self.maker(store, of),
            _ => return None,
        };
        let Maker::Store(class) = maker else {
            return None;
        };
        let place = Place {
            file,
            expr: documents.value,
            frame: None,
        };
        let (Flow::All(load) | Flow::One(load)) = Walk::new(self).flow(&place) else {
            return None;
        };
        if load.kind != TextKind::Documents || !load.whole {
            return None;
        }
        Some(UnsplitDocuments {
            callee: self.span(file, *callee),
            class,
            load: (*load).clone(),
        })
    }

    /// The calls of a file of methods with one of these names.
    fn calls_of_methods(
        &self,
        file: FileId,
        names: &[SmolStr],
    ) -> impl Iterator<Item = (&'p Module, ExprId)> {
        let module = self.project.module(file);
        module.into_iter().flat_map(move |module| {
            let calls = module.calls.iter().copied();
            calls
                .filter(move |call| match module.ast.kind(*call) {
                    ExprKind::Call { callee, .. } => match module.ast.kind(*callee) {
                        ExprKind::Attribute { name, .. } => names.contains(name),
                        _ => false,
                    },
                    _ => false,
                })
                .map(move |call| (module, call))
        })
    }
}
