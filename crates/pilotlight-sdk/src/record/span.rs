//! The API's span: a thin handle on a record.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use opentelemetry::KeyValue;
use opentelemetry::trace::{Link, SpanContext, Status};

use super::clock::{UnixNanos, unix_nanos};
use super::exception::exception_attributes;
use super::pool;
use super::processor::{FinishedSpan, SpanMut};
use super::sampler::Decision;
use super::span_record::SpanRecord;
use super::tracer::TracerInner;

/// A span of ours, as [`Tracer`](super::Tracer) makes them.
///
/// One pointer wide: the API boxes spans, and this keeps the box small. The record behind it comes from the thread's pool, so
/// that after a warm-up neither starting nor ending a span allocates. Dropping a span ends it. All updates after the end, and
/// all on a span that is not recorded, do nothing and cost a branch.
pub struct Span {
    /// `None` only while the span is being dropped; an empty option costs a pointer nothing.
    active: Option<Box<ActiveSpan>>,
}

/// What a span's handle points to. Pooled, recording or not.
#[derive(Debug)]
pub(crate) struct ActiveSpan {
    context: SpanContext,
    /// Kept while the record waits in the pool: the next span is most likely of the same tracer, and not
    /// touching the count saves two contended atomic operations a span.
    tracer: Option<Arc<TracerInner>>,
    state: State,
    record: SpanRecord,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Recorded, and exported when it ends.
    Sampled,
    /// Recorded for processors alone.
    RecordOnly,
    /// Not recorded, but what it was given is kept: it may be given another parent, whose trace is recorded, or log records
    /// may take it over.
    Kept,
    /// Not recorded, or ended.
    Silent,
}

impl Default for ActiveSpan {
    fn default() -> Self {
        Self { context: SpanContext::NONE, tracer: None, state: State::Silent, record: SpanRecord::default() }
    }
}

impl ActiveSpan {
    /// Makes the span ready to be used again.
    pub(super) fn reset(&mut self) {
        self.record.reset();
    }
}

impl Span {
    /// A span that records nothing and carries `context`.
    pub(super) fn silent(context: SpanContext) -> Self {
        let mut active = pool::take();
        active.context = context;
        active.state = State::Silent;
        Self { active: Some(active) }
    }

    /// A span that records. The caller writes its start into the record it is given.
    pub(super) fn recording(
        tracer: &Arc<TracerInner>,
        context: SpanContext,
        begin: impl FnOnce(&SpanContext, &mut SpanRecord),
    ) -> Self {
        let mut active = pool::take();
        active.state = if context.is_sampled() { State::Sampled } else { State::RecordOnly };
        active.context = context;
        if !active.tracer.as_ref().is_some_and(|known| Arc::ptr_eq(known, tracer)) {
            active.tracer = Some(Arc::clone(tracer));
        }
        let ActiveSpan { context, record, .. } = &mut *active;
        begin(context, record);
        Self { active: Some(active) }
    }

    /// A span that records nothing and keeps what it is given until it ends.
    pub(super) fn keeping(
        tracer: &Arc<TracerInner>,
        context: SpanContext,
        begin: impl FnOnce(&SpanContext, &mut SpanRecord),
    ) -> Self {
        let mut span = Self::recording(tracer, context, begin);
        span.set_state(State::Kept);
        span
    }

    fn set_state(&mut self, state: State) {
        if let Some(active) = &mut self.active {
            active.state = state;
        }
    }

    /// Begins anew with another identity: what was recorded stays, but for ids, parent and flags.
    pub(super) fn restart(&mut self, context: SpanContext, parent: &SpanContext, decision: Decision) {
        let Some(active) = &mut self.active else { return };
        active.state = match decision {
            Decision::RecordAndSample => State::Sampled,
            Decision::RecordOnly => State::RecordOnly,
            Decision::Drop => State::Kept,
        };
        active.record.reparent(&context, parent);
        active.context = context;
    }

    /// The record, while the span records or keeps what it is given.
    #[inline]
    pub(crate) fn fields(&mut self) -> Option<(&mut SpanRecord, &TracerInner)> {
        let ActiveSpan { tracer, state, record, .. } = &mut **self.active.as_mut()?;
        match (*state, tracer) {
            (State::Silent, _) | (_, None) => None,
            (_, Some(tracer)) => Some((record, tracer)),
        }
    }

    /// What the sampler decided of a span that records.
    pub(super) fn decision(&self) -> Option<Decision> {
        match self.state() {
            State::Sampled => Some(Decision::RecordAndSample),
            State::RecordOnly => Some(Decision::RecordOnly),
            State::Kept | State::Silent => None,
        }
    }

    /// Ends the span at `time`.
    #[inline]
    pub(crate) fn end_at(&mut self, time: Option<UnixNanos>) {
        self.finish(time);
    }

    /// The record and its tracer, while the span records.
    #[inline]
    pub(super) fn record(&mut self) -> Option<(&mut SpanRecord, &SpanContext, &TracerInner)> {
        let ActiveSpan { context, tracer, state, record } = &mut **self.active.as_mut()?;
        match (*state, tracer) {
            (State::Silent | State::Kept, _) | (_, None) => None,
            (_, Some(tracer)) => Some((record, context, tracer)),
        }
    }

    /// Ends the span at `time`, or now.
    #[inline]
    fn finish(&mut self, time: Option<UnixNanos>) {
        // Looked at here: dropping a span that has ended, as all do in the end, or was never recorded, is a branch.
        if self.state() != State::Silent {
            self.finish_recording(time);
        }
    }

    fn finish_recording(&mut self, time: Option<UnixNanos>) {
        let is_sampled = self.state() == State::Sampled;
        let Some((record, context, tracer)) = self.record() else { return self.set_state(State::Silent) };
        let core = &tracer.core;
        let time = time.unwrap_or_else(|| core.clock.unix_nanos());
        let (scope, resource) = (&*tracer.scope, &*core.resource);
        if core.has_processors() {
            core.on_ending(&mut SpanMut { record, context, scope, resource, limits: &core.limits });
        }
        record.finish(time);
        if let Some(counts) = &core.span_counts {
            // Before exporters see it: who finds the span exported finds it ended.
            let decision = if is_sampled { Decision::RecordAndSample } else { Decision::RecordOnly };
            counts.count_end(decision);
        }
        let finished = FinishedSpan { bytes: &record.bytes, context, scope, resource };
        core.on_end(&finished, is_sampled, record.discarded);
        self.set_state(State::Silent);
    }

    fn state(&self) -> State {
        self.active.as_ref().map_or(State::Silent, |active| active.state)
    }
}

impl opentelemetry::trace::Span for Span {
    fn add_event<T>(&mut self, name: T, attributes: Vec<KeyValue>)
    where
        T: Into<Cow<'static, str>>,
    {
        if let Some((record, _, tracer)) = self.record() {
            let core = &tracer.core;
            record.add_event(&name.into(), core.clock.unix_nanos(), &attributes, 0, &core.limits);
        }
    }

    /// Adds the event `exception` with `exception.type`, `exception.message` and, when the error has causes, their
    /// chain in `exception.stacktrace`. Does not set the status.
    ///
    /// Through `global::tracer` and `Context::span` the API itself makes the event and gives it the message alone; use
    /// [`RecordException`](super::RecordException) there.
    ///
    /// Specification: "Record Exception", <https://opentelemetry.io/docs/specs/otel/trace/api/#record-exception>.
    fn record_error(&mut self, err: &dyn Error) {
        if self.is_recording() {
            self.add_event("exception", exception_attributes(err));
        }
    }

    fn add_event_with_timestamp<T>(&mut self, name: T, timestamp: SystemTime, attributes: Vec<KeyValue>)
    where
        T: Into<Cow<'static, str>>,
    {
        if let Some((record, _, tracer)) = self.record() {
            record.add_event(&name.into(), unix_nanos(timestamp), &attributes, 0, &tracer.core.limits);
        }
    }

    fn span_context(&self) -> &SpanContext {
        self.active.as_ref().map_or(&SpanContext::NONE, |active| &active.context)
    }

    fn is_recording(&self) -> bool {
        matches!(self.state(), State::Sampled | State::RecordOnly)
    }

    #[inline]
    fn set_attribute(&mut self, attribute: KeyValue) {
        if let Some((record, _, tracer)) = self.record() {
            record.set_attribute(&attribute, &tracer.core.limits);
        }
    }

    fn set_status(&mut self, status: Status) {
        if let Some((record, _, _)) = self.record() {
            record.set_status(status);
        }
    }

    fn update_name<T>(&mut self, new_name: T)
    where
        T: Into<Cow<'static, str>>,
    {
        if let Some((record, _, _)) = self.record() {
            record.set_name(&new_name.into());
        }
    }

    fn add_link(&mut self, span_context: SpanContext, attributes: Vec<KeyValue>) {
        if let Some((record, _, tracer)) = self.record() {
            record.add_link(&Link::new(span_context, attributes, 0), &tracer.core.limits);
        }
    }

    fn end(&mut self) {
        self.finish(None);
    }

    /// Ends the span. An end before the start is the start.
    fn end_with_timestamp(&mut self, timestamp: SystemTime) {
        self.finish(Some(unix_nanos(timestamp)));
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        self.finish(None);
        if let Some(active) = self.active.take() {
            pool::give(active);
        }
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Span").field("active", &self.active).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_handle_is_one_pointer_wide() {
        assert_eq!(size_of::<Span>(), size_of::<usize>());
    }
}
