//! Calls whose other side is in another segment: looked up when all segments have been walked through.

use super::graph::Graph;
use super::scan::{Marks, Side};
use crate::query::SpanKind;
use crate::store::window::SegmentRef;

/// A span whose caller or sender is in another segment, perhaps.
pub(super) struct Open {
    pub(super) trace: u128,
    pub(super) span: u64,
    pub(super) side: Side,
    /// Where the span itself is: the segment and the row.
    pub(super) home: (usize, u32),
}

/// Spans whose other side is elsewhere. Traces are sent within seconds, so that few are in two segments.
#[derive(Default)]
pub(super) struct OpenEnds {
    all: Vec<Open>,
    /// Some were not noted because there are too many.
    pub(super) too_many: bool,
}

const OPEN_MAX: usize = 200_000;

impl OpenEnds {
    pub(super) fn note(&mut self, open: Open) {
        if self.all.len() < OPEN_MAX {
            self.all.push(open);
        } else {
            self.too_many = true;
        }
    }

    /// Looks for the other sides, a segment at a time.
    pub(super) fn resolve(mut self, segments: &[SegmentRef], marks: &mut [Marks], graph: &mut Graph) {
        let mut called = Vec::new();
        for (segment, marks) in segments.iter().zip(&mut *marks) {
            let segment = segment.read();
            self.all.retain(|open| {
                let Some(row) = segment.find_span(open.trace, open.span) else {
                    return true;
                };
                let service = graph
                    .node(super::NodeKind::Service, segment.service(segment.spans.resource[row as usize]));
                Side::of(&segment, row, service, marks.meant(row)).call(&open.side, graph);
                if open.side.belongs_to(segment.spans.kind[row as usize], service) {
                    marks.answer(row);
                }
                if open.side.kind == SpanKind::Consumer {
                    called.push(open.home);
                }
                false
            });
        }
        for (segment, row) in called {
            marks[segment].answer(row);
        }
    }
}
