//! Severities in words and colours.
//!
//! Specification: "Field: SeverityNumber", <https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber>.

use crate::transport::colour::Paint;

/// The short names of the numbers from 1 on.
const NAMES: [&str; 24] = [
    "TRACE", "TRACE2", "TRACE3", "TRACE4", "DEBUG", "DEBUG2", "DEBUG3", "DEBUG4", "INFO", "INFO2", "INFO3",
    "INFO4", "WARN", "WARN2", "WARN3", "WARN4", "ERROR", "ERROR2", "ERROR3", "ERROR4", "FATAL", "FATAL2",
    "FATAL3", "FATAL4",
];

/// What the number is called; empty for 0, which says nothing, and for those that the specification does not know.
pub(super) fn name(severity_number: u8) -> &'static str {
    let index = usize::from(severity_number).checked_sub(1);
    index.and_then(|index| NAMES.get(index)).copied().unwrap_or_default()
}

pub(super) fn paint(severity_number: u8) -> Paint {
    match severity_number {
        1..=4 => Paint::Dim,
        5..=8 => Paint::Blue,
        9..=12 => Paint::Green,
        13..=16 => Paint::Yellow,
        17..=24 => Paint::Red,
        _ => Paint::Plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_names_of_the_specification() {
        let named = [0, 1, 4, 5, 9, 13, 17, 21, 24, 25, 255].map(name);
        assert_eq!(
            named,
            ["", "TRACE", "TRACE4", "DEBUG", "INFO", "WARN", "ERROR", "FATAL", "FATAL4", "", ""]
        );
    }
}
