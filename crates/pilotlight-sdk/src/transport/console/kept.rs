//! Keeps spans until their trace can be drawn.
//!
//! Children usually end before their parents, so a trace is taken for complete when a span arrives whose parent is not in
//! this process: the one that everything else happened in. Spans that arrive later are drawn as soon as they can be placed below
//! something that was drawn before. What remains waits for a flush, or for the bound.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use opentelemetry::trace::{SpanId, TraceId};

use crate::record::{SpanView, TracesView};

use super::drawn::Drawn;

/// How much is kept for traces that are not complete. At either bound the oldest trace is drawn as it is.
///
/// One batch at a time comes on top.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) spans_max: usize,
    pub(super) bytes_max: usize,
}

impl Default for Bounds {
    /// More than anyone reads on a console, and little enough to forget about.
    fn default() -> Self {
        Self { spans_max: 10_000, bytes_max: 8 << 20 }
    }
}

/// Traces that are not complete, and the memory of those that were.
#[derive(Default)]
pub(super) struct Kept {
    bounds: Bounds,
    /// By arrival of the first span.
    traces: BTreeMap<u64, Waiting>,
    arrivals: HashMap<TraceId, u64>,
    next_arrival: u64,
    spans: usize,
    bytes: usize,
    drawn: Drawn,
}

/// The spans of one trace so far.
struct Waiting {
    trace_id: TraceId,
    service: Arc<str>,
    /// Copied, because a slice would hold on to the whole batch.
    spans: Vec<Box<[u8]>>,
    bytes: usize,
    is_complete: bool,
}

/// Spans of one trace, to be drawn now.
pub(super) struct Due {
    pub(super) trace_id: TraceId,
    pub(super) service: Arc<str>,
    pub(super) spans: Vec<Box<[u8]>>,
    /// Parents that stand in an earlier block, and their names.
    pub(super) above: HashMap<SpanId, String>,
    pub(super) is_complete: bool,
    /// Something of the trace stands in an earlier block.
    pub(super) is_continued: bool,
}

impl Due {
    pub(super) fn views(&self) -> Vec<SpanView<'_>> {
        self.spans.iter().map(|span| SpanView::new(span)).collect()
    }
}

impl Kept {
    #[cfg(test)]
    fn new(bounds: Bounds) -> Self {
        Self { bounds, ..Self::default() }
    }

    /// Adds a batch; answers what is to be drawn because of it, oldest first.
    pub(super) fn add(&mut self, batch: &TracesView<'_>) -> Vec<Due> {
        let mut services = Services::default();
        let mut complete = Vec::new();
        for (resource, _, span) in batch.spans() {
            let service = resource.attribute("service.name").and_then(|name| name.as_str());
            let (arrival, became_complete) = self.keep(services.shared(service), &span);
            if became_complete {
                complete.push(arrival);
            }
        }
        complete.sort_unstable();
        let mut due: Vec<Due> = complete.into_iter().filter_map(|arrival| self.take(arrival)).collect();
        due.extend(self.take_over_bounds());
        due
    }

    /// Everything that is kept, oldest first.
    pub(super) fn take_all(&mut self) -> Vec<Due> {
        std::iter::from_fn(|| self.take_oldest()).collect()
    }

    /// Answers under which arrival the span's trace is kept, and whether this span completed it.
    fn keep(&mut self, service: Arc<str>, span: &SpanView<'_>) -> (u64, bool) {
        let trace_id = span.trace_id();
        let completes = self.completes(span);
        let arrival = *self.arrivals.entry(trace_id).or_insert_with(|| {
            self.next_arrival += 1;
            self.next_arrival
        });
        let trace = self.traces.entry(arrival).or_insert_with(|| Waiting::new(trace_id, service));
        let became_complete = completes && !trace.is_complete;
        trace.is_complete |= completes;
        trace.bytes += span.as_bytes().len();
        trace.spans.push(span.as_bytes().into());
        self.bytes += span.as_bytes().len();
        self.spans += 1;
        (arrival, became_complete)
    }

    /// Whether nothing has to be waited for to give the span its place.
    fn completes(&self, span: &SpanView<'_>) -> bool {
        match span.parent_span_id() {
            None => true,
            Some(parent) => span.parent_is_remote() || self.drawn.name(span.trace_id(), parent).is_some(),
        }
    }

    fn take_over_bounds(&mut self) -> Vec<Due> {
        let mut due = Vec::new();
        while self.spans > self.bounds.spans_max || self.bytes > self.bounds.bytes_max {
            due.extend(self.take_oldest());
        }
        due
    }

    fn take_oldest(&mut self) -> Option<Due> {
        let oldest = self.traces.first_key_value().map(|(&arrival, _)| arrival)?;
        self.take(oldest)
    }

    fn take(&mut self, arrival: u64) -> Option<Due> {
        let waiting = self.traces.remove(&arrival)?;
        let trace_id = waiting.trace_id;
        self.arrivals.remove(&trace_id);
        self.spans -= waiting.spans.len();
        self.bytes -= waiting.bytes;
        let mut due = Due {
            trace_id,
            service: waiting.service,
            spans: waiting.spans,
            above: HashMap::new(),
            is_complete: waiting.is_complete,
            is_continued: self.drawn.knows_trace(trace_id),
        };
        due.above = self.parents_above(&due);
        due.views().iter().for_each(|span| self.drawn.remember(trace_id, span));
        Some(due)
    }

    fn parents_above(&self, due: &Due) -> HashMap<SpanId, String> {
        let parents = due.views().into_iter().filter_map(|span| span.parent_span_id());
        parents.filter_map(|id| Some((id, self.drawn.name(due.trace_id, id)?.to_owned()))).collect()
    }
}

impl Waiting {
    fn new(trace_id: TraceId, service: Arc<str>) -> Self {
        Self { trace_id, service, spans: Vec::new(), bytes: 0, is_complete: false }
    }
}

/// Shares a service's name among the spans of a batch, which nearly always have the same.
#[derive(Default)]
struct Services {
    last: Option<Arc<str>>,
}

impl Services {
    fn shared(&mut self, name: Option<&str>) -> Arc<str> {
        // What the specification calls a service that did not say its name.
        let name = name.unwrap_or("unknown_service");
        match &self.last {
            Some(last) if **last == *name => Arc::clone(last),
            _ => Arc::clone(self.last.insert(name.into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode::field;
    use crate::encode::protobuf::{write_bytes, write_message};

    /// A request with one span for each trace id, all of them children of a span that never ends.
    fn children(traces: &[u128]) -> Vec<u8> {
        let mut request = Vec::new();
        write_message(&mut request, field::traces_request::RESOURCE_SPANS, |buf| {
            write_message(buf, field::resource_spans::SCOPE_SPANS, |buf| {
                for trace in traces {
                    write_message(buf, field::scope_spans::SPANS, |buf| {
                        write_bytes(buf, field::span::TRACE_ID, &trace.to_be_bytes());
                        write_bytes(buf, field::span::SPAN_ID, &1u64.to_be_bytes());
                        write_bytes(buf, field::span::PARENT_SPAN_ID, &2u64.to_be_bytes());
                    });
                }
            });
        });
        request
    }

    fn add(kept: &mut Kept, traces: &[u128]) -> Vec<(u128, usize)> {
        let due = kept.add(&TracesView::new(&children(traces)));
        due.iter().map(|due| (u128::from_be_bytes(due.trace_id.to_bytes()), due.spans.len())).collect()
    }

    #[test]
    fn at_the_bound_of_spans_the_oldest_traces_are_due() {
        let mut kept = Kept::new(Bounds { spans_max: 3, ..Bounds::default() });
        assert_eq!(add(&mut kept, &[1, 2, 1]), []);
        assert_eq!(add(&mut kept, &[3]), [(1, 2)]);
        assert_eq!(add(&mut kept, &[4, 5, 6]), [(2, 1), (3, 1)]);
        assert_eq!(kept.take_all().len(), 3);
        assert_eq!((kept.spans, kept.bytes), (0, 0));
    }

    #[test]
    fn at_the_bound_of_bytes_the_oldest_traces_are_due() {
        // Each span has 38 bytes.
        let mut kept = Kept::new(Bounds { bytes_max: 80, ..Bounds::default() });
        assert_eq!(add(&mut kept, &[1, 2]), []);
        assert_eq!(add(&mut kept, &[3]), [(1, 1)]);
    }

    #[test]
    fn a_trace_drawn_in_part_says_so_and_the_next_part_too() {
        let mut kept = Kept::new(Bounds { spans_max: 0, ..Bounds::default() });
        let request = children(&[1]);
        let first = kept.add(&TracesView::new(&request)).remove(0);
        assert!(!first.is_complete && !first.is_continued);
        let second = kept.add(&TracesView::new(&request)).remove(0);
        assert!(!second.is_complete && second.is_continued);
    }
}
