//! Where metrics go.

use super::builder::SettingsBuilder;
use super::chain::Chain;
use super::choice::{self, Choice};
use super::metrics_choice::{HistogramAggregation, TemporalityPreference};
use super::otlp::OtlpConfig;
use super::otlp_code::Otlp;
use super::prometheus::{Prometheus, PrometheusConfig};
use super::propagators::deduplicated;
use super::shared::Shared;
use crate::transport::Signal;

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

/// A destination by its name in `OTEL_METRICS_EXPORTER`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MetricsExporterKind {
    /// `otlp`.
    Otlp,
    /// `console`.
    Console,
    /// `prometheus`.
    Prometheus,
}

impl Choice for MetricsExporterKind {
    const NAMES: &'static [(&'static str, Self)] =
        &[("otlp", Self::Otlp), ("console", Self::Console), ("prometheus", Self::Prometheus)];
}

/// What code says about where metrics go.
#[derive(Clone, Debug, Default)]
pub(super) struct MetricsExporters {
    kinds: Option<Vec<MetricsExporterKind>>,
    otlp: Otlp,
    temporality: Option<TemporalityPreference>,
    histogram_aggregation: Option<HistogramAggregation>,
    prometheus: Prometheus,
}

impl SettingsBuilder {
    /// Where metrics go; nowhere when empty.
    ///
    /// Default OTLP. `OTEL_METRICS_EXPORTER`: `otlp`, `console`, `prometheus` or `none`, several between commas.
    /// Repeated names count once. Unknown ones are warned about and left out; when nothing remains the variable counts
    /// as unset. `none` overrules the others.
    pub fn metrics_exporters(mut self, exporters: impl IntoIterator<Item = MetricsExporterKind>) -> Self {
        self.metrics.exporters.kinds = Some(deduplicated(exporters));
        self
    }

    /// The OTLP exporter of metrics alone: stronger than [`otlp`](Self::otlp), and its endpoint is used as it is. What
    /// it does not set comes from there, then from `OTEL_EXPORTER_OTLP_METRICS_…`, then from `OTEL_EXPORTER_OTLP_…`.
    pub fn otlp_metrics(mut self, otlp: Otlp) -> Self {
        self.metrics.exporters.otlp = otlp;
        self
    }

    /// Whether the OTLP exporter sends totals since the start or since the last export. The other exporters always
    /// give totals since the start.
    ///
    /// Default `cumulative`. `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE`: `cumulative`, `delta` or `lowmemory`,
    /// whatever the case; anything else is warned about and counts as unset.
    pub fn metrics_temporality(mut self, preference: TemporalityPreference) -> Self {
        self.metrics.exporters.temporality = Some(preference);
        self
    }

    /// What the OTLP exporter makes of histograms for which neither a view nor boundaries of their own decide.
    ///
    /// Default `explicit_bucket_histogram`. `OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION`:
    /// `explicit_bucket_histogram` or `base2_exponential_bucket_histogram`, whatever the case; anything else is warned
    /// about and counts as unset.
    pub fn metrics_histogram_aggregation(mut self, aggregation: HistogramAggregation) -> Self {
        self.metrics.exporters.histogram_aggregation = Some(aggregation);
        self
    }

    /// How the page for Prometheus is served where [`metrics_exporters`](Self::metrics_exporters) or
    /// `OTEL_METRICS_EXPORTER` asks for one. What it does not set comes from `OTEL_EXPORTER_PROMETHEUS_…`.
    pub fn prometheus(mut self, prometheus: Prometheus) -> Self {
        self.metrics.exporters.prometheus = prometheus;
        self
    }
}

impl MetricsExporters {
    /// Reads an exporter's variables only when it is wanted: nobody needs warnings about what is not in use.
    pub(super) fn resolve(self, chain: &mut Chain<'_>, shared: &Shared) -> Vec<MetricsExporter> {
        let mut exporters = Vec::new();
        // No kind is there twice.
        for kind in self.resolve_kinds(chain, shared) {
            exporters.push(match kind {
                MetricsExporterKind::Otlp => {
                    MetricsExporter::Otlp(Box::new(self.resolve_otlp(chain, shared)))
                }
                MetricsExporterKind::Console => MetricsExporter::Console,
                MetricsExporterKind::Prometheus => {
                    MetricsExporter::Prometheus(self.prometheus.clone().resolve(chain))
                }
            });
        }
        exporters
    }

    fn resolve_kinds(&self, chain: &mut Chain<'_>, shared: &Shared) -> Vec<MetricsExporterKind> {
        let default = match shared.console_is_default(chain, Signal::Metrics, &self.otlp) {
            true => MetricsExporterKind::Console,
            false => MetricsExporterKind::Otlp,
        };
        chain
            .setting()
            .code(self.kinds.clone())
            .variable("OTEL_METRICS_EXPORTER", choice::list)
            .or(vec![default])
    }

    fn resolve_otlp(&self, chain: &mut Chain<'_>, shared: &Shared) -> OtlpMetricsConfig {
        OtlpMetricsConfig {
            otlp: shared.resolve_otlp(chain, Signal::Metrics, self.otlp.clone()),
            temporality: chain
                .setting()
                .code(self.temporality)
                .variable("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", choice::one)
                .or(TemporalityPreference::default()),
            histogram_aggregation: chain
                .setting()
                .code(self.histogram_aggregation)
                .variable("OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION", choice::one)
                .or(HistogramAggregation::default()),
        }
    }
}
