//! Processors: users' code that sees spans start and end.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, SystemTime};

use opentelemetry::trace::{Link, SpanContext, Status};
use opentelemetry::{Context, InstrumentationScope, KeyValue};

use crate::Error;
use crate::diagnostics;
use crate::resource::Resource;
use crate::self_metrics::Counters;

use super::clock::unix_nanos;
use super::limits::SpanLimits;
use super::scope::Scope;
use super::span_record::SpanRecord;
use super::view::SpanView;

/// Sees every recorded span start and end: to enrich, to redact, to filter, to count.
///
/// Processors are called one after another, in the order in which they were added, on the thread that starts or ends the
/// span, so they must be quick and must not block. All of them see the same bytes; nothing is cloned. Exporters come after all
/// processors, so what [`on_ending`](Self::on_ending) changes is what is exported. A panic is caught, counted and reported once;
/// the span goes on.
///
/// Specification: "Span processor", <https://opentelemetry.io/docs/specs/otel/trace/sdk/#span-processor>.
///
/// # Examples
///
/// Adds the tenant from the baggage, hides e-mail addresses, and forgets health checks:
///
/// ```
/// use opentelemetry::baggage::BaggageExt;
/// use opentelemetry::{Context, KeyValue};
/// use pilotlight_sdk::record::{SpanMut, SpanProcessor};
///
/// struct Housekeeping;
///
/// impl SpanProcessor for Housekeeping {
///     fn on_start(&self, span: &mut SpanMut<'_>, parent: &Context) {
///         if let Some(tenant) = parent.baggage().get("tenant") {
///             span.set_attribute(KeyValue::new("tenant", tenant.clone()));
///         }
///     }
///
///     fn on_ending(&self, span: &mut SpanMut<'_>) {
///         if span.view().attribute("user.email").is_some() {
///             span.set_attribute(KeyValue::new("user.email", "REDACTED"));
///         }
///         if span.view().name() == "GET /health" {
///             span.discard();
///         }
///     }
/// }
/// ```
pub trait SpanProcessor: Send + Sync + 'static {
    /// The span has started with what its builder gave it. `parent` is the context it was started in.
    fn on_start(&self, span: &mut SpanMut<'_>, parent: &Context) {
        let _ = (span, parent);
    }

    /// The span is about to end: the last chance to change it. Its duration no longer grows.
    ///
    /// Specification: "OnEnding" (development),
    /// <https://opentelemetry.io/docs/specs/otel/trace/sdk/#onending>.
    fn on_ending(&self, span: &mut SpanMut<'_>) {
        let _ = span;
    }

    /// The span has ended, sampled or not.
    fn on_end(&self, span: &FinishedSpan<'_>) {
        let _ = span;
    }

    /// Finishes what the processor still has to do, in at most `timeout`.
    ///
    /// # Errors
    ///
    /// When it was not done, or not in time.
    fn force_flush(&self, timeout: Duration) -> Result<(), Error> {
        let _ = timeout;
        Ok(())
    }

    /// As [`force_flush`](Self::force_flush), and ends for good. Called once.
    ///
    /// # Errors
    ///
    /// When it was not done, or not in time.
    fn shutdown(&self, timeout: Duration) -> Result<(), Error> {
        self.force_flush(timeout)
    }
}

impl SpanProcessor for Box<dyn SpanProcessor> {
    fn on_start(&self, span: &mut SpanMut<'_>, parent: &Context) {
        (**self).on_start(span, parent);
    }

    fn on_ending(&self, span: &mut SpanMut<'_>) {
        (**self).on_ending(span);
    }

    fn on_end(&self, span: &FinishedSpan<'_>) {
        (**self).on_end(span);
    }

    fn force_flush(&self, timeout: Duration) -> Result<(), Error> {
        (**self).force_flush(timeout)
    }

    fn shutdown(&self, timeout: Duration) -> Result<(), Error> {
        (**self).shutdown(timeout)
    }
}

/// A span that is still being recorded.
///
/// Changes obey the provider's limits, as the application's own do.
pub struct SpanMut<'a> {
    pub(crate) record: &'a mut SpanRecord,
    pub(crate) context: &'a SpanContext,
    pub(crate) scope: &'a Scope,
    pub(crate) resource: &'a Resource,
    pub(crate) limits: &'a SpanLimits,
}

impl SpanMut<'_> {
    /// Reads what has been recorded so far. [`SpanView::status`] is known only once the span has ended: ask
    /// [`status`](Self::status).
    pub fn view(&self) -> SpanView<'_> {
        SpanView::new(&self.record.bytes)
    }

    /// The span's identity.
    pub fn span_context(&self) -> &SpanContext {
        self.context
    }

    /// The library that started the span.
    pub fn scope(&self) -> &InstrumentationScope {
        &self.scope.scope
    }

    /// The service the span belongs to.
    pub fn resource(&self) -> &Resource {
        self.resource
    }

    /// The status so far.
    pub fn status(&self) -> &Status {
        self.record.status()
    }

    /// Sets an attribute; a key that is already there is overwritten in place.
    pub fn set_attribute(&mut self, attribute: KeyValue) {
        self.record.set_attribute(&attribute, self.limits);
    }

    /// Removes an attribute. Answers whether there was one.
    pub fn remove_attribute(&mut self, key: &str) -> bool {
        self.record.remove_attribute(key)
    }

    /// Renames the span.
    pub fn update_name(&mut self, name: &str) {
        self.record.set_name(name);
    }

    /// Sets the status, by the same rules as the API's.
    pub fn set_status(&mut self, status: Status) {
        self.record.set_status(status);
    }

    /// Adds an event.
    pub fn add_event(&mut self, name: &str, time: SystemTime, attributes: &[KeyValue]) {
        self.record.add_event(name, unix_nanos(time), attributes, 0, self.limits);
    }

    /// Adds a link.
    pub fn add_link(&mut self, span_context: SpanContext, attributes: Vec<KeyValue>) {
        self.record.add_link(&Link::new(span_context, attributes, 0), self.limits);
    }

    /// Has the span forgotten when it ends: exporters never see it, and it is counted as filtered.
    pub fn discard(&mut self) {
        self.record.discarded = true;
    }
}

impl fmt::Debug for SpanMut<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpanMut").field("span", &self.view()).finish_non_exhaustive()
    }
}

/// A span that has ended.
#[derive(Clone, Copy)]
pub struct FinishedSpan<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) context: &'a SpanContext,
    pub(crate) scope: &'a Scope,
    pub(crate) resource: &'a Resource,
}

impl<'a> FinishedSpan<'a> {
    /// Reads the span.
    pub fn view(&self) -> SpanView<'a> {
        SpanView::new(self.bytes)
    }

    /// The span's identity.
    pub fn span_context(&self) -> &'a SpanContext {
        self.context
    }

    /// Whether it is exported, as opposed to recorded for processors alone.
    pub fn is_sampled(&self) -> bool {
        self.context.is_sampled()
    }

    /// The library that started the span.
    pub fn scope(&self) -> &'a InstrumentationScope {
        &self.scope.scope
    }

    /// The service the span belongs to.
    pub fn resource(&self) -> &'a Resource {
        self.resource
    }
}

impl fmt::Debug for FinishedSpan<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FinishedSpan").field("span", &self.view()).finish_non_exhaustive()
    }
}

/// Runs users' code; a panic in it is counted, and reported the first time.
pub(crate) fn guarded<T>(counters: &Counters, what: &str, code: impl FnOnce() -> T) -> Option<T> {
    match catch_unwind(AssertUnwindSafe(code)) {
        Ok(value) => Some(value),
        Err(_) => {
            if counters.count_panic() == 1 {
                diagnostics::error(format_args!(
                    "{what} panicked; the panic was caught and recording goes on. Further panics are only counted"
                ));
            }
            None
        }
    }
}
