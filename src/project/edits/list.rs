//! Where one more item goes in a list between brackets: behind a comma, on a line of its own, before
//! a comment.

use std::ops::Range;

/// Items that commas part, up to a closing bracket.
#[derive(Debug)]
pub(super) struct List {
    /// The items, in order.
    pub(super) items: Vec<Range<u32>>,
    /// Where the list ends: its closing bracket, or the end of its statement.
    pub(super) close: u32,
    /// How many of the items must stay behind what is added.
    pub(super) last: usize,
    /// Whether a line may end in it.
    pub(super) may_break: bool,
}

/// Text to insert at a place.
type Insertion = (u32, String);

impl List {
    /// What makes it hold more items; `None` when it is written in a way that nobody writes.
    pub(super) fn with(&self, text: &str, new: &[String]) -> Option<Vec<Insertion>> {
        let kept = self.items.len().checked_sub(self.last)?;
        match (kept.checked_sub(1), self.items.first()) {
            (Some(at), _) => self.after(text, at, new),
            (None, Some(first)) => Some(vec![self.before(text, first.start, new)]),
            (None, None) => self.only(text, new),
        }
    }

    /// In front of an item.
    fn before(&self, text: &str, at: u32, new: &[String]) -> Insertion {
        let glue = match indentation(text, at) {
            Some(indentation) if self.may_break => format!(",{}{indentation}", line_end(text)),
            _ => ", ".to_owned(),
        };
        (at, new.join(&glue) + &glue)
    }

    /// Behind an item.
    fn after(&self, text: &str, at: usize, new: &[String]) -> Option<Vec<Insertion>> {
        let item = &self.items[at];
        let next = self.items.get(at + 1).map_or(self.close, |it| it.start);
        let gap = Gap::read(text, item.end, next)?;
        let Some(indentation) = indentation(text, item.start).filter(|_| self.may_break) else {
            return Some(vec![(gap.start, format!(", {}", new.join(", ")))]);
        };
        let own_line = format!("{}{indentation}", line_end(text));
        let Some(comma) = gap.comma else {
            let lines = new.join(&format!(",{own_line}"));
            return Some(match rest_of_line(text, gap.start) {
                // The comma goes before the comment, the item behind it.
                Some(end) if end > gap.start => {
                    vec![
                        (gap.start, ",".to_owned()),
                        (end, format!("{own_line}{lines}")),
                    ]
                }
                _ => vec![(gap.start, format!(",{own_line}{lines}"))],
            });
        };
        let end = rest_of_line(text, comma).unwrap_or(comma);
        let lines = new.iter().map(|it| format!("{own_line}{it},"));
        Some(vec![(end, lines.collect())])
    }

    /// In a list that is empty.
    fn only(&self, text: &str, new: &[String]) -> Option<Vec<Insertion>> {
        let before = &text[..self.close as usize];
        let blank = before.trim_end_matches([' ', '\t', '\r', '\n']);
        if before[blank.len()..].contains(['\r', '\n']) || !blank.ends_with(['(', '{']) {
            // Nothing but a line end or a comment, and nobody writes that often.
            return None;
        }
        Some(vec![(offset(blank.len()), new.join(", "))])
    }
}

/// What stands between two items.
struct Gap {
    /// Where the first of them ends, with the brackets around it.
    start: u32,
    /// One past the comma.
    comma: Option<u32>,
}

impl Gap {
    /// `None` when there is more than blanks, comments, brackets and a comma.
    fn read(text: &str, start: u32, end: u32) -> Option<Self> {
        let mut gap = Self { start, comma: None };
        let mut chars = text.get(start as usize..end as usize)?.char_indices();
        while let Some((at, c)) = chars.next() {
            let behind = start + offset(at) + 1;
            match c {
                ')' if gap.comma.is_none() => gap.start = behind,
                ',' if gap.comma.is_none() => gap.comma = Some(behind),
                '#' => drop(chars.by_ref().find(|it| matches!(it.1, '\n' | '\r'))),
                '*' | '(' if gap.comma.is_some() => {}
                c if c.is_whitespace() || c == '\\' => {}
                _ => return None,
            }
        }
        Some(gap)
    }
}

/// The blanks before a place that is the first of its line.
pub(super) fn indentation(text: &str, at: u32) -> Option<&str> {
    let before = &text[..at as usize];
    let line = before.rfind(['\n', '\r']).map_or(0, |it| it + 1);
    let before = &before[line..];
    before.trim().is_empty().then_some(before)
}

/// The end of the line of a place behind which only blanks and a comment stand.
pub(super) fn rest_of_line(text: &str, at: u32) -> Option<u32> {
    let rest = &text[at as usize..];
    let rest = &rest[..rest.find(['\n', '\r']).unwrap_or(rest.len())];
    let own = rest.trim_start();
    let comment = own.is_empty() || own.starts_with('#');
    // Blanks at the end of a line are nobody's wish.
    comment.then(|| at + offset(rest.trim_end().len()))
}

/// How a text ends its lines.
pub(super) fn line_end(text: &str) -> &'static str {
    match text.find(['\n', '\r']).map(|it| &text[it..]) {
        Some(rest) if rest.starts_with("\r\n") => "\r\n",
        Some(rest) if rest.starts_with('\r') => "\r",
        _ => "\n",
    }
}

/// Texts are smaller than 4 GiB, so an offset always fits.
pub(super) fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
