//! Settings made in code, and how they become what is in force.

use super::chain::Chain;
use super::env::Source;
use super::general::General;
use super::limits::Limits;
use super::logs::Logs;
use super::metrics::Metrics;
use super::propagators::{self, PropagatorKind};
use super::settings::{Resolved, Settings};
use super::shared::Shared;
use super::traces::Traces;
use super::tracing_layer::TracingCode;
use crate::resource::ResourceOptions;

/// Every setting, in code.
///
/// What is set here wins over the environment; what is not is read from the environment when
/// [`resolve`](Self::resolve) is called, and takes its default where that says nothing usable. A variable that is
/// empty or blank counts as unset. Nothing that is set, here or there, makes `resolve` fail: what cannot be used
/// becomes a [`Warning`](super::Warning).
///
/// Specification: "Environment Variable Specification",
/// <https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/>.
///
/// ```
/// use pilotlight_sdk::config::{Otlp, SettingsBuilder, Variables};
///
/// let resolved = SettingsBuilder::new()
///     .service_name("shop")
///     .otlp(Otlp::new().endpoint("http://collector:4318"))
///     .resolve(&Variables::from([("OTEL_TRACES_SAMPLER", "always_off")]));
///
/// assert!(resolved.warnings.is_empty());
/// assert_eq!(resolved.settings.resource.get("service.name"), Some(&"shop".into()));
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct SettingsBuilder {
    pub(super) general: General,
    pub(super) propagators: Option<Vec<PropagatorKind>>,
    pub(super) limits: Limits,
    pub(super) traces: Traces,
    pub(super) metrics: Metrics,
    pub(super) logs: Logs,
    pub(super) tracing: TracingCode,
    pub(super) shared: Shared,
    pub(crate) resource: ResourceOptions,
}

impl SettingsBuilder {
    /// Nothing set: everything comes from the environment or is a default.
    pub fn new() -> Self {
        Self::default()
    }

    /// Works out what is in force.
    ///
    /// `source` is usually [`ProcessEnvironment`](super::ProcessEnvironment). Reads a handful of small files about
    /// the host for the resource; sends nothing. The warnings are for the caller to report, once
    /// [`Settings::log_level`] is in force.
    pub fn resolve(self, source: &dyn Source) -> Resolved {
        let mut chain = Chain::new(source);
        let self_metrics = self.general.self_metrics.unwrap_or(true);
        let (disabled, log_level) = self.general.resolve(&mut chain);
        let settings = Settings {
            disabled,
            log_level,
            self_metrics,
            resource: self.resource.resolve(&mut chain),
            propagators: propagators::resolve(&mut chain, self.propagators),
            traces: self.traces.resolve(&mut chain, &self.shared, self.limits),
            metrics: self.metrics.resolve(&mut chain, &self.shared),
            logs: self.logs.resolve(&mut chain, &self.shared, self.limits),
            tracing: self.tracing.resolve(&mut chain),
        };
        Resolved { settings, warnings: chain.into_warnings() }
    }
}
