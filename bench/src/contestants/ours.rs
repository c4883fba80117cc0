//! Pilotlight: the one-call set-up in a pipeline and in a service, the engine alone for what the caller pays.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use opentelemetry::global;
use opentelemetry::trace::TracerProvider as _;
use pilotlight::Guard;
use pilotlight_instrument::http::HttpServerLayer;
use pilotlight_sdk::bridge::tracing::{Bridge, Filters};
use pilotlight_sdk::config::{BatchSettings, Otlp, ProcessEnvironment, Protocol, SettingsBuilder};
use pilotlight_sdk::pipeline::{self, Parts, Providers};
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
    let otlp = Otlp::new().protocol(Protocol::Grpc).endpoint(endpoint);
    let settings = SettingsBuilder::new().otlp(otlp).resolve(&ProcessEnvironment).settings;
    let providers = pipeline::start(&settings, Parts::default())?;
    global::set_tracer_provider(providers.tracer_provider.clone());
    global::set_meter_provider(providers.meter_provider.clone());

    let bridge = Bridge::new();
    bridge.connect(Some(&providers.tracer_provider), Some(&providers.logger_provider), &settings.tracing);
    let (filters, _problems) = Filters::new(&settings.tracing.span_filter, &settings.tracing.log_filter);
    tracing::subscriber::set_global_default(bridge.subscriber(&filters))?;
    let router = shop::with_tracing_and_logs().layer(HttpServerLayer::new());
    Ok(Stack { router, telemetry: Box::new(Everything(providers)) })
}

/// The one call, over gRPC as the rivals.
fn exporting(endpoint: &str) -> Result<Guard> {
    Ok(pilotlight::builder().otlp(Otlp::new().protocol(Protocol::Grpc).endpoint(endpoint)).init()?)
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

/// All signals' providers as the thing that ships.
struct Everything(Providers);

impl Telemetry for Everything {
    fn flush(&self) {
        if let Err(error) = self.0.force_flush(FLUSH_TIME_MAX) {
            eprintln!("pilotlight: force_flush failed: {error}");
        }
    }

    fn shutdown(self: Box<Self>) -> String {
        let report = self.0.shutdown(FLUSH_TIME_MAX);
        format!("exported {}, dropped {}", report.exported(), report.dropped())
    }
}
