//! The same SDK one step behind, for rivals whose newest release goes with the API of then. Its types and globals are not those of the
//! others.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Result;
use opentelemetry_0_32::global;
use opentelemetry_0_32::trace::TracerProvider;
use opentelemetry_sdk_0_32::error::OTelSdkResult;
use opentelemetry_sdk_0_32::metrics::data::{AggregatedMetrics, MetricData, ResourceMetrics};
use opentelemetry_sdk_0_32::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk_0_32::metrics::{PeriodicReader, SdkMeterProvider, Temporality};
use opentelemetry_sdk_0_32::propagation::TraceContextPropagator;
use opentelemetry_sdk_0_32::trace::{BatchSpanProcessor, SdkTracerProvider, SpanData, SpanExporter};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Registry};

use super::measured;
use super::sdk::FILTER;
use crate::subscribers::Outlet;
use crate::workload::SCOPE;

/// The providers of the process.
pub struct Sdk {
    spans: SdkTracerProvider,
    delivered: Arc<AtomicU64>,
    meters: SdkMeterProvider,
    measured: Arc<AtomicU64>,
}

impl Sdk {
    /// Providers with default settings and the W3C propagator, all of them global.
    pub fn installed() -> Self {
        let (delivered, measured) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let processor = BatchSpanProcessor::builder(DiscardSpans(delivered.clone())).build();
        let spans = SdkTracerProvider::builder().with_span_processor(processor).build();
        let reader = PeriodicReader::builder(DiscardMetrics(measured.clone())).build();
        let meters = SdkMeterProvider::builder().with_reader(reader).build();
        global::set_tracer_provider(spans.clone());
        global::set_meter_provider(meters.clone());
        global::set_text_map_propagator(TraceContextPropagator::new());
        Self { spans, delivered, meters, measured }
    }

    /// The same behind `tracing`, with tracing-opentelemetry's defaults.
    ///
    /// # Errors
    ///
    /// When the process has a subscriber already.
    pub fn behind_tracing() -> Result<Self> {
        let sdk = Self::installed();
        let layer = tracing_opentelemetry_0_33::layer().with_tracer(sdk.spans.tracer(SCOPE));
        Registry::default().with(EnvFilter::new(FILTER)).with(layer).try_init()?;
        Ok(sdk)
    }
}

impl Outlet for Sdk {
    fn settle(&self, _made: u64) {
        // What is left out when a flush fails is missing in the count, and the table shows it.
        let _ = self.spans.force_flush();
    }

    fn arrived(&self) -> Option<u64> {
        Some(self.delivered.load(Ordering::Relaxed))
    }

    fn said(&self) -> String {
        let _ = self.meters.force_flush();
        measured::told(self.delivered.load(Ordering::Relaxed), self.measured.load(Ordering::Relaxed))
    }
}

#[derive(Debug)]
struct DiscardSpans(Arc<AtomicU64>);

impl SpanExporter for DiscardSpans {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.0.fetch_add(batch.len() as u64, Ordering::Relaxed);
        Ok(())
    }
}

/// Totals since the start: the last collection says it all.
struct DiscardMetrics(Arc<AtomicU64>);

impl PushMetricExporter for DiscardMetrics {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        self.0.store(durations(metrics), Ordering::Relaxed);
        Ok(())
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        Ok(())
    }

    fn temporality(&self) -> Temporality {
        Temporality::Cumulative
    }
}

/// The measurements in all durations of a collection.
fn durations(collected: &ResourceMetrics) -> u64 {
    let metrics = collected.scope_metrics().flat_map(|scope| scope.metrics());
    let counts =
        metrics.filter(|metric| metric.name().ends_with(".duration")).map(|metric| match metric.data() {
            AggregatedMetrics::F64(MetricData::Histogram(histogram)) => {
                histogram.data_points().map(|point| point.count()).sum()
            }
            _ => 0,
        });
    counts.sum()
}
