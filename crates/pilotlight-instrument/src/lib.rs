//! OpenTelemetry instrumentation for services, by the current semantic conventions.
//!
//! ```text
//!  a client ─▶ http::HttpServerLayer ─┐                ┌─▶ http::HttpClientLayer ─▶ another service
//!              grpc::GrpcServerLayer ─┼─▶  your code  ─┼─▶ grpc::GrpcClientLayer ─▶ another service
//!  a broker ─▶ messaging: nats, kafka ┘        │       ├─▶ db: sqlx, redis, … ────▶ a database
//!                                              │       └─▶ messaging: nats, kafka ─▶ a broker
//!                                           context ─▶ tasks, threads, channels, other processes
//!
//!  all of these ── spans, metrics ─────────────────────┐
//!  process, tokio, allocator ─▶ runtime ── metrics ────┴─▶ opentelemetry API ─▶ Pilotlight, or any other SDK
//! ```
//!
//! Needs the `opentelemetry` API alone. Spans are made on the caller's thread; metrics of the runtime are read on the
//! thread that collects them. Nothing blocks, and nothing is spawned but tokio's probe.
//!
//! Each kind of instrumentation is a feature, and none is on by default:
//!
//! | Feature | What it adds |
//! |---|---|
//! | `http` | `http`: tower layers for HTTP servers and clients: spans and metrics |
//! | `hyper-util` | `http`, with the peer's address and the errors of hyper-util's client, and events for its connections |
//! | `reqwest` | `http::reqwest`: middlewares for reqwest: a span for each attempt and each redirect |
//! | `axum` | `http`, with `http.route` from axum's matched path and the peer's address from its `ConnectInfo` |
//! | `context` | `context`: work that goes to other tasks, threads and processes and stays in its trace |
//! | `grpc` | `grpc`: tower layers for gRPC servers and clients: spans and metrics |
//! | `tonic` | `grpc`, with what tonic's own errors, bodies and connections tell |
//! | `db` | `db`: spans and metrics for any database client, summaries and sanitised texts of SQL |
//! | `sqlx` | `db::sqlx`: pools, connections, transactions and listeners of sqlx; needs Rust 1.94. Its databases are `sqlx-postgres`, `sqlx-sqlite`, `sqlx-mysql`, `sqlx-any` |
//! | `sqlx-migrate` | `sqlx`, with spans for its migrations |
//! | `tokio-postgres` | `db::tokio_postgres`: its client, transactions, streams and copies |
//! | `redis` | `db::redis`: its connections, blocking or not |
//! | `diesel` | `db::diesel`: its instrumentation hook |
//! | `messaging` | `messaging`: spans and metrics for any message broker, contexts in messages |
//! | `async-nats` | `messaging::nats`: NATS and JetStream |
//! | `rdkafka` | `messaging::kafka`: Kafka, through librdkafka, which is built with it |
//! | `process` | `runtime::process`: CPU, memory, threads, files, context switches, page faults, I/O of the process |
//! | `tokio` | `runtime::tokio`: workers, tasks, queues of tokio runtimes, and how late they poll |
//! | `allocator` | `runtime::allocator`: a wrapper for any global allocator that counts |
//! | `jemalloc` | `runtime::jemalloc`: jemalloc's statistics |
//! | `mimalloc` | `runtime::mimalloc`: mimalloc's statistics |

#[cfg(feature = "context")]
pub mod context;
#[cfg(feature = "db")]
pub mod db;
#[cfg(feature = "grpc")]
pub mod grpc;
#[cfg(feature = "http")]
pub mod http;
#[cfg(feature = "messaging")]
pub mod messaging;
#[cfg(any(
    feature = "process",
    feature = "tokio",
    feature = "allocator",
    feature = "jemalloc",
    feature = "mimalloc"
))]
pub mod runtime;
#[cfg(any(feature = "db", feature = "http", feature = "messaging"))]
mod telemetry;
#[cfg(any(feature = "context", feature = "db", feature = "http", feature = "messaging"))]
mod thread;
