//! What the catalogue knows of one client, library or hop, as a page for people.
//!
//! The same page is written by `unhang facts` and shown by editors.

mod hops;
mod untimed;
mod value;

use std::fmt::Write as _;

use smol_str::SmolStr;

use crate::catalog::Catalog;
use crate::catalog::entry::{
    Absent, Client, ClientKind, Counts, Http, Ignored, Retries, Timeout, Verified,
};
use crate::catalog::hops::HopLimit;
use crate::catalog::untimed::Untimed;

use super::{section, source};

pub use value::{facts_json, facts_list_json};

/// Something the catalogue has facts of.
#[derive(Debug, Clone, Copy)]
pub enum Topic<'c> {
    /// A class whose instances talk to a model, a store or a tool.
    Client(&'c Client),
    /// An HTTP library, or a part of one.
    Http(&'c Http),
    /// A limit of a server, a proxy or a platform.
    Hop(&'c HopLimit),
    /// A class without a timeout of its own: its name, its paths and why.
    Untimed(&'c str, &'c [SmolStr], &'c Untimed),
}

impl<'c> Topic<'c> {
    /// The name people write.
    #[must_use]
    pub fn name(&self) -> &'c str {
        match self {
            Self::Client(it) => &it.class,
            Self::Http(it) => &it.name,
            Self::Hop(it) => &it.id,
            Self::Untimed(name, ..) => name,
        }
    }

    fn package(&self) -> &'c str {
        match self {
            Self::Client(it) => &it.package,
            Self::Http(it) => &it.package,
            Self::Hop(_) => "hop",
            Self::Untimed(_, _, it) => &it.package,
        }
    }

    /// How long it waits when nobody says anything.
    fn absent(&self) -> Absent {
        match self {
            Self::Client(it) => it.timeout.absent,
            Self::Http(it) => it.timeout.absent,
            Self::Hop(it) => it.absent,
            Self::Untimed(..) => Absent::Unknown,
        }
    }

    /// What sets it, as people write it.
    fn example(&self) -> Option<String> {
        match self {
            Self::Client(it) => it.timeout.example(),
            Self::Http(it) => it.timeout.example(),
            Self::Hop(it) => it.settings.first().map(|it| it.key.to_string()),
            Self::Untimed(_, _, it) => Some(untimed::short(it)),
        }
    }

    /// Under which dotted paths it is imported.
    fn paths(&self) -> Vec<&'c str> {
        match self {
            Self::Client(it) => it.paths.iter().map(AsRef::as_ref).collect(),
            Self::Http(it) => {
                let all = it.classes.iter().chain(&it.functions);
                all.map(AsRef::as_ref).collect()
            }
            Self::Hop(_) => Vec::new(),
            Self::Untimed(_, paths, _) => paths.iter().map(AsRef::as_ref).collect(),
        }
    }

    /// Whether a user who types this name means it: its name or an import path, in any case.
    fn is_called(&self, name: &str) -> bool {
        let last = |path: &str| path.rsplit('.').next().unwrap_or_default().to_owned();
        let same = |it: &str| it.eq_ignore_ascii_case(name);
        same(self.name()) || self.paths().iter().any(|it| same(it) || same(&last(it)))
    }
}

/// All that the catalogue has facts of, by name.
#[must_use]
pub fn topics(catalog: &Catalog) -> Vec<Topic<'_>> {
    let clients = catalog.clients().map(Topic::Client);
    let http = catalog.http().map(Topic::Http);
    let hops = catalog.hops.iter().map(Topic::Hop);
    let untimed = untimed::all(catalog);
    let mut all: Vec<Topic<'_>> = clients.chain(http).chain(hops).chain(untimed).collect();
    all.sort_by_key(|it| (it.name().to_lowercase(), it.package()));
    all
}

/// What a name stands for, which may be several things: a bare name, or an import path that some
/// entry lists or that leads to one.
#[must_use]
pub fn topics_named<'c>(catalog: &'c Catalog, name: &str) -> Vec<Topic<'c>> {
    let mut found = topics(catalog);
    found.retain(|it| it.is_called(name));
    let hops = hops::named(catalog, name).into_iter();
    found.extend(hops.filter(|it| *it.id != *name).map(Topic::Hop));
    if found.is_empty() {
        // A module that nobody listed, of a package that somebody did.
        found.extend(catalog.client(name).map(Topic::Client));
    }
    found
}

/// One line for each topic: its name, its package, and what happens without a timeout.
#[must_use]
pub fn facts_list(catalog: &Catalog) -> String {
    let all = topics(catalog);
    let longest = |of: fn(&Topic<'_>) -> usize| all.iter().map(of).max().unwrap_or(0);
    let names = longest(|it| it.name().len());
    let packages = longest(|it| it.package().len());
    let mut text = String::new();
    for topic in &all {
        let (name, package) = (topic.name(), topic.package());
        let absent = match topic.absent() {
            Absent::Unknown => "-".to_owned(),
            known => known.to_string(),
        };
        let argument = topic.example().unwrap_or_default();
        let line = format!("{name:names$}  {package:packages$}  {absent:9}  {argument}");
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

/// The page of a topic in Markdown.
#[must_use]
pub fn facts_page(catalog: &Catalog, topic: &Topic<'_>) -> String {
    match topic {
        Topic::Client(client) => client_facts(catalog, client),
        Topic::Http(http) => http_facts(http),
        Topic::Hop(hop) => hops::page(hop),
        Topic::Untimed(name, paths, why) => untimed::page(catalog, name, paths, why),
    }
}

/// The page of a client in Markdown, with what held for older versions.
#[must_use]
pub fn client_facts(catalog: &Catalog, client: &Client) -> String {
    let (kind, package) = (kind(client.kind), &client.package);
    let mut page = format!(
        "# {}\n\n{kind} of {package} {}\n",
        client.class, client.versions
    );
    body(&mut page, client);
    for older in client.ranges().skip(1) {
        let _ = write!(page, "\n# {} {}\n", client.class, older.versions);
        body(&mut page, older);
    }
    seen_and_imported(&mut page, catalog, &client.paths);
    page
}

/// What the lab saw of the paths of an entry, and the paths.
fn seen_and_imported(page: &mut String, catalog: &Catalog, paths: &[SmolStr]) {
    let seen = catalog
        .verified
        .iter()
        .filter(|it| paths.contains(&it.path));
    section(page, "Seen to hold", &lines(seen.map(verified)));
    section(
        page,
        "Imported as",
        &lines(paths.iter().map(|it| format!("`{it}`"))),
    );
}

/// What holds for the versions of one entry.
fn body(page: &mut String, client: &Client) {
    section(page, "Timeout", &timeout(&client.timeout));
    let ignored = client.ignored.iter().map(ignored_line);
    let lost = client.lost_by.iter().map(|it| {
        let after = after(it.then);
        format!("`{}` {}: a call then {after}", it.argument, it.effect)
    });
    section(page, "No bound", &lines(ignored.chain(lost)));
    let retried = client.retries.as_ref().map(retries).unwrap_or_default();
    section(page, "Retries", &retried);
    section(page, "Note", client.note.as_deref().unwrap_or_default());
    section(page, "Source", &source(&client.source));
}

fn http_facts(http: &Http) -> String {
    let mut page = format!(
        "# {}\n\nHTTP library of {} {}\n",
        http.name, http.package, http.versions
    );
    section(&mut page, "Timeout", &timeout(&http.timeout));
    let constructor = http
        .constructor
        .iter()
        .map(|it| format!("`{it}` of the constructor holds for every call"));
    section(&mut page, "For all calls", &lines(constructor));
    section(&mut page, "Source", &source(&http.source));
    let paths = http.classes.iter().chain(&http.functions);
    section(
        &mut page,
        "Imported as",
        &lines(paths.map(|it| format!("`{it}`"))),
    );
    page
}

/// What is known of the argument and of its absence.
fn timeout(timeout: &Timeout) -> String {
    let mut all = Vec::new();
    match timeout.arguments.split_first() {
        None => all.push("no argument bounds it".to_owned()),
        Some((first, others)) => {
            let also = match others {
                [] => String::new(),
                others => format!(", also {}", quoted(others)),
            };
            all.push(format!("`{first}`{also}, in {}", timeout.unit));
        }
    }
    let without = match timeout.arguments.as_slice() {
        [] => "",
        _ => "without it, ",
    };
    if timeout.absent != Absent::Unknown {
        all.push(format!("{without}a call {}", after(timeout.absent)));
    }
    if let Some(other) = timeout.absent_async {
        all.push(format!("{without}an asynchronous call {}", after(other)));
    }
    if let Some(none) = timeout.none {
        all.push(format!("with `None`, a call {}", after(none)));
    }
    if let Some(zero) = timeout.zero {
        all.push(format!("with `0`, a call {}", after(zero)));
    }
    for (side, arguments) in [
        ("synchronous", &timeout.sync_only),
        ("asynchronous", &timeout.async_only),
    ] {
        if !arguments.is_empty() {
            all.push(format!("{} for {side} calls only", quoted(arguments)));
        }
    }
    if !timeout.per_call.is_empty() {
        let methods = quoted(&timeout.per_call);
        all.push(format!("for one call, as a keyword of {methods}"));
    }
    if let Some(example) = timeout.example() {
        all.push(format!("write `{example}`"));
    }
    lines(all)
}

fn ignored_line(ignored: &Ignored) -> String {
    let instead = match &ignored.instead {
        Some(instead) => format!("; write `{instead}` instead"),
        None => String::new(),
    };
    let only = match &ignored.versions {
        Some(versions) => format!(" (in {versions})"),
        None => String::new(),
    };
    format!("`{}`{only} {}{instead}", ignored.argument, ignored.effect)
}

fn retries(retries: &Retries) -> String {
    let mut all = vec![match retries.requests {
        1 => "one request, never repeated".to_owned(),
        many => format!("{many} requests at most when nobody says otherwise"),
    }];
    if let Some(argument) = &retries.argument {
        all.push(format!(
            "`{argument}` {}",
            match retries.counts {
                Counts::Retries => "counts repetitions: 2 makes three requests",
                Counts::Attempts => "counts requests: 2 makes two",
                Counts::Nothing => "changes nothing",
                Counts::Unknown => "changes it, in a way that nobody measured",
            }
        ));
    }
    match (retries.pause_first, retries.pause_cap) {
        (Some(first), Some(cap)) => all.push(format!(
            "the first pause is {first} and doubles up to {cap}"
        )),
        (Some(first), None) => all.push(format!("the first pause is {first} and doubles")),
        (None, Some(cap)) => all.push(format!("the longest pause is {cap}")),
        (None, None) => {}
    }
    if retries.requests > 1 && !retries.after_timeout {
        all.push("a timeout is not repeated".to_owned());
    }
    lines(all)
}

fn verified(it: &Verified) -> String {
    let kinds = [
        (it.introspection, "in its signature"),
        (it.wire, "on an outgoing request"),
        (it.run, "at a server that stalls or refuses"),
    ];
    let mut facts = String::new();
    for (count, where_) in kinds.into_iter().filter(|it| it.0 > 0) {
        let comma = if facts.is_empty() { "" } else { ", " };
        let _ = write!(facts, "{comma}{count} {where_}");
    }
    format!("{} {} on {}: {facts}", it.package, it.version, it.checked)
}

/// What a call does, as the end of a sentence.
fn after(absent: Absent) -> String {
    match absent {
        Absent::Forever => "waits for ever".to_owned(),
        Absent::Wait(wait) => format!("waits {wait}"),
        Absent::Unknown => "waits nobody measured how long".to_owned(),
    }
}

fn kind(kind: ClientKind) -> &'static str {
    match kind {
        ClientKind::Chat => "chat model",
        ClientKind::Llm => "completion model",
        ClientKind::Embeddings => "embeddings",
        ClientKind::Reranker => "reranker",
        ClientKind::Sdk => "SDK client",
        ClientKind::Tool => "tool",
        ClientKind::Datastore => "data store",
        ClientKind::Mcp => "MCP client",
    }
}

fn quoted<T: std::fmt::Display>(names: &[T]) -> String {
    let all: Vec<String> = names.iter().map(|it| format!("`{it}`")).collect();
    all.join(", ")
}

fn lines(items: impl IntoIterator<Item = String>) -> String {
    let all: Vec<String> = items.into_iter().map(|it| format!("- {it}")).collect();
    all.join("\n")
}
