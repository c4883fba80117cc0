//! Spans and measurements of databases and brokers, recorded with an SDK that is not ours, and drawn.

mod metrics;
mod tree;

pub use tree::{attributes, dedented};

use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};

/// What was recorded through its two providers.
pub struct Recorded {
    pub tracer_provider: SdkTracerProvider,
    pub meter_provider: SdkMeterProvider,
    spans: InMemorySpanExporter,
    metrics: InMemoryMetricExporter,
}

impl Recorded {
    pub fn new() -> Self {
        let (spans, metrics) = (InMemorySpanExporter::default(), InMemoryMetricExporter::default());
        let reader = PeriodicReader::builder(metrics.clone()).build();
        Self {
            tracer_provider: SdkTracerProvider::builder().with_simple_exporter(spans.clone()).build(),
            meter_provider: SdkMeterProvider::builder().with_reader(reader).build(),
            spans,
            metrics,
        }
    }

    /// The spans that have ended, in the order they ended.
    pub fn spans(&self) -> Vec<SpanData> {
        self.spans.get_finished_spans().unwrap()
    }

    /// Forgets the spans so far.
    pub fn forget_spans(&self) {
        self.spans.reset();
    }

    /// The spans as trees: kinds, names, statuses, attributes, events, links. See [`tree`].
    pub fn tree(&self) -> String {
        tree::draw(&self.spans(), |_| true)
    }

    /// The same with those attributes alone whose keys begin with one of these.
    pub fn tree_of(&self, keys: &[&str]) -> String {
        tree::draw(&self.spans(), |key| keys.iter().any(|start| key.starts_with(start)))
    }

    /// Checks that the spans look as drawn.
    pub fn assert_tree(&self, expected: &str) {
        assert_eq!(self.tree(), dedented(expected));
    }

    /// The points of this metric, a line each: attributes and value. Durations are no values to compare: their counts are.
    pub fn points(&self, name: &str) -> Vec<String> {
        metrics::points(&self.collected(), name)
    }

    /// The names of all metrics so far.
    pub fn metric_names(&self) -> Vec<String> {
        metrics::names(&self.collected())
    }

    /// Everything that was recorded, to look for what must not be there.
    pub fn everything(&self) -> String {
        format!("{:?}\n{:?}", self.spans(), self.collected())
    }

    pub fn collected(&self) -> opentelemetry_sdk::metrics::data::ResourceMetrics {
        self.meter_provider.force_flush().unwrap();
        self.metrics.get_finished_metrics().unwrap().pop().unwrap_or_default()
    }
}
