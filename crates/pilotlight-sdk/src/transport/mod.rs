//! The last stage: moves encoded batches out of the process.

mod colour;
mod console;
mod exported_log;
mod exported_metric;
mod exported_span;
mod exporter;
mod json;
mod lines;
mod memory;
mod otlp;
#[cfg(feature = "prometheus")]
mod prometheus;
mod text_logs;
mod text_metrics;
mod tree;

pub use console::{ConsoleExporter, ConsoleMetricExporter};
pub use exported_log::ExportedLog;
pub use exported_metric::ExportedMetric;
pub use exported_span::ExportedSpan;
pub(crate) use exporter::grpc_code_name;
pub use exporter::{Answer, Batch, BoxFuture, ExportError, Exporter, Receipt, Signal};
pub use lines::{LineFormat, LinesExporter};
pub use memory::InMemoryExporter;
#[cfg(feature = "otlp-grpc")]
pub use otlp::OtlpGrpcExporter;
#[cfg(feature = "otlp-http")]
pub use otlp::OtlpHttpExporter;
pub use otlp::{BuildError, otlp};
#[cfg(feature = "prometheus")]
pub use prometheus::{PrometheusCounts, PrometheusServer};
pub use text_logs::{TextLogs, text_logs};
pub use text_metrics::{TextMetrics, text_metrics};
pub use tree::{TextTree, text_tree};
