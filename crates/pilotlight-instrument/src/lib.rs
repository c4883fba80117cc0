//! OpenTelemetry instrumentation for services, by the current semantic conventions.
//!
//! ```text
//!  the client ──▶ http::HttpServerLayer ──▶ your service ──▶ the client
//!                        │ spans, metrics
//!                        ▼
//!                 opentelemetry API ──▶ Pilotlight, or any other SDK
//! ```
//!
//! Needs the `opentelemetry` API alone. Everything runs on the caller's thread: nothing is spawned, nothing blocks.
//!
//! Each kind of instrumentation is a feature, and none is on by default:
//!
//! | Feature | What it adds |
//! |---|---|
//! | `http` | `http`: a tower layer for HTTP servers: spans and metrics |
//! | `axum` | `http`, with `http.route` from axum's matched path and the peer's address from its `ConnectInfo` |

#[cfg(feature = "http")]
pub mod http;
