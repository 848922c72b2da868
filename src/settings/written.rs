//! The settings as they are written, and what they mean.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use serde::Deserialize;
use toml::{Spanned, Value};

use crate::catalog::entry::RuleOption;
use crate::catalog::own::{Own, OwnClient, OwnHop, OwnRetry, OwnTool};
use crate::finding::Confidence;
use crate::units::Millis;

use super::error::{Error, File};
use super::globs::{self, Globs};
use super::nearest::nearest;
use super::own;
use super::{FailOn, Form, Names, Place, Rules, Selection, Settings};

/// A name at its place in the file.
type Word = Spanned<String>;

/// `unhang.toml`, or `[tool.unhang]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(super) struct Written {
    select: Option<Vec<Word>>,
    ignore: Vec<Word>,
    preview: bool,
    fail_on: Option<FailOn>,
    confidence: Option<Confidence>,
    exclude: Vec<Word>,
    include_tests: bool,
    per_file_ignores: BTreeMap<Word, Vec<Word>>,
    rules: BTreeMap<Word, BTreeMap<Word, Spanned<Value>>>,
    python: Python,
    versions: BTreeMap<String, String>,
    client: Vec<Spanned<OwnClient>>,
    retry: Vec<Spanned<OwnRetry>>,
    tool: Vec<Spanned<OwnTool>>,
    hop: Vec<OwnHop>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Python {
    root: Vec<String>,
}

/// `pyproject.toml`, of which one table is ours.
#[derive(Deserialize)]
struct Pyproject {
    tool: Option<Tool>,
}

#[derive(Deserialize)]
struct Tool {
    unhang: Option<Written>,
}

impl Written {
    pub(super) fn read(file: &File<'_>, form: Form) -> Result<Option<Self>, Error> {
        match form {
            Form::Own => toml::from_str(file.text).map(Some),
            Form::Pyproject => {
                toml::from_str(file.text).map(|it: Pyproject| it.tool.and_then(|tool| tool.unhang))
            }
        }
        .map_err(|error| file.toml(&error))
    }

    /// What is written, checked against the rules that exist.
    pub(super) fn lower(
        self,
        file: &File<'_>,
        place: Place,
        rules: &'static Rules,
    ) -> Result<Settings, Error> {
        let known = Known { file, rules };
        let plain = Settings::plain(rules, place);
        let mut per_file_ignores = Vec::new();
        for (pattern, names) in self.per_file_ignores {
            per_file_ignores.push((known.globs(&[pattern])?, known.names(names)?));
        }
        let select = self.select.map(|it| known.names(it)).transpose()?;
        Ok(Settings {
            preview: self.preview,
            min_confidence: self.confidence.unwrap_or(plain.min_confidence),
            fail_on: self.fail_on.map_or(plain.fail_on, FailOn::severity),
            include_tests: self.include_tests,
            roots: self
                .python
                .root
                .iter()
                .map(|it| plain.place.printed(it))
                .collect(),
            versions: self.versions,
            own: Own {
                clients: own::clients(file, self.client)?,
                retries: own::retries(file, self.retry)?,
                tools: own::tools(file, self.tool)?,
                hops: self.hop,
            },
            catalog: OnceLock::new(),
            selection: Selection {
                select,
                ignore: known.names(self.ignore)?,
            },
            options: known.options(self.rules)?,
            exclude: known.globs(&self.exclude)?,
            per_file_ignores,
            place: plain.place,
            rules,
        })
    }
}

/// What a settings file may name.
struct Known<'f> {
    file: &'f File<'f>,
    rules: &'static Rules,
}

impl Known<'_> {
    /// Rules and categories.
    fn names(&self, written: Vec<Word>) -> Result<Names, Error> {
        let categories: BTreeSet<&str> =
            self.rules.values().map(|it| it.category.as_str()).collect();
        let all = || {
            let rules = self.rules.keys().map(String::as_str);
            rules.chain(categories.iter().copied())
        };
        let mut names = Names::new();
        for name in written {
            if !all().any(|it| it == name.as_ref()) {
                return Err(self.unknown(&name, "rule or category", all()));
            }
            names.insert(name.into_inner());
        }
        Ok(names)
    }

    fn options(
        &self,
        written: BTreeMap<Word, BTreeMap<Word, Spanned<Value>>>,
    ) -> Result<BTreeMap<String, BTreeMap<String, Value>>, Error> {
        let mut rules = BTreeMap::new();
        for (rule, values) in written {
            let Some(entry) = self.rules.get(rule.as_ref()) else {
                let names = self.rules.keys().map(String::as_str);
                return Err(self.unknown(&rule, "rule", names));
            };
            let mut options = BTreeMap::new();
            for (key, value) in values {
                let Some(option) = entry.options.get(key.as_ref()) else {
                    let what = format!("option of `{}`", rule.as_ref());
                    let names = entry.options.keys().map(String::as_str);
                    return Err(self.unknown(&key, &what, names));
                };
                self.check(option, &value)?;
                options.insert(key.into_inner(), value.into_inner());
            }
            rules.insert(rule.into_inner(), options);
        }
        Ok(rules)
    }

    /// The value must be of the kind that the default is of.
    fn check(&self, option: &RuleOption, value: &Spanned<Value>) -> Result<(), Error> {
        let (default, given) = (&option.default, value.get_ref());
        let duration = default
            .as_str()
            .is_some_and(|it| Millis::parse(it).is_some());
        let reason = if duration {
            if given.as_str().is_some_and(|it| Millis::parse(it).is_some()) {
                return Ok(());
            }
            format!("a duration with its unit is wanted, such as {default}")
        } else {
            let number = |it: &Value| it.is_float() || it.is_integer();
            if default.same_type(given) || (default.is_float() && number(given)) {
                return Ok(());
            }
            format!("a value such as {default} is wanted")
        };
        Err(self
            .file
            .error(value.span(), reason, Some(option.doc.clone())))
    }

    fn globs(&self, written: &[Word]) -> Result<Globs, Error> {
        let mut patterns = Vec::new();
        for word in written {
            let pattern = globs::pattern(word.as_ref());
            patterns.push(pattern.map_err(|it| self.glob(word, &it))?);
        }
        // Only the sum of many valid patterns can fail here, when it grows too large to compile.
        Globs::new(patterns).map_err(|it| match written.first() {
            Some(word) => self.glob(word, &it),
            None => self.file.error(0..0, it.to_string(), None),
        })
    }

    fn glob(&self, word: &Word, error: &globset::Error) -> Error {
        self.file.error(word.span(), error.kind().to_string(), None)
    }

    fn unknown<'c>(
        &self,
        name: &Word,
        what: &str,
        all: impl Iterator<Item = &'c str> + Clone,
    ) -> Error {
        let help = nearest(name.as_ref(), all.clone())
            .map(|meant| format!("did you mean `{meant}`?"))
            .or_else(|| {
                let all: Vec<String> = all.map(|it| format!("`{it}`")).collect();
                (!all.is_empty()).then(|| format!("there are {}", all.join(", ")))
            });
        let reason = format!("there is no {what} named `{}`", name.as_ref());
        self.file.error(name.span(), reason, help)
    }
}
