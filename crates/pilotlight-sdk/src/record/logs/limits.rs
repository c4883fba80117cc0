//! How much one log record may hold.

/// Limits on a log record's attributes.
///
/// At the count's bound new attributes are dropped and counted in the exported record (`dropped_attributes_count`); an attribute
/// whose key is already present is still overwritten. Strings beyond `attribute_value_length` are cut at a character
/// boundary, byte arrays at a byte, in lists and maps too. Lists and maps that lie more than 30 deep in one another are empty.
///
/// These do not bound the body. It takes at most 3 MiB, and with the attributes at most 4 MiB, what receivers commonly accept as a
/// whole request: a longer text is cut at a character boundary, a longer list or map left out, and `pilotlight.body.length` says how
/// many bytes it had. Attributes beyond those 4 MiB are dropped and counted like those beyond the count.
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
    /// Characters in a string value, bytes in a byte array; `None` is no limit. Default none, `OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT`, then
    /// `OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT`.
    pub attribute_value_length: Option<usize>,
}

impl Default for LogLimits {
    fn default() -> Self {
        Self { attributes: 128, attribute_value_length: None }
    }
}
