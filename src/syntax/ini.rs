//! Sections with keys and values, as supervisord, uWSGI and systemd write them, as a tree.

use std::ops::Range;

use super::tree::{Builder, Scalar, Tree};
use super::{offset, offsets};

/// Reads a text: a map of sections, with the keys before the first one in a section without a name.
///
/// A value goes on in the next line when a backslash ends it, or when that line is indented.
#[must_use]
pub fn parse(text: &str) -> Tree {
    let mut builder = Builder::default();
    let mut fault = None;
    let begun = builder.map(0).and_then(|_| {
        builder.scalar(0..0, "", Scalar::Text);
        builder.map(0)
    });
    if begun.is_err() {
        return builder.finish(None);
    }
    let mut at = 0;
    while at < text.len() {
        let line = line(text, at);
        let own = text[line.clone()].trim();
        let start = line.start + (line.len() - text[line.clone()].trim_start().len());
        at = line.end + 1;
        if own.is_empty() || own.starts_with([';', '#', '%']) {
            continue;
        }
        if let Some(name) = own.strip_prefix('[').and_then(|it| it.split_once(']')) {
            builder.end(offset(start));
            builder.scalar(
                offsets(&(start + 1..start + 1 + name.0.len())),
                name.0,
                Scalar::Text,
            );
            if builder.map(offset(start)).is_err() {
                break;
            }
            continue;
        }
        let Some((key, _)) = own.split_once('=') else {
            let reason = "neither a section nor `key = value`".to_owned();
            fault.get_or_insert((offset(start), reason));
            continue;
        };
        let value = value(text, start + key.len() + 1, line.end);
        at = value.end + 1;
        let written = &text[value.clone()];
        let trimmed = value.start + (written.len() - written.trim_start().len());
        let value = trimmed..trimmed + written.trim().len();
        let key = key.trim_end();
        builder.scalar(offsets(&(start..start + key.len())), key, Scalar::Text);
        builder.scalar(offsets(&value), &text[value.clone()], Scalar::Text);
    }
    builder.end(offset(text.len()));
    builder.end(offset(text.len()));
    builder.find_comments(text);
    builder.finish(fault)
}

/// A value with the lines in which it goes on.
fn value(text: &str, start: usize, end: usize) -> Range<usize> {
    let mut end = end;
    while end < text.len() {
        let next = line(text, end + 1);
        let inner = &text[next.clone()];
        let escaped = text[start..end].trim_end().ends_with('\\');
        let indented = inner.starts_with([' ', '\t']) && !inner.trim().is_empty();
        if next.is_empty() || !(escaped || indented) {
            break;
        }
        end = next.end;
    }
    start..end
}

fn line(text: &str, start: usize) -> Range<usize> {
    let start = start.min(text.len());
    let end = memchr::memchr(b'\n', &text.as_bytes()[start..]);
    start..end.map_or(text.len(), |it| start + it)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::tree::View;

    #[test]
    fn a_value_goes_on_in_the_next_line() {
        let text = "a=0\n[Service]\n# why\nExecStart=/bin/gunicorn \\\n  app:app\nUser = x\n";
        let tree = parse(text);
        let section = tree
            .root()
            .and_then(|it| it.get("Service"))
            .expect("a section");
        let command = section.get("ExecStart").and_then(View::text);
        assert_eq!(command, Some("/bin/gunicorn \\\n  app:app"));
        assert_eq!(section.get("User").and_then(View::text), Some("x"));
        assert_eq!(
            tree.root().and_then(|it| it.at(&["", "a"])?.text()),
            Some("0")
        );
        assert_eq!(tree.comments.len(), 1);
    }

    #[test]
    fn a_line_that_is_neither_is_a_fault() {
        assert!(parse("[a]\nwhat\n").fault.is_some());
        assert!(parse("").fault.is_none());
    }
}
