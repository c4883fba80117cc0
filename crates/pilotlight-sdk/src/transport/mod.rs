//! The last stage: moves encoded batches out of the process.

mod console;
mod exported_span;
mod exporter;
mod memory;
mod tree;

pub use console::ConsoleExporter;
pub use exported_span::ExportedSpan;
pub use exporter::{Batch, BoxFuture, ExportError, Exporter, Receipt, Signal};
pub use memory::InMemoryExporter;
pub use tree::{TextTree, text_tree};
