//! From spans to calls.
//!
//! A span that answers (server, consumer) and has its parent in another service is a call from there. A message is one as well where the
//! consumer only links to the producer. Client and producer spans that nobody answered talk to something that tells nothing; it gets
//! a node by what they say about it. A client span around another one, such as a driver's below a library's, says nothing of its own.

use super::NodeKind;
use super::graph::{Graph, Node};
use super::links::{Open, OpenEnds};
use super::peers::{Keys, Peer};
use crate::query::filter::{Filter, Rows};
use crate::query::{SpanKind, SpanStatus};
use crate::store::window::segment::Segment;
use crate::store::window::{SegmentRef, TimeRange};
use foldhash::fast::RandomState;
use hashbrown::HashMap;

/// Walks through all segments, then looks for what is in two of them, then for what nobody answered. Answers whether it was all.
pub(super) fn scan(segments: &[SegmentRef], filter: &Filter, range: TimeRange) -> (Graph, bool) {
    let mut graph = Graph::new();
    let mut open = OpenEnds::default();
    let mut marks: Vec<Marks> = Vec::with_capacity(segments.len());
    for (position, segment) in segments.iter().enumerate() {
        let segment = segment.read();
        let mut of_segment = Marks::new(&segment, filter, range);
        Walk {
            position,
            segment: &segment,
            services: services(&segment, &mut graph),
            graph: &mut graph,
            marks: &mut of_segment,
            open: &mut open,
        }
        .run();
        marks.push(of_segment);
    }
    let all = !open.too_many;
    open.resolve(segments, &mut marks, &mut graph);
    for (segment, marks) in segments.iter().zip(&marks) {
        unanswered(&segment.read(), marks, &mut graph);
    }
    (graph, all)
}

/// The node of each of a segment's resources.
fn services(segment: &Segment, graph: &mut Graph) -> Vec<Node> {
    let resources = 0..segment.resources.all().len() as u32;
    resources.map(|resource| graph.node(NodeKind::Service, segment.service(resource))).collect()
}

/// What is known of a segment's spans.
pub(super) struct Marks {
    meant: Rows,
    /// Client and producer spans that somebody answered, or that are around another one; consumers whose sender is known.
    answered: Vec<bool>,
}

impl Marks {
    fn new(segment: &Segment, filter: &Filter, range: TimeRange) -> Self {
        Self { meant: filter.spans(segment, range), answered: vec![false; segment.spans.len()] }
    }

    pub(super) fn meant(&self, row: u32) -> bool {
        self.meant.has(row)
    }

    pub(super) fn answer(&mut self, row: u32) {
        // What came since the segment was walked through is not looked at.
        if let Some(answered) = self.answered.get_mut(row as usize) {
            *answered = true;
        }
    }
}

/// One side of a call.
#[derive(Debug, Clone, Copy)]
pub(super) struct Side {
    pub(super) service: Node,
    pub(super) kind: SpanKind,
    duration: u64,
    error: bool,
    meant: bool,
}

impl Side {
    pub(super) fn of(segment: &Segment, row: u32, service: Node, meant: bool) -> Self {
        let at = row as usize;
        let error = segment.spans.status[at] == SpanStatus::Error;
        Self { service, kind: segment.spans.kind[at], duration: segment.spans.duration(row), error, meant }
    }

    /// Counts the call from this side to the other.
    pub(super) fn call(&self, to: &Self, graph: &mut Graph) {
        let asks = matches!(self.kind, SpanKind::Client | SpanKind::Producer);
        let answers = matches!(to.kind, SpanKind::Server | SpanKind::Consumer);
        let within = self.service == to.service && !asks;
        if !answers || within || !(self.meant || to.meant) {
            return;
        }
        let messages = self.kind == SpanKind::Producer || to.kind == SpanKind::Consumer;
        // Who does not ask with a span of its own has not seen how long it took.
        let duration = if asks { self.duration } else { to.duration };
        graph.add_edge(self.service, to.service, messages, duration, self.error || to.error);
    }

    /// Whether this span is the one that a parent of such a kind and service has waited for.
    pub(super) fn belongs_to(&self, parent: SpanKind, service: Node) -> bool {
        match self.kind {
            SpanKind::Server | SpanKind::Consumer => true,
            SpanKind::Client | SpanKind::Producer => parent == self.kind && service == self.service,
            _ => false,
        }
    }
}

/// The walk through a segment.
struct Walk<'a> {
    /// The segment's position.
    position: usize,
    segment: &'a Segment,
    services: Vec<Node>,
    graph: &'a mut Graph,
    marks: &'a mut Marks,
    open: &'a mut OpenEnds,
}

impl Walk<'_> {
    fn run(&mut self) {
        for row in 0..self.segment.spans.len() as u32 {
            let at = row as usize;
            let side = self.side(row);
            let (kind, parent) = (side.kind, self.segment.spans.parent[at]);
            let answers = matches!(kind, SpanKind::Server | SpanKind::Consumer);
            if side.meant && answers {
                self.graph.add_answer(side.service, side.duration, side.error);
            } else if side.meant && parent == 0 {
                self.graph.add_root(side.service, side.duration, side.error);
            }
            if kind == SpanKind::Internal || kind == SpanKind::Unspecified {
                continue;
            }
            if parent != 0 {
                self.parent(row, side);
            }
            if kind == SpanKind::Consumer {
                self.links(row, side);
            }
        }
    }

    fn side(&self, row: u32) -> Side {
        let service = self.services[self.segment.spans.resource[row as usize] as usize];
        Side::of(self.segment, row, service, self.marks.meant(row))
    }

    fn parent(&mut self, row: u32, side: Side) {
        let spans = &self.segment.spans;
        match spans.parent_row(row) {
            Some(parent) => {
                let caller = self.side(parent);
                caller.call(&side, self.graph);
                if side.belongs_to(caller.kind, caller.service) {
                    self.marks.answer(parent);
                }
                if side.kind == SpanKind::Consumer && caller.kind == SpanKind::Producer {
                    self.marks.answer(row);
                }
            }
            None => {
                let trace = spans.trace[row as usize];
                if self.segment.traces.get(trace).is_some_and(|part| part.is_shared()) {
                    let span = spans.parent[row as usize];
                    let trace = self.segment.trace_id(trace);
                    self.open.note(Open { trace, span, side, home: (self.position, row) });
                }
            }
        }
    }

    /// Senders that a consumer links to without being their child.
    fn links(&mut self, row: u32, side: Side) {
        let parent = self.segment.spans.parent[row as usize];
        for link in self.segment.spans.links_of(row).iter().filter(|link| link.id != parent) {
            match self.segment.find_span(link.trace, link.id) {
                Some(sender) => {
                    self.side(sender).call(&side, self.graph);
                    self.marks.answer(sender);
                    self.marks.answer(row);
                }
                None => {
                    let home = (self.position, row);
                    self.open.note(Open { trace: link.trace, span: link.id, side, home });
                }
            }
        }
    }
}

/// Client and producer spans that nobody answered, and consumers whose sender nobody knows.
fn unanswered(segment: &Segment, marks: &Marks, graph: &mut Graph) {
    let keys = Keys::of(segment);
    let services = services(segment, graph);
    let mut peers: HashMap<Peer, Node, RandomState> = HashMap::default();
    for (row, answered) in (0..).zip(&marks.answered) {
        let at = row as usize;
        let kind = segment.spans.kind[at];
        let asks = matches!(kind, SpanKind::Client | SpanKind::Producer);
        if *answered || !(asks || kind == SpanKind::Consumer) || !marks.meant(row) {
            continue;
        }
        let Some(peer) = keys.peer(segment.spans.attributes.of(row)) else {
            continue;
        };
        let side = Side::of(segment, row, services[segment.spans.resource[at] as usize], true);
        let messages = kind == SpanKind::Producer || peer.kind == NodeKind::Messaging;
        let mut node = || *peers.entry(peer).or_insert_with(|| graph.node(peer.kind, &peer.name(segment)));
        if asks {
            let to = node();
            graph.add_peer_edge(side.service, to, messages, side.duration, side.error);
        } else if peer.kind == NodeKind::Messaging {
            let from = node();
            graph.add_edge(from, side.service, messages, side.duration, side.error);
        }
    }
}
