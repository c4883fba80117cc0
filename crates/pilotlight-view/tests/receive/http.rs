//! OTLP over HTTP.

use crate::harness::{Answer, Harness};
use crate::telemetry::{gauge, gzip, logs, metrics, names, number, span, traces, zstd};
use http::StatusCode;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use pilotlight_view::receive::{Compression, IncidentKind, PortRole, Protocol, Signal};
use pilotlight_view::store::Busy;
use prost::Message;
use std::time::Duration;

const PROTOBUF: &str = "application/x-protobuf";
const JSON: &str = "application/json";

#[tokio::test]
async fn all_three_signals_come_as_protobuf() {
    let harness = Harness::start().await;
    let bodies = [
        ("/v1/traces", traces(vec![span("a")]).encode_to_vec()),
        ("/v1/metrics", metrics(vec![gauge("g", vec![number(1.0)])]).encode_to_vec()),
        ("/v1/logs", logs(vec![LogRecord::default()]).encode_to_vec()),
    ];
    for (path, body) in &bodies {
        let answer = harness.post(path, PROTOBUF, body).await;
        assert_eq!((answer.status, answer.header("content-type")), (StatusCode::OK, PROTOBUF));
        assert_eq!(answer.body, b"", "an empty message: nothing was refused");
    }
    let received = harness.received();
    let signals: Vec<_> = received.iter().map(|received| received.data.signal()).collect();
    assert_eq!(signals, [Signal::Traces, Signal::Metrics, Signal::Logs]);
    assert!(received.iter().zip(&bodies).all(|(received, (_, body))| received.encoded == body));
    assert_eq!(received[0].arrival.protocol, Protocol::HttpProtobuf);
    assert_eq!(received[0].arrival.port, harness.address.port());
    assert_eq!(harness.counters.snapshot().by_protocol["http/protobuf"], 3);
}

#[tokio::test]
async fn http_2_is_as_good_as_http_1() {
    let harness = Harness::start().await;
    let body = traces(vec![span("a")]).encode_to_vec();
    let answer = harness.http2("/v1/traces", &[("content-type", PROTOBUF)], body).await;
    assert_eq!((answer.status, answer.header("content-type")), (StatusCode::OK, PROTOBUF));
    let answer = harness.http2("/v1/traces", &[("content-type", JSON)], &b"{}"[..]).await;
    assert_eq!((answer.status, answer.text().as_str()), (StatusCode::OK, "{}"));
    assert_eq!(harness.received().len(), 2);
}

#[tokio::test]
async fn gzip_and_zstd_are_taken_and_so_is_identity() {
    let body = traces(vec![span("a"); 50]).encode_to_vec();
    for (encoding, sent, compression) in [
        ("gzip", gzip(&body), Compression::Gzip),
        ("GZIP", [gzip(&body[..100]), gzip(&body[100..])].concat(), Compression::Gzip),
        ("zstd", zstd(&body), Compression::Zstd),
        ("identity", body.clone(), Compression::None),
    ] {
        let harness = Harness::start().await;
        let headers = [("content-type", PROTOBUF), ("content-encoding", encoding)];
        let answer = harness.request("POST", "/v1/traces", &headers, &sent).await;
        assert_eq!(answer.status, StatusCode::OK, "{encoding}: {answer:?}");
        let received = harness.only();
        assert_eq!((received.arrival.compression, received.arrival.bytes), (compression, sent.len() as u64));
        assert_eq!(received.encoded, body);
    }
}

#[tokio::test]
async fn a_body_in_chunks_is_put_together() {
    let harness = Harness::start().await;
    let body = traces(vec![span("a"), span("b")]).encode_to_vec();
    let (first, second) = body.split_at(10);
    let mut request = b"POST /v1/traces HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/x-protobuf\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    for piece in [first, second, b""] {
        request.extend_from_slice(format!("{:x}\r\n", piece.len()).as_bytes());
        request.extend_from_slice(piece);
        request.extend_from_slice(b"\r\n");
    }
    assert!(harness.raw(&request).await.starts_with(b"HTTP/1.1 200"));
    assert_eq!(names(&harness.only()), ["a", "b"]);
}

#[tokio::test]
async fn an_empty_request_is_taken_in_both_formats() {
    let harness = Harness::start().await;
    assert_eq!(harness.post("/v1/traces", PROTOBUF, b"").await.status, StatusCode::OK);
    assert_eq!(harness.post("/v1/traces", JSON, b"{}").await.text(), "{}");
    let gzipped = [("content-type", PROTOBUF), ("content-encoding", "gzip")];
    assert_eq!(harness.request("POST", "/v1/traces", &gzipped, b"").await.status, StatusCode::OK);
    assert_eq!(harness.journal.newest(), []);
}

#[tokio::test]
async fn http_at_the_port_of_grpc_is_taken_and_noted() {
    let harness = Harness::start_with(Default::default(), PortRole::Grpc, None).await;
    let answer = harness.post("/v1/traces", PROTOBUF, &traces(vec![span("a")]).encode_to_vec()).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(names(&harness.only()), ["a"]);
    let incident = harness.incident();
    assert_eq!((incident.kind, incident.protocol), (IncidentKind::WrongPort, Some(Protocol::HttpProtobuf)));
    assert!(incident.detail.contains("4318"));
}

#[tokio::test]
async fn a_wrong_path_is_answered_with_the_right_one() {
    for (path, hint) in [
        ("/", "OTEL_EXPORTER_OTLP_ENDPOINT"),
        ("/v1/v1/traces", "twice"),
        ("/v1/traces/v1/traces", "twice"),
        ("/v1/traces/", "without a slash"),
        ("/v1/trace", "/v1/traces"),
        ("/v1/metric", "/v1/metrics"),
        ("/v1", "too early"),
        ("/api/traces", "Jaeger"),
        ("/api/v2/spans", "Zipkin"),
        ("/otlp/v1/logs", "take what is before it out"),
        ("/v1development/profiles", "profiles"),
        ("/opentelemetry.proto.collector.trace.v1.TraceService/Export", "application/grpc"),
        ("/anything", "/v1/traces, /v1/metrics and /v1/logs"),
    ] {
        let harness = Harness::start().await;
        let answer = harness.post(path, JSON, b"{}").await;
        assert_eq!((answer.status, answer.header("content-type")), (StatusCode::NOT_FOUND, JSON), "{path}");
        assert!(answer.text().contains(hint), "{path}: {}", answer.text());
        let incident = harness.incident();
        assert_eq!(incident.kind, IncidentKind::UnknownPath);
        assert!(incident.detail.starts_with(&format!("POST {path}: ")), "{}", incident.detail);
    }
}

#[tokio::test]
async fn what_is_not_otlp_gets_the_status_that_http_has_for_it() {
    let gzipped: &[(&str, &str)] = &[("content-type", PROTOBUF), ("content-encoding", "gzip")];
    let zstandard: &[(&str, &str)] = &[("content-type", PROTOBUF), ("content-encoding", "zstd")];
    /// Method, headers, body; the status and the incident.
    type Row<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a [u8], u16, IncidentKind);
    let rows: [Row<'_>; 12] = [
        ("GET", &[], b"", 405, IncidentKind::Method),
        ("PUT", &[("content-type", JSON)], b"{}", 405, IncidentKind::Method),
        ("OPTIONS", &[], b"", 405, IncidentKind::Method),
        ("POST", &[], b"{}", 415, IncidentKind::ContentType),
        ("POST", &[("content-type", "text/plain")], b"{}", 415, IncidentKind::ContentType),
        ("POST", &[("content-type", "application/grpc")], b"", 415, IncidentKind::ContentType),
        ("POST", &[("content-type", "application/grpc-web+proto")], b"", 415, IncidentKind::ContentType),
        (
            "POST",
            &[("content-type", PROTOBUF), ("content-encoding", "br")],
            b"",
            415,
            IncidentKind::ContentEncoding,
        ),
        ("POST", &[("content-type", PROTOBUF)], b"\xff\xff", 400, IncidentKind::Malformed),
        ("POST", &[("content-type", JSON)], b"{\"resourceSpans\":7}", 400, IncidentKind::Malformed),
        ("POST", gzipped, b"no gzip", 400, IncidentKind::Malformed),
        ("POST", zstandard, b"no zstd", 400, IncidentKind::Malformed),
    ];
    for (method, headers, body, status, kind) in rows {
        let harness = Harness::start().await;
        let answer = harness.request(method, "/v1/traces", headers, body).await;
        assert_eq!(answer.status.as_u16(), status, "{method} {headers:?}");
        assert_eq!(harness.incident().kind, kind, "{method} {headers:?}");
        assert!(!answer.body.is_empty());
        assert_eq!(
            answer.status == StatusCode::METHOD_NOT_ALLOWED,
            answer.header("allow") == "POST, OPTIONS"
        );
    }
}

#[tokio::test]
async fn a_refusal_is_a_status_in_the_format_of_the_request() {
    let harness = Harness::start().await;
    let bytes = harness.post("/v1/traces", PROTOBUF, b"\xff\xff").await;
    assert_eq!(bytes.header("content-type"), PROTOBUF);
    assert_eq!(bytes.body[..2], [0x08, 3], "field 1, code INVALID_ARGUMENT");
    let json = harness.post("/v1/traces", "application/json; charset=utf-8", b"{").await;
    assert_eq!(json.header("content-type"), JSON);
    let status: serde_json::Value = serde_json::from_slice(&json.body).unwrap();
    assert_eq!(status["code"], 3);
    assert!(
        status["message"].as_str().unwrap().contains("EOF while parsing an object at line 1 column 1"),
        "{status}"
    );
    let text = harness.post("/v1/traces", "text/html", b"").await;
    assert!(text.header("content-type").starts_with("text/plain"));
    assert!(text.text().contains("application/x-protobuf"));
}

#[tokio::test]
async fn a_sender_is_asked_to_come_again_when_the_store_is_busy() {
    let harness = Harness::start().await;
    *harness.recorder.busy.lock().unwrap() = Some(Busy { retry_after: Duration::from_millis(1200) });
    let answer = harness.post("/v1/logs", JSON, b"{}").await;
    assert_eq!((answer.status, answer.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "2"));
    let status: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(status["details"][0]["retryDelay"], "1.200000000s");
    assert_eq!(harness.incident().kind, IncidentKind::Busy);
}

#[tokio::test]
async fn what_was_refused_in_part_is_said_in_the_format_of_the_request() {
    let harness = Harness::start().await;
    let mut bad = span("bad");
    bad.trace_id = vec![0; 16];
    let answer = harness.post("/v1/traces", PROTOBUF, &traces(vec![bad, span("good")]).encode_to_vec()).await;
    let partial = ExportTraceServiceResponse::decode(&answer.body[..]).unwrap().partial_success.unwrap();
    assert_eq!(partial.rejected_spans, 1);
    assert_eq!(partial.error_message, "spans whose trace id is all zeros: 1 (first: \"bad\")");
    let received = harness.only();
    assert_eq!(names(&received), ["good"]);
    assert_eq!(received.encoded, traces(vec![span("good")]).encode_to_vec());
    for (path, body, name) in [
        ("/v1/traces", r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{}]}]}]}"#, "rejectedSpans"),
        (
            "/v1/metrics",
            r#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"m","gauge":{"dataPoints":[{}]}}]}]}]}"#,
            "rejectedDataPoints",
        ),
    ] {
        let answer = harness.post(path, JSON, body.as_bytes()).await;
        assert_eq!(partial_json(&answer)[name], "1", "{answer:?}");
    }
}

fn partial_json(answer: &Answer) -> serde_json::Value {
    assert_eq!(answer.status, StatusCode::OK);
    let answer: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    answer["partialSuccess"].clone()
}

#[tokio::test]
async fn a_sender_says_who_it_is_and_two_hundred_characters_of_that_are_kept() {
    let harness = Harness::start().await;
    let name = "x".repeat(1000);
    let headers = [("content-type", JSON), ("user-agent", name.as_str())];
    harness.request("POST", "/v1/traces", &headers, b"{}").await;
    assert_eq!(harness.only().arrival.user_agent.unwrap().len(), 200);
}

#[tokio::test]
async fn any_name_of_this_machine_will_do_for_a_sender_that_is_no_browser() {
    let harness = Harness::start().await;
    for host in ["host.docker.internal:4318", "pilotlight", "192.168.7.7"] {
        let headers = [("content-type", JSON), ("host", host)];
        assert_eq!(harness.request("POST", "/v1/traces", &headers, b"{}").await.status, StatusCode::OK);
    }
    assert_eq!(harness.journal.newest(), []);
}

#[tokio::test]
async fn several_requests_come_over_one_connection() {
    let harness = Harness::start().await;
    let request = "POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
    let last = request.replace("host: x", "host: x\r\nconnection: close");
    let answers = harness.raw(format!("{request}{request}{last}").as_bytes()).await;
    assert_eq!(String::from_utf8_lossy(&answers).matches("HTTP/1.1 200 OK").count(), 3);
    assert_eq!(harness.received().len(), 3);
}

#[tokio::test]
async fn senders_without_the_token_are_turned_away_when_there_is_one() {
    let harness = Harness::start_with(Default::default(), PortRole::Any, Some("0123456789abcdef")).await;
    let answer = harness.post("/v1/traces", JSON, b"{}").await;
    assert_eq!((answer.status, answer.header("www-authenticate")), (StatusCode::UNAUTHORIZED, "Bearer"));
    let headers = [("content-type", JSON), ("authorization", "Bearer 0123456789abcdef")];
    assert_eq!(harness.request("POST", "/v1/traces", &headers, b"{}").await.status, StatusCode::OK);
    assert!(!harness.incident().detail.contains("0123"));
}
