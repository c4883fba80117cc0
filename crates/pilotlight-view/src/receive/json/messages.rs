//! Which field of which message has which name: the table of OTLP's JSON.

use super::scalars::{Base64, Enumeration, Hex, Text};
use super::{Budget, FromJson, Seed};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, EntityRef, InstrumentationScope, KeyValue, KeyValueList,
};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs, SeverityNumber};
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Exemplar, ExponentialHistogram, ExponentialHistogramDataPoint, Gauge, Histogram,
    HistogramDataPoint, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum, Summary,
    SummaryDataPoint, exemplar, exponential_histogram_data_point::Buckets, metric, number_data_point,
    summary_data_point::ValueAtQuantile,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link, SpanKind};
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use std::fmt;

/// A field's name.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Text<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Text<'de>, D::Error> {
        Text::read(deserializer)
    }
}

/// `"name" field: type` sets a field; `"name" field = Variant: type` sets one of several that exclude each other, the last one winning.
macro_rules! messages {
    ($($message:ident { $($name:literal $field:ident $(= $variant:path)? : $type:ty,)* })*) => {$(
        impl FromJson for $message {
            fn from_json<'de, D: Deserializer<'de>>(deserializer: D, budget: &Budget) -> Result<Self, D::Error> {
                struct Fields<'b>(&'b Budget);

                impl<'de> Visitor<'de> for Fields<'_> {
                    type Value = $message;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str(concat!("an object: ", stringify!($message)))
                    }

                    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<$message, A::Error> {
                        let mut message = $message::default();
                        while let Some(name) = map.next_key_seed(Name)? {
                            match name.0.as_ref() {
                                $($name => {
                                    if let Some(value) = map.next_value_seed(Seed::<Option<$type>>::new(self.0))? {
                                        message.$field = messages!(@value value $($variant)?);
                                    }
                                })*
                                _ => drop(map.next_value::<IgnoredAny>()?),
                            }
                        }
                        Ok(message)
                    }
                }

                deserializer.deserialize_map(Fields(budget))
            }
        }
    )*};
    (@value $value:ident) => { $value.into() };
    (@value $value:ident $variant:path) => { Some($variant($value.into())) };
}

messages! {
    ExportTraceServiceRequest { "resourceSpans" resource_spans: Vec<ResourceSpans>, }
    ExportMetricsServiceRequest { "resourceMetrics" resource_metrics: Vec<ResourceMetrics>, }
    ExportLogsServiceRequest { "resourceLogs" resource_logs: Vec<ResourceLogs>, }

    ResourceSpans {
        "resource" resource: Resource,
        "scopeSpans" scope_spans: Vec<ScopeSpans>,
        "schemaUrl" schema_url: String,
    }
    ScopeSpans {
        "scope" scope: InstrumentationScope,
        "spans" spans: Vec<Span>,
        "schemaUrl" schema_url: String,
    }
    Span {
        "traceId" trace_id: Hex,
        "spanId" span_id: Hex,
        "traceState" trace_state: String,
        "parentSpanId" parent_span_id: Hex,
        "flags" flags: u32,
        "name" name: String,
        "kind" kind: Enumeration<SpanKind>,
        "startTimeUnixNano" start_time_unix_nano: u64,
        "endTimeUnixNano" end_time_unix_nano: u64,
        "attributes" attributes: Vec<KeyValue>,
        "droppedAttributesCount" dropped_attributes_count: u32,
        "events" events: Vec<Event>,
        "droppedEventsCount" dropped_events_count: u32,
        "links" links: Vec<Link>,
        "droppedLinksCount" dropped_links_count: u32,
        "status" status: Status,
    }
    Event {
        "timeUnixNano" time_unix_nano: u64,
        "name" name: String,
        "attributes" attributes: Vec<KeyValue>,
        "droppedAttributesCount" dropped_attributes_count: u32,
    }
    Link {
        "traceId" trace_id: Hex,
        "spanId" span_id: Hex,
        "traceState" trace_state: String,
        "attributes" attributes: Vec<KeyValue>,
        "droppedAttributesCount" dropped_attributes_count: u32,
        "flags" flags: u32,
    }
    Status {
        "message" message: String,
        "code" code: Enumeration<StatusCode>,
    }

    ResourceLogs {
        "resource" resource: Resource,
        "scopeLogs" scope_logs: Vec<ScopeLogs>,
        "schemaUrl" schema_url: String,
    }
    ScopeLogs {
        "scope" scope: InstrumentationScope,
        "logRecords" log_records: Vec<LogRecord>,
        "schemaUrl" schema_url: String,
    }
    LogRecord {
        "timeUnixNano" time_unix_nano: u64,
        "observedTimeUnixNano" observed_time_unix_nano: u64,
        "severityNumber" severity_number: Enumeration<SeverityNumber>,
        "severityText" severity_text: String,
        "body" body: AnyValue,
        "attributes" attributes: Vec<KeyValue>,
        "droppedAttributesCount" dropped_attributes_count: u32,
        "flags" flags: u32,
        "traceId" trace_id: Hex,
        "spanId" span_id: Hex,
        "eventName" event_name: String,
    }

    ResourceMetrics {
        "resource" resource: Resource,
        "scopeMetrics" scope_metrics: Vec<ScopeMetrics>,
        "schemaUrl" schema_url: String,
    }
    ScopeMetrics {
        "scope" scope: InstrumentationScope,
        "metrics" metrics: Vec<Metric>,
        "schemaUrl" schema_url: String,
    }
    Metric {
        "name" name: String,
        "description" description: String,
        "unit" unit: String,
        "metadata" metadata: Vec<KeyValue>,
        "gauge" data = metric::Data::Gauge: Gauge,
        "sum" data = metric::Data::Sum: Sum,
        "histogram" data = metric::Data::Histogram: Histogram,
        "exponentialHistogram" data = metric::Data::ExponentialHistogram: ExponentialHistogram,
        "summary" data = metric::Data::Summary: Summary,
    }
    Gauge { "dataPoints" data_points: Vec<NumberDataPoint>, }
    Sum {
        "dataPoints" data_points: Vec<NumberDataPoint>,
        "aggregationTemporality" aggregation_temporality: Enumeration<AggregationTemporality>,
        "isMonotonic" is_monotonic: bool,
    }
    Histogram {
        "dataPoints" data_points: Vec<HistogramDataPoint>,
        "aggregationTemporality" aggregation_temporality: Enumeration<AggregationTemporality>,
    }
    ExponentialHistogram {
        "dataPoints" data_points: Vec<ExponentialHistogramDataPoint>,
        "aggregationTemporality" aggregation_temporality: Enumeration<AggregationTemporality>,
    }
    Summary { "dataPoints" data_points: Vec<SummaryDataPoint>, }
    NumberDataPoint {
        "attributes" attributes: Vec<KeyValue>,
        "startTimeUnixNano" start_time_unix_nano: u64,
        "timeUnixNano" time_unix_nano: u64,
        "exemplars" exemplars: Vec<Exemplar>,
        "flags" flags: u32,
        "asDouble" value = number_data_point::Value::AsDouble: f64,
        "asInt" value = number_data_point::Value::AsInt: i64,
    }
    HistogramDataPoint {
        "attributes" attributes: Vec<KeyValue>,
        "startTimeUnixNano" start_time_unix_nano: u64,
        "timeUnixNano" time_unix_nano: u64,
        "count" count: u64,
        "sum" sum: f64,
        "bucketCounts" bucket_counts: Vec<u64>,
        "explicitBounds" explicit_bounds: Vec<f64>,
        "exemplars" exemplars: Vec<Exemplar>,
        "flags" flags: u32,
        "min" min: f64,
        "max" max: f64,
    }
    ExponentialHistogramDataPoint {
        "attributes" attributes: Vec<KeyValue>,
        "startTimeUnixNano" start_time_unix_nano: u64,
        "timeUnixNano" time_unix_nano: u64,
        "count" count: u64,
        "sum" sum: f64,
        "scale" scale: i32,
        "zeroCount" zero_count: u64,
        "positive" positive: Buckets,
        "negative" negative: Buckets,
        "flags" flags: u32,
        "exemplars" exemplars: Vec<Exemplar>,
        "min" min: f64,
        "max" max: f64,
        "zeroThreshold" zero_threshold: f64,
    }
    Buckets {
        "offset" offset: i32,
        "bucketCounts" bucket_counts: Vec<u64>,
    }
    SummaryDataPoint {
        "attributes" attributes: Vec<KeyValue>,
        "startTimeUnixNano" start_time_unix_nano: u64,
        "timeUnixNano" time_unix_nano: u64,
        "count" count: u64,
        "sum" sum: f64,
        "quantileValues" quantile_values: Vec<ValueAtQuantile>,
        "flags" flags: u32,
    }
    ValueAtQuantile {
        "quantile" quantile: f64,
        "value" value: f64,
    }
    Exemplar {
        "filteredAttributes" filtered_attributes: Vec<KeyValue>,
        "timeUnixNano" time_unix_nano: u64,
        "spanId" span_id: Hex,
        "traceId" trace_id: Hex,
        "asDouble" value = exemplar::Value::AsDouble: f64,
        "asInt" value = exemplar::Value::AsInt: i64,
    }

    Resource {
        "attributes" attributes: Vec<KeyValue>,
        "droppedAttributesCount" dropped_attributes_count: u32,
        "entityRefs" entity_refs: Vec<EntityRef>,
    }
    EntityRef {
        "schemaUrl" schema_url: String,
        "type" r#type: String,
        "idKeys" id_keys: Vec<String>,
        "descriptionKeys" description_keys: Vec<String>,
    }
    InstrumentationScope {
        "name" name: String,
        "version" version: String,
        "attributes" attributes: Vec<KeyValue>,
        "droppedAttributesCount" dropped_attributes_count: u32,
    }
    KeyValue {
        "key" key: String,
        "value" value: AnyValue,
    }
    AnyValue {
        "stringValue" value = Value::StringValue: String,
        "boolValue" value = Value::BoolValue: bool,
        "intValue" value = Value::IntValue: i64,
        "doubleValue" value = Value::DoubleValue: f64,
        "arrayValue" value = Value::ArrayValue: ArrayValue,
        "kvlistValue" value = Value::KvlistValue: KeyValueList,
        "bytesValue" value = Value::BytesValue: Base64,
    }
    ArrayValue { "values" values: Vec<AnyValue>, }
    KeyValueList { "values" values: Vec<KeyValue>, }
}
