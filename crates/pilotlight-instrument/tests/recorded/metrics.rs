//! Measurements as lines.

use super::tree::attributes;
use opentelemetry::KeyValue;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, Metric, MetricData, ResourceMetrics};

pub fn names(collected: &ResourceMetrics) -> Vec<String> {
    let mut names: Vec<_> = all(collected).map(|metric| metric.name().to_owned()).collect();
    names.sort();
    names
}

/// `{attributes}: {value}` for each point; of histograms the number of values.
pub fn points(collected: &ResourceMetrics, name: &str) -> Vec<String> {
    let mut lines: Vec<_> = all(collected).filter(|metric| metric.name() == name).flat_map(lines).collect();
    lines.sort();
    lines
}

fn all(collected: &ResourceMetrics) -> impl Iterator<Item = &Metric> {
    collected.scope_metrics().flat_map(|scope| scope.metrics())
}

fn lines(metric: &Metric) -> Vec<String> {
    match metric.data() {
        AggregatedMetrics::I64(MetricData::Sum(sum)) => {
            sum.data_points().map(|point| line(point.attributes(), point.value())).collect()
        }
        AggregatedMetrics::U64(MetricData::Sum(sum)) => {
            sum.data_points().map(|point| line(point.attributes(), point.value())).collect()
        }
        AggregatedMetrics::U64(MetricData::Histogram(histogram)) => {
            histogram.data_points().map(|point| line(point.attributes(), point.count())).collect()
        }
        AggregatedMetrics::F64(MetricData::Histogram(histogram)) => {
            histogram.data_points().map(|point| line(point.attributes(), point.count())).collect()
        }
        other => panic!("no metric of ours: {other:?}"),
    }
}

fn line<'a>(pairs: impl Iterator<Item = &'a KeyValue>, value: impl std::fmt::Display) -> String {
    format!("{}: {value}", attributes(pairs).join(", "))
}
