//! Where frameworks enter an application: the shape of `rules/entry_points/*.toml`.

use std::collections::BTreeMap;

use serde::Deserialize;
use smol_str::SmolStr;

use super::entry::Source;

/// A file of `rules/entry_points/`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct EntryPointFile {
    /// The frameworks.
    pub framework: Vec<Framework>,
}

/// A framework, and how code is told that it enters there.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Framework {
    /// How people know it.
    pub name: String,
    /// What enters there.
    pub kind: EntryKind,
    /// Classes and functions whose objects register functions with their methods.
    #[serde(default)]
    pub classes: Vec<SmolStr>,
    /// Methods of such objects that are decorators, with the word that stands before the path:
    /// `post = "POST"`.
    #[serde(default)]
    pub methods: BTreeMap<SmolStr, String>,
    /// Whether these methods, called with a path that begins with a slash, mean the same on an
    /// object that nobody knows.
    #[serde(default)]
    pub by_path: bool,
    /// Those of them whose routes are reached only where somebody mounts them.
    #[serde(default)]
    pub routers: Vec<SmolStr>,
    /// Where an asynchronous function of this framework holds up nobody but its own request.
    #[serde(default)]
    pub own_loop: Option<OwnLoop>,
    /// The arguments of these classes that stand before the paths of their routes.
    #[serde(default)]
    pub prefix: Vec<SmolStr>,
    /// Those of them for which their own name stands there when no argument says otherwise.
    #[serde(default)]
    pub prefix_is_name: Vec<SmolStr>,
    /// What takes the application or the router that such an object belongs to: a name and a position.
    #[serde(default)]
    pub outer: Option<(SmolStr, usize)>,
    /// Methods of such objects that make a router of theirs, with the class of that.
    #[serde(default)]
    pub makers: BTreeMap<SmolStr, SmolStr>,
    /// Calls that hand a router to an application or to another router.
    #[serde(default)]
    pub mount: Vec<MountCall>,
    /// Functions that stand for all routes of another module, where a call registers a function.
    #[serde(default)]
    pub include: Vec<SmolStr>,
    /// Decorators, by their dotted paths.
    #[serde(default)]
    pub decorators: Vec<SmolStr>,
    /// Calls that register a function or a runnable.
    #[serde(default)]
    pub call: Vec<Registration>,
    /// The limit, by its name in `rules/hops/`, that a decorator or a call sets for the task that it
    /// registers.
    #[serde(default)]
    pub limit: Option<SmolStr>,
    /// The packages without which no task has this limit.
    #[serde(default)]
    pub packages: Vec<SmolStr>,
    /// A class whose attributes name tasks.
    #[serde(default)]
    pub worker: Option<WorkerClass>,
    /// Functions that a platform calls by their names.
    #[serde(default)]
    pub functions: Vec<SmolStr>,
    /// How many parameters such a function has.
    #[serde(default)]
    pub parameters: usize,
    /// What answers piece by piece: the names of functions and classes.
    #[serde(default)]
    pub streaming: Vec<SmolStr>,
    /// A module of which an importing file is a script that runs from top to bottom.
    #[serde(default)]
    pub script: Option<SmolStr>,
    /// Whether its events and answers share one connection that stays open, as a `WebSocket` does.
    #[serde(default)]
    pub socket: bool,
    /// How it is known.
    pub source: Source,
}

/// Where an asynchronous function holds up nobody but its own request: a framework that starts an
/// event loop for each.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OwnLoop {
    /// The classes whose objects register such functions.
    pub classes: Vec<SmolStr>,
    /// Packages with which event loops come that several share: a project that imports one of them
    /// may run a function there.
    pub unless: Vec<SmolStr>,
}

/// What enters an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EntryKind {
    /// A request that somebody waits for.
    Route,
    /// A task of a queue.
    Task,
    /// A call of a platform that counts its time.
    Function,
    /// An event of a user interface.
    Callback,
    /// A call of a tool by a client of the Model Context Protocol.
    Tool,
    /// A program that somebody starts.
    Program,
    /// A run of a graph that a server of LangGraph is asked for.
    Graph,
}

/// A call that hands a router to an application or to another router.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct MountCall {
    /// The name of the method.
    pub method: SmolStr,
    /// What takes the router: a name and a position.
    pub router: (SmolStr, usize),
    /// What takes what stands before its paths: a name and a position.
    pub prefix: (SmolStr, usize),
    /// Whether that stands in place of what the router itself says, rather than before it.
    #[serde(default)]
    pub replaces: bool,
}

/// A class whose attributes name tasks.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct WorkerClass {
    /// How its name ends.
    pub class: SmolStr,
    /// The attributes that hold lists of tasks.
    pub tasks: Vec<SmolStr>,
    /// Functions, by their dotted paths, around a task.
    pub around: Vec<SmolStr>,
    /// What takes the task in these: a name and a position.
    pub handler: (SmolStr, usize),
}

/// A call that registers a function or a runnable.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Registration {
    /// The dotted paths of the function or class that is called.
    #[serde(default)]
    pub paths: Vec<SmolStr>,
    /// The name of a method of the framework's objects.
    #[serde(default)]
    pub method: Option<SmolStr>,
    /// What takes the path: a name and a position.
    #[serde(default)]
    pub path: Option<(SmolStr, usize)>,
    /// What takes the function: a name and a position.
    pub handler: (SmolStr, usize),
    /// The word that stands before the path.
    #[serde(default)]
    pub verb: Option<String>,
}
