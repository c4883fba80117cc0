//! opentelemetry_sdk behind layers of others and of ours: batches and collections are thrown away, and counted before.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Result;
use opentelemetry::global;
use opentelemetry::trace::TracerProvider;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider, Temporality};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Registry};

use super::measured;
use crate::contestants::rival_sdk;
use crate::subscribers::Outlet;
use crate::workload::SCOPE;

/// As the layers that write through `tracing` document it: some of their spans are at a level of their own.
pub const FILTER: &str = "info,otel::tracing=trace";

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
        let (spans, delivered) = rival_sdk::discarding(true);
        let measured = Arc::new(AtomicU64::new(0));
        let reader = PeriodicReader::builder(Discard(measured.clone())).build();
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
        let layer = tracing_opentelemetry::layer().with_tracer(sdk.spans.tracer(SCOPE));
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

/// Totals since the start: the last collection says it all.
struct Discard(Arc<AtomicU64>);

impl PushMetricExporter for Discard {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        let collected = measured::durations(&ExportMetricsServiceRequest::from(metrics));
        self.0.store(collected, Ordering::Relaxed);
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
