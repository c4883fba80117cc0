//! HTTP, by the stable semantic conventions of schema 1.45.0.
//!
//! ```text
//!  request ──▶ HttpServerLayer ──▶ your service ──▶ response head ──▶ response body ──▶ connection
//!              extract, start       span current     status, route     span current in every poll;
//!              the span, one        in every poll                      its end ends the span: duration and
//!              more active                                             sizes recorded, one less active
//! ```
//!
//! Everything here runs on the thread that polls the request; nothing is spawned and nothing blocks.

pub(crate) mod authority;
pub(crate) mod capture;
mod headers;
mod method;
mod query;
pub(crate) mod server;
pub(crate) mod text;
mod version;

pub use crate::telemetry::SCHEMA_URL;
pub use headers::{HeaderExtractor, HeaderInjector};
pub use server::{
    HttpRoute, HttpServerLayer, HttpServerLayerBuilder, HttpServerService, PeerAddr, RequestBodies,
    RequestBody, ResponseBody, ResponseFuture, Untouched, Watched,
};
