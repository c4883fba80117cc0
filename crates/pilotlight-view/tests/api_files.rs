//! What was received goes out as a file and comes back in the same.

#![allow(clippy::unwrap_used)]

mod http;

use http::{Server, event};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList,
};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::metrics::v1::{
    ExponentialHistogram, ExponentialHistogramDataPoint, Gauge, Histogram, HistogramDataPoint, Metric,
    NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum, Summary, SummaryDataPoint,
    exponential_histogram_data_point::Buckets, metric, number_data_point,
    summary_data_point::ValueAtQuantile,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status, span};
use pilotlight_view::receive::{Arrival, Compression, Data, Protocol, Received};
use pilotlight_view::store::{ExportQuestion, Store};
use prost::Message;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::io::AsyncReadExt;

const TRACE: [u8; 16] = [0xab; 16];

/// A moment that is neither too old to be kept nor in the future.
fn now() -> u64 {
    u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos()).unwrap()
}

fn attribute(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }), ..Default::default() }
}

/// Every kind of value, and those that JSON has no word for.
fn attributes() -> Vec<KeyValue> {
    let list = |values: Vec<AnyValue>| Value::ArrayValue(ArrayValue { values });
    vec![
        attribute("text", Value::StringValue("<script>\"\\\n\u{0}é🦀".to_owned())),
        attribute("", Value::StringValue(String::new())),
        attribute("int", Value::IntValue(i64::MIN)),
        attribute("double", Value::DoubleValue(0.1)),
        attribute("nan", Value::DoubleValue(f64::NAN)),
        attribute("infinite", Value::DoubleValue(f64::NEG_INFINITY)),
        attribute("bool", Value::BoolValue(false)),
        attribute("bytes", Value::BytesValue(vec![0, 255, 128])),
        attribute("list", list(vec![AnyValue { value: Some(Value::IntValue(1)) }, AnyValue { value: None }])),
        attribute(
            "map",
            Value::KvlistValue(KeyValueList { values: vec![attribute("deep", list(Vec::new()))] }),
        ),
        KeyValue { key: "nothing".to_owned(), value: Some(AnyValue { value: None }), ..Default::default() },
    ]
}

fn resource() -> Option<Resource> {
    Some(Resource { attributes: attributes(), dropped_attributes_count: 3, ..Default::default() })
}

fn scope() -> Option<InstrumentationScope> {
    let (name, version) = ("shop.checkout".to_owned(), "1.2".to_owned());
    Some(InstrumentationScope { name, version, attributes: attributes(), dropped_attributes_count: 1 })
}

fn traces(trace_id: [u8; 16], span_id: u8) -> Data {
    let event = span::Event {
        time_unix_nano: now(),
        name: "paid".to_owned(),
        attributes: attributes(),
        dropped_attributes_count: 2,
    };
    let link = span::Link {
        trace_id: vec![7; 16],
        span_id: vec![8; 8],
        trace_state: "a=b".to_owned(),
        attributes: attributes(),
        dropped_attributes_count: 4,
        flags: 0x301,
    };
    let span = Span {
        trace_id: trace_id.to_vec(),
        span_id: vec![span_id; 8],
        parent_span_id: vec![9; 8],
        trace_state: "vendor=1".to_owned(),
        flags: 0x101,
        name: "POST /orders".to_owned(),
        kind: span::SpanKind::Server as i32,
        start_time_unix_nano: now(),
        end_time_unix_nano: now() + 5_000_000,
        attributes: attributes(),
        dropped_attributes_count: 5,
        events: vec![event],
        dropped_events_count: 6,
        links: vec![link],
        dropped_links_count: 7,
        status: Some(Status { message: "declined".to_owned(), code: 2 }),
    };
    let scope_spans = vec![ScopeSpans {
        scope: scope(),
        spans: vec![span],
        schema_url: "https://schema.example/1".to_owned(),
    }];
    Data::Traces(vec![ResourceSpans {
        resource: resource(),
        scope_spans,
        schema_url: "https://schema.example/2".to_owned(),
    }])
}

fn logs() -> Data {
    let record = LogRecord {
        time_unix_nano: now(),
        observed_time_unix_nano: now() + 1,
        severity_number: 17,
        severity_text: "ERROR".to_owned(),
        body: attributes()[9].value.clone(),
        attributes: attributes(),
        dropped_attributes_count: 1,
        flags: 1,
        trace_id: TRACE.to_vec(),
        span_id: vec![1; 8],
        event_name: "payment.declined".to_owned(),
    };
    let scope_logs = vec![ScopeLogs { scope: scope(), log_records: vec![record], ..Default::default() }];
    Data::Logs(vec![ResourceLogs { resource: resource(), scope_logs, ..Default::default() }])
}

/// A metric of each kind.
fn metrics() -> Data {
    let time_unix_nano = now();
    let number = |value| NumberDataPoint {
        time_unix_nano,
        attributes: attributes(),
        value: Some(value),
        ..Default::default()
    };
    let doubles =
        [f64::NAN, f64::INFINITY, -0.5].map(|value| number(number_data_point::Value::AsDouble(value)));
    let histogram = HistogramDataPoint {
        time_unix_nano,
        count: u64::MAX,
        sum: Some(f64::INFINITY),
        bucket_counts: vec![1, u64::MAX],
        explicit_bounds: vec![0.25],
        min: Some(0.0),
        ..Default::default()
    };
    let buckets = Buckets { offset: -3, bucket_counts: vec![1, 0, 5] };
    let exponential = ExponentialHistogramDataPoint {
        time_unix_nano,
        count: 6,
        scale: -2,
        zero_count: 1,
        positive: Some(buckets),
        zero_threshold: 0.001,
        ..Default::default()
    };
    let quantile_values = vec![ValueAtQuantile { quantile: 0.5, value: f64::NAN }];
    let summary =
        SummaryDataPoint { time_unix_nano, count: 1, sum: f64::NAN, quantile_values, ..Default::default() };
    let kinds = [
        metric::Data::Gauge(Gauge { data_points: doubles.to_vec() }),
        metric::Data::Sum(Sum {
            data_points: vec![number(number_data_point::Value::AsInt(i64::MAX))],
            aggregation_temporality: 2,
            is_monotonic: true,
        }),
        metric::Data::Histogram(Histogram { data_points: vec![histogram], aggregation_temporality: 1 }),
        metric::Data::ExponentialHistogram(ExponentialHistogram {
            data_points: vec![exponential],
            aggregation_temporality: 2,
        }),
        metric::Data::Summary(Summary { data_points: vec![summary] }),
    ];
    let metrics = kinds.into_iter().enumerate().map(|(number, data)| Metric {
        name: format!("metric.{number}"),
        unit: "ms".to_owned(),
        data: Some(data),
        ..Default::default()
    });
    let scope_metrics =
        vec![ScopeMetrics { scope: scope(), metrics: metrics.collect(), ..Default::default() }];
    Data::Metrics(vec![ResourceMetrics { resource: resource(), scope_metrics, ..Default::default() }])
}

/// As bytes, in which NaN is the same as NaN.
fn encoded(data: &Data) -> Vec<u8> {
    match data.clone() {
        Data::Traces(resource_spans) => ExportTraceServiceRequest { resource_spans }.encode_to_vec(),
        Data::Metrics(resource_metrics) => ExportMetricsServiceRequest { resource_metrics }.encode_to_vec(),
        Data::Logs(resource_logs) => ExportLogsServiceRequest { resource_logs }.encode_to_vec(),
    }
}

async fn keep(store: &Store, data: Data) {
    let encoded = encoded(&data);
    let arrival = Arrival {
        unix_nano: now(),
        port: 4317,
        protocol: Protocol::Grpc,
        compression: Compression::None,
        bytes: 1,
        user_agent: None,
    };
    while let Err(busy) = store
        .keep(Received { arrival: arrival.clone(), data: data.clone(), encoded: encoded.clone().into() })
        .await
    {
        tokio::time::sleep(busy.retry_after).await;
    }
}

fn held(store: &Store) -> Vec<Vec<u8>> {
    let mut held = Vec::new();
    store
        .export(&ExportQuestion::default(), &mut |data| {
            held.push(encoded(&data));
            true
        })
        .unwrap();
    held
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_exported_and_imported_elsewhere_is_the_same() {
    let (here, elsewhere) = (Server::start().await, Server::start().await);
    let everything = [traces(TRACE, 1), logs(), metrics()];
    for data in everything.clone() {
        keep(&here.store, data).await;
    }
    let file = here.get("/api/export").await;
    assert_eq!(file.header("content-type"), Some("application/x-ndjson"));
    assert_eq!(
        file.header("content-disposition"),
        Some("attachment; filename=\"pilotlight-telemetry.jsonl\"")
    );
    let imported = elsewhere.post("/api/import", &file.body).await.json();
    assert_eq!(imported["faults"], serde_json::json!([]), "{imported}");
    assert_eq!(
        (imported["spans"].as_u64(), imported["logs"].as_u64(), imported["points"].as_u64()),
        (Some(1), Some(1), Some(7))
    );
    assert_eq!(held(&elsewhere.store), everything.map(|data| encoded(&data)));
    assert_eq!(elsewhere.get("/api/export").await.text(), file.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compressed_export_holds_the_same_lines() {
    let server = Server::start().await;
    keep(&server.store, logs()).await;
    let plain = server.get("/api/export").await;
    let compressed = server.get_with("/api/export", &[("accept-encoding", "gzip")]).await;
    assert_eq!(compressed.header("content-encoding"), Some("gzip"));
    assert_eq!(compressed.unzipped(), plain.body);
    assert_eq!(plain.text().lines().count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_trace_can_be_exported_alone() {
    let server = Server::start().await;
    keep(&server.store, traces(TRACE, 1)).await;
    keep(&server.store, traces([0xcd; 16], 2)).await;
    let id = "ab".repeat(16);
    let file = server.get(&format!("/api/export?trace_id={id}&signals=traces")).await;
    assert!(file.header("content-disposition").unwrap().contains(&format!("pilotlight-trace-{id}.jsonl")));
    assert_eq!(file.text().lines().count(), 1);
    assert!(!file.text().contains(&"cd".repeat(16)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_cannot_be_exported_is_refused_before_anything_is_sent() {
    let server = Server::start().await;
    for question in ["trace_id=nonsense", "signals=spans", "from_ms=NaN"] {
        let answer = server.get(&format!("/api/export?{question}")).await;
        assert_eq!(answer.status, 400, "{question}");
        assert!(answer.header("content-disposition").is_none(), "{question}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_is_pushed_to_those_who_listen() {
    let server = Server::start().await;
    let mut tail = server.open("GET", "/api/tail?filter=payment.declined", &[], b"").await;
    let mut others = server.open("GET", "/api/tail?severity_min=21", &[], b"").await;
    let mut changes = server.open("GET", "/api/changes", &[], b"").await;
    // Their answers have begun, so that they listen.
    for stream in [&mut tail, &mut others] {
        let mut status = [0; 12];
        stream.read_exact(&mut status).await.unwrap();
        assert_eq!(&status, b"HTTP/1.0 200");
    }
    let before = event(&mut changes, "changed").await["number"].as_u64().unwrap();
    keep(&server.store, logs()).await;
    let rows = event(&mut tail, "logs").await;
    assert_eq!(rows[0]["trace_id"], "ab".repeat(16));
    assert!(event(&mut changes, "changed").await["number"].as_u64().unwrap() > before);
    server.context.close();
    let mut rest = String::new();
    others.read_to_string(&mut rest).await.unwrap();
    assert!(!rest.contains("event: logs"), "{rest}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_cleared_is_gone() {
    let server = Server::start().await;
    for data in [traces(TRACE, 1), logs(), metrics()] {
        keep(&server.store, data).await;
    }
    assert_eq!(server.post("/api/clear?signals=logs,metrics", b"").await.status, 204);
    assert_eq!(held(&server.store).len(), 1);
    assert_eq!(server.post("/api/clear", b"").await.status, 204);
    assert_eq!(held(&server.store).len(), 0);
    assert_eq!(server.get("/api/export").await.text(), "");
}
