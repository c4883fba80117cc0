//! Messaging without a broker, recorded with an SDK that is not ours.

// Clippy sees tests, but not the functions that help them: there too a panic is the way to fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod attributes;
mod batches;
mod contexts;
mod measured;
mod names;
mod outcomes;
mod support;
