//! OpenTelemetry for Rust services: one call turns it on, the standard APIs use it.
//!
//! ```text
//!  your code ── opentelemetry API ──▶ pilotlight-sdk ──▶ collector, console
//!                     ▲                     ▲
//!  instrumentation ───┘          pilotlight::init() ── settings: code, then OTEL_* variables, then defaults
//! ```
//!
//! ```no_run
//! use pilotlight::opentelemetry::global;
//! use pilotlight::opentelemetry::trace::Tracer;
//!
//! fn main() -> Result<(), pilotlight::InitError> {
//!     let telemetry = pilotlight::init()?;
//!
//!     global::tracer("example").in_span("work", |_| { /* … */ });
//!
//!     println!("{}", telemetry.shutdown());
//!     Ok(())
//! }
//! ```
//!
//! Nothing of Pilotlight runs on, or waits for, the application's async runtime: one thread of its own exports. Recording
//! runs on the caller's thread; it never blocks, never panics and does no I/O.

mod builder;
mod deferred;
mod engine;
mod error;
#[cfg(feature = "tracing")]
mod facades;
mod guard;
#[cfg(feature = "tracing")]
mod panics;
#[cfg(feature = "runtime")]
mod runtime;
#[cfg(feature = "signal")]
mod signal;
#[cfg(feature = "tracing")]
mod standard_error;
#[cfg(feature = "tracing")]
mod subscriber;
#[cfg(feature = "tracing")]
pub mod tracing;

pub use builder::{Builder, builder, init};
pub use deferred::{meter, meter_with_scope};
pub use error::InitError;
pub use guard::{DEFAULT_SHUTDOWN_TIMEOUT, Guard};
#[cfg(feature = "signal")]
pub use signal::shutdown_signal;

/// The API that applications and libraries speak, in the version that Pilotlight implements.
///
/// Two versions of `opentelemetry` in one program are two sets of globals: what one records the other never sees. Use this
/// re-export, or the same version, and they cannot drift apart.
pub use opentelemetry;

/// The engine, for what the facade does not re-export: processors, samplers, exporters and settings.
pub use pilotlight_sdk as sdk;

pub use pilotlight_sdk::Error;
pub use pilotlight_sdk::batch::Report;
pub use pilotlight_sdk::record::RecordException;
