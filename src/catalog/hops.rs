//! Servers, proxies and platforms that stop waiting: the shape of `rules/hops/*.toml`.

use std::collections::BTreeMap;

use serde::Deserialize;
use smol_str::SmolStr;

use super::entry::{Absent, Source};
use crate::units::{Millis, Unit};

/// A file of `rules/hops/`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct HopFile {
    /// The limits.
    pub hop: Vec<HopLimit>,
    /// What a server takes from a file of its own, when it reads over what it does not know.
    #[serde(default)]
    pub settings_file: Option<SettingsFile>,
}

/// The names of the settings of a server that says nothing about others.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SettingsFile {
    /// The server, as the ids of its limits begin.
    pub of: SmolStr,
    /// The module that it looks for itself.
    pub file: SmolStr,
    /// Classes whose heirs take the settings as a dict.
    pub classes: Vec<SmolStr>,
    /// The names, of all versions.
    pub names: Vec<SmolStr>,
    /// Names of its flags, in the spelling of Python, with the settings that they set.
    pub flags: BTreeMap<SmolStr, SmolStr>,
    /// How it is known.
    pub source: Source,
}

impl SettingsFile {
    /// The setting that somebody meant who wrote a name that is none; `None` for a name that is one,
    /// and for one that is like none of them.
    #[must_use]
    pub fn meant(&self, name: &str) -> Option<&SmolStr> {
        if self.names.iter().any(|it| it == name) {
            return None;
        }
        let same = |it: &&SmolStr| letters(it).eq(letters(name));
        let flag = self.flags.get(name);
        flag.or_else(|| self.names.iter().find(same))
    }
}

/// A name without what joins its words.
fn letters(name: &str) -> impl Iterator<Item = char> {
    name.chars().filter(|it| *it != '_')
}

/// One limit of something that stands between a caller and the code.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct HopLimit {
    /// Its name in the catalogue, as in `gunicorn.timeout.sync`; what stands before the first or
    /// second dot is shared by all limits of the same thing.
    pub id: SmolStr,
    /// What it is, in full.
    pub name: String,
    /// What messages call the thing that waits: `nginx`; the name where it is missing.
    #[serde(default)]
    pub title: Option<String>,
    /// What the thing does when its time is over, as the end of a sentence: `answers 504`.
    #[serde(default)]
    pub then: Option<String>,
    /// Where it is written.
    #[serde(default)]
    pub files: Vec<String>,
    /// The keys, flags and annotations that set it, as people write them.
    #[serde(default)]
    pub keys: Vec<String>,
    /// In which unit, and what is refused.
    pub unit: String,
    /// What holds when nobody sets it.
    pub absent: Absent,
    /// More than this cannot be set.
    #[serde(default)]
    pub most: Option<Millis>,
    /// What ends when it is over.
    pub bounds: Bounds,
    /// The worker classes of a server that it holds for; one that ends in a dot stands for all that
    /// begin so. Empty when it holds for all.
    #[serde(default)]
    pub workers: Vec<SmolStr>,
    /// Settings without any of which there is nobody who could wait; empty when it is always there.
    #[serde(default)]
    pub needs: Vec<SmolStr>,
    /// The exception by which the code is told; code that names it is prepared for its end.
    #[serde(default)]
    pub caught_as: Option<String>,
    /// What sets it.
    #[serde(default)]
    pub settings: Vec<Setting>,
    /// What the time counts: the whole answer, or a gap between two reads.
    #[serde(default)]
    pub measures: Option<String>,
    /// What the caller gets.
    pub exceeded: String,
    /// What else there is to know.
    #[serde(default)]
    pub note: Option<String>,
    /// How it is known.
    pub source: Source,
}

/// What ends when a limit is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bounds {
    /// The whole answer, however it comes.
    Answer,
    /// The wait for the next piece of an answer, and so for all of one that comes in one piece.
    Gap,
    /// A piece of code that does not let the event loop go on.
    EventLoop,
    /// Opening the connection.
    Connection,
    /// A connection that nobody uses.
    Idle,
    /// What is still running when the process is told to stop.
    Shutdown,
    /// One run of a task.
    Task,
    /// The time until somebody else gets the same task.
    Redelivery,
    /// The answer to a question whether the process lives.
    Probe,
    /// No request, whatever its name sounds like.
    Nothing,
    /// Nobody measured it.
    Unknown,
}

/// Something that sets a limit.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// Where it stands.
    pub form: Form,
    /// Its name; a dot goes into what the name holds.
    pub key: SmolStr,
    /// In which unit a bare number counts.
    pub unit: Unit,
    /// What zero means.
    #[serde(default = "unknown")]
    pub zero: Absent,
}

fn unknown() -> Absent {
    Absent::Unknown
}

/// Where a setting stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// An annotation of a manifest.
    Annotation,
    /// An argument of a call or a decorator in Python.
    Argument,
    /// A directive of a server.
    Directive,
    /// A field of a configuration.
    Field,
    /// A flag on a command line.
    Flag,
    /// A setting that is written in Python.
    Python,
    /// An environment variable.
    Variable,
}

impl HopLimit {
    /// Whether it is a limit of this thing: `gunicorn`, `aws.lambda`.
    #[must_use]
    pub fn is_of(&self, product: &str) -> bool {
        let rest = self.id.strip_prefix(product);
        rest.is_some_and(|it| it.is_empty() || it.starts_with('.'))
    }

    /// Whether it holds for a worker class.
    #[must_use]
    pub fn holds_for(&self, worker: &str) -> bool {
        let fits = |it: &SmolStr| *it == worker || it.ends_with('.') && worker.starts_with(&**it);
        self.workers.is_empty() || self.workers.iter().any(fits)
    }

    /// What sets it in one form.
    pub fn set_by(&self, form: Form) -> impl Iterator<Item = &Setting> {
        self.settings.iter().filter(move |it| it.form == form)
    }
}
