//! Configuration files of the project that its code reads: `yaml.safe_load(open("config.yaml"))`.

use std::rc::Rc;

use smol_str::SmolStr;

use super::Resolver;
use crate::project::value::{Dict, List, Seen, Site, Value};
use crate::source::{FileId, Span};
use crate::syntax::tree::{Scalar, View};

/// Functions that turn a file, or its text, into dicts and lists.
pub(super) const READERS: &[&str] = &[
    "yaml.safe_load",
    "yaml.full_load",
    "yaml.unsafe_load",
    "yaml.load",
    "json.load",
    "json.loads",
    "tomllib.load",
    "tomllib.loads",
    "tomli.load",
    "tomli.loads",
    "toml.load",
    "toml.loads",
];

/// How many items of a list are kept.
const ITEMS: usize = 64;

impl Resolver<'_> {
    /// What a reader makes of the file that it is given.
    pub(super) fn file_contents(&self, site: &Site, at: Span) -> Seen {
        let unknown = Seen::unknown("read from a file that is not known", at);
        let Some(given) = self.argument(site, 0) else {
            return unknown;
        };
        let Some(file) = self
            .opened(&given, 0)
            .and_then(|it| self.file_at(site.file, &it))
        else {
            return unknown;
        };
        let tree = self.project.configuration(file).and_then(|it| it.tree());
        match tree.and_then(crate::syntax::tree::Tree::root) {
            Some(root) => node(file, root),
            None => unknown,
        }
    }

    /// The path of an opened file, of its text, or of the path itself, as far as it ends in known
    /// text.
    fn opened(&self, seen: &Seen, depth: u32) -> Option<SmolStr> {
        if depth > 8 {
            return None;
        }
        match &seen.value {
            Value::Str(path) => Some(path.clone()),
            Value::Text(parts) => parts.last()?.clone(),
            Value::Made(made) => match made.path.as_str() {
                "builtins.open" | "io.open" | "pathlib.Path" | "codecs.open"
                | "os.path.abspath" | "os.path.realpath" | "os.path.expanduser" => {
                    self.opened(&self.argument(&made.site, 0)?, depth + 1)
                }
                "os.path.join" => {
                    let last = self.args(&made.site)?.len().checked_sub(1)?;
                    self.opened(&self.argument(&made.site, last)?, depth + 1)
                }
                _ => None,
            },
            // `Path(…).open()`, `file.read()`, `path.resolve()`.
            Value::Derived(derived) => match (derived.method.as_str(), &derived.of.value) {
                ("joinpath", _) => {
                    let last = self.args(&derived.site)?.len().checked_sub(1)?;
                    self.opened(&self.argument(&derived.site, last)?, depth + 1)
                }
                (
                    "open" | "read" | "read_text" | "read_bytes" | "resolve" | "absolute"
                    | "expanduser",
                    _,
                ) => self.opened(&derived.of, depth + 1),
                _ => None,
            },
            _ => None,
        }
    }

    /// The configuration file that a path means: beside the code or in a folder above it, or the
    /// only one of that name.
    fn file_at(&self, from: FileId, path: &str) -> Option<FileId> {
        let sources = self.project.sources();
        let path = path.trim_start_matches("./").trim_start_matches('/');
        let path = path.replace("../", "");
        let mut folder = sources.path(from)?;
        loop {
            folder = folder.rsplit_once('/').map_or("", |it| it.0);
            let found = match folder {
                "" => sources.find(&path),
                folder => sources.find(&format!("{folder}/{path}")),
            };
            if found.is_some_and(|it| self.project.configuration(it).is_some()) {
                return found;
            }
            if folder.is_empty() {
                break;
            }
        }
        let ending = format!("/{path}");
        let mut all = self.project.configurations().map(|it| it.0);
        let mut fitting = all
            .by_ref()
            .filter(|it| sources.get(*it).path.ends_with(&ending));
        fitting.next().filter(|_| fitting.next().is_none())
    }
}

/// A node of a configuration file as the value that a program gets for it.
fn node(file: FileId, view: View<'_>) -> Seen {
    let bytes = view.bytes();
    let at = Span {
        file,
        start: bytes.start,
        end: bytes.end,
    };
    let value = match view.scalar() {
        Some(Scalar::Null) => Value::None,
        Some(Scalar::Bool(value)) => Value::Bool(value),
        Some(Scalar::Int(value)) => Value::Int(value),
        Some(Scalar::Float(value)) => Value::Float(value),
        Some(Scalar::Text | Scalar::Verbatim) => match view.text() {
            // Somebody puts a value in before the program reads it, or the program does.
            Some(text) if !text.contains("${") => Value::Str(text.into()),
            _ => Value::Unknown("a placeholder in a file"),
        },
        Some(Scalar::Template) => Value::Unknown("a placeholder in a file"),
        None if view.is_map() => Value::Dict(Rc::new(map(file, view))),
        None => {
            let all: Vec<Seen> = view
                .items()
                .take(ITEMS + 1)
                .map(|it| node(file, it))
                .collect();
            Value::List(Rc::new(List {
                open: all.len() > ITEMS,
                items: all,
            }))
        }
    };
    Seen { value, at }
}

fn map(file: FileId, view: View<'_>) -> Dict {
    let mut dict = Dict {
        open: view.is_open().then_some("a template that adds keys"),
        ..Dict::default()
    };
    for (key, value) in view.entries() {
        match key.text() {
            Some(key) => dict.set(key.into(), node(file, value), true),
            None => dict.open = dict.open.or(Some("a key that is not known")),
        }
    }
    dict
}
