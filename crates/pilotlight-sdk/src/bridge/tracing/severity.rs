//! Levels of `tracing` as severities.

use tracing::Level;

/// As OTLP has it: a number, and the word of the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Severity {
    pub(crate) number: u8,
    pub(crate) text: &'static str,
}

/// Specification: "Field: SeverityNumber", <https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber>.
pub(crate) fn severity(level: Level) -> Severity {
    match level {
        Level::TRACE => Severity { number: 1, text: "TRACE" },
        Level::DEBUG => Severity { number: 5, text: "DEBUG" },
        Level::INFO => Severity { number: 9, text: "INFO" },
        Level::WARN => Severity { number: 13, text: "WARN" },
        Level::ERROR => Severity { number: 17, text: "ERROR" },
    }
}
