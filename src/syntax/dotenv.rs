//! A `.env` file as a tree: one map from names to texts.
//!
//! Read as python-dotenv and Docker Compose read it; `docker run --env-file` keeps the quotes.

use std::ops::Range;

use super::offsets;
use super::tree::{Builder, Scalar, Tree};

/// Reads a text. A line that is no assignment is the tree's fault; the others are kept.
#[must_use]
pub fn parse(text: &str) -> Tree {
    let mut builder = Builder::default();
    let mut fault = None;
    if builder.map(0).is_err() {
        return builder.finish(None);
    }
    let mut at = 0;
    while at < text.len() {
        let end = line_end(text, at);
        let start = at + blank(&text[at..end]);
        if start == end || text[start..].starts_with('#') {
            at = next_line(text, end);
            continue;
        }
        if let Some(read) = assignment(text, start, end) {
            at = next_line(text, line_end(text, read.value.end));
            builder.scalar(offsets(&read.name), &text[read.name.clone()], Scalar::Text);
            builder.scalar(offsets(&read.value), &read.text, read.scalar);
        } else {
            let reason = "neither `NAME=value` nor a comment".to_owned();
            fault.get_or_insert((super::offset(start), reason));
            at = next_line(text, end);
        }
    }
    builder.end(super::offset(text.len()));
    builder.find_comments(text);
    builder.finish(fault)
}

struct Assignment {
    name: Range<usize>,
    /// With its quotes.
    value: Range<usize>,
    text: String,
    scalar: Scalar,
}

/// `NAME=value`, `export NAME='value'`, `NAME: value`; a name alone takes its value from outside.
fn assignment(text: &str, start: usize, end: usize) -> Option<Assignment> {
    let line = &text[start..end];
    let start = match line.strip_prefix("export") {
        Some(rest) if rest.starts_with([' ', '\t']) => end - rest.trim_start().len(),
        _ => start,
    };
    let is_name = |it: char| it.is_alphanumeric() || "_.-".contains(it);
    let length = text[start..end]
        .find(|it| !is_name(it))
        .unwrap_or(end - start);
    let name = start..start + length;
    if name.is_empty() {
        return None;
    }
    let rest = name.end + blank(&text[name.end..end]);
    if rest == end || text[rest..].starts_with('#') {
        return Some(Assignment {
            value: name.end..name.end,
            name,
            text: String::new(),
            scalar: Scalar::Null,
        });
    }
    if !text[rest..].starts_with(['=', ':']) {
        return None;
    }
    let value = rest + 1 + blank(&text[rest + 1..end]);
    Some(match text[value..].chars().next() {
        Some(quote @ ('"' | '\'' | '`')) => quoted(text, name, value, quote)?,
        _ => bare(text, name, value, end),
    })
}

/// A value in quotes, which may go over several lines; `None` when they are never closed.
fn quoted(text: &str, name: Range<usize>, start: usize, quote: char) -> Option<Assignment> {
    let mut value = String::new();
    let mut escaped = false;
    for (at, sign) in text[start + 1..].char_indices() {
        if escaped {
            match (quote, sign) {
                ('"', 'n') => value.push('\n'),
                ('"', 'r') => value.push('\r'),
                ('"', 't') => value.push('\t'),
                (_, '\\') => value.push('\\'),
                (_, it) if it == quote => value.push(it),
                (_, it) => value.extend(['\\', it]),
            }
            escaped = false;
        } else if sign == '\\' {
            escaped = true;
        } else if sign == quote {
            let end = start + 1 + at + 1;
            let scalar = match quote {
                '\'' => Scalar::Verbatim,
                _ => Scalar::Text,
            };
            return Some(Assignment {
                name,
                value: start..end,
                text: value,
                scalar,
            });
        } else {
            value.push(sign);
        }
    }
    None
}

/// A value without quotes ends with its line, or where a blank and `#` begin a comment.
fn bare(text: &str, name: Range<usize>, start: usize, end: usize) -> Assignment {
    let line = &text[start..end];
    let comment = line
        .match_indices('#')
        .find(|(at, _)| *at == 0 || line[..*at].ends_with([' ', '\t']));
    let value = line[..comment.map_or(line.len(), |it| it.0)].trim_end();
    Assignment {
        name,
        value: start..start + value.len(),
        text: value.to_owned(),
        scalar: Scalar::Text,
    }
}

fn line_end(text: &str, from: usize) -> usize {
    let rest = &text.as_bytes()[from..];
    memchr::memchr2(b'\n', b'\r', rest).map_or(text.len(), |it| from + it)
}

fn next_line(text: &str, end: usize) -> usize {
    end + usize::from(text[end..].starts_with("\r\n")) + 1
}

fn blank(text: &str) -> usize {
    text.len() - text.trim_start_matches([' ', '\t']).len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(&str, &str)]) {
        let tree = parse(text);
        let root = tree.root().expect("a map");
        let found: Vec<(&str, &str)> = root
            .entries()
            .iter()
            .map(|(key, value)| (key.text().unwrap_or(""), value.text().unwrap_or("-")))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn every_dialect_is_read() {
        check(
            "A=1\nexport B = two words # why\r\nC='a # b'\n",
            &[("A", "1"), ("B", "two words"), ("C", "a # b")],
        );
        check("A=\"x\ny\"\nB=z", &[("A", "x\ny"), ("B", "z")]);
        check(
            "A=\"a\\\"b\\n\"\nB='a\\nb'",
            &[("A", "a\"b\n"), ("B", "a\\nb")],
        );
        check(
            "A=${X:-d}\nB=\nC\nD=a#b\nE: yaml",
            &[
                ("A", "${X:-d}"),
                ("B", ""),
                ("C", "-"),
                ("D", "a#b"),
                ("E", "yaml"),
            ],
        );
        check("# A=1\n\n  \nA=1", &[("A", "1")]);
    }

    #[test]
    fn a_line_that_is_no_assignment_hides_no_other() {
        let text = "A=1\n<<<<<<< HEAD\nB=2\nC=\"never closed\nD=4\n";
        let tree = parse(text);
        assert_eq!(tree.fault.as_ref().map(|it| it.0), Some(4));
        let names: Vec<_> = tree.root().expect("a map").entries();
        assert_eq!(names.len(), 3);
    }

    #[test]
    fn a_value_keeps_its_place_with_its_quotes() {
        let text = "A=1 # a\nB=\"x # y\" # b\n";
        let tree = parse(text);
        let value = tree.root().and_then(|it| it.get("B")).expect("a value");
        let bytes = value.bytes();
        assert_eq!(&text[bytes.start as usize..bytes.end as usize], "\"x # y\"");
        assert_eq!(tree.comments, [4..7, 18..21]);
    }
}
