//! sqlx's pools on real databases, recorded with an SDK that is not ours.

// Clippy sees tests, but not the functions that help them: there too a panic is the way to fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cancellation;
mod comments;
mod connections;
mod errors;
mod executors;
mod listener;
mod lost;
mod measured;
mod migrations;
mod providers;
#[path = "../recorded/mod.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    reason = "shared with the tests of other databases and of brokers, which need other parts of it"
)]
mod recorded;
mod scene;
mod statements;
mod streams;
mod transactions;
