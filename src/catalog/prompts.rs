//! The shape of `rules/prompts/`: where text of any size comes from, what cuts it down, and what puts
//! all of it into one prompt.

use std::collections::BTreeMap;

use serde::Deserialize;
use smol_str::SmolStr;

use super::entry::Source;

/// `rules/prompts/<package>.toml`: the names by which text enters a prompt, and what bounds it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Prompts {
    /// Methods that return whole documents: `load`, `lazy_load`.
    #[serde(default)]
    pub load_methods: Vec<SmolStr>,
    /// Modules whose classes are document loaders.
    #[serde(default)]
    pub loader_modules: Vec<SmolStr>,
    /// Loaders that make one document of a whole file or web page.
    #[serde(default)]
    pub whole_loaders: Vec<SmolStr>,
    /// Methods and functions whose result is split or trimmed.
    #[serde(default)]
    pub bounding: Vec<SmolStr>,
    /// Functions and classes of libraries that keep all of the text they are given: parsers of HTML.
    #[serde(default)]
    pub keeping: Vec<SmolStr>,
    /// Arguments of a loader that say how much it loads at most.
    #[serde(default)]
    pub limit_arguments: Vec<SmolStr>,
    /// Chains that put all their documents into one prompt: their paths and conditions.
    #[serde(default)]
    pub stuff_chain: Vec<StuffChain>,
    /// What else hands out text of any size.
    #[serde(default)]
    pub text: Vec<TextSource>,
    /// Parts of a path that only files of the application itself have.
    #[serde(default)]
    pub own_words: Vec<SmolStr>,
    /// Parts of the name of an address that is that of a web page, and not of a service.
    #[serde(default)]
    pub page_words: Vec<SmolStr>,
    /// Names that somebody uses who looks at the size of a file before it is read.
    #[serde(default)]
    pub size_words: Vec<SmolStr>,
    /// How rows are taken out of databases.
    #[serde(default)]
    pub query: Vec<Query>,
    /// Names that somebody uses who cuts what tools return before the model reads it.
    #[serde(default)]
    pub tool_guards: Vec<SmolStr>,
    /// Stores of vectors, and how their retrievers are told how much to find.
    #[serde(default)]
    pub store: Vec<Store>,
    /// What keeps the messages of a conversation for good.
    #[serde(default)]
    pub memory: Vec<Memory>,
    /// What keeps messages where they outlive the program.
    #[serde(default)]
    pub history: Histories,
    /// What tells that somebody shortens conversations.
    #[serde(default)]
    pub shortening: Shortening,
    /// Dotted paths of objects that keep values for the session of a visitor.
    #[serde(default)]
    pub sessions: Vec<SmolStr>,
    /// Packages whose scripts are run anew for each input of a visitor.
    #[serde(default)]
    pub rerun_by: Vec<SmolStr>,
    /// Where this comes from.
    #[serde(default)]
    pub source: Vec<Source>,
}

impl Prompts {
    /// Joins what another file lists.
    pub fn add(&mut self, other: Self) {
        self.load_methods.extend(other.load_methods);
        self.loader_modules.extend(other.loader_modules);
        self.whole_loaders.extend(other.whole_loaders);
        self.bounding.extend(other.bounding);
        self.keeping.extend(other.keeping);
        self.limit_arguments.extend(other.limit_arguments);
        self.stuff_chain.extend(other.stuff_chain);
        self.text.extend(other.text);
        self.own_words.extend(other.own_words);
        self.page_words.extend(other.page_words);
        self.size_words.extend(other.size_words);
        self.query.extend(other.query);
        self.tool_guards.extend(other.tool_guards);
        self.store.extend(other.store);
        self.memory.extend(other.memory);
        self.history.names.extend(other.history.names);
        self.history.unless.extend(other.history.unless);
        self.shortening.add(other.shortening);
        self.sessions.extend(other.sessions);
        self.rerun_by.extend(other.rerun_by);
        self.source.extend(other.source);
    }
}

/// A chain that puts all its documents into one prompt.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct StuffChain {
    /// The name people write.
    pub name: SmolStr,
    /// Every dotted path under which it can be imported.
    pub paths: Vec<SmolStr>,
    /// The argument that chooses another strategy; the chain stuffs when it is absent or "stuff".
    #[serde(default)]
    pub chain_type: Option<SmolStr>,
    /// The input keys or arguments that carry the documents.
    pub documents: Vec<SmolStr>,
}

/// What kind of text it is that may have any size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TextKind {
    /// What a document loader of LangChain loads.
    Documents,
    /// A file, as it lies on the disk.
    File,
    /// Whatever somebody uploads.
    Attachment,
    /// The text of a PDF or of an office document.
    Document,
    /// A web page.
    Page,
    /// A table.
    Table,
    /// What a program prints.
    Output,
    /// What somebody says in a recording.
    Transcript,
    /// The rows that a query finds.
    Rows,
}

impl TextKind {
    /// Whether it is one file or page, and not a collection of documents or rows.
    #[must_use]
    pub fn is_one_file(self) -> bool {
        !matches!(self, Self::Documents | Self::Rows | Self::Table)
    }

    /// What it is, in words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Documents => "whole documents",
            Self::File => "a whole file",
            Self::Attachment => "a whole attachment",
            Self::Document => "the text of a whole document",
            Self::Page => "a whole web page",
            Self::Table => "a whole table",
            Self::Output => "all that a program prints",
            Self::Transcript => "a whole transcript",
            Self::Rows => "every row of a query",
        }
    }
}

/// Functions and classes that hand out text of any size.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TextSource {
    /// What kind of text.
    pub kind: TextKind,
    /// Dotted paths of what is called: a function that gives the text, or, where methods or parts
    /// are listed, something that gives an object which does.
    pub paths: Vec<SmolStr>,
    /// Methods of that object that give all of the text.
    #[serde(default)]
    pub methods: Vec<SmolStr>,
    /// Attributes of that object that are all of the text, or hold it in parts.
    #[serde(default)]
    pub parts: Vec<SmolStr>,
    /// Methods of that object that give another one of its kind: `Path.open`.
    #[serde(default)]
    pub handles: Vec<SmolStr>,
    /// Whether iterating over that object gives the text in parts.
    #[serde(default)]
    pub iterated: bool,
}

/// How rows are taken out of a database.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Query {
    /// Methods that hand out all rows of the statement that was executed before.
    pub all_rows: Vec<SmolStr>,
    /// Methods that execute a statement.
    pub execute: Vec<SmolStr>,
    /// Dotted paths of classes with a method that does both at once.
    pub classes: Vec<SmolStr>,
    /// These methods.
    pub methods: Vec<SmolStr>,
    /// Words of a statement, in small letters, that finds few rows.
    pub few: Vec<SmolStr>,
}

/// Stores of vectors.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Store {
    /// Modules whose classes are such stores.
    pub modules: Vec<SmolStr>,
    /// Methods that embed each document they are given, whatever its size.
    pub embedding: Vec<SmolStr>,
    /// The method that makes a retriever of a store.
    pub retriever: SmolStr,
    /// Its keywords that look like a limit and are dropped: each with the key of `limits` that was
    /// meant.
    pub dropped: BTreeMap<SmolStr, SmolStr>,
    /// Its keyword with the dict of what a search is told.
    pub limits: SmolStr,
    /// The key of that dict that says how many documents are found.
    pub count: SmolStr,
    /// How many are found when nobody says.
    pub absent: u32,
    /// Classes whose retrievers do take such a keyword.
    #[serde(default)]
    pub honoured_by: Vec<SmolStr>,
}

/// What keeps the messages of a conversation for good, and sends all of them again.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Memory {
    /// The name people write.
    pub name: SmolStr,
    /// Every dotted path under which it can be imported.
    pub paths: Vec<SmolStr>,
    /// The argument without which it keeps nothing.
    #[serde(default)]
    pub needs: Option<SmolStr>,
    /// Arguments with which somebody else decides what is kept.
    #[serde(default)]
    pub unless: Vec<SmolStr>,
    /// Arguments that keep the messages outside the program, so that they are there the next time.
    #[serde(default)]
    pub stored: Vec<SmolStr>,
    /// What takes the function that gives what the messages are kept in: a name and a position.
    #[serde(default)]
    pub history: Option<(SmolStr, usize)>,
    /// Whether the program can shorten the conversation elsewhere.
    #[serde(default)]
    pub elsewhere: bool,
    /// What to do about it.
    pub help: String,
}

/// Classes that keep messages outside the program, so that they are there the next time.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Histories {
    /// Their names.
    #[serde(default)]
    pub names: Vec<SmolStr>,
    /// Arguments with which they hand out the last messages alone.
    #[serde(default)]
    pub unless: Vec<SmolStr>,
}

/// What tells that somebody shortens conversations.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Shortening {
    /// Names of libraries that do it.
    #[serde(default)]
    pub names: Vec<SmolStr>,
    /// Parts of names of functions that do it, when they name a conversation as well.
    #[serde(default)]
    pub verbs: Vec<SmolStr>,
    /// Parts of names of conversations.
    #[serde(default)]
    pub conversations: Vec<SmolStr>,
    /// Parts of names of what adds to a list of messages in a graph's state.
    #[serde(default)]
    pub reducers: Vec<SmolStr>,
}

impl Shortening {
    fn add(&mut self, other: Self) {
        self.names.extend(other.names);
        self.verbs.extend(other.verbs);
        self.conversations.extend(other.conversations);
        self.reducers.extend(other.reducers);
    }
}
