//! Settings: one chain for every value (code, then the signal's variable, then the generic one, then the default).
//!
//! ```text
//!  SettingsBuilder   what code says: general · propagators · shared · otlp_code
//!                    traces · sampler · limits · batch · metrics · metrics_exporter · prometheus
//!                    logs · log_lines · tracing_layer
//!  env               what the variables say
//!  chain             whoever speaks first wins; what cannot be used becomes a Warning
//!                    text becomes values that cannot be wrong: parse · choice · headers · endpoint · percent
//!                    OTLP for one signal out of all: exporter · destination
//!  Settings          what is in force
//! ```

mod batch;
mod builder;
pub(crate) mod chain;
mod choice;
mod destination;
mod endpoint;
mod env;
mod exporter;
mod general;
mod headers;
mod limits;
mod log_lines;
mod logs;
mod metrics;
mod metrics_choice;
mod metrics_exporter;
mod otlp;
mod otlp_code;
pub(crate) mod parse;
pub(crate) mod percent;
mod prometheus;
mod propagators;
mod sampler;
mod settings;
mod shared;
pub(crate) mod show;
mod summary;
mod summary_logs;
mod traces;
mod tracing_layer;
mod url;
pub(crate) mod warning;

#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod log_lines_tests;
#[cfg(test)]
mod logs_tests;
#[cfg(test)]
mod metrics_tests;
#[cfg(test)]
mod tracing_layer_tests;
#[cfg(test)]
mod variable_tests;

pub use batch::{BatchSettings, Batching, DEFAULT_QUEUE_BYTES, QueueBound};
pub use builder::SettingsBuilder;
pub use env::{ProcessEnvironment, Source, Variables};
pub use exporter::{DEFAULT_OTLP_TIMEOUT, DEFAULT_REQUEST_BYTES, DEFAULT_RESPONSE_BYTES};
pub use log_lines::{LogLineFormat, LogLines, LogLinesSettings};
pub use logs::{LogsExporter, LogsExporterKind, LogsSettings};
pub use metrics::{DEFAULT_CARDINALITY_LIMIT, MetricsSettings};
pub use metrics_choice::{ExemplarFilter, HistogramAggregation, TemporalityPreference};
pub use metrics_exporter::{MetricsExporter, MetricsExporterKind, OtlpMetricsConfig};
pub use otlp::{Compression, OtlpConfig, Protocol, TlsConfig};
pub use otlp_code::Otlp;
pub use prometheus::{Prometheus, PrometheusConfig};
pub use propagators::PropagatorKind;
pub use sampler::SamplerSetting;
pub use settings::{Resolved, Settings};
pub use traces::{ExporterKind, TracesExporter, TracesSettings};
pub use tracing_layer::TracingSettings;
pub use warning::Warning;

#[cfg(feature = "otlp-http")]
pub(crate) use exporter::Names;
