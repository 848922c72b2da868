//! Which hop hands on to which: by the names and ports under which they know each other.

use smol_str::SmolStr;

use crate::project::Project;
use crate::project::config_maps::shared_folders;
use crate::project::services::parent;
use crate::source::FileId;

use super::{Hop, HopId, Product};

/// Hosts that are the machine itself.
const OWN: &[&str] = &[
    "127.0.0.1",
    "0.0.0.0",
    "[::1]",
    "host.docker.internal",
    "localhost",
];

/// How a hop is reached, and whom it reaches.
#[derive(Debug, Default)]
pub(super) struct Ends {
    /// The names of its host.
    pub(super) names: Vec<SmolStr>,
    /// The labels by which a service of Kubernetes picks it.
    pub(super) labels: Vec<(SmolStr, SmolStr)>,
    /// The port it listens at.
    pub(super) port: Option<u16>,
    /// Whom it reaches.
    pub(super) targets: Vec<Target>,
}

/// Somebody that a hop hands on to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) host: SmolStr,
    pub(super) port: Option<u16>,
}

impl Target {
    /// `host:port`, with or without a scheme before it and a path behind it.
    pub(super) fn of(text: &str) -> Option<Self> {
        let text = text.split_once("://").map_or(text, |it| it.1);
        let text = text.split(['/', '?']).next()?;
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()),
            _ => (text, None),
        };
        (!host.is_empty()).then(|| Self {
            host: host.to_ascii_lowercase().into(),
            port,
        })
    }
}

/// A name that stands for all pods with these labels.
#[derive(Debug)]
pub(super) struct Address {
    pub(super) file: FileId,
    pub(super) name: SmolStr,
    /// `None` when a template writes it.
    pub(super) selector: Option<Vec<(SmolStr, SmolStr)>>,
}

/// Puts the targets of all hops into `passes_to`.
pub(super) fn join(project: &Project, all: &mut [Hop], addresses: &[Address]) {
    let joiner = Joiner {
        project,
        all,
        addresses,
    };
    let behind: Vec<Vec<HopId>> = (0..all.len()).map(|at| joiner.behind(at)).collect();
    for (hop, behind) in (0..).map(HopId).zip(behind) {
        let own = &mut all[hop.0 as usize].passes_to;
        for it in behind {
            if it != hop && !own.contains(&it) {
                own.push(it);
            }
        }
    }
}

struct Joiner<'p> {
    project: &'p Project,
    all: &'p [Hop],
    addresses: &'p [Address],
}

impl Joiner<'_> {
    /// The hops that one hands on to.
    fn behind(&self, at: usize) -> Vec<HopId> {
        let hop = &self.all[at];
        let targets = hop.ends.targets.iter();
        targets
            .flat_map(|it| self.nearest(hop.at.file, self.meant(it)))
            .collect()
    }

    /// All hops that a target can mean.
    fn meant(&self, target: &Target) -> Vec<usize> {
        let hops = || self.all.iter().enumerate();
        if OWN.contains(&&*target.host) {
            let same = |hop: &Hop| hop.ends.port.is_some() && hop.ends.port == target.port;
            return hops().filter(|it| same(it.1)).map(|it| it.0).collect();
        }
        // `api.default.svc.cluster.local` is `api` of a namespace.
        let first = target.host.split('.').next().unwrap_or(&target.host);
        let in_cluster = target.host.contains(".svc");
        let host = if in_cluster { first } else { &target.host };
        let named = |hop: &Hop| {
            hop.ends
                .names
                .iter()
                .any(|it| it.eq_ignore_ascii_case(host))
        };
        let found: Vec<usize> = hops().filter(|it| named(it.1)).map(|it| it.0).collect();
        let addresses = self.addresses.iter().filter(|it| it.name == host);
        let picked = addresses.flat_map(|it| self.picked(it));
        found.into_iter().chain(picked).collect()
    }

    /// The pods that have all labels of a selector.
    fn picked(&self, address: &Address) -> Vec<usize> {
        let fits = |hop: &Hop| match &address.selector {
            Some(selector) => {
                let mut wanted = selector.iter();
                !selector.is_empty() && wanted.all(|it| hop.ends.labels.contains(it))
            }
            // A chart has its service beside the one workload that it is for.
            None => hop.product == Product::Pod && self.is_beside(hop.at.file, address.file),
        };
        let hops = self.all.iter().enumerate().filter(|it| fits(it.1));
        let hops: Vec<usize> = hops.map(|it| it.0).collect();
        if address.selector.is_none() && hops.len() > 1 {
            return Vec::new();
        }
        let near = self.nearest(address.file, hops);
        near.into_iter().map(|it| it.0 as usize).collect()
    }

    fn is_beside(&self, one: FileId, other: FileId) -> bool {
        let folder = |file| parent(&self.project.sources().get(file).path);
        folder(one) == folder(other)
    }

    /// Of several hops with the same name, those whose files lie nearest: a monorepo has many `api`.
    fn nearest(&self, from: FileId, hops: Vec<usize>) -> Vec<HopId> {
        let shared = |at: usize| shared_folders(self.project, from, self.all[at].at.file);
        let most = hops.iter().map(|it| shared(*it)).max();
        let near = hops.into_iter().filter(|it| Some(shared(*it)) == most);
        near.filter_map(|it| u32::try_from(it).ok().map(HopId))
            .collect()
    }
}
