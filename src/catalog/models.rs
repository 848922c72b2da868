//! The shape of `rules/models/`: how much models read and write, and how long a text is for them.

use serde::Deserialize;
use smol_str::SmolStr;

use super::entry::Source;

/// `rules/models/<provider>.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelFile {
    /// Models, each with those that are alike.
    #[serde(default)]
    pub model: Vec<Model>,
    /// What holds for all of them.
    #[serde(default)]
    pub reading: Reading,
    /// Where this comes from.
    pub source: Vec<Source>,
}

impl ModelFile {
    /// Joins what another file lists.
    pub fn add(&mut self, other: Self) {
        self.model.extend(other.model);
        self.reading.add(other.reading);
    }

    /// The model of a name, as people write it: with its provider before it, or a date behind it.
    #[must_use]
    pub fn find(&self, written: &str) -> Option<&Model> {
        let bare = written.rsplit(['/', ':']).next().unwrap_or(written);
        self.exact(written)
            .or_else(|| self.exact(bare))
            .or_else(|| self.exact(undated(bare)?))
    }

    fn exact(&self, name: &str) -> Option<&Model> {
        self.model
            .iter()
            .find(|it| it.names.iter().any(|own| own == name))
    }
}

/// `gpt-4-0613` without its date; `None` when there is none.
fn undated(name: &str) -> Option<&str> {
    let bare = name.strip_suffix("-latest");
    let bare =
        bare.unwrap_or_else(|| name.trim_end_matches(|it: char| it.is_ascii_digit() || it == '-'));
    // The number of a version is no date.
    let cut = name.len() - bare.len();
    (cut > 4).then_some(bare)
}

/// How much some models read and write.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// Their names.
    pub names: Vec<SmolStr>,
    /// The most tokens of a prompt.
    pub input: u64,
    /// The most tokens of an answer.
    #[serde(default)]
    pub output: Option<u64>,
    /// Whether the answer counts as a part of the input, so that both together must not be longer.
    #[serde(default)]
    pub shared: bool,
    /// Whether asking for a longer answer than it writes is refused; also where the answer is shared.
    #[serde(default)]
    pub refuses: bool,
}

/// How long a text is for a model, and where a program says which model it is.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Reading {
    /// How many characters make a token, by the rule of thumb for English text.
    #[serde(default)]
    pub characters_per_token: u64,
    /// Arguments that name the model.
    #[serde(default)]
    pub name: Vec<SmolStr>,
    /// Arguments that say how many tokens are kept for the answer.
    #[serde(default)]
    pub answer: Vec<SmolStr>,
    /// Arguments that set the window itself, where the model runs in the program's own server.
    #[serde(default)]
    pub window: Vec<SmolStr>,
    /// Arguments with which a name may stand for any other model.
    #[serde(default)]
    pub elsewhere: Vec<SmolStr>,
    /// What cuts texts into parts of a known size.
    #[serde(default)]
    pub splitter: Vec<Splitter>,
    /// Searches that take the number of documents by that name, or as their second argument.
    #[serde(default)]
    pub searches: Vec<SmolStr>,
    /// Methods that ask a retriever.
    #[serde(default)]
    pub asking: Vec<SmolStr>,
}

impl Reading {
    fn add(&mut self, other: Self) {
        self.characters_per_token = self.characters_per_token.max(other.characters_per_token);
        self.name.extend(other.name);
        self.answer.extend(other.answer);
        self.window.extend(other.window);
        self.elsewhere.extend(other.elsewhere);
        self.splitter.extend(other.splitter);
        self.searches.extend(other.searches);
        self.asking.extend(other.asking);
    }
}

/// What cuts texts into parts.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Splitter {
    /// The last name of the class, or of its method that builds one.
    pub name: SmolStr,
    /// The argument with the size of a part.
    pub argument: SmolStr,
    /// The size when nobody says.
    #[serde(default)]
    pub absent: Option<u64>,
    /// Whether it counts tokens, and not characters.
    #[serde(default)]
    pub tokens: bool,
    /// An argument with which nobody can tell what it counts.
    #[serde(default)]
    pub unless: Option<SmolStr>,
}
