//! The HTTP client layer, recorded with an SDK that is not ours.

// Clippy sees tests, but not the functions that help them: there too a panic is the way to fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bodies;
mod connections;
mod context;
mod errors;
#[path = "../http_server/measured.rs"]
#[allow(dead_code, reason = "shared with the tests of the server, which measure another layer")]
mod measured;
mod metrics;
mod outcomes;
mod requests;
mod resends;
mod support;
