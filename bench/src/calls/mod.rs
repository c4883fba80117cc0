//! Calls from one service to another, seen from either end, and who competes in watching them.

pub mod bare;
pub mod exchange;
pub mod measured;
#[cfg(feature = "ours")]
pub mod ours;
pub mod requests;
pub mod rival_axum_tracing;
pub mod rival_instrumentation_tower;
pub mod rival_reqwest_tracing;
pub mod rival_tonic_tracing;
pub mod rival_tower_otel;
pub mod sdk;
pub mod through_reqwest;

use std::fmt;

use anyhow::Result;

use crate::contestants;
use crate::subscribers::Outlet;

/// The most calls at a time. Each makes one span, and opentelemetry_sdk's queues take 2,048 by default.
pub const AT_A_TIME: u64 = 1_800;

/// What is called, and from which end it is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// A `GET` through a tower stack.
    HttpClient,
    /// A `GET` through a chain of reqwest-middleware.
    Reqwest,
    /// A `GET` that a tower stack answers.
    HttpServer,
    /// A unary call through a tower stack.
    GrpcClient,
    /// A unary call that a tower stack answers.
    GrpcServer,
}

impl Call {
    /// Everything that is compared, in the order of the table.
    pub const ALL: [Self; 5] =
        [Self::HttpClient, Self::Reqwest, Self::GrpcClient, Self::GrpcServer, Self::HttpServer];
}

impl fmt::Display for Call {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::HttpClient => "HTTP client call, tower",
            Self::Reqwest => "HTTP client call, reqwest-middleware",
            Self::HttpServer => "HTTP server call",
            Self::GrpcClient => "gRPC client call, unary",
            Self::GrpcServer => "gRPC server call, unary",
        })
    }
}

/// A way of watching calls.
#[derive(Clone, Copy)]
pub struct Contestant {
    /// As the table shows it.
    pub name: &'static str,
    /// Whether it has a layer for this call.
    pub takes: fn(Call) -> bool,
    /// Sets it up around this call: once, in a process of its own, with its providers as the process' own.
    pub set_up: fn(Call) -> Result<Watched>,
}

/// A process with a contestant in it.
pub struct Watched {
    /// Makes this many calls on the calling thread. One makes many, so that the indirection costs nothing.
    pub call: Box<dyn Fn(u64) + Send + Sync>,
    /// Where their spans and measurements go.
    pub outlet: Box<dyn Outlet>,
}

/// Everybody. The first is the call without anybody; of the others that take a call, the first is the rival that others are
/// compared with.
pub fn all() -> Vec<Contestant> {
    vec![
        bare::CONTESTANT,
        rival_tonic_tracing::CONTESTANT,
        rival_reqwest_tracing::CONTESTANT,
        rival_tower_otel::CONTESTANT,
        rival_tower_otel::SPANS_ALONE,
        rival_axum_tracing::CONTESTANT,
        rival_instrumentation_tower::CONTESTANT,
        #[cfg(feature = "ours")]
        ours::CONTESTANT,
        #[cfg(feature = "ours")]
        ours::SPANS_ALONE,
        #[cfg(feature = "ours")]
        ours::ON_ANOTHER_SDK,
        #[cfg(feature = "ours")]
        ours::NOTHING_INSTALLED,
    ]
}

/// The contestant of this name.
///
/// # Errors
///
/// When nobody has that name.
pub fn named(name: &str) -> Result<Contestant> {
    contestants::pick(all(), name, |contestant| contestant.name)
}
