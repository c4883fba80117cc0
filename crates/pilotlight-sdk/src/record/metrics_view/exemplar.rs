//! One measurement that stands for others.

use std::fmt;
use std::time::SystemTime;

use opentelemetry::trace::{SpanId, TraceId};

use crate::encode::field::{Key, exemplar};
use crate::encode::reader::Fields;
use crate::record::ValueView;
use crate::record::view::{span_id, trace_id};

use super::message::Message;
use super::number_point::Number;

/// One measurement that stands for others, with the span it was made in (an OTLP `Exemplar` message).
///
/// ```
/// use pilotlight_sdk::record::HistogramPointView;
///
/// fn slowest(point: HistogramPointView<'_>) -> Option<String> {
///     let slowest = point.exemplars().max_by(|a, b| a.value().as_f64().total_cmp(&b.value().as_f64()))?;
///     Some(format!("{} in trace {}", slowest.value(), slowest.trace_id()?))
/// }
/// ```
#[derive(Clone, Copy)]
pub struct ExemplarView<'a> {
    message: Message<'a>,
}

/// The exemplars of a point that keeps them in field `key`.
pub(super) fn exemplars<'a>(
    point: Message<'a>,
    key: Key,
) -> impl Iterator<Item = ExemplarView<'a>> + Clone + use<'a> {
    point.all_bytes(key).map(|exemplar| ExemplarView { message: Message(exemplar) })
}

impl<'a> ExemplarView<'a> {
    /// When it was measured.
    pub fn time(&self) -> SystemTime {
        self.message.time(exemplar::TIME)
    }

    /// As [`time`](Self::time), in nanoseconds since the Unix epoch.
    pub fn time_nanos(&self) -> u64 {
        self.message.number(exemplar::TIME)
    }

    /// What was measured.
    pub fn value(&self) -> Number {
        self.message.either_number(exemplar::AS_INT, exemplar::AS_DOUBLE)
    }

    /// The trace in which it was measured; `None` when there was none.
    pub fn trace_id(&self) -> Option<TraceId> {
        let id = trace_id(Fields::new(self.message.0).last(exemplar::TRACE_ID));
        (id != TraceId::INVALID).then_some(id)
    }

    /// The span in which it was measured; `None` when there was none.
    pub fn span_id(&self) -> Option<SpanId> {
        let id = span_id(Fields::new(self.message.0).last(exemplar::SPAN_ID));
        (id != SpanId::INVALID).then_some(id)
    }

    /// Those of its attributes that the series does not have, because a view left them out.
    pub fn attributes(&self) -> impl Iterator<Item = (&'a str, ValueView<'a>)> + Clone + use<'a> {
        self.message.attributes(exemplar::FILTERED_ATTRIBUTES)
    }
}

impl fmt::Debug for ExemplarView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExemplarView")
            .field("value", &self.value())
            .field("trace_id", &self.trace_id())
            .field("span_id", &self.span_id())
            .field("attributes", &self.attributes().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
