//! From when on a sum counts.

use std::fmt;

/// From when on the value of a sum or histogram counts.
///
/// Specification: "Temporality", <https://opentelemetry.io/docs/specs/otel/metrics/data-model/#temporality>.
///
/// ```
/// use pilotlight_sdk::record::Temporality;
///
/// assert_eq!(Temporality::Delta.to_string(), "delta");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Temporality {
    /// Since the series began: each export repeats what the last one said, and adds to it.
    Cumulative,
    /// Since the last export.
    Delta,
}

impl Temporality {
    /// As OTLP's `AggregationTemporality`.
    pub(crate) fn to_otlp(self) -> u64 {
        match self {
            Self::Delta => 1,
            Self::Cumulative => 2,
        }
    }

    /// Reads OTLP's `AggregationTemporality`; `None` when the writer did not say.
    pub(crate) fn from_otlp(number: u64) -> Option<Self> {
        match number {
            1 => Some(Self::Delta),
            2 => Some(Self::Cumulative),
            _ => None,
        }
    }
}

/// `cumulative` or `delta`.
impl fmt::Display for Temporality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cumulative => "cumulative",
            Self::Delta => "delta",
        })
    }
}
