//! The texts under analysis and places in them.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use crate::line_index::{Columns, LineColumn, LineIndex};

/// One of the texts of a run; ordered as the paths are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A half-open range of bytes in one text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The text.
    pub file: FileId,
    /// The first byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The bytes as a range for slicing.
    #[must_use]
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Whether `other` lies within this span, in the same text.
    #[must_use]
    pub fn contains(self, other: Self) -> bool {
        self.file == other.file && self.start <= other.start && other.end <= self.end
    }
}

/// What a text is, which decides who reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A Python module.
    Python,
    /// A file that says which versions of packages the project runs.
    Versions,
    /// A file that the application, or what it runs in, is configured with.
    Configuration(Format),
}

/// In which format a configuration is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Instructions that build an image.
    Dockerfile,
    /// `NAME=value` lines.
    Dotenv,
    /// Terraform.
    Hcl,
    /// Sections with `key = value` lines.
    Ini,
    /// JSON, with comments.
    Json,
    /// One directive a line, in sections, as `HAProxy` and Apache write it.
    Lines,
    /// Directives and blocks of nginx.
    Nginx,
    /// `name: command` lines.
    Procfile,
    /// Commands of a shell.
    Shell,
    /// TOML.
    Toml,
    /// YAML, or a template that YAML comes out of.
    Yaml,
}

/// One text with the path under which people know it.
#[derive(Debug)]
pub struct Source {
    /// Relative to the folder unhang runs in, with `/`; what every report prints.
    pub path: String,
    /// What the text is.
    pub kind: Kind,
    /// The text.
    pub text: String,
    /// Where its lines begin.
    pub lines: LineIndex,
    /// Whether findings in it are wanted; a text that is only read for facts says `false`.
    pub reported: bool,
}

/// Begins the line before a cell's first one; a control character, which no code has.
pub const CELL: &str = "# \u{1f}";

/// Begins a command of a notebook that installs something, kept as a comment; what the character
/// above is good for, nobody else writes either.
pub const COMMAND: &str = "#\u{1f}";

/// The number of the cell that a line begins; `None` for a line of code.
#[must_use]
pub fn begun_cell(line: &str) -> Option<u32> {
    line.strip_prefix(CELL)?.parse().ok()
}

/// A cell of a notebook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    /// Its number among all cells, from 1.
    pub number: u32,
    /// The line before its first one, from 0, in the text of all cells.
    pub before: u32,
}

impl Source {
    /// Whether the text is that of a notebook's cells, which no place in its file corresponds to.
    #[must_use]
    pub fn is_notebook(&self) -> bool {
        let end = std::path::Path::new(&self.path).extension();
        self.kind == Kind::Python && end.is_some_and(|it| it == "ipynb")
    }

    /// The cell that a byte lies in; `None` outside of notebooks.
    #[must_use]
    pub fn cell(&self, at: u32) -> Option<Cell> {
        if !self.is_notebook() {
            return None;
        }
        let mut above = (0..=self.lines.line(at)).rev();
        above.find_map(|before| {
            let number = begun_cell(self.lines.text(&self.text, before))?;
            let before = u32::try_from(before).ok()?;
            Some(Cell { number, before })
        })
    }

    /// The line before the first one of a cell, from 0; `None` for a cell that the text does not have.
    #[must_use]
    pub fn before_cell(&self, number: u32) -> Option<u32> {
        let mut lines = 0..self.lines.len();
        let begins = |it: &usize| begun_cell(self.lines.text(&self.text, *it)) == Some(number);
        lines.find(begins).and_then(|it| u32::try_from(it).ok())
    }

    /// The path as people read it, with the cell that a byte lies in: `a.ipynb:cell 3`.
    #[must_use]
    pub fn path_at(&self, at: u32) -> String {
        match self.cell(at) {
            Some(cell) => format!("{}:cell {}", self.path, cell.number),
            None => self.path.clone(),
        }
    }

    /// The line and column of a byte, in its cell if it lies in one.
    #[must_use]
    pub fn place(&self, at: u32, columns: Columns) -> LineColumn {
        let mut place = self.lines.line_column(&self.text, at, columns);
        if let Some(cell) = self.cell(at) {
            place.line = place.line.saturating_sub(cell.before + 1).max(1);
        }
        place
    }

    /// A text that is reported.
    #[must_use]
    pub fn new(path: impl Into<String>, kind: Kind, text: impl Into<String>) -> Self {
        let text = text.into();
        let lines = LineIndex::new(&text);
        Self {
            path: path.into(),
            kind,
            text,
            lines,
            reported: true,
        }
    }
}

/// All texts of a run, sorted by path, so that a `FileId` orders as its path does.
#[derive(Debug, Default)]
pub struct Sources {
    files: Vec<Arc<Source>>,
    by_path: BTreeMap<String, FileId>,
}

impl Sources {
    /// Takes the texts in any order.
    #[must_use]
    pub fn new(files: impl IntoIterator<Item = impl Into<Arc<Source>>>) -> Self {
        let mut files: Vec<Arc<Source>> = files.into_iter().map(Into::into).collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let by_path = files
            .iter()
            .zip(0..)
            .map(|(file, id)| (file.path.clone(), FileId(id)))
            .collect();
        Self { files, by_path }
    }

    /// The same texts but for those that changed, under the same ids.
    #[must_use]
    pub fn with(&self, changed: &BTreeMap<FileId, String>) -> Self {
        let files = self.files.iter().zip(0..).map(|(old, id)| {
            let Some(text) = changed.get(&FileId(id)) else {
                return Arc::clone(old);
            };
            Arc::new(Source {
                reported: old.reported,
                ..Source::new(old.path.clone(), old.kind, text.clone())
            })
        });
        Self::new(files)
    }

    /// The text behind an id.
    #[must_use]
    pub fn get(&self, id: FileId) -> &Source {
        &self.files[id.0 as usize]
    }

    /// The path of a text; `None` for an id of another run.
    #[must_use]
    pub fn path(&self, id: FileId) -> Option<&str> {
        self.files.get(id.0 as usize).map(|it| it.path.as_str())
    }

    /// The id of a path as reports print it.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<FileId> {
        self.by_path.get(path).copied()
    }

    /// All texts in the order of their paths.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &Source)> {
        (0..).map(FileId).zip(self.files.iter().map(|it| &**it))
    }

    /// All texts in the order of their paths, to be kept beyond this run.
    pub fn shared(&self) -> impl Iterator<Item = &Arc<Source>> {
        self.files.iter()
    }

    /// Whether this very text is one of them.
    #[must_use]
    pub fn holds(&self, source: &Arc<Source>) -> bool {
        let own = self.find(&source.path);
        own.is_some_and(|it| Arc::ptr_eq(&self.files[it.0 as usize], source))
    }

    /// Whether both have the very same texts of a kind.
    #[must_use]
    pub fn same(&self, other: &Self, kind: Kind) -> bool {
        let of_kind = |it: &&Arc<Source>| it.kind == kind;
        let (mine, theirs) = (
            self.shared().filter(of_kind),
            other.shared().filter(of_kind),
        );
        mine.map(Arc::as_ptr).eq(theirs.map(Arc::as_ptr))
    }

    /// Takes another text of the same path.
    pub fn replace(&mut self, id: FileId, source: Arc<Source>) {
        self.files[id.0 as usize] = source;
    }

    /// How many texts there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is nothing to analyze.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The bytes of a span as text.
    #[must_use]
    pub fn text(&self, span: Span) -> &str {
        self.get(span.file)
            .text
            .get(span.range())
            .unwrap_or_default()
    }
}
