//! Causes that show in what is received, from senders that really send.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{SystemTime, UNIX_EPOCH};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use pilotlight_view::doctor::listen::{Listening, Ports};
use pilotlight_view::doctor::{Report, Severity};
use pilotlight_view::receive::{self, Arrival, Compression, Protocol, Received, Signal, Sink};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const SECOND: u64 = 1_000_000_000;

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos().try_into().unwrap()
}

async fn listening() -> Listening {
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    Listening::start(Ports { grpc: any, http: any }).await.unwrap()
}

/// Sends bytes and reads the answer to its end.
async fn say(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    // Who is refused may be hung up on.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

async fn post(address: SocketAddr, path: &str, headers: &str, body: &Value) -> String {
    let body = body.to_string();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    say(address, (head + &body).as_bytes()).await
}

fn attribute(key: &str, value: &str) -> Value {
    json!({"key": key, "value": {"stringValue": value}})
}

fn resource(service: &str) -> Value {
    json!({"attributes": [attribute("service.name", service)]})
}

fn traces(service: &str, spans: Value) -> Value {
    json!({"resourceSpans": [{"resource": resource(service), "scopeSpans": [{"scope": {"name": "t"}, "spans": spans}]}]})
}

fn logs(service: &str, records: Value) -> Value {
    json!({"resourceLogs": [{"resource": resource(service), "scopeLogs": [{"scope": {"name": "t"}, "logRecords": records}]}]})
}

fn sum(service: &str, name: &str, temporality: u8, attributes: Value) -> Value {
    let point = json!({
        "attributes": attributes, "startTimeUnixNano": (now() - 10 * SECOND).to_string(),
        "timeUnixNano": now().to_string(), "asInt": "12",
    });
    let sum = json!({"dataPoints": [point], "aggregationTemporality": temporality, "isMonotonic": true});
    json!({"resourceMetrics": [{"resource": resource(service), "scopeMetrics": [{"scope": {"name": "t"}, "metrics": [{"name": name, "sum": sum}]}]}]})
}

/// A span of a trace and with an id, without a parent, that has just ended.
fn span(trace: u32, id: u32) -> Value {
    json!({
        "traceId": format!("{trace:032x}"), "spanId": format!("{id:016x}"), "name": "GET /orders", "kind": 2,
        "startTimeUnixNano": (now() - 1_000_000).to_string(), "endTimeUnixNano": now().to_string(),
    })
}

fn with(mut span: Value, key: &str, value: impl Into<Value>) -> Value {
    span[key] = value.into();
    span
}

/// What is said when one request came, which was taken.
async fn heard(path: &str, body: &Value) -> Report {
    let listening = listening().await;
    let answer = post(listening.ports.http, path, "", body).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    listening.finish().await
}

/// The finding has to be there with all that a reader needs. Its severity.
fn found(report: &Report, id: &str) -> Severity {
    let found = report.findings.iter().find(|finding| finding.id == id);
    let finding = found.unwrap_or_else(|| panic!("{id} is not among {report:#?}"));
    assert!(
        !finding.title.is_empty() && !finding.cause.is_empty() && !finding.next.is_empty(),
        "{finding:#?}"
    );
    assert_eq!(report.code(), u8::from(!report.is_fine()));
    finding.severity
}

#[tokio::test]
async fn of_a_sender_that_is_well_nothing_is_said() {
    let listening = listening().await;
    let http = listening.ports.http;
    let counter = sum("shop", "orders", 2, json!([]));
    let record =
        json!({"timeUnixNano": now().to_string(), "severityNumber": 9, "body": {"stringValue": "paid"}});
    for (path, body) in [
        ("/v1/traces", traces("shop", json!([span(1, 1)]))),
        ("/v1/metrics", counter),
        ("/v1/logs", logs("shop", json!([record]))),
    ] {
        let answer = post(http, path, "authorization: Bearer s3cret\r\n", &body).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    let report = listening.finish().await;
    assert_eq!((report.findings.as_slice(), report.code()), (&[][..], 0), "{report:#?}");
    let seen: Vec<_> =
        report.observations.iter().map(|seen| (seen.subject.as_str(), seen.outcome.as_str())).collect();
    assert_eq!(
        seen,
        [
            ("traces", "came"),
            ("metrics", "came"),
            ("logs", "came"),
            ("services", "seen"),
            ("headers", "seen")
        ]
    );
    let shown = serde_json::to_string(&report).unwrap();
    assert!(shown.contains("authorization") && !shown.contains("s3cret"), "{shown}");
}

#[tokio::test]
async fn when_nothing_comes_it_says_what_to_look_at() {
    let report = listening().await.finish().await;
    assert_eq!(found(&report, "nothing-came"), Severity::Error);
    assert!(report.observations.iter().all(|seen| seen.outcome == "nothing"));
}

#[tokio::test]
async fn http_at_the_port_of_grpc_and_grpc_at_the_port_of_http_are_noticed() {
    let listening_to_http = listening().await;
    post(listening_to_http.ports.grpc, "/v1/traces", "", &traces("shop", json!([span(1, 1)]))).await;
    assert_eq!(found(&listening_to_http.finish().await, "wrong-port"), Severity::Warning);

    let listening_to_grpc = listening().await;
    let span = Span { trace_id: vec![1; 16], span_id: vec![1; 8], ..Span::default() };
    let scope_spans = vec![ScopeSpans { spans: vec![span], ..ScopeSpans::default() }];
    let resource_spans = vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }];
    let mut client =
        TraceServiceClient::connect(format!("http://{}", listening_to_grpc.ports.http)).await.unwrap();
    client.export(ExportTraceServiceRequest { resource_spans }).await.unwrap();
    drop(client);
    assert_eq!(found(&listening_to_grpc.finish().await, "wrong-port"), Severity::Warning);
}

#[tokio::test]
async fn paths_that_otlp_does_not_have_are_noticed() {
    for path in ["/", "/v1/traces/v1/traces"] {
        let listening = listening().await;
        let answer = post(listening.ports.http, path, "", &traces("shop", json!([span(1, 1)]))).await;
        assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
        assert_eq!(found(&listening.finish().await, "unknown-path"), Severity::Error);
    }
}

#[tokio::test]
async fn tls_at_a_port_without_is_noticed() {
    let listening = listening().await;
    let hello = [0x16, 3, 1, 0, 5, 1, 0, 0, 1, 3];
    say(listening.ports.http, &hello).await;
    found(&listening.finish().await, "tls");
}

#[tokio::test]
async fn compression_that_nobody_knows_is_noticed() {
    let listening = listening().await;
    let body = traces("shop", json!([span(1, 1)]));
    post(listening.ports.http, "/v1/traces", "content-encoding: br\r\n", &body).await;
    found(&listening.finish().await, "content-encoding");
}

#[tokio::test]
async fn traces_that_callers_do_not_sample_are_noticed() {
    let record = |i: u32| {
        json!({
            "timeUnixNano": now().to_string(), "body": {"stringValue": "paid"}, "flags": 0,
            "traceId": format!("{i:032x}"), "spanId": format!("{i:016x}"),
        })
    };
    let records: Vec<Value> = (1..=20).map(record).collect();
    found(&heard("/v1/logs", &logs("shop", records.into())).await, "nothing-sampled");
}

#[tokio::test]
async fn a_context_in_a_format_that_nobody_reads_is_noticed() {
    for key in ["http.request.header.b3", "http.request.header.x_amzn_trace_id"] {
        let value = json!({"arrayValue": {"values": [{"stringValue": "80f198ee56343ba8-1"}]}});
        let root = with(span(1, 1), "attributes", json!([{"key": key, "value": value}]));
        let report = heard("/v1/traces", &traces("shop", json!([root]))).await;
        assert_eq!(found(&report, "context-not-read"), Severity::Warning);
    }
}

#[tokio::test]
async fn spans_without_their_parents_are_noticed() {
    let minute_ago = now() - 60 * SECOND;
    let child = |i: u32| {
        let child = with(span(1, i), "parentSpanId", format!("{:016x}", i + 100));
        let child = with(with(child, "kind", 1), "endTimeUnixNano", minute_ago.to_string());
        with(child, "startTimeUnixNano", (minute_ago - 1).to_string())
    };
    let children: Vec<Value> = (1..=5).map(child).collect();
    found(&heard("/v1/traces", &traces("shop", children.into())).await, "orphans");
}

#[tokio::test]
async fn an_exporter_that_traces_itself_is_noticed() {
    let export = |i| {
        let target = attribute("url.full", "http://localhost:4318/v1/traces");
        with(with(span(i, i), "kind", 3), "attributes", json!([target]))
    };
    let spans: Vec<Value> = (1..=3).map(export).collect();
    found(&heard("/v1/traces", &traces("shop", spans.into())).await, "exporter-traces-itself");
}

#[tokio::test]
async fn a_queue_that_overflows_is_told_by_the_sender() {
    let full = json!([attribute("error.type", "queue_full"), attribute("otel.component.name", "batching/0")]);
    let body = sum("shop", "otel.sdk.processor.span.processed", 2, full);
    found(&heard("/v1/metrics", &body).await, "telemetry-lost");
}

#[tokio::test]
async fn requests_near_the_limit_of_grpc_are_noticed() {
    let long = with(span(1, 1), "attributes", json!([attribute("text", &"x".repeat(3_800_000))]));
    found(&heard("/v1/traces", &traces("shop", json!([long]))).await, "requests-nearly-too-large");
}

#[tokio::test]
async fn metrics_that_are_still_to_come_are_mentioned() {
    let listening = listening().await;
    let data = receive::decode_json(
        Signal::Traces,
        traces("shop", json!([span(1, 1)])).to_string().as_bytes(),
        1 << 20,
    );
    let arrival = Arrival {
        // Spans have come for a while.
        unix_nano: now() - 30 * SECOND,
        port: 4318,
        protocol: Protocol::HttpJson,
        compression: Compression::None,
        bytes: 0,
        user_agent: None,
    };
    let received = Received { arrival, data: data.unwrap(), encoded: bytes::Bytes::new() };
    listening.watch.keep(received).await.unwrap();
    assert_eq!(found(&listening.finish().await, "metrics-not-yet"), Severity::Note);
}

#[tokio::test]
async fn deltas_are_mentioned() {
    let report = heard("/v1/metrics", &sum("shop", "orders", 1, json!([]))).await;
    assert_eq!(found(&report, "delta-temporality"), Severity::Note);
}

#[tokio::test]
async fn a_sender_whose_clock_is_ahead_is_noticed() {
    let later = now() + 600 * SECOND;
    let span = with(span(1, 1), "startTimeUnixNano", (later - SECOND).to_string());
    let span = with(span, "endTimeUnixNano", later.to_string());
    found(&heard("/v1/traces", &traces("shop", json!([span]))).await, "clock-ahead");
}

#[tokio::test]
async fn a_sender_without_a_name_is_noticed() {
    found(&heard("/v1/traces", &traces("unknown_service:app", json!([span(1, 1)]))).await, "unknown-service");
}

#[tokio::test]
async fn spans_without_ids_are_noticed() {
    let bad = with(span(1, 1), "traceId", "0".repeat(32));
    let body = traces("shop", json!([bad, span(2, 2)]));
    found(&heard("/v1/traces", &body).await, "partly-refused");
}

#[tokio::test]
async fn deprecated_names_are_mentioned() {
    let old = with(span(1, 1), "attributes", json!([attribute("http.method", "GET")]));
    let report = heard("/v1/traces", &traces("shop", json!([old]))).await;
    assert_eq!(found(&report, "deprecated-names"), Severity::Note);
}
