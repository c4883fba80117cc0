//! Connection events, with hyper-util's client over real sockets.

// Clippy sees tests, but not the functions that help them: there too a panic is the way to fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod failures;
mod outside;
mod successes;
mod support;
