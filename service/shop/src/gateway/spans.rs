//! The shop's hand-made spans, with the standard API and the helper that records exceptions. What is said here of the current
//! span holds for those of `tracing`, too: there is one current span, whichever facade made it.

use std::borrow::Cow;
use std::sync::Arc;

use opentelemetry::global::BoxedTracer;
use opentelemetry::trace::{FutureExt, SpanBuilder, SpanRef, Status, TraceContextExt, Tracer};
use opentelemetry::{Context, KeyValue};
use pilotlight::RecordException;

use super::error::Error;

/// Makes spans around the shop's steps.
///
/// It holds on to one tracer, since looking one up in the globals costs more than a span does. It belongs to
/// whoever starts the shop, so that a process may start several, each after installing its own provider.
#[derive(Clone, Debug)]
pub(crate) struct Spans {
    tracer: Arc<BoxedTracer>,
}

impl Spans {
    /// Takes the tracer of the provider that is installed now.
    pub(crate) fn from_global() -> Self {
        Self { tracer: Arc::new(crate::scope::tracer()) }
    }

    /// Runs `work` in a child of the current span, and ends that span with it.
    ///
    /// `work` keeps the child as its current span across awaits, on whichever threads it is polled; the caller's
    /// current span is never touched, so steps that run one after the other are siblings. An error marks the span
    /// as failed. If `work` is dropped before it is done, the span ends then, unmarked.
    pub(crate) async fn in_span<T>(
        &self,
        span: SpanBuilder,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let parent = Context::current();
        let context = parent.with_span(self.tracer.build_with_context(span, &parent));
        let outcome = marking_failure(work).with_context(context.clone()).await;
        context.span().end();
        outcome
    }
}

/// Runs `work`, and marks the current span as failed if that ends in an error.
pub(crate) async fn marking_failure<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let mut outcome = work.await;
    if let Err(error) = &mut outcome {
        record_failure(&Context::current().span(), error);
    }
    outcome
}

/// Adds attributes to the current span: that of the step, or that of the whole request outside of steps.
pub(crate) fn annotate(attributes: impl IntoIterator<Item = KeyValue>) {
    let context = Context::current();
    let span = context.span();
    if span.is_recording() {
        span.set_attributes(attributes);
    }
}

/// Every span that an error passes through has failed; the exception belongs to the first, where it happened.
fn record_failure(span: &SpanRef<'_>, error: &mut Error) {
    if error.begin_recording() {
        span.record_exception(error);
    }
    span.set_attribute(KeyValue::new("error.type", error_type(error)));
    span.set_status(Status::error(error.with_cause()));
}

/// What the database calls its failures tells more than that it was the database.
fn error_type(error: &Error) -> Cow<'static, str> {
    error.database_code().map_or(Cow::Borrowed(error.kind().as_str()), Cow::Owned)
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use opentelemetry::trace::TracerProvider;
    use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};

    use super::super::error::Kind;
    use super::*;

    #[tokio::test]
    async fn an_error_fails_every_span_it_passes_and_is_recorded_once() {
        let (spans, exporter) = recorded();
        let inner = spans.in_span(SpanBuilder::from_name("inner"), async { failing() });

        let outcome = spans.in_span(SpanBuilder::from_name("outer"), inner).await;

        assert_eq!(outcome.unwrap_err().kind(), Kind::SoldOut);
        let finished = exporter.get_finished_spans().unwrap();
        let told: Vec<_> =
            finished.iter().map(|span| (&*span.name, &span.status, span.events.len())).collect();
        let failed = Status::error("none left");
        assert_eq!(told, [("inner", &failed, 1), ("outer", &failed, 0)]);
    }

    #[tokio::test]
    async fn a_step_that_is_dropped_ends_its_spans_unmarked() {
        let (spans, exporter) = recorded();
        let inner = spans.in_span::<()>(SpanBuilder::from_name("inner"), pending());
        let mut outer = Box::pin(spans.in_span(SpanBuilder::from_name("outer"), inner));
        assert!(
            std::future::poll_fn(|cx| std::task::Poll::Ready(outer.as_mut().poll(cx))).await.is_pending()
        );
        assert_eq!(exporter.get_finished_spans().unwrap().len(), 0);

        drop(outer);

        let finished = exporter.get_finished_spans().unwrap();
        let told: Vec<_> = finished.iter().map(|span| (&*span.name, &span.status)).collect();
        assert_eq!(told, [("inner", &Status::Unset), ("outer", &Status::Unset)]);
    }

    #[tokio::test]
    async fn the_callers_current_span_is_left_alone() {
        let (spans, _exporter) = recorded();
        let before = Context::current().span().span_context().clone();

        spans.in_span(SpanBuilder::from_name("step"), async { Ok(()) }).await.unwrap();

        assert_eq!(Context::current().span().span_context(), &before);
    }

    fn failing() -> Result<(), Error> {
        Err(Error::new(Kind::SoldOut, "none left"))
    }

    fn recorded() -> (Spans, InMemorySpanExporter) {
        let exporter = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
        let tracer = BoxedTracer::new(Box::new(provider.tracer("test")));
        (Spans { tracer: Arc::new(tracer) }, exporter)
    }
}
