//! A recorder for metrics, and a way to draw them.

use crate::support::{Spans, dedented};
use opentelemetry::KeyValue;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, Metric, MetricData, ResourceMetrics};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider};
use pilotlight_instrument::http::HttpServerLayerBuilder;
use std::collections::{BTreeMap, BTreeSet};

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

    /// A layer that measures here, and records its spans there.
    pub(crate) fn layer(&self, spans: &Spans) -> HttpServerLayerBuilder {
        spans.layer().with_meter_provider(&self.provider)
    }

    /// Checks that the measurements look as drawn.
    pub(crate) fn assert(&self, expected: &str) {
        assert_eq!(self.draw(""), dedented(expected));
    }

    /// For each set of attributes that contains `part` its values, the same sets as one.
    pub(crate) fn draw(&self, part: &str) -> String {
        let mut drawn = BTreeMap::<String, BTreeSet<String>>::new();
        for metric in self.collected().scope_metrics().flat_map(|scope| scope.metrics()) {
            for (attributes, value) in points(metric) {
                let name =
                    metric.name().trim_start_matches("http.server.").trim_start_matches("http.client.");
                drawn.entry(attributes).or_default().insert(format!("{name}: {value}"));
            }
        }
        let lines = drawn.into_iter().filter(|(attributes, _)| attributes.contains(part));
        lines
            .flat_map(|(attributes, values)| {
                std::iter::once(attributes).chain(values.into_iter().map(|value| format!("  {value}")))
            })
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// The state at this moment.
    pub(crate) fn collected(&self) -> ResourceMetrics {
        self.provider.force_flush().unwrap();
        self.exporter.get_finished_metrics().unwrap().pop().unwrap_or_default()
    }
}

fn points(metric: &Metric) -> Vec<(String, String)> {
    match metric.data() {
        AggregatedMetrics::I64(MetricData::Sum(sum)) => sum
            .data_points()
            .map(|point| (attributes(point.attributes()), point.value().to_string()))
            .collect(),
        AggregatedMetrics::U64(MetricData::Histogram(histogram)) => histogram
            .data_points()
            .map(|point| (attributes(point.attributes()), format!("{} in {}", point.sum(), point.count())))
            .collect(),
        // How long something took is nothing to compare.
        AggregatedMetrics::F64(MetricData::Histogram(histogram)) => histogram
            .data_points()
            .map(|point| (attributes(point.attributes()), point.count().to_string()))
            .collect(),
        other => panic!("no metric of ours: {other:?}"),
    }
}

fn attributes<'a>(attributes: impl Iterator<Item = &'a KeyValue>) -> String {
    let mut pairs: Vec<String> = attributes.map(|pair| format!("{} = {}", pair.key, pair.value)).collect();
    pairs.sort();
    pairs.join(", ")
}
