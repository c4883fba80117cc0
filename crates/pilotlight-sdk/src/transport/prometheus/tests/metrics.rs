//! Metrics, encoded by generated types.

use bytes::Bytes;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Exemplar, ExponentialHistogram, ExponentialHistogramDataPoint, Gauge, Histogram,
    HistogramDataPoint, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum,
    exemplar as proto_exemplar, metric as proto, number_data_point,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use prost::Message;

/// 2023-11-14 22:13:20 UTC, and a half.
pub(in super::super) const START: u64 = 1_700_000_000_500_000_000;

/// One scope without a name, and no resource.
pub(in super::super) fn request(metrics: Vec<Metric>) -> Bytes {
    encode(Vec::new(), vec![ScopeMetrics { metrics, ..Default::default() }])
}

pub(in super::super) fn encode(resource: Vec<KeyValue>, scope_metrics: Vec<ScopeMetrics>) -> Bytes {
    let resource = Resource { attributes: resource, ..Default::default() };
    let resource_metrics = ResourceMetrics { resource: Some(resource), scope_metrics, ..Default::default() };
    ExportMetricsServiceRequest { resource_metrics: vec![resource_metrics] }.encode_to_vec().into()
}

pub(in super::super) fn scope(
    name: &str,
    version: &str,
    attributes: &[(&str, &str)],
    metrics: Vec<Metric>,
) -> ScopeMetrics {
    let scope = InstrumentationScope {
        name: name.into(),
        version: version.into(),
        attributes: texts(attributes),
        ..Default::default()
    };
    ScopeMetrics { scope: Some(scope), metrics, ..Default::default() }
}

pub(in super::super) fn metric(name: &str, unit: &str, description: &str, data: proto::Data) -> Metric {
    Metric {
        name: name.into(),
        unit: unit.into(),
        description: description.into(),
        data: Some(data),
        ..Default::default()
    }
}

pub(in super::super) fn gauge(name: &str, unit: &str, data_points: Vec<NumberDataPoint>) -> Metric {
    metric(name, unit, "", proto::Data::Gauge(Gauge { data_points }))
}

pub(in super::super) fn counter(name: &str, unit: &str, data_points: Vec<NumberDataPoint>) -> Metric {
    metric(name, unit, "", sum(data_points, AggregationTemporality::Cumulative, true))
}

pub(in super::super) fn sum(
    data_points: Vec<NumberDataPoint>,
    temporality: AggregationTemporality,
    is_monotonic: bool,
) -> proto::Data {
    proto::Data::Sum(Sum { data_points, aggregation_temporality: temporality.into(), is_monotonic })
}

pub(in super::super) fn histogram(data_points: Vec<HistogramDataPoint>) -> proto::Data {
    let aggregation_temporality = AggregationTemporality::Cumulative.into();
    proto::Data::Histogram(Histogram { data_points, aggregation_temporality })
}

pub(in super::super) fn exponential(data_points: Vec<ExponentialHistogramDataPoint>) -> proto::Data {
    let aggregation_temporality = AggregationTemporality::Cumulative.into();
    proto::Data::ExponentialHistogram(ExponentialHistogram { data_points, aggregation_temporality })
}

pub(in super::super) fn int(attributes: &[(&str, &str)], value: i64) -> NumberDataPoint {
    int_with(texts(attributes), value)
}

pub(in super::super) fn int_with(attributes: Vec<KeyValue>, value: i64) -> NumberDataPoint {
    number(attributes, number_data_point::Value::AsInt(value))
}

pub(in super::super) fn float(attributes: &[(&str, &str)], value: f64) -> NumberDataPoint {
    number(texts(attributes), number_data_point::Value::AsDouble(value))
}

fn number(attributes: Vec<KeyValue>, value: number_data_point::Value) -> NumberDataPoint {
    NumberDataPoint {
        attributes,
        start_time_unix_nano: START,
        time_unix_nano: START + 60_000_000_000,
        value: Some(value),
        ..Default::default()
    }
}

/// `after` seconds after the start.
pub(in super::super) fn exemplar(value: f64, after: u64, attributes: &[(&str, &str)]) -> Exemplar {
    Exemplar {
        filtered_attributes: texts(attributes),
        time_unix_nano: START + after * 1_000_000_000,
        trace_id: 0xabc_u128.to_be_bytes().to_vec(),
        span_id: 0xdef_u64.to_be_bytes().to_vec(),
        value: Some(proto_exemplar::Value::AsDouble(value)),
    }
}

pub(in super::super) fn texts(attributes: &[(&str, &str)]) -> Vec<KeyValue> {
    let text = |value: &str| Some(Value::StringValue(value.into()));
    attributes.iter().map(|(key, value)| attribute(key, text(value))).collect()
}

pub(in super::super) fn attribute(key: &str, value: Option<Value>) -> KeyValue {
    KeyValue { key: key.into(), value: Some(AnyValue { value }), ..Default::default() }
}
