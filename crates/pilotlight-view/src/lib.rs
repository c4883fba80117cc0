//! The `pilotlight` program: receives OpenTelemetry, keeps it within bounds, shows it in a browser; and a doctor for when nothing
//! arrives.
//!
//! ```text
//!  a service, a collector, any SDK        OTLP: gRPC, HTTP with protobuf or JSON, on either port
//!  ───────────────────────────────────────────────────────────────────────────────────────────────
//!  receive/    connections, limits, decompression, decoding; what was refused goes to the journal
//!  store/      window/  what is live: segments in memory, bounded by bytes
//!              disk/    everything acknowledged: chunks of OTLP in SQLite, by partition
//!  query/      questions of the page, answered from the window, and from the disk for what is older
//!  api/        the questions as REST, pushed news as server-sent events, OpenAPI
//!  page/       the page itself, built from `ui/`, and the rules that a browser is held to
//!  ───────────────────────────────────────────────────────────────────────────────────────────────
//!  doctor/     reads settings and lock files, probes ports, sends and listens: says why nothing arrives
//! ```
//!
//! It reads with generated types and never with the SDK's knowledge of its own encoder, so that it is a second opinion.

pub mod api;
pub mod doctor;
pub mod finding;
pub mod page;
pub mod program;
pub mod query;
pub mod receive;
pub mod run;
pub mod store;
pub mod view;
