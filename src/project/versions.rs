//! Which version of a package the project runs, and which entry of the catalogue holds for it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::str::FromStr;
use std::sync::Arc;

use pep440_rs::{Version, VersionSpecifiers, release_specifiers_to_ranges};

use crate::catalog::entry::{Agent, Client, StepLimit};
use crate::model::configuration::Configuration;
use crate::model::installs;
use crate::model::lockfile::{ANY, Versions, normalized};
use crate::project::Project;
use crate::source::{FileId, Source, Sources};

/// How a version is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// A lock file or the settings name it.
    Locked,
    /// The requirements bound it from above; the newest one within is assumed.
    Allowed,
    /// Nobody names it, so the newest one is assumed.
    Newest,
}

/// The versions that commands install.
#[derive(Debug, Default)]
pub(super) struct Installs {
    /// In images, by the folder of the file that builds them.
    images: BTreeMap<String, Versions>,
    /// In notebooks.
    notebooks: BTreeMap<FileId, Versions>,
}

impl Installs {
    pub(super) fn of(
        sources: &Sources,
        configurations: &BTreeMap<FileId, Arc<Configuration>>,
    ) -> Self {
        let mut all = Self::default();
        for (file, source) in sources.iter() {
            all.replace(file, source);
        }
        for (file, configuration) in configurations {
            let Configuration::Dockerfile(image) = &**configuration else {
                continue;
            };
            let path = &sources.get(*file).path;
            let folder = path.rsplit_once('/').map_or("", |it| it.0);
            let versions = all.images.entry(folder.to_owned()).or_default();
            for (name, text) in installs::of_image(image) {
                match versions.entry(name) {
                    Entry::Vacant(free) => {
                        free.insert(text);
                    }
                    // Of two images, nobody can tell which one runs the code.
                    Entry::Occupied(mut other) if *other.get() != text => {
                        other.insert(ANY.to_owned());
                    }
                    Entry::Occupied(_) => {}
                }
            }
        }
        all
    }

    /// Takes what another text of a file installs.
    pub(super) fn replace(&mut self, file: FileId, source: &Source) {
        self.notebooks.remove(&file);
        if source.is_notebook() {
            let versions = installs::of_notebook(&source.text);
            self.notebooks.insert(file, versions);
        }
    }
}

impl Project {
    /// What bounds an agent's steps in the version that the project runs; `None` when the
    /// catalogue knows nothing about that version.
    #[must_use]
    pub fn step_limit<'c>(&self, agent: &'c Agent, file: FileId) -> Option<(&'c StepLimit, Basis)> {
        let package = agent.limited_by.as_ref().unwrap_or(&agent.package);
        let ranges = agent.limit.iter().map(|it| (it.versions.as_str(), it));
        self.in_force(file, package, ranges)
    }

    /// What the catalogue knows of a client in the version that the project runs; `None` when it
    /// knows nothing about that version.
    #[must_use]
    pub fn client_entry<'c>(
        &self,
        client: &'c Client,
        file: FileId,
    ) -> Option<(&'c Client, Basis)> {
        let ranges = client.ranges().map(|it| (it.versions.as_str(), it));
        self.in_force(file, &client.package, ranges)
    }

    /// The first of several things known of a package, the newest first, that holds for the version
    /// a file runs with.
    fn in_force<'c, T>(
        &self,
        file: FileId,
        package: &str,
        mut ranges: impl Iterator<Item = (&'c str, &'c T)>,
    ) -> Option<(&'c T, Basis)> {
        let stated = self.stated_version(file, package);
        if let Some(version) = stated.and_then(|it| Version::from_str(it).ok()) {
            let found = ranges.find(|(versions, _)| holds_for(versions, &version))?;
            return Some((found.1, Basis::Locked));
        }
        if let Some(allowed) = stated.and_then(|it| VersionSpecifiers::from_str(it).ok()) {
            let found = ranges.find(|(versions, _)| overlaps(versions, &allowed))?;
            return Some((found.1, Basis::Allowed));
        }
        Some((ranges.next()?.1, Basis::Newest))
    }

    /// Whether what holds for some versions of a package holds for the one that a file runs with;
    /// when nobody names that, the newest is assumed, and it does.
    #[must_use]
    pub fn runs(&self, file: FileId, package: &str, versions: &str) -> bool {
        let Some(stated) = self.stated_version(file, package) else {
            return true;
        };
        admits(stated, versions)
    }

    /// Whether a file certainly runs with one of these versions of a package: with the one that is
    /// stated, or with any that the bounds allow.
    #[must_use]
    pub fn certainly_runs(&self, file: FileId, package: &str, versions: &str) -> bool {
        let Some(stated) = self.stated_version(file, package) else {
            return false;
        };
        if let Ok(version) = Version::from_str(stated) {
            return holds_for(versions, &version);
        }
        let parsed = |it: &str| VersionSpecifiers::from_str(it).map(release_specifiers_to_ranges);
        match (parsed(stated), parsed(versions)) {
            (Ok(allowed), Ok(versions)) => allowed.subset_of(&versions),
            _ => false,
        }
    }

    /// Whether a lock file, a pin or the settings name one of these versions of a package.
    #[must_use]
    pub fn locks(&self, file: FileId, package: &str, versions: &str) -> bool {
        let stated = self.stated_version(file, package);
        let exact = stated.and_then(|it| Version::from_str(it).ok());
        exact.is_some_and(|it| holds_for(versions, &it))
    }

    /// Whether anything says which versions of a package a file runs with.
    #[must_use]
    pub fn states(&self, file: FileId, package: &str) -> bool {
        self.stated_version(file, package).is_some()
    }

    /// The version of a package, or its bounds, as the settings or the nearest files state them.
    fn stated_version(&self, file: FileId, package: &str) -> Option<&str> {
        let wanted = normalized(package);
        let mut stated = self.stated.iter();
        if let Some((_, text)) = stated.find(|(name, _)| normalized(name) == wanted) {
            return Some(text);
        }
        let Installs { images, notebooks } = &self.installs;
        if let Some(text) = notebooks.get(&file).and_then(|it| it.get(&wanted)) {
            return Some(text);
        }
        let mut folder = self.sources().path(file)?;
        loop {
            folder = folder.rsplit_once('/').map_or("", |it| it.0);
            let locked = self.locked.get(folder).and_then(|it| it.get(&wanted));
            let image = images.get(folder).and_then(|it| it.get(&wanted));
            let bound = locked.filter(|it| *it != ANY);
            if let Some(text) = bound.or(image).or(locked) {
                return (text != ANY).then_some(text.as_str());
            }
            if folder.is_empty() {
                return None;
            }
        }
    }
}

/// Whether what is stated, a version or bounds, fits a specifier.
fn admits(stated: &str, versions: &str) -> bool {
    if let Ok(version) = Version::from_str(stated) {
        return holds_for(versions, &version);
    }
    match VersionSpecifiers::from_str(stated) {
        Ok(allowed) => overlaps(versions, &allowed),
        Err(_) => true,
    }
}

/// Whether a PEP 440 specifier such as `>=1.0.6` admits a version.
fn holds_for(versions: &str, version: &Version) -> bool {
    VersionSpecifiers::from_str(versions).is_ok_and(|it| it.contains(version))
}

/// Whether some version fits both specifiers.
fn overlaps(versions: &str, allowed: &VersionSpecifiers) -> bool {
    VersionSpecifiers::from_str(versions).is_ok_and(|it| {
        let ours = release_specifiers_to_ranges(it);
        let theirs = release_specifiers_to_ranges(allowed.clone());
        !ours.intersection(&theirs).is_empty()
    })
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use pep440_rs::Version;

    use super::{Basis, holds_for};
    use crate::catalog::bundled;
    use crate::project::Project;
    use crate::settings::Settings;
    use crate::source::{FileId, Sources};

    /// The steps that an agent may take when the project pins these versions.
    fn check(path: &str, pins: &[(&str, &str)], expected: Option<(u32, Basis)>) {
        let mut settings = Settings::default();
        for (name, version) in pins {
            let (name, version) = ((*name).to_owned(), (*version).to_owned());
            settings.versions.insert(name, version);
        }
        let project = Project::build(Sources::default(), &settings, bundled());
        let agent = bundled().agent(path).expect("the catalogue lists it");
        let limit = project.step_limit(agent, FileId(0));
        assert_eq!(limit.map(|it| (it.0.absent, it.1)), expected, "{pins:?}");
    }

    #[test]
    fn the_default_depends_on_the_locked_version() {
        let react = "langgraph.prebuilt.create_react_agent";
        check(react, &[], Some((10007, Basis::Newest)));
        let locked = |steps| Some((steps, Basis::Locked));
        check(react, &[("langgraph", "1.0.5")], locked(25));
        check(react, &[("langgraph", "1.0.6")], locked(10000));
        check(react, &[("LangGraph", "1.1.6")], locked(10007));
        check(
            "langchain.agents.create_agent",
            &[("langchain", "1.0.4")],
            locked(25),
        );
    }

    #[test]
    fn bounds_admit_the_newest_version_within() {
        let react = "langgraph.prebuilt.create_react_agent";
        let allowed = |steps| Some((steps, Basis::Allowed));
        check(react, &[("langgraph", "<0.3")], allowed(25));
        check(react, &[("langgraph", ">=0.2,<1.1")], allowed(10000));
        check(react, &[("langgraph", "~=1.0.2")], allowed(10000));
        check(react, &[("langgraph", "==0.*")], allowed(25));
        check(react, &[("langgraph", "<2")], allowed(10007));
    }

    #[test]
    fn a_version_that_is_none_counts_as_not_written() {
        let react = "langgraph.prebuilt.create_react_agent";
        check(
            react,
            &[("langgraph", "latest")],
            Some((10007, Basis::Newest)),
        );
    }

    #[test]
    fn specifiers_admit_pre_releases_of_a_later_version() {
        let version = Version::from_str("1.1.0rc1").expect("a version");
        assert!(holds_for(">=1.0.6", &version));
        assert!(!holds_for("not a specifier", &version));
    }
}
