//! What decided how long a trace took: every moment of it belongs to one span.
//!
//! It is walked from the end. At each moment the walk is in a span: where a child of it that it waited for ended before, the walk goes on
//! in the child, and the time in between is the span's own; where there is none, the rest down to the span's start is its own, and the
//! walk goes on in its parent. A child is waited for when it is over before the walk's moment; children that run beside it were not what
//! decided. Nobody waits for a consumer of a message: it is on the path only where the trace ends in it, and the time that the message lay
//! in a queue is counted to who sent it.

use super::gather::Node;
use super::tree::Tree;
use super::{CriticalStretch, SpanKind};

/// A stretch by moments, and by position in the list of nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stretch {
    node: usize,
    from: u64,
    to: u64,
}

/// The path, in the order of time. `row_of` is the position in which each node is drawn.
pub(super) fn critical_path(nodes: &[Node], tree: &Tree, row_of: &[u32]) -> Vec<CriticalStretch> {
    let Some(start) = nodes.iter().map(|node| node.start).min() else { return Vec::new() };
    let mut walk = Walk::new(nodes, tree);
    walk.run(start);
    let mut stretches = walk.stretches;
    stretches.reverse();
    let shown = |stretch: &Stretch| CriticalStretch {
        span: row_of.get(stretch.node).copied().unwrap_or(0),
        start_offset_ns: super::offset(stretch.from, start),
        duration_ns: stretch.to - stretch.from,
    };
    stretches.iter().map(shown).collect()
}

struct Walk<'a> {
    nodes: &'a [Node],
    tree: &'a Tree,
    /// Of each span its children that it may wait for, the latest end first, as far as they were not looked at.
    waited_for: Vec<std::vec::IntoIter<usize>>,
    /// What has no parent here and was not looked at; the latest start is the last.
    tops: Vec<usize>,
    moment: u64,
    /// The latest first.
    stretches: Vec<Stretch>,
}

impl<'a> Walk<'a> {
    fn new(nodes: &'a [Node], tree: &'a Tree) -> Self {
        let waited_for = (0..nodes.len()).map(|at| {
            let is_waited_for = |child: &usize| !is_asynchronous(&nodes[at], &nodes[*child]);
            let mut children: Vec<usize> = tree.children(at).iter().copied().filter(is_waited_for).collect();
            children.sort_by_key(|child| std::cmp::Reverse(nodes[*child].end()));
            children.into_iter()
        });
        let waited_for = waited_for.collect();
        Self { nodes, tree, waited_for, tops: tree.tops.clone(), moment: 0, stretches: Vec::new() }
    }

    fn run(&mut self, start: u64) {
        // Of those that end last the one nearest to a root.
        let last = (0..self.nodes.len()).max_by_key(|at| {
            (self.nodes[*at].end(), std::cmp::Reverse(self.tree.depth[*at]), std::cmp::Reverse(*at))
        });
        let Some(last) = last else { return };
        self.moment = self.nodes[last].end();
        let mut here = Some(last);
        while self.moment > start {
            here = match here.or_else(|| self.top_before()) {
                Some(at) => self.step(at),
                // Only a span that begins before all tops is left: a child whose clock is behind.
                None => {
                    let earliest = (0..self.nodes.len()).min_by_key(|at| self.nodes[*at].start);
                    earliest.into_iter().for_each(|at| self.claim(at, start));
                    return;
                }
            };
        }
    }

    /// Where the walk goes from a span; none when it has come to its top's start.
    fn step(&mut self, at: usize) -> Option<usize> {
        let moment = self.moment;
        let waited = self.waited_for[at]
            .find(|child| self.nodes[*child].end() <= moment && self.nodes[*child].start < moment);
        match waited {
            Some(child) => {
                self.claim(at, self.nodes[child].end());
                Some(child)
            }
            None => {
                self.claim(at, self.nodes[at].start);
                self.tree.parent[at]
            }
        }
    }

    /// The last top that begins before the walk's moment: where nothing says what came before, what was there counts.
    fn top_before(&mut self) -> Option<usize> {
        while let Some(top) = self.tops.pop() {
            if self.nodes[top].start < self.moment {
                return Some(top);
            }
        }
        None
    }

    /// The time from a moment on until the walk's is a span's own.
    fn claim(&mut self, node: usize, from: u64) {
        if from >= self.moment {
            return;
        }
        let to = std::mem::replace(&mut self.moment, from);
        match self.stretches.last_mut().filter(|last| last.node == node) {
            Some(last) => last.from = from,
            None => self.stretches.push(Stretch { node, from, to }),
        }
    }
}

/// Whether a parent goes on without waiting for a child: it sent a message.
pub(super) fn is_asynchronous(parent: &Node, child: &Node) -> bool {
    child.kind == SpanKind::Consumer || parent.kind == SpanKind::Producer
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn node(id: u64, parent: u64, start: u64, end: u64) -> Node {
        Node { id, parent, start, end, ..Node::default() }
    }

    fn path(nodes: &[Node]) -> Vec<(u64, i64, u64)> {
        let row_of: Vec<u32> = (0..).take(nodes.len()).collect();
        let stretches = critical_path(nodes, &Tree::of(nodes), &row_of);
        let one = |stretch: &CriticalStretch| {
            (nodes[stretch.span as usize].id, stretch.start_offset_ns, stretch.duration_ns)
        };
        stretches.iter().map(one).collect()
    }

    #[test]
    fn a_parent_s_time_is_its_own_where_no_child_decides() {
        let nodes = [node(1, 0, 0, 100), node(2, 1, 10, 40), node(3, 1, 50, 90)];
        assert_eq!(path(&nodes), [(1, 0, 10), (2, 10, 30), (1, 40, 10), (3, 50, 40), (1, 90, 10)]);
    }

    #[test]
    fn of_children_side_by_side_the_last_one_to_end_decides() {
        let nodes = [node(1, 0, 0, 100), node(2, 1, 10, 60), node(3, 1, 10, 90)];
        assert_eq!(path(&nodes), [(1, 0, 10), (3, 10, 80), (1, 90, 10)]);
    }

    #[test]
    fn a_message_s_time_in_the_queue_is_its_sender_s() {
        let mut consumer = node(3, 2, 80, 120);
        consumer.kind = SpanKind::Consumer;
        let nodes = [node(1, 0, 0, 50), node(2, 1, 10, 20), consumer];
        assert_eq!(path(&nodes), [(1, 0, 10), (2, 10, 70), (3, 80, 40)]);
    }

    #[test]
    fn nobody_waits_for_a_consumer_that_ends_before_the_trace_does() {
        let mut consumer = node(2, 1, 10, 60);
        consumer.kind = SpanKind::Consumer;
        assert_eq!(path(&[node(1, 0, 0, 100), consumer]), [(1, 0, 100)]);
    }

    #[test]
    fn what_comes_before_the_last_top_belongs_to_the_top_before_it() {
        assert_eq!(path(&[node(1, 0, 0, 10), node(2, 0, 30, 40)]), [(1, 0, 30), (2, 30, 10)]);
        assert_eq!(path(&[node(1, 0, 10, 40), node(2, 1, 0, 20)]), [(2, 0, 20), (1, 20, 20)]);
    }

    proptest! {
        #[test]
        fn every_moment_of_a_trace_belongs_to_one_span(
            spans in proptest::collection::vec((1_u64..15, 0_u64..15, 0_u64..100, 0_u64..50, 0_u8..6), 1..40)
        ) {
            let kinds = [SpanKind::Internal, SpanKind::Server, SpanKind::Client, SpanKind::Producer, SpanKind::Consumer];
            let nodes: Vec<Node> = spans
                .into_iter()
                .map(|(id, parent, start, length, kind)| Node {
                    kind: kinds.get(usize::from(kind)).copied().unwrap_or_default(),
                    // One kind of spans ends before it begins.
                    end: if kind == 5 { start.saturating_sub(length) } else { start + length },
                    ..node(id, parent, start, 0)
                })
                .collect();
            let start = nodes.iter().map(|node| node.start).min().unwrap();
            let end = nodes.iter().map(Node::end).max().unwrap();
            let mut moment = 0;
            for (_, offset, duration) in path(&nodes) {
                prop_assert_eq!(offset, moment);
                prop_assert!(duration > 0);
                moment += i64::try_from(duration).unwrap();
            }
            prop_assert_eq!(moment, i64::try_from(end - start).unwrap());
        }
    }
}
