//! The second stage: collects finished bytes from all threads and sees them delivered.
//!
//! ```text
//!  processor.rs    a finished span or log record arrives, on the thread that ended or emitted it
//!   └ lane.rs      that thread's own buffer; full ones are handed over whole
//!      └ queue.rs  bounded; knows every lane; wakes the exporter thread
//!  ─────────────────────────────────────────────── the exporter thread (worker.rs)
//!  export_loop.rs  woken by bytes, time (schedule.rs), a flush or the shutdown; takes, encodes
//!   └ delivery.rs  one batch until it is delivered or given up ── backoff.rs, trouble.rs
//!  report.rs       what became of everything
//! ```
//!
//! Nothing here knows spans from log records: items are bytes with a scope.

mod backoff;
mod chunk;
mod control;
mod delivery;
mod export_loop;
mod lane;
mod metrics;
mod processor;
mod queue;
mod report;
mod schedule;
mod trouble;
mod worker;

pub use metrics::{ManualReader, Reader};
pub use report::{Dropped, ExporterReport, Measurements, Report};
pub use worker::Worker;

pub(crate) use chunk::Chunk;
pub(crate) use metrics::{PendingReader, Shared as SharedByReaders, StartedReader};
pub(crate) use processor::{BatchProcessor, Source};
pub(crate) use queue::Queue;
