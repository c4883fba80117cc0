//! What is in force.

use super::logs::LogsSettings;
use super::metrics::MetricsSettings;
use super::propagators::PropagatorKind;
use super::traces::TracesSettings;
use super::tracing_layer::TracingSettings;
use super::warning::Warning;
use crate::diagnostics::Level;
use crate::resource::Resource;

/// Every setting, resolved. All values are valid.
///
/// Its `Display` is one line that says what is in force, without secrets.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Settings {
    /// No telemetry at all; propagators and log lines on standard output work nevertheless.
    pub disabled: bool,
    /// How much Pilotlight says about itself.
    pub log_level: Level,
    /// Whether there are metrics about Pilotlight itself, wherever metrics go.
    pub self_metrics: bool,
    /// Who is telling.
    pub resource: Resource,
    /// How context travels; not at all when empty.
    pub propagators: Vec<PropagatorKind>,
    /// Traces.
    pub traces: TracesSettings,
    /// Metrics.
    pub metrics: MetricsSettings,
    /// Logs.
    pub logs: LogsSettings,
    /// What becomes of `tracing`'s spans and events.
    pub tracing: TracingSettings,
}

/// What is in force, and what was wrong on the way there.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Resolved {
    /// What is in force.
    pub settings: Settings,
    /// What could not be used as it was given, in the order it was read.
    pub warnings: Vec<Warning>,
}
