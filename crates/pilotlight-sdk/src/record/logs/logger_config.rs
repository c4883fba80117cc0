//! Which log records of a logger are wanted.

use std::fmt;
use std::sync::Arc;

use opentelemetry::InstrumentationScope;
use opentelemetry::logs::Severity;

use super::draft::SpanReference;

/// Which log records of a logger are wanted. The default wants all of them.
///
/// Specification: "LoggerConfig" (development), <https://opentelemetry.io/docs/specs/otel/logs/sdk/#loggerconfig>.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoggerConfig {
    /// Whether there are any. Default yes.
    pub enabled: bool,
    /// Records less severe than that are left out; those without a severity are kept. Default none.
    pub minimum_severity: Option<Severity>,
    /// Records of traces that are not sampled are left out; those outside of any trace are kept. Default no.
    pub trace_based: bool,
}

impl Default for LoggerConfig {
    fn default() -> Self {
        Self { enabled: true, minimum_severity: None, trace_based: false }
    }
}

impl LoggerConfig {
    #[inline]
    pub(crate) fn wants(&self, severity_number: u8, span: Option<&SpanReference>) -> bool {
        self.enabled
            && self
                .minimum_severity
                .is_none_or(|least| severity_number == 0 || severity_number >= least as u8)
            && !(self.trace_based
                && span.is_some_and(|span| span.is_valid() && !span.trace_flags.is_sampled()))
    }
}

/// Gives each logger its configuration, once, when it is made.
#[derive(Clone, Default)]
pub(super) struct LoggerConfigurator(Option<Arc<Configure>>);

type Configure = dyn Fn(&InstrumentationScope) -> LoggerConfig + Send + Sync;

impl LoggerConfigurator {
    pub(super) fn new(
        configure: impl Fn(&InstrumentationScope) -> LoggerConfig + Send + Sync + 'static,
    ) -> Self {
        Self(Some(Arc::new(configure)))
    }

    pub(super) fn config(&self, scope: &InstrumentationScope) -> LoggerConfig {
        self.0.as_ref().map_or_else(LoggerConfig::default, |configure| configure(scope))
    }
}

impl fmt::Debug for LoggerConfigurator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LoggerConfigurator").field(&self.0.is_some()).finish()
    }
}
