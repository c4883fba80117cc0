//! HTTP, by the stable semantic conventions of schema 1.45.0.
//!
//! ```text
//!  request ──▶ HttpServerLayer ──▶ your service ──▶ response head ──▶ response body ──▶ connection
//!              extract, start       span current     status, route     span current in every poll;
//!              the span, one        in every poll                      its end ends the span: duration and
//!              more active                                             sizes recorded, one less active
//!
//!  your call ──▶ HttpClientLayer ──▶ hyper-util, tower, … ──▶ response head ──▶ response body ──▶ you
//!                start the span,      span current            status, version    span current in every poll;
//!                write its context    in every poll                              its end ends the span
//!                into the headers
//! ```
//!
//! Everything here runs on the thread that polls the request or the response; nothing is spawned and nothing blocks.

pub(crate) mod address;
pub(crate) mod authority;
pub(crate) mod capture;
pub(crate) mod client;
#[cfg(feature = "hyper-util")]
pub mod connect;
pub(crate) mod headers;
mod message;
mod method;
mod query;
#[cfg(feature = "reqwest")]
pub mod reqwest;
pub(crate) mod server;
mod status;
mod version;

pub use crate::telemetry::SCHEMA_URL;
pub use client::{
    ClientResponseBody, ClientResponseFuture, HttpClientLayer, HttpClientLayerBuilder, HttpClientService,
    Resends, ResendsLayer, ResendsService, UrlTemplate, WithinResends,
};
pub use headers::{HeaderExtractor, HeaderInjector};
pub use server::{
    HttpRoute, HttpServerLayer, HttpServerLayerBuilder, HttpServerService, PeerAddr, RequestBodies,
    RequestBody, ResponseBody, ResponseFuture, Untouched, Watched,
};
