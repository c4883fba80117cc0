//! The keys (field number and wire type) of the OTLP messages we write, as they stand on the wire.

/// Wire type of varints.
const VARINT: u32 = 0;
/// Wire type of eight little-endian bytes.
const FIXED64: u32 = 1;
/// Wire type of a length and that many bytes.
const LEN: u32 = 2;
/// Wire type of four little-endian bytes.
const FIXED32: u32 = 5;

/// A field key. All but one of the fields we write fit one byte; `Span.flags` takes two.
pub(crate) type Key = u32;

const fn key(number: u32, wire_type: u32) -> Key {
    number << 3 | wire_type
}

pub(crate) mod any_value {
    use super::*;
    pub(crate) const STRING: Key = key(1, LEN);
    pub(crate) const BOOL: Key = key(2, VARINT);
    pub(crate) const INT: Key = key(3, VARINT);
    pub(crate) const DOUBLE: Key = key(4, FIXED64);
    pub(crate) const ARRAY: Key = key(5, LEN);
    pub(crate) const KVLIST: Key = key(6, LEN);
    pub(crate) const BYTES: Key = key(7, LEN);
}

pub(crate) mod array_value {
    use super::*;
    pub(crate) const VALUES: Key = key(1, LEN);
}

pub(crate) mod key_value {
    use super::*;
    pub(crate) const KEY: Key = key(1, LEN);
    pub(crate) const VALUE: Key = key(2, LEN);
}

pub(crate) mod span {
    use super::*;
    pub(crate) const TRACE_ID: Key = key(1, LEN);
    pub(crate) const SPAN_ID: Key = key(2, LEN);
    pub(crate) const TRACE_STATE: Key = key(3, LEN);
    pub(crate) const PARENT_SPAN_ID: Key = key(4, LEN);
    pub(crate) const NAME: Key = key(5, LEN);
    pub(crate) const KIND: Key = key(6, VARINT);
    pub(crate) const START_TIME: Key = key(7, FIXED64);
    pub(crate) const END_TIME: Key = key(8, FIXED64);
    pub(crate) const ATTRIBUTES: Key = key(9, LEN);
    pub(crate) const DROPPED_ATTRIBUTES: Key = key(10, VARINT);
    pub(crate) const EVENTS: Key = key(11, LEN);
    pub(crate) const DROPPED_EVENTS: Key = key(12, VARINT);
    pub(crate) const LINKS: Key = key(13, LEN);
    pub(crate) const DROPPED_LINKS: Key = key(14, VARINT);
    pub(crate) const STATUS: Key = key(15, LEN);
    pub(crate) const FLAGS: Key = key(16, FIXED32);
}

pub(crate) mod event {
    use super::*;
    pub(crate) const TIME: Key = key(1, FIXED64);
    pub(crate) const NAME: Key = key(2, LEN);
    pub(crate) const ATTRIBUTES: Key = key(3, LEN);
    pub(crate) const DROPPED_ATTRIBUTES: Key = key(4, VARINT);
}

pub(crate) mod link {
    use super::*;
    pub(crate) const TRACE_ID: Key = key(1, LEN);
    pub(crate) const SPAN_ID: Key = key(2, LEN);
    pub(crate) const TRACE_STATE: Key = key(3, LEN);
    pub(crate) const ATTRIBUTES: Key = key(4, LEN);
    pub(crate) const DROPPED_ATTRIBUTES: Key = key(5, VARINT);
    pub(crate) const FLAGS: Key = key(6, FIXED32);
}

pub(crate) mod status {
    use super::*;
    pub(crate) const MESSAGE: Key = key(2, LEN);
    pub(crate) const CODE: Key = key(3, VARINT);
}

pub(crate) mod scope {
    use super::*;
    pub(crate) const NAME: Key = key(1, LEN);
    pub(crate) const VERSION: Key = key(2, LEN);
    pub(crate) const ATTRIBUTES: Key = key(3, LEN);
}

pub(crate) mod resource {
    use super::*;
    pub(crate) const ATTRIBUTES: Key = key(1, LEN);
}

pub(crate) mod scope_spans {
    use super::*;
    pub(crate) const SCOPE: Key = key(1, LEN);
    pub(crate) const SPANS: Key = key(2, LEN);
    pub(crate) const SCHEMA_URL: Key = key(3, LEN);
}

pub(crate) mod resource_spans {
    use super::*;
    pub(crate) const RESOURCE: Key = key(1, LEN);
    pub(crate) const SCOPE_SPANS: Key = key(2, LEN);
    pub(crate) const SCHEMA_URL: Key = key(3, LEN);
}

pub(crate) mod traces_request {
    use super::*;
    pub(crate) const RESOURCE_SPANS: Key = key(1, LEN);
}

/// `LogRecord`.
pub(crate) mod log_record {
    use super::*;
    pub(crate) const TIME: Key = key(1, FIXED64);
    pub(crate) const SEVERITY_NUMBER: Key = key(2, VARINT);
    pub(crate) const SEVERITY_TEXT: Key = key(3, LEN);
    pub(crate) const BODY: Key = key(5, LEN);
    pub(crate) const ATTRIBUTES: Key = key(6, LEN);
    pub(crate) const DROPPED_ATTRIBUTES: Key = key(7, VARINT);
    pub(crate) const FLAGS: Key = key(8, FIXED32);
    pub(crate) const TRACE_ID: Key = key(9, LEN);
    pub(crate) const SPAN_ID: Key = key(10, LEN);
    pub(crate) const OBSERVED_TIME: Key = key(11, FIXED64);
    pub(crate) const EVENT_NAME: Key = key(12, LEN);
}

pub(crate) mod metrics_request {
    use super::*;
    pub(crate) const RESOURCE_METRICS: Key = key(1, LEN);
}

/// `ScopeMetrics`; its scope and schema URL stand where [`scope_spans`] has them.
pub(crate) mod scope_metrics {
    use super::*;
    pub(crate) const METRICS: Key = key(2, LEN);
}

pub(crate) mod metric {
    use super::*;
    pub(crate) const NAME: Key = key(1, LEN);
    pub(crate) const DESCRIPTION: Key = key(2, LEN);
    pub(crate) const UNIT: Key = key(3, LEN);
    pub(crate) const GAUGE: Key = key(5, LEN);
    pub(crate) const SUM: Key = key(7, LEN);
    pub(crate) const HISTOGRAM: Key = key(9, LEN);
    pub(crate) const EXPONENTIAL_HISTOGRAM: Key = key(10, LEN);
}

/// `Gauge`, `Sum`, `Histogram` and `ExponentialHistogram` have these in the same places.
pub(crate) mod metric_data {
    use super::*;
    pub(crate) const POINTS: Key = key(1, LEN);
    pub(crate) const TEMPORALITY: Key = key(2, VARINT);
    pub(crate) const IS_MONOTONIC: Key = key(3, VARINT);
}

pub(crate) mod number_point {
    use super::*;
    pub(crate) const START_TIME: Key = key(2, FIXED64);
    pub(crate) const TIME: Key = key(3, FIXED64);
    pub(crate) const AS_DOUBLE: Key = key(4, FIXED64);
    pub(crate) const EXEMPLARS: Key = key(5, LEN);
    pub(crate) const AS_INT: Key = key(6, FIXED64);
    pub(crate) const ATTRIBUTES: Key = key(7, LEN);
}

pub(crate) mod histogram_point {
    use super::*;
    pub(crate) const START_TIME: Key = key(2, FIXED64);
    pub(crate) const TIME: Key = key(3, FIXED64);
    pub(crate) const COUNT: Key = key(4, FIXED64);
    pub(crate) const SUM: Key = key(5, FIXED64);
    /// Packed.
    pub(crate) const BUCKET_COUNTS: Key = key(6, LEN);
    /// Packed.
    pub(crate) const EXPLICIT_BOUNDS: Key = key(7, LEN);
    pub(crate) const EXEMPLARS: Key = key(8, LEN);
    pub(crate) const ATTRIBUTES: Key = key(9, LEN);
    pub(crate) const MIN: Key = key(11, FIXED64);
    pub(crate) const MAX: Key = key(12, FIXED64);
}

pub(crate) mod exponential_point {
    use super::*;
    pub(crate) const ATTRIBUTES: Key = key(1, LEN);
    pub(crate) const START_TIME: Key = key(2, FIXED64);
    pub(crate) const TIME: Key = key(3, FIXED64);
    pub(crate) const COUNT: Key = key(4, FIXED64);
    pub(crate) const SUM: Key = key(5, FIXED64);
    /// Zigzag.
    pub(crate) const SCALE: Key = key(6, VARINT);
    pub(crate) const ZERO_COUNT: Key = key(7, FIXED64);
    pub(crate) const POSITIVE: Key = key(8, LEN);
    pub(crate) const NEGATIVE: Key = key(9, LEN);
    pub(crate) const EXEMPLARS: Key = key(11, LEN);
    pub(crate) const MIN: Key = key(12, FIXED64);
    pub(crate) const MAX: Key = key(13, FIXED64);
    pub(crate) const ZERO_THRESHOLD: Key = key(14, FIXED64);
}

pub(crate) mod buckets {
    use super::*;
    /// Zigzag.
    pub(crate) const OFFSET: Key = key(1, VARINT);
    /// Packed varints.
    pub(crate) const COUNTS: Key = key(2, LEN);
}

pub(crate) mod exemplar {
    use super::*;
    pub(crate) const TIME: Key = key(2, FIXED64);
    pub(crate) const AS_DOUBLE: Key = key(3, FIXED64);
    pub(crate) const SPAN_ID: Key = key(4, LEN);
    pub(crate) const TRACE_ID: Key = key(5, LEN);
    pub(crate) const AS_INT: Key = key(6, FIXED64);
    pub(crate) const FILTERED_ATTRIBUTES: Key = key(7, LEN);
}
