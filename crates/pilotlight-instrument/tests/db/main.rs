//! The generic helpers for database clients, recorded with an SDK that is not ours.

// Clippy sees tests, but not the functions that help them: there too a panic is the way to fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod measured;
mod operations;
mod pools;
#[path = "../recorded/mod.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    reason = "shared with the tests of drivers and brokers, which need other parts of it"
)]
mod recorded;
mod statements;

use pilotlight_instrument::db::{Client, ClientBuilder};
use recorded::Recorded;

/// A database whose operations are recorded there.
fn shop(recorded: &Recorded) -> ClientBuilder {
    Client::builder("postgresql")
        .namespace("shop")
        .server("db.example", Some(5432))
        .with_tracer_provider(&recorded.tracer_provider)
        .with_meter_provider(&recorded.meter_provider)
}
