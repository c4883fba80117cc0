//! Draws traces on the console, as trees.
//!
//! ```text
//! exporter.rs   takes batches, writes blocks
//!  ├ kept.rs    keeps a trace's spans until the trace can be drawn
//!  │  └ drawn.rs  remembers what has been drawn already
//!  └ block.rs   one trace as text ── details.rs what stands below a span's line
//!     ├ look.rs   colours and width, and whether there are any
//!     └ units.rs  times and durations as people read them
//! ```

mod block;
mod details;
mod drawn;
mod exporter;
mod kept;
mod look;
mod units;

pub use exporter::ConsoleExporter;
