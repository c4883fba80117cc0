//! Everything about metrics.

use std::time::Duration;

use super::builder::SettingsBuilder;
use super::chain::Chain;
use super::choice;
use super::metrics_choice::ExemplarFilter;
use super::metrics_exporter::{MetricsExporter, MetricsExporters};
use super::parse;
use super::shared::Shared;
use super::warning::Problems;

/// How many attribute sets one metric keeps apart unless set otherwise: what the specification gives.
pub const DEFAULT_CARDINALITY_LIMIT: usize = 2_000;

const DEFAULT_INTERVAL: Duration = Duration::from_secs(60);
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// A pause of nearly zero would keep the exporter thread spinning.
const INTERVAL_MIN: Duration = Duration::from_millis(1);

/// One attribute set besides the one that all further ones are counted under.
const CARDINALITY_LIMIT_MIN: usize = 2;

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

/// As it is when nothing is set, but without an exporter.
impl Default for MetricsSettings {
    fn default() -> Self {
        Self {
            exporters: Vec::new(),
            interval: DEFAULT_INTERVAL,
            timeout: Some(DEFAULT_TIMEOUT),
            exemplar_filter: ExemplarFilter::default(),
            cardinality_limit: DEFAULT_CARDINALITY_LIMIT,
            export_batch_points_max: None,
        }
    }
}

/// What code says about metrics.
#[derive(Clone, Debug, Default)]
pub(super) struct Metrics {
    pub(super) exporters: MetricsExporters,
    interval: Option<Duration>,
    timeout: Option<Option<Duration>>,
    exemplar_filter: Option<ExemplarFilter>,
    cardinality_limit: Option<usize>,
    export_batch_points_max: Option<usize>,
}

/// Specification: "Periodic exporting MetricReader",
/// <https://opentelemetry.io/docs/specs/otel/metrics/sdk/#periodic-exporting-metricreader>, and "Cardinality limits",
/// <https://opentelemetry.io/docs/specs/otel/metrics/sdk/#cardinality-limits>.
impl SettingsBuilder {
    /// How often metrics are collected and sent to OTLP and the console; Prometheus fetches them when it likes.
    ///
    /// Default 60 seconds. `OTEL_METRIC_EXPORT_INTERVAL`, in milliseconds; what is no whole number above zero is warned
    /// about and counts as unset, as zero does in code. Less than one millisecond counts as one, more than 24 days as
    /// 24 days.
    pub fn metrics_interval(mut self, interval: Duration) -> Self {
        self.metrics.interval = Some(interval);
        self
    }

    /// The longest a periodic collection and its export may take together, with all its attempts; zero means no limit.
    /// What has not arrived by then is given up and counted.
    ///
    /// Default 30 seconds. `OTEL_METRIC_EXPORT_TIMEOUT`, in milliseconds; what is no whole number is warned about and
    /// counts as unset. More than 24 days count as 24 days.
    pub fn metrics_timeout(mut self, timeout: Duration) -> Self {
        self.metrics.timeout = Some(parse::limit(timeout));
        self
    }

    /// Which measurements may become exemplars: single measurements that are kept beside a metric with the trace they
    /// were made in.
    ///
    /// Default those made within a sampled span. `OTEL_METRICS_EXEMPLAR_FILTER`: `trace_based`, `always_on` or
    /// `always_off`, whatever the case; anything else is warned about and counts as unset.
    pub fn exemplar_filter(mut self, filter: ExemplarFilter) -> Self {
        self.metrics.exemplar_filter = Some(filter);
        self
    }

    /// How many attribute sets one metric keeps apart. Further ones are counted together, under
    /// `otel.metric.overflow=true`, so that a mistake in an attribute costs neither unbounded memory nor a wrong total.
    ///
    /// Default [`DEFAULT_CARDINALITY_LIMIT`], 2,000. No variable. Less than 2, which leaves no room for any set besides
    /// the overflow, is warned about and counts as unset.
    pub fn metrics_cardinality_limit(mut self, attribute_sets: usize) -> Self {
        self.metrics.cardinality_limit = Some(attribute_sets);
        self
    }

    /// The most data points in one request; a larger collection is sent in several. The specification's
    /// `maxExportBatchSize`.
    ///
    /// Default as many as fit the request's size in bytes. No variable. Zero is warned about and counts as unset.
    pub fn metrics_export_batch_points_max(mut self, points: usize) -> Self {
        self.metrics.export_batch_points_max = Some(points);
        self
    }
}

impl Metrics {
    pub(super) fn resolve(self, chain: &mut Chain<'_>, shared: &Shared) -> MetricsSettings {
        MetricsSettings {
            exporters: self.exporters.resolve(chain, shared),
            interval: chain
                .setting()
                .checked("metrics_interval", self.interval, checked_interval)
                .variable("OTEL_METRIC_EXPORT_INTERVAL", parse::interval)
                .or(DEFAULT_INTERVAL),
            timeout: chain
                .setting()
                .code(self.timeout)
                .variable("OTEL_METRIC_EXPORT_TIMEOUT", parse::timeout)
                .or(Some(DEFAULT_TIMEOUT)),
            exemplar_filter: chain
                .setting()
                .code(self.exemplar_filter)
                .variable("OTEL_METRICS_EXEMPLAR_FILTER", choice::one)
                .or(ExemplarFilter::default()),
            cardinality_limit: chain
                .setting()
                .checked("metrics_cardinality_limit", self.cardinality_limit, checked_cardinality)
                .or(DEFAULT_CARDINALITY_LIMIT),
            export_batch_points_max: chain
                .setting()
                .checked("metrics_export_batch_points_max", self.export_batch_points_max, parse::at_least_one)
                .optional(),
        }
    }
}

fn checked_interval(interval: Duration, problems: &mut Problems) -> Option<Duration> {
    if interval.is_zero() {
        problems.add("is 0, which would collect without a pause");
        return None;
    }
    Some(parse::bounded(interval).max(INTERVAL_MIN))
}

fn checked_cardinality(limit: usize, problems: &mut Problems) -> Option<usize> {
    if limit < CARDINALITY_LIMIT_MIN {
        problems
            .add(format!("is {limit}, but the overflow needs an attribute set of its own besides others"));
        return None;
    }
    Some(limit)
}
