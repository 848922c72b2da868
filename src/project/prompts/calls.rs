//! What a call makes of a text: loads it, cuts it, joins it, or hands it on.

use std::rc::Rc;

use smol_str::SmolStr;

use super::below;
use super::flow::{Walk, within};
use super::loads::{Flow, Load, cut, gathered, one_of, readable, together};
use crate::catalog::prompts::TextKind;
use crate::model::python::Module;
use crate::project::origins::Place;
use crate::project::value::{Lookup, Made, Seen, Value};
use crate::syntax::python::{Arg, ArgKind, ExprId, ExprKind};

/// Functions that keep all of what they are given.
const KEEPING: &[&str] = &[
    "asyncio.run",
    "builtins.dict",
    "builtins.enumerate",
    "builtins.list",
    "builtins.repr",
    "builtins.reversed",
    "builtins.set",
    "builtins.sorted",
    "builtins.str",
    "builtins.sum",
    "builtins.tuple",
    "builtins.zip",
    "copy.copy",
    "copy.deepcopy",
    "itertools.chain",
    "itertools.chain.from_iterable",
    "json.dumps",
    "textwrap.dedent",
    "textwrap.indent",
];

/// Classes that wrap a text, by their last name.
const WRAPPING: &[&str] = &[
    "AIMessage",
    "ChatMessage",
    "Document",
    "HumanMessage",
    "SystemMessage",
    "ToolMessage",
];

/// Methods of a text, a list or a message that keep all of it.
const KEPT: &[&str] = &[
    "copy",
    "decode",
    "encode",
    "expandtabs",
    "items",
    "lower",
    "lstrip",
    "replace",
    "rstrip",
    "splitlines",
    "strip",
    "title",
    "to_messages",
    "to_string",
    "upper",
    "values",
];

/// Methods of a prompt template that write their arguments into it.
const WRITING: &[&str] = &[
    "aformat",
    "aformat_messages",
    "aformat_prompt",
    "ainvoke",
    "format",
    "format_map",
    "format_messages",
    "format_prompt",
    "invoke",
    "partial",
];

/// A call with the module it stands in.
pub(super) struct Call<'m> {
    pub(super) module: &'m Module,
    pub(super) place: &'m Place,
    pub(super) callee: ExprId,
    pub(super) args: &'m [Arg],
}

impl<'m> Call<'m> {
    pub(super) fn new(
        module: &'m Module,
        place: &'m Place,
        callee: ExprId,
        args: &'m [Arg],
    ) -> Self {
        Self {
            module,
            place,
            callee,
            args,
        }
    }

    fn name(&self) -> &str {
        let name = self.module.ast.last_name(self.callee);
        name.map_or("", SmolStr::as_str)
    }

    /// The object whose method is called.
    fn receiver(&self) -> Option<Place> {
        match self.module.ast.kind(self.callee) {
            ExprKind::Attribute { value, .. } => Some(within(self.place, *value)),
            _ => None,
        }
    }
}

impl Walk<'_, '_> {
    pub(super) fn call(&self, call: &Call<'_>) -> Flow {
        let prompts = &self.resolver.project.catalog.prompts;
        let name = call.name();
        if prompts.bounding.iter().any(|it| it == name) {
            return Flow::Cut;
        }
        if let Some(handle) = self.text_source(call) {
            return handle;
        }
        let Some(receiver) = call.receiver() else {
            return self.function(call);
        };
        if prompts.load_methods.iter().any(|it| it == name)
            && let Some(load) = self.load(call, &receiver)
        {
            return load;
        }
        if name == "join" {
            return self.joined(call.place, gathered(self.arguments(call)));
        }
        if KEPT.contains(&name) {
            return self.flow(&receiver);
        }
        if let Some(text) = self.read(call, &receiver, name) {
            return text;
        }
        if let Some(rows) = self.rows(call, &receiver, name) {
            return rows;
        }
        if WRITING.contains(&name) && self.is_template(&receiver, name) {
            let flow = together([self.arguments(call), self.flow(&receiver)].into_iter());
            return self.written(call.place, flow);
        }
        self.function(call)
    }

    /// What a function gives that is no method of a text.
    fn function(&self, call: &Call<'_>) -> Flow {
        let place = call.place;
        let target = self.target(&within(place, call.callee));
        let found = target.alternatives().iter().map(|it| match &it.value {
            Value::External(path) => self.library(call, path),
            _ => Flow::Nothing,
        });
        let results = self.resolver.results(place, &target);
        one_of(found.chain(std::iter::once(self.carried_by(results))))
    }

    /// What is called. It hardly ever depends on the frame, and without one it is remembered.
    pub(super) fn target(&self, callee: &Place) -> Seen {
        let known = self.resolver.value(callee.file, callee.expr);
        match (&known.value, &callee.frame) {
            // `TABLE[name]`: who calls says which.
            (Value::Unknown(_) | Value::OneOf(_), Some(frame)) => {
                self.resolver.eval(callee.file, callee.expr, Some(frame))
            }
            _ => known,
        }
    }

    fn library(&self, call: &Call<'_>, path: &SmolStr) -> Flow {
        let last = path.rsplit('.').next().unwrap_or(path);
        let keeping = &self.resolver.project.catalog.prompts.keeping;
        match path.as_str() {
            path if KEEPING.contains(&path)
                || WRAPPING.contains(&last)
                || keeping.iter().any(|it| it == path) =>
            {
                readable(self.arguments(call))
            }
            "builtins.map" => match call.args.get(1) {
                Some(arg) => self.flow(&within(call.place, arg.value)),
                None => Flow::Nothing,
            },
            "builtins.filter" => cut(&self.arguments(call)),
            "asyncio.to_thread" | "anyio.to_thread.run_sync" => self.handed_over(call),
            _ => Flow::Nothing,
        }
    }

    /// `asyncio.to_thread(loader.load)`: the method is handed over, and called elsewhere.
    fn handed_over(&self, call: &Call<'_>) -> Flow {
        let methods = &self.resolver.project.catalog.prompts.load_methods;
        let Some(first) = call.args.first() else {
            return Flow::Nothing;
        };
        match call.module.ast.kind(first.value) {
            ExprKind::Attribute { value, name } if methods.contains(name) => {
                let receiver = within(call.place, *value);
                self.load(call, &receiver).unwrap_or(Flow::Nothing)
            }
            _ => Flow::Nothing,
        }
    }

    /// What all arguments carry, side by side.
    fn arguments(&self, call: &Call<'_>) -> Flow {
        let values = call
            .args
            .iter()
            .filter(|it| !matches!(&it.kind, ArgKind::Keyword(name) if name == "metadata"));
        together(values.map(|it| self.flow(&within(call.place, it.value))))
    }

    /// Everything that a document loader loads; `None` when the object is none.
    fn load(&self, call: &Call<'_>, receiver: &Place) -> Option<Flow> {
        let seen = self.target(receiver);
        let made = seen.alternatives().iter().find_map(|it| self.loader(it))?;
        if self.is_limited(made) {
            return Some(Flow::Cut);
        }
        let class = self.loaded_by(made);
        // `PyPDFLoader`, also of `PyPDFLoader.from_bytes`.
        let mut names = class.rsplit('.');
        let loader = names.find(|it| it.starts_with(char::is_uppercase));
        let by: SmolStr = loader.unwrap_or("a loader").into();
        Some(Flow::All(Rc::new(Load {
            at: self.resolver.span(call.place.file, call.place.expr),
            kind: TextKind::Documents,
            whole: self.is_whole(made, &by),
            by,
            source: None,
            joined: None,
            written: None,
        })))
    }

    /// The class that does the work: `DirectoryLoader(folder, loader_cls=CSVLoader)`.
    fn loaded_by(&self, made: &Made) -> SmolStr {
        let keywords = self.resolver.keywords(&made.site, made.partial.as_ref());
        match keywords.get("loader_cls") {
            Lookup::Missing => made.path.clone(),
            Lookup::Given(seen) => match seen.value {
                Value::External(path) => path,
                _ => SmolStr::default(),
            },
            Lookup::Maybe(_) | Lookup::Unknown(_) => SmolStr::default(),
        }
    }

    /// Whether a loader makes one document of each file; most of them take a mode.
    fn is_whole(&self, made: &Made, class: &SmolStr) -> bool {
        let keywords = self.resolver.keywords(&made.site, made.partial.as_ref());
        match keywords.get("mode") {
            Lookup::Missing => {
                let whole = &self.resolver.project.catalog.prompts.whole_loaders;
                whole.contains(class)
            }
            Lookup::Given(seen) => seen.text().is_some_and(|it| it == "single"),
            Lookup::Maybe(_) | Lookup::Unknown(_) => false,
        }
    }

    fn loader<'s>(&self, seen: &'s Seen) -> Option<&'s Made> {
        let Value::Made(made) = &seen.value else {
            return None;
        };
        let modules = &self.resolver.project.catalog.prompts.loader_modules;
        let known = modules.iter().any(|it| below(&made.path, it));
        known.then_some(made)
    }

    /// Whether a loader was told how much to load.
    fn is_limited(&self, made: &Made) -> bool {
        let limits = &self.resolver.project.catalog.prompts.limit_arguments;
        let args = self.resolver.args(&made.site).unwrap_or_default();
        args.iter().any(|it| match &it.kind {
            ArgKind::Keyword(name) => limits.contains(name),
            _ => false,
        })
    }

    /// Whether an object writes text into a template: a string, or a prompt of LangChain.
    fn is_template(&self, receiver: &Place, method: &str) -> bool {
        let seen = self.target(receiver);
        seen.alternatives().iter().any(|it| match &it.value {
            Value::Made(made) => made.path.contains("PromptTemplate"),
            Value::Instance(_) => false,
            // Whatever else has such a method writes its arguments into a text.
            _ => method.trim_start_matches('a').starts_with("format"),
        })
    }
}
