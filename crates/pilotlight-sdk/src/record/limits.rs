//! How much one span may hold.

/// Limits on a span's collections and values.
///
/// At a count's bound new entries are dropped and counted in the exported span (`dropped_attributes_count` and its
/// like); an attribute whose key is already present is still overwritten. Strings beyond `attribute_value_length` are
/// cut at a character boundary.
///
/// Specification: "Attribute Limits" and "Span Limits",
/// <https://opentelemetry.io/docs/specs/otel/trace/sdk/#span-limits>.
///
/// ```
/// use pilotlight_sdk::record::SpanLimits;
///
/// let mut limits = SpanLimits::default();
/// limits.attribute_value_length = Some(1024);
/// assert_eq!(limits.attributes, 128);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SpanLimits {
    /// Attributes on a span. Default 128, `OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT`, then `OTEL_ATTRIBUTE_COUNT_LIMIT`.
    pub attributes: usize,
    /// Characters in a string value, and in each string of an array; `None` is no limit. Default none,
    /// `OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT`, then `OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT`.
    pub attribute_value_length: Option<usize>,
    /// Events on a span. Default 128, `OTEL_SPAN_EVENT_COUNT_LIMIT`.
    pub events: usize,
    /// Links on a span. Default 128, `OTEL_SPAN_LINK_COUNT_LIMIT`.
    pub links: usize,
    /// Attributes on one event. Default 128, `OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT`.
    pub attributes_per_event: usize,
    /// Attributes on one link. Default 128, `OTEL_LINK_ATTRIBUTE_COUNT_LIMIT`.
    pub attributes_per_link: usize,
}

impl Default for SpanLimits {
    fn default() -> Self {
        Self {
            attributes: 128,
            attribute_value_length: None,
            events: 128,
            links: 128,
            attributes_per_event: 128,
            attributes_per_link: 128,
        }
    }
}
