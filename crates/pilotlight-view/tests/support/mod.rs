//! Telemetry as senders make it, for the tests of the store.

#![allow(dead_code, unreachable_pub, clippy::unwrap_used)] // Each test file uses its part of it.

use bytes::Bytes;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value::Value};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::metrics::v1::{
    Gauge, Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics,
};
use opentelemetry_proto::tonic::metrics::v1::{metric, number_data_point};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status, span};
use pilotlight_view::receive::{Arrival, Compression, Data, Protocol, Received};
use pilotlight_view::store::{Options, Store};
use prost::Message;

/// A moment in 2025, in nanoseconds since 1970.
pub const NOON: u64 = 1_763_880_000_000_000_000;
/// Nanoseconds.
pub const SECOND: u64 = 1_000_000_000;

pub fn text(key: &str, value: &str) -> KeyValue {
    pair(key, Value::StringValue(value.to_owned()))
}

pub fn int(key: &str, value: i64) -> KeyValue {
    pair(key, Value::IntValue(value))
}

pub fn pair(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }), key_strindex: 0 }
}

pub fn trace_id(number: u128) -> Vec<u8> {
    number.to_be_bytes().to_vec()
}

pub fn span_id(number: u64) -> Vec<u8> {
    if number == 0 { Vec::new() } else { number.to_be_bytes().to_vec() }
}

pub fn trace_hex(number: u128) -> String {
    format!("{number:032x}")
}

pub fn span_hex(number: u64) -> String {
    format!("{number:016x}")
}

/// A span that begins so many milliseconds after noon and takes so many.
pub fn span(trace: u128, id: u64, parent: u64, name: &str, start_ms: u64, duration_ms: u64) -> Span {
    let start = NOON + start_ms * 1_000_000;
    Span {
        trace_id: trace_id(trace),
        span_id: span_id(id),
        parent_span_id: span_id(parent),
        name: name.to_owned(),
        kind: span::SpanKind::Server.into(),
        start_time_unix_nano: start,
        end_time_unix_nano: start + duration_ms * 1_000_000,
        ..Span::default()
    }
}

pub fn failed(mut span: Span, message: &str) -> Span {
    span.status = Some(Status { code: 2, message: message.to_owned() });
    span
}

pub fn with(mut span: Span, attributes: &[KeyValue]) -> Span {
    span.attributes.extend_from_slice(attributes);
    span
}

/// A record so many milliseconds after noon.
pub fn log(body: &str, severity: i32, at_ms: u64) -> LogRecord {
    LogRecord {
        time_unix_nano: NOON + at_ms * 1_000_000,
        severity_number: severity,
        body: Some(AnyValue { value: Some(Value::StringValue(body.to_owned())) }),
        ..LogRecord::default()
    }
}

pub fn log_of(mut log: LogRecord, trace: u128, span: u64) -> LogRecord {
    log.trace_id = trace_id(trace);
    log.span_id = span_id(span);
    log
}

pub fn resource(service: &str) -> Option<Resource> {
    let attributes = vec![text("service.name", service), text("host.name", "box")];
    Some(Resource { attributes, ..Resource::default() })
}

pub fn scope() -> Option<InstrumentationScope> {
    Some(InstrumentationScope { name: "tests".to_owned(), version: "1".to_owned(), ..Default::default() })
}

pub fn spans(service: &str, spans: Vec<Span>) -> Received {
    let scope_spans = vec![ScopeSpans { scope: scope(), spans, schema_url: String::new() }];
    let resource_spans =
        vec![ResourceSpans { resource: resource(service), scope_spans, schema_url: String::new() }];
    let encoded = ExportTraceServiceRequest { resource_spans: resource_spans.clone() }.encode_to_vec();
    received(Data::Traces(resource_spans), encoded)
}

pub fn logs(service: &str, log_records: Vec<LogRecord>) -> Received {
    let scope_logs = vec![ScopeLogs { scope: scope(), log_records, schema_url: String::new() }];
    let resource_logs =
        vec![ResourceLogs { resource: resource(service), scope_logs, schema_url: String::new() }];
    let encoded = ExportLogsServiceRequest { resource_logs: resource_logs.clone() }.encode_to_vec();
    received(Data::Logs(resource_logs), encoded)
}

pub fn gauge(service: &str, name: &str, value: f64) -> Received {
    let point = NumberDataPoint {
        time_unix_nano: NOON,
        value: Some(number_data_point::Value::AsDouble(value)),
        ..NumberDataPoint::default()
    };
    let data = Some(metric::Data::Gauge(Gauge { data_points: vec![point] }));
    let metrics = vec![Metric { name: name.to_owned(), data, ..Metric::default() }];
    let scope_metrics = vec![ScopeMetrics { scope: scope(), metrics, schema_url: String::new() }];
    let resource_metrics =
        vec![ResourceMetrics { resource: resource(service), scope_metrics, schema_url: String::new() }];
    let encoded = ExportMetricsServiceRequest { resource_metrics: resource_metrics.clone() }.encode_to_vec();
    received(Data::Metrics(resource_metrics), encoded)
}

pub fn received(data: Data, encoded: Vec<u8>) -> Received {
    let unix_nano = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos();
    let arrival = Arrival {
        unix_nano: unix_nano.try_into().unwrap(),
        port: 4318,
        protocol: Protocol::HttpProtobuf,
        compression: Compression::Gzip,
        bytes: encoded.len() as u64,
        user_agent: Some("tests/1".to_owned()),
    };
    Received { arrival, data, encoded: Bytes::from(encoded) }
}

/// A store in memory and a temporary file.
pub fn store() -> Store {
    Store::open(Options::default()).unwrap()
}

/// The names of all spans that are handed out again, in order.
pub fn exported_names(store: &Store) -> Vec<String> {
    let mut names = Vec::new();
    let mut each = |data: Data| {
        if let Data::Traces(all) = data {
            let spans = all.into_iter().flat_map(|of| of.scope_spans).flat_map(|of| of.spans);
            names.extend(spans.map(|span| span.name));
        }
        true
    };
    store.export(&Default::default(), &mut each).unwrap();
    names
}

/// Waits until it is so; fails after a minute.
pub async fn until(what: &str, is: impl Fn() -> bool) {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(60);
    while !is() {
        assert!(std::time::Instant::now() < deadline, "still not so: {what}");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}
