//! Processors: users' code that sees log records before they are exported.

use std::borrow::Cow;
use std::fmt;
use std::time::{Duration, SystemTime};

use opentelemetry::logs::{AnyValue, Severity};
use opentelemetry::trace::{SpanId, TraceFlags, TraceId};
use opentelemetry::{Context, InstrumentationScope};

use crate::Error;
use crate::encode::attribute::AnyValueRef;
use crate::record::clock::unix_nanos;
use crate::record::scope::Scope;
use crate::record::view::ValueView;
use crate::resource::Resource;

use super::draft::{LogDraft, SpanReference};
use super::limits::LogLimits;
use super::view::LogView;

/// Sees every log record that is emitted: to enrich, to redact, to filter, to count.
///
/// Processors are called one after another, in the order in which they were added, on the thread that emits, so they must be
/// quick and must not block. Each sees what those before it changed; nothing is cloned. Exporters, the lines on standard output
/// among them, come after all processors. A panic is caught, counted and reported once; the record goes on.
///
/// A record that a processor emits itself comes to the processors again: a processor that does so for each record never ends.
///
/// Specification: "LogRecordProcessor", <https://opentelemetry.io/docs/specs/otel/logs/sdk/#logrecordprocessor>.
///
/// # Examples
///
/// Hides e-mail addresses, and forgets what a noisy library says:
///
/// ```
/// use opentelemetry::Context;
/// use pilotlight_sdk::record::{LogMut, LogRecordProcessor};
///
/// struct Housekeeping;
///
/// impl LogRecordProcessor for Housekeeping {
///     fn on_emit(&self, log: &mut LogMut<'_>, _context: &Context) {
///         if log.attribute("user.email").is_some() {
///             log.set_attribute("user.email", "REDACTED".into());
///         }
///         if log.scope().name() == "noisy" {
///             log.discard();
///         }
///     }
/// }
/// ```
pub trait LogRecordProcessor: Send + Sync + 'static {
    /// A log record is emitted. `context` is the current one, or an empty one where a thread is ending.
    fn on_emit(&self, log: &mut LogMut<'_>, context: &Context);

    /// Whether this processor wants records of this kind. What no processor and no exporter wants need not be built: see
    /// `event_enabled` of the API's `Logger`. Exporters want all there is, so that this matters to providers without one. Default: yes.
    fn enabled(&self, severity: Severity, scope: &InstrumentationScope, event_name: Option<&str>) -> bool {
        let _ = (severity, scope, event_name);
        true
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

impl LogRecordProcessor for Box<dyn LogRecordProcessor> {
    fn on_emit(&self, log: &mut LogMut<'_>, context: &Context) {
        (**self).on_emit(log, context);
    }

    fn enabled(&self, severity: Severity, scope: &InstrumentationScope, event_name: Option<&str>) -> bool {
        (**self).enabled(severity, scope, event_name)
    }

    fn force_flush(&self, timeout: Duration) -> Result<(), Error> {
        (**self).force_flush(timeout)
    }

    fn shutdown(&self, timeout: Duration) -> Result<(), Error> {
        (**self).shutdown(timeout)
    }
}

/// A log record on its way to the exporters.
///
/// Changes obey the provider's limits, as the application's own do.
pub struct LogMut<'a> {
    pub(super) draft: &'a mut LogDraft,
    pub(super) scope: &'a Scope,
    pub(super) resource: &'a Resource,
    pub(super) limits: &'a LogLimits,
}

impl LogMut<'_> {
    /// When it happened; `None` when only the time of its observation is known.
    pub fn time(&self) -> Option<SystemTime> {
        Some(self.draft.time).filter(|nanos| *nanos != 0).map(crate::record::view::time)
    }

    /// When it was emitted.
    pub fn observed_time(&self) -> SystemTime {
        crate::record::view::time(self.draft.observed_time)
    }

    /// How severe it is, from 1 (`TRACE`) to 24 (`FATAL4`); 0 when nobody said.
    pub fn severity_number(&self) -> u8 {
        self.draft.severity_number
    }

    /// The severity in the words of its source; empty when there are none.
    pub fn severity_text(&self) -> &str {
        &self.draft.severity_text
    }

    /// What kind of event it is; empty for a plain log record.
    pub fn event_name(&self) -> &str {
        &self.draft.event_name
    }

    /// What it says.
    pub fn body(&self) -> Option<ValueView<'_>> {
        self.draft.body()
    }

    /// The attributes, in the order in which their keys were first set.
    pub fn attributes(&self) -> impl Iterator<Item = (&str, ValueView<'_>)> + Clone {
        LogView::new(&self.draft.bytes).attributes()
    }

    /// The value of one attribute.
    pub fn attribute(&self, key: &str) -> Option<ValueView<'_>> {
        LogView::new(&self.draft.bytes).attribute(key)
    }

    /// The trace it was emitted in; [`TraceId::INVALID`] outside of one.
    pub fn trace_id(&self) -> TraceId {
        self.draft.span.map_or(TraceId::INVALID, |span| span.trace_id)
    }

    /// The span it was emitted in; [`SpanId::INVALID`] outside of one.
    pub fn span_id(&self) -> SpanId {
        self.draft.span.map_or(SpanId::INVALID, |span| span.span_id)
    }

    /// The W3C flags of that span.
    pub fn trace_flags(&self) -> TraceFlags {
        self.draft.span.map_or(TraceFlags::NOT_SAMPLED, |span| span.trace_flags)
    }

    /// The library that emits it, or the target of the event it was made from.
    pub fn scope(&self) -> &InstrumentationScope {
        &self.scope.scope
    }

    /// The service it belongs to.
    pub fn resource(&self) -> &Resource {
        self.resource
    }

    /// Changes when it happened.
    pub fn set_time(&mut self, time: SystemTime) {
        self.draft.time = unix_nanos(time);
    }

    /// Changes when it was observed.
    pub fn set_observed_time(&mut self, time: SystemTime) {
        self.draft.observed_time = unix_nanos(time);
    }

    /// Changes how severe it is, and in which words.
    pub fn set_severity(&mut self, severity: Severity, text: impl Into<Cow<'static, str>>) {
        self.draft.severity_number = severity as u8;
        self.draft.severity_text = text.into();
    }

    /// Changes what kind of event it is.
    pub fn set_event_name(&mut self, name: impl Into<Cow<'static, str>>) {
        self.draft.event_name = name.into();
    }

    /// Changes what it says.
    pub fn set_body(&mut self, body: AnyValue) {
        self.draft.set_body(AnyValueRef::from(&body), self.limits);
    }

    /// Sets an attribute; a key that is already there is overwritten in place.
    pub fn set_attribute(&mut self, key: &str, value: AnyValue) {
        self.draft.set_attribute(key, AnyValueRef::from(&value), self.limits);
    }

    /// Removes an attribute. Answers whether there was one.
    pub fn remove_attribute(&mut self, key: &str) -> bool {
        self.draft.remove_attribute(key)
    }

    /// Changes the span it belongs to; ids that are not valid take it out of any.
    pub fn set_trace_context(&mut self, trace_id: TraceId, span_id: SpanId, trace_flags: TraceFlags) {
        self.draft.span = Some(SpanReference { trace_id, span_id, trace_flags });
    }

    /// Has the record forgotten: exporters never see it, and it is counted as filtered. Processors that follow still do.
    pub fn discard(&mut self) {
        self.draft.discarded = true;
    }
}

impl fmt::Debug for LogMut<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogMut")
            .field("scope", &self.scope.scope.name())
            .field("draft", &self.draft)
            .finish_non_exhaustive()
    }
}
