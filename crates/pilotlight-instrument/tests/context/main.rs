//! Contexts that go along with work, recorded with an SDK that is not ours.

// Clippy sees tests, but not the functions that help them: there too a panic is the way to fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod channels;
mod children;
mod drawing;
mod guards;
mod pools;
mod scene;
mod tasks;
