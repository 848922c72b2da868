//! The lines that one finding shows, copied from all its files into a text of our own.
//!
//! The renderer takes one text per diagnostic, reads it from the start for every label and draws
//! everything between two labels. A small text of our own, in which each part knows the file and
//! the line it was copied from, lets one diagnostic speak of several files and of distant lines,
//! costs the same in a long file as in a short one, and holds nothing that disturbs a terminal.

use std::collections::BTreeMap;
use std::ops::Range;

use miette::{LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

use super::{disturbs, escaped, within};
use crate::finding::{Finding, Label};
use crate::line_index::{Columns, LineColumn};
use crate::source::{FileId, Source, Sources, begun_cell};

/// A label on more lines than these is drawn below its first line only.
const TALL: usize = 10;

/// Labels with more lines than these between them are drawn in separate parts.
const GAP: usize = 8;

/// What stands for the rest of a line that is too long.
const MORE: char = '…';

/// Parts of the users' files with the labels on them.
#[derive(Debug)]
pub(super) struct Excerpt {
    text: String,
    parts: Vec<Part>,
    labels: Vec<LabeledSpan>,
    /// Where each label begins in the user's file, by where it begins in `text`.
    places: BTreeMap<usize, LineColumn>,
}

/// A run of lines of one file.
#[derive(Debug)]
struct Part {
    path: String,
    /// From 0.
    first_line: usize,
    lines: usize,
    /// Where the part lies in the excerpt's text.
    bytes: Range<usize>,
}

/// A label that fits the renderer.
#[derive(Debug)]
struct Mark {
    file: FileId,
    /// In the user's file.
    bytes: Range<usize>,
    /// The first and the last line, from 0.
    lines: (usize, usize),
    primary: bool,
    text: String,
}

/// A line as it is shown.
struct Shown {
    /// What is shown of it, in the user's file.
    source: Range<usize>,
    /// Where that begins in the excerpt's text.
    at: usize,
}

impl Excerpt {
    /// Copies what a finding's labels need: the primary's part, then the rest of its file, then
    /// the other files in reading order. No line is longer than `room` characters.
    pub(super) fn new(finding: &Finding, sources: &Sources, room: usize) -> Self {
        let mut excerpt = Self {
            text: String::new(),
            parts: Vec::new(),
            labels: Vec::new(),
            places: BTreeMap::new(),
        };
        for marks in parts(finding, sources) {
            let source = sources.get(marks[0].file);
            excerpt.add(source, &untangled(marks, source), room.max(2));
        }
        excerpt
    }

    /// The labels, in places of this excerpt.
    pub(super) fn labels(&self) -> impl Iterator<Item = LabeledSpan> {
        self.labels.iter().cloned()
    }

    fn add(&mut self, source: &Source, marks: &[Mark], room: usize) {
        let (first_line, last_line) = with_context(source, marks);
        let start = self.text.len();
        let shown: Vec<_> = (first_line..=last_line)
            .map(|line| self.copy(source, line, marks, room))
            .collect();
        for mark in marks {
            self.label(source, mark, first_line, &shown);
        }
        let at = source.lines.start(first_line).unwrap_or_default();
        let before = source.cell(at).map_or(0, |it| it.before as usize + 1);
        self.parts.push(Part {
            path: escaped(&source.path_at(at)),
            first_line: first_line.saturating_sub(before),
            lines: shown.len(),
            bytes: start..self.text.len(),
        });
    }

    fn copy(&mut self, source: &Source, line: usize, marks: &[Mark], room: usize) -> Shown {
        let text = source.lines.text(&source.text, line);
        let start = source.lines.start(line).map_or(0, |it| it as usize);
        let focus = focus(start..start + text.len(), marks);
        let kept = kept(text, focus, room);
        if kept.start > 0 {
            self.text.push(MORE);
        }
        let at = self.text.len();
        self.text.extend(text[kept.clone()].chars().map(harmless));
        if kept.end < text.len() {
            self.text.push(MORE);
        }
        self.text.push('\n');
        Shown {
            source: start + kept.start..start + kept.end,
            at,
        }
    }

    fn label(&mut self, source: &Source, mark: &Mark, first_line: usize, shown: &[Shown]) {
        let locate = |at| locate(source, first_line, shown, at);
        let (start, end) = (locate(mark.bytes.start), locate(mark.bytes.end));
        let span = (start, end - start);
        let text = (!mark.text.is_empty()).then(|| mark.text.clone());
        let offset = u32::try_from(mark.bytes.start).unwrap_or(u32::MAX);
        let place = source.place(offset, Columns::Chars);
        if mark.primary {
            self.places.insert(start, place);
            self.labels
                .push(LabeledSpan::new_primary_with_span(text, span));
        } else {
            self.places.entry(start).or_insert(place);
            self.labels.push(LabeledSpan::new_with_span(text, span));
        }
    }
}

impl SourceCode for Excerpt {
    /// The whole part in which a span lies: labels of one part share a drawing, and a span across
    /// two parts is refused, so that they never do. The renderer asks without context lines when
    /// it wants to print where a span begins.
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        _after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let (start, end) = (span.offset(), span.offset() + span.len());
        let holds = |part: &&Part| part.bytes.start <= start && end <= part.bytes.end;
        let part = self
            .parts
            .iter()
            .find(holds)
            .ok_or(MietteError::OutOfBounds)?;
        let (bytes, line, column, lines) = match self.places.get(&start) {
            Some(place) if before == 0 => (
                start..end,
                place.line as usize - 1,
                place.column as usize - 1,
                1,
            ),
            _ => (part.bytes.clone(), part.first_line, 0, part.lines),
        };
        Ok(Box::new(MietteSpanContents::new_named(
            part.path.clone(),
            &self.text.as_bytes()[bytes.clone()],
            (bytes.start, bytes.len()).into(),
            line,
            column,
            lines,
        )))
    }
}

/// The finding's marks, divided into those that share a part; each part sorted by place.
fn parts(finding: &Finding, sources: &Sources) -> Vec<Vec<Mark>> {
    let mut files: Vec<Vec<Mark>> = Vec::new();
    let because = finding.because.iter().map(|it| (it, false));
    for (label, primary) in std::iter::once((&finding.primary, true)).chain(because) {
        let mark = Mark::new(label, primary, sources);
        match files.iter_mut().find(|it| it[0].file == mark.file) {
            Some(marks) => marks.push(mark),
            None => files.push(vec![mark]),
        }
    }
    files.into_iter().flat_map(by_distance).collect()
}

/// The marks of one file, those near each other together, the primary's part first.
fn by_distance(mut marks: Vec<Mark>) -> Vec<Vec<Mark>> {
    marks.sort_by_key(|it| (it.bytes.start, it.bytes.end, !it.primary));
    let mut parts: Vec<Vec<Mark>> = Vec::new();
    let mut last_line = 0;
    for mark in marks {
        let near = mark.lines.0 <= last_line + GAP + 1;
        last_line = last_line.max(mark.lines.1);
        match parts.last_mut() {
            Some(part) if near => part.push(mark),
            _ => parts.push(vec![mark]),
        }
    }
    parts.sort_by_key(|part| !part.iter().any(|it| it.primary));
    parts
}

impl Mark {
    fn new(label: &Label, primary: bool, sources: &Sources) -> Self {
        let source = sources.get(label.span.file);
        let Range { start, mut end } = within(source, label.span);
        let visible = source.text[start..end].trim_end().len();
        if visible > 0 {
            end = start + visible;
        }
        let line = |at| source.lines.line(u32::try_from(at).unwrap_or(u32::MAX));
        let mut lines = (line(start), line(end));
        if lines.1 - lines.0 >= TALL {
            lines.1 = lines.0;
            end = end_of_line(source, lines.0).max(start);
        }
        Self {
            file: label.span.file,
            bytes: start..end,
            lines,
            primary,
            text: calm(&label.text),
        }
    }
}

/// The marks without overlaps on one line, which the renderer would draw side by side: an outer
/// mark ends where an inner one begins, and two of the same place become one.
fn untangled(marks: Vec<Mark>, source: &Source) -> Vec<Mark> {
    let mut out: Vec<Mark> = Vec::new();
    for mark in marks {
        let Some(last) = out.last_mut() else {
            out.push(mark);
            continue;
        };
        if last.bytes == mark.bytes {
            last.join(mark);
            continue;
        }
        let on_one_line = last.lines.0 == last.lines.1;
        let overlap = last.bytes.start < mark.bytes.start && mark.bytes.start < last.bytes.end;
        if on_one_line && overlap {
            let rest = &source.text[last.bytes.start..mark.bytes.start];
            last.bytes.end = last.bytes.start + rest.trim_end().len();
        }
        out.push(mark);
    }
    out
}

impl Mark {
    /// Says what `other` has to say too; a second time is once too often.
    fn join(&mut self, other: Self) {
        self.primary |= other.primary;
        if self.text.is_empty() {
            self.text = other.text;
        } else if !other.text.is_empty() && other.text != self.text {
            self.text.push('\n');
            self.text.push_str(&other.text);
        }
    }
}

/// The first and the last line of a part: one more than the marks need, unless it is blank.
fn with_context(source: &Source, marks: &[Mark]) -> (usize, usize) {
    let first = marks.iter().map(|it| it.lines.0).min().unwrap_or(0);
    let last = marks.iter().map(|it| it.lines.1).max().unwrap_or(0);
    let speaks = |line: &usize| {
        let text = source.lines.text(&source.text, *line);
        !text.trim().is_empty() && begun_cell(text).is_none()
    };
    let above = first.checked_sub(1).filter(speaks);
    let below = Some(last + 1).filter(speaks);
    (above.unwrap_or(first), below.unwrap_or(last))
}

/// Which bytes of a line (itself a range of the text) its marks speak of.
fn focus(line: Range<usize>, marks: &[Mark]) -> Range<usize> {
    let on_it = marks
        .iter()
        .map(|it| &it.bytes)
        .filter(|it| it.start <= line.end && line.start <= it.end);
    let start = on_it.clone().map(|it| it.start).min();
    let end = on_it.map(|it| it.end).max();
    let relative = |at: Option<usize>| at.unwrap_or(0).clamp(line.start, line.end) - line.start;
    relative(start)..relative(end)
}

/// Which bytes of a line are shown: all that fits, else what surrounds the focus.
fn kept(text: &str, focus: Range<usize>, room: usize) -> Range<usize> {
    let after = |start: usize| {
        let mut rest = text[start..].char_indices();
        rest.nth(room).map_or(text.len(), |(at, _)| start + at)
    };
    if focus.end <= after(0) {
        return 0..after(0);
    }
    let before = text[..focus.start].char_indices().rev();
    let start = before
        .take(room / 4)
        .last()
        .map_or(focus.start, |(at, _)| at);
    start..after(start)
}

/// Where a byte of the user's file stands in the excerpt, or the nearest that is shown.
fn locate(source: &Source, first_line: usize, shown: &[Shown], at: usize) -> usize {
    let line = source.lines.line(u32::try_from(at).unwrap_or(u32::MAX));
    let shown = &shown[line - first_line];
    let at = at.clamp(shown.source.start, shown.source.end);
    let before = source.text[shown.source.start..at].chars();
    shown.at + before.map(|c| harmless(c).len_utf8()).sum::<usize>()
}

fn end_of_line(source: &Source, line: usize) -> usize {
    let start = source.lines.start(line).map_or(0, |it| it as usize);
    start + source.lines.text(&source.text, line).len()
}

/// The character, or a picture of it where a terminal would obey it.
fn harmless(c: char) -> char {
    match c {
        '\t' => c,
        '\0'..='\x1f' => {
            char::from_u32(0x2400 + u32::from(c)).unwrap_or(char::REPLACEMENT_CHARACTER)
        }
        '\x7f' => '␡',
        _ if disturbs(c) => char::REPLACEMENT_CHARACTER,
        _ => c,
    }
}

/// A message with no other control characters than line breaks.
pub(super) fn calm(text: &str) -> String {
    let calm = |c| match c {
        '\n' => c,
        '\t' => ' ',
        _ => harmless(c),
    };
    text.chars().map(calm).collect()
}
