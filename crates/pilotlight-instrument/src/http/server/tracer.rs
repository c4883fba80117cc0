//! Where spans come from: a given provider, or the global one as soon as there is one.

use crate::http::scope::scope;
use opentelemetry::Context;
use opentelemetry::global;
use opentelemetry::trace::{Span, SpanBuilder, TraceContextExt, Tracer, TracerProvider};
use std::sync::OnceLock;

/// A tracer, found once.
///
/// The API's global tracers never change: one that was made before a provider is installed records nothing
/// for ever. So the global one is asked for again on each request until it answers with a span of its own,
/// and kept from then on. Until then a request costs one look-up more.
pub(super) struct TracerSource(OnceLock<Box<dyn StartSpan + Send + Sync>>);

/// A context with the new span in it, and whether anybody wants its attributes.
pub(super) struct Started {
    pub(super) context: Context,
    pub(super) recording: bool,
}

impl TracerSource {
    pub(super) fn global() -> Self {
        Self(OnceLock::new())
    }

    pub(super) fn of<P>(provider: &P) -> Self
    where
        P: TracerProvider,
        P::Tracer: Tracer<Span: Send + Sync + 'static> + Send + Sync + 'static,
    {
        Self(
            OnceLock::from(Box::new(provider.tracer_with_scope(scope())) as Box<dyn StartSpan + Send + Sync>),
        )
    }

    /// Starts a span under `parent` and puts it into `context`: the same, unless the span is to be a root.
    pub(super) fn start(&self, span: SpanBuilder, parent: &Context, context: &Context) -> Started {
        if let Some(tracer) = self.0.get() {
            return tracer.start_span(span, parent, context);
        }
        let tracer = global::tracer_with_scope(scope());
        let started = tracer.start_span(span, parent, context);
        // Without a provider the API hands the parent's own span context back.
        if started.context.span().span_context().span_id() != parent.span().span_context().span_id() {
            // Another thread may have been faster; its tracer is as good.
            let _ = self.0.set(Box::new(tracer));
        }
        started
    }
}

/// A tracer whose span type is hidden before the span is boxed, so that `Context` boxes it once and not
/// twice.
trait StartSpan {
    fn start_span(&self, span: SpanBuilder, parent: &Context, context: &Context) -> Started;
}

impl<T> StartSpan for T
where
    T: Tracer<Span: Send + Sync + 'static>,
{
    fn start_span(&self, span: SpanBuilder, parent: &Context, context: &Context) -> Started {
        let span = self.build_with_context(span, parent);
        Started { recording: span.is_recording(), context: context.with_span(span) }
    }
}
