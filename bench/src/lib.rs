//! Pilotlight beside its rivals.
//!
//! ```text
//!  benches/spans.rs        the caller's thread: what a span costs before anything leaves it
//!  bin/export_cost.rs      the whole process: CPU for a span from start to exported, at a paced rate
//!  bin/burst.rs            honesty: what arrives of a burst, and what shutdown says about the rest
//!  bin/web.rs              a service under load: CPU a request on top of the bare service
//!  bin/metrics.rs          the measuring thread: what a measurement costs, one thread or eight; collecting many series
//!  bin/through_tracing.rs  the caller's thread again: spans, events and log lines through `tracing`, on or off
//!  bin/tracing_allocations.rs  what the same allocate
//!  bin/calls.rs            and again: what a layer adds to an HTTP or gRPC call, at either end
//!  bin/call_allocations.rs what the same allocates
//!  bin/queries.rs          what a wrapper adds to a query, on SQLite and PostgreSQL
//!  bin/query_allocations.rs  what the same allocates
//!  bin/metrics_memory.rs   what instruments, series and collections take of memory
//!  ──────────────────────────────────────────────────────────────────── 127.0.0.1
//!  bin/receiver.rs         another process that counts what it is sent
//! ```
//!
//! A contestant is one file in [`contestants`]; what it is asked to record is in [`workload`] and [`shop`]. Each
//! run of a contestant is a process of its own ([`child`]) with a receiver of its own ([`receiver`]), so that
//! globals, threads and leftovers never meet. One that measures is a file in [`meters`], and what it is asked to
//! measure is in [`measurements`]. One that observes what `tracing`
//! tells is a file in [`subscribers`], and what it is told is in [`callsites`]. One that watches calls is a file in
//! [`calls`], beside the calls; one that watches queries, in [`queries`]. What they have in common is [`watching`].

pub mod calls;
pub mod callsites;
pub mod child;
pub mod collected;
pub mod contestants;
pub mod cpu;
pub mod load;
pub mod measurements;
pub mod meters;
pub mod pace;
pub mod queries;
pub mod receiver;
pub mod shop;
pub mod span_runs;
pub mod subscribers;
pub mod summary;
pub mod table;
pub mod threads;
pub mod watching;
pub mod workload;
