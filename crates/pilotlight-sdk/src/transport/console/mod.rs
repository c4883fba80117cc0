//! Draws on the console: traces as trees, metrics as tables.
//!
//! ```text
//! exporter.rs   takes batches of spans, writes blocks
//!  ├ kept.rs    keeps a trace's spans until the trace can be drawn
//!  │  └ drawn.rs  remembers what has been drawn already
//!  └ block.rs   one trace as text ── details.rs what stands below a span's line
//! metrics/      takes batches of metrics, writes a block for each
//!     ├ output.rs   where both are written
//!     ├ look.rs     colours and width, and whether there are any
//!     ├ words.rs    attributes, as many on a line as fit
//!     └ units.rs    times and durations as people read them
//! ```

mod block;
mod details;
mod drawn;
mod exporter;
mod kept;
mod look;
mod metrics;
mod output;
mod units;
mod words;

pub use exporter::ConsoleExporter;
pub use metrics::ConsoleMetricExporter;
pub(super) use output::not_written;
