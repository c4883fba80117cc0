//! The second stage of metrics: asks callbacks, adds cells up, and sees the points delivered.
//!
//! ```text
//!  reader.rs          what a reader wants: periodic, manual, Prometheus
//!  ─────────────────────────────────────────────── the exporter thread
//!  reader_loop.rs     woken by time, a flush, a shutdown, or whoever collects by hand
//!   ├ collector.rs    one collection: callbacks, cells, encoded requests
//!   │  └ callback_thread.rs  where callbacks run, so that none can hold up anything else
//!   │     └ callback_time.rs  how long they may take together
//!   └ ../delivery.rs  one request until it is delivered or given up
//!  manual.rs, prometheus.rs  hand what was collected to whoever asks
//! ```

mod callback_thread;
mod callback_time;
mod collector;
mod manual;
#[cfg(feature = "prometheus")]
mod prometheus;
mod reader;
mod reader_loop;

pub use manual::ManualReader;
pub use reader::Reader;

pub(crate) use reader::{PendingReader, Shared, StartedReader};
