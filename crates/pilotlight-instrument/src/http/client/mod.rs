//! Client spans and metrics: one span and one set of measurements for each attempt, from its call to the last byte
//! of its response.
//!
//! ```text
//!  resends_layer ─▶ retries, redirects ─▶ layer ─▶ service ─▶ exchange: head (method, server, template)
//!        │                                            │           ▲      ├─▶ tracer, request (url)
//!        └─ resends, in the context ──────────────────┼───────────┤      ├─▶ instruments, measurement
//!                                                     ▼           │      └─▶ propagator, request's headers
//!                                                  future ─▶ body ┘ responded, received, ended,
//!                                                                   failed (error_source, error_kind), or dropped
//! ```

mod body;
mod builder;
pub(crate) mod error_kind;
mod error_source;
mod exchange;
mod future;
mod head;
mod instruments;
mod layer;
mod measurement;
mod options;
mod peer;
mod request;
mod resends;
mod resends_layer;
mod service;
mod template;
mod url;

pub use body::ClientResponseBody;
pub use builder::HttpClientLayerBuilder;
pub use future::ClientResponseFuture;
pub use layer::HttpClientLayer;
pub use resends::{Resends, WithinResends};
pub use resends_layer::{ResendsLayer, ResendsService};
pub use service::HttpClientService;
pub use template::UrlTemplate;
