//! Which values the files of a project give to environment variables.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;

use crate::model::configuration::Configuration;
use crate::model::service::{Runtime, Variable};
use crate::model::variables::expanded;
use crate::project::Project;
use crate::project::services::{self, Deployed, Services, file_at, join, parent, span};
use crate::source::{FileId, Format, Kind, Span};
use crate::syntax::tree::{Scalar, View};

/// Words in the name of a file that is to be copied, and whose values are nobody's.
const SAMPLES: &[&str] = &["dist", "example", "sample", "template", "tmpl"];

/// What all files say, by the names of the variables.
#[derive(Debug, Default)]
pub struct Environment {
    given: BTreeMap<SmolStr, Vec<Given>>,
}

/// One file's word on one variable.
#[derive(Debug, Clone)]
pub struct Given {
    /// The variable.
    pub name: SmolStr,
    /// Its value, with what the other files say put in; `None` when it comes from outside.
    pub value: Option<SmolStr>,
    /// What the file writes for the case that nothing comes from outside: `${X:-default}`.
    pub default: Option<SmolStr>,
    /// Where the value is written.
    pub at: Span,
    /// Whether the file is a sample, to be copied and filled in.
    pub is_sample: bool,
}

impl Given {
    /// Its value as long as nobody outside gives another.
    #[must_use]
    pub fn likely(&self) -> Option<&SmolStr> {
        self.value.as_ref().or(self.default.as_ref())
    }
}

impl Environment {
    /// Joins `.env` files, and the environments of all services that run the application.
    #[must_use]
    pub fn of(project: &Project, services: &Services) -> Self {
        let mut found = Self::default();
        let files = dotenv_files(project);
        for file in &files {
            for given in file.variables() {
                found.add(given);
            }
        }
        // Whatever overrides a service has the variables of the service too.
        for deployed in services.of_the_app().filter(|it| !it.is_overridden) {
            for given in of_service(project, deployed, &files) {
                found.add(given);
            }
        }
        found
    }

    /// What the files say of a variable, in their order; empty when they say nothing.
    #[must_use]
    pub fn given(&self, name: &str) -> &[Given] {
        self.given.get(name).map_or(&[], Vec::as_slice)
    }

    /// All variables, by name.
    pub fn all(&self) -> impl Iterator<Item = &Given> {
        self.given.values().flatten()
    }

    fn add(&mut self, given: Given) {
        let all = self.given.entry(given.name.clone()).or_default();
        if !all.iter().any(|it| it.at == given.at) {
            all.push(given);
        }
    }
}

/// The environments that a file describes, one for each process of the application: of a `.env` file
/// its own variables, of other files those of the services, and of an image those of the containers
/// that run it.
#[must_use]
pub fn of_processes(project: &Project, file: FileId) -> Vec<Process<'_>> {
    let files = dotenv_files(project);
    if let Some(own) = files.iter().find(|it| it.file == file) {
        let of_app = !own.is_sample && services::has_modules(project, parent(own.path));
        let variables = own.variables();
        return of_app
            .then_some(Process {
                service: None,
                variables,
            })
            .into_iter()
            .collect();
    }
    let all = project.services().all();
    // What an image says holds in the containers that run it, together with what these say.
    let started: BTreeSet<usize> = project
        .services()
        .of_the_app()
        .filter_map(|it| it.runs)
        .collect();
    let own = |it: &&(usize, &Deployed)| {
        it.1.file == file && !started.contains(&it.0)
            || it.1.runs.is_some_and(|it| all[it].file == file)
    };
    let of_app: Vec<(usize, &Deployed)> =
        all.iter().enumerate().filter(|it| it.1.runs_app).collect();
    let processes = of_app.iter().filter(own).map(|it| Process {
        service: Some(it.1),
        variables: of_service(project, it.1, &files),
    });
    processes.collect()
}

/// What a file says of variables in images, whatever the containers make of it that run them.
#[must_use]
pub fn of_images(project: &Project, file: FileId) -> Vec<Given> {
    let files = dotenv_files(project);
    let images = project.services().of_the_app().filter(|it| it.file == file);
    let images = images.filter(|it| it.service.runtime == Runtime::Image);
    images
        .flat_map(|it| own_of_service(project, it, &files))
        .collect()
}

/// A process and the variables that the files give it; the later one wins.
#[derive(Debug)]
pub struct Process<'p> {
    /// The service; `None` for a `.env` file, which anything may read.
    pub service: Option<&'p Deployed>,
    /// Its variables.
    pub variables: Vec<Given>,
}

impl Process<'_> {
    /// The word that counts on a variable, in exactly this spelling.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Given> {
        self.variables.iter().rev().find(|it| it.name == name)
    }

    /// Whether something else than the files may add variables.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.service.is_none_or(|it| it.service.is_open)
    }
}

/// The `.env` files of a project, read once for many services.
pub(in crate::project) struct Files<'p> {
    project: &'p Project,
    files: Vec<Dotenv<'p>>,
}

impl<'p> Files<'p> {
    /// Finds them.
    pub(in crate::project) fn of(project: &'p Project) -> Self {
        Self {
            project,
            files: dotenv_files(project),
        }
    }

    /// The variables that all files give a service; the later one wins.
    pub(in crate::project) fn given(&self, deployed: &Deployed) -> Vec<Given> {
        of_service(self.project, deployed, &self.files)
    }

    /// The variables of the `.env` file beside another file.
    pub(in crate::project) fn beside(&self, file: FileId) -> Vec<Given> {
        let found = beside(self.project, file, &self.files);
        let found = found.filter(|it| !it.is_sample);
        found.map(Dotenv::variables).unwrap_or_default()
    }
}

fn of_service(project: &Project, deployed: &Deployed, files: &[Dotenv<'_>]) -> Vec<Given> {
    let services = project.services();
    let bases = deployed.base.map(|it| services.bases(it));
    let line = deployed.runs.iter().chain(bases.iter().flatten().rev());
    let line = line.map(|it| &services.all()[*it]);
    let mut found: Vec<Given> = Vec::new();
    for it in line.chain([deployed]) {
        let own = own_of_service(project, it, files);
        found.retain(|it| own.iter().all(|own| own.name != it.name));
        found.extend(own);
    }
    found
}

/// What the file of a service itself says.
fn own_of_service(project: &Project, deployed: &Deployed, files: &[Dotenv<'_>]) -> Vec<Given> {
    let folder = parent(&project.sources().get(deployed.file).path);
    // Compose puts what the `.env` file beside it says into the text of its own file.
    let beside = beside(project, deployed.file, files);
    let mut found = project.config_maps.given(project, deployed);
    for named in &deployed.service.environment_files {
        let path = join(folder, &named.text);
        // A process names the file where it lies on its machine.
        let elsewhere = || file_at(project, &named.text, folder);
        let file = files.iter().find(|it| match &path {
            Some(path) => it.path == path,
            None => Some(it.file) == elsewhere(),
        });
        found.extend(file.into_iter().flat_map(Dotenv::variables));
    }
    for variable in &deployed.service.environment {
        let text = variable.value.as_ref();
        let put_in = |with_defaults| {
            if deployed.service.runtime == Runtime::Image {
                return of_image(text?, &found, &deployed.service.arguments);
            }
            let lookup = |name: &str, default: Option<&str>| {
                let given = beside.and_then(|it| it.value(name));
                // An empty default says that the value comes from outside, if there is one.
                let default = default.filter(|it| with_defaults && !it.is_empty());
                given.or_else(|| default.map(SmolStr::from))
            };
            expanded(text?, &lookup)
        };
        let value = put_in(false);
        let default = value.is_none().then(|| put_in(true)).flatten();
        // What comes from elsewhere may come from a map or a file that was read.
        if text.is_none() && found.iter().any(|it| it.name == variable.name) {
            continue;
        }
        found.push(Given {
            name: variable.name.clone(),
            value,
            default,
            at: span(deployed.file, &variable.at),
            is_sample: false,
        });
    }
    found
}

/// The `.env` file beside another file.
fn beside<'f, 'p>(
    project: &Project,
    file: FileId,
    files: &'f [Dotenv<'p>],
) -> Option<&'f Dotenv<'p>> {
    let folder = parent(&project.sources().get(file).path);
    let path = join(folder, ".env")?;
    files.iter().find(|it| it.path == path)
}

/// A value in a Dockerfile with the variables put in that stand before it, or else the arguments of
/// its build.
fn of_image(text: &str, before: &[Given], arguments: &[Variable]) -> Option<SmolStr> {
    let lookup = |name: &str, default: Option<&str>| {
        let given = before.iter().rev().find(|it| it.name == name);
        let argument = || arguments.iter().rev().find(|it| it.name == name);
        match given {
            Some(given) => given.value.clone(),
            None => match argument() {
                Some(argument) => argument.value.clone(),
                None => default.map(SmolStr::from),
            },
        }
    };
    expanded(text, &lookup)
}

/// A `.env` file.
struct Dotenv<'p> {
    file: FileId,
    path: &'p str,
    is_sample: bool,
    entries: Vec<(View<'p>, View<'p>)>,
}

fn dotenv_files(project: &Project) -> Vec<Dotenv<'_>> {
    let files = project.configurations().filter_map(|(file, read)| {
        let source = project.sources().get(file);
        let (Kind::Configuration(Format::Dotenv), Configuration::Tree(tree)) = (source.kind, read)
        else {
            return None;
        };
        let name = source.path.rsplit('/').next().unwrap_or_default();
        let mut words = name.split(['.', '-', '_']);
        Some(Dotenv {
            file,
            path: &source.path,
            is_sample: words.any(|it| SAMPLES.contains(&it)),
            entries: tree.root().map(View::entries).unwrap_or_default(),
        })
    });
    files.collect()
}

impl Dotenv<'_> {
    fn variables(&self) -> Vec<Given> {
        let entries = self.entries.iter().filter_map(|(name, value)| {
            let text = value.text();
            Some(Given {
                name: name.text()?.into(),
                value: match value.scalar() {
                    Some(Scalar::Verbatim) => text.map(SmolStr::from),
                    _ => text.and_then(|it| expanded(it, &|name, _| self.literal(name))),
                },
                default: None,
                at: span(self.file, &text.map_or(*name, |_| *value).bytes()),
                is_sample: self.is_sample,
            })
        });
        entries.collect()
    }

    fn value(&self, name: &str) -> Option<SmolStr> {
        let all = self.variables();
        let last = all.into_iter().rev().find(|it| it.name == name)?;
        last.value.filter(|_| !self.is_sample)
    }

    /// A value without a variable in it.
    fn literal(&self, name: &str) -> Option<SmolStr> {
        let own = self
            .entries
            .iter()
            .rev()
            .find(|it| it.0.text() == Some(name))?;
        let text = own.1.text()?;
        (!text.contains('$')).then(|| text.into())
    }
}
