//! Which container or process runs which code of the project, with which environment.

mod builds;
mod images;

use smol_str::SmolStr;

use crate::model::configuration::Configuration;
use crate::model::service::{self, Runtime, Service};
use crate::project::{Project, kustomize};
use crate::source::{FileId, Format, Kind, Span};
use crate::syntax::dockerfile::Instruction;

/// Words in a Dockerfile that say that Python runs in the image.
const PYTHON: &[&str] = &[
    "conda",
    "gunicorn",
    "langgraph",
    "pip",
    "pip3",
    "pipenv",
    "poetry",
    "python",
    "python3",
    "streamlit",
    "uv",
    "uvicorn",
];

/// All services of a project.
#[derive(Debug, Default)]
pub struct Services {
    all: Vec<Deployed>,
}

/// A service, and what it has to do with the code that was read.
#[derive(Debug)]
pub struct Deployed {
    /// The file that says so.
    pub file: FileId,
    /// What it says.
    pub service: Service,
    /// Whether it certainly runs code of this project that has to do with models.
    pub runs_app: bool,
    /// The folder with its code, as far as the file tells.
    pub code: Option<String>,
    /// The service that it extends, as an index into all of them.
    pub base: Option<usize>,
    /// The image that it builds itself, as an index into all services.
    pub image: Option<usize>,
    /// The image of the project that it runs, whoever builds it.
    pub runs: Option<usize>,
    /// Whether another file says more of it, and is read together with its own when nobody says
    /// otherwise.
    pub is_overridden: bool,
}

impl Deployed {
    /// A service that nothing is known of but what its file says.
    pub(super) fn new(file: FileId, service: Service) -> Self {
        Self {
            file,
            service,
            runs_app: false,
            code: None,
            base: None,
            image: None,
            runs: None,
            is_overridden: false,
        }
    }

    /// Where the service is named.
    #[must_use]
    pub fn at(&self) -> Span {
        span(self.file, &self.service.at)
    }

    /// The Dockerfile that it builds.
    fn dockerfile(&self, project: &Project) -> Option<FileId> {
        let build = self.service.build.as_ref()?;
        let name = build.dockerfile.as_deref().unwrap_or("Dockerfile");
        let path = join(self.code.as_ref()?, name)?;
        project.sources().find(&path)
    }

    /// The stage at which its build ends; `None` for the last one.
    fn target(&self) -> Option<SmolStr> {
        let target = self.service.build.as_ref()?.target.as_ref()?;
        Some(target.to_ascii_lowercase().into())
    }
}

/// A place in a file.
#[must_use]
pub fn span(file: FileId, at: &std::ops::Range<u32>) -> Span {
    Span {
        file,
        start: at.start,
        end: at.end,
    }
}

impl Services {
    /// Joins what all files say.
    #[must_use]
    pub fn of(project: &Project) -> Self {
        let mut all = Vec::new();
        for (file, read) in project.configurations() {
            let source = project.sources().get(file);
            let Kind::Configuration(format) = source.kind else {
                continue;
            };
            let services = service::services(&source.path, format, read);
            all.extend(services.into_iter().map(|it| Deployed::new(file, it)));
        }
        let mut services = Self { all };
        // Without any code, whoever asks for findings wants them in all services.
        if project.modules().next().is_none() {
            services.all.iter_mut().for_each(|it| it.runs_app = true);
        }
        services.find_code(project);
        services.keep_stages(project);
        kustomize::patch(project, &mut services.all);
        services.find_bases(project);
        services.find_overrides(project);
        services.find_built(project);
        services.find_images();
        services.take_over();
        services.find_run(project);
        services
    }

    /// All of them, in the order of the files.
    #[must_use]
    pub fn all(&self) -> &[Deployed] {
        &self.all
    }

    /// Those that run the application.
    pub fn of_the_app(&self) -> impl Iterator<Item = &Deployed> {
        self.all.iter().filter(|it| it.runs_app)
    }

    /// A service and those it takes over from, itself first.
    #[must_use]
    pub fn bases(&self, at: usize) -> Vec<usize> {
        let mut line = vec![at];
        while let Some(base) = line.last().and_then(|it| self.all[*it].base) {
            if line.contains(&base) {
                break;
            }
            line.push(base);
        }
        line
    }

    /// Follows builds and commands to the code.
    fn find_code(&mut self, project: &Project) {
        for deployed in &mut self.all {
            let path = &project.sources().get(deployed.file).path;
            let folder = parent(path);
            deployed.code = match (&deployed.service.build, deployed.service.runtime) {
                (Some(build), _) => join(folder, &build.context),
                (None, Runtime::Image) => Some(around(project, folder)),
                (None, Runtime::Process) => Some(folder.to_owned()),
                _ => None,
            };
            let named = runs_module(project, &deployed.service);
            let Some(code) = &deployed.code else {
                deployed.runs_app |= named;
                continue;
            };
            let dockerfile = match &deployed.service.build {
                Some(_) => deployed.dockerfile(project),
                None => Some(deployed.file),
            };
            let python = dockerfile.is_some_and(|it| runs_python(project, it));
            deployed.runs_app |= named || (python && has_modules(project, code));
        }
    }
}

/// Whether a command names a module that was read: `app.main:app`, `app/main.py`, `-m app.main`.
fn runs_module(project: &Project, service: &Service) -> bool {
    let commands = service.commands();
    commands.iter().flatten().any(|word| {
        let text = word.text.as_str();
        let path = match text.split_once(':') {
            Some((module, name)) if !name.is_empty() => format!("{}.py", module.replace('.', "/")),
            _ if text.contains('.') && !text.contains('/') && !is_python(text) => {
                format!("{}.py", text.replace('.', "/"))
            }
            _ => text.trim_start_matches("./").to_owned(),
        };
        is_python(&path) && path != "setup.py" && names_module(project, &path)
    })
}

fn is_python(path: &str) -> bool {
    path.len() > 3 && path.as_bytes()[path.len() - 3..].eq_ignore_ascii_case(b".py")
}

fn names_module(project: &Project, path: &str) -> bool {
    // The folder that the image copies the code to stands in front of the module's own path.
    let tail = path.trim_start_matches('/');
    let tails = [Some(tail), tail.split_once('/').map(|it| it.1)];
    let mut modules = project.modules();
    modules.any(|(file, _)| {
        let own = &project.sources().get(file).path;
        let ends = |tail: &str| {
            own.strip_suffix(tail)
                .is_some_and(|it| it.is_empty() || it.ends_with('/'))
        };
        tails
            .iter()
            .flatten()
            .any(|it| it.contains('/') && ends(it))
            || own == tail
    })
}

/// The module that a dotted name in a command means: one that lies so below `near` or the nearest
/// folder around it, or the only one that ends so, below `near` or, for a name with a package,
/// anywhere; `None` when several could be meant.
#[must_use]
pub fn module_at(project: &Project, dotted: &str, near: &str) -> Option<FileId> {
    let own = dotted.replace('.', "/");
    let tails = [format!("{own}.py"), format!("{own}/__init__.py")];
    let sources = project.sources();
    let read = |path: &str| {
        sources
            .find(path)
            .filter(|it| project.module(*it).is_some())
    };
    let mut folder = Some(near);
    while let Some(around) = folder {
        if let Some(found) = tails.iter().find_map(|it| read(&join(around, it)?)) {
            return Some(found);
        }
        folder = (!around.is_empty()).then(|| parent(around));
    }
    let ends = |path: &str| {
        let rest = tails.iter().find_map(|it| path.strip_suffix(it.as_str()));
        rest.is_some_and(|it| it.is_empty() || it.ends_with('/'))
    };
    let modules = project.modules().map(|it| it.0);
    let fitting = modules.filter(|it| {
        let path = &sources.get(*it).path;
        ends(path) && is_below(path, near)
    });
    let fitting: Vec<FileId> = fitting.collect();
    match fitting[..] {
        [one] => Some(one),
        [] if !near.is_empty() && dotted.contains('.') => module_at(project, dotted, ""),
        _ => None,
    }
}

/// The file that a path in a command means: from `near`, or as the image has copied it elsewhere, or
/// the only one below `near` of that name; `None` when several could be meant.
#[must_use]
pub fn file_at(project: &Project, path: &str, near: &str) -> Option<FileId> {
    let sources = project.sources();
    let mut rest = path.trim_start_matches("./").trim_start_matches('/');
    if rest.is_empty() || rest.contains('$') {
        return None;
    }
    let name = rest.rsplit('/').next().unwrap_or(rest);
    loop {
        if let Some(found) = join(near, rest).and_then(|it| sources.find(&it)) {
            return Some(found);
        }
        let Some((_, inner)) = rest.split_once('/') else {
            break;
        };
        rest = inner;
    }
    let mut fitting = sources
        .iter()
        .filter(|(_, it)| it.path.rsplit('/').next() == Some(name) && is_below(&it.path, near));
    let (found, _) = fitting.next()?;
    fitting.next().is_none().then_some(found)
}

/// Whether a Dockerfile installs or starts something with Python.
fn runs_python(project: &Project, file: FileId) -> bool {
    match project.configuration(file) {
        Some(Configuration::Dockerfile(file)) => {
            let words = file.instructions.iter().flat_map(Instruction::words);
            words.into_iter().any(|word| {
                let name = word.text.rsplit('/').next().unwrap_or_default();
                let name = name.split([':', '@']).next().unwrap_or_default();
                PYTHON.contains(&name)
            })
        }
        Some(Configuration::Tree(_)) => {
            let kind = project.sources().get(file).kind;
            matches!(kind, Kind::Configuration(Format::Procfile | Format::Ini))
        }
        _ => false,
    }
}

/// Whether code that has to do with models lies in a folder.
#[must_use]
pub fn has_modules(project: &Project, folder: &str) -> bool {
    let mut modules = project.modules();
    modules.next().is_none()
        || project.modules().any(|(file, _)| {
            let source = project.sources().get(file);
            source.reported && is_below(&source.path, folder)
        })
}

/// The nearest folder around one that has code in it; the top of the tree when there is none.
fn around(project: &Project, folder: &str) -> String {
    let mut folder = folder;
    while !folder.is_empty() && !has_modules(project, folder) {
        folder = parent(folder);
    }
    folder.to_owned()
}

/// Whether a path lies in a folder; everything lies in the one without a name.
#[must_use]
pub fn is_below(path: &str, folder: &str) -> bool {
    let rest = path.strip_prefix(folder);
    folder.is_empty() || rest.is_some_and(|it| it.starts_with('/'))
}

/// The folder of a path.
#[must_use]
pub fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |it| it.0)
}

/// A path from a folder; `None` when a variable stands in it, or when it leads out of the tree.
#[must_use]
pub fn join(folder: &str, path: &str) -> Option<String> {
    if path.contains('$') || path.starts_with('/') || path.contains("://") {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|it| !it.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|it| *it != "..") => {
                parts.pop();
            }
            ".." => parts.push(".."),
            _ => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// An image without its tag.
#[must_use]
pub fn image_name(image: &str) -> SmolStr {
    let name = image.split('@').next().unwrap_or(image);
    match name.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => name.into(),
        _ => name.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_joined_without_detours() {
        let check = |folder, path, expected: Option<&str>| {
            assert_eq!(join(folder, path).as_deref(), expected);
        };
        check("deploy", "..", Some(""));
        check("deploy", "../api", Some("api"));
        check("", ".", Some(""));
        check("", "../x", Some("../x"));
        check("a", "${DIR}/x", None);
    }

    #[test]
    fn an_image_has_a_name_without_its_tag() {
        assert_eq!(image_name("registry:5000/app:1"), "registry:5000/app");
        assert_eq!(image_name("app@sha256:1"), "app");
        assert_eq!(image_name("registry:5000/app"), "registry:5000/app");
    }
}
