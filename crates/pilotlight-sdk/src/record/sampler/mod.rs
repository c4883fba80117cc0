//! Which spans are recorded and exported.

mod always_record;
mod parent_based;
mod ratio;

use std::borrow::Cow;
use std::fmt;

use opentelemetry::trace::{Link, SpanKind, TraceContextExt, TraceId, TraceState};
use opentelemetry::{Context, KeyValue};

pub use always_record::AlwaysRecord;
pub use parent_based::ParentBased;
pub use ratio::TraceIdRatio;

/// Decides, when a span starts, whether it is recorded and exported.
///
/// Runs on the caller's thread for every span, so it must be quick and must not block. A panic is caught and counted; the
/// span is then dropped.
///
/// Specification: "Sampler", <https://opentelemetry.io/docs/specs/otel/trace/sdk/#sampler>.
///
/// # Examples
///
/// A sampler that drops health checks and leaves the rest to another:
///
/// ```
/// use std::borrow::Cow;
/// use pilotlight_sdk::record::{Decision, ParentBased, AlwaysOn, Sampler, SamplingParameters, SamplingResult};
///
/// #[derive(Debug)]
/// struct NoHealthChecks(ParentBased);
///
/// impl Sampler for NoHealthChecks {
///     fn should_sample(&self, parameters: &SamplingParameters<'_>) -> SamplingResult {
///         if parameters.name.ends_with("/health") {
///             return SamplingResult::new(Decision::Drop);
///         }
///         self.0.should_sample(parameters)
///     }
///
///     fn description(&self) -> Cow<'static, str> {
///         "NoHealthChecks".into()
///     }
/// }
///
/// let sampler = NoHealthChecks(ParentBased::new(AlwaysOn));
/// # let _ = sampler;
/// ```
pub trait Sampler: Send + Sync + fmt::Debug + 'static {
    /// Decides about one span that is about to start.
    fn should_sample(&self, parameters: &SamplingParameters<'_>) -> SamplingResult;

    /// The sampler's name and configuration, for people.
    fn description(&self) -> Cow<'static, str>;

    /// Whether [`should_sample`](Self::should_sample) looks at more than the parent and the trace id. Spans that come from `tracing`
    /// have their name, kind and attributes made ready for the sampler only where it does, which costs them some allocations.
    /// Default: yes.
    fn reads_the_span(&self) -> bool {
        true
    }
}

impl Sampler for Box<dyn Sampler> {
    fn should_sample(&self, parameters: &SamplingParameters<'_>) -> SamplingResult {
        (**self).should_sample(parameters)
    }

    fn description(&self) -> Cow<'static, str> {
        (**self).description()
    }

    fn reads_the_span(&self) -> bool {
        (**self).reads_the_span()
    }
}

/// What is known about a span before it starts.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct SamplingParameters<'a> {
    /// The context the span is started in: its parent, and baggage.
    pub parent: &'a Context,
    /// The trace the span will belong to: the parent's, or a new one.
    pub trace_id: TraceId,
    /// The name it starts with.
    pub name: &'a str,
    /// Its role.
    pub kind: &'a SpanKind,
    /// The attributes given at its start.
    pub attributes: &'a [KeyValue],
    /// The links given at its start.
    pub links: &'a [Link],
}

impl<'a> SamplingParameters<'a> {
    pub(crate) fn new(
        parent: &'a Context,
        trace_id: TraceId,
        name: &'a str,
        kind: &'a SpanKind,
        attributes: &'a [KeyValue],
        links: &'a [Link],
    ) -> Self {
        Self { parent, trace_id, name, kind, attributes, links }
    }
}

/// What happens to a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Neither recorded nor exported.
    Drop,
    /// Recorded and shown to processors, but not exported.
    RecordOnly,
    /// Recorded and exported.
    RecordAndSample,
}

/// A sampler's answer.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SamplingResult {
    /// What happens to the span.
    pub decision: Decision,
    /// Attributes to add to the span, before its own.
    pub attributes: Vec<KeyValue>,
    /// The span's `tracestate`; `None` keeps the parent's.
    pub trace_state: Option<TraceState>,
}

impl SamplingResult {
    /// A decision that adds nothing to the span.
    pub fn new(decision: Decision) -> Self {
        Self { decision, attributes: Vec::new(), trace_state: None }
    }
}

/// Records and exports every span.
#[derive(Clone, Copy, Debug, Default)]
pub struct AlwaysOn;

impl Sampler for AlwaysOn {
    fn should_sample(&self, _: &SamplingParameters<'_>) -> SamplingResult {
        SamplingResult::new(Decision::RecordAndSample)
    }

    fn description(&self) -> Cow<'static, str> {
        "AlwaysOnSampler".into()
    }

    fn reads_the_span(&self) -> bool {
        false
    }
}

/// Drops every span.
#[derive(Clone, Copy, Debug, Default)]
pub struct AlwaysOff;

impl Sampler for AlwaysOff {
    fn should_sample(&self, _: &SamplingParameters<'_>) -> SamplingResult {
        SamplingResult::new(Decision::Drop)
    }

    fn description(&self) -> Cow<'static, str> {
        "AlwaysOffSampler".into()
    }

    fn reads_the_span(&self) -> bool {
        false
    }
}

/// What [`ParentBased`] around [`AlwaysOn`] decides: the default, which most spans in the world are started with.
#[inline]
pub(super) fn parent_based_always_on(parent: &Context) -> Decision {
    match parent_of(parent) {
        Some((_, false)) => Decision::Drop,
        _ => Decision::RecordAndSample,
    }
}

/// Whether the parent, if there is one, was sampled and where it lives.
fn parent_of(parent: &Context) -> Option<(bool, bool)> {
    let span = parent.span();
    let context = span.span_context();
    context.is_valid().then(|| (context.is_remote(), context.is_sampled()))
}
