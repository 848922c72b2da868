//! `HAProxy` and Apache: whom each section hands on to, and how long it waits.

use smol_str::SmolStr;

use crate::catalog::hops::{Form, Setting};
use crate::model::configuration::Configuration;
use crate::project::Project;
use crate::project::services::span;
use crate::source::FileId;
use crate::syntax::shell::Word;

use super::join::Target;
use super::{Hop, Product, Route, RouteKind, Written, timeouts};

/// The sections of `HAProxy` that have servers.
const BACKENDS: &[&str] = &["backend", "listen"];

/// All that begin a section.
const SECTIONS: &[&str] = &[
    "backend",
    "defaults",
    "frontend",
    "global",
    "listen",
    "resolvers",
];

type Line = [Word];

/// Finds the hops in all files.
pub(super) fn find(project: &Project, all: &mut Vec<Hop>) {
    for (file, read) in project.configurations() {
        let Configuration::Lines(read) = read else {
            continue;
        };
        let lines: Vec<&Line> = read.lines.iter().map(Vec::as_slice).collect();
        haproxy(project, file, &lines, all);
        apache(project, file, &lines, all);
    }
}

/// A hop for each section with servers; what it does not say, `defaults` say.
fn haproxy(project: &Project, file: FileId, lines: &[&Line], all: &mut Vec<Hop>) {
    let is_section = |it: &&Line| SECTIONS.contains(&first(it));
    let starts = (0..lines.len()).filter(|at| is_section(&lines[*at]));
    let mut defaults: &[&Line] = &[];
    for start in starts {
        let rest = &lines[start + 1..];
        let end = rest.iter().position(is_section).unwrap_or(rest.len());
        let (head, body) = (lines[start], &rest[..end]);
        if first(head) == "defaults" {
            defaults = body;
        }
        let servers = body.iter().filter(|it| first(it) == "server");
        let targets = servers.filter_map(|it| Target::of(&it.get(2)?.text));
        let targets: Vec<Target> = targets.collect();
        let (Some(name), true) = (head.get(1), BACKENDS.contains(&first(head))) else {
            continue;
        };
        let mut hop = Hop::new(
            Product::Haproxy,
            name.text.as_str(),
            span(file, &name.bytes),
        );
        hop.ends.targets = targets;
        hop.timeouts = timeouts(project.catalog, hop.product, None, &|setting| {
            let own = directive(file, body, setting);
            Some(
                own.or_else(|| directive(file, defaults, setting))?
                    .limit(setting),
            )
        });
        all.push(hop);
    }
}

/// A hop for each `ProxyPass`, with the time it names itself or that of the whole file.
fn apache(project: &Project, file: FileId, lines: &[&Line], all: &mut Vec<Hop>) {
    for line in lines.iter().filter(|it| first(it) == "ProxyPass") {
        let arguments: Vec<&Word> = line[1..].iter().collect();
        let address = arguments.iter().position(|it| it.text.contains("://"));
        let Some(at) = address else { continue };
        let targets = targets(&arguments[at].text, lines);
        let path = arguments[..at].last().map_or("/", |it| it.text.as_str());
        let mut hop = Hop::new(Product::Apache, path, span(file, &line[0].bytes));
        hop.route = Some(Route {
            text: SmolStr::from(path),
            kind: RouteKind::Prefix,
        });
        hop.ends.targets = targets;
        let own = arguments.iter().find_map(|it| {
            Some(Written {
                text: it.text.strip_prefix("timeout=")?.into(),
                at: span(file, &it.bytes),
            })
        });
        hop.timeouts = timeouts(project.catalog, hop.product, None, &|setting| match &own {
            Some(own) => Some(own.limit(setting)),
            None => Some(directive(file, lines, setting)?.limit(setting)),
        });
        all.push(hop);
    }
}

/// Whom an address means: a host, or the members of `<Proxy balancer://name>`.
fn targets(address: &str, lines: &[&Line]) -> Vec<Target> {
    let Some(name) = address.strip_prefix("balancer://") else {
        return Target::of(address).into_iter().collect();
    };
    let name = name.split('/').next().unwrap_or(name);
    let named = |it: &&&Line| {
        let own = it.get(1).and_then(|it| it.text.strip_prefix("balancer://"));
        let own = own.map(|it| it.trim_end_matches(['>', '/']));
        first(it).eq_ignore_ascii_case("<Proxy") && own == Some(name)
    };
    let inside = lines.iter().skip_while(|it| !named(it)).skip(1);
    let inside = inside.take_while(|it| !first(it).starts_with("</"));
    let members = inside.filter(|it| first(it) == "BalancerMember");
    members
        .filter_map(|it| Target::of(&it.get(1)?.text))
        .collect()
}

fn first(line: &Line) -> &str {
    line.first().map_or("", |it| &it.text)
}

/// The last line that sets something: `timeout server 50s`, `ProxyTimeout 300`.
fn directive(file: FileId, lines: &[&Line], setting: &Setting) -> Option<Written> {
    let key: Vec<&str> = setting.key.split(' ').collect();
    let is_key = |it: &&&Line| {
        it.len() > key.len() && it.iter().zip(&key).all(|(own, key)| own.text == **key)
    };
    let line = lines
        .iter()
        .rfind(is_key)
        .filter(|_| setting.form == Form::Directive)?;
    let value = &line[key.len()];
    Some(Written {
        text: value.text.as_str().into(),
        at: span(file, &value.bytes),
    })
}
