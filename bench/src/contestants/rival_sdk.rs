//! opentelemetry_sdk with its batch processor, the SDK that Rust services use today.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Result;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{BatchSpanProcessor, Sampler, SdkTracerProvider, SpanData};

use super::{Contestant, Pipeline, Telemetry};
use crate::workload;

/// Through the API, on the concrete tracer.
pub const CONTESTANT: Contestant =
    Contestant { name: "opentelemetry_sdk", pipeline: Some(pipeline), stack: None, stack_with_logs: None };

fn pipeline(endpoint: &str) -> Result<Pipeline> {
    let provider = exporting(endpoint)?;
    let tracer = provider.tracer(workload::SCOPE);
    Ok(Pipeline {
        record: Box::new(move |spans| (0..spans).for_each(|_| workload::span(&tracer))),
        telemetry: Box::new(Sdk(provider)),
    })
}

/// A provider with default settings that exports over gRPC.
///
/// # Errors
///
/// When the exporter does not like the endpoint.
pub fn exporting(endpoint: &str) -> Result<SdkTracerProvider> {
    let exporter = SpanExporter::builder().with_tonic().with_endpoint(endpoint).build()?;
    Ok(SdkTracerProvider::builder().with_batch_exporter(exporter).build())
}

/// A provider whose batches are thrown away, and the number of spans that got that far.
///
/// The cost of encoding is not in it: opentelemetry_sdk encodes in its exporters.
pub fn discarding(sampled: bool) -> (SdkTracerProvider, Arc<AtomicU64>) {
    let sampler = if sampled { Sampler::AlwaysOn } else { Sampler::AlwaysOff };
    let delivered = Arc::new(AtomicU64::new(0));
    let processor = BatchSpanProcessor::builder(Discard(delivered.clone())).build();
    let provider = SdkTracerProvider::builder().with_sampler(sampler).with_span_processor(processor).build();
    (provider, delivered)
}

#[derive(Debug)]
struct Discard(Arc<AtomicU64>);

impl opentelemetry_sdk::trace::SpanExporter for Discard {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.0.fetch_add(batch.len() as u64, Ordering::Relaxed);
        Ok(())
    }
}

/// The provider as the thing that ships.
pub struct Sdk(pub SdkTracerProvider);

impl Telemetry for Sdk {
    fn flush(&self) {
        if let Err(error) = self.0.force_flush() {
            eprintln!("opentelemetry_sdk: force_flush failed: {error}");
        }
    }

    fn shutdown(self: Box<Self>) -> String {
        format!("{:?}", self.0.shutdown())
    }
}
