//! NATS and JetStream by a real server, recorded with an SDK that is not ours.

// Clippy sees tests, but not the functions that help them: there too a panic is the way to fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod core;
mod jetstream;
mod measured;
mod names;
mod nats;
mod outages;
mod redelivery;
#[path = "../messaging/support.rs"]
#[allow(dead_code, reason = "shared with the tests without a broker, which need other parts of it")]
mod support;
