//! tower-otel: spans through `tracing`, metrics through the API. It has no metrics of gRPC; those of HTTP stand in for them.

use anyhow::Result;
use opentelemetry::global;
use tower_layer::Stack;
use tower_otel::{metrics, trace};
use tracing::Level;

use super::{Call, Contestant, exchange};
use crate::watching::Watched;
use crate::watching::sdk::Sdk;
use crate::workload::SCOPE;

/// Spans and metrics.
pub const CONTESTANT: Contestant =
    Contestant { name: "tower-otel", takes: |call| call != Call::Reqwest, set_up: watch };

/// Spans without metrics.
pub const SPANS_ALONE: Contestant = Contestant {
    name: "tower-otel without metrics",
    takes: |call| call != Call::Reqwest,
    set_up: watch_spans,
};

fn watch(call: Call) -> Result<Watched> {
    let sdk = Sdk::behind_tracing()?;
    let meter = global::meter(SCOPE);
    let (client, server) = (metrics::HttpLayer::client, metrics::HttpLayer::server);
    // The first of a stack is the inner one.
    let call = match call {
        Call::GrpcClient => exchange::through(call, Stack::new(client(&meter), grpc_client())),
        Call::GrpcServer => exchange::through(call, Stack::new(server(&meter), grpc_server())),
        Call::HttpServer => exchange::through(call, Stack::new(server(&meter), http_server())),
        Call::HttpClient | Call::Reqwest => {
            exchange::through(call, Stack::new(client(&meter), http_client()))
        }
    };
    Ok(Watched::new(call, Box::new(sdk)))
}

fn watch_spans(call: Call) -> Result<Watched> {
    let sdk = Sdk::behind_tracing()?;
    let call = match call {
        Call::GrpcClient => exchange::through(call, grpc_client()),
        Call::GrpcServer => exchange::through(call, grpc_server()),
        Call::HttpServer => exchange::through(call, http_server()),
        Call::HttpClient | Call::Reqwest => exchange::through(call, http_client()),
    };
    Ok(Watched::new(call, Box::new(sdk)))
}

fn grpc_client() -> trace::GrpcLayer {
    trace::GrpcLayer::client(Level::INFO)
}

fn grpc_server() -> trace::GrpcLayer {
    trace::GrpcLayer::server(Level::INFO)
}

fn http_client() -> trace::HttpLayer {
    trace::HttpLayer::client(Level::INFO)
}

fn http_server() -> trace::HttpLayer {
    trace::HttpLayer::server(Level::INFO)
}
