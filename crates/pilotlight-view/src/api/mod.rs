//! The REST API that the page uses, its description, and what is pushed.
//!
//! ```text
//!  GET /api/traces?filter=…      asked.rs     the query string, or a refusal that names the parameter
//!                                answer.rs    a place among the questions, a thread that may block, JSON, gzip
//!                                telemetry.rs, viewer.rs   one function a question: what it asks the store
//!  GET /api/tail, /api/changes   events.rs    server-sent events
//!  GET /api/export               export.rs    OTLP/JSON, a line at a time, no faster than it is read
//!  POST /api/import, /api/clear  import.rs, viewer.rs
//! ```
//!
//! Its description (`openapi.json`) is made from the same functions and types: `document.rs`.

mod document;
mod events;
mod export;
mod import;
mod refusal;
mod telemetry;
mod viewer;

pub use document::document;
