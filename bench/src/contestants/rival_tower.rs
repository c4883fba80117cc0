//! The leanest stack: opentelemetry-instrumentation-tower on opentelemetry_sdk, no `tracing`.

use anyhow::Result;
use opentelemetry::global;
use opentelemetry_instrumentation_tower::http::server::LayerBuilder;

use super::rival_sdk::{Sdk, exporting};
use super::{Contestant, Stack};
use crate::shop;

/// Competes in the service alone: its pipeline is opentelemetry_sdk's.
pub const CONTESTANT: Contestant = Contestant {
    name: "opentelemetry-instrumentation-tower",
    pipeline: None,
    stack: Some(stack),
    stack_with_logs: None,
};

fn stack(endpoint: &str) -> Result<Stack> {
    let provider = exporting(endpoint)?;
    global::set_tracer_provider(provider.clone());
    // Spans alone are compared; its metrics would be built and thrown away.
    let layer = LayerBuilder::builder().with_metrics(false).build()?;
    Ok(Stack { router: shop::with_api().layer(layer), telemetry: Box::new(Sdk(provider)) })
}
