//! What loggers need of their provider, and what happens to a log record along the way.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use opentelemetry::InstrumentationScope;
use opentelemetry::logs::Severity;
use opentelemetry::trace::TraceContextExt;

use crate::Error;
use crate::batch::{BatchProcessor, Report};
use crate::record::clock::Clock;
use crate::record::lifecycle;
use crate::record::processor::guarded;
use crate::record::scope::{Scope, ScopeTable};
use crate::resource::Resource;
use crate::self_metrics::{Counters, Loss};

use super::draft::{LogDraft, SpanReference};
use super::limits::LogLimits;
use super::log_counts::LogCounts;
use super::logger_config::{LoggerConfig, LoggerConfigurator};
use super::processor::{LogMut, LogRecordProcessor};

/// What loggers need of their provider.
pub(crate) struct LoggerCore {
    pub(super) limits: LogLimits,
    pub(crate) clock: Clock,
    pub(crate) resource: Arc<Resource>,
    pub(crate) scopes: Arc<ScopeTable>,
    pub(super) configurator: LoggerConfigurator,
    pub(super) processors: Vec<Box<dyn LogRecordProcessor>>,
    pub(super) exporters: Vec<BatchProcessor>,
    pub(super) shut_down: AtomicBool,
    pub(super) counters: Counters,
    /// `None` when nobody collects them.
    pub(super) counts: Option<LogCounts>,
}

impl LoggerCore {
    pub(super) fn is_shut_down(&self) -> bool {
        // Acquire pairs with the swap in `shutdown`: who sees the end sees what led to it.
        self.shut_down.load(Ordering::Acquire)
    }

    pub(crate) fn limits(&self) -> &LogLimits {
        &self.limits
    }

    pub(crate) fn exporters(&self) -> &[BatchProcessor] {
        &self.exporters
    }

    pub(crate) fn counts(&self) -> Option<&LogCounts> {
        self.counts.as_ref()
    }

    pub(crate) fn config(&self, scope: &InstrumentationScope) -> LoggerConfig {
        guarded(&self.counters, "a logger configurator", || self.configurator.config(scope))
            .unwrap_or_default()
    }

    pub(super) fn has_exporters(&self) -> bool {
        !self.exporters.is_empty()
    }

    /// Whether any processor wants records of this kind. One that cannot say is shown them.
    pub(super) fn is_wanted_by_processors(
        &self,
        severity: Severity,
        scope: &Scope,
        event_name: Option<&str>,
    ) -> bool {
        self.processors.iter().any(|processor| {
            let ask = || processor.enabled(severity, &scope.scope, event_name);
            guarded(&self.counters, "a log record processor", ask).unwrap_or(true)
        })
    }

    /// The last steps of a record: what nobody said is filled in, processors see it, exporters get its bytes.
    #[inline]
    pub(super) fn emit(&self, draft: &mut LogDraft, scope: &Scope, is_local: bool) {
        if let Some(counts) = &self.counts {
            counts.count();
        }
        if self.is_shut_down() {
            return self.refuse(is_local);
        }
        if draft.observed_time == 0 {
            draft.observed_time = self.clock.unix_nanos();
        }
        if !self.processors.is_empty() {
            self.process(draft, scope);
        }
        if draft.discarded {
            return self.counters.count_filtered();
        }
        draft.finish();
        for exporter in self.exporters_of(is_local) {
            exporter.on_end(scope.id, &draft.bytes);
        }
    }

    /// All of them, or those that stay on this machine.
    #[inline]
    fn exporters_of(&self, is_local: bool) -> impl Iterator<Item = &BatchProcessor> {
        self.exporters.iter().filter(move |exporter| !is_local || exporter.is_local())
    }

    /// Processors have ended, and what they have not seen (and redacted) is nobody else's to see.
    #[cold]
    fn refuse(&self, is_local: bool) {
        for exporter in self.exporters_of(is_local) {
            exporter.queue().lose(Loss::AfterShutdown, 1);
        }
    }

    fn process(&self, draft: &mut LogDraft, scope: &Scope) {
        let context = crate::record::current_context::get().unwrap_or_default();
        let mut log = LogMut { draft, scope, resource: &self.resource, limits: &self.limits };
        for processor in &self.processors {
            guarded(&self.counters, "a log record processor", || processor.on_emit(&mut log, &context));
        }
    }

    pub(super) fn force_flush(&self, deadline: Instant) -> Result<(), Error> {
        lifecycle::force_flush(&self.processors, &self.exporters, &self.counters, deadline)
    }

    pub(super) fn shutdown(&self, deadline: Instant) -> Report {
        // AcqRel: publishes everything before to those who see the flag, and sees what an earlier shutdown did.
        let is_first = !self.shut_down.swap(true, Ordering::AcqRel);
        lifecycle::shutdown(&self.processors, &self.exporters, &self.counters, is_first, deadline)
    }
}

/// The span that records emitted now belong to; `None` outside of one, and where a thread is ending.
#[inline]
pub(crate) fn current_span() -> Option<SpanReference> {
    crate::record::current_context::with(|context| SpanReference::of(context.span().span_context())).flatten()
}

impl fmt::Debug for LoggerCore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoggerProvider")
            .field("limits", &self.limits)
            .field("processors", &self.processors.len())
            .field("exporters", &self.exporters.len())
            .finish_non_exhaustive()
    }
}
