//! The API's tracer: decides whether a span is recorded, and starts it.

use std::sync::Arc;

use opentelemetry::trace::{SpanBuilder, SpanContext, SpanKind, TraceContextExt, TraceFlags, TraceId};
use opentelemetry::{Context, KeyValue};

use super::clock::unix_nanos;
#[cfg(feature = "tracing-layer")]
use super::current_context;
use super::processor::SpanMut;
use super::provider_core::ProviderCore;
use super::sampler::{Decision, SamplingParameters, SamplingResult};
use super::scope::Scope;
use super::span::Span;
use super::span_counts::Start;
use super::span_flags;
use super::span_record::{SpanRecord, SpanStart};

/// Starts spans for one instrumentation scope.
///
/// Cheap to clone. Safe for concurrent calls.
///
/// Give a span the attributes that are known when it starts through its builder, rather than with `set_attribute` later:
/// samplers decide by what is there at creation, and see nothing that follows.
///
/// Specification: "Span Creation", <https://opentelemetry.io/docs/specs/otel/trace/api/#span-creation>.
///
/// ```
/// use opentelemetry::KeyValue;
/// use opentelemetry::trace::{Span, Tracer, TracerProvider as _};
/// use pilotlight_sdk::record::TracerProvider;
///
/// # fn main() -> Result<(), pilotlight_sdk::Error> {
/// let tracer = TracerProvider::builder().build()?.tracer("shop");
/// let builder = tracer.span_builder("GET /users/{id}");
/// let mut span = tracer.build(builder.with_attributes([KeyValue::new("http.route", "/users/{id}")]));
/// span.set_attribute(KeyValue::new("http.response.status_code", 200)); // was not known before
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Tracer(pub(super) Arc<TracerInner>);

/// What a tracer and the spans it started share.
#[derive(Debug)]
pub(crate) struct TracerInner {
    pub(crate) core: Arc<ProviderCore>,
    pub(crate) scope: Arc<Scope>,
}

impl opentelemetry::trace::Tracer for Tracer {
    type Span = Span;

    /// Starts a span: decide first, then build.
    ///
    /// 1. Suppressed contexts and ended providers get a span that only carries the parent's context on.
    /// 2. A root gets a new trace id; every span, even a dropped one, gets a new span id.
    /// 3. The sampler decides. A dropped span carries its context and records nothing.
    /// 4. A recorded span writes its start into a pooled buffer, and processors see it.
    fn build_with_context(&self, builder: SpanBuilder, parent_context: &Context) -> Span {
        let core = &*self.0.core;
        #[cfg(feature = "tracing-layer")]
        let _held = core.runs_users_code().then(current_context::Held::new);
        let Some(decided) =
            core.decide(parent_context, |trace_id| parameters(&builder, parent_context, trace_id))
        else {
            return Span::silent(parent_context.span().span_context().clone());
        };
        if decided.result.decision == Decision::Drop || !core.is_listening() {
            return silent(core, decided.context, decided.result.decision);
        }
        let parent_span = parent_context.span();
        let parent = Some(parent_span.span_context()).filter(|parent| parent.is_valid());
        let mut span = self.record(&builder, parent, decided.context, &decided.result.attributes);
        if core.has_processors() {
            self.0.notify(&mut span, parent_context);
        }
        span
    }
}

impl Tracer {
    fn record(
        &self,
        builder: &SpanBuilder,
        parent: Option<&SpanContext>,
        context: SpanContext,
        sampler_attributes: &[KeyValue],
    ) -> Span {
        let core = &*self.0.core;
        Span::recording(&self.0, context, |context, record| {
            record.begin(SpanStart {
                context,
                parent: parent.unwrap_or(&SpanContext::NONE),
                name: &builder.name,
                kind: builder.span_kind.as_ref().unwrap_or(&SpanKind::Internal),
                time: builder.start_time.map_or_else(|| core.clock.unix_nanos(), unix_nanos),
            });
            if gives_something(builder) || !sampler_attributes.is_empty() {
                write_given(record, builder, sampler_attributes, core);
            }
        })
    }
}

impl Tracer {
    /// What it shares with its spans, for bridges.
    pub(crate) fn into_inner(self) -> Arc<TracerInner> {
        self.0
    }
}

impl TracerInner {
    pub(super) fn notify(&self, span: &mut Span, parent: &Context) {
        if let Some((record, context, tracer)) = span.record() {
            let core = &tracer.core;
            let (scope, resource, limits) = (&*tracer.scope, &*core.resource, &core.limits);
            core.on_start(&mut SpanMut { record, context, scope, resource, limits }, parent);
        }
    }
}

/// What a span will be, before anything of it is written.
pub(super) struct Decided {
    pub(super) context: SpanContext,
    pub(super) result: SamplingResult,
}

impl ProviderCore {
    /// Makes the ids and asks the sampler, with the parameters that `parameters` makes for a trace. `None` where telemetry is suppressed,
    /// or the provider has ended.
    #[inline]
    pub(super) fn decide<'a>(
        &self,
        parent_context: &Context,
        parameters: impl FnOnce(TraceId) -> SamplingParameters<'a>,
    ) -> Option<Decided> {
        if parent_context.is_telemetry_suppressed() || self.is_shut_down() {
            return None;
        }
        let parent_span = parent_context.span();
        let parent = Some(parent_span.span_context()).filter(|parent| parent.is_valid());
        let (trace_id, random) = trace_of(self, parent);
        let result = self.sample(&parameters(trace_id));
        let context = span_context(self, parent, trace_id, random, &result);
        if let Some(counts) = &self.span_counts {
            counts.count_start(Start::new(parent, result.decision));
        }
        Some(Decided { context, result })
    }
}

/// A span that is not recorded: dropped, or of interest to nobody.
fn silent(core: &ProviderCore, context: SpanContext, decision: Decision) -> Span {
    if let Some(counts) = core.span_counts.as_ref().filter(|_| decision != Decision::Drop) {
        // Not recorded, so never open.
        counts.end_unrecorded(decision);
    }
    Span::silent(context)
}

fn gives_something(builder: &SpanBuilder) -> bool {
    builder.attributes.is_some() || builder.events.is_some() || builder.links.is_some()
}

/// What the builder and the sampler give a span: the sampler's attributes first, so that the application's win.
fn write_given(
    record: &mut SpanRecord,
    builder: &SpanBuilder,
    sampler_attributes: &[KeyValue],
    core: &ProviderCore,
) {
    for attribute in sampler_attributes.iter().chain(builder.attributes.iter().flatten()) {
        record.set_attribute(attribute, &core.limits);
    }
    for event in builder.events.iter().flatten() {
        let (time, dropped) = (unix_nanos(event.timestamp), event.dropped_attributes_count);
        record.add_event(&event.name, time, &event.attributes, dropped, &core.limits);
    }
    for link in builder.links.iter().flatten() {
        record.add_link(link, &core.limits);
    }
}

/// The trace a span belongs to, and whether its id is random.
fn trace_of(core: &ProviderCore, parent: Option<&SpanContext>) -> (TraceId, bool) {
    let Some(parent) = parent else { return core.new_trace_id() };
    (parent.trace_id(), parent.trace_flags() & span_flags::RANDOM == span_flags::RANDOM)
}

fn parameters<'a>(
    builder: &'a SpanBuilder,
    parent: &'a Context,
    trace_id: TraceId,
) -> SamplingParameters<'a> {
    SamplingParameters::new(
        parent,
        trace_id,
        &builder.name,
        builder.span_kind.as_ref().unwrap_or(&SpanKind::Internal),
        builder.attributes.as_deref().unwrap_or_default(),
        builder.links.as_deref().unwrap_or_default(),
    )
}

fn span_context(
    core: &ProviderCore,
    parent: Option<&SpanContext>,
    trace_id: TraceId,
    random: bool,
    result: &SamplingResult,
) -> SpanContext {
    let flags = if random { span_flags::RANDOM } else { TraceFlags::NOT_SAMPLED };
    let flags = flags.with_sampled(result.decision == Decision::RecordAndSample);
    let trace_state = result.trace_state.as_ref().or(parent.map(SpanContext::trace_state));
    let trace_state = trace_state.cloned().unwrap_or_default();
    SpanContext::new(trace_id, core.new_span_id(), flags, false, trace_state)
}
