//! Metrics for tests, in few words.

use super::{Limits, MetricWindow};
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value::Value};
use opentelemetry_proto::tonic::metrics::v1::{self as otlp, metric::Data};
use opentelemetry_proto::tonic::resource::v1::Resource;

/// A second in nanoseconds.
pub(crate) const SECOND: u64 = 1_000_000_000;

pub(crate) fn attributes(pairs: &[(&str, &str)]) -> Vec<KeyValue> {
    let attribute = |(key, value): &(&str, &str)| KeyValue {
        key: (*key).into(),
        value: Some(AnyValue { value: Some(Value::StringValue((*value).into())) }),
        ..Default::default()
    };
    pairs.iter().map(attribute).collect()
}

pub(crate) fn resource(service: &str) -> Resource {
    Resource { attributes: attributes(&[("service.name", service)]), ..Default::default() }
}

/// Metrics of one service.
pub(crate) fn request(service: &str, metrics: Vec<otlp::Metric>) -> Vec<otlp::ResourceMetrics> {
    let scope = InstrumentationScope { name: "test".into(), ..Default::default() };
    let scope_metrics = vec![otlp::ScopeMetrics { scope: Some(scope), metrics, ..Default::default() }];
    vec![otlp::ResourceMetrics { resource: Some(resource(service)), scope_metrics, ..Default::default() }]
}

pub(crate) fn metric(name: &str, unit: &str, data: Data) -> otlp::Metric {
    otlp::Metric { name: name.into(), unit: unit.into(), data: Some(data), ..Default::default() }
}

/// A number at a time, counted from a start; both in seconds since 1970.
pub(crate) fn number(pairs: &[(&str, &str)], start: u64, time: u64, value: f64) -> otlp::NumberDataPoint {
    otlp::NumberDataPoint {
        attributes: attributes(pairs),
        start_time_unix_nano: start * SECOND,
        time_unix_nano: time * SECOND,
        value: Some(otlp::number_data_point::Value::AsDouble(value)),
        ..Default::default()
    }
}

pub(crate) fn gauge(data_points: Vec<otlp::NumberDataPoint>) -> Data {
    Data::Gauge(otlp::Gauge { data_points })
}

/// A monotonic sum.
pub(crate) fn counter(
    temporality: otlp::AggregationTemporality,
    data_points: Vec<otlp::NumberDataPoint>,
) -> Data {
    Data::Sum(otlp::Sum { data_points, aggregation_temporality: temporality as i32, is_monotonic: true })
}

pub(crate) fn window() -> MetricWindow {
    MetricWindow::new(Limits { bytes_max: 64 << 20, series_max: 1_000 })
}

/// Points as `(start, time, value)`.
pub(crate) fn column(points: &[(u64, u64, f64)]) -> super::Column<f64> {
    let mut column = super::Column::default();
    for (start, time, value) in points {
        column.push(super::Point { start: *start, time: *time, value: *value });
    }
    column.settle();
    column
}
