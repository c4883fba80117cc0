//! HTTP, by the stable semantic conventions of schema 1.45.0.
//!
//! ```text
//!  request ──▶ HttpServerLayer ──▶ your service ──▶ response head ──▶ response body ──▶ connection
//!              extract, start       span current     status, route     span current
//!              the span             in every poll                      in every poll; its end ends the span
//! ```
//!
//! Everything here runs on the thread that polls the request; nothing is spawned and nothing blocks.

mod headers;
mod scope;
mod server;

pub use headers::HeaderExtractor;
pub use scope::SCHEMA_URL;
pub use server::{
    HttpRoute, HttpServerLayer, HttpServerLayerBuilder, HttpServerService, PeerAddr, RequestBodies,
    RequestBody, ResponseBody, ResponseFuture, Untouched, Watched,
};
