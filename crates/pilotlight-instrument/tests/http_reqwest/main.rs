//! The middlewares for reqwest, over real sockets, recorded with an SDK that is not ours.

// Clippy sees tests, but not the functions that help them: there too a panic is the way to fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod connections;
mod credentials;
mod failures;
mod redirects;
mod requests;
mod responses;
mod retries;
mod servers;
mod support;
