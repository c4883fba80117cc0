//! A trace as a waterfall: rows in the order in which they are drawn.

use super::gather::{Gathered, Node};
use super::tree::Tree;
use super::{EventMark, SpanRow, Trace, TraceLog};
use super::{critical, faults, times};
use crate::query::{UnixNano, ids};
use std::collections::HashMap;

/// Lays it out. `linked` says how many links lead to a span, `now` which times are in the future.
pub(super) fn lay_out(id: u128, gathered: Gathered, linked: &HashMap<u64, u32>, now: u64) -> Trace {
    let Gathered { nodes, services, logs, spans_left_out, logs_left_out, .. } = gathered;
    let tree = Tree::of(&nodes);
    let start =
        nodes.iter().map(|node| node.start).min().or(logs.first().map(|(time, _)| *time)).unwrap_or(0);
    let end = nodes.iter().map(Node::end).max().unwrap_or(start);
    let row_of = rows_of(&tree);
    let row = |at: &usize| Row { nodes: &nodes, tree: &tree, row_of: &row_of, linked, start }.draw(*at);
    let spans: Vec<SpanRow> = tree.order.iter().map(row).collect();
    let in_order: Vec<&Node> = tree.order.iter().map(|at| &nodes[*at]).collect();
    let by_id = first_rows(&in_order);
    let logs = logs.into_iter().map(|(time, log)| {
        let span =
            log.span_id.as_deref().and_then(|id| ids::span(id).ok()).and_then(|id| by_id.get(&id).copied());
        TraceLog { log, span, offset_ns: super::offset(time, start) }
    });
    Trace {
        trace_id: ids::trace_text(id).unwrap_or_default(),
        start: UnixNano(start),
        duration_ns: end - start,
        services,
        logs: logs.collect(),
        critical_path: critical::critical_path(&nodes, &tree, &row_of),
        faults: faults::faults(&in_order, &tree, &spans, now),
        spans,
        spans_left_out,
        logs_left_out,
    }
}

/// The row of each node.
fn rows_of(tree: &Tree) -> Vec<u32> {
    let mut rows = vec![0; tree.order.len()];
    for (row, at) in (0..).zip(&tree.order) {
        rows[*at] = row;
    }
    rows
}

/// The row of each id; of several spans with one id the first that is drawn.
fn first_rows(in_order: &[&Node]) -> HashMap<u64, u32> {
    let mut rows = HashMap::with_capacity(in_order.len());
    for (row, node) in (0..).zip(in_order) {
        rows.entry(node.id).or_insert(row);
    }
    rows
}

struct Row<'a> {
    nodes: &'a [Node],
    tree: &'a Tree,
    row_of: &'a [u32],
    linked: &'a HashMap<u64, u32>,
    start: u64,
}

impl Row<'_> {
    fn draw(&self, at: usize) -> SpanRow {
        let node = &self.nodes[at];
        let mark = |(time, mark): &(u64, EventMark)| EventMark {
            offset_ns: super::offset(*time, self.start),
            ..mark.clone()
        };
        SpanRow {
            span_id: ids::span_text(node.id).unwrap_or_default(),
            parent_span_id: ids::span_text(node.parent),
            parent: self.tree.parent[at].map(|parent| self.row_of[parent]),
            depth: self.tree.depth[at],
            name: node.name.clone(),
            service: node.service,
            kind: node.kind,
            status: node.status,
            status_message: node.status_message.clone(),
            start_offset_ns: super::offset(node.start, self.start),
            duration_ns: node.end() - node.start,
            self_time_ns: times::self_time(self.nodes, self.tree, at),
            events: node.events.iter().map(mark).collect(),
            links: node.links,
            linked_from: self.linked.get(&node.id).copied().unwrap_or(0),
            placement: self.tree.placement[at],
            skew_ns: times::skew(self.nodes, self.tree, at),
        }
    }
}
