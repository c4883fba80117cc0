//! Pilotlight's layers: behind Pilotlight, behind opentelemetry_sdk, and with nothing behind them.

use anyhow::Result;
use pilotlight_instrument::grpc::{GrpcClientLayer, GrpcServerLayer};
use pilotlight_instrument::http::reqwest::HttpClientMiddleware;
use pilotlight_instrument::http::{HttpClientLayer, HttpServerLayer};

use super::{Call, Contestant, exchange, through_reqwest};
use crate::subscribers::Outlet;
use crate::watching::Watched;
use crate::watching::nothing::Nothing;
use crate::watching::pilotlight::Pilotlight;
use crate::watching::sdk::Sdk;

/// All of it, encoded before it is thrown away.
pub const CONTESTANT: Contestant = Contestant {
    name: "pilotlight",
    takes: |_| true,
    set_up: |call| watch(call, Box::new(Pilotlight::installed(true)?)),
};

/// Without a meter provider.
pub const SPANS_ALONE: Contestant = Contestant {
    name: "pilotlight without metrics",
    takes: |_| true,
    set_up: |call| watch(call, Box::new(Pilotlight::installed(false)?)),
};

/// What is left of the rivals' cost when they keep their SDK.
pub const ON_ANOTHER_SDK: Contestant = Contestant {
    name: "pilotlight's layer on opentelemetry_sdk",
    takes: |_| true,
    set_up: |call| watch(call, Box::new(Sdk::installed())),
};

/// What an application pays that installed nothing.
pub const NOTHING_INSTALLED: Contestant = Contestant {
    name: "pilotlight's layer, nothing installed",
    takes: |_| true,
    set_up: |call| watch(call, Box::new(Nothing)),
};

fn watch(call: Call, outlet: Box<dyn Outlet>) -> Result<Watched> {
    let call = match call {
        Call::GrpcClient => exchange::through(call, GrpcClientLayer::new()),
        Call::GrpcServer => exchange::through(call, GrpcServerLayer::new()),
        Call::HttpServer => exchange::through(call, HttpServerLayer::new()),
        Call::HttpClient => exchange::through(call, HttpClientLayer::new()),
        Call::Reqwest => through_reqwest::through(|chain| chain.with(HttpClientMiddleware::new()))?,
    };
    Ok(Watched::new(call, outlet))
}
