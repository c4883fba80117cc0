//! axum-tracing-opentelemetry: spans through `tracing`, no metrics.

use anyhow::Result;
use axum_tracing_opentelemetry::middleware::OtelAxumLayer;

use super::sdk::Sdk;
use super::{Call, Contestant, Watched, exchange};

/// Only servers.
pub const CONTESTANT: Contestant =
    Contestant { name: "axum-tracing-opentelemetry", takes: |call| call == Call::HttpServer, set_up: watch };

fn watch(call: Call) -> Result<Watched> {
    let sdk = Sdk::behind_tracing()?;
    Ok(Watched { call: exchange::through(call, OtelAxumLayer::default()), outlet: Box::new(sdk) })
}
