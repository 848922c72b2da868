//! The facts of clients and libraries for programs.

use serde_json::{Value, json};
use smol_str::SmolStr;

use super::{Topic, topics};
use crate::catalog::Catalog;
use crate::catalog::entry::{
    Absent, Client, Counts, How, Ignored, Retries, Source, Timeout, Verified,
};
use crate::units::Millis;

/// All topics as a JSON array, each as [`facts_json`] has it.
#[must_use]
pub fn facts_list_json(catalog: &Catalog) -> String {
    facts_json(catalog, &topics(catalog))
}

/// Topics as a JSON array of objects.
#[must_use]
pub fn facts_json(catalog: &Catalog, topics: &[Topic<'_>]) -> String {
    let all: Vec<Value> = topics.iter().map(|it| topic(catalog, it)).collect();
    let mut text = serde_json::to_string_pretty(&all).expect("plain data has a JSON form");
    text.push('\n');
    text
}

fn topic(catalog: &Catalog, topic: &Topic<'_>) -> Value {
    match topic {
        Topic::Client(client) => json!({
            "name": client.class,
            "kind": super::kind(client.kind),
            "package": client.package,
            "paths": client.paths,
            "providers": client.providers,
            "facts": client.ranges().map(range).collect::<Vec<_>>(),
            "verified": seen(catalog, &client.paths),
        }),
        Topic::Http(http) => json!({
            "name": http.name,
            "kind": "http",
            "package": http.package,
            "paths": topic.paths(),
            "providers": [],
            "facts": [{
                "versions": http.versions,
                "timeout": timeout(&http.timeout),
                "ignored": [],
                "retries": null,
                "note": null,
                "source": source(&http.source),
            }],
            "verified": [],
        }),
        Topic::Hop(hop) => super::hops::value(hop),
        Topic::Untimed(name, paths, why) => super::untimed::value(catalog, name, paths, why),
    }
}

/// What the lab saw of the paths of an entry.
pub(super) fn seen(catalog: &Catalog, paths: &[SmolStr]) -> Vec<Value> {
    let all = catalog.verified.iter();
    let own = all.filter(|it| paths.contains(&it.path));
    own.map(verified).collect()
}

/// What holds for the versions of one entry.
fn range(client: &Client) -> Value {
    json!({
        "versions": client.versions,
        "timeout": timeout(&client.timeout),
        "ignored": client.ignored.iter().map(ignored).collect::<Vec<_>>(),
        "retries": client.retries.as_ref().map(retries),
        "note": client.note,
        "source": source(&client.source),
    })
}

fn timeout(it: &Timeout) -> Value {
    json!({
        "arguments": it.arguments,
        "sync_only": it.sync_only,
        "async_only": it.async_only,
        "per_call": it.per_call,
        "unit": it.unit.to_string(),
        "absent": wait(it.absent),
        "absent_async": it.absent_async.map(wait),
        "none": wait(it.when_none()),
        "zero": it.zero.map(wait),
        "write": it.example(),
    })
}

/// How long a call waits: milliseconds, `null` for ever, or "unknown".
pub(super) fn wait(absent: Absent) -> Value {
    match absent {
        Absent::Forever => json!({"kind": "forever", "ms": null}),
        Absent::Wait(Millis(ms)) => json!({"kind": "within", "ms": ms}),
        Absent::Unknown => json!({"kind": "unknown", "ms": null}),
    }
}

fn ignored(it: &Ignored) -> Value {
    json!({
        "argument": it.argument,
        "versions": it.versions,
        "effect": it.effect,
        "instead": it.instead,
    })
}

fn retries(it: &Retries) -> Value {
    json!({
        "argument": it.argument,
        "requests": it.requests,
        "counts": match it.counts {
            Counts::Retries => "retries",
            Counts::Attempts => "attempts",
            Counts::Nothing => "nothing",
            Counts::Unknown => "unknown",
        },
        "pause_first_ms": it.pause_first.map(|it| it.0),
        "pause_cap_ms": it.pause_cap.map(|it| it.0),
        "after_timeout": it.after_timeout,
    })
}

pub(super) fn source(it: &Source) -> Value {
    json!({
        "what": it.what,
        "url": it.url,
        "checked": it.checked.to_string(),
        "how": it.how.map(|how| match how {
            How::Run => "run",
            How::Introspection => "introspection",
            How::Source => "source",
            How::Documentation => "documentation",
        }),
    })
}

fn verified(it: &Verified) -> Value {
    json!({
        "package": it.package,
        "version": it.version,
        "checked": it.checked.to_string(),
        "introspection": it.introspection,
        "wire": it.wire,
        "run": it.run,
    })
}
