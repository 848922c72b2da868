//! A template with its placeholders painted over at equal length, so that a parser can read it and
//! every place stays where it was.

use std::ops::Range;

use super::offsets;

/// What stands for a placeholder inside a line.
const PAINT: u8 = b'_';

/// What stands for a line without anything else: blanks could be too deep for a block of text.
const BLANK_LINE: u8 = b'\n';

/// Words with which an action begins that writes nothing itself.
const CONTROL: &[&str] = &[
    "block", "break", "continue", "define", "else", "elif", "endif", "end", "endfor", "for", "if",
    "range", "set", "with",
];

/// A text without placeholders, and where they were.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Masked {
    /// As long as the text it was made of.
    pub(super) text: String,
    /// Placeholders inside a line, in their order.
    pub(super) painted: Vec<Range<u32>>,
    /// Placeholders alone on their lines, in their order.
    pub(super) holes: Vec<Range<u32>>,
}

/// Paints over what Go's and Jinja's templates fill in; `None` when there is nothing.
pub(super) fn mask(text: &str) -> Option<Masked> {
    let actions = actions(text);
    if actions.is_empty() {
        return None;
    }
    let mut bytes = text.as_bytes().to_vec();
    let mut masked = Masked {
        text: String::new(),
        painted: Vec::new(),
        holes: Vec::new(),
    };
    let mut line = Line::default();
    let mut blank = 0;
    for action in &actions {
        let silent = is_control(&text[action.clone()]);
        if !(line.bytes.start..=line.bytes.end).contains(&action.end) {
            line = Line::of(text, action, &actions);
        }
        match place(text, action, &line) {
            Place::Alone(line) => {
                bytes[line.start.max(blank)..action.end].fill(BLANK_LINE);
                blank = action.end;
                if !silent {
                    masked.holes.push(offsets(action));
                }
            }
            // What a condition adds to its own line cannot keep its indentation.
            Place::First(line) if silent => {
                bytes[line.clone()].fill(BLANK_LINE);
                masked.holes.push(offsets(&line));
            }
            Place::Last if is_block(&text[action.clone()]) => {
                bytes[action.clone()].fill(b' ');
                masked.holes.push(offsets(action));
            }
            _ if bytes[action.start] == BLANK_LINE => {}
            _ => {
                bytes[action.clone()].fill(if silent { b' ' } else { PAINT });
                masked.painted.push(offsets(action));
            }
        }
    }
    masked.text = String::from_utf8(bytes).ok()?;
    Some(masked)
}

/// `{{ … }}` and `{% … %}`, in their order.
fn actions(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    // What is closed nowhere behind one place is closed nowhere behind a later one either.
    let mut unclosed: Vec<&str> = Vec::new();
    while let Some(at) = memchr::memchr(b'{', &text.as_bytes()[from..]).map(|it| from + it) {
        let close = match text.as_bytes().get(at + 1) {
            Some(b'{') if !unclosed.contains(&"}}") => "}}",
            Some(b'%') if !unclosed.contains(&"%}") => "%}",
            _ => {
                from = at + 1;
                continue;
            }
        };
        let Some(end) = memchr::memmem::find(&text.as_bytes()[at + 2..], close.as_bytes()) else {
            unclosed.push(close);
            from = at + 1;
            continue;
        };
        from = at + 2 + end + close.len();
        found.push(at..from);
    }
    found
}

/// Whether an action writes nothing itself: a condition, a comment, an assignment.
fn is_control(action: &str) -> bool {
    let inner = action[2..].trim_start_matches('-').trim_start();
    let word = inner
        .split(|it: char| !it.is_ascii_alphanumeric())
        .next()
        .unwrap_or_default();
    action.starts_with("{%")
        || inner.starts_with("/*")
        || CONTROL.contains(&word)
        || (inner.starts_with('$') && inner.contains(":="))
}

/// Whether an action writes lines of its own below the key it stands behind.
fn is_block(action: &str) -> bool {
    action.contains("indent ")
}

/// Where an action stands on its line.
enum Place {
    /// With nothing but actions beside it; from the begin of the line on.
    Alone(Range<usize>),
    /// Before everything else on the line, which goes from here to there.
    First(Range<usize>),
    /// Behind everything else.
    Last,
    /// Between other things.
    Inside,
}

/// A line with actions.
#[derive(Default)]
struct Line {
    bytes: Range<usize>,
    /// Whether there is nothing beside them.
    only_actions: bool,
}

impl Line {
    /// The line on which an action begins, up to the end of the one on which it ends.
    fn of(text: &str, action: &Range<usize>, all: &[Range<usize>]) -> Self {
        let start = text[..action.start].rfind('\n').map_or(0, |it| it + 1);
        let end = text[action.end..]
            .find('\n')
            .map_or(text.len(), |it| action.end + it);
        let first = all.partition_point(|it| it.end <= start);
        let mut at = start;
        let mut only_actions = true;
        for other in all[first..].iter().take_while(|it| it.start < end) {
            only_actions &= text[at..other.start.max(at)].trim().is_empty();
            at = other.end;
        }
        only_actions &= at >= end || text[at..end].trim().is_empty();
        Self {
            bytes: start..end,
            only_actions,
        }
    }
}

fn place(text: &str, action: &Range<usize>, line: &Line) -> Place {
    let Range { start, end } = line.bytes;
    if line.only_actions {
        Place::Alone(start.min(action.start)..end)
    } else if text[start.min(action.start)..action.start]
        .trim()
        .is_empty()
    {
        Place::First(start..end)
    } else if text[action.end..end].trim().is_empty() {
        Place::Last
    } else {
        Place::Inside
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let masked = mask(text).expect("there is a placeholder");
        assert_eq!(masked.text, expected);
        assert_eq!(masked.text.len(), text.len());
    }

    #[test]
    fn a_placeholder_in_a_line_is_a_word_of_equal_length() {
        check("a: {{ .x }}\n", "a: ________\n");
        check("a: \"{{ .x }}s\"\n", "a: \"________s\"\n");
    }

    #[test]
    fn what_stands_alone_on_its_line_is_blank() {
        let blank = "\n".repeat(13);
        check("{{- if .x }}\na: 1\n", &format!("{blank}a: 1\n"));
        let masked = mask("a:\n  {{- toYaml .x | nindent 2 }}\n").expect("a placeholder");
        assert_eq!(masked.holes.first(), Some(&(5..33)));
        assert!(masked.painted.is_empty());
    }

    #[test]
    fn what_writes_lines_below_a_key_leaves_the_key_alone() {
        let text = "labels: {{- include \"x\" . | nindent 2 }}\n  a: 1\n";
        let blank = " ".repeat(32);
        check(text, &format!("labels: {blank}\n  a: 1\n"));
        check(
            "{{ if .x }}a: 1{{ end }}\nb: 2\n",
            &format!("{}b: 2\n", "\n".repeat(25)),
        );
    }

    #[test]
    fn many_placeholders_are_read_in_one_go() {
        let line = "{{ .x }} ".repeat(100_000);
        assert_eq!(mask(&line).map(|it| it.holes.len()), Some(100_000));
        assert_eq!(mask(&"{{ ".repeat(300_000)), None);
        assert_eq!(mask(&"{% {{ }".repeat(300_000)), None);
    }

    #[test]
    fn a_text_without_placeholders_stays_as_it_is() {
        assert_eq!(mask("a: ${X}\nb: {c: {d: 1}}"), None);
        assert_eq!(mask("a: {{ never closed"), None);
    }
}
