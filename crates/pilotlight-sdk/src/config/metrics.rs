//! Everything about metrics.

use std::time::Duration;

use super::otlp::OtlpConfig;

/// How metrics are made and where they go. All values are valid.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MetricsSettings {
    /// Where metrics go; nowhere when empty.
    pub exporters: Vec<MetricsExporter>,
    /// From the start of one periodic collection to the start of the next; never zero.
    pub interval: Duration,
    /// The longest a periodic collection and its export may take together; `None` is no limit.
    pub timeout: Option<Duration>,
    /// Which measurements may become exemplars.
    pub exemplar_filter: ExemplarFilter,
    /// How many attribute sets one metric keeps apart; at least 2.
    pub cardinality_limit: usize,
    /// The most data points in one request (`maxExportBatchSize`); `None` leaves it to the request's size in bytes.
    pub export_batch_points_max: Option<usize>,
}

/// A destination for metrics, with what it needs.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum MetricsExporter {
    /// A collector.
    Otlp(Box<OtlpMetricsConfig>),
    /// Standard output, for people.
    Console,
    /// A page that Prometheus fetches.
    Prometheus(PrometheusConfig),
}

/// An OTLP exporter of metrics.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OtlpMetricsConfig {
    /// Where and how.
    pub otlp: OtlpConfig,
    /// Totals since the start, or since the last export.
    pub temporality: TemporalityPreference,
    /// What histograms become unless a view or their boundaries say otherwise.
    pub histogram_aggregation: HistogramAggregation,
}

/// Where Prometheus finds the metrics, and how they are named.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PrometheusConfig {
    /// The name or address to listen on.
    pub host: String,
    /// The port to listen on; 0 lets the system choose.
    pub port: u16,
    /// Adds units to names (`_seconds`).
    pub unit_suffixes: bool,
    /// Adds `_total` to the names of counters.
    pub counter_suffixes: bool,
    /// Adds the labels `otel_scope_…`.
    pub scope_labels: bool,
    /// Adds the metric `target_info` with the resource's attributes.
    pub target_info: bool,
}

/// Which measurements may become exemplars (`OTEL_METRICS_EXEMPLAR_FILTER`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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

/// Totals since the start, or since the last export (`OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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

/// What histograms become (`OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum HistogramAggregation {
    /// Counts between fixed boundaries: `explicit_bucket_histogram`, the default.
    #[default]
    ExplicitBucket,
    /// Counts between boundaries that follow the values: `base2_exponential_bucket_histogram`.
    Base2Exponential,
}
