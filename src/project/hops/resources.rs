//! Resources of Terraform and `CloudFormation`, and which of them stand in front of which: load
//! balancers and interfaces in front of functions and containers.

use std::collections::BTreeMap;

use smol_str::SmolStr;

use crate::project::Project;
use crate::project::services::{parent, span};
use crate::source::{FileId, Span};
use crate::syntax::tree::{Tree, View};

use super::{Hop, HopId};

/// What a resource is for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Alias,
    Attachment,
    Balancer,
    CloudRun,
    Containers,
    Function,
    Integration,
    Listener,
    Rule,
    Service,
    TargetGroup,
}

/// The kinds of resources, as both languages call them.
const KINDS: &[(&str, Part)] = &[
    ("AWS::ApiGateway::Method", Part::Integration),
    ("AWS::ApiGatewayV2::Integration", Part::Integration),
    ("AWS::ECS::Service", Part::Service),
    ("AWS::ECS::TaskDefinition", Part::Containers),
    ("AWS::ElasticLoadBalancingV2::Listener", Part::Listener),
    ("AWS::ElasticLoadBalancingV2::ListenerRule", Part::Rule),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", Part::Balancer),
    (
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        Part::TargetGroup,
    ),
    ("AWS::Lambda::Alias", Part::Alias),
    ("AWS::Lambda::Function", Part::Function),
    ("AWS::Serverless::Function", Part::Function),
    ("aws_alb", Part::Balancer),
    ("aws_alb_listener", Part::Listener),
    ("aws_alb_listener_rule", Part::Rule),
    ("aws_alb_target_group", Part::TargetGroup),
    ("aws_alb_target_group_attachment", Part::Attachment),
    ("aws_api_gateway_integration", Part::Integration),
    ("aws_apigatewayv2_integration", Part::Integration),
    ("aws_ecs_service", Part::Service),
    ("aws_ecs_task_definition", Part::Containers),
    ("aws_lambda_alias", Part::Alias),
    ("aws_lambda_function", Part::Function),
    ("aws_lb", Part::Balancer),
    ("aws_lb_listener", Part::Listener),
    ("aws_lb_listener_rule", Part::Rule),
    ("aws_lb_target_group", Part::TargetGroup),
    ("aws_lb_target_group_attachment", Part::Attachment),
    ("google_cloud_run_service", Part::CloudRun),
    ("google_cloud_run_v2_service", Part::CloudRun),
];

/// Which of two resources names the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Names {
    /// The first one, whom the request reaches first.
    Next,
    /// The second one.
    Last,
}

/// The way of a request behind a load balancer.
const BEHIND_BALANCER: &[(Part, Names, Part)] = &[
    (Part::Balancer, Names::Last, Part::Listener),
    (Part::Listener, Names::Last, Part::Rule),
    (Part::Listener, Names::Next, Part::TargetGroup),
    (Part::Rule, Names::Next, Part::TargetGroup),
    (Part::TargetGroup, Names::Last, Part::Attachment),
    (Part::TargetGroup, Names::Last, Part::Service),
    (Part::TargetGroup, Names::Next, Part::Function),
    (Part::Attachment, Names::Next, Part::Alias),
    (Part::Attachment, Names::Next, Part::Function),
    (Part::Alias, Names::Next, Part::Function),
    (Part::Service, Names::Next, Part::Containers),
];

/// The way of a request behind an interface.
const BEHIND_INTEGRATION: &[(Part, Names, Part)] = &[
    (Part::Integration, Names::Next, Part::Alias),
    (Part::Integration, Names::Next, Part::Balancer),
    (Part::Integration, Names::Next, Part::Function),
    (Part::Integration, Names::Next, Part::Listener),
    (Part::Alias, Names::Next, Part::Function),
    (Part::Listener, Names::Next, Part::Balancer),
];

/// A resource.
struct Resource<'p> {
    part: Part,
    name: SmolStr,
    at: Span,
    /// The texts by which others name it: all of one, or where a longer one goes on with it.
    address: SmolStr,
    /// All texts in it.
    texts: Vec<&'p str>,
}

/// Puts what stands behind load balancers and interfaces into `passes_to`.
pub(super) fn join(project: &Project, all: &mut [Hop]) {
    // Only resources of one folder or one template know each other by their names.
    let mut groups: BTreeMap<String, Vec<Resource<'_>>> = BTreeMap::new();
    for (file, read) in project.configurations() {
        let path = &project.sources().get(file).path;
        for document in read.tree().into_iter().flat_map(Tree::documents) {
            let of_template = of_template(file, document);
            if !of_template.is_empty() {
                groups.entry(path.clone()).or_default().extend(of_template);
            }
            let of_folder = of_terraform(file, document);
            if !of_folder.is_empty() {
                let folder = format!("{}/", parent(path));
                groups.entry(folder).or_default().extend(of_folder);
            }
        }
    }
    for group in groups.values() {
        for (at, resource) in group.iter().enumerate() {
            let behind = match resource.part {
                Part::Balancer => reached(group, at, BEHIND_BALANCER),
                Part::Integration => reached(group, at, BEHIND_INTEGRATION),
                Part::CloudRun => vec![at],
                _ => continue,
            };
            let behind = behind
                .into_iter()
                .flat_map(|it| hops(project, &group[it], all));
            let behind: Vec<HopId> = behind.collect();
            let own = all
                .iter_mut()
                .filter(|it| it.at == resource.at && it.service.is_none());
            for hop in own {
                hop.passes_to.extend(&behind);
            }
        }
    }
}

/// The resources at the end of all ways from one.
fn reached(group: &[Resource<'_>], from: usize, steps: &[(Part, Names, Part)]) -> Vec<usize> {
    let mut seen = vec![from];
    let mut at = 0;
    while let Some(&next) = seen.get(at) {
        at += 1;
        for (_, names, to) in steps.iter().filter(|it| it.0 == group[next].part) {
            let named = |it: &Resource<'_>| match names {
                Names::Next => group[next].refers_to(it),
                Names::Last => it.refers_to(&group[next]),
            };
            let found = (0..group.len()).filter(|it| group[*it].part == *to && named(&group[*it]));
            let found: Vec<usize> = found.filter(|it| !seen.contains(it)).collect();
            seen.extend(found);
        }
    }
    let ends = [Part::Balancer, Part::Containers, Part::Function];
    seen.retain(|it| *it != from && ends.contains(&group[*it].part));
    seen
}

/// The hops that a resource is, or that its containers start.
fn hops(project: &Project, resource: &Resource<'_>, all: &[Hop]) -> Vec<HopId> {
    let is_own = |hop: &Hop| match (hop.service, resource.part) {
        (None, Part::Balancer | Part::Function) => hop.at == resource.at,
        (Some(service), Part::CloudRun | Part::Containers) => {
            let deployed = &project.services().all()[service];
            let owner = deployed.service.owner.as_ref();
            let name = owner.and_then(|it| it.name.as_ref());
            deployed.file == resource.at.file && name == Some(&resource.name)
        }
        _ => false,
    };
    let found = (0..).map(HopId).zip(all).filter(|it| is_own(it.1));
    found.map(|it| it.0).collect()
}

impl<'p> Resource<'p> {
    fn new(file: FileId, kind: &str, name: View<'p>, body: View<'p>) -> Option<Self> {
        let (kind, part) = KINDS.iter().find(|it| it.0 == kind)?;
        let own = name.text()?;
        // `aws_lb.front`, while a template names its resources alone.
        let address = if kind.contains("::") {
            own.into()
        } else {
            SmolStr::from(format!("{kind}.{own}"))
        };
        Some(Self {
            part: *part,
            name: own.into(),
            at: span(file, &name.bytes()),
            address,
            texts: texts(body),
        })
    }

    /// Whether it names another one: `aws_lb.front.arn`, `${Front.Arn}`, `Front`.
    fn refers_to(&self, other: &Resource<'_>) -> bool {
        let address = other.address.as_str();
        let is_word = |it: char| it.is_alphanumeric() || matches!(it, '_' | '-');
        self.texts.iter().any(|text| {
            text.match_indices(address).any(|(at, _)| {
                let (before, after) = (&text[..at], &text[at + address.len()..]);
                let starts = before.is_empty()
                    || before.ends_with("${")
                    || before.ends_with(['(', '[', ' ', ',']);
                starts && !after.starts_with(is_word)
            })
        })
    }
}

/// All texts below a place.
fn texts(view: View<'_>) -> Vec<&str> {
    let (mut found, mut open) = (Vec::new(), vec![view]);
    while let Some(view) = open.pop() {
        found.extend(view.text().or_else(|| view.template()));
        open.extend(view.entries().into_iter().map(|it| it.1));
        if view.is_list() {
            open.extend(view.items());
        }
    }
    found
}

fn of_template(file: FileId, document: View<'_>) -> Vec<Resource<'_>> {
    let resources = document
        .get("Resources")
        .into_iter()
        .flat_map(View::entries);
    let found = resources.filter_map(|(name, body)| {
        let kind = body.get("Type")?.text()?;
        Resource::new(file, kind, name, body)
    });
    found.collect()
}

fn of_terraform(file: FileId, document: View<'_>) -> Vec<Resource<'_>> {
    let blocks = document.entries().into_iter();
    let resources = blocks.filter(|it| it.0.text() == Some("resource"));
    let kinds = resources.flat_map(|it| it.1.entries());
    let found = kinds.flat_map(|(kind, named)| {
        let kind = kind.text().unwrap_or_default();
        let named = named.entries().into_iter();
        named.filter_map(move |(name, body)| Resource::new(file, kind, name, body))
    });
    found.collect()
}
