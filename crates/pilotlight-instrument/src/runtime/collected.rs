//! What the tests collect, by an SDK that is not ours.

// Clippy sees tests, but not the functions that help them: there too a panic is the way to fail.
#![allow(clippy::expect_used)]

use opentelemetry::metrics::{Meter, MeterProvider as _};
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, Metric, MetricData};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider};
use std::collections::BTreeMap;

/// A meter whose instruments can be read.
pub(crate) struct Metered {
    exporter: InMemoryMetricExporter,
    provider: SdkMeterProvider,
}

/// Points by `name`, or `name{key=value}`: a sum's or gauge's value, a histogram's count.
pub(crate) type Points = BTreeMap<String, f64>;

impl Metered {
    pub(crate) fn new() -> Self {
        let exporter = InMemoryMetricExporter::default();
        // Collects when it is flushed; its own schedule is longer than any test.
        let reader = PeriodicReader::builder(exporter.clone()).build();
        Self { exporter, provider: SdkMeterProvider::builder().with_reader(reader).build() }
    }

    pub(crate) fn meter(&self) -> Meter {
        self.provider.meter("test")
    }

    pub(crate) fn collect(&self) -> Points {
        self.exporter.reset();
        self.provider.force_flush().expect("memory takes everything");
        let mut points = Points::new();
        for resource in self.exporter.get_finished_metrics().expect("nothing poisons it") {
            for metric in resource.scope_metrics().flat_map(|scope| scope.metrics()) {
                add_points(metric, &mut points);
            }
        }
        points
    }
}

fn add_points(metric: &Metric, points: &mut Points) {
    match metric.data() {
        AggregatedMetrics::F64(data) => add_values(metric.name(), data, |value| value, points),
        AggregatedMetrics::U64(data) => add_values(metric.name(), data, |value| value as f64, points),
        AggregatedMetrics::I64(data) => add_values(metric.name(), data, |value| value as f64, points),
    }
}

fn add_values<T: Copy>(name: &str, data: &MetricData<T>, value: fn(T) -> f64, points: &mut Points) {
    match data {
        MetricData::Sum(sum) => {
            for point in sum.data_points() {
                points.insert(key(name, point.attributes()), value(point.value()));
            }
        }
        MetricData::Gauge(gauge) => {
            for point in gauge.data_points() {
                points.insert(key(name, point.attributes()), value(point.value()));
            }
        }
        MetricData::Histogram(histogram) => {
            for point in histogram.data_points() {
                points.insert(key(name, point.attributes()), point.count() as f64);
            }
        }
        MetricData::ExponentialHistogram(_) => unreachable!("nothing here asks for one"),
    }
}

fn key<'a>(name: &str, attributes: impl Iterator<Item = &'a opentelemetry::KeyValue>) -> String {
    let mut attributes: Vec<_> =
        attributes.map(|attribute| format!("{}={}", attribute.key, attribute.value)).collect();
    attributes.sort();
    if attributes.is_empty() { name.to_owned() } else { format!("{name}{{{}}}", attributes.join(",")) }
}
