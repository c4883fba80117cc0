//! Calls from one service to another, seen from either end, and who competes in watching them.

pub mod bare;
pub mod exchange;
#[cfg(feature = "ours")]
pub mod ours;
pub mod requests;
pub mod rival_axum_tracing;
pub mod rival_instrumentation_tower;
pub mod rival_reqwest_tracing;
pub mod rival_tonic_tracing;
pub mod rival_tower_otel;
pub mod through_reqwest;

use std::fmt;

use crate::watching::{self, Side, Work};

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

impl Work for Call {
    const ALL: &'static [Self] =
        &[Self::HttpClient, Self::Reqwest, Self::GrpcClient, Self::GrpcServer, Self::HttpServer];

    fn at_a_time(self) -> u64 {
        1_800
    }
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

/// A way of watching calls: a layer around them.
pub type Contestant = watching::Contestant<Call>;

/// Everybody. Of those that take a call, the first is the rival that others are compared with.
pub fn side() -> Side<Call> {
    Side {
        bare: bare::CONTESTANT,
        watching: vec![
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
        ],
    }
}
