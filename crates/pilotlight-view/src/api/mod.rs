//! The REST API that the page uses, its description, and what is pushed.
//!
//! ```text
//!  GET /api/traces?filter=…      asked.rs     the query string, or a refusal that names the parameter
//!                                asker.rs     a place among the questions, a thread that may block, JSON, gzip
//!                                telemetry.rs, viewer.rs   one function a question: what it asks the store
//!  GET /api/tail, /api/changes   events.rs    server-sent events
//!  GET /api/export               export.rs    OTLP/JSON, a line at a time, no faster than it is read
//!  POST /api/import, /api/clear  import.rs, viewer.rs
//! ```
//!
//! Its description (`openapi.json`) is made from the same functions and types: `document.rs`.
//! Who may ask at all is not decided here but in [`page`](crate::page), for the page and the API alike.

mod asked;
mod asker;
mod context;
mod document;
mod events;
mod export;
mod import;
mod otlp_json;
mod refusal;
mod routes;
mod signals;
mod telemetry;
mod viewer;

pub(crate) use asker::takes_gzip;
pub use context::{About, Context};
pub use document::document;
pub(crate) use refusal::Refusal;
pub use routes::router;
