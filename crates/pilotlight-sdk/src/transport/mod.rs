//! The last stage: moves encoded batches out of the process.

mod exporter;

pub use exporter::{Batch, BoxFuture, ExportError, Exporter, Receipt, Signal};
