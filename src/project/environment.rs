//! Which values the files of a project give to environment variables.

use std::collections::BTreeMap;

use smol_str::SmolStr;

use crate::model::configuration::Configuration;
use crate::project::Project;
use crate::project::services::{self, Deployed, Services, join, parent, span};
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
    /// Where the value is written.
    pub at: Span,
    /// Whether the file is a sample, to be copied and filled in.
    pub is_sample: bool,
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
        for deployed in services.of_the_app() {
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
/// its own variables, of other files those of the services.
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
    let services = project.services().of_the_app().filter(|it| it.file == file);
    let processes = services.map(|it| Process {
        service: Some(it),
        variables: of_service(project, it, &files),
    });
    processes.collect()
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
}

fn of_service(project: &Project, deployed: &Deployed, files: &[Dotenv<'_>]) -> Vec<Given> {
    let mut found = Vec::new();
    if let Some(base) = deployed.base {
        let line = project.services().bases(base);
        let line = line.iter().rev().map(|it| &project.services().all()[*it]);
        found.extend(line.flat_map(|it| own_of_service(project, it, files)));
    }
    found.extend(own_of_service(project, deployed, files));
    found
}

/// What the file of a service itself says.
fn own_of_service(project: &Project, deployed: &Deployed, files: &[Dotenv<'_>]) -> Vec<Given> {
    let folder = parent(&project.sources().get(deployed.file).path);
    // Compose puts what the `.env` file beside it says into the text of its own file.
    let beside = join(folder, ".env").and_then(|it| files.iter().find(|file| file.path == it));
    let mut found = project.config_maps.given(project, deployed);
    for named in &deployed.service.environment_files {
        let path = join(folder, &named.text);
        let file = files.iter().find(|it| Some(it.path) == path.as_deref());
        found.extend(file.into_iter().flat_map(Dotenv::variables));
    }
    for variable in &deployed.service.environment {
        let lookup = |name: &str, _: Option<&str>| beside.and_then(|it| it.value(name));
        let value = variable.value.as_ref();
        found.push(Given {
            name: variable.name.clone(),
            value: value.and_then(|it| expanded(it, &lookup)),
            at: span(deployed.file, &variable.at),
            is_sample: false,
        });
    }
    found
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

/// A text with its variables put in: `$X`, `${X}`, `${X:-default}`, and `$$` for a dollar; `None`
/// when `lookup` knows nothing of one of them.
///
/// It is asked with the name and the default, which counts only when the variable is not set.
pub(in crate::project) fn expanded(
    text: &str,
    lookup: &dyn Fn(&str, Option<&str>) -> Option<SmolStr>,
) -> Option<SmolStr> {
    let mut result = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        result.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            result.push('$');
            rest = after;
            continue;
        }
        let inner = rest.strip_prefix('{').and_then(|it| it.split_once('}'));
        let is_name = |it: char| it.is_ascii_alphanumeric() || it == '_';
        let (name, default, after) = if let Some((inner, after)) = inner {
            let end = inner.find(|it| !is_name(it)).unwrap_or(inner.len());
            let (name, how) = inner.split_at(end);
            let default = how.strip_prefix(":-").or_else(|| how.strip_prefix('-'));
            (name, default, after)
        } else {
            let end = rest.find(|it| !is_name(it)).unwrap_or(rest.len());
            (&rest[..end], None, &rest[end..])
        };
        if name.is_empty() {
            result.push('$');
        } else {
            result.push_str(&lookup(name, default)?);
        }
        rest = after;
    }
    result.push_str(rest);
    Some(result.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_put_in_where_the_files_know_them() {
        let known = |name: &str, _: Option<&str>| (name == "HOST").then(|| "db".into());
        let check = |text, expected: Option<&str>| {
            assert_eq!(expanded(text, &known).as_deref(), expected, "{text}");
        };
        check("http://${HOST}:1", Some("http://db:1"));
        check("$HOST/x", Some("db/x"));
        check("${HOST:-other}", Some("db"));
        check("${OTHER:-x}", None);
        check("a$$b", Some("a$b"));
        check("cost 5$", Some("cost 5$"));
        check("plain", Some("plain"));
    }
}
