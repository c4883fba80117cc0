//! Who is whose child: parents by their ids, what has none, what is its own ancestor, what has an id that is taken. Everything here goes
//! along lists and never calls itself: a trace may be as deep as it has spans.

use super::Placement;
use super::gather::Node;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// The form of a trace.
#[derive(Debug)]
pub(super) struct Tree {
    /// The span that each one is drawn below, by position in the list of nodes.
    pub(super) parent: Vec<Option<usize>>,
    /// Whether each one is where it says it belongs.
    pub(super) placement: Vec<Placement>,
    /// Depth first, siblings by their start.
    pub(super) order: Vec<usize>,
    /// How deep each one is, by position in the list of nodes.
    pub(super) depth: Vec<u32>,
    /// Children of each one by their start, as ranges of `children`.
    ranges: Vec<std::ops::Range<usize>>,
    children: Vec<usize>,
    /// What has no parent here, by start.
    pub(super) tops: Vec<usize>,
}

impl Tree {
    /// Of spans in the order in which they came.
    pub(super) fn of(nodes: &[Node]) -> Self {
        let (mut parent, mut placement) = parents(nodes);
        open_cycles(nodes, &mut parent, &mut placement);
        let mut tree = Self {
            parent,
            placement,
            order: Vec::with_capacity(nodes.len()),
            depth: vec![0; nodes.len()],
            ranges: Vec::new(),
            children: Vec::new(),
            tops: Vec::new(),
        };
        tree.attach(nodes);
        tree.walk();
        tree
    }

    /// The spans that are drawn below one, by their start.
    pub(super) fn children(&self, node: usize) -> &[usize] {
        self.ranges.get(node).and_then(|range| self.children.get(range.clone())).unwrap_or_default()
    }

    /// Lists the children of each span, all lists in one.
    fn attach(&mut self, nodes: &[Node]) {
        let mut by_start: Vec<usize> = (0..nodes.len()).collect();
        by_start.sort_by_key(|at| nodes.get(*at).map(|node| (node.start, std::cmp::Reverse(node.end))));
        let mut counts = vec![0; nodes.len()];
        for parent in self.parent.iter().flatten() {
            counts[*parent] += 1;
        }
        let mut end = 0;
        for count in counts {
            self.ranges.push(end..end);
            end += count;
        }
        self.children = vec![0; end];
        for at in by_start {
            match self.parent[at] {
                Some(parent) => {
                    let range = &mut self.ranges[parent];
                    self.children[range.end] = at;
                    range.end += 1;
                }
                None => self.tops.push(at),
            }
        }
    }

    fn walk(&mut self) {
        let mut waiting: Vec<usize> = self.tops.iter().rev().copied().collect();
        while let Some(at) = waiting.pop() {
            self.order.push(at);
            self.depth[at] = self.parent[at].map_or(0, |parent| self.depth[parent] + 1);
            waiting.extend(self.children(at).iter().rev());
        }
    }
}

/// Each span's parent by its id. Of several spans with one id the first that came is it.
fn parents(nodes: &[Node]) -> (Vec<Option<usize>>, Vec<Placement>) {
    let mut by_id: HashMap<u64, usize> = HashMap::with_capacity(nodes.len());
    let mut placement = vec![Placement::InPlace; nodes.len()];
    for (at, node) in nodes.iter().enumerate() {
        match by_id.entry(node.id) {
            Entry::Vacant(new) => {
                new.insert(at);
            }
            Entry::Occupied(_) => placement[at] = Placement::Duplicate,
        }
    }
    let mut parent = vec![None; nodes.len()];
    for (at, node) in nodes.iter().enumerate().filter(|(_, node)| node.parent != 0) {
        parent[at] = by_id.get(&node.parent).copied();
        if parent[at].is_none() && placement[at] == Placement::InPlace {
            placement[at] = Placement::Orphan;
        }
    }
    (parent, placement)
}

/// Opens each circle at its earliest span, which becomes a top. From each span it goes up until it meets what it knows: a span of an
/// earlier walk, and all is well, or one of this walk, and that is a circle.
fn open_cycles(nodes: &[Node], parent: &mut [Option<usize>], placement: &mut [Placement]) {
    let mut walk_of = vec![0; nodes.len()];
    for first in 0..nodes.len() {
        let walk = first + 1;
        let mut at = first;
        while walk_of[at] == 0 {
            walk_of[at] = walk;
            match parent[at] {
                Some(above) => at = above,
                None => break,
            }
        }
        if walk_of[at] == walk && parent[at].is_some() {
            let earliest = earliest_of_circle(nodes, parent, at);
            parent[earliest] = None;
            placement[earliest] = Placement::Cycle;
        }
    }
}

fn earliest_of_circle(nodes: &[Node], parent: &[Option<usize>], from: usize) -> usize {
    let mut earliest = from;
    let mut at = from;
    while let Some(above) = parent[at] {
        if nodes[above].start < nodes[earliest].start {
            earliest = above;
        }
        at = above;
        if at == from {
            break;
        }
    }
    earliest
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn node(id: u64, parent: u64, start: u64) -> Node {
        Node { id, parent, start, end: start + 1, ..Node::default() }
    }

    fn drawn(nodes: &[Node]) -> String {
        let tree = Tree::of(nodes);
        let line = |at: &usize| format!("{}{}", " ".repeat(tree.depth[*at] as usize), nodes[*at].id);
        tree.order.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn spans_stand_below_their_parents_by_their_start() {
        assert_eq!(drawn(&[node(3, 1, 20), node(2, 1, 10), node(4, 2, 11), node(1, 0, 0)]), "1\n 2\n  4\n 3");
    }

    #[test]
    fn what_has_lost_its_parent_stands_at_the_left() {
        let nodes = [node(1, 0, 0), node(2, 9, 5)];
        assert_eq!(drawn(&nodes), "1\n2");
        assert_eq!(Tree::of(&nodes).placement, [Placement::InPlace, Placement::Orphan]);
    }

    #[test]
    fn a_circle_is_opened_at_its_earliest_span() {
        let nodes = [node(1, 3, 2), node(2, 1, 1), node(3, 2, 3), node(4, 3, 4), node(5, 5, 9)];
        assert_eq!(drawn(&nodes), "2\n 3\n  1\n  4\n5");
        let tree = Tree::of(&nodes);
        assert_eq!((tree.placement[1], tree.placement[4]), (Placement::Cycle, Placement::Cycle));
        assert_eq!(tree.placement[0], Placement::InPlace);
    }

    #[test]
    fn of_two_spans_with_one_id_the_first_has_the_children() {
        let nodes = [node(1, 0, 5), node(1, 0, 0), node(2, 1, 6)];
        let tree = Tree::of(&nodes);
        assert_eq!(tree.placement[1], Placement::Duplicate);
        assert_eq!(tree.parent[2], Some(0));
    }

    #[test]
    fn a_trace_may_be_as_deep_as_it_has_spans() {
        let nodes: Vec<Node> = (1..=50_000).map(|id| node(id, id - 1, id)).collect();
        let tree = Tree::of(&nodes);
        assert_eq!(tree.depth.iter().max(), Some(&49_999));
    }

    proptest! {
        #[test]
        fn every_span_is_drawn_once_whatever_its_parents_are(
            spans in proptest::collection::vec((0_u64..12, 0_u64..12, 0_u64..20), 0..40)
        ) {
            let nodes: Vec<Node> = spans.into_iter().map(|(id, parent, start)| node(id, parent, start)).collect();
            let mut order = Tree::of(&nodes).order;
            order.sort_unstable();
            prop_assert_eq!(order, (0..nodes.len()).collect::<Vec<_>>());
        }
    }
}
