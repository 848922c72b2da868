//! Methods of texts whose result can be told: cases, ends and pieces.

use std::rc::Rc;

use super::Resolver;
use crate::project::value::{List, Seen, Site, Value};

impl Resolver<'_> {
    /// What a method of a known text gives.
    pub(super) fn text_method(&self, text: &str, name: &str, site: &Site) -> Seen {
        let at = self.span(site.file, site.call);
        let simple = |text: &str| Seen {
            value: Value::Str(text.into()),
            at,
        };
        let given = self.args(site).unwrap_or_default().len();
        match (name, given) {
            ("lower", 0) => return simple(&text.to_lowercase()),
            ("upper", 0) => return simple(&text.to_uppercase()),
            ("strip", 0) => return simple(text.trim()),
            ("lstrip", 0) => return simple(text.trim_start()),
            ("rstrip", 0) => return simple(text.trim_end()),
            _ => {}
        }
        let separator = self.argument(site, 0);
        let most = self.argument(site, 1).map(|it| it.value);
        let separator = separator.as_ref().and_then(Seen::text);
        let pieces = separator.and_then(|it| pieces(text, name, it, given, most.as_ref()));
        let Some(pieces) = pieces else {
            return Seen::unknown("text that is made", at);
        };
        let items = pieces.into_iter().map(simple).collect();
        Seen {
            value: Value::List(Rc::new(List { items, open: false })),
            at,
        }
    }
}

/// What a text is split into at a separator; `None` for any other method.
fn pieces<'t>(
    text: &'t str,
    method: &str,
    separator: &'t str,
    given: usize,
    most: Option<&Value>,
) -> Option<Vec<&'t str>> {
    if separator.is_empty() {
        return None;
    }
    let once = |found: Option<(&'t str, &'t str)>, is_last: bool| match found {
        Some((before, after)) => vec![before, separator, after],
        None if is_last => vec!["", "", text],
        None => vec![text, "", ""],
    };
    match (method, given, most) {
        ("partition", 1, _) => Some(once(text.split_once(separator), false)),
        ("rpartition", 1, _) => Some(once(text.rsplit_once(separator), true)),
        ("split" | "rsplit", 1, None) => Some(text.split(separator).collect()),
        ("split", 2, Some(Value::Int(1))) => Some(text.splitn(2, separator).collect()),
        ("rsplit", 2, Some(Value::Int(1))) => {
            let mut pieces: Vec<&str> = text.rsplitn(2, separator).collect();
            pieces.reverse();
            Some(pieces)
        }
        _ => None,
    }
}
