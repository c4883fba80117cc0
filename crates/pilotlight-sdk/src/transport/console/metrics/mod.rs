//! Draws metrics on the console, as tables.
//!
//! ```text
//! exporter.rs   takes batches, writes a block for each
//!  └ block.rs   a batch as text: services, scopes, metrics
//!     └ rows.rs   the series of a metric as rows of cells
//!        ├ table.rs     lines cells up within the width
//!        ├ spread.rs    quantiles and the bars of a histogram
//!        └ quantity.rs  numbers with their units as people read them
//! ```

mod block;
mod exporter;
mod quantity;
mod rows;
mod spread;
mod table;

pub use exporter::ConsoleMetricExporter;
