//! Which spans have been drawn, so that late ones know their place.

use std::collections::{HashMap, VecDeque};

use opentelemetry::trace::{SpanId, TraceId};

use crate::record::SpanView;
use crate::transport::tree::plain::shorten;

/// How many drawn spans are remembered: about a megabyte. Late children come within seconds; a trace that has been forgotten
/// meanwhile only loses the mention of what was drawn above.
const SPANS_MAX: usize = 10_000;

/// Enough of a name to find it again above.
const NAME_WIDTH: usize = 60;

/// The names of the spans drawn last, by trace. At the bound the trace that was first drawn longest ago is forgotten.
#[derive(Default)]
pub(super) struct Drawn {
    traces: HashMap<TraceId, HashMap<SpanId, Box<str>>>,
    /// The keys of `traces`, oldest first.
    order: VecDeque<TraceId>,
    spans: usize,
}

impl Drawn {
    pub(super) fn knows_trace(&self, trace: TraceId) -> bool {
        self.traces.contains_key(&trace)
    }

    pub(super) fn name(&self, trace: TraceId, span: SpanId) -> Option<&str> {
        Some(self.traces.get(&trace)?.get(&span)?)
    }

    pub(super) fn remember(&mut self, trace: TraceId, span: &SpanView<'_>) {
        let names = self.traces.entry(trace).or_insert_with(|| {
            self.order.push_back(trace);
            HashMap::new()
        });
        if names.insert(span.span_id(), shorten(span.name(), NAME_WIDTH).into()).is_none() {
            self.spans += 1;
        }
        while self.spans > SPANS_MAX {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) {
        let oldest = self.order.pop_front().and_then(|trace| self.traces.remove(&trace));
        self.spans -= oldest.map_or(self.spans, |names| names.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode::field;
    use crate::encode::protobuf::write_bytes;

    fn span(id: u64) -> Vec<u8> {
        let mut message = Vec::new();
        write_bytes(&mut message, field::span::SPAN_ID, &id.to_be_bytes());
        write_bytes(&mut message, field::span::NAME, b"work");
        message
    }

    #[test]
    fn at_the_bound_the_oldest_trace_is_forgotten() {
        let mut drawn = Drawn::default();
        drawn.remember(TraceId::from(1), &SpanView::new(&span(1)));
        for id in 0..SPANS_MAX as u64 - 1 {
            drawn.remember(TraceId::from(2), &SpanView::new(&span(id + 1)));
        }
        assert_eq!(drawn.name(TraceId::from(1), SpanId::from(1)), Some("work"));
        drawn.remember(TraceId::from(3), &SpanView::new(&span(1)));
        assert!(!drawn.knows_trace(TraceId::from(1)));
        assert!(drawn.knows_trace(TraceId::from(2)));
        assert_eq!(drawn.spans, SPANS_MAX);
    }

    #[test]
    fn a_span_drawn_twice_counts_once() {
        let mut drawn = Drawn::default();
        drawn.remember(TraceId::from(1), &SpanView::new(&span(1)));
        drawn.remember(TraceId::from(1), &SpanView::new(&span(1)));
        assert_eq!(drawn.spans, 1);
    }
}
