//! The engine behind Pilotlight.
//!
//! ```text
//!  opentelemetry API                       your code and every instrumentation
//!  ───────────────────────────────────────────────── on the caller's thread
//!  record/     sampling, limits, clock, ids; a span is written once, as OTLP protobuf
//!  batch/lane  the finished bytes, moved to the thread's own lane
//!  ───────────────────────────────────────────────── on the one exporter thread
//!  batch/      collects lanes; retry, flush, shutdown
//!  encode/     puts resource and scope around the bytes
//!  transport/  OTLP over gRPC and HTTP, console, memory
//! ```

pub mod batch;
#[cfg(feature = "tracing-layer")]
pub mod bridge;
pub mod config;
pub mod diagnostics;
mod encode;
pub mod pipeline;
pub mod propagation;
#[cfg_attr(
    not(feature = "tracing-layer"),
    allow(dead_code, unused_imports, reason = "bridges are built upon what nothing else in here needs")
)]
pub mod record;
pub mod resource;
pub mod self_metrics;
pub mod transport;

mod deadline;
mod error;
mod sync;

pub use error::Error;
