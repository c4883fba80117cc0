//! The usual stack: `tracing`, tracing-opentelemetry, opentelemetry_sdk; in a service axum-tracing-opentelemetry, for its logs
//! opentelemetry-appender-tracing and tracing-subscriber's JSON.

use anyhow::Result;
use axum_tracing_opentelemetry::middleware::OtelAxumLayer;
use opentelemetry::trace::TracerProvider;
use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use opentelemetry_otlp::{LogExporter, WithExportConfig};
use opentelemetry_sdk::logs::SdkLoggerProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::{Level, Subscriber};
use tracing_subscriber::filter::{Targets, filter_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{Layer, Registry, fmt};

use super::rival_sdk::{Sdk, exporting};
use super::{Contestant, Pipeline, Stack, Telemetry};
use crate::{shop, workload};

/// Through `tracing`.
pub const CONTESTANT: Contestant = Contestant {
    name: "tracing-opentelemetry",
    pipeline: Some(pipeline),
    stack: Some(stack),
    stack_with_logs: Some(stack_with_logs),
};

fn pipeline(endpoint: &str) -> Result<Pipeline> {
    let provider = exporting(endpoint)?;
    tracing::subscriber::set_global_default(subscriber(&provider))?;
    Ok(Pipeline {
        record: Box::new(|spans| (0..spans).for_each(|_| workload::tracing_span())),
        telemetry: Box::new(Sdk(provider)),
    })
}

fn stack(endpoint: &str) -> Result<Stack> {
    let provider = exporting(endpoint)?;
    tracing::subscriber::set_global_default(subscriber(&provider))?;
    Ok(Stack {
        router: shop::with_tracing().layer(OtelAxumLayer::default()),
        telemetry: Box::new(Sdk(provider)),
    })
}

fn stack_with_logs(endpoint: &str) -> Result<Stack> {
    let spans = exporting(endpoint)?;
    let exporter = LogExporter::builder().with_tonic().with_endpoint(endpoint).build()?;
    let logs = SdkLoggerProvider::builder().with_batch_exporter(exporter).build();
    let registry = Registry::default().with(filter()).with(spans_alone(&spans));
    let registry = registry.with(OpenTelemetryTracingBridge::new(&logs)).with(fmt::layer().json());
    tracing::subscriber::set_global_default(registry)?;
    Ok(Stack {
        router: shop::with_tracing_and_logs().layer(OtelAxumLayer::default()),
        telemetry: Box::new(SpansAndLogs(Sdk(spans), logs)),
    })
}

/// A registry with the layer, all of the layer's settings at their defaults.
pub fn subscriber(provider: &SdkTracerProvider) -> impl Subscriber + Send + Sync + use<> {
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer(workload::SCOPE));
    Registry::default().with(layer.with_filter(filter()))
}

/// As axum-tracing-opentelemetry documents it: without a filter the exporter's own `h2` and `hyper` spans would be exported
/// too.
fn filter() -> Targets {
    Targets::new().with_default(Level::INFO).with_target("otel::tracing", Level::TRACE)
}

/// tracing-opentelemetry's layer without events: each would be told twice, in its span and as a log record.
pub fn spans_alone<S>(provider: &SdkTracerProvider) -> impl Layer<S> + use<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer(workload::SCOPE));
    layer.with_filter(filter_fn(|metadata| metadata.is_span()))
}

struct SpansAndLogs(Sdk, SdkLoggerProvider);

impl Telemetry for SpansAndLogs {
    fn flush(&self) {
        self.0.flush();
        if let Err(error) = self.1.force_flush() {
            eprintln!("opentelemetry_sdk: force_flush of logs failed: {error}");
        }
    }

    fn shutdown(self: Box<Self>) -> String {
        let spans = Box::new(self.0).shutdown();
        format!("{spans}, logs {:?}", self.1.shutdown())
    }
}
