//! What of a span's time no child was busy with, and where clocks differ.

use super::critical::is_asynchronous;
use super::gather::Node;
use super::tree::Tree;

/// By how much a span may stick out of its parent without saying anything of clocks, nanoseconds: clocks on one machine are read one after
/// the other, and an answer is sent before the span that made it has ended.
pub(crate) const SKEW_MIN: u64 = 1_000_000;

/// Nanoseconds of a span that no child of it was busy with.
pub(super) fn self_time(nodes: &[Node], tree: &Tree, at: usize) -> u64 {
    let node = &nodes[at];
    let (mut free, mut moment) = (0, node.start);
    // Children are sorted by their start: what is before the next one and behind all before it is free.
    for child in tree.children(at).iter().map(|child| &nodes[*child]) {
        let start = child.start.clamp(node.start, node.end());
        free += start.saturating_sub(moment);
        moment = moment.max(child.end().clamp(node.start, node.end()));
    }
    free + node.end().saturating_sub(moment)
}

/// By how many nanoseconds a span sticks out of its parent without being asynchronous, across two services. One that begins in its
/// parent and ends behind it, and is longer than it, is none: its caller has given up on it.
pub(super) fn skew(nodes: &[Node], tree: &Tree, at: usize) -> Option<i64> {
    let node = &nodes[at];
    let parent = &nodes[tree.parent[at]?];
    if parent.service == node.service || is_asynchronous(parent, node) {
        return None;
    }
    let before = parent.start.saturating_sub(node.start);
    let fits = node.end() - node.start <= parent.end() - parent.start;
    let behind = if fits { node.end().saturating_sub(parent.end()) } else { 0 };
    let skew = before.max(behind);
    (skew > SKEW_MIN).then(|| i64::try_from(skew).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(id: u64, parent: u64, start: u64, end: u64) -> Node {
        Node { id, parent, start, end, service: u32::try_from(id).unwrap(), ..Node::default() }
    }

    fn own(nodes: &[Node]) -> u64 {
        self_time(nodes, &Tree::of(nodes), 0)
    }

    #[test]
    fn children_that_overlap_are_counted_once() {
        assert_eq!(
            own(&[node(1, 0, 0, 100), node(2, 1, 10, 50), node(3, 1, 30, 60), node(4, 1, 90, 300)]),
            40
        );
        assert_eq!(own(&[node(1, 0, 100, 200), node(2, 1, 0, 50), node(3, 1, 120, 110)]), 100);
        assert_eq!(own(&[node(1, 0, u64::MAX, 0)]), 0);
    }

    fn skew_of(parent: Node, child: Node) -> Option<i64> {
        let nodes = [parent, child];
        skew(&nodes, &Tree::of(&nodes), 1)
    }

    #[test]
    fn a_child_that_begins_before_its_parent_tells_of_another_clock() {
        let ms = |id, parent, start: u64, end: u64| node(id, parent, start * 1_000_000, end * 1_000_000);
        assert_eq!(skew_of(ms(1, 0, 100, 200), ms(2, 1, 70, 150)), Some(30_000_000));
        assert_eq!(skew_of(ms(1, 0, 100, 200), ms(2, 1, 150, 240)), Some(40_000_000));
        assert_eq!(skew_of(ms(1, 0, 100, 200), ms(2, 1, 150, 900)), None, "its caller has given up");
        let same_service = Node { service: 1, ..ms(2, 1, 70, 150) };
        assert_eq!(skew_of(ms(1, 0, 100, 200), same_service), None);
    }

    #[test]
    fn an_answer_that_ends_a_moment_after_its_call_tells_nothing_of_clocks() {
        let call = || node(1, 0, 10_000_000, 20_000_000);
        assert_eq!(skew_of(call(), node(2, 1, 11_000_000, 20_300_000)), None);
        assert_eq!(skew_of(call(), node(2, 1, 9_700_000, 15_000_000)), None);
    }
}
