//! Who is whose child among the spans of one trace.
//!
//! Spans come in any order and may be incomplete, doubled or nonsense. What comes out is always a forest that holds every span
//! exactly once: parents that are missing get a placeholder, a cycle is cut at its earliest span, and of several spans
//! with one id the earliest gets the children.

use std::collections::HashMap;

use opentelemetry::trace::SpanId;

use crate::record::SpanView;

/// The spans of one trace, in the order in which they are drawn: children below their parents, by start time, then name.
#[derive(Debug)]
pub(crate) struct Forest {
    /// A node for each span, under the span's index; placeholders behind them.
    nodes: Vec<Node>,
    /// The nodes without parents.
    roots: Vec<usize>,
}

#[derive(Debug)]
struct Node {
    item: Item,
    children: Vec<usize>,
}

/// What stands in one place of the tree.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Item {
    /// The span at this index.
    Span(usize),
    /// The same, for a root whose parent is in another process.
    FromRemote(usize, SpanId),
    /// The same, for the span at which a cycle was cut.
    InCycle(usize),
    /// The parent of spans, itself not among them.
    Missing(SpanId),
}

impl Forest {
    pub(crate) fn new(spans: &[SpanView<'_>]) -> Self {
        let order = drawing_order(spans);
        let by_id = index_by_id(spans, &order);
        let nodes = (0..spans.len()).map(|span| Node { item: Item::Span(span), children: Vec::new() });
        let mut forest = Self { nodes: nodes.collect(), roots: Vec::new() };
        forest.attach(spans, &order, &by_id);
        forest.cut_cycles(spans, &order, &by_id);
        forest
    }

    /// Every place from top to bottom, with the lines to draw beside it. Children's branches stand `indent` further in than
    /// their parent's text; from `depth_max` levels on the tree grows no wider.
    pub(crate) fn rows<'a>(&'a self, indent: &'a str, depth_max: usize) -> Rows<'a> {
        let stack = self.roots.iter().rev().map(|&node| Open { node, ..Open::default() }).collect();
        Rows { forest: self, indent, depth_max, stack }
    }

    fn attach(&mut self, spans: &[SpanView<'_>], order: &[usize], by_id: &HashMap<SpanId, usize>) {
        let mut placeholders = HashMap::new();
        for &span in order {
            let Some(parent_id) = spans[span].parent_span_id() else {
                self.roots.push(span);
                continue;
            };
            match by_id.get(&parent_id) {
                // Its own parent: left over for `cut_cycles`.
                Some(&parent) if parent == span => {}
                Some(&parent) => self.nodes[parent].children.push(span),
                None if spans[span].parent_is_remote() => {
                    self.nodes[span].item = Item::FromRemote(span, parent_id);
                    self.roots.push(span);
                }
                None => {
                    let place = *placeholders.entry(parent_id).or_insert_with(|| self.placeholder(parent_id));
                    self.nodes[place].children.push(span);
                }
            }
        }
    }

    fn placeholder(&mut self, id: SpanId) -> usize {
        let place = self.nodes.len();
        self.nodes.push(Node { item: Item::Missing(id), children: Vec::new() });
        self.roots.push(place);
        place
    }

    /// What no root leads to lies in a cycle, or below one: the earliest such span is made a root.
    fn cut_cycles(&mut self, spans: &[SpanView<'_>], order: &[usize], by_id: &HashMap<SpanId, usize>) {
        let mut reached = vec![false; self.nodes.len()];
        for root in self.roots.clone() {
            self.reach(root, &mut reached);
        }
        for &span in order {
            if reached[span] {
                continue;
            }
            let parent = spans[span].parent_span_id().and_then(|id| by_id.get(&id));
            if let Some(&parent) = parent {
                self.nodes[parent].children.retain(|&child| child != span);
            }
            self.nodes[span].item = Item::InCycle(span);
            self.roots.push(span);
            self.reach(span, &mut reached);
        }
    }

    /// Marks everything below `root`. Not recursive: a trace may be deeper than the stack.
    fn reach(&self, root: usize, reached: &mut [bool]) {
        let mut open = vec![root];
        while let Some(node) = open.pop() {
            if !std::mem::replace(&mut reached[node], true) {
                open.extend(&self.nodes[node].children);
            }
        }
    }
}

fn drawing_order(spans: &[SpanView<'_>]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..spans.len()).collect();
    order.sort_by_cached_key(|&span| (spans[span].start_time(), spans[span].name()));
    order
}

fn index_by_id(spans: &[SpanView<'_>], order: &[usize]) -> HashMap<SpanId, usize> {
    let mut by_id = HashMap::with_capacity(spans.len());
    for &span in order {
        by_id.entry(spans[span].span_id()).or_insert(span);
    }
    by_id
}

/// One place, and what is drawn to the left of it.
pub(crate) struct Row {
    pub(crate) item: Item,
    /// Stands before the place's own line: `│  ├─ `.
    pub(crate) lead: String,
    /// Stands before every further line of the same place: `│  │  `.
    pub(crate) below: String,
    pub(crate) has_children: bool,
}

/// Walks a forest depth first.
pub(crate) struct Rows<'a> {
    forest: &'a Forest,
    indent: &'a str,
    depth_max: usize,
    stack: Vec<Open>,
}

/// A place still to be drawn.
#[derive(Default)]
struct Open {
    node: usize,
    depth: usize,
    /// What stands to the left of the place and its siblings.
    base: String,
    branch: Branch,
}

#[derive(Clone, Copy, Default)]
enum Branch {
    #[default]
    Root,
    Inner,
    Last,
}

impl Branch {
    /// Beside the place's own line, and beside those below it.
    fn strokes(self) -> (&'static str, &'static str) {
        match self {
            Self::Root => ("", ""),
            Self::Inner => ("├─ ", "│  "),
            Self::Last => ("└─ ", "   "),
        }
    }
}

impl Iterator for Rows<'_> {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        let open = self.stack.pop()?;
        let node = &self.forest.nodes[open.node];
        let (lead, below) = open.branch.strokes();
        let (lead, below) = (format!("{}{lead}", open.base), format!("{}{below}", open.base));
        let base =
            if open.depth < self.depth_max { format!("{below}{}", self.indent) } else { open.base.clone() };
        for (i, &child) in node.children.iter().enumerate().rev() {
            let branch = if i + 1 == node.children.len() { Branch::Last } else { Branch::Inner };
            self.stack.push(Open { node: child, depth: open.depth + 1, base: base.clone(), branch });
        }
        Some(Row { item: node.item, lead, below, has_children: !node.children.is_empty() })
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::encode::field;
    use crate::encode::protobuf::{write_bytes, write_fixed64};

    fn span((id, parent, start): (u64, u64, u64)) -> Vec<u8> {
        let mut message = Vec::new();
        write_bytes(&mut message, field::span::SPAN_ID, &id.to_be_bytes());
        write_bytes(&mut message, field::span::PARENT_SPAN_ID, &parent.to_be_bytes());
        write_fixed64(&mut message, field::span::START_TIME, start);
        message
    }

    fn drawn_spans(forest: &Forest) -> Vec<usize> {
        let spans = forest.rows("", 2).filter_map(|row| match row.item {
            Item::Span(span) | Item::FromRemote(span, _) | Item::InCycle(span) => Some(span),
            Item::Missing(_) => None,
        });
        spans.collect()
    }

    proptest! {
        #[test]
        fn every_span_is_drawn_exactly_once_whoever_its_parent_is(
            spans in vec((0u64..8, 0u64..8, 0u64..3), 0..20),
        ) {
            let messages: Vec<Vec<u8>> = spans.into_iter().map(span).collect();
            let views: Vec<SpanView<'_>> = messages.iter().map(|message| SpanView::new(message)).collect();
            let mut drawn = drawn_spans(&Forest::new(&views));
            drawn.sort_unstable();
            prop_assert_eq!(drawn, (0..views.len()).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_chain_deeper_than_the_stack_is_walked_and_grows_no_wider_than_asked() {
        let messages: Vec<Vec<u8>> = (1..=100_000).map(|id| span((id, id - 1, 0))).collect();
        let views: Vec<SpanView<'_>> = messages.iter().map(|message| SpanView::new(message)).collect();
        let forest = Forest::new(&views);
        let mut rows = 0;
        for row in forest.rows("", 5) {
            assert!(row.lead.chars().count() <= 15, "{}", row.lead);
            rows += 1;
        }
        assert_eq!(rows, 100_000);
    }
}
