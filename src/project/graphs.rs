//! Graphs that are put together by hand: whether their edges go round, and whether only a model's answer ends that.

use std::collections::{BTreeMap, BTreeSet};

use smol_str::SmolStr;

use crate::model::python::sites::MethodCall;
use crate::model::python::{Module, keyword, positional};
use crate::project::loops::words;
use crate::project::resolve::Resolver;
use crate::project::step_limits::made_builder;
use crate::project::value::{Seen, Site, Value};
use crate::source::{FileId, Span};
use crate::syntax::python::{ExprId, ExprKind, FunctionId, StmtKind};

/// How many nodes of a graph are looked at.
const NODES: usize = 64;

/// The arguments of `compile`, and of what makes agents, that stop a run beside a node until somebody resumes it.
pub(super) const INTERRUPTS: [&str; 2] = ["interrupt_before", "interrupt_after"];

/// The name that langgraph gives the end of a graph.
const END: &str = "__end__";

/// A way round in a graph that goes on until a model says that it is done.
#[derive(Debug)]
pub struct Cycle {
    /// The nodes on it, from one to the next.
    pub nodes: Vec<SmolStr>,
    /// Where the model's answer decides.
    pub decided: Span,
}

/// The ways through a graph.
#[derive(Debug)]
pub(super) struct Ways {
    /// What its nodes run, in the order of their names.
    pub(super) nodes: Vec<Seen>,
    /// What the nodes of a way round run, one after another; none when there is no such way.
    pub(super) round: Option<Vec<Seen>>,
    /// Whether only a model's answer ends that way, or nothing does, so that it goes on up to the
    /// limit of the run.
    pub(super) to_the_limit: bool,
}

/// A graph as its builder was told.
#[derive(Default)]
struct Graph {
    nodes: BTreeMap<SmolStr, Seen>,
    edges: BTreeMap<SmolStr, BTreeSet<SmolStr>>,
    routers: BTreeMap<SmolStr, Vec<(Seen, Span)>>,
    /// Whether something was added that cannot be told.
    open: bool,
    /// The nodes at which a run stops until somebody resumes it.
    stops: BTreeSet<SmolStr>,
    /// Whether it may stop at any of them.
    stops_anywhere: bool,
}

impl Resolver<'_> {
    /// The way round in a graph that only a model's answer ends, if it has one.
    pub(super) fn model_cycle(&self, site: &Site) -> Option<Cycle> {
        let module = self.project.module(site.file)?;
        let graph = self.graph(site, module);
        self.cycle_of(&graph).filter(|_| !graph.open)
    }

    fn cycle_of(&self, graph: &Graph) -> Option<Cycle> {
        let start = graph.routers.keys().find(|it| graph.turns(it))?;
        let around: Vec<&SmolStr> = graph
            .nodes
            .keys()
            .filter(|it| graph.leads(start, it) && graph.leads(it, start))
            .collect();
        // Whoever resumes it decides whether it goes round once more.
        if graph.stops_anywhere || around.iter().any(|it| graph.stops.contains(*it)) {
            return None;
        }
        let routers = around.iter().filter_map(|it| graph.routers.get(*it));
        let by_model = routers
            .flatten()
            .all(|(router, _)| self.only_looks_for_tool_calls(router));
        let unbounded = around.iter().all(|it| {
            let node = graph.nodes.get(*it);
            node.is_some_and(|it| self.counts_nothing(it))
        });
        let decided = graph.routers.get(start)?.first()?.1;
        (by_model && unbounded).then(|| Cycle {
            nodes: graph.round(start),
            decided,
        })
    }

    /// The nodes of a graph, and those on the way round in it; `None` when not all are known.
    pub(super) fn graph_ways(&self, site: &Site) -> Option<Ways> {
        let graph = self.graph(site, self.project.module(site.file)?);
        if graph.open {
            return None;
        }
        let cycle = self.cycle_of(&graph);
        let by_model = cycle.is_some();
        let turns = || graph.nodes.keys().find(|it| graph.turns(it));
        let names = cycle.map(|it| it.nodes);
        let names = names.or_else(|| Some(graph.round(turns()?)));
        let goes_on = |it: &SmolStr| {
            let node = graph.nodes.get(it);
            !graph.routers.contains_key(it) && node.is_some_and(|it| self.counts_nothing(it))
        };
        let by_nothing = names.as_ref().is_some_and(|it| it.iter().all(goes_on));
        let run = |it: &SmolStr| graph.nodes.get(it).cloned();
        Some(Ways {
            round: names.map(|it| it.iter().filter_map(run).collect()),
            nodes: graph.nodes.values().cloned().collect(),
            to_the_limit: by_model || by_nothing,
        })
    }

    fn graph(&self, site: &Site, module: &Module) -> Graph {
        let mut graph = Graph::default();
        for MethodCall {
            call,
            on: value,
            name,
            ..
        } in module.method_calls()
        {
            let told = name.starts_with("add_") || name.starts_with("set_");
            if !told && name != "compile" {
                continue;
            }
            let receiver = self.value(site.file, value);
            let own = made_builder(&receiver)
                .is_some_and(|it| (it.site.file, it.site.call) == (site.file, site.call));
            if own && told {
                self.add(&mut graph, name, site.file, call);
            } else if own {
                self.interrupt(&mut graph, &Site::of(site.file, call));
            }
        }
        graph.open |= graph.nodes.len() > NODES;
        graph
    }

    /// `compile(interrupt_before=["tools"])`.
    fn interrupt(&self, graph: &mut Graph, compiled: &Site) {
        let args = self.args(compiled).unwrap_or_default();
        for name in INTERRUPTS {
            let Some(arg) = keyword(args, name) else {
                continue;
            };
            match &self.value(compiled.file, arg.value).value {
                Value::None => {}
                Value::List(list) if !list.open => {
                    let names = list.items.iter().map(|it| self.node_name(it));
                    match names.collect::<Option<Vec<_>>>() {
                        Some(names) => graph.stops.extend(names),
                        None => graph.stops_anywhere = true,
                    }
                }
                // `"*"` is all of them, and of anything else nobody knows.
                _ => graph.stops_anywhere = true,
            }
        }
    }

    fn add(&self, graph: &mut Graph, method: &str, file: FileId, call: ExprId) {
        let site = Site::of(file, call);
        let written = |at: usize, name: &str| {
            let args = self.args(&site)?;
            let arg = keyword(args, name).or_else(|| positional(args, at))?;
            Some(arg.value)
        };
        let arg = |at: usize, name: &str| {
            written(at, name).map(|it| (self.value(file, it), self.span(file, it)))
        };
        let name = |seen: &Seen| self.node_name(seen);
        match method {
            "add_node" => match (arg(0, "node"), arg(1, "action")) {
                (Some((node, _)), None) => match name(&node) {
                    Some(own) => drop(graph.nodes.insert(own, node)),
                    None => graph.open = true,
                },
                (Some((node, _)), Some((action, _))) => match name(&node) {
                    Some(own) => drop(graph.nodes.insert(own, action)),
                    None => graph.open = true,
                },
                _ => graph.open = true,
            },
            "add_edge" => match (arg(0, "start_key"), arg(1, "end_key")) {
                (Some((from, _)), Some((to, _))) => match (name(&from), name(&to)) {
                    (Some(from), Some(to)) => graph.edge(from, to),
                    // Edges from several nodes join; nothing else is written as a list.
                    _ => graph.open = true,
                },
                _ => graph.open = true,
            },
            "add_conditional_edges" => {
                let (Some((from, _)), Some((router, at))) = (arg(0, "source"), arg(1, "path"))
                else {
                    graph.open = true;
                    return;
                };
                let targets = match written(2, "path_map") {
                    Some(map) => self.targets(file, map),
                    None => self.routed(&router),
                };
                match (name(&from), targets) {
                    (Some(from), Some(targets)) => {
                        for target in targets {
                            graph.edge(from.clone(), target);
                        }
                        graph.routers.entry(from).or_default().push((router, at));
                    }
                    _ => graph.open = true,
                }
            }
            "set_entry_point" | "set_finish_point" => {}
            _ => graph.open = true,
        }
    }

    /// The name of a node: a text, an end of the graph, or the function itself.
    fn node_name(&self, seen: &Seen) -> Option<SmolStr> {
        match &seen.value {
            Value::Str(text) => Some(text.clone()),
            Value::External(path) => match path.rsplit('.').next()? {
                "END" => Some(SmolStr::new_static(END)),
                "START" => Some(SmolStr::new_static("__start__")),
                _ => None,
            },
            Value::Function(file, function, _) | Value::BoundMethod(_, file, function) => {
                let ast = &self.project.module(*file)?.ast;
                Some(ast.function(*function).name.clone())
            }
            _ => None,
        }
    }

    /// The targets that a map or a list names.
    fn targets(&self, file: FileId, map: ExprId) -> Option<Vec<SmolStr>> {
        let ast = &self.project.module(file)?.ast;
        // The keys may be anything, `END` too.
        if let ExprKind::Dict(entries) = ast.kind(map) {
            let values = entries.iter().map(|it| self.value(file, it.1));
            return values.map(|it| self.node_name(&it)).collect();
        }
        match &self.value(file, map).value {
            Value::Dict(dict) if dict.open.is_none() => {
                let targets = dict.entries.iter().map(|it| self.node_name(&it.value));
                targets.collect()
            }
            Value::List(list) if !list.open => {
                list.items.iter().map(|it| self.node_name(it)).collect()
            }
            _ => None,
        }
    }

    /// The targets that a router returns.
    fn routed(&self, router: &Seen) -> Option<Vec<SmolStr>> {
        if let Value::External(path) = &router.value {
            let known = path.ends_with(".tools_condition");
            return known.then(|| vec![SmolStr::new_static("tools"), SmolStr::new_static(END)]);
        }
        let (file, function) = function_of(router)?;
        let module = self.project.module(file)?;
        let own = module.ast.function(function);
        let mut targets = Vec::new();
        for stmt in module.ast.stmts.iter().filter(|it| it.scope == own.scope) {
            if let StmtKind::Return(Some(value)) = &stmt.kind {
                for seen in self.value(file, *value).alternatives() {
                    targets.push(self.node_name(seen)?);
                }
            }
        }
        (!targets.is_empty()).then_some(targets)
    }

    /// Whether a router looks at nothing but the tool calls of an answer.
    fn only_looks_for_tool_calls(&self, router: &Seen) -> bool {
        if let Value::External(path) = &router.value {
            return path.ends_with(".tools_condition");
        }
        let Some((file, function)) = function_of(router) else {
            return false;
        };
        let mut asks = false;
        for word in self.words_of(file, function) {
            asks |= word == "tool_calls";
            if words::bounds(word) {
                return false;
            }
        }
        asks
    }

    /// Whether a node counts nothing and asks nobody, so that it cannot end the way round.
    fn counts_nothing(&self, node: &Seen) -> bool {
        match &node.value {
            Value::Made(made) => made.path.ends_with(".ToolNode"),
            _ => function_of(node).is_some_and(|(file, function)| {
                let mut all = self.words_of(file, function).into_iter();
                all.all(|it| !words::bounds(it) && !matches!(it, "interrupt" | "Command"))
            }),
        }
    }

    /// The names, attributes and keys that a function is written with.
    fn words_of(&self, file: FileId, function: FunctionId) -> Vec<&str> {
        let Some(ast) = self.project.module(file).map(|it| &it.ast) else {
            return Vec::new();
        };
        let own = ast.stmt(ast.function(function).stmt);
        let inside = ast
            .exprs
            .iter()
            .filter(|it| own.start <= it.start && it.end <= own.end);
        let words = inside.filter_map(|it| match &it.kind {
            ExprKind::Name(text) | ExprKind::Attribute { name: text, .. } => Some(text.as_str()),
            // A key has no blank in it; a prompt or a docstring has.
            ExprKind::Str(text) if !text.contains(char::is_whitespace) => Some(text.as_str()),
            _ => None,
        });
        words.collect()
    }
}

impl Graph {
    fn edge(&mut self, from: SmolStr, to: SmolStr) {
        self.edges.entry(from).or_default().insert(to);
    }

    /// Whether edges lead from one node to another, or are the same.
    fn leads(&self, from: &str, to: &str) -> bool {
        let (mut seen, mut open) = (BTreeSet::from([from]), vec![from]);
        while let Some(at) = open.pop() {
            if at == to {
                return true;
            }
            let next = self.edges.get(at).into_iter().flatten();
            open.extend(next.map(SmolStr::as_str).filter(|it| seen.insert(it)));
        }
        false
    }

    /// Whether edges lead from a node back to it.
    fn turns(&self, node: &str) -> bool {
        let mut next = self.edges.get(node).into_iter().flatten();
        next.any(|it| self.leads(it, node))
    }

    /// The nodes of a short way from one back to itself.
    fn round(&self, start: &SmolStr) -> Vec<SmolStr> {
        let mut way = vec![start.clone()];
        let mut at = start;
        for _ in 0..NODES {
            let next = self.edges.get(at).into_iter().flatten();
            let next = next
                .into_iter()
                .find(|it| *it == start || (!way.contains(it) && self.leads(it, start)));
            match next {
                Some(next) if next != start => {
                    way.push(next.clone());
                    at = next;
                }
                _ => break,
            }
        }
        way
    }
}

fn function_of(seen: &Seen) -> Option<(FileId, FunctionId)> {
    match &seen.value {
        Value::Function(file, function, _) | Value::BoundMethod(_, file, function) => {
            Some((*file, *function))
        }
        _ => None,
    }
}
