//! Scalars, lists and maps with the places they were written at, whatever the format.
//!
//! An alias is the node it means and never a copy, so a small text cannot grow into a large tree.

use std::ops::Range;

use smol_str::SmolStr;

use super::offset;

/// How deep a tree can be; what lies deeper was written by nobody.
const DEEPEST: usize = 200;

/// How many entries a map has once everything is merged into it; more is an attack.
const MOST_ENTRIES: usize = 10_000;

/// One node of a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(u32);

/// What a text says, as one node for each of its documents.
#[derive(Debug, Default, Clone)]
pub struct Tree {
    nodes: Vec<Node>,
    documents: Vec<NodeId>,
    /// The comments in their order.
    pub comments: Vec<Range<u32>>,
    /// Where placeholders of a template stand alone on their lines, so that nobody can tell what
    /// the map around them holds.
    pub holes: Vec<Range<u32>>,
    /// Where reading stopped, and why.
    pub fault: Option<(u32, String)>,
}

#[derive(Debug, Clone)]
struct Node {
    bytes: Range<u32>,
    kind: Kind,
}

#[derive(Debug, Clone)]
enum Kind {
    Scalar(SmolStr, Scalar),
    List(Vec<NodeId>),
    Map(Vec<(NodeId, NodeId)>),
}

/// What a scalar means.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scalar {
    /// Nothing.
    Null,
    /// `true` or `false`, also `yes` and `off` where YAML 1.1 reads them so.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// Text.
    Text,
    /// Text in which no variable is expanded.
    Verbatim,
    /// Text with a part that a template fills in; the text is as it is written.
    Template,
}

/// A node with the tree it belongs to.
#[derive(Debug, Clone, Copy)]
pub struct View<'t> {
    tree: &'t Tree,
    node: NodeId,
}

impl Tree {
    /// The documents in their order; a format that knows no documents has at most one.
    pub fn documents(&self) -> impl Iterator<Item = View<'_>> {
        self.documents.iter().map(|it| self.view(*it))
    }

    /// The first document.
    #[must_use]
    pub fn root(&self) -> Option<View<'_>> {
        self.documents().next()
    }

    /// The tree with the values put in that `fill` gives for the placeholders of a template; `None`
    /// when it gives none.
    #[must_use]
    pub fn filled(&self, fill: &dyn Fn(&str) -> Option<SmolStr>) -> Option<Self> {
        let values = self.nodes.iter().enumerate().filter_map(|(at, node)| {
            let Kind::Scalar(text, Scalar::Template) = &node.kind else {
                return None;
            };
            Some((at, fill(text)?))
        });
        let values: Vec<(usize, SmolStr)> = values.collect();
        let mut tree = (!values.is_empty()).then(|| self.clone())?;
        for (at, value) in values {
            tree.nodes[at].kind = Kind::Scalar(value, Scalar::Text);
        }
        Some(tree)
    }

    fn view(&self, node: NodeId) -> View<'_> {
        View { tree: self, node }
    }

    fn node(&self, node: NodeId) -> &Node {
        &self.nodes[node.0 as usize]
    }

    /// The bytes of the smallest entry or item that holds an offset; of one that holds others,
    /// only what stands before them. Before an item of a list, as its `-` does, it is the first one of
    /// the item; else `None` between entries.
    #[must_use]
    pub fn statement_at(&self, at: u32) -> Option<Range<u32>> {
        let parts = || self.nodes.iter().flat_map(|it| self.statements_of(it));
        let own = parts().filter(|it| it.contains(&at)).min_by_key(Range::len);
        own.or_else(|| {
            let lists = self
                .nodes
                .iter()
                .filter(|it| matches!(it.kind, Kind::List(_)));
            let around = lists.map(|it| &it.bytes).filter(|it| it.contains(&at));
            let around = around.min_by_key(|it| it.len())?;
            let behind = parts().filter(|it| it.start > at && it.start < around.end);
            behind.min_by_key(|it| it.start)
        })
    }

    /// The statements that a list or a map consists of.
    fn statements_of(&self, node: &Node) -> Vec<Range<u32>> {
        match &node.kind {
            Kind::Scalar(..) => Vec::new(),
            Kind::List(items) => items.iter().filter_map(|it| self.own_item(*it)).collect(),
            Kind::Map(entries) => entries.iter().map(|it| self.own_entry(*it)).collect(),
        }
    }

    /// A scalar item; the others have statements of their own.
    fn own_item(&self, item: NodeId) -> Option<Range<u32>> {
        let node = self.node(item);
        matches!(node.kind, Kind::Scalar(..)).then(|| node.bytes.clone())
    }

    fn own_entry(&self, (key, value): (NodeId, NodeId)) -> Range<u32> {
        let (key, value) = (self.node(key), self.node(value));
        let end = match value.kind {
            Kind::Scalar(..) => value.bytes.end,
            _ => key.bytes.end,
        };
        key.bytes.start..end.max(key.bytes.end)
    }
}

impl<'t> View<'t> {
    /// Where it stands.
    #[must_use]
    pub fn bytes(self) -> Range<u32> {
        self.tree.node(self.node).bytes.clone()
    }

    /// The text of a scalar as it is written, without its quotes; `None` for nothing, for a text
    /// with a template's placeholder, and for lists and maps.
    #[must_use]
    pub fn text(self) -> Option<&'t str> {
        match &self.tree.node(self.node).kind {
            Kind::Scalar(_, Scalar::Null | Scalar::Template) => None,
            Kind::Scalar(text, _) => Some(text),
            _ => None,
        }
    }

    /// The text with a template's placeholder in it.
    #[must_use]
    pub fn template(self) -> Option<&'t str> {
        match &self.tree.node(self.node).kind {
            Kind::Scalar(text, Scalar::Template) => Some(text),
            _ => None,
        }
    }

    /// What a scalar means; `None` for lists and maps.
    #[must_use]
    pub fn scalar(self) -> Option<Scalar> {
        match self.tree.node(self.node).kind {
            Kind::Scalar(_, scalar) => Some(scalar),
            _ => None,
        }
    }

    /// Whether it is a map.
    #[must_use]
    pub fn is_map(self) -> bool {
        matches!(self.tree.node(self.node).kind, Kind::Map(_))
    }

    /// Whether it is a list.
    #[must_use]
    pub fn is_list(self) -> bool {
        matches!(self.tree.node(self.node).kind, Kind::List(_))
    }

    /// Whether a template adds something to it that nobody can tell.
    #[must_use]
    pub fn is_open(self) -> bool {
        let bytes = self.bytes();
        let holes = &self.tree.holes;
        let first = holes.partition_point(|it| it.start < bytes.start);
        // A hole behind the last entry belongs to the map as much as one between two.
        let next = |hole: &Range<u32>| hole.start <= self.tree.next_start(bytes.end);
        holes.get(first).is_some_and(next)
    }

    /// The items of a list; none for anything else.
    pub fn items(self) -> impl Iterator<Item = View<'t>> {
        let items = match &self.tree.node(self.node).kind {
            Kind::List(items) => items.as_slice(),
            _ => &[],
        };
        items.iter().map(move |it| self.tree.view(*it))
    }

    /// The value of a key, also of one that is merged in; the last one, when it is there twice.
    #[must_use]
    pub fn get(self, key: &str) -> Option<View<'t>> {
        let mut open = vec![self];
        let mut seen = Vec::new();
        while let Some(map) = open.pop() {
            if seen.contains(&map.node) {
                continue;
            }
            seen.push(map.node);
            let own = map.own_entries();
            let found = own.iter().rev().find(|it| it.0.text() == Some(key));
            if let Some((_, value)) = found {
                return Some(*value);
            }
            open.extend(map.merged().into_iter().rev());
        }
        None
    }

    /// The value below several keys.
    #[must_use]
    pub fn at(self, keys: &[&str]) -> Option<View<'t>> {
        keys.iter().try_fold(self, |it, key| it.get(key))
    }

    /// Keys and values of a map, in the order of the text, with what is merged in behind them.
    #[must_use]
    pub fn entries(self) -> Vec<(View<'t>, View<'t>)> {
        let mut found: Vec<(View<'t>, View<'t>)> = Vec::new();
        let mut names = rustc_hash::FxHashSet::default();
        let mut open = vec![self];
        let mut seen = Vec::new();
        while let Some(map) = open.pop() {
            if seen.contains(&map.node) || found.len() > MOST_ENTRIES {
                continue;
            }
            seen.push(map.node);
            let own = map.own_entries();
            let known = names.clone();
            for (key, value) in own {
                if key.text().is_some_and(|it| known.contains(it)) {
                    continue;
                }
                names.extend(key.text());
                found.push((key, value));
            }
            open.extend(map.merged().into_iter().rev());
        }
        found
    }

    /// The entries that are written here; `<<` is none.
    fn own_entries(self) -> Vec<(View<'t>, View<'t>)> {
        let Kind::Map(entries) = &self.tree.node(self.node).kind else {
            return Vec::new();
        };
        let views = entries
            .iter()
            .map(|(key, value)| (self.tree.view(*key), self.tree.view(*value)));
        views.filter(|(key, _)| key.text() != Some("<<")).collect()
    }

    /// What `<<` names, in its order.
    fn merged(self) -> Vec<View<'t>> {
        let Kind::Map(entries) = &self.tree.node(self.node).kind else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for (key, value) in entries {
            if self.tree.view(*key).text() == Some("<<") {
                let value = self.tree.view(*value);
                if value.is_list() {
                    found.extend(value.items());
                } else {
                    found.push(value);
                }
            }
        }
        found
    }
}

impl Tree {
    /// Where the next node begins behind an offset.
    fn next_start(&self, at: u32) -> u32 {
        // Nodes are made in the order in which they begin.
        let next = self.nodes.partition_point(|it| it.bytes.start <= at);
        self.nodes.get(next).map_or(u32::MAX, |it| it.bytes.start)
    }
}

/// Builds a tree from the inside of a parser, without recursion.
#[derive(Debug, Default)]
pub(super) struct Builder {
    tree: Tree,
    open: Vec<Open>,
}

#[derive(Debug)]
struct Open {
    node: NodeId,
    /// The key that waits for its value; `None` in a list.
    key: Option<NodeId>,
}

/// A text that is nested too deeply to have been written by anybody.
#[derive(Debug)]
pub(super) struct TooDeep;

impl Builder {
    /// Begins a list.
    pub(super) fn list(&mut self, start: u32) -> Result<NodeId, TooDeep> {
        self.begin(start, Kind::List(Vec::new()))
    }

    /// Begins a map, whose children are keys and values in turn.
    pub(super) fn map(&mut self, start: u32) -> Result<NodeId, TooDeep> {
        self.begin(start, Kind::Map(Vec::new()))
    }

    fn begin(&mut self, start: u32, kind: Kind) -> Result<NodeId, TooDeep> {
        if self.open.len() >= DEEPEST {
            return Err(TooDeep);
        }
        let node = self.push(start..start, kind);
        self.open.push(Open { node, key: None });
        Ok(node)
    }

    /// Ends the innermost list or map.
    pub(super) fn end(&mut self, end: u32) {
        if let Some(open) = self.open.pop() {
            self.tree.nodes[open.node.0 as usize].bytes.end = end;
            self.add(open.node);
        }
    }

    /// Adds a scalar.
    pub(super) fn scalar(&mut self, bytes: Range<u32>, text: &str, scalar: Scalar) -> NodeId {
        let node = self.push(bytes, Kind::Scalar(text.into(), scalar));
        self.add(node);
        node
    }

    /// Adds a node that stands elsewhere in the tree.
    pub(super) fn alias(&mut self, node: NodeId) {
        self.add(node);
    }

    /// Looks for `#` outside of scalars, once all of these are there.
    pub(super) fn find_comments(&mut self, text: &str) {
        let scalars = self.tree.nodes.iter().filter_map(|it| {
            let is_scalar = matches!(it.kind, Kind::Scalar(..)) && !it.bytes.is_empty();
            is_scalar.then(|| it.bytes.clone())
        });
        let mut scalars: Vec<Range<u32>> = scalars.collect();
        scalars.sort_by_key(|it| it.start);
        self.tree.comments = comments(text, &scalars);
    }

    /// Says where placeholders of a template stand alone on their lines.
    pub(super) fn holes(&mut self, holes: Vec<Range<u32>>) {
        self.tree.holes = holes;
    }

    /// The tree, with what was complete when reading stopped.
    pub(super) fn finish(mut self, fault: Option<(u32, String)>) -> Tree {
        let at = fault.as_ref().map_or(0, |it| it.0);
        while !self.open.is_empty() {
            self.end(at);
        }
        self.tree.fault = fault;
        self.tree
    }

    fn push(&mut self, bytes: Range<u32>, kind: Kind) -> NodeId {
        let id = u32::try_from(self.tree.nodes.len()).expect("a text has fewer nodes than bytes");
        self.tree.nodes.push(Node { bytes, kind });
        NodeId(id)
    }

    /// Hands a finished node to what is open around it.
    fn add(&mut self, node: NodeId) {
        let Some(open) = self.open.last_mut() else {
            self.tree.documents.push(node);
            return;
        };
        match &mut self.tree.nodes[open.node.0 as usize].kind {
            Kind::List(items) => items.push(node),
            Kind::Map(entries) => match open.key.take() {
                Some(key) => entries.push((key, node)),
                None => open.key = Some(node),
            },
            Kind::Scalar(..) => {}
        }
    }
}

/// What `#` opens at the begin of a line or behind a blank, up to the line's end, outside of
/// `scalars`, which are in the order of the text.
pub(super) fn comments(text: &str, scalars: &[Range<u32>]) -> Vec<Range<u32>> {
    let mut found = Vec::new();
    let (mut end, mut next) = (0, 0);
    for at in memchr::memchr_iter(b'#', text.as_bytes()) {
        let opens = at == 0 || text.as_bytes()[at - 1].is_ascii_whitespace();
        let start = offset(at);
        while scalars.get(next).is_some_and(|it| it.end <= start) {
            next += 1;
        }
        let inside = scalars.get(next).is_some_and(|it| it.contains(&start));
        if opens && !inside && start >= end {
            let line = memchr::memchr2(b'\n', b'\r', &text.as_bytes()[at..]);
            end = line.map_or(offset(text.len()), |it| start + offset(it));
            found.push(start..end);
        }
    }
    found
}
