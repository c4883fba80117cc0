//! Metrics, from settings.

use crate::Error;
use crate::batch::{Reader, Worker};
use crate::config::{MetricsExporter, MetricsSettings, OtlpMetricsConfig, PrometheusConfig, Settings};
use crate::diagnostics;
use crate::record::MeterProvider;
use crate::transport;

use super::{Parts, chain};

/// Takes what is about metrics out of `parts`.
pub(super) fn start(settings: &Settings, parts: &mut Parts, worker: &Worker) -> Result<MeterProvider, Error> {
    let metrics = &settings.metrics;
    let builder = MeterProvider::builder()
        .with_resource(settings.resource.clone())
        .with_exemplar_filter(metrics.exemplar_filter)
        .with_worker(worker.clone());
    let builder = parts.views.drain(..).fold(builder, |builder, view| builder.with_view(view));
    let configured = metrics.exporters.iter().filter_map(|exporter| reader(exporter, metrics));
    let readers = configured.chain(parts.readers.drain(..));
    readers.fold(builder, |builder, reader| builder.with_reader(reader)).build()
}

/// The reader for one exporter in the settings.
fn reader(exporter: &MetricsExporter, settings: &MetricsSettings) -> Option<Reader> {
    let reader = match exporter {
        MetricsExporter::Console => Reader::periodic(transport::ConsoleMetricExporter::stdout()),
        MetricsExporter::Otlp(config) => otlp_reader(config)?,
        MetricsExporter::Prometheus(config) => prometheus_reader(config)?,
    };
    let reader = reader
        .interval(settings.interval)
        .timeout(settings.timeout)
        .cardinality_limit(settings.cardinality_limit);
    Some(match settings.export_batch_points_max {
        Some(points) => reader.export_batch_points_max(points),
        None => reader,
    })
}

fn otlp_reader(config: &OtlpMetricsConfig) -> Option<Reader> {
    match transport::otlp(config.otlp.clone()) {
        Ok(exporter) => Some(
            Reader::periodic(exporter)
                .temporality(config.temporality)
                .histogram_aggregation(config.histogram_aggregation),
        ),
        Err(error) => {
            diagnostics::error(format_args!("metrics are not exported over OTLP: {}", chain(&error)));
            None
        }
    }
}

#[cfg(feature = "prometheus")]
fn prometheus_reader(config: &PrometheusConfig) -> Option<Reader> {
    match transport::PrometheusServer::bind(config) {
        Ok(server) => {
            if let Ok(address) = server.local_addr() {
                diagnostics::info(format_args!("metrics for Prometheus are at http://{address}/metrics"));
            }
            Some(Reader::prometheus(server))
        }
        Err(error) => {
            diagnostics::error(format_args!("metrics cannot be scraped: {}", chain(&error)));
            None
        }
    }
}

#[cfg(not(feature = "prometheus"))]
fn prometheus_reader(_config: &PrometheusConfig) -> Option<Reader> {
    diagnostics::error(
        "metrics cannot be scraped: Prometheus is not compiled in; enable the feature `prometheus` of pilotlight",
    );
    None
}
