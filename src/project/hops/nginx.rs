//! The locations of nginx: whom each hands on to, and how long it waits for an answer.

use std::collections::BTreeSet;

use smol_str::SmolStr;

use crate::catalog::hops::Form;
use crate::model::configuration::Configuration;
use crate::project::services::span;
use crate::project::{Project, environment};
use crate::source::FileId;
use crate::syntax::nginx::{Directive, Nginx};

use super::join::Target;
use super::variables::Variables;
use super::{Hop, Product, Route, RouteKind, Written, timeouts};

/// Directives that hand a request on.
const PASSES: &[&str] = &["grpc_pass", "proxy_pass", "uwsgi_pass"];

/// How many blocks and files are asked for one setting.
const MOST_BLOCKS: usize = 64;

/// Finds a hop for each block that hands on.
pub(super) fn find(project: &Project, all: &mut Vec<Hop>) {
    let files = Files::of(project);
    for &(file, read) in &files.all {
        for directive in &read.directives {
            if PASSES.contains(&directive.name()) {
                all.extend(files.hop(project, file, read, directive));
            }
        }
    }
}

/// All files of nginx in a project.
struct Files<'p> {
    project: &'p Project,
    all: Vec<(FileId, &'p Nginx)>,
    /// What the environments of all services say, for `envsubst`.
    variables: Variables,
}

impl<'p> Files<'p> {
    fn of(project: &'p Project) -> Self {
        let files = project
            .configurations()
            .filter_map(|(file, read)| match read {
                Configuration::Nginx(read) => Some((file, read)),
                _ => None,
            });
        let all: Vec<_> = files.collect();
        let services = project.services().all().iter().filter(|_| !all.is_empty());
        let environments = environment::Files::of(project);
        let given = services.flat_map(|it| environments.given(it));
        Self {
            variables: Variables(given.collect()),
            project,
            all,
        }
    }

    fn hop(&self, project: &Project, file: FileId, read: &Nginx, pass: &Directive) -> Option<Hop> {
        let target = pass.arguments().first()?;
        let around = |name: &str| {
            let mut block = pass.parent;
            while let Some(at) = block {
                let directive = &read.directives[at];
                if directive.name() == name {
                    return Some(directive);
                }
                block = directive.parent;
            }
            None
        };
        let location = around("location");
        let named = location.map_or(pass, |it| it);
        let name = named.arguments().last().map_or("", |it| it.text.as_str());
        let mut hop = Hop::new(Product::Nginx, name, span(file, &named.bytes));
        hop.route = location.and_then(route);
        hop.ends.targets = self.targets(file, pass.parent, &target.text);
        hop.timeouts = timeouts(project.catalog, Product::Nginx, None, &|setting| {
            let key = setting.key.as_str();
            let is_directive = setting.form == Form::Directive;
            let written = self.setting(file, pass.parent, key);
            Some(written.filter(|_| is_directive)?.limit(setting))
        });
        Some(hop)
    }

    /// What holds for a directive in a block: in it, in what it includes, or around it.
    fn setting(&self, file: FileId, block: Option<usize>, name: &str) -> Option<Written> {
        let mut open = vec![(file, block)];
        let mut seen = Vec::new();
        while let Some((file, block)) = open.pop() {
            if seen.contains(&(file, block)) || seen.len() == MOST_BLOCKS {
                continue;
            }
            seen.push((file, block));
            let read = self.read(file)?;
            let here = || read.directives.iter().filter(|it| it.parent == block);
            if let Some(found) = here().rfind(|it| it.name() == name) {
                let word = found.arguments().first()?;
                return Some(self.variables.put_in(&word.text, span(file, &word.bytes)));
            }
            // What is around a block counts after all that stands in it.
            match block {
                Some(at) => open.push((file, read.directives[at].parent)),
                None => open.extend(self.included_by(file)),
            }
            let included = here().filter(|it| it.name() == "include");
            let included = included.flat_map(|it| self.included(file, it));
            open.extend(included.map(|it| (it, None)));
        }
        None
    }

    /// The files that an `include` names.
    fn included(&self, from: FileId, include: &Directive) -> Vec<FileId> {
        let Some(pattern) = include.arguments().first() else {
            return Vec::new();
        };
        let others = self.all.iter().filter(|it| it.0 != from);
        let fitting = others.filter(|it| {
            let path = &self.project.sources().get(it.0).path;
            fits(&pattern.text, path)
        });
        fitting.map(|it| it.0).collect()
    }

    /// The blocks whose `include` names a file.
    fn included_by(&self, file: FileId) -> Vec<(FileId, Option<usize>)> {
        let others = self.all.iter().filter(|it| it.0 != file);
        let includes = others.flat_map(|(from, read)| {
            let includes = read.directives.iter().filter(|it| it.name() == "include");
            includes.map(|it| (*from, it))
        });
        let fitting = includes.filter(|(from, it)| self.included(*from, it).contains(&file));
        fitting.map(|(from, it)| (from, it.parent)).collect()
    }

    /// The files that nginx reads together with one, itself first.
    fn related(&self, file: FileId) -> Vec<(FileId, &'p Nginx)> {
        let mut files = vec![file];
        let outer = self.included_by(file).into_iter().map(|it| it.0);
        files.extend(outer.collect::<BTreeSet<_>>());
        let including = files.clone();
        for (from, read) in including
            .iter()
            .filter_map(|it| Some((*it, self.read(*it)?)))
        {
            let includes = read.directives.iter().filter(|it| it.name() == "include");
            files.extend(includes.flat_map(|it| self.included(from, it)));
        }
        let mut seen = BTreeSet::new();
        let files = files.into_iter().filter(|it| seen.insert(*it));
        files.filter_map(|it| Some((it, self.read(it)?))).collect()
    }

    fn read(&self, file: FileId) -> Option<&'p Nginx> {
        let own = self.all.iter().find(|it| it.0 == file)?;
        Some(own.1)
    }

    /// Whom an address means: the servers of an upstream, or a host.
    fn targets(&self, file: FileId, block: Option<usize>, text: &str) -> Vec<Target> {
        let text = self.address(file, block, text);
        let Some(target) = Target::of(&text) else {
            return Vec::new();
        };
        let upstream = self.related(file).into_iter().find_map(|(file, read)| {
            let named = |it: &Directive| {
                let first = it.arguments().first();
                let name = first.is_some_and(|it| it.text.eq_ignore_ascii_case(&target.host));
                it.name() == "upstream" && name
            };
            Some((file, read, read.directives.iter().position(named)?))
        });
        let Some((file, read, block)) = upstream else {
            return vec![target];
        };
        let servers = read.directives.iter();
        let servers = servers.filter(|it| it.parent == Some(block) && it.name() == "server");
        let servers = servers.filter_map(|it| it.arguments().first());
        let texts = servers.map(|it| self.address(file, Some(block), &it.text));
        texts.filter_map(|it| Target::of(&it)).collect()
    }

    /// An address with the variables put in that `set` or the environment gives.
    fn address(&self, file: FileId, block: Option<usize>, text: &str) -> SmolStr {
        let name = text.split_once("://").map_or(text, |it| it.1);
        let variable = name.split(['/', ':']).next().unwrap_or(name);
        if !variable.starts_with('$') {
            return text.into();
        }
        if let Some(value) = self.set(file, block, variable) {
            return text.replacen(variable, &value, 1).into();
        }
        self.variables.put_in(text, span(file, &(0..0))).text
    }

    /// What `set $name value` says in a block or around it.
    fn set(&self, file: FileId, block: Option<usize>, variable: &str) -> Option<SmolStr> {
        let read = self.read(file)?;
        let mut block = block;
        loop {
            let mut here = read.directives.iter().filter(|it| it.parent == block);
            let found = here.rfind(|it| {
                let first = it.arguments().first();
                it.name() == "set" && first.is_some_and(|it| it.text == variable)
            });
            if let Some(found) = found {
                let text = &found.arguments().get(1)?.text;
                let at = span(file, &found.bytes);
                return Some(self.variables.put_in(text, at).text);
            }
            block = read.directives[block?].parent;
        }
    }
}

/// The URLs of a location; `None` for a named one, which only other locations reach.
fn route(location: &Directive) -> Option<Route> {
    let (modifier, text) = match location.arguments() {
        [text] => ("", text),
        [modifier, text, ..] => (modifier.text.as_str(), text),
        [] => return None,
    };
    let kind = match modifier {
        "=" => RouteKind::Exact,
        "~" | "~*" => RouteKind::Pattern,
        _ => RouteKind::Prefix,
    };
    let text = SmolStr::from(&text.text);
    (!text.starts_with('@')).then_some(Route { text, kind })
}

/// Whether the path of a file ends as a pattern does: `/etc/nginx/conf.d/*.conf` fits
/// `docker/nginx/conf.d/api.conf`, and `conf.d/api.conf.template`, which becomes the same.
fn fits(pattern: &str, path: &str) -> bool {
    let path = path.strip_suffix(".template").unwrap_or(path);
    let parts = pattern.rsplit('/').zip(path.rsplit('/'));
    let mut parts = parts.take(2).enumerate();
    parts.all(|(at, (wanted, own))| match wanted.split_once('*') {
        Some((before, after)) => {
            own.len() >= wanted.len() - 1 && own.starts_with(before) && own.ends_with(after)
        }
        // The folder that a single file is copied from may have any name.
        None => wanted == own || at == 1 && !pattern.contains('*'),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_include_names_files_by_the_end_of_their_paths() {
        assert!(fits(
            "/etc/nginx/conf.d/*.conf",
            "docker/nginx/conf.d/api.conf"
        ));
        assert!(fits(
            "/etc/nginx/proxy_params.conf",
            "nginx/proxy_params.conf"
        ));
        assert!(fits("conf.d/*.conf", "conf.d/api.conf.template"));
        assert!(!fits("/etc/nginx/conf.d/*.conf", "nginx/sites/api.conf"));
        assert!(!fits("/etc/nginx/mime.types", "nginx/nginx.conf"));
    }
}
