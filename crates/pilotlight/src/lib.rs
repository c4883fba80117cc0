//! OpenTelemetry for Rust services: one call turns it on, the standard APIs use it.
//!
//! ```text
//!  your code ──┬─ tracing, log ─────────┬─▶ pilotlight-sdk ──▶ collector; log lines on standard output
//!              └─ opentelemetry API ────┘          ▲
//!  instrumentation ───┘                 pilotlight::init() ── settings: code, then OTEL_* variables, then defaults
//! ```
//!
//! ```no_run
//! use pilotlight::opentelemetry::global;
//!
//! fn main() -> Result<(), pilotlight::InitError> {
//!     let telemetry = pilotlight::init()?;
//!
//!     serve(123);
//!
//!     let report = telemetry.shutdown();
//!     if !report.is_complete() {
//!         eprintln!("telemetry was lost: {report}");
//!     }
//!     Ok(())
//! }
//!
//! /// A span, a log record with its ids, a measurement.
//! #[tracing::instrument]
//! fn serve(user_id: u64) {
//!     tracing::info!(user_id, "Processing request");
//!     global::meter("shop").u64_counter("shop.requests").build().add(1, &[]);
//! }
//! ```
//!
//! `init` turns on traces, metrics and logs, and installs all that leads to them: the API's global providers, the subscriber for
//! `tracing`, the logger for the `log` crate, and a hook that logs panics. A registry of the application's own works as well: see
//! [`pilotlight::tracing`](crate::tracing).
//!
//! Nothing of Pilotlight runs on, or waits for, the application's async runtime: one thread of its own exports, and one writes log
//! lines. Recording runs on the caller's thread; it never blocks, never panics and does no I/O.

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

#[cfg(feature = "context")]
pub use pilotlight_instrument::context;

pub use pilotlight_sdk::Error;
pub use pilotlight_sdk::batch::Report;
pub use pilotlight_sdk::record::RecordException;
