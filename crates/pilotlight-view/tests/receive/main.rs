//! The receiver over real sockets, with clients that share no code with it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod browsers;
mod connections;
mod grpc;
mod harness;
mod hostile;
mod http;
mod json;
mod limits;
mod partial;
mod stop;
mod telemetry;
