//! axum-tracing-opentelemetry: spans through `tracing`, no metrics.

use anyhow::Result;
use axum_tracing_opentelemetry::middleware::OtelAxumLayer;

use super::{Call, Contestant, exchange};
use crate::watching::Watched;
use crate::watching::sdk::Sdk;

/// Only servers.
pub const CONTESTANT: Contestant =
    Contestant { name: "axum-tracing-opentelemetry", takes: |call| call == Call::HttpServer, set_up: watch };

fn watch(call: Call) -> Result<Watched> {
    let sdk = Sdk::behind_tracing()?;
    Ok(Watched::new(exchange::through(call, OtelAxumLayer::default()), Box::new(sdk)))
}
