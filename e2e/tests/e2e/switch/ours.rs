//! The programs under Pilotlight's layer.

#[path = "programs.rs"]
#[allow(clippy::duplicate_mod, reason = "the same source under either trait is what is tested")]
mod programs;

use pilotlight_sdk::bridge::tracing::{Bridge, Filters, OpenTelemetrySpanExt};
use pilotlight_sdk::config::TracingSettings;
use pilotlight_sdk::propagation::TraceContextPropagator;
use pilotlight_sdk::record::TracerProvider;
use pilotlight_sdk::transport::{ExportedSpan, InMemoryExporter};
use tracing_subscriber::layer::SubscriberExt as _;

use super::Drawn;

pub(super) fn run_failing_work() -> Vec<Drawn> {
    run(programs::failing_work).0
}

pub(super) fn run_remote_context() -> (Vec<Drawn>, String) {
    run(|| programs::remote_context(&TraceContextPropagator::new()))
}

fn run<T>(program: impl FnOnce() -> T) -> (Vec<Drawn>, T) {
    let exporter = InMemoryExporter::new();
    let provider = TracerProvider::builder().with_simple_exporter(exporter.clone()).build().unwrap();
    let bridge = Bridge::new();
    bridge.connect(Some(&provider), None, &TracingSettings::default());
    let (filters, _) = Filters::new("trace", "trace");
    let subscriber = tracing_subscriber::registry().with(bridge.layer(&filters));
    let answer = tracing::subscriber::with_default(subscriber, program);
    let mut spans = exporter.spans();
    spans.sort_by_key(|span| span.view().start_time());
    (spans.iter().map(drawn).collect(), answer)
}

fn drawn(span: &ExportedSpan) -> Drawn {
    let span = span.view();
    Drawn {
        id: span.span_id(),
        parent: span.parent_span_id().unwrap_or(opentelemetry::trace::SpanId::INVALID),
        name: span.name().to_owned(),
        kind: span.kind(),
        status: span.status(),
        attributes: span.attributes().map(|(key, value)| (key.to_owned(), value.to_string())).collect(),
        links: span.links().map(|link| link.span_id()).collect(),
    }
}
