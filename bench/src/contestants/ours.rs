//! Pilotlight: the one-call set-up in a pipeline and in a service, the engine alone for what the caller pays.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use opentelemetry::trace::TracerProvider as _;
use pilotlight::{Builder, Guard};
use pilotlight_instrument::http::HttpServerLayer;
use pilotlight_sdk::config::{BatchSettings, LogLines, Otlp, Protocol};
use pilotlight_sdk::record::{AlwaysOff, AlwaysOn, Sampler, TracerProvider};
use pilotlight_sdk::transport::{Batch, BoxFuture, ExportError, Exporter, Receipt};

use super::{Contestant, Pipeline, Stack, Telemetry};
use crate::{shop, workload};

/// Longer than any flush takes that works.
const FLUSH_TIME_MAX: Duration = Duration::from_secs(10);

/// Through the API, on the concrete tracer; in the service with its own layer.
pub const CONTESTANT: Contestant = Contestant {
    name: "pilotlight",
    pipeline: Some(record_spans),
    stack: Some(stack),
    stack_with_logs: Some(stack_with_logs),
};

fn record_spans(endpoint: &str) -> Result<Pipeline> {
    let guard = exporting(endpoint)?;
    let provider = guard.tracer_provider().context("OTEL_SDK_DISABLED switches Pilotlight off: unset it")?;
    let tracer = provider.tracer(workload::SCOPE);
    Ok(Pipeline {
        record: Box::new(move |spans| (0..spans).for_each(|_| workload::span(&tracer))),
        telemetry: Box::new(Ours(guard)),
    })
}

fn stack(endpoint: &str) -> Result<Stack> {
    let guard = exporting(endpoint)?;
    let router = shop::with_api().layer(HttpServerLayer::new());
    Ok(Stack { router, telemetry: Box::new(Ours(guard)) })
}

/// Everything through `tracing`, but for the server's span: lines are rendered and written by a thread of their own.
fn stack_with_logs(endpoint: &str) -> Result<Stack> {
    let guard = over_grpc(endpoint).init()?;
    let router = shop::with_tracing_and_logs().layer(HttpServerLayer::new());
    Ok(Stack { router, telemetry: Box::new(Ours(guard)) })
}

/// The one call without log lines: where nobody logs, standard output is the child's way of reporting.
fn exporting(endpoint: &str) -> Result<Guard> {
    Ok(over_grpc(endpoint).log_lines(LogLines::Off).init()?)
}

/// As the rivals.
fn over_grpc(endpoint: &str) -> Builder {
    pilotlight::builder().otlp(Otlp::new().protocol(Protocol::Grpc).endpoint(endpoint))
}

/// A provider whose batches are thrown away, and the number of spans that got that far, encoded.
///
/// # Errors
///
/// When the exporter thread cannot be started.
pub fn discarding(sampled: bool) -> Result<(TracerProvider, Arc<AtomicU64>)> {
    let delivered = Arc::new(AtomicU64::new(0));
    let sampler: Box<dyn Sampler> = if sampled { Box::new(AlwaysOn) } else { Box::new(AlwaysOff) };
    let exporter = Discard(delivered.clone());
    let provider = TracerProvider::builder().with_sampler(sampler);
    Ok((provider.with_batch_exporter(exporter, BatchSettings::default()).build()?, delivered))
}

/// Waits until everything recorded so far has reached the exporter.
pub fn flush(provider: &TracerProvider) {
    if let Err(error) = provider.force_flush(FLUSH_TIME_MAX) {
        eprintln!("pilotlight: force_flush failed: {error}");
    }
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
        if let Err(error) = self.0.force_flush(FLUSH_TIME_MAX) {
            eprintln!("pilotlight: force_flush failed: {error}");
        }
    }

    fn shutdown(self: Box<Self>) -> String {
        let report = self.0.shutdown();
        format!("exported {}, dropped {}", report.exported(), report.dropped())
    }
}
