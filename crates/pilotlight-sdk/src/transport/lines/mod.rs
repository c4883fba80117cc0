//! Log records as lines: JSON for whoever collects a container's output, text for people.
//!
//! ```text
//! exporter.rs    takes batches, puts their records in the order of time, hands whole lines on
//!  ├ format.rs   which of the two it is
//!  ├ record.rs   what a line shows of a record, read in one pass
//!  ├ json.rs     a record as a JSON object ── text.rs as a line for a terminal
//!  │  ├ timestamp.rs  its time, as RFC 3339 has it
//!  │  └ level.rs      how severe it is, in words and colours
//!  └ sink.rs     writes whole lines, or knows how far it came
//! ```

mod exporter;
mod format;
mod json;
mod level;
mod record;
mod sink;
mod text;
mod timestamp;

pub use exporter::LinesExporter;
pub use format::LineFormat;
