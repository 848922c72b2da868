//! What a network policy of Kubernetes lets out of pods.

use std::ops::Range;

use core::net::IpAddr;
use smol_str::SmolStr;

use crate::syntax::tree::View;

/// A policy that restricts what leaves.
#[derive(Debug)]
pub struct EgressPolicy {
    /// What the file calls it.
    pub name: SmolStr,
    /// Where it is called so.
    pub at: Range<u32>,
    /// The namespace, when the file names it.
    pub namespace: Option<SmolStr>,
    /// The labels of the pods it is for; all pods of the namespace when there are none.
    pub labels: Vec<(SmolStr, SmolStr)>,
    /// What it lets out.
    pub rules: Vec<EgressRule>,
    /// Whether it says more than that can be told: an expression, a template.
    pub is_open: bool,
}

/// One kind of connection that a policy lets out.
#[derive(Debug)]
pub struct EgressRule {
    /// Where to.
    pub to: Reach,
    /// Through which ports; all when there are none.
    pub ports: Vec<PortRange>,
}

/// How far a rule reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// To every address.
    Everywhere,
    /// To pods and private addresses alone.
    Inside,
    /// To some addresses outside, and who they belong to nobody can tell.
    Somewhere,
}

/// A range of ports; one of unknown ports when both ends are missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PortRange {
    /// The first port; `None` for a name that nobody can tell.
    pub first: Option<u16>,
    /// The last one.
    pub last: Option<u16>,
}

impl EgressRule {
    /// Whether it lets a port out, as far as that can be told; an unknown port counts.
    #[must_use]
    pub fn lets_out(&self, port: u16) -> bool {
        let within = |it: &PortRange| match (it.first, it.last) {
            (Some(first), Some(last)) => (first..=last).contains(&port),
            (Some(first), None) => first == port,
            (None, _) => true,
        };
        self.ports.is_empty() || self.ports.iter().any(within)
    }
}

/// The policies of a document that restrict what leaves.
#[must_use]
pub fn policies(document: View<'_>) -> Vec<EgressPolicy> {
    match document.get("kind").and_then(View::text) {
        Some("List") => {
            let items = document.get("items").into_iter().flat_map(View::items);
            items.filter_map(policy).collect()
        }
        _ => policy(document).into_iter().collect(),
    }
}

fn policy(document: View<'_>) -> Option<EgressPolicy> {
    let word = |key: &str| document.get(key).and_then(View::text).unwrap_or_default();
    let is_policy =
        word("kind") == "NetworkPolicy" && word("apiVersion").starts_with("networking.k8s.io/");
    let spec = document.get("spec").filter(|_| is_policy)?;
    let egress = spec.get("egress");
    let types = spec.get("policyTypes");
    let restricts = match types {
        Some(types) => types.items().any(|it| it.text() == Some("Egress")),
        None => egress.is_some(),
    };
    if !restricts {
        return None;
    }
    let name = document.at(&["metadata", "name"])?;
    let text = |keys: &[&str]| document.at(keys).and_then(View::text).map(SmolStr::from);
    let selector = spec.get("podSelector");
    let labels = selector.and_then(|it| it.get("matchLabels"));
    let entries = labels.map(View::entries).unwrap_or_default();
    let known: Vec<(SmolStr, SmolStr)> = entries
        .iter()
        .filter_map(|(key, value)| Some((key.text()?.into(), value.text()?.into())))
        .collect();
    let parts = [Some(document), Some(spec), selector, labels, egress];
    let mut parts = parts.into_iter().flatten();
    let is_template = parts.any(|it| it.is_open() || it.template().is_some());
    let selects_more = selector.is_none_or(|it| it.get("matchExpressions").is_some());
    let rules = egress.into_iter().flat_map(View::items);
    Some(EgressPolicy {
        name: name.text().or_else(|| name.template())?.into(),
        at: name.bytes(),
        namespace: text(&["metadata", "namespace"]),
        is_open: is_template || selects_more || known.len() < entries.len(),
        labels: known,
        rules: rules.map(rule).collect(),
    })
}

fn rule(view: View<'_>) -> EgressRule {
    let ports = view.get("ports").into_iter().flat_map(View::items);
    let targets: Vec<View<'_>> = view.get("to").into_iter().flat_map(View::items).collect();
    let reaches: Vec<Reach> = targets.into_iter().map(reach).collect();
    let most = |of: Reach| reaches.contains(&of).then_some(of);
    EgressRule {
        to: most(Reach::Everywhere)
            .or_else(|| most(Reach::Somewhere))
            .or_else(|| most(Reach::Inside))
            // A rule that names no target is for all of them.
            .unwrap_or(if view.template().is_some() {
                Reach::Somewhere
            } else {
                Reach::Everywhere
            }),
        ports: ports.map(port).collect(),
    }
}

fn reach(target: View<'_>) -> Reach {
    let Some(block) = target.get("ipBlock") else {
        let inside = ["podSelector", "namespaceSelector"];
        let is_inside = inside.iter().any(|it| target.get(it).is_some());
        return if is_inside && !target.is_open() {
            Reach::Inside
        } else {
            Reach::Somewhere
        };
    };
    match block.get("cidr").and_then(View::text) {
        Some("0.0.0.0/0" | "::/0") => Reach::Everywhere,
        Some(cidr) => {
            let address = cidr.split('/').next().unwrap_or(cidr);
            match address.parse::<IpAddr>() {
                Ok(IpAddr::V4(ip)) if ip.is_private() || ip.is_link_local() => Reach::Inside,
                Ok(IpAddr::V6(ip)) if ip.is_unique_local() => Reach::Inside,
                _ => Reach::Somewhere,
            }
        }
        None => Reach::Somewhere,
    }
}

fn port(view: View<'_>) -> PortRange {
    let number = |key: &str| view.get(key).and_then(View::text)?.parse().ok();
    PortRange {
        first: number("port"),
        last: number("endPort"),
    }
}
