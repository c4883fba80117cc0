//! A recorder for finished spans, drawn as trees with links, and one for metrics.

use opentelemetry::trace::{SpanContext, SpanId, SpanKind, Status, TraceContextExt, Tracer, TracerProvider};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, Metric, MetricData, ResourceMetrics};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider};
use opentelemetry_sdk::propagation::{BaggagePropagator, TraceContextPropagator};
use opentelemetry_sdk::trace::{SdkTracerProvider, Span, SpanData, SpanProcessor};
use pilotlight_instrument::messaging::{Client, ClientBuilder};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Notify;

/// Finished spans, in the order they finished.
#[derive(Clone)]
pub(crate) struct Spans {
    pub(crate) provider: SdkTracerProvider,
    recorder: Recorder,
}

impl Spans {
    pub(crate) fn recorded() -> Self {
        let recorder = Recorder::default();
        let provider = SdkTracerProvider::builder().with_span_processor(recorder.clone()).build();
        Self { provider, recorder }
    }

    /// A client that records here, measures nothing, and knows W3C trace context and baggage.
    pub(crate) fn client(&self) -> ClientBuilder {
        Client::builder("test")
            .with_tracer_provider(&self.provider)
            .without_metrics()
            .with_propagator(propagator())
    }

    /// A context with a span of the application's in it, which ends with the context.
    pub(crate) fn scene(&self, name: &'static str) -> Context {
        Context::current_with_span(self.provider.tracer("app").start(name))
    }

    pub(crate) fn finished(&self) -> Vec<SpanData> {
        self.recorder.finished.lock().unwrap().clone()
    }

    #[allow(dead_code, reason = "shared with the tests of brokers, whose spans end elsewhere")]
    /// Waits until `count` spans have finished.
    pub(crate) async fn wait_for(&self, count: usize) -> Vec<SpanData> {
        loop {
            let more = self.recorder.more.notified();
            tokio::pin!(more);
            more.as_mut().enable();
            let finished = self.finished();
            if finished.len() >= count {
                return finished;
            }
            more.await;
        }
    }

    /// Checks that all the spans so far, drawn as trees by their start, are as drawn.
    pub(crate) fn assert(&self, expected: &str) {
        assert_eq!(tree(&self.finished()), dedented(expected));
    }
}

pub(crate) fn propagator() -> impl opentelemetry::propagation::TextMapPropagator + Send + Sync + 'static {
    opentelemetry::propagation::TextMapCompositePropagator::new(vec![
        Box::new(TraceContextPropagator::new()),
        Box::new(BaggagePropagator::new()),
    ])
}

#[derive(Clone, Debug, Default)]
struct Recorder {
    finished: Arc<Mutex<Vec<SpanData>>>,
    more: Arc<Notify>,
}

impl SpanProcessor for Recorder {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        self.finished.lock().unwrap().push(span);
        self.more.notify_waiters();
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// Spans below their parents, each with its kind, name, error, events and the names of those it has links to.
pub(crate) fn tree(spans: &[SpanData]) -> String {
    let mut drawn = Vec::new();
    let is_here = |id: SpanId| spans.iter().any(|span| span.span_context.span_id() == id);
    let mut roots: Vec<&SpanData> = spans.iter().filter(|span| !is_here(span.parent_span_id)).collect();
    roots.sort_by_key(|span| span.start_time);
    for root in roots {
        branch(spans, root, 0, &mut drawn);
    }
    drawn.join("\n")
}

fn branch(spans: &[SpanData], span: &SpanData, depth: usize, drawn: &mut Vec<String>) {
    drawn.push(format!("{}{}", "  ".repeat(depth), line(spans, span)));
    let id = span.span_context.span_id();
    let mut children: Vec<&SpanData> = spans.iter().filter(|span| span.parent_span_id == id).collect();
    children.sort_by_key(|span| span.start_time);
    for child in children {
        branch(spans, child, depth + 1, drawn);
    }
}

fn line(spans: &[SpanData], span: &SpanData) -> String {
    let mut line = match kind(span) {
        "INTERNAL" => span.name.to_string(),
        kind => format!("{kind} {}", span.name),
    };
    if let Status::Error { .. } = &span.status {
        line += &format!(" !{}", attribute(span, "error.type").unwrap_or_default());
    }
    for event in &span.events.events {
        line += &format!(" *{}", event.name);
    }
    let links: Vec<String> = span.links.links.iter().map(|link| name_of(spans, &link.span_context)).collect();
    if !links.is_empty() {
        line += &format!(" -> {}", links.join(", "));
    }
    line
}

fn name_of(spans: &[SpanData], context: &SpanContext) -> String {
    let found = spans.iter().find(|span| span.span_context.span_id() == context.span_id());
    found.map_or_else(|| "?".to_owned(), |span| span.name.to_string())
}

fn kind(span: &SpanData) -> &'static str {
    match span.span_kind {
        SpanKind::Client => "CLIENT",
        SpanKind::Producer => "PRODUCER",
        SpanKind::Consumer => "CONSUMER",
        SpanKind::Server => "SERVER",
        SpanKind::Internal => "INTERNAL",
    }
}

/// One span with all it has: kind and name, status, attributes by name, events and links with their attributes.
pub(crate) fn draw(span: &SpanData) -> String {
    let mut lines = vec![format!("{} {}", kind(span), span.name)];
    if let Status::Error { description } = &span.status {
        lines.push(format!("  status error {description}"));
    }
    lines.extend(attributes(&span.attributes).into_iter().map(|line| format!("  {line}")));
    for event in &span.events.events {
        let line = format!("  * {} {}", event.name, attributes(&event.attributes).join(", "));
        lines.push(line.trim_end().to_owned());
    }
    for link in &span.links.links {
        let line = format!("  -> {}", attributes(&link.attributes).join(", "));
        lines.push(line.trim_end().to_owned());
    }
    lines.join("\n")
}

fn attributes(attributes: &[KeyValue]) -> Vec<String> {
    let mut lines: Vec<String> =
        attributes.iter().map(|pair| format!("{} = {}", pair.key, pair.value)).collect();
    lines.sort();
    lines
}

/// A drawing without the indentation of the code around it.
pub(crate) fn dedented(text: &str) -> String {
    let text = text.trim_end().trim_start_matches('\n');
    let margin = text.len() - text.trim_start().len();
    text.lines().map(|line| line.get(margin..).unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// The value of one attribute, as text.
pub(crate) fn attribute(span: &SpanData, key: &str) -> Option<String> {
    span.attributes.iter().find(|pair| pair.key.as_str() == key).map(|pair| pair.value.to_string())
}

/// Everything measured so far.
pub(crate) struct Metrics {
    pub(crate) provider: SdkMeterProvider,
    exporter: InMemoryMetricExporter,
}

impl Metrics {
    pub(crate) fn recorded() -> Self {
        let exporter = InMemoryMetricExporter::default();
        let reader = PeriodicReader::builder(exporter.clone()).build();
        Self { provider: SdkMeterProvider::builder().with_reader(reader).build(), exporter }
    }

    /// Checks that each metric's points, by their attributes, are as drawn: how many were counted.
    pub(crate) fn assert(&self, expected: &str) {
        assert_eq!(self.draw(), dedented(expected));
    }

    pub(crate) fn draw(&self) -> String {
        let mut drawn = BTreeMap::<String, Vec<String>>::new();
        for metric in self.collected().scope_metrics().flat_map(|scope| scope.metrics()) {
            drawn.insert(metric.name().to_owned(), points(metric));
        }
        let lines = drawn.into_iter().flat_map(|(name, points)| {
            std::iter::once(name).chain(points.into_iter().map(|point| format!("  {point}")))
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    /// The state at this moment.
    pub(crate) fn collected(&self) -> ResourceMetrics {
        self.provider.force_flush().unwrap();
        self.exporter.get_finished_metrics().unwrap().pop().unwrap_or_default()
    }
}

fn points(metric: &Metric) -> Vec<String> {
    let mut points: Vec<String> = match metric.data() {
        AggregatedMetrics::U64(MetricData::Sum(sum)) => {
            sum.data_points().map(|point| few(point.attributes(), point.value())).collect()
        }
        // How long something took is nothing to compare.
        AggregatedMetrics::F64(MetricData::Histogram(histogram)) => {
            histogram.data_points().map(|point| few(point.attributes(), point.count())).collect()
        }
        other => panic!("no metric of ours: {other:?}"),
    };
    points.sort();
    points
}

fn few<'a>(attributes: impl Iterator<Item = &'a KeyValue>, count: u64) -> String {
    let mut pairs: Vec<String> =
        attributes.map(|pair| format!("{} = {}", short(pair.key.as_str()), pair.value)).collect();
    pairs.sort();
    format!("{count} × {}", pairs.join(", "))
}

fn short(key: &str) -> &str {
    key.trim_start_matches("messaging.")
}
