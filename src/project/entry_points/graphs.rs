//! Graphs that a server of LangGraph runs, as `langgraph.json` names them.

use super::{EntryPoint, Runs, titled};
use crate::catalog::entry_points::EntryKind;
use crate::project::hops::{Hop, Product};
use crate::project::resolve::Resolver;
use crate::source::FileId;

impl Resolver<'_> {
    /// The graphs of a file that somebody starts by their names in `langgraph.json`.
    pub(super) fn served_graphs(&self, file: FileId) -> Vec<(EntryPoint, Runs)> {
        let hops = self.project.hops().running(file);
        let graphs = hops.filter(|it| it.1.product == Product::LangGraph);
        graphs
            .filter_map(|it| self.served_graph(file, it.1))
            .collect()
    }

    fn served_graph(&self, file: FileId, hop: &Hop) -> Option<(EntryPoint, Runs)> {
        let all = &self.project.catalog.frameworks;
        let framework = all.iter().find(|it| it.kind == EntryKind::Graph)?;
        let code = hop.code.as_ref()?;
        let seen = self.served(file, code.name.as_ref()?, code.at)?;
        let handler = self.handlers(&seen, seen.at).into_iter().next()?;
        let point = EntryPoint {
            kind: framework.kind,
            framework: &framework.name,
            name: titled(framework.kind, &hop.name),
            at: handler.at,
            registered: hop.at,
            is_async: None,
            // Whoever starts a run may ask for its steps one by one.
            streams: true,
            whole_path: true,
            limit: None,
        };
        Some((point, handler.runs))
    }
}
