//! Kafka, with a real broker, recorded with an SDK that is not ours.

// Clippy sees tests, but not the functions that help them: there too a panic is the way to fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod batches;
mod broker;
mod contexts;
mod failures;
mod hostile;
mod journeys;
mod measured;
mod producers;
#[path = "../recorded/mod.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    reason = "shared with the tests of databases, which need other parts of it"
)]
mod recorded;
mod redelivery;
mod secrets;
mod support;
mod wire;
