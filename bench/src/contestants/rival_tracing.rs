//! The usual stack: `tracing`, tracing-opentelemetry, opentelemetry_sdk; in a service axum-tracing-opentelemetry.

use anyhow::Result;
use axum_tracing_opentelemetry::middleware::OtelAxumLayer;
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::{Level, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{Layer, Registry};

use super::rival_sdk::{Sdk, exporting};
use super::{Contestant, Pipeline, Stack};
use crate::{shop, workload};

/// Through `tracing`.
pub const CONTESTANT: Contestant =
    Contestant { name: "tracing-opentelemetry", pipeline: Some(pipeline), stack: Some(stack) };

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

/// A registry with the layer, all of the layer's settings at their defaults.
///
/// Filtered as axum-tracing-opentelemetry documents it: without a filter the exporter's own `h2` and `hyper` spans
/// would be exported too.
pub fn subscriber(provider: &SdkTracerProvider) -> impl Subscriber + Send + Sync + use<> {
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer(workload::SCOPE));
    let spans = Targets::new().with_default(Level::INFO).with_target("otel::tracing", Level::TRACE);
    Registry::default().with(layer.with_filter(spans))
}
