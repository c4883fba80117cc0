//! gRPC, by the semantic conventions of schema 1.45.0: for tonic, and for any other gRPC over `http`.
//!
//! ```text
//!  your call ──▶ GrpcClientLayer ──▶ channel ─ ─ ─▶ server ──▶ GrpcServerLayer ──▶ your service
//!                start the span,                               extract, start the
//!                inject                                        span
//!  your call ◀── status from the ◀── trailers ◀─ ─ ─ ─ ─ ─ ─ ─ status from the ◀── trailers
//!                trailers: end                                 trailers: end
//! ```
//!
//! A call's span ends with the status that the trailers bring, not with the response's head, for unary calls and
//! for streams alike. Everything here runs on the thread that polls the call; nothing is spawned and nothing
//! blocks.
//!
//! The conventions are those for gRPC [spans](https://opentelemetry.io/docs/specs/semconv/rpc/grpc/) and RPC
//! [metrics](https://opentelemetry.io/docs/specs/semconv/rpc/rpc-metrics/). `OTEL_SEMCONV_STABILITY_OPT_IN`, read
//! when a builder is made, chooses the names:
//!
//! | in the list | names |
//! |---|---|
//! | nothing of `rpc`, or `rpc` | the current ones |
//! | `rpc/dup` | both; `rpc.method` on spans is then the current one |
//! | `rpc/old` | those of schema 1.37: `rpc.system`, `rpc.service`, `rpc.method` without the service, `rpc.grpc.status_code` as a number, no `error.type`; metrics `rpc.server.duration` and `rpc.client.duration` in milliseconds |

mod body;
mod builder;
mod call;
mod client;
mod code;
mod end;
mod failure;
mod frames;
mod future;
mod instruments;
mod message;
mod messages;
mod metadata;
mod method;
mod options;
mod origin;
mod request_body;
mod server;
mod service;
mod side;
mod stability;
mod start;
mod status;
mod timeout;

pub use crate::http::{PeerAddr, Untouched, Watched};
pub use crate::telemetry::SCHEMA_URL;
pub use body::GrpcResponseBody;
pub use builder::{GrpcClientLayerBuilder, GrpcLayerBuilder, GrpcServerLayerBuilder};
pub use client::GrpcClientLayer;
pub use future::GrpcResponseFuture;
pub use request_body::{GrpcRequestBodies, GrpcRequestBody};
pub use server::GrpcServerLayer;
pub use service::GrpcCallService;
