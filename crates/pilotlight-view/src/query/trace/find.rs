//! Which spans of a trace a filter means.

use super::gather;
use super::{FoundSpans, SPANS_MAX};
use crate::query::filter::Filter;
use crate::query::ids;
use crate::store::Store;
use crate::store::window::TimeRange;
use crate::store::window::segment::Segment;

/// Searches the segments that hold the trace; at most as many spans are told as are laid out.
pub(super) fn find(store: &Store, trace_id: u128, filter: &Filter) -> FoundSpans {
    let mut found = FoundSpans::default();
    for segment in gather::parts(store, trace_id, SPANS_MAX).segments {
        let segment = segment.read();
        for id in of_segment(&segment, trace_id, filter) {
            if found.span_ids.len() < SPANS_MAX {
                found.span_ids.push(id);
            } else {
                found.left_out += 1;
            }
        }
    }
    found
}

fn of_segment(segment: &Segment, trace_id: u128, filter: &Filter) -> Vec<String> {
    let Some(part) = segment.traces.find(trace_id) else { return Vec::new() };
    let mut rows = filter.spans(segment, TimeRange::ALL);
    rows.keep(|row| segment.spans.trace.get(row as usize) == Some(&part));
    let ids = rows.iter().filter_map(|row| segment.spans.id.get(row as usize));
    ids.filter_map(|id| ids::span_text(*id)).collect()
}
