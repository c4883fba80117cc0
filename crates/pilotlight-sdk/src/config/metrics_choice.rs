//! Settings of metrics that are one name out of a few.

use super::choice::Choice;

/// Which measurements may become exemplars (`OTEL_METRICS_EXEMPLAR_FILTER`).
///
/// Specification: "ExemplarFilter", <https://opentelemetry.io/docs/specs/otel/metrics/sdk/#exemplarfilter>.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ExemplarFilter {
    /// Those made within a sampled span: `trace_based`, the default.
    #[default]
    TraceBased,
    /// All: `always_on`.
    AlwaysOn,
    /// None: `always_off`.
    AlwaysOff,
}

impl Choice for ExemplarFilter {
    const NAMES: &'static [(&'static str, Self)] =
        &[("trace_based", Self::TraceBased), ("always_on", Self::AlwaysOn), ("always_off", Self::AlwaysOff)];
}

/// Totals since the start, or since the last export (`OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE`).
///
/// Up-down counters are reported since the start whatever is preferred: how many there are matters, not how many came.
///
/// Specification: "Metrics Exporter - OTLP", <https://opentelemetry.io/docs/specs/otel/metrics/sdk_exporters/otlp/>.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TemporalityPreference {
    /// Since the start, for all instruments: `cumulative`, the default.
    #[default]
    Cumulative,
    /// Since the last export for counters, observable counters and histograms: `delta`.
    Delta,
    /// Since the last export for counters and histograms: `lowmemory`.
    LowMemory,
}

impl Choice for TemporalityPreference {
    const NAMES: &'static [(&'static str, Self)] =
        &[("cumulative", Self::Cumulative), ("delta", Self::Delta), ("lowmemory", Self::LowMemory)];
}

/// What histograms become (`OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION`).
///
/// Specification: "Histogram Aggregations",
/// <https://opentelemetry.io/docs/specs/otel/metrics/sdk/#histogram-aggregations>.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HistogramAggregation {
    /// Counts between fixed boundaries: `explicit_bucket_histogram`, the default.
    #[default]
    ExplicitBucket,
    /// Counts between boundaries that follow the values: `base2_exponential_bucket_histogram`.
    Base2Exponential,
}

impl Choice for HistogramAggregation {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("explicit_bucket_histogram", Self::ExplicitBucket),
        ("base2_exponential_bucket_histogram", Self::Base2Exponential),
    ];
}
