//! opentelemetry-instrumentation-tower: spans and metrics through the API, no `tracing`.

use anyhow::Result;
use opentelemetry_instrumentation_tower::http::server;

use super::{Call, Contestant, exchange};
use crate::watching::Watched;
use crate::watching::sdk::Sdk;

/// Only servers.
pub const CONTESTANT: Contestant = Contestant {
    name: "opentelemetry-instrumentation-tower",
    takes: |call| call == Call::HttpServer,
    set_up: watch,
};

fn watch(call: Call) -> Result<Watched> {
    let sdk = Sdk::installed();
    let layer = server::LayerBuilder::builder().build()?;
    Ok(Watched::new(exchange::through(call, layer), Box::new(sdk)))
}
