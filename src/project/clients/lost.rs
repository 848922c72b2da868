//! What removes the bound of a client: another argument, or that it is rebuilt without it.

use super::{ClientWait, Lost};
use crate::catalog::entry::{Absent, Client};
use crate::finding::Label;
use crate::project::arguments::Reached;
use crate::project::resolve::Resolver;
use crate::project::value::{Lookup, Site, Value};
use crate::project::waits::Wait;
use crate::source::Span;
use crate::syntax::python::{ArgKind, ExprKind};

impl Resolver<'_> {
    /// Whether an argument removes the bound that would hold without it.
    pub(super) fn removed(
        &self,
        site: &Site,
        callee: Span,
        client: &Client,
        reached: &Reached,
    ) -> Option<ClientWait> {
        client.lost_by.iter().find_map(|by| {
            let kept = |path: &smol_str::SmolStr| {
                !matches!(
                    self.dotted_argument(&reached.keywords, path),
                    Lookup::Missing
                )
            };
            let Lookup::Given(seen) = reached.keywords.get(&by.argument) else {
                return None;
            };
            if by.unless.iter().any(kept) || matches!(seen.value, Value::None) {
                return None;
            }
            if seen.number().is_none() {
                return Some(ClientWait::Unknown("it may be removed by another argument"));
            }
            let bound = client.timeout.arguments.iter().find_map(|path| {
                match self.dotted_argument(&reached.keywords, path) {
                    Lookup::Given(bound) => Some(bound.at),
                    _ => None,
                }
            });
            Some(ClientWait::Lost(Lost {
                cause: format!("`{}`", by.argument),
                effect: by.effect.clone(),
                at: self.keyword_span(site, &by.argument).unwrap_or(callee),
                then: by.then,
                bound: bound.map(|span| Label {
                    span,
                    text: "this bound is gone".to_owned(),
                }),
            }))
        })
    }

    /// Whether a client takes its fields from another one, whose timeout is not among them.
    pub(super) fn left_behind(&self, site: &Site, then: Absent) -> Option<Lost> {
        let module = self.project.module(site.file)?;
        let mut origins: Vec<Site> = Vec::new();
        for arg in self.args(site)? {
            if let (ArgKind::Keyword(_), ExprKind::Attribute { value, .. }) =
                (&arg.kind, module.ast.kind(arg.value))
                && let Value::Made(made) = self.eval(site.file, *value, site.frame.as_ref()).value
            {
                origins.push(made.site.clone());
            }
        }
        // One field may be shared by chance, as the name of a model is.
        let [first, second, ..] = origins.as_slice() else {
            return None;
        };
        if (first.file, first.call) != (second.file, second.call) {
            return None;
        }
        let bound = self.reached(first).iter().find_map(|reached| {
            let client = self.project.catalog.client(&reached.path)?;
            match self.given_timeout(&reached.keywords, &client.timeout)? {
                (_, Wait::Within(wait), at) => Some(Label {
                    span: at,
                    text: format!("this timeout of {wait} stays behind"),
                }),
                _ => None,
            }
        })?;
        Some(Lost {
            cause: "the timeout".to_owned(),
            effect: "is lost: it is rebuilt from another client and leaves its timeout behind"
                .to_owned(),
            at: self.callee_span(site),
            then,
            bound: Some(bound),
        })
    }
}
