//! What is in force.

use super::metrics::MetricsSettings;
use super::propagators::PropagatorKind;
use super::traces::TracesSettings;
use super::warning::Warning;
use crate::diagnostics::Level;
use crate::resource::Resource;

/// Every setting, resolved. All values are valid.
///
/// Its `Display` is one line that says what is in force, without secrets.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Settings {
    /// No telemetry at all; propagators work nevertheless.
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
