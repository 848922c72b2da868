//! What a check has to say.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::fix::Fix;
use crate::source::Span;

/// How bad it is if true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Will hurt one day.
    Warning,
    /// Hangs, storms or fails as soon as the other side stalls.
    Error,
}

/// How sure we are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// A guess; shown only when asked for.
    Low,
    /// Sound unless the program does something we did not see.
    Medium,
    /// Read from the code and measured on the library.
    High,
}

impl Severity {
    /// The word that every format prints.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl Confidence {
    /// The word that every format prints.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.word())
    }
}

/// A place with a few words about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// The words, without a final stop; may be empty.
    pub text: String,
}

/// Something that will hang, storm or break, at a place in the user's files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule's name, in kebab-case.
    pub rule: &'static str,
    /// How bad it is if true.
    pub severity: Severity,
    /// How sure we are.
    pub confidence: Confidence,
    /// One clause that names the actual values, without a final stop.
    pub message: String,
    /// Where to look first.
    pub primary: Label,
    /// What explains it, in reading order; other files are welcome.
    pub because: Vec<Label>,
    /// One imperative sentence that says what to type.
    pub help: Option<String>,
    /// What a machine could do about it.
    pub fixes: Vec<Fix>,
    /// The one line behind it and its like, when they have one in common: the session that all
    /// these requests are sent with.
    pub cause: Option<Span>,
}

impl Finding {
    /// Adds a place that explains the finding, which may lie in another file.
    #[must_use]
    pub fn because(mut self, span: Span, text: impl Into<String>) -> Self {
        self.because.push(Label {
            span,
            text: text.into(),
        });
        self
    }

    /// Adds several such places.
    #[must_use]
    pub fn because_all(mut self, labels: impl IntoIterator<Item = Label>) -> Self {
        self.because.extend(labels);
        self
    }

    /// Says what to type.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// Ranks this finding below or above what its rule has by default.
    #[must_use]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// Says that this finding is less, or more, sure than its rule has by default.
    #[must_use]
    pub fn confidence(mut self, confidence: Confidence) -> Self {
        self.confidence = confidence;
        self
    }

    /// Names the one line that it has in common with others.
    #[must_use]
    pub fn caused_by(mut self, cause: Option<Span>) -> Self {
        self.cause = cause;
        self
    }

    /// Whether it points at a place already.
    #[must_use]
    pub fn names(&self, span: Span) -> bool {
        self.primary.span.contains(span) || self.because.iter().any(|it| it.span == span)
    }

    /// Adds a change that would end it, if a machine can make one.
    #[must_use]
    pub fn fix(mut self, fix: impl Into<Option<Fix>>) -> Self {
        self.fixes.extend(fix.into());
        self
    }
}

/// What stopped us from seeing all of a file: never fatal, never a finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The path as reports print it.
    pub path: String,
    /// What is the matter, without a final stop.
    pub message: String,
}

/// All that one run has to say.
#[derive(Debug, Default)]
pub struct Report {
    /// Sorted by path, place and rule.
    pub findings: Vec<Finding>,
    /// What the user has answered already, in the same order.
    pub suppressed: Vec<Finding>,
    /// What the baseline knows already, in the same order.
    pub known: Vec<Finding>,
    /// What stands where nothing changed, when only changes are of interest, in the same order.
    pub unchanged: Vec<Finding>,
    /// What could not be read, sorted by path.
    pub problems: Vec<Problem>,
    /// How many files were looked at, whether or not they were worth parsing.
    pub files: usize,
    /// How many of them were parsed.
    pub parsed: usize,
    /// How many clients were judged, by what they talk to and what became of them.
    pub sites: Sites,
}

/// How many places that build a client the run saw, by what the client talks to.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Sites {
    /// Models: chat, completion, embeddings, rerankers, and the SDKs of their providers.
    pub models: Seen,
    /// Databases, caches and indexes.
    pub stores: Seen,
    /// Services behind tools, and servers of tools.
    pub tools: Seen,
}

/// How far the run understood the places of one kind.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Seen {
    /// How many have a wait that was resolved to a definite answer.
    pub resolved: usize,
    /// Where resolution gave up, and why.
    pub unknown: Vec<Label>,
}

impl Sites {
    /// Adds what another file has.
    pub fn add(&mut self, other: Self) {
        self.models.add(other.models);
        self.stores.add(other.stores);
        self.tools.add(other.tools);
    }

    /// Where resolution gave up, in the order of files and places.
    #[must_use]
    pub fn unknown(&self) -> Vec<&Label> {
        let kinds = [&self.models, &self.stores, &self.tools];
        let mut all: Vec<_> = kinds.into_iter().flat_map(|it| &it.unknown).collect();
        all.sort_by_key(|it| it.span);
        all
    }
}

impl Seen {
    fn add(&mut self, other: Self) {
        self.resolved += other.resolved;
        self.unknown.extend(other.unknown);
    }
}
