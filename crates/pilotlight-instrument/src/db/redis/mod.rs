//! Connections of the `redis` crate, blocking or not, alone, managed or of a cluster.
//!
//! ```text
//!  AsyncCommands, Commands,      Connection ──────────▶ the connection inside ──▶ Redis
//!  cmd, pipe, Script        ──▶  │    ▲ packed                    │
//!                                │    │ (blocking pipelines)      ▼
//!                                │    └────────────────────── answer: errors in it
//!                                └─▶ command: names, text ──▶ one operation
//! ```
//!
//! Follows the conventions for [Redis](https://opentelemetry.io/docs/specs/semconv/db/redis/), which are in development.

mod answer;
mod command;
mod connection;
mod database;
mod error;
mod names;
mod packed;
mod text;

pub use connection::Connection;
pub use database::database;
