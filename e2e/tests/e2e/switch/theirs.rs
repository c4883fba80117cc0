//! The programs under `tracing-opentelemetry`'s layer.

#[path = "programs.rs"]
#[allow(clippy::duplicate_mod, reason = "the same source under either trait is what is tested")]
mod programs;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::layer::SubscriberExt as _;

use super::Drawn;

pub(super) fn run_failing_work() -> Vec<Drawn> {
    run(programs::failing_work).0
}

pub(super) fn run_remote_context() -> (Vec<Drawn>, String) {
    run(|| programs::remote_context(&TraceContextPropagator::new()))
}

fn run<T>(program: impl FnOnce() -> T) -> (Vec<Drawn>, T) {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("switch"));
    let subscriber = tracing_subscriber::registry().with(layer);
    let answer = tracing::subscriber::with_default(subscriber, program);
    let mut spans = exporter.get_finished_spans().unwrap();
    spans.sort_by_key(|span| span.start_time);
    (spans.iter().map(drawn).collect(), answer)
}

fn drawn(span: &SpanData) -> Drawn {
    let attributes = span.attributes.iter();
    Drawn {
        id: span.span_context.span_id(),
        parent: span.parent_span_id,
        name: span.name.to_string(),
        kind: span.span_kind.clone(),
        status: span.status.clone(),
        attributes: attributes
            .map(|attribute| (attribute.key.to_string(), attribute.value.to_string()))
            .collect(),
        links: span.links.iter().map(|link| link.span_context.span_id()).collect(),
    }
}
