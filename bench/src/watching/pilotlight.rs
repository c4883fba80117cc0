//! Pilotlight behind layers and wrappers of ours: what is encoded is thrown away, and counted before.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Result;
use opentelemetry::global;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use pilotlight_sdk::batch::Reader;
use pilotlight_sdk::propagation::TraceContextPropagator;
use pilotlight_sdk::record::{MeterProvider, TracerProvider};
use pilotlight_sdk::transport::{Batch, BoxFuture, ExportError, Exporter, Receipt};
use prost::Message;

use super::measured;
use crate::contestants::ours;
use crate::subscribers::Outlet;

/// Longer than any flush takes that works.
const FLUSH_TIME_MAX: Duration = Duration::from_secs(10);

/// The providers of the process.
pub struct Pilotlight {
    spans: TracerProvider,
    delivered: Arc<AtomicU64>,
    meters: MeterProvider,
    measured: Arc<AtomicU64>,
}

impl Pilotlight {
    /// Providers with default settings and the W3C propagator, all of them global; the one of metrics only where they are wanted.
    ///
    /// # Errors
    ///
    /// When the exporter threads cannot be started.
    pub fn installed(with_metrics: bool) -> Result<Self> {
        let (spans, delivered) = ours::discarding(true)?;
        let measured = Arc::new(AtomicU64::new(0));
        let reader = Reader::periodic(Discard(measured.clone()));
        let meters = MeterProvider::builder().with_reader(reader).build()?;
        global::set_tracer_provider(spans.clone());
        global::set_text_map_propagator(TraceContextPropagator::new());
        if with_metrics {
            global::set_meter_provider(meters.clone());
        }
        Ok(Self { spans, delivered, meters, measured })
    }
}

impl Outlet for Pilotlight {
    fn settle(&self, _made: u64) {
        ours::flush(&self.spans);
    }

    fn arrived(&self) -> Option<u64> {
        Some(self.delivered.load(Ordering::Relaxed))
    }

    fn said(&self) -> String {
        // What is left out when a flush fails is missing in the count, and the table shows it.
        let _ = self.meters.force_flush(FLUSH_TIME_MAX);
        measured::told(self.delivered.load(Ordering::Relaxed), self.measured.load(Ordering::Relaxed))
    }
}

/// Totals since the start: the last collection says it all.
struct Discard(Arc<AtomicU64>);

impl Exporter for Discard {
    fn component_type(&self) -> &'static str {
        "discarding_metric_exporter"
    }

    fn export(&self, batch: Batch) -> BoxFuture<'_, Result<Receipt, ExportError>> {
        if let Ok(request) = ExportMetricsServiceRequest::decode(batch.request) {
            self.0.store(measured::durations(&request), Ordering::Relaxed);
        }
        Box::pin(async { Ok(Receipt::default()) })
    }
}
