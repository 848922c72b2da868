//! YAML between brackets or quotes whose lines start further to the left than its key, which most
//! readers take and ours does not: the same text with these lines joined at equal length.

use std::ops::Range;

/// How the parser complains of them.
const COMPLAINT: &str = "invalid indentation";

/// How the parser complains of those between quotes, at their beginning.
const IN_QUOTES: &str = "invalid indentation in quoted scalar";

/// The text with what the parser complained of joined to one line; `None` when that is something
/// else, or has no end.
///
/// Between brackets a line break is white space, and the column says nothing.
///
/// Source: YAML 1.2.2, section 7.4, asks for one more column than the key's; `PyYAML`, Go's yaml and
/// libyaml do not.
pub(super) fn joined(text: &str, at: u32, why: &str) -> Option<String> {
    let at = Some(at as usize).filter(|it| text.is_char_boundary(*it))?;
    let blanks = match why {
        IN_QUOTES => breaks(text, quoted(text, at)?),
        _ if why.starts_with(COMPLAINT) => {
            let mut blanks = before(text, at);
            blanks.extend(inside(text, at)?);
            blanks
        }
        _ => return None,
    };
    if blanks.is_empty() {
        return None;
    }
    let mut bytes = text.as_bytes().to_vec();
    for blank in blanks {
        bytes[blank].fill(b' ');
    }
    String::from_utf8(bytes).ok()
}

/// Line breaks and comments between a place and the last thing before it.
fn before(text: &str, at: usize) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut end = at;
    while text[line_of(text, end)..end].trim().is_empty() {
        let start = line_of(text, end);
        if start == 0 {
            break;
        }
        found.push(start - 1..start);
        end = start - 1;
        if let Some(comment) = comment(text, line_of(text, end)..end) {
            found.push(comment.clone());
            end = comment.start;
        }
    }
    found
}

/// Line breaks and comments from a place inside of brackets to the closing one.
fn inside(text: &str, at: usize) -> Option<Vec<Range<usize>>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut depth = 1;
    let mut here = at;
    while depth > 0 {
        match *bytes.get(here)? {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth -= 1,
            b'"' | b'\'' if begins(bytes, here) => {
                let quoted = quoted(text, here)?;
                here = quoted.end - 1;
                found.extend(breaks(text, quoted));
            }
            b'#' if begins(bytes, here) => {
                let end = text[here..].find('\n').map_or(text.len(), |it| here + it);
                found.push(here..end);
                here = end - 1;
            }
            b'\n' | b'\r' => found.push(here..here + 1),
            _ => {}
        }
        here += 1;
    }
    Some(found)
}

/// A text between quotes that starts at a place, with its quotes.
fn quoted(text: &str, at: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let quote = *bytes.get(at).filter(|it| matches!(it, b'"' | b'\''))?;
    let mut here = at + 1;
    loop {
        match *bytes.get(here)? {
            b'\\' if quote == b'"' => here += 1,
            it if it == quote && quote == b'\'' && bytes.get(here + 1) == Some(&quote) => here += 1,
            it if it == quote => return Some(at..here + 1),
            _ => {}
        }
        here += 1;
    }
}

/// The line breaks in a part of a text.
fn breaks(text: &str, part: Range<usize>) -> Vec<Range<usize>> {
    let bytes = text[part.clone()].bytes().enumerate();
    let breaks = bytes.filter(|it| matches!(it.1, b'\n' | b'\r'));
    breaks
        .map(|it| part.start + it.0..part.start + it.0 + 1)
        .collect()
}

/// The comment at the end of a line that starts outside of quotes.
fn comment(text: &str, line: Range<usize>) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let mut here = line.start;
    while here < line.end {
        match bytes[here] {
            b'"' | b'\'' if begins(bytes, here) => here = quoted(text, here)?.end,
            b'#' if begins(bytes, here) => return Some(here..line.end),
            _ => here += 1,
        }
    }
    None
}

/// Whether something may begin at a place: a text between quotes, a comment.
fn begins(bytes: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|it| bytes.get(it));
    before.is_none_or(|it| b" \t\r\n[{,:".contains(it))
}

/// Where the line of a place starts.
fn line_of(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |it| it + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_between_brackets_become_one() {
        let text = "k: [ # why\n\"a # b\", 'it''s', # c\nd\n]\nm: 1\n";
        let at = text.find("\"a").expect("it is there");
        let at = u32::try_from(at).expect("a short text");
        let joined = joined(text, at, COMPLAINT).expect("a list");
        assert_eq!(joined.len(), text.len());
        let words: Vec<&str> = joined.lines().next().unwrap_or("").split(' ').collect();
        let words: Vec<&str> = words.into_iter().filter(|it| !it.is_empty()).collect();
        assert_eq!(words, ["k:", "[", "\"a", "#", "b\",", "'it''s',", "d", "]"]);
        assert_eq!(joined.lines().nth(1), Some("m: 1"));
    }

    #[test]
    fn what_has_no_end_stays_as_it_is() {
        assert_eq!(joined("k: [\n\"a\",\n", 5, COMPLAINT), None);
        assert_eq!(joined("k: \"a\nb", 3, IN_QUOTES), None);
        assert_eq!(joined("k: v\n", 3, "something else"), None);
        assert_eq!(joined("", 7, COMPLAINT), None);
    }
}
