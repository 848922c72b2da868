//! The facts of servers, proxies and platforms that stop waiting.

use serde_json::{Value, json};

use super::value::{source as source_value, wait};
use super::{after, lines, quoted, section, source};
use crate::catalog::Catalog;
use crate::catalog::hops::{Bounds, HopLimit};

/// The limits that a name stands for: all of one thing, `gunicorn`, one by its name in the
/// catalogue, or those that a key sets, `proxy_read_timeout`.
pub(super) fn named<'c>(catalog: &'c Catalog, name: &str) -> Vec<&'c HopLimit> {
    let lower = name.to_lowercase();
    let all = catalog.hops.iter();
    all.filter(|it| {
        let mut settings = it.settings.iter();
        it.is_of(&lower) || settings.any(|own| own.key.eq_ignore_ascii_case(name))
    })
    .collect()
}

/// The page of a limit in Markdown.
pub(super) fn page(hop: &HopLimit) -> String {
    let mut page = format!("# {}\n\n{}\n", hop.id, hop.name);
    let unset = match hop.absent.to_string().as_str() {
        "for ever" => "without it, nothing ends".to_owned(),
        _ => format!("without it, it {}", after(hop.absent)),
    };
    let limit = [
        Some(format!("ends {}", ends(hop.bounds))),
        hop.measures.as_ref().map(|it| format!("counts {it}")),
        Some(format!("is given in {}", hop.unit)),
        Some(unset),
        hop.most.map(|it| format!("cannot be more than {it}")),
    ];
    section(&mut page, "Limit", &lines(limit.into_iter().flatten()));
    section(&mut page, "When it is over", &hop.exceeded);
    let written = [
        (!hop.keys.is_empty()).then(|| quoted(&hop.keys)),
        (!hop.files.is_empty()).then(|| format!("in {}", hop.files.join(", "))),
    ];
    section(&mut page, "Set by", &lines(written.into_iter().flatten()));
    section(&mut page, "Note", hop.note.as_deref().unwrap_or_default());
    section(&mut page, "Source", &source(&hop.source));
    page
}

/// A limit for programs.
pub(super) fn value(hop: &HopLimit) -> Value {
    json!({
        "name": hop.id,
        "kind": "hop",
        "title": hop.name,
        "ends": ends(hop.bounds),
        "counts": hop.measures,
        "unit": hop.unit,
        "absent": wait(hop.absent),
        "most_ms": hop.most.map(|it| it.0),
        "exceeded": hop.exceeded,
        "keys": hop.keys,
        "files": hop.files,
        "note": hop.note,
        "source": source_value(&hop.source),
    })
}

/// What ends when a limit is over, as the end of a sentence.
fn ends(bounds: Bounds) -> &'static str {
    match bounds {
        Bounds::Answer => "the whole answer, however it comes",
        Bounds::Gap => "the wait for the next piece of an answer",
        Bounds::EventLoop => "code that does not let the event loop go on",
        Bounds::Connection => "the opening of a connection",
        Bounds::Idle => "a connection that nobody uses",
        Bounds::Shutdown => "what still runs when the process is told to stop",
        Bounds::Task => "one run of a task",
        Bounds::Redelivery => "the time until somebody else gets the same task",
        Bounds::Probe => "the answer to a question whether the process lives",
        Bounds::Nothing => "no request, whatever its name sounds like",
        Bounds::Unknown => "what nobody measured",
    }
}
