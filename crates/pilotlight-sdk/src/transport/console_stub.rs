//! Stub.
use super::{Batch, BoxFuture, ExportError, Exporter, Receipt};
/// Stub.
#[derive(Debug)]
pub struct ConsoleExporter;
impl ConsoleExporter {
    /// Stub.
    pub fn stdout() -> Self {
        Self
    }
}
impl Exporter for ConsoleExporter {
    fn component_type(&self) -> &'static str {
        "console"
    }
    fn export(&self, batch: Batch) -> BoxFuture<'_, Result<Receipt, ExportError>> {
        eprintln!("{:#?}", super::ExportedSpan::all(&batch));
        Box::pin(async { Ok(Receipt::default()) })
    }
}
