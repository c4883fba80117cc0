//! What deploy/ and the Dockerfile promise, as far as it shows without running them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "in tests a panic is the way to fail"
)]

mod collector;
mod compose;
mod dashboard;
mod dockerfile;
mod files;
