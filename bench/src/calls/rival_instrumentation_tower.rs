//! opentelemetry-instrumentation-tower: spans and metrics through the API, no `tracing`.

use anyhow::Result;
use opentelemetry_instrumentation_tower::http::server;

use super::sdk::Sdk;
use super::{Call, Contestant, Watched, exchange};

/// Only servers.
pub const CONTESTANT: Contestant = Contestant {
    name: "opentelemetry-instrumentation-tower",
    takes: |call| call == Call::HttpServer,
    set_up: watch,
};

fn watch(call: Call) -> Result<Watched> {
    let sdk = Sdk::installed();
    let layer = server::LayerBuilder::builder().build()?;
    Ok(Watched { call: exchange::through(call, layer), outlet: Box::new(sdk) })
}
