//! A finding told in plain sentences, for formats that have no place for its labels and its help.

use std::fmt::Write as _;

use super::{Input, escaped};
use crate::finding::Finding;
use crate::line_index::Columns;

/// The message, each further label with its place, and what to do: one a line, without a line end.
pub(super) fn story(input: &Input, finding: &Finding) -> String {
    let mut text = escaped(&finding.message);
    for line in details(input, finding) {
        // Writing to a string cannot fail.
        let _ = write!(text, "\n{line}");
    }
    text
}

/// What there is to say beside the message, one sentence each.
pub(super) fn details(input: &Input, finding: &Finding) -> Vec<String> {
    let labels = finding.because.iter().filter(|it| !it.text.is_empty());
    let labels = labels.map(|label| {
        let (place, _) = input.range(label.span, Columns::Chars);
        let path = escaped(&input.source(label.span).path_at(label.span.start));
        let text = escaped(&label.text);
        format!("{path}:{}:{}: {text}", place.line, place.column)
    });
    let help = finding.help.iter();
    let help = help.map(|it| format!("help: {}", escaped(it)));
    let fixes = finding.fixes.iter();
    let fixes = fixes.map(|it| format!("fix: {}", escaped(&it.title)));
    labels.chain(help).chain(fixes).collect()
}
