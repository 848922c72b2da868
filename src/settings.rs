//! What the user asked for in `unhang.toml`, `pyproject.toml` and flags, lowered to what it means.
//!
//! Nothing here touches the disk: `discover` finds the file, [`Settings::read`] understands its text.

mod error;
mod globs;
mod nearest;
mod own;
mod place;
#[cfg(test)]
mod tests;
mod written;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use serde::Deserialize;
use toml::Value;

use crate::catalog::entry::{Lifecycle, Rule};
use crate::catalog::own::Own;
use crate::catalog::{self, Catalog};
use crate::finding::{Confidence, Severity};
use crate::units::Millis;

use globs::Globs;
use written::Written;

pub use error::{BadSettings, Error, UnknownRule};
pub use nearest::nearest;
pub use place::Place;

/// The rules by name, as the catalogue lists them.
pub type Rules = BTreeMap<String, Rule>;

/// What holds in one run.
#[derive(Debug)]
pub struct Settings {
    /// Whether rules that are still on trial run too.
    pub preview: bool,
    /// Findings that are less sure than this are not shown.
    pub min_confidence: Confidence,
    /// From which severity on a finding makes the run fail; `None` when none does.
    pub fail_on: Option<Severity>,
    /// Whether findings in tests and examples are wanted.
    pub include_tests: bool,
    /// Folders in which imports start, as paths that reports print; empty when nobody said.
    pub roots: Vec<String>,
    /// Versions of packages, which win over what a lock file says.
    pub versions: BTreeMap<String, String>,
    own: Own,
    catalog: OnceLock<&'static Catalog>,
    selection: Selection,
    options: BTreeMap<String, BTreeMap<String, Value>>,
    exclude: Globs,
    per_file_ignores: Vec<(Globs, Names)>,
    place: Place,
    rules: &'static Rules,
}

/// Flags, which win over the file.
#[derive(Debug, Default, Clone)]
pub struct Overrides {
    /// Rules or categories; when there are any, they replace what the file selects.
    pub select: Vec<String>,
    /// Rules or categories, in addition to what the file ignores.
    pub ignore: Vec<String>,
    /// Whether rules on trial run, whatever the file says.
    pub preview: bool,
    /// When the run fails; `None` leaves it to the file.
    pub fail_on: Option<FailOn>,
    /// How sure a finding must be; `None` leaves it to the file.
    pub confidence: Option<Confidence>,
    /// Whether findings in tests are wanted, whatever the file says.
    pub include_tests: bool,
}

/// From which severity on a finding makes the run fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FailOn {
    /// Any finding.
    Note,
    /// A warning or an error.
    Warning,
    /// An error.
    Error,
    /// No finding at all.
    Never,
}

impl FailOn {
    fn severity(self) -> Option<Severity> {
        match self {
            Self::Note => Some(Severity::Note),
            Self::Warning => Some(Severity::Warning),
            Self::Error => Some(Severity::Error),
            Self::Never => None,
        }
    }
}

/// In which kind of file settings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `unhang.toml`: the whole file is ours.
    Own,
    /// `pyproject.toml`: only `[tool.unhang]` is ours.
    Pyproject,
}

/// Names of rules and categories.
type Names = BTreeSet<String>;

/// Which rules run.
#[derive(Debug, Default)]
struct Selection {
    /// Rules and categories to which the run is restricted; `None` when it is not.
    select: Option<Names>,
    ignore: Names,
}

impl Default for Settings {
    fn default() -> Self {
        Self::plain(&catalog::bundled().rules, Place::default())
    }
}

impl Settings {
    /// What holds when nobody asks for anything.
    #[must_use]
    pub fn plain(rules: &'static Rules, place: Place) -> Self {
        Self {
            preview: false,
            min_confidence: Confidence::Medium,
            fail_on: Some(Severity::Warning),
            include_tests: false,
            roots: Vec::new(),
            versions: BTreeMap::new(),
            own: Own::default(),
            catalog: OnceLock::new(),
            selection: Selection::default(),
            options: BTreeMap::new(),
            exclude: Globs::default(),
            per_file_ignores: Vec::new(),
            place,
            rules,
        }
    }

    /// Reads a settings file; `None` when it is a `pyproject.toml` without `[tool.unhang]`.
    ///
    /// `path` is the file's name in messages, `place` the folder it lies in.
    ///
    /// # Errors
    /// When the text is no TOML, or says something that unhang does not know.
    pub fn read(
        path: &str,
        text: &str,
        form: Form,
        place: Place,
        rules: &'static Rules,
    ) -> Result<Option<Self>, Error> {
        let file = error::File { path, text };
        let Some(written) = Written::read(&file, form)? else {
            return Ok(None);
        };
        written.lower(&file, place, rules).map(Some)
    }

    /// What is known of the world, with what the user describes.
    #[must_use]
    pub fn catalog(&self) -> &'static Catalog {
        if self.own.is_empty() {
            return catalog::bundled();
        }
        self.catalog.get_or_init(|| catalog::extended(&self.own))
    }

    /// Lets flags win over what the file said.
    ///
    /// # Errors
    /// When a flag names a rule or category that does not exist.
    pub fn with(mut self, flags: &Overrides) -> Result<Self, Error> {
        for (flag, names) in [("--select", &flags.select), ("--ignore", &flags.ignore)] {
            for name in names {
                self.check_name(flag, name)?;
            }
        }
        if !flags.select.is_empty() {
            let select: Names = flags.select.iter().cloned().collect();
            // Whoever types a rule's name wants to see it, even when the file ignores it.
            self.selection.ignore.retain(|it| !select.contains(it));
            self.selection.select = Some(select);
        }
        self.selection.ignore.extend(flags.ignore.iter().cloned());
        self.preview |= flags.preview;
        self.include_tests |= flags.include_tests;
        self.min_confidence = flags.confidence.unwrap_or(self.min_confidence);
        self.fail_on = flags.fail_on.map_or(self.fail_on, FailOn::severity);
        Ok(self)
    }

    fn check_name(&self, flag: &'static str, name: &str) -> Result<(), UnknownRule> {
        if self.is_rule(name) || self.is_category(name) {
            return Ok(());
        }
        let names = self.rules.keys().map(String::as_str);
        let categories = self.rules.values().map(|it| it.category.as_str());
        Err(UnknownRule::new(
            flag,
            name,
            nearest(name, names.chain(categories)),
        ))
    }

    /// Whether a rule runs.
    ///
    /// A rule's own name weighs more than its category, and `ignore` more than `select`.
    /// A rule on trial runs with `preview`, or when it is selected by its own name.
    #[must_use]
    pub fn enabled(&self, rule: &str) -> bool {
        let Some(entry) = self.rules.get(rule) else {
            return false;
        };
        let Selection { select, ignore } = &self.selection;
        if ignore.contains(rule) {
            return false;
        }
        if select.as_ref().is_some_and(|it| it.contains(rule)) {
            return true;
        }
        let category = entry.category.as_str();
        let wanted = select.as_ref().is_none_or(|it| it.contains(category));
        let settled = matches!(entry.lifecycle, Lifecycle::Stable(_)) || self.preview;
        wanted && settled && !ignore.contains(category)
    }

    /// Whether some rule or category was selected by name.
    #[must_use]
    pub fn explicitly_selected(&self) -> bool {
        self.selection.select.is_some()
    }

    /// The value of a rule's option: the user's, else the catalogue's; `None` when there is no such
    /// option.
    #[must_use]
    pub fn option(&self, rule: &str, key: &str) -> Option<&Value> {
        let own = self.options.get(rule).and_then(|it| it.get(key));
        own.or_else(|| Some(&self.rules.get(rule)?.options.get(key)?.default))
    }

    /// The value of an option that is a duration; `None` when there is no such option.
    #[must_use]
    pub fn millis(&self, rule: &str, key: &str) -> Option<Millis> {
        Millis::parse(self.option(rule, key)?.as_str()?)
    }

    /// Whether the user does not want to hear of a rule in a file, given as reports print it.
    #[must_use]
    pub fn ignored_in(&self, path: &str, rule: &str) -> bool {
        if self.per_file_ignores.is_empty() {
            return false;
        }
        let category = self.rules.get(rule).map(|it| it.category.as_str());
        let path = self.place.within(path);
        self.per_file_ignores.iter().any(|(globs, names)| {
            let named = names.contains(rule) || category.is_some_and(|it| names.contains(it));
            named && globs.matches(&path)
        })
    }

    /// Whether the user excluded a file or folder, given as reports print it.
    #[must_use]
    pub fn excluded(&self, path: &str) -> bool {
        !self.exclude.is_empty() && self.exclude.matches(&self.place.within(path))
    }

    /// Whether there is a rule of that name.
    #[must_use]
    pub fn is_rule(&self, name: &str) -> bool {
        self.rules.contains_key(name)
    }

    /// The rule that a misspelt name most likely means; `None` when none is close.
    #[must_use]
    pub fn nearest_rule(&self, name: &str) -> Option<&'static str> {
        nearest(name, self.rules.keys().map(String::as_str))
    }

    fn is_category(&self, name: &str) -> bool {
        self.rules.values().any(|it| it.category == name)
    }
}
