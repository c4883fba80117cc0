//! The gRPC layers, recorded with an SDK that is not ours, mostly between a real tonic server and a real channel.

// Clippy sees tests, but not the functions that help them: there too a panic is the way to fail.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod any_order;
mod context;
mod failures;
mod kinds;
mod measured;
mod messages;
mod metadata;
mod methods;
mod names;
mod options;
mod probe;
mod statuses;
mod support;
mod without_network;
