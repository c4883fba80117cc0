//! The kinds of instruments.

/// What an instrument measures, and how.
///
/// Specification: "Instrument", <https://opentelemetry.io/docs/specs/otel/metrics/api/#instrument>.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InstrumentKind {
    /// Adds what only grows.
    Counter,
    /// Adds what grows and shrinks.
    UpDownCounter,
    /// Sets what is measured now and then.
    Gauge,
    /// Records values whose distribution matters.
    Histogram,
    /// Observes a total that only grows.
    ObservableCounter,
    /// Observes a total that grows and shrinks.
    ObservableUpDownCounter,
    /// Observes what cannot be added up.
    ObservableGauge,
}

impl InstrumentKind {
    /// All of them, in the order of their numbers.
    pub(crate) const ALL: [Self; 7] = [
        Self::Counter,
        Self::UpDownCounter,
        Self::Gauge,
        Self::Histogram,
        Self::ObservableCounter,
        Self::ObservableUpDownCounter,
        Self::ObservableGauge,
    ];

    /// Whether a callback observes it.
    pub fn is_observable(self) -> bool {
        matches!(self, Self::ObservableCounter | Self::ObservableUpDownCounter | Self::ObservableGauge)
    }

    /// Whether its sums only grow.
    pub(crate) fn is_monotonic(self) -> bool {
        matches!(self, Self::Counter | Self::ObservableCounter | Self::Histogram)
    }

    /// Whether it measures what is, rather than what was added.
    pub(crate) fn is_gauge(self) -> bool {
        matches!(self, Self::Gauge | Self::ObservableGauge)
    }

    /// For people.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::UpDownCounter => "up-down counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
            Self::ObservableCounter => "observable counter",
            Self::ObservableUpDownCounter => "observable up-down counter",
            Self::ObservableGauge => "observable gauge",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_stands_at_its_number() {
        for (number, kind) in InstrumentKind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, number);
        }
    }
}
