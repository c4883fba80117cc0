//! What the end-to-end tests need: a receiver that is independent of what it tests, and a way to draw what it received.
//!
//! ```text
//!  Pilotlight, the shop ──▶ OTLP over a real socket ──▶ receiver ──▶ spans as generated types ──▶ tree
//! ```

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "in tests a panic is the way to fail"
)]

pub mod conventions;
pub mod program;
pub mod receiver;
pub mod tree;

pub use receiver::{Behaviour, Receiver};
pub use tree::{dedent, text_tree};
