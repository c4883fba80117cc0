//! What tracers and spans need of their provider, and what happens to a span along the way.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use opentelemetry::Context;
use opentelemetry::trace::{SpanId, TraceId};

use crate::Error;
use crate::batch::{BatchProcessor, Report};
use crate::resource::Resource;
use crate::self_metrics::Counters;

use super::clock::Clock;
use super::ids::{IdGenerator, RandomIds};
use super::lifecycle;
use super::limits::SpanLimits;
use super::processor::{FinishedSpan, SpanMut, SpanProcessor, guarded};
use super::sampler::{Decision, Sampler, SamplingParameters, SamplingResult, parent_based_always_on};
use super::scope::ScopeTable;
use super::span_counts::SpanCounts;

/// What tracers and spans need of their provider.
pub(crate) struct ProviderCore {
    /// `None` is the default, decided without asking anybody: that is a third of the price of a span not sampled.
    pub(super) sampler: Option<Box<dyn Sampler>>,
    pub(super) ids: Ids,
    pub(crate) limits: SpanLimits,
    pub(crate) clock: Clock,
    pub(crate) resource: Arc<Resource>,
    pub(super) scopes: Arc<ScopeTable>,
    pub(super) processors: Vec<Box<dyn SpanProcessor>>,
    pub(super) exporters: Vec<BatchProcessor>,
    pub(super) shut_down: AtomicBool,
    pub(super) counters: Counters,
    /// `None` when nobody collects them.
    pub(super) span_counts: Option<SpanCounts>,
}

/// The default generator is called directly; a virtual call would cost more than its work.
#[derive(Debug)]
pub(super) enum Ids {
    Random,
    Custom(Box<dyn IdGenerator>),
}

impl ProviderCore {
    pub(super) fn is_shut_down(&self) -> bool {
        // Acquire pairs with the swap in `shutdown`: who sees the end sees what led to it.
        self.shut_down.load(Ordering::Acquire)
    }

    /// Whether anything wants recorded spans.
    pub(super) fn is_listening(&self) -> bool {
        !self.exporters.is_empty() || self.has_processors()
    }

    pub(super) fn has_processors(&self) -> bool {
        !self.processors.is_empty()
    }

    /// Whether starting a span calls anything of the application's.
    #[cfg(feature = "tracing-layer")]
    pub(super) fn runs_users_code(&self) -> bool {
        self.sampler.is_some() || self.has_processors()
    }

    #[inline]
    pub(super) fn sample(&self, parameters: &SamplingParameters<'_>) -> SamplingResult {
        let Some(sampler) = &self.sampler else {
            return SamplingResult::new(parent_based_always_on(parameters.parent));
        };
        let result = guarded(&self.counters, "a sampler", || sampler.should_sample(parameters));
        result.unwrap_or_else(|| SamplingResult::new(Decision::Drop))
    }

    /// A new trace id, and whether it is random.
    pub(super) fn new_trace_id(&self) -> (TraceId, bool) {
        if let Ids::Custom(ids) = &self.ids {
            let made = guarded(&self.counters, "an id generator", || (ids.new_trace_id(), ids.is_random()));
            if let Some((id, random)) = made.filter(|(id, _)| *id != TraceId::INVALID) {
                return (id, random);
            }
        }
        (RandomIds.new_trace_id(), true)
    }

    pub(super) fn new_span_id(&self) -> SpanId {
        if let Ids::Custom(ids) = &self.ids {
            let made = guarded(&self.counters, "an id generator", || ids.new_span_id());
            if let Some(id) = made.filter(|id| *id != SpanId::INVALID) {
                return id;
            }
        }
        RandomIds.new_span_id()
    }

    pub(crate) fn exporters(&self) -> &[BatchProcessor] {
        &self.exporters
    }

    pub(crate) fn span_counts(&self) -> Option<&SpanCounts> {
        self.span_counts.as_ref()
    }

    pub(super) fn on_start(&self, span: &mut SpanMut<'_>, parent: &Context) {
        for processor in &self.processors {
            guarded(&self.counters, "a span processor", || processor.on_start(span, parent));
        }
    }

    pub(super) fn on_ending(&self, span: &mut SpanMut<'_>) {
        for processor in &self.processors {
            guarded(&self.counters, "a span processor", || processor.on_ending(span));
        }
    }

    /// Shows the finished span to processors, then gives it to the exporters if it is theirs.
    pub(super) fn on_end(&self, span: &FinishedSpan<'_>, is_sampled: bool, is_discarded: bool) {
        for processor in &self.processors {
            guarded(&self.counters, "a span processor", || processor.on_end(span));
        }
        if is_discarded {
            self.counters.count_filtered();
        } else if is_sampled {
            for exporter in &self.exporters {
                exporter.on_end(span.scope.id, span.bytes);
            }
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

impl fmt::Debug for ProviderCore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracerProvider")
            .field("sampler", &self.sampler)
            .field("ids", &self.ids)
            .field("limits", &self.limits)
            .field("processors", &self.processors.len())
            .field("exporters", &self.exporters.len())
            .finish_non_exhaustive()
    }
}
