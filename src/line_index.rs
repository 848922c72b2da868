//! The only place where bytes become lines and columns.

/// What a column counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Columns {
    /// UTF-8 bytes, as some editors and `tree-sitter` count.
    Bytes,
    /// Unicode scalar values, as people and the JSON format count.
    Chars,
    /// UTF-16 code units, as the language server protocol counts by default.
    Utf16,
}

/// A place in a text; both numbers start at 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineColumn {
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1, in the unit that was asked for.
    pub column: u32,
}

/// The offsets at which the lines of one text begin.
#[derive(Debug, Clone)]
pub struct LineIndex {
    starts: Vec<u32>,
}

impl LineIndex {
    /// Indexes a text; a line ends after LF, CRLF or a lone CR, as in Python.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for at in memchr::memchr2_iter(b'\n', b'\r', bytes) {
            if bytes[at] == b'\r' && bytes.get(at + 1) == Some(&b'\n') {
                continue;
            }
            starts.push(offset(at + 1));
        }
        Self { starts }
    }

    /// The line that holds the byte `at`, from 0.
    #[must_use]
    pub fn line(&self, at: u32) -> usize {
        self.starts.partition_point(|&start| start <= at) - 1
    }

    /// The byte at which a line (from 0) begins; the end of the text has no line of its own.
    #[must_use]
    pub fn start(&self, line: usize) -> Option<u32> {
        self.starts.get(line).copied()
    }

    /// How many lines there are; at least one.
    #[must_use]
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Never: even an empty text has a first line.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        false
    }

    /// A line (from 0) of `text` without its line end; empty past the last.
    #[must_use]
    pub fn text<'t>(&self, text: &'t str, line: usize) -> &'t str {
        let Some(start) = self.start(line) else {
            return "";
        };
        let end = self.start(line + 1).map_or(text.len(), |it| it as usize);
        text[start as usize..end].trim_end_matches(['\n', '\r'])
    }

    /// Line and column of the byte `at` of `text`; an offset inside a character counts as its start.
    #[must_use]
    pub fn line_column(&self, text: &str, at: u32, columns: Columns) -> LineColumn {
        let at = at.min(offset(text.len()));
        let line = self.line(at);
        let start = self.starts[line] as usize;
        let mut end = at as usize;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let before = &text[start..end];
        let column = match columns {
            Columns::Bytes => before.len(),
            Columns::Chars => before.chars().count(),
            Columns::Utf16 => before.encode_utf16().count(),
        };
        LineColumn {
            line: offset(line) + 1,
            column: offset(column) + 1,
        }
    }

    /// The byte of `text` at a line and column: the start of the character that holds it, and the
    /// end of the line, or of the text, for a place behind it.
    #[must_use]
    pub fn offset(&self, text: &str, at: LineColumn, columns: Columns) -> u32 {
        let line = at.line.saturating_sub(1) as usize;
        let Some(start) = self.start(line) else {
            return offset(text.len());
        };
        let mut left = at.column.saturating_sub(1) as usize;
        let mut end = start;
        for character in self.text(text, line).chars() {
            let width = match columns {
                Columns::Bytes => character.len_utf8(),
                Columns::Chars => 1,
                Columns::Utf16 => character.len_utf16(),
            };
            if left < width {
                break;
            }
            left -= width;
            end += offset(character.len_utf8());
        }
        end
    }
}

/// Texts over 4 GiB are refused before they are read, so an offset always fits.
fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, at: u32, columns: Columns, line: u32, column: u32) {
        let found = LineIndex::new(text).line_column(text, at, columns);
        assert_eq!(found, LineColumn { line, column });
    }

    #[test]
    fn an_emoji_is_one_char_and_two_utf16_units() {
        let text = "a = '🦀' + b";
        check(text, 12, Columns::Chars, 1, 10);
        check(text, 12, Columns::Utf16, 1, 11);
        check(text, 12, Columns::Bytes, 1, 13);
    }

    #[test]
    fn every_kind_of_line_end_ends_a_line() {
        check("a\nb", 2, Columns::Chars, 2, 1);
        check("a\r\nb", 3, Columns::Chars, 2, 1);
        check("a\rb", 2, Columns::Chars, 2, 1);
        check("", 0, Columns::Chars, 1, 1);
    }

    #[test]
    fn an_offset_past_the_end_is_the_end() {
        check("ab", 99, Columns::Chars, 1, 3);
    }

    #[test]
    fn a_place_leads_back_to_its_byte() {
        let text = "a\r\n'🦀é' + b\n\nc";
        let index = LineIndex::new(text);
        for columns in [Columns::Bytes, Columns::Chars, Columns::Utf16] {
            for (at, _) in text.char_indices().filter(|it| it.1 != '\n') {
                let at = offset(at);
                let place = index.line_column(text, at, columns);
                assert_eq!(index.offset(text, place, columns), at, "{columns:?}");
            }
        }
    }

    #[test]
    fn a_place_behind_a_line_is_its_end() {
        let text = "ab\r\n🦀";
        let at = |line, column| {
            let place = LineColumn { line, column };
            LineIndex::new(text).offset(text, place, Columns::Utf16)
        };
        assert_eq!((at(1, 9), at(2, 2), at(2, 3), at(9, 1)), (2, 4, 8, 8));
    }

    #[test]
    fn a_line_comes_without_its_end() {
        let text = "one\r\ntwo\n";
        let index = LineIndex::new(text);
        assert_eq!(index.text(text, 0), "one");
        assert_eq!(index.text(text, 1), "two");
        assert_eq!(index.text(text, 2), "");
        assert_eq!(index.text(text, 9), "");
    }
}
