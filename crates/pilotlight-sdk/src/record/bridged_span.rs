//! Spans as bridges from other facades start them: what they are given is written directly, and may be given another parent.

use std::sync::Arc;
use std::time::SystemTime;

use opentelemetry::trace::{Link, SpanContext, SpanKind, TraceContextExt};
use opentelemetry::{Context, KeyValue};

use super::clock::{UnixNanos, unix_nanos};
use super::limits::SpanLimits;
use super::sampler::{Decision, SamplingParameters};
use super::span::Span;
use super::span_record::{SpanRecord, SpanStart};
use super::tracer::{Decided, TracerInner};

/// What a sampler is shown of a span, where it wants to see it.
pub(crate) struct Shown<'a> {
    pub(crate) name: &'a str,
    pub(crate) kind: SpanKind,
    pub(crate) attributes: &'a [KeyValue],
}

impl TracerInner {
    /// Whether the sampler must be shown the span.
    pub(crate) fn sampler_reads_the_span(&self) -> bool {
        self.core.sampler.as_ref().is_some_and(|sampler| sampler.reads_the_span())
    }

    /// Starts a span now and has `write` give it what is known. One that is not recorded keeps that too.
    #[inline]
    pub(crate) fn start(
        self: &Arc<Self>,
        name: &str,
        shown: &Shown<'_>,
        parent_context: &Context,
        write: impl FnOnce(&mut SpanRecord, &SpanLimits),
    ) -> Span {
        let core = &*self.core;
        let parent_span = parent_context.span();
        let parent = parent_span.span_context();
        let Some(Decided { context, result }) = self.decide(shown, parent_context) else {
            return Span::silent(parent.clone());
        };
        let is_recorded = result.decision != Decision::Drop && core.is_listening();
        let begin = |context: &SpanContext, record: &mut SpanRecord| {
            let time = core.clock.unix_nanos();
            record.begin(SpanStart { context, parent, name, kind: &shown.kind, time });
            // The sampler's first, so that the application's win.
            result.attributes.iter().for_each(|attribute| record.set_attribute(attribute, &core.limits));
            write(record, &core.limits);
        };
        if !is_recorded {
            self.count_unrecorded(result.decision);
            return Span::keeping(self, context, begin);
        }
        let mut span = Span::recording(self, context, begin);
        if core.has_processors() {
            self.notify(&mut span, parent_context);
        }
        span
    }

    /// Gives a span that nobody else has seen yet another parent: it starts anew in that one's trace, with what it was given so
    /// far. Answers its new context; `None` where telemetry is suppressed, or the provider has ended.
    pub(crate) fn restart(
        self: &Arc<Self>,
        span: &mut Span,
        shown: &Shown<'_>,
        parent_context: &Context,
    ) -> Option<SpanContext> {
        let core = &*self.core;
        let decided = self.decide(shown, parent_context)?;
        if let (Some(counts), Some(decision)) = (&core.span_counts, span.decision()) {
            // What it was before is over.
            counts.count_end(decision);
        }
        let decision = match core.is_listening() {
            true => decided.result.decision,
            false => Decision::Drop,
        };
        if decision == Decision::Drop {
            self.count_unrecorded(decided.result.decision);
        }
        let parent_span = parent_context.span();
        span.restart(decided.context.clone(), parent_span.span_context(), decision);
        if let Some((record, _)) = span.fields() {
            // In the place of what the sampler gave the first time.
            let given = &decided.result.attributes;
            given.iter().for_each(|attribute| record.set_attribute(attribute, &core.limits));
        }
        if core.has_processors() {
            self.notify(span, parent_context);
        }
        Some(decided.context)
    }

    #[inline]
    fn decide(&self, shown: &Shown<'_>, parent_context: &Context) -> Option<Decided> {
        let Shown { name, kind, attributes } = shown;
        self.core.decide(parent_context, |trace_id| {
            SamplingParameters::new(parent_context, trace_id, name, kind, attributes, &[])
        })
    }

    /// A span that is not dropped, but of interest to nobody, is never open.
    fn count_unrecorded(&self, decision: Decision) {
        if let Some(counts) = self.core.span_counts.as_ref().filter(|_| decision != Decision::Drop) {
            counts.end_unrecorded(decision);
        }
    }

    /// The present.
    pub(crate) fn now(&self) -> UnixNanos {
        self.core.clock.unix_nanos()
    }
}

/// What a span takes that is not recorded, but kept: see [`TracerInner::restart`].
impl Span {
    pub(crate) fn keep_link(&mut self, span_context: SpanContext, attributes: Vec<KeyValue>) {
        if let Some((record, tracer)) = self.fields() {
            record.add_link(&Link::new(span_context, attributes, 0), &tracer.core.limits);
        }
    }

    /// An event of now, or of `time`.
    pub(crate) fn keep_event(&mut self, name: &str, time: Option<SystemTime>, attributes: &[KeyValue]) {
        if let Some((record, tracer)) = self.fields() {
            let core = &tracer.core;
            let time = time.map_or_else(|| core.clock.unix_nanos(), unix_nanos);
            record.add_event(name, time, attributes, 0, &core.limits);
        }
    }
}
