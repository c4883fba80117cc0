//! The HTTP server layer, recorded with an SDK that is not ours.

// Clippy sees tests, but not the functions that help them: there too a panic is the way to fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bodies;
mod connections;
mod context;
mod measured;
mod metrics;
mod metrics_at_the_end;
mod options;
mod outcomes;
mod requests;
mod routes;
mod support;
