//! Pilotlight: the one-call set-up in a pipeline and in a service, the engine alone for what the caller pays.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Result;
use opentelemetry::trace::TracerProvider as _;
use pilotlight::Guard;
use pilotlight_instrument::http::HttpServerLayer;
use pilotlight_sdk::record::{Sampler, TracerProvider};
use pilotlight_sdk::transport::{Batch, BoxFuture, ExportError, Exporter, Receipt};

use super::{Contestant, Pipeline, Stack, Telemetry};
use crate::{shop, workload};

/// Through the API, on the concrete tracer; in the service with its own layer.
pub const CONTESTANT: Contestant =
    Contestant { name: "pilotlight", pipeline: Some(pipeline), stack: Some(stack) };

fn pipeline(endpoint: &str) -> Result<Pipeline> {
    let guard = pilotlight::builder().endpoint(endpoint).init()?;
    let tracer = guard.tracer_provider().tracer(workload::SCOPE);
    Ok(Pipeline {
        record: Box::new(move |spans| (0..spans).for_each(|_| workload::span(&tracer))),
        telemetry: Box::new(Ours(guard)),
    })
}

fn stack(endpoint: &str) -> Result<Stack> {
    let guard = pilotlight::builder().endpoint(endpoint).init()?;
    let router = shop::with_api().layer(HttpServerLayer::new());
    Ok(Stack { router, telemetry: Box::new(Ours(guard)) })
}

/// A provider whose batches are thrown away, and the number of spans that got that far, encoded.
pub fn discarding(sampled: bool) -> (TracerProvider, Arc<AtomicU64>) {
    let delivered = Arc::new(AtomicU64::new(0));
    let sampler = if sampled { Sampler::AlwaysOn } else { Sampler::AlwaysOff };
    let exporter = Discard(delivered.clone());
    (TracerProvider::builder().with_sampler(sampler).with_exporter(exporter).build(), delivered)
}

struct Discard(Arc<AtomicU64>);

impl Exporter for Discard {
    fn component_type(&self) -> &'static str {
        "discarding_span_exporter"
    }

    fn export(&self, batch: Batch) -> BoxFuture<'_, Result<Receipt, ExportError>> {
        self.0.fetch_add(batch.items as u64, Ordering::Relaxed);
        Box::pin(async { Ok(Receipt::default()) })
    }
}

struct Ours(Guard);

impl Telemetry for Ours {
    fn flush(&self) {
        self.0.force_flush();
    }

    fn shutdown(self: Box<Self>) -> String {
        let report = self.0.shutdown();
        format!("exported {}, dropped {}", report.exported, report.dropped_total())
    }
}
