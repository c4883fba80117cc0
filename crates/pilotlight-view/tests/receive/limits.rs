//! What is too large, in every way in which it can be.

use crate::harness::{Harness, TRACES, frame};
use crate::telemetry::{attribute, gzip, metrics, names, nested, span, traces, zstd};
use http::StatusCode;
use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets;
use opentelemetry_proto::tonic::metrics::v1::{
    ExponentialHistogram, ExponentialHistogramDataPoint, Metric, metric,
};
use opentelemetry_proto::tonic::trace::v1::Span;
use pilotlight_view::receive::{IncidentKind, Limits, Signal, Undecodable, decode_json, decode_protobuf};
use prost::Message;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Longer than anything here takes; a test that needs it has failed.
const LONG: Duration = Duration::from_secs(30);
const PROTOBUF: &str = "application/x-protobuf";

fn limits(bytes_max: usize) -> Limits {
    Limits { grpc_bytes_max: bytes_max, http_bytes_max: bytes_max, ..Limits::default() }
}

/// Spans that take exactly so many bytes as a request.
fn request_of(bytes: usize) -> Vec<u8> {
    let length = |name: usize| traces(vec![span(&"x".repeat(name))]).encoded_len();
    let name = (0..=bytes).rev().find(|name| length(*name) <= bytes).unwrap();
    assert_eq!(length(name), bytes);
    traces(vec![span(&"x".repeat(name))]).encode_to_vec()
}

#[tokio::test]
async fn a_request_of_the_limit_is_taken_and_one_byte_more_is_not() {
    let harness = Harness::with(limits(1000)).await;
    let (fits, over) = (request_of(1000), request_of(1001));
    assert_eq!(harness.post("/v1/traces", PROTOBUF, &fits).await.status, StatusCode::OK);
    assert_eq!(harness.call(TRACES, &[], frame(0, &fits)).await.grpc_status(), "0");
    assert_eq!(harness.journal.newest(), []);

    assert_eq!(harness.post("/v1/traces", PROTOBUF, &over).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    let refused = harness.call(TRACES, &[], frame(0, &over)).await;
    assert_eq!(refused.grpc_status(), "8");
    assert!(refused.header("grpc-message").contains("1000"), "{refused:?}");
    assert_eq!(harness.journal.counts()[&IncidentKind::TooLarge], 2);
    assert_eq!(harness.received().len(), 2);
}

#[tokio::test]
async fn a_request_that_only_says_that_it_is_too_large_is_refused_before_it_comes() {
    let harness = Harness::with(limits(1000)).await;
    let head = "POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-protobuf\r\ncontent-length: 99999999999\r\n\r\n";
    assert!(harness.raw(head.as_bytes()).await.starts_with(b"HTTP/1.1 413"));
    let announced = harness.call(TRACES, &[], vec![0, 0xff, 0xff, 0xff, 0xff]).await;
    assert_eq!(announced.grpc_status(), "8");
    assert_eq!(harness.journal.counts()[&IncidentKind::TooLarge], 2);
}

#[tokio::test]
async fn a_sender_that_asks_first_is_not_told_to_go_on_with_what_will_be_refused() {
    let harness = Harness::with(limits(1000)).await;
    for (path, length, answer) in [("/v1/traces", 2000, "413"), ("/v1/trace", 20, "404")] {
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nexpect: 100-continue\r\ncontent-length: {length}\r\n\r\n"
        );
        let answered = harness.raw(head.as_bytes()).await;
        assert!(answered.starts_with(format!("HTTP/1.1 {answer}").as_bytes()), "{answered:?}");
    }
}

#[tokio::test]
async fn a_body_in_chunks_is_stopped_at_the_limit() {
    let harness = Harness::with(limits(1000)).await;
    let mut request = b"POST /v1/traces HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/x-protobuf\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    for _ in 0..100 {
        request.extend_from_slice(b"64\r\n");
        request.extend_from_slice(&[0; 100]);
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"0\r\n\r\n");
    assert!(harness.raw(&request).await.starts_with(b"HTTP/1.1 413"));
    assert_eq!(harness.incident().kind, IncidentKind::TooLarge);
}

#[tokio::test]
async fn a_bomb_is_stopped_while_it_is_decompressed() {
    // 64 MiB of zeros: a few hundred kilobytes of gzip, and a few of zstd.
    let zeros = vec![0; 64 << 20];
    let bomb = gzip(&zeros);
    let dense_bomb = zstd(&zeros);
    assert!(bomb.len() < 1 << 20 && dense_bomb.len() < 16 << 10);
    let harness = Harness::start().await;
    for (encoding, body) in [("gzip", &bomb), ("zstd", &dense_bomb)] {
        let headers = [("content-type", PROTOBUF), ("content-encoding", encoding)];
        let answer = harness.request("POST", "/v1/traces", &headers, body).await;
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{encoding}");
        let answer = harness.call(TRACES, &[("grpc-encoding", encoding)], frame(1, body)).await;
        assert_eq!(answer.grpc_status(), "8", "{encoding}");
    }
    assert_eq!(harness.journal.counts()[&IncidentKind::Bomb], 4);
}

#[tokio::test]
async fn a_zstd_window_that_is_larger_than_decoders_must_have_is_refused() {
    let harness = Harness::start().await;
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
    encoder.window_log(27).unwrap();
    std::io::Write::write_all(&mut encoder, &traces(vec![span("a")]).encode_to_vec()).unwrap();
    let headers = [("content-type", PROTOBUF), ("content-encoding", "zstd")];
    let answer = harness.request("POST", "/v1/traces", &headers, &encoder.finish().unwrap()).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn the_limit_of_a_compressed_body_is_that_of_its_content() {
    let harness = Harness::with(limits(1000)).await;
    for (encoding, fits, over) in [
        ("gzip", gzip(&request_of(1000)), gzip(&request_of(1001))),
        ("zstd", zstd(&request_of(1000)), zstd(&request_of(1001))),
    ] {
        let headers = [("content-type", PROTOBUF), ("content-encoding", encoding)];
        assert_eq!(harness.request("POST", "/v1/traces", &headers, &fits).await.status, StatusCode::OK);
        let answer = harness.request("POST", "/v1/traces", &headers, &over).await;
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    }
}

#[tokio::test]
async fn an_attribute_of_ten_megabytes_is_taken_when_the_limit_is_raised() {
    let mut large = span("large");
    large.attributes = vec![attribute("payload", &"x".repeat(10 << 20))];
    let request = traces(vec![large]).encode_to_vec();
    let harness = Harness::with(limits(16 << 20)).await;
    assert_eq!(harness.call(TRACES, &[], frame(0, &request)).await.grpc_status(), "0");
    assert_eq!(harness.post("/v1/traces", PROTOBUF, &request).await.status, StatusCode::OK);
    assert!(harness.received().iter().all(|received| received.encoded == request));
}

#[tokio::test]
async fn a_hundred_thousand_attribute_keys_are_taken() {
    let mut many = span("many");
    many.attributes = (0..100_000).map(|number| attribute(&format!("key.{number}"), "v")).collect();
    let harness = Harness::start().await;
    let answer = harness.post("/v1/traces", PROTOBUF, &traces(vec![many]).encode_to_vec()).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(names(&harness.only()), ["many"]);
}

#[tokio::test]
async fn small_bodies_that_would_be_large_in_memory_are_refused_before_they_are() {
    // Empty spans: two bytes each on the network.
    let spans = traces(vec![Span::default(); 100_000]).encode_to_vec();
    let bucket_counts = vec![1; 200_000];
    let positive = Some(Buckets { bucket_counts, ..Buckets::default() });
    let point = ExponentialHistogramDataPoint { positive, ..ExponentialHistogramDataPoint::default() };
    let histogram = ExponentialHistogram { data_points: vec![point; 3], ..ExponentialHistogram::default() };
    let data = Some(metric::Data::ExponentialHistogram(histogram));
    let metric = Metric { name: "m".to_owned(), data, ..Metric::default() };
    let buckets = metrics(vec![metric]).encode_to_vec();
    for (signal, body) in [(Signal::Traces, &spans), (Signal::Metrics, &buckets)] {
        assert!(body.len() < 1 << 20);
        assert_eq!(decode_protobuf(signal, body, 4 << 20), Err(Undecodable::TooLarge(4 << 20)));
    }
    let objects =
        format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{}{{}}]}}]}}]}}"#, "{},".repeat(100_000));
    assert_eq!(decode_json(Signal::Traces, objects.as_bytes(), 4 << 20), Err(Undecodable::TooLarge(4 << 20)));

    let harness = Harness::with(limits(512 << 10)).await;
    assert_eq!(harness.call(TRACES, &[], frame(0, &spans)).await.grpc_status(), "8");
    assert_eq!(harness.incident().kind, IncidentKind::Bomb);
}

#[test]
fn a_group_that_nobody_knows_does_not_hide_what_comes_after_it() {
    // Field 15 as a group: empty, and with a field and a group in it.
    for group in [&[0x7b, 0x7c][..], &[0x7b, 0x08, 0x01, 0x0b, 0x0c, 0x12, 0x01, 0x00, 0x7c]] {
        // Empty messages of field 1: two bytes each on the network.
        let hidden = [group, &[0x0a, 0x00].repeat(100_000)].concat();
        for signal in [Signal::Traces, Signal::Metrics, Signal::Logs] {
            assert_eq!(decode_protobuf(signal, &hidden, 4 << 20), Err(Undecodable::TooLarge(4 << 20)));
        }
    }
    let request = traces(vec![span("a")]).encode_to_vec();
    let with_group = [&[0x7b, 0x7c][..], &request].concat();
    assert_eq!(
        decode_protobuf(Signal::Traces, &with_group, 4 << 20),
        decode_protobuf(Signal::Traces, &request, 4 << 20)
    );
}

#[test]
fn what_cannot_be_weighed_is_not_decoded() {
    let nested_groups = [[0x7b].repeat(100_000), [0x7c].repeat(100_000)].concat();
    for body in [&[0x7c][..], &[0x7b], &[0x7b, 0x74], &[0x7f], &[0x0a, 0x05, 0x00], &nested_groups] {
        let decoded = decode_protobuf(Signal::Traces, body, 4 << 20);
        assert!(matches!(decoded, Err(Undecodable::Malformed(_))), "{decoded:?}");
    }
}

#[tokio::test]
async fn values_nest_as_deep_as_the_decoders_go_and_no_deeper() {
    let deep = |depth| {
        let mut deep = span("deep");
        deep.attributes[0].value = Some(nested(depth));
        traces(vec![deep]).encode_to_vec()
    };
    let harness = Harness::start().await;
    assert_eq!(harness.post("/v1/traces", PROTOBUF, &deep(40)).await.status, StatusCode::OK);
    // By hand, since encoding it would take a stack of its own: each message has one field, 1, and the next message in it.
    let deeper = (0..5000).fold(Vec::new(), |inner: Vec<u8>, _| {
        let mut outer = vec![0x0a];
        prost::encoding::encode_varint(inner.len() as u64, &mut outer);
        outer.extend(inner);
        outer
    });
    for body in [deep(60), deeper] {
        assert_eq!(harness.post("/v1/traces", PROTOBUF, &body).await.status, StatusCode::BAD_REQUEST);
    }
    for json in [
        "[".repeat(1_000_000),
        r#"{"resourceSpans":"#.repeat(100_000),
        format!(r#"{{"new":{}"#, r#"{"a":["#.repeat(100_000)),
        format!(
            r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{"body":{}"#,
            r#"{"arrayValue":{"values":["#.repeat(100_000)
        ),
    ] {
        for path in ["/v1/traces", "/v1/logs"] {
            let answer = harness.post(path, "application/json", json.as_bytes()).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.text());
        }
    }
}

#[tokio::test]
async fn the_memory_of_a_request_is_lent_and_counted_although_its_sender_hangs_up() {
    let limits = Limits { connections_max: 1, in_flight_bytes_max: 10_000, ..Limits::default() };
    let harness = Harness::with(limits).await;
    harness.recorder.gate.forget_permits(usize::MAX);
    let body = request_of(3000);
    let head = "POST /v1/traces HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/x-protobuf\r\ncontent-length: 3000\r\n\r\n";
    let request = [head.as_bytes(), &body].concat();
    let mut sender = TcpStream::connect(harness.address).await.unwrap();
    sender.write_all(&request).await.unwrap();
    harness.recorder.at_gate.acquire().await.unwrap().forget();
    drop(sender);

    // There is room for one connection: whoever is answered knows that the other one has ended.
    let mut answer = Vec::new();
    while answer.is_empty() {
        let mut other = TcpStream::connect(harness.address).await.unwrap();
        let _ = other.write_all(&request).await;
        let _ =
            tokio::time::timeout(LONG, other.read_to_end(&mut answer)).await.expect("it waits in the sink");
    }
    assert!(answer.starts_with(b"HTTP/1.1 503"), "{}", answer.escape_ascii());
    harness.recorder.gate.add_permits(2);
    while harness.counters.snapshot().requests == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(harness.post("/v1/traces", PROTOBUF, &body).await.status, StatusCode::OK);
    assert_eq!((harness.counters.snapshot().requests, harness.received().len()), (2, 2));
}

#[tokio::test]
async fn what_would_be_too_much_together_comes_again_later() {
    let harness = Harness::with(Limits { in_flight_bytes_max: 10_000, ..Limits::default() }).await;
    let answer = harness.post("/v1/traces", PROTOBUF, &request_of(20_000)).await;
    assert_eq!((answer.status, answer.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "1"));
    assert_eq!(harness.call(TRACES, &[], frame(0, &request_of(20_000))).await.grpc_status(), "14");
    assert_eq!(harness.journal.counts()[&IncidentKind::Busy], 2);
    // What they had taken is free again.
    assert_eq!(harness.post("/v1/traces", PROTOBUF, &request_of(1000)).await.status, StatusCode::OK);
}
