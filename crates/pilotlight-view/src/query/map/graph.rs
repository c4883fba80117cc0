//! Nodes and edges, as they are counted.

use super::{Edge, MapNode, NodeKind, ServiceMap};
use crate::query::sketch::Sketch;
use crate::store::metrics::distinct::Distinct;
use foldhash::{fast, quality};
use hashbrown::HashMap;
use std::hash::BuildHasher;

/// A node's position.
pub(super) type Node = u32;

/// Nodes and edges.
pub(super) struct Graph {
    positions: HashMap<(NodeKind, String), Node, fast::RandomState>,
    nodes: Vec<NodeTally>,
    edges: HashMap<(Node, Node, bool), EdgeTally, fast::RandomState>,
    /// Nodes that were folded into one.
    folded: Distinct,
    /// Edges beyond [`EDGES_MAX`].
    edges_left_out: Distinct,
    /// Of what is only counted, which takes hashes of which all bits are good.
    hasher: quality::RandomState,
}

#[derive(Default)]
struct NodeTally {
    /// Spans that answer.
    answers: EdgeTally,
    /// Roots, which count where nothing answers.
    roots: EdgeTally,
}

#[derive(Default)]
struct EdgeTally {
    errors: u64,
    sketch: Sketch,
}

/// Nodes of a map. More can neither be drawn nor read; all others are one.
const NODES_MAX: usize = 500;
/// Edges of a map, each with a sketch of some hundred bytes. Those of further pairs are only counted.
const EDGES_MAX: usize = 5_000;
/// What the others are called.
const OTHERS: &str = "others";

impl Graph {
    pub(super) fn new() -> Self {
        Self {
            positions: HashMap::default(),
            nodes: Vec::new(),
            edges: HashMap::default(),
            folded: Distinct::default(),
            edges_left_out: Distinct::default(),
            hasher: quality::RandomState::default(),
        }
    }

    /// The node of this kind and name.
    pub(super) fn node(&mut self, kind: NodeKind, name: &str) -> Node {
        let key = (kind, name.to_owned());
        if let Some(position) = self.positions.get(&key) {
            return *position;
        }
        let key = if self.nodes.len() + 1 >= NODES_MAX {
            self.folded.add(self.hasher.hash_one(&key));
            (NodeKind::External, OTHERS.to_owned())
        } else {
            key
        };
        let Self { positions, nodes, .. } = self;
        *positions.entry(key).or_insert_with(|| {
            nodes.push(NodeTally::default());
            nodes.len() as Node - 1
        })
    }

    /// A span that answers.
    pub(super) fn add_answer(&mut self, node: Node, duration: u64, error: bool) {
        self.nodes[node as usize].answers.add(duration, error);
    }

    /// A span without a parent.
    pub(super) fn add_root(&mut self, node: Node, duration: u64, error: bool) {
        self.nodes[node as usize].roots.add(duration, error);
    }

    /// A call or a message.
    pub(super) fn add_edge(&mut self, from: Node, to: Node, messages: bool, duration: u64, error: bool) {
        let ends = (from, to, messages);
        if self.edges.len() >= EDGES_MAX && !self.edges.contains_key(&ends) {
            self.edges_left_out.add(self.hasher.hash_one(ends));
            return;
        }
        self.edges.entry(ends).or_default().add(duration, error);
    }

    /// What peers do is what is asked of them.
    pub(super) fn add_peer_edge(&mut self, from: Node, to: Node, messages: bool, duration: u64, error: bool) {
        self.add_edge(from, to, messages, duration, error);
        self.add_answer(to, duration, error);
    }

    pub(super) fn into_map(self, (from_ms, to_ms): (f64, f64), complete: bool) -> ServiceMap {
        // Of a moment, nobody knows a rate: it is taken for a second.
        let seconds = ((to_ms - from_ms) / 1e3).max(1.0);
        let mut ids = vec![String::new(); self.nodes.len()];
        let mut nodes = Vec::with_capacity(self.nodes.len());
        for ((kind, name), position) in self.positions {
            let id = id(kind, &name);
            let others = kind == NodeKind::External && name == OTHERS && self.folded.count() > 0;
            let name = if others { format!("{} {OTHERS}", self.folded.count()) } else { name };
            nodes.push(self.nodes[position as usize].finish(id.clone(), name, kind, seconds));
            ids[position as usize] = id;
        }
        nodes.sort_by(|a, b| a.id.cmp(&b.id));
        let mut edges: Vec<Edge> = self
            .edges
            .into_iter()
            .map(|((from, to, messages), tally)| {
                let (from, to) = (ids[from as usize].clone(), ids[to as usize].clone());
                tally.finish(from, to, messages, seconds)
            })
            .collect();
        edges.sort_by(|a, b| (&a.from, &a.to, a.messages).cmp(&(&b.from, &b.to, b.messages)));
        let edges_left_out = self.edges_left_out.count();
        ServiceMap { nodes, edges, edges_left_out, from_ms, to_ms, complete }
    }
}

fn id(kind: NodeKind, name: &str) -> String {
    let prefix = match kind {
        NodeKind::Service => "service",
        NodeKind::Database => "database",
        NodeKind::Messaging => "messaging",
        NodeKind::External => "host",
    };
    format!("{prefix}:{name}")
}

impl NodeTally {
    fn finish(&self, id: String, name: String, kind: NodeKind, seconds: f64) -> MapNode {
        let tally = if self.answers.sketch.count() > 0 { &self.answers } else { &self.roots };
        MapNode {
            id,
            name,
            kind,
            count: tally.sketch.count(),
            rate: tally.sketch.count() as f64 / seconds,
            errors: tally.errors,
            p95_ms: tally.sketch.quantile_ms(0.95).unwrap_or_default(),
        }
    }
}

impl EdgeTally {
    fn add(&mut self, duration: u64, error: bool) {
        self.errors += u64::from(error);
        self.sketch.add(duration);
    }

    fn finish(&self, from: String, to: String, messages: bool, seconds: f64) -> Edge {
        let quantile = |quantile| self.sketch.quantile_ms(quantile).unwrap_or_default();
        Edge {
            from,
            to,
            count: self.sketch.count(),
            rate: self.sketch.count() as f64 / seconds,
            errors: self.errors,
            p50_ms: quantile(0.5),
            p95_ms: quantile(0.95),
            messages,
        }
    }
}
