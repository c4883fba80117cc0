//! OTLP over HTTP.

use std::io::{Read, Write};
use std::time::SystemTime;

use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use tokio::net::TcpListener;

use super::receiver::{Receiver, Speaks, answer, raw};
use super::*;

fn http(endpoint: &str) -> OtlpConfig {
    config(Protocol::HttpProtobuf, endpoint)
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn a_batch_is_posted_as_it_is_and_the_partial_success_is_the_receipt() {
    let receiver = Receiver::start(Speaks::Http1, || answer(200, &[], partial_success())).await;
    let receipt = export(http(&format!("{}/v1/traces?tenant=a", receiver.url()))).await.unwrap();
    assert_eq!(receipt, rejected_three(Answer::Http(200)));
    let request = receiver.request();
    assert_eq!(
        (request.method().as_str(), request.uri().to_string().as_str()),
        ("POST", "/v1/traces?tenant=a")
    );
    assert_eq!(request.body(), &batch().request);
    assert_eq!(request.headers()["content-type"], "application/x-protobuf");
    assert_eq!(request.headers()["user-agent"], USER_AGENT);
    assert_eq!(request.headers()["content-length"], batch().request.len().to_string().as_str());
    assert_eq!(request.headers()["host"], receiver.address.to_string().as_str());
}

#[tokio::test]
async fn a_compressed_batch_says_so_and_unpacks_to_the_same() {
    let receiver = Receiver::start(Speaks::Http1, || answer(200, &[], "")).await;
    let config = OtlpConfig { compression: Compression::Gzip, ..http(&receiver.url()) };
    assert_eq!(export(config).await.unwrap(), taken(Answer::Http(200)));
    let request = receiver.request();
    assert_eq!(request.headers()["content-encoding"], "gzip");
    let mut plain = Vec::new();
    GzDecoder::new(&request.body()[..]).read_to_end(&mut plain).unwrap();
    assert_eq!(plain, batch().request);
}

#[tokio::test]
async fn configured_headers_and_the_urls_credentials_are_sent() {
    let receiver = Receiver::start(Speaks::Http1, || answer(200, &[], "")).await;
    let endpoint = format!("http://user:pass@{}/v1/traces", receiver.address);
    export(OtlpConfig { headers: vec![header("x-tenant", "shop")], ..http(&endpoint) }).await.unwrap();
    let request = receiver.request();
    assert_eq!(request.headers()["x-tenant"], "shop");
    assert_eq!(request.headers()["authorization"], "Basic dXNlcjpwYXNz");
    assert_eq!(request.headers()["host"], receiver.address.to_string().as_str());
}

#[tokio::test]
async fn credentials_never_appear_in_an_error() {
    let receiver = Receiver::start(Speaks::Http1, || answer(401, &[], "")).await;
    let endpoint = format!("http://user:hunter2@{}/v1/traces?key=hunter2", receiver.address);
    let error = failure(OtlpConfig { headers: vec![header("api-key", "hunter2")], ..http(&endpoint) }).await;
    assert!(!format!("{error} {error:?}").contains("hunter2"));
    assert_says(&error, &["401", "OTEL_EXPORTER_OTLP_HEADERS"]);
}

#[tokio::test]
async fn each_status_is_retried_exactly_when_the_specification_says_so() {
    let statuses = [
        300, 301, 302, 304, 307, 308, 400, 401, 403, 404, 405, 408, 413, 415, 418, 425, 429, 431, 500, 501,
        502, 503, 504, 505, 599,
    ];
    for status in statuses {
        let receiver = Receiver::start(Speaks::Http1, move || answer(status, &[], "")).await;
        let error = failure(http(&receiver.url())).await;
        assert_eq!(error.is_retryable(), [429, 502, 503, 504].contains(&status), "{error}");
        assert_says(&error, &[&receiver.url(), &status.to_string()]);
    }
}

#[tokio::test]
async fn retry_after_is_obeyed_as_seconds_and_as_a_date() {
    let seconds = Receiver::start(Speaks::Http1, || answer(429, &[("retry-after", "17")], "")).await;
    assert_eq!(failure(http(&seconds.url())).await.retry_after(), Some(Duration::from_secs(17)));

    let date = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(3600));
    let dated = Receiver::start(Speaks::Http1, move || answer(503, &[("retry-after", &date)], "")).await;
    let pause = failure(http(&dated.url())).await.retry_after().unwrap();
    // A date has no fractions, and the test takes a while.
    assert!((3500..=3600).contains(&pause.as_secs()), "{pause:?}");
}

#[tokio::test]
async fn retry_after_does_not_make_a_permanent_failure_retryable() {
    let receiver = Receiver::start(Speaks::Http1, || answer(500, &[("retry-after", "17")], "")).await;
    assert!(!failure(http(&receiver.url())).await.is_retryable());
}

#[tokio::test]
async fn what_the_receiver_says_is_shown_whether_protobuf_or_text() {
    let words = "no such tenant";
    let protobuf = [&[0x12, words.len() as u8], words.as_bytes()].concat();
    for (kind, body) in [("application/x-protobuf", protobuf), ("text/plain; charset=utf-8", words.into())] {
        let receiver =
            Receiver::start(Speaks::Http1, move || answer(400, &[("content-type", kind)], body.clone()))
                .await;
        assert_says(&failure(http(&receiver.url())).await, &["400", words]);
    }
}

#[tokio::test]
async fn a_redirect_is_reported_and_not_followed() {
    let receiver = Receiver::start(Speaks::Http1, || answer(308, &[("location", "/elsewhere")], "")).await;
    assert_says(&failure(http(&receiver.url())).await, &["308", "not followed"]);
    assert_eq!(receiver.requests(), 1);
}

#[tokio::test]
async fn an_accepted_batch_with_an_unreadable_response_is_not_sent_again() {
    let receiver = Receiver::start(Speaks::Http1, || answer(200, &[], &b"\x0a\xff"[..])).await;
    let receipt = export(http(&receiver.url())).await.unwrap();
    assert!(receipt.message.unwrap().contains("cannot be read"));
    // The server accepts, and dies before it has said everything.
    let dying = raw(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n\x0a", false).await;
    let receipt = export(http(&format!("http://{dying}"))).await.unwrap();
    assert!(receipt.message.unwrap().contains("cannot be read"));
}

#[tokio::test]
async fn a_compressed_response_is_read_within_its_bound() {
    let small = gzip(&partial_success());
    let receiver =
        Receiver::start(Speaks::Http1, move || answer(200, &[("content-encoding", "gzip")], small.clone()))
            .await;
    assert_eq!(export(http(&receiver.url())).await.unwrap(), rejected_three(Answer::Http(200)));

    let bomb = gzip(&vec![0; 1 << 20]);
    let receiver =
        Receiver::start(Speaks::Http1, move || answer(200, &[("content-encoding", "gzip")], bomb.clone()))
            .await;
    let error = failure(OtlpConfig { response_bytes_max: 64 << 10, ..http(&receiver.url()) }).await;
    assert!(!error.is_retryable());
    assert_says(&error, &["more than 65536 bytes"]);
}

#[tokio::test]
async fn an_endless_response_is_not_read_to_its_end() {
    let receiver = Receiver::start(Speaks::Http1, || answer(200, &[], vec![0; 1 << 20])).await;
    let error = failure(OtlpConfig { response_bytes_max: 1000, ..http(&receiver.url()) }).await;
    assert!(!error.is_retryable());
    assert_says(&error, &["more than 1000 bytes"]);
}

#[tokio::test]
async fn requests_share_one_connection() {
    let receiver = Receiver::start(Speaks::Http1, || answer(200, &[], "")).await;
    let exporter = otlp(http(&receiver.url())).unwrap();
    for _ in 0..3 {
        exporter.export(batch()).await.unwrap();
    }
    assert_eq!((receiver.requests(), receiver.connections()), (3, 1));
}

#[tokio::test]
async fn a_connection_that_the_server_closes_is_replaced() {
    let receiver = Receiver::start(Speaks::Http1, || answer(200, &[("connection", "close")], "")).await;
    let exporter = otlp(http(&receiver.url())).unwrap();
    for _ in 0..3 {
        exporter.export(batch()).await.unwrap();
    }
    assert_eq!((receiver.requests(), receiver.connections()), (3, 3));
}

#[tokio::test]
async fn ipv6_addresses_are_dialed() {
    // Some containers have no IPv6 at all: nothing to dial there.
    let Ok(listener) = TcpListener::bind("[::1]:0").await else { return };
    let receiver = Receiver::on(listener, Speaks::Http1, || answer(200, &[], ""));
    export(http(&receiver.url())).await.unwrap();
    assert_eq!(receiver.request().headers()["host"], receiver.address.to_string().as_str());
}
