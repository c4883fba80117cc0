//! Server spans and metrics: one span and one set of measurements for each request, from its head to the last
//! byte of its response.
//!
//! ```text
//!  layer ─▶ service ─▶ exchange: head (method, route, origin) ─┬─▶ tracer, request (peer, origin)
//!              │           ▲                                   └─▶ instruments, measurement ◀─ bytes read, request_body
//!              ▼           │ responded, sent, ended, failed, or dropped before its end
//!           future ─▶ body
//! ```

mod body;
mod builder;
mod exchange;
mod forwarded;
mod future;
mod head;
mod instruments;
mod layer;
mod measurement;
mod options;
mod origin;
pub(crate) mod peer;
mod request;
mod request_body;
mod route;
mod service;

pub use body::ResponseBody;
pub use builder::HttpServerLayerBuilder;
pub use future::ResponseFuture;
pub use layer::HttpServerLayer;
pub use peer::PeerAddr;
pub use request_body::{RequestBodies, RequestBody, Untouched, Watched};
pub use route::HttpRoute;
pub use service::HttpServerService;
