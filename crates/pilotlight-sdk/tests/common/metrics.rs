//! Requests of metrics, encoded by generated types.

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Exemplar, ExponentialHistogram, ExponentialHistogramDataPoint, Gauge, Histogram,
    HistogramDataPoint, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum, exemplar, metric,
    number_data_point,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use pilotlight_sdk::record::MetricsView;
use pilotlight_sdk::transport::{Batch, Signal};
use prost::Message;

/// 2023-11-14 22:13:20 UTC.
pub const NOW: u64 = 1_700_000_000_000_000_000;

/// A batch of the service `shop`, which had started a minute before.
pub fn batch(scopes: Vec<ScopeMetrics>) -> Batch {
    let resource = Resource { attributes: vec![text("service.name", "shop")], ..Default::default() };
    let resource = ResourceMetrics {
        resource: Some(resource),
        scope_metrics: scopes,
        schema_url: "https://example.com/resource".into(),
    };
    batch_of(&ExportMetricsServiceRequest { resource_metrics: vec![resource] })
}

pub fn batch_of(request: &ExportMetricsServiceRequest) -> Batch {
    let request = request.encode_to_vec();
    let items = MetricsView::new(&request).metrics().map(|(_, _, metric)| metric.point_count()).sum();
    Batch { signal: Signal::Metrics, items, request: request.into() }
}

pub fn scope(name: &str, metrics: Vec<Metric>) -> ScopeMetrics {
    let scope = InstrumentationScope { name: name.into(), version: "1.2".into(), ..Default::default() };
    ScopeMetrics { scope: Some(scope), metrics, schema_url: String::new() }
}

pub fn metric(name: &str, unit: &str, description: &str, data: metric::Data) -> Metric {
    Metric {
        name: name.into(),
        unit: unit.into(),
        description: description.into(),
        data: Some(data),
        metadata: Vec::new(),
    }
}

pub fn counter(points: Vec<NumberDataPoint>) -> metric::Data {
    sum(points, AggregationTemporality::Cumulative, true)
}

pub fn sum(
    data_points: Vec<NumberDataPoint>,
    temporality: AggregationTemporality,
    is_monotonic: bool,
) -> metric::Data {
    metric::Data::Sum(Sum { data_points, aggregation_temporality: temporality.into(), is_monotonic })
}

pub fn gauge(data_points: Vec<NumberDataPoint>) -> metric::Data {
    metric::Data::Gauge(Gauge { data_points })
}

pub fn histogram(data_points: Vec<HistogramDataPoint>) -> metric::Data {
    let aggregation_temporality = AggregationTemporality::Cumulative.into();
    metric::Data::Histogram(Histogram { data_points, aggregation_temporality })
}

pub fn exponential(data_points: Vec<ExponentialHistogramDataPoint>) -> metric::Data {
    let aggregation_temporality = AggregationTemporality::Delta.into();
    metric::Data::ExponentialHistogram(ExponentialHistogram { data_points, aggregation_temporality })
}

pub fn int(attributes: &[(&str, &str)], value: i64) -> NumberDataPoint {
    number(attributes, number_data_point::Value::AsInt(value))
}

pub fn float(attributes: &[(&str, &str)], value: f64) -> NumberDataPoint {
    number(attributes, number_data_point::Value::AsDouble(value))
}

fn number(attributes: &[(&str, &str)], value: number_data_point::Value) -> NumberDataPoint {
    NumberDataPoint {
        attributes: texts(attributes),
        start_time_unix_nano: NOW - 60_000_000_000,
        time_unix_nano: NOW,
        value: Some(value),
        ..Default::default()
    }
}

/// A histogram of `values`, with smallest and largest value.
pub fn spread(attributes: &[(&str, &str)], bounds: &[f64], values: &[f64]) -> HistogramDataPoint {
    let mut bucket_counts = vec![0; bounds.len() + 1];
    for value in values {
        bucket_counts[bounds.partition_point(|bound| bound < value)] += 1;
    }
    HistogramDataPoint {
        attributes: texts(attributes),
        start_time_unix_nano: NOW - 60_000_000_000,
        time_unix_nano: NOW,
        count: values.len() as u64,
        sum: Some(values.iter().sum()),
        min: values.iter().copied().reduce(f64::min),
        max: values.iter().copied().reduce(f64::max),
        bucket_counts,
        explicit_bounds: bounds.to_vec(),
        ..Default::default()
    }
}

/// `age` seconds old.
pub fn exemplar(value: f64, age: u64, trace: u128, span: u64) -> Exemplar {
    Exemplar {
        filtered_attributes: vec![text("user", "u-17")],
        time_unix_nano: NOW - age * 1_000_000_000,
        trace_id: trace.to_be_bytes().to_vec(),
        span_id: span.to_be_bytes().to_vec(),
        value: Some(exemplar::Value::AsDouble(value)),
    }
}

pub fn texts(attributes: &[(&str, &str)]) -> Vec<KeyValue> {
    attributes.iter().map(|(key, value)| text(key, value)).collect()
}

pub fn text(key: &str, value: &str) -> KeyValue {
    let value = AnyValue { value: Some(Value::StringValue(value.into())) };
    KeyValue { key: key.into(), value: Some(value), ..Default::default() }
}
