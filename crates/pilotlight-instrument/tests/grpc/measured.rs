//! A recorder for metrics, and a way to draw them.

use crate::support::dedented;
use opentelemetry::KeyValue;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData, ResourceMetrics};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider};
use std::collections::BTreeSet;

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

    /// Checks that the measurements look as drawn.
    pub(crate) fn assert(&self, expected: &str) {
        assert_eq!(self.draw(), dedented(expected));
    }

    /// Each series: its name, how many calls it has, and its attributes.
    pub(crate) fn draw(&self) -> String {
        let mut drawn = BTreeSet::new();
        for metric in self.collected().scope_metrics().flat_map(|scope| scope.metrics()) {
            let AggregatedMetrics::F64(MetricData::Histogram(histogram)) = metric.data() else {
                panic!("durations are a histogram of f64")
            };
            for point in histogram.data_points() {
                let attributes = attributes(point.attributes());
                drawn.insert(format!("{}: {} of {attributes}", metric.name(), point.count()));
            }
        }
        drawn.into_iter().collect::<Vec<_>>().join("\n")
    }

    /// The state at this moment.
    pub(crate) fn collected(&self) -> ResourceMetrics {
        self.provider.force_flush().unwrap();
        self.exporter.get_finished_metrics().unwrap().pop().unwrap_or_default()
    }
}

fn attributes<'a>(attributes: impl Iterator<Item = &'a KeyValue>) -> String {
    let mut pairs: Vec<String> = attributes
        .filter(|pair| pair.key.as_str() != "server.port")
        .map(|pair| format!("{} = {}", pair.key, pair.value))
        .collect();
    pairs.sort();
    pairs.join(", ")
}
