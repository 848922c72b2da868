//! What the catalogue says of classes without a timeout of their own.

use serde_json::{Value, json};
use smol_str::SmolStr;

use super::value::{seen, source as source_value};
use super::{Topic, section, seen_and_imported, source};
use crate::catalog::Catalog;
use crate::catalog::untimed::{Standing, Untimed};

/// A topic for each such class.
pub(super) fn all(catalog: &Catalog) -> impl Iterator<Item = Topic<'_>> {
    catalog.untimed.iter().flat_map(|why| {
        let classes = why.classes.iter();
        classes.map(move |(name, paths)| Topic::Untimed(name, paths, why))
    })
}

/// The page of a class in Markdown.
pub(super) fn page(catalog: &Catalog, name: &str, paths: &[SmolStr], why: &Untimed) -> String {
    let mut page = format!("# {name}\n\nclass of {}\n", why.package);
    let reason = why.because.as_deref().unwrap_or_default();
    let timeout = match (why.standing, &why.argument) {
        (Standing::NoNetwork, _) => format!("- needs none: {reason}"),
        (Standing::Unknown, _) => format!("- nobody knows how long it waits: {reason}"),
        (Standing::Given, Some(argument)) => {
            format!("- has none of its own: bound what `{argument}` is given")
        }
        (Standing::Given, None) => format!("- has none of its own: {reason}"),
    };
    section(&mut page, "Timeout", &timeout);
    section(&mut page, "Source", &source(&why.source));
    seen_and_imported(&mut page, catalog, paths);
    page
}

/// The same in a column of the list.
pub(super) fn short(why: &Untimed) -> String {
    match (why.standing, &why.argument) {
        (Standing::NoNetwork, _) => "needs none".to_owned(),
        (Standing::Given, Some(argument)) => format!("bound `{argument}`"),
        (Standing::Given, None) | (Standing::Unknown, _) => String::new(),
    }
}

/// A class for programs.
pub(super) fn value(catalog: &Catalog, name: &str, paths: &[SmolStr], why: &Untimed) -> Value {
    json!({
        "name": name,
        "kind": match why.standing {
            Standing::NoNetwork => "no network",
            Standing::Given => "given",
            Standing::Unknown => "unknown",
        },
        "package": why.package,
        "paths": paths,
        "argument": why.argument,
        "because": why.because,
        "source": source_value(&why.source),
        "verified": seen(catalog, paths),
    })
}
