//! How much one log record may hold.

/// Limits on a log record's attributes.
///
/// At the count's bound new attributes are dropped and counted in the exported record (`dropped_attributes_count`); an attribute
/// whose key is already present is still overwritten. Strings beyond `attribute_value_length` are cut at a character
/// boundary, in arrays and maps too. The body has no limit but that of the record as a whole, 4 MiB: a longer body is cut.
///
/// Specification: "LogRecord Limits", <https://opentelemetry.io/docs/specs/otel/logs/sdk/#logrecord-limits>.
///
/// ```
/// use pilotlight_sdk::record::LogLimits;
///
/// let mut limits = LogLimits::default();
/// limits.attribute_value_length = Some(1024);
/// assert_eq!(limits.attributes, 128);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogLimits {
    /// Attributes on a log record. Default 128, `OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT`, then `OTEL_ATTRIBUTE_COUNT_LIMIT`.
    pub attributes: usize,
    /// Characters in a string value; `None` is no limit. Default none, `OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT`, then
    /// `OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT`.
    pub attribute_value_length: Option<usize>,
}

impl Default for LogLimits {
    fn default() -> Self {
        Self { attributes: 128, attribute_value_length: None }
    }
}
