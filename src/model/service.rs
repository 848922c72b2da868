//! What one file says of the things it starts: their image, command, environment and limits.

mod cloud;
mod compose;
mod image;
mod kubernetes;
pub mod patch;
mod process;

use std::ops::Range;

use smol_str::SmolStr;

use crate::model::configuration::Configuration;
use crate::source::Format;
use crate::syntax::shell::{self, Command};
use crate::syntax::tree::View;

/// A container or a process.
#[derive(Debug, Default)]
pub struct Service {
    /// What the file calls it.
    pub name: SmolStr,
    /// Where it is called so.
    pub at: Range<u32>,
    /// The manifest whose pods it is a part of.
    pub owner: Option<Owner>,
    /// Other names under which it is reached.
    pub names: Vec<SmolStr>,
    /// The service it takes everything over from that it does not say itself.
    pub extends: Option<Extended>,
    /// What starts it.
    pub runtime: Runtime,
    /// The image, when the file names it.
    pub image: Option<Text>,
    /// How the image is built, when the file says so.
    pub build: Option<Build>,
    /// What it runs; empty when the image says so.
    pub entrypoint: Vec<Command>,
    /// What it hands to its entry point, or runs when it has none.
    pub command: Vec<Command>,
    /// Whether its entry point is a text for a shell, which drops what it is handed.
    pub drops_command: bool,
    /// The folder it runs in.
    pub folder: Option<SmolStr>,
    /// Its environment, the later one wins.
    pub environment: Vec<Variable>,
    /// What its build is told: for an image the arguments with their defaults, for who builds one
    /// the values it passes.
    pub arguments: Vec<Variable>,
    /// Files that add to its environment.
    pub environment_files: Vec<Text>,
    /// Variables that come from a map of the cluster, in their order.
    pub environment_maps: Vec<FromMap>,
    /// Whether something that the file does not show may add to all this.
    pub is_open: bool,
    /// What it may use of its machine.
    pub resources: Resources,
    /// How long it may take to stop.
    pub grace: Option<Text>,
    /// How others find it: the labels of a pod.
    pub labels: Vec<(SmolStr, SmolStr)>,
    /// Paths that tell whether it lives.
    pub liveness: Vec<Text>,
    /// How long the answer may take that tells whether it lives, in seconds.
    pub probe_timeout: Option<Text>,
}

/// A service that another one takes over from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extended {
    /// Its file, from the folder of this one; `None` for the same file.
    pub file: Option<SmolStr>,
    /// Its name.
    pub name: SmolStr,
}

/// A manifest, by what it is and what it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// Its kind; `None` for any.
    pub kind: Option<SmolStr>,
    /// Its name; `None` for any.
    pub name: Option<SmolStr>,
}

/// Variables that come from a `ConfigMap`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FromMap {
    /// The name of the map.
    pub map: SmolStr,
    /// One variable and the key it comes from; `None` for all keys of the map.
    pub variable: Option<(SmolStr, SmolStr)>,
    /// What is put before the names of all keys.
    pub prefix: SmolStr,
}

/// What starts a service.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Runtime {
    /// Docker Compose.
    #[default]
    Compose,
    /// Kubernetes, or what reads its manifests.
    Kubernetes,
    /// A cloud that runs containers without a file of its own: ECS, Cloud Run.
    Cloud,
    /// Whoever runs the image that a Dockerfile builds.
    Image,
    /// A manager of processes.
    Process,
}

/// A text and the place it was written at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The text.
    pub text: SmolStr,
    /// The place.
    pub at: Range<u32>,
}

/// Where an image is built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Build {
    /// The folder, from the one of the file.
    pub context: SmolStr,
    /// The Dockerfile, from the context.
    pub dockerfile: Option<SmolStr>,
    /// The stage at which it ends; `None` for the last one.
    pub target: Option<SmolStr>,
}

/// An environment variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: SmolStr,
    /// Its value as it is written, with `${X:-d}` in it; `None` when it comes from elsewhere.
    pub value: Option<SmolStr>,
    /// Where the value is written, or the name when there is none.
    pub at: Range<u32>,
}

/// What a service may use, each as it is written.
#[derive(Debug, Default)]
pub struct Resources {
    /// The most memory, or the memory that is set aside for it.
    pub memory: Option<Text>,
    /// The processors that are set aside for it.
    pub cpu_request: Option<Text>,
    /// The most processors.
    pub cpu_limit: Option<Text>,
    /// Whether something that the file does not show may say more.
    pub is_open: bool,
}

/// The containers of one manifest of Kubernetes; none when it is another kind of document.
#[must_use]
pub fn of_manifest(document: View<'_>) -> Vec<Service> {
    if kubernetes::is_manifest(document) {
        kubernetes::services(document)
    } else {
        Vec::new()
    }
}

/// The services of a file, in the order of the text.
#[must_use]
pub fn services(path: &str, format: Format, read: &Configuration) -> Vec<Service> {
    match (read, format) {
        (Configuration::Dockerfile(file), _) => image::services(file),
        (Configuration::Tree(tree), Format::Procfile) => process::procfile(tree),
        (Configuration::Tree(tree), Format::Ini) => process::managed(tree),
        (Configuration::Tree(tree), Format::Yaml) => {
            let documents = tree.documents();
            documents
                .flat_map(|it| {
                    if kubernetes::is_manifest(it) {
                        return kubernetes::services(it);
                    }
                    let mut services = compose::services(path, it);
                    services.extend(process::on_platform(it));
                    services.extend(cloud::template(it));
                    services
                })
                .collect()
        }
        (Configuration::Tree(tree), Format::Json | Format::Toml) => {
            let documents = tree.documents();
            let found = documents.map(|it| (process::on_platform(it), cloud::template(it)));
            found
                .flat_map(|(own, cloud)| own.into_iter().chain(cloud))
                .collect()
        }
        (Configuration::Tree(tree), Format::Hcl) => cloud::terraform(tree),
        _ => Vec::new(),
    }
}

impl Owner {
    /// The one that a view describes by `kind` and `name`.
    #[must_use]
    pub fn of(view: View<'_>) -> Option<Self> {
        let text = |key: &str| view.get(key).and_then(View::text).map(SmolStr::from);
        let own = Self {
            kind: text("kind"),
            name: text("name"),
        };
        // What else may select manifests, as a label, is nothing that is written at them plainly.
        (own.kind.is_some() || own.name.is_some()).then_some(own)
    }

    /// Whether it is what another one describes.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        let fits =
            |own: &Option<SmolStr>, wanted: &Option<SmolStr>| wanted.is_none() || own == wanted;
        fits(&self.kind, &other.kind) && fits(&self.name, &other.name)
    }
}

impl Service {
    /// The same where nothing in its text has a place of its own.
    #[must_use]
    pub fn moved_to(mut self, at: &Range<u32>) -> Self {
        let resources = &mut self.resources;
        let parts = [&mut self.image, &mut self.grace, &mut self.probe_timeout];
        let limits = [
            &mut resources.memory,
            &mut resources.cpu_request,
            &mut resources.cpu_limit,
        ];
        let texts = parts.into_iter().chain(limits).flatten();
        let texts = texts
            .chain(&mut self.environment_files)
            .chain(&mut self.liveness);
        let texts = texts.map(|it| &mut it.at);
        let words = self
            .entrypoint
            .iter_mut()
            .chain(&mut self.command)
            .flatten();
        let words = words.map(|it| &mut it.bytes);
        let variables = self.environment.iter_mut().chain(&mut self.arguments);
        let variables = variables.map(|it| &mut it.at);
        for own in texts.chain(words).chain(variables).chain([&mut self.at]) {
            own.clone_from(at);
        }
        self
    }

    /// What it runs, as far as its own file says.
    #[must_use]
    pub fn commands(&self) -> Vec<Command> {
        let handed = if self.drops_command {
            Vec::new()
        } else {
            self.command.clone()
        };
        joined(self.entrypoint.clone(), handed)
    }
}

impl Text {
    /// A scalar with its place.
    fn of(view: View<'_>) -> Option<Self> {
        Some(Self {
            text: view.text()?.into(),
            at: view.bytes(),
        })
    }
}

/// A command as a list of words, or as a text that a shell reads.
fn commands(view: View<'_>) -> Vec<Command> {
    if view.is_list() {
        let words = view.items().filter_map(|it| {
            // What a template fills in is a word, too, and not the end of the command.
            Some(shell::Word {
                text: it.text().or_else(|| it.template())?.to_owned(),
                bytes: it.bytes(),
            })
        });
        return shell_inside(words.collect());
    }
    let text = view.text().or_else(|| view.template());
    let text = text.unwrap_or_default();
    let commands = placed(shell::commands(text, 0), &view.bytes());
    commands.into_iter().flat_map(shell_inside).collect()
}

/// The arguments follow the entry point, as one command.
#[must_use]
pub fn joined<W>(mut entrypoint: Vec<Vec<W>>, command: Vec<Vec<W>>) -> Vec<Vec<W>> {
    if entrypoint.len() == 1 && command.len() == 1 {
        entrypoint[0].extend(command.into_iter().flatten());
        return entrypoint;
    }
    entrypoint.extend(command);
    entrypoint
}

/// What `sh -c "…"` runs, as commands of their own.
fn shell_inside(words: Command) -> Vec<Command> {
    let is_shell = words.first().is_some_and(|it| {
        let name = it.text.rsplit('/').next();
        matches!(name, Some("sh" | "bash" | "ash" | "dash"))
    });
    let takes_script = |it: &shell::Word| is_shell && matches!(it.text.as_str(), "-c" | "-lc");
    match words.iter().position(takes_script) {
        Some(at) if at + 1 < words.len() => {
            let script = &words[at + 1];
            placed(shell::commands(&script.text, 0), &script.bytes)
        }
        _ if words.is_empty() => Vec::new(),
        _ => vec![words],
    }
}

/// Words of a text whose parts have no places of their own.
fn placed(mut commands: Vec<Command>, at: &Range<u32>) -> Vec<Command> {
    for word in commands.iter_mut().flatten() {
        word.bytes = at.clone();
    }
    commands
}
