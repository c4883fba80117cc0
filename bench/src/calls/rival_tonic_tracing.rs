//! tonic-tracing-opentelemetry: spans through `tracing`, no metrics.

use anyhow::Result;
use tonic_tracing_opentelemetry::middleware::{client, server};

use super::{Call, Contestant, exchange};
use crate::watching::Watched;
use crate::watching::sdk::Sdk;

/// Either end of gRPC.
pub const CONTESTANT: Contestant = Contestant {
    name: "tonic-tracing-opentelemetry",
    takes: |call| matches!(call, Call::GrpcClient | Call::GrpcServer),
    set_up: watch,
};

fn watch(call: Call) -> Result<Watched> {
    let sdk = Sdk::behind_tracing()?;
    let call = match call {
        Call::GrpcServer => exchange::through(call, server::OtelGrpcLayer::default()),
        _ => exchange::through(call, client::OtelGrpcLayer),
    };
    Ok(Watched::new(call, Box::new(sdk)))
}
