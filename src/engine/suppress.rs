//! What the user has answered already: `# unhang: ignore[rule] -- reason`.
//!
//! A comment speaks of a statement, not of a line, so that it works wherever a formatter puts it.
//! The list cannot rot: a suppression that is unused, misspelt or without a reason is a [`Complaint`].

mod answer;
mod comment;
mod complaint;
#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::ops::Range;

use crate::finding::Finding;
use crate::settings::Settings;
use crate::source::{FileId, Span};

use comment::{Comment, Reach};

pub use answer::answered;
pub use complaint::Complaint;

/// The suppressions of one text.
#[derive(Debug)]
pub struct Suppressions {
    file: FileId,
    all: Vec<Suppression>,
}

/// One comment, and what it covers.
#[derive(Debug)]
struct Suppression {
    comment: Comment,
    covers: Cover,
    /// What goes away when the comment is removed.
    removal: Range<u32>,
    /// Which of its names have suppressed something, in their order.
    used: Vec<Cell<bool>>,
}

#[derive(Debug, PartialEq, Eq)]
enum Cover {
    File,
    /// Findings that start in here.
    Bytes(Range<u32>),
    /// Nothing follows it.
    Nothing,
    /// It speaks of the file, but code precedes it.
    TooLate,
}

impl Suppressions {
    /// Reads the suppressions of a text.
    ///
    /// `comments` are the comments of the text in their order, as the parser found them, so that a
    /// `#` in a string never counts.
    /// `statement` gives the smallest simple statement, or header of a compound one, that holds an
    /// offset; `None` between statements.
    #[must_use]
    pub fn read(
        file: FileId,
        text: &str,
        comments: &[Range<u32>],
        statement: &dyn Fn(u32) -> Option<Range<u32>>,
    ) -> Self {
        // Nearly all files have none, and then there is nothing to look for.
        if memchr::memmem::find(text.as_bytes(), b"unhang:").is_none() {
            return Self {
                file,
                all: Vec::new(),
            };
        }
        let page = Page {
            text,
            comments,
            statement,
            code_after: code_after(text, comments),
        };
        let all = comments
            .iter()
            .filter_map(|it| Some((it.clone(), Comment::read(text, it.clone())?)))
            .map(|(token, comment)| Suppression {
                covers: page.cover(&comment, &token),
                removal: page.removal(&comment, &token),
                used: vec![Cell::new(false); comment.names.len()],
                comment,
            })
            .collect();
        Self { file, all }
    }

    /// Parts findings into those to show and those that are answered, each in the given order.
    ///
    /// Findings of other files are kept. Call this before findings are dropped for their confidence,
    /// or a suppression of an unsure finding looks unused.
    #[must_use]
    pub fn apply(&self, findings: Vec<Finding>) -> (Vec<Finding>, Vec<Finding>) {
        if self.all.is_empty() {
            return (findings, Vec::new());
        }
        findings.into_iter().partition(|it| !self.answers(it))
    }

    /// What is the matter with the suppressions themselves, in the order of the text.
    ///
    /// To be asked after [`Suppressions::apply`], and only for a file that is reported. `path` is
    /// the file's, as reports print it. A name whose rule does not run is not called unused.
    #[must_use]
    pub fn complaints(&self, path: &str, settings: &Settings) -> Vec<Complaint> {
        let about = complaint::About {
            file: self.file,
            path,
            settings,
        };
        self.all
            .iter()
            .flat_map(|it| about.complaints(it))
            .collect()
    }

    /// Whether a suppression covers a finding; every one that does counts as used.
    fn answers(&self, finding: &Finding) -> bool {
        let mut answered = false;
        for suppression in self
            .all
            .iter()
            .filter(|it| it.covers(self.file, finding.primary.span))
        {
            for (name, used) in suppression.comment.names.iter().zip(&suppression.used) {
                if name.text == finding.rule {
                    used.set(true);
                    answered = true;
                }
            }
        }
        answered
    }
}

impl Suppression {
    fn covers(&self, file: FileId, span: Span) -> bool {
        span.file == file
            && match &self.covers {
                Cover::File => true,
                Cover::Bytes(bytes) => bytes.contains(&span.start),
                Cover::Nothing | Cover::TooLate => false,
            }
    }
}

/// A text with what the parser knows of it.
struct Page<'t> {
    text: &'t str,
    comments: &'t [Range<u32>],
    statement: &'t dyn Fn(u32) -> Option<Range<u32>>,
    /// By comment: the first byte of code behind it.
    code_after: Vec<Option<u32>>,
}

impl Page<'_> {
    fn cover(&self, comment: &Comment, token: &Range<u32>) -> Cover {
        if comment.reach == Reach::File {
            let is_first = self.first_code().is_none_or(|it| it > token.start);
            return if is_first {
                Cover::File
            } else {
                Cover::TooLate
            };
        }
        let (line, before) = self.before(token.start);
        let found = if before.trim().is_empty() {
            // Alone on its line: between the brackets of a statement it speaks of that, else of the
            // next one.
            let own = self.comments.partition_point(|it| it.start < token.start);
            let next = || (self.statement)((*self.code_after.get(own)?)?);
            (self.statement)(token.start).or_else(next)
        } else {
            let first = line + offset(before.len() - before.trim_start().len());
            let last = line + offset(before.trim_end().len()) - 1;
            join((self.statement)(first), (self.statement)(last))
        };
        found.map_or(Cover::Nothing, Cover::Bytes)
    }

    /// Where the code of the text begins.
    fn first_code(&self) -> Option<u32> {
        let first = skip_blank(self.text, 0)?;
        match self.comments.first() {
            Some(comment) if comment.start == first => self.code_after[0],
            _ => Some(first),
        }
    }

    /// The comment with the blanks that part it from the code, or its whole line.
    fn removal(&self, comment: &Comment, token: &Range<u32>) -> Range<u32> {
        let own = comment.bytes.clone();
        let (line, before) = self.before(own.start);
        if own.end < token.end {
            // Another tool's comment follows and takes this one's place.
            return own;
        }
        if !before.trim().is_empty() {
            return line + offset(before.trim_end().len())..own.end;
        }
        let rest = &self.text[own.end as usize..];
        let end = ["\r\n", "\n", "\r"]
            .iter()
            .find(|it| rest.starts_with(**it));
        line..own.end + end.map_or(0, |it| offset(it.len()))
    }

    /// Where the line of an offset begins, and what stands on it before the offset.
    fn before(&self, at: u32) -> (u32, &str) {
        let before = &self.text[..at as usize];
        let line = before.rfind(['\n', '\r']).map_or(0, |it| it + 1);
        (offset(line), &before[line..])
    }
}

/// By comment: the first byte behind it that is neither blank nor in another comment.
///
/// From the last to the first, so that a thousand comments in a row are walked once.
fn code_after(text: &str, comments: &[Range<u32>]) -> Vec<Option<u32>> {
    let mut after: Vec<Option<u32>> = vec![None; comments.len()];
    for (at, comment) in comments.iter().enumerate().rev() {
        let code = skip_blank(text, comment.end);
        after[at] = match comments.get(at + 1) {
            Some(next) if code == Some(next.start) => after[at + 1],
            _ => code,
        };
    }
    after
}

/// The first byte at or after an offset that is not blank.
fn skip_blank(text: &str, at: u32) -> Option<u32> {
    let rest = text.get(at as usize..)?;
    let blank = rest.len() - rest.trim_start().len();
    (blank < rest.len()).then(|| at + offset(blank))
}

/// From the start of the earlier to the end of the later.
fn join(a: Option<Range<u32>>, b: Option<Range<u32>>) -> Option<Range<u32>> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.start.min(b.start)..a.end.max(b.end)),
        (a, b) => a.or(b),
    }
}

/// Texts are smaller than 4 GiB, so an offset always fits.
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
