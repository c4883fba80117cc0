//! Spans and events of `tracing` through the layer.

use opentelemetry::trace::{TraceContextExt, Tracer, TracerProvider as _};
use pilotlight_sdk::bridge::tracing::{Bridge, Filters};
use pilotlight_sdk::config::TracingSettings;
use pilotlight_sdk::record::{LoggerProvider, TracerProvider};
use pilotlight_sdk::transport::{InMemoryExporter, TextLogs, TextTree};

#[test]
fn spans_of_both_facades_and_events_agree_on_their_parents() {
    let exporter = InMemoryExporter::new();
    let traces = TracerProvider::builder().with_simple_exporter(exporter.clone()).build().unwrap();
    let logs = LoggerProvider::builder().with_simple_exporter(exporter.clone()).build().unwrap();
    let bridge = Bridge::new();
    bridge.connect(Some(&traces), Some(&logs), &TracingSettings::default());
    let (filters, _) = Filters::new("info", "info");
    tracing::subscriber::with_default(bridge.subscriber(&filters), || {
        let _outer =
            tracing::info_span!("outer", otel.name = "renamed", otel.kind = "server", n = 3u64).entered();
        traces.tracer("api").in_span("api", |cx| {
            tracing::info!(answer = 42, "in api");
            let inner = tracing::info_span!("inner", late = tracing::field::Empty);
            inner.in_scope(|| {
                inner.record("late", "value");
                tracing::error!(error = &"x".parse::<u8>().unwrap_err() as &dyn std::error::Error, "failed");
                assert!(opentelemetry::Context::current().span().span_context().is_valid());
            });
            drop(cx);
        });
    });
    assert_eq!(bridge.open_spans(), 0);
    let tree = TextTree::new().with_attributes(["n", "late"]).draw(&exporter.spans());
    assert_eq!(
        tree,
        "renamed [server]\n  n: 3\n  └─ api\n       └─ inner ✗ invalid digit found in string\n            late: value\n"
    );
    let logs = TextLogs::new().except_attributes(["code.*"]).spans(&exporter.spans()).draw(&exporter.logs());
    assert_eq!(
        logs,
        "INFO tracing_layer \"in api\" answer=42 · in api\nERROR tracing_layer \"failed\" error=\"invalid digit found in \
         string\" exception.type=ParseIntError exception.message=\"invalid digit found in string\" · in inner\n"
    );
}
