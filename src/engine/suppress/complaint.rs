//! What can be the matter with a suppression itself.

use std::ops::Range;

use crate::fix::{Edit, Fix, Trust};
use crate::settings::Settings;
use crate::source::{FileId, Span};

use super::comment::Name;
use super::{Cover, Suppression};

const UNUSED: &str = "unused-suppression";
const UNKNOWN: &str = "unknown-rule-in-suppression";
const NO_REASON: &str = "suppression-without-reason";

/// Something to say about a suppression; the engine makes a finding of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// The rule that says it.
    pub rule: &'static str,
    /// The comment, or one name in it.
    pub span: Span,
    /// One clause, without a final stop.
    pub message: String,
    /// One imperative sentence.
    pub help: Option<String>,
    /// What a machine can do about it.
    pub fix: Option<Fix>,
}

/// The file and the run that suppressions are judged in.
pub(super) struct About<'s> {
    pub(super) file: FileId,
    pub(super) path: &'s str,
    pub(super) settings: &'s Settings,
}

impl About<'_> {
    /// All that is the matter with one suppression, for the rules of this kind that run.
    pub(super) fn complaints(&self, suppression: &Suppression) -> Vec<Complaint> {
        let mut all = Vec::new();
        if suppression.comment.names.is_empty() {
            all.push(self.nameless(suppression));
        }
        let unknown = suppression
            .comment
            .names
            .iter()
            .filter(|it| !self.is_known(it));
        all.extend(unknown.map(|it| self.unknown(it)));
        if suppression.comment.reason.is_none() {
            all.push(self.reasonless(suppression));
        }
        all.extend(self.unused(suppression));
        all.retain(|it| self.runs(it.rule));
        all.sort_by_key(|it| (it.span, it.rule));
        all
    }

    fn nameless(&self, suppression: &Suppression) -> Complaint {
        Complaint {
            rule: UNKNOWN,
            span: self.span(&suppression.comment.bytes),
            message: "this suppression names no rule".to_owned(),
            help: Some("name the rules: `# unhang: ignore[rule] -- reason`".to_owned()),
            fix: None,
        }
    }

    fn unknown(&self, name: &Name) -> Complaint {
        let meant = self.settings.nearest_rule(&name.text);
        let help = match meant {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "`unhang rule` lists all rules; there is no wildcard".to_owned(),
        };
        let span = self.span(&name.bytes);
        Complaint {
            rule: UNKNOWN,
            span,
            message: format!("there is no rule named `{}`", name.text),
            help: Some(help),
            fix: meant.map(|meant| Fix {
                title: format!("write `{meant}`"),
                trust: Trust::Safe,
                edits: vec![Edit {
                    span,
                    text: meant.to_owned(),
                }],
            }),
        }
    }

    fn reasonless(&self, suppression: &Suppression) -> Complaint {
        Complaint {
            rule: NO_REASON,
            span: self.span(&suppression.comment.bytes),
            message: "this suppression gives no reason".to_owned(),
            help: Some("say after `--` why the finding does not matter here".to_owned()),
            fix: None,
        }
    }

    /// One complaint for the comment when none of its names is used, else one for each that is not.
    fn unused(&self, suppression: &Suppression) -> Vec<Complaint> {
        let comment = &suppression.comment;
        if suppression.covers == Cover::TooLate {
            let message = "`ignore-file` has no effect after the first line of code".to_owned();
            let help = "move it above the first line of code".to_owned();
            let complaint = self.useless(&comment.bytes, message, None);
            return vec![Complaint {
                help: Some(help),
                ..complaint
            }];
        }
        let unused: Vec<usize> = (0..comment.names.len())
            .filter(|&at| !suppression.used[at].get() && self.could_be_used(&comment.names[at]))
            .collect();
        if !unused.is_empty() && unused.len() == comment.names.len() {
            let names: Vec<String> = comment
                .names
                .iter()
                .map(|it| format!("`{}`", it.text))
                .collect();
            let message = format!("nothing here is a finding of {}", names.join(" or "));
            return vec![self.useless(&comment.bytes, message, Some(&suppression.removal))];
        }
        unused
            .into_iter()
            .map(|at| {
                let message = format!("nothing here is a finding of `{}`", comment.names[at].text);
                let removal = without(&comment.names, at);
                self.useless(&comment.names[at].bytes, message, Some(&removal))
            })
            .collect()
    }

    fn useless(&self, at: &Range<u32>, message: String, removal: Option<&Range<u32>>) -> Complaint {
        Complaint {
            rule: UNUSED,
            span: self.span(at),
            message,
            help: removal.map(|_| "remove it".to_owned()),
            fix: removal.map(|it| Fix {
                title: "remove the suppression".to_owned(),
                trust: Trust::Safe,
                edits: vec![Edit {
                    span: self.span(it),
                    text: String::new(),
                }],
            }),
        }
    }

    /// Whether a name could have suppressed something in this run.
    ///
    /// What is said about suppressions comes after all else, so their own rules never could.
    fn could_be_used(&self, name: &Name) -> bool {
        self.runs(&name.text) && ![UNUSED, UNKNOWN, NO_REASON].contains(&name.text.as_str())
    }

    fn runs(&self, rule: &str) -> bool {
        self.settings.enabled(rule) && !self.settings.ignored_in(self.path, rule)
    }

    fn is_known(&self, name: &Name) -> bool {
        self.settings.is_rule(&name.text)
    }

    fn span(&self, bytes: &Range<u32>) -> Span {
        Span {
            file: self.file,
            start: bytes.start,
            end: bytes.end,
        }
    }
}

/// One name of several, with the comma that parts it from its neighbour.
fn without(names: &[Name], at: usize) -> Range<u32> {
    match names.get(at + 1) {
        Some(next) => names[at].bytes.start..next.bytes.start,
        None => names[at - 1].bytes.end..names[at].bytes.end,
    }
}
