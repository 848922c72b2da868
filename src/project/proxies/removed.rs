//! Arguments about proxies that the installed version of a client does not take any more.

use smol_str::SmolStr;

use super::made::MadeClient;
use crate::catalog::proxies::{ProxyClient, Removed};
use crate::fix::{Edit, Fix, Trust};
use crate::model::python::keyword;
use crate::model::python::sites::Called;
use crate::project::resolve::Resolver;
use crate::project::value::{Lookup, Site, Value};
use crate::source::{FileId, Span};
use crate::syntax::python::Arg;

/// A call that fails because of an argument, or of two versions that do not fit.
#[derive(Debug)]
pub struct RemovedArgument {
    /// Where to look: the argument, or what is called.
    pub at: Span,
    /// What is called, by its dotted path.
    pub path: SmolStr,
    /// Why it fails.
    pub why: Gone,
    /// The same call with another argument, where a machine can tell.
    pub fix: Option<Fix>,
}

/// Why a call fails.
#[derive(Debug)]
pub enum Gone {
    /// The argument is not there.
    Argument(LostArgument),
    /// The package passes it by itself to another one that does not have it.
    Inside {
        /// The package.
        package: SmolStr,
        /// The first version that fits.
        since: String,
        /// The other package.
        other: SmolStr,
        /// Its versions that do not have the argument.
        versions: String,
    },
    /// The argument takes no client of that package.
    Refused {
        /// The argument.
        argument: SmolStr,
        /// The class that is passed.
        given: SmolStr,
        /// The class to pass instead.
        instead: SmolStr,
        /// The package that refuses it.
        package: SmolStr,
        /// Its versions that do.
        versions: String,
        /// Whether a file names the version; the newest is assumed otherwise.
        is_stated: bool,
    },
}

/// An argument that a version has lost.
#[derive(Debug)]
pub struct LostArgument {
    /// The argument.
    pub argument: SmolStr,
    /// The package.
    pub package: SmolStr,
    /// The versions that do not have it.
    pub versions: String,
    /// The argument to write instead; `None` when only an HTTP client can have a proxy.
    pub instead: Option<SmolStr>,
    /// Whether a file names the version; the newest is assumed otherwise.
    pub is_stated: bool,
}

impl<'p> Resolver<'p> {
    /// The calls of a file that fail because a version has lost an argument.
    #[must_use]
    pub fn removed_arguments(&self, file: FileId) -> Vec<RemovedArgument> {
        let mut found = Vec::new();
        let Some(module) = self.project.module(file) else {
            return found;
        };
        for client in &self.project.catalog.proxy_clients {
            let Some(removed) = &client.removed else {
                continue;
            };
            for Called { call, args, .. } in module.called() {
                if let Some(arg) = keyword(args, &removed.argument) {
                    let site = Site::of(file, call);
                    found.extend(self.lost_argument(&site, arg, client, removed));
                }
            }
        }
        for made in self.made_clients(file) {
            found.extend(self.broken_inside(&made));
            found.extend(self.refused_client(&made));
        }
        found.sort_by_key(|it| it.at.start);
        found.dedup_by_key(|it| it.at);
        found
    }

    fn lost_argument(
        &self,
        site: &Site,
        arg: &Arg,
        client: &ProxyClient,
        removed: &Removed,
    ) -> Option<RemovedArgument> {
        let lacks = self
            .project
            .runs(site.file, &client.package, &removed.versions);
        let reached = self.reached(site);
        let [only] = &*reached else {
            return None;
        };
        let path = &only.path;
        let has_it = client.made_by.contains(path) || removed.functions.contains(path);
        let is_given = matches!(only.keywords.get(&removed.argument), Lookup::Given(_));
        (has_it && lacks && is_given).then(|| RemovedArgument {
            at: Span {
                file: site.file,
                start: arg.start,
                end: arg.end,
            },
            path: path.clone(),
            why: Gone::Argument(LostArgument {
                argument: removed.argument.clone(),
                package: client.package.clone(),
                versions: removed.versions.clone(),
                instead: removed.instead.clone(),
                is_stated: self.project.states(site.file, &client.package),
            }),
            fix: self.renamed(site, arg, removed),
        })
    }

    /// The call with one address in the place of a table of them.
    fn renamed(&self, site: &Site, arg: &Arg, removed: &Removed) -> Option<Fix> {
        let instead = removed.instead.as_ref()?;
        let seen = self.value(site.file, arg.value);
        let text = match &seen.value {
            Value::Dict(dict) if dict.is_closed() => {
                let first = dict.entries.first()?.value.text()?;
                let mut others = dict.entries.iter();
                let same = others.all(|it| it.value.text() == Some(first));
                let everything = dict.entries.len() > 1 || dict.entries[0].key.starts_with("all");
                let writer = self.project.writer(site.file)?;
                (same && everything).then(|| format!("{0}{first}{0}", writer.quote(site.call)))?
            }
            Value::Str(_) | Value::None => {
                let writer = self.project.writer(site.file)?;
                writer.text(arg.value).to_owned()
            }
            _ => return None,
        };
        let new = format!("{instead}={text}");
        Some(Fix {
            title: format!("write `{new}`"),
            trust: Trust::Risky,
            edits: vec![Edit {
                span: Span {
                    file: site.file,
                    start: arg.start,
                    end: arg.end,
                },
                text: new,
            }],
        })
    }

    /// An SDK that hands the argument on to a version of its HTTP client without it.
    fn broken_inside(&self, made: &MadeClient<'p>) -> Option<RemovedArgument> {
        let broken = made.client.broken_with.as_ref()?;
        let file = made.site.file;
        let package = &made.client.package;
        let own = self
            .project
            .locks(file, package, &format!("<{}", broken.until));
        let other = self.project.locks(file, &broken.package, &broken.versions);
        // An own HTTP client is built without the argument.
        let builds_one = made.lacks("http_client");
        (own && other && builds_one).then(|| RemovedArgument {
            at: self.callee_span(&made.site),
            path: made.reached.path.clone(),
            why: Gone::Inside {
                package: package.clone(),
                since: broken.until.clone(),
                other: broken.package.clone(),
                versions: broken.versions.clone(),
            },
            fix: None,
        })
    }

    /// An HTTP client of a package that the SDK has left behind.
    fn refused_client(&self, made: &MadeClient<'p>) -> Option<RemovedArgument> {
        let refuses = made.client.refuses.as_ref()?;
        let seen = made.argument(&refuses.argument)?;
        let Value::Made(given) = &seen.value else {
            return None;
        };
        let instead = refuses.classes.get(&given.path)?;
        let package = &made.client.package;
        Some(RemovedArgument {
            at: self.callee_span(&made.site),
            path: made.reached.path.clone(),
            why: Gone::Refused {
                argument: refuses.argument.clone(),
                given: given.path.clone(),
                instead: instead.clone(),
                package: package.clone(),
                versions: made.client.versions.clone(),
                is_stated: self.project.states(made.site.file, package),
            },
            fix: None,
        })
    }
}
