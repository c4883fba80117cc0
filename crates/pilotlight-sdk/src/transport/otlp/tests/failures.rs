//! Receivers that are not there, do not answer, or are something else.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use http_body_util::BodyExt;
use hyper::body::{Body, Frame};

use super::receiver::{Receiver, Speaks, answer, grpc_answer, nobody, raw};
use super::*;

const BOTH: [Protocol; 2] = [Protocol::Grpc, Protocol::HttpProtobuf];

#[tokio::test]
async fn a_refused_connection_is_retryable_and_asks_whether_a_collector_listens() {
    for protocol in BOTH {
        let socket = nobody();
        let endpoint = format!("http://{}", socket.local_addr().unwrap());
        let error = failure(config(protocol, &endpoint)).await;
        assert!(error.is_retryable());
        assert_says(&error, &[&endpoint, "connection refused", "Is a collector running"]);
    }
}

#[test]
fn an_exporter_is_made_without_a_runtime_and_without_a_receiver() {
    for protocol in BOTH {
        assert!(otlp(config(protocol, "http://127.0.0.1:1")).is_ok());
        assert!(otlp(config(protocol, "https://collector.invalid")).is_ok());
    }
}

#[tokio::test]
async fn a_name_that_does_not_resolve_is_retryable_and_named() {
    let error = failure(config(Protocol::Grpc, "http://collector.invalid:4317")).await;
    assert!(error.is_retryable());
    assert_says(&error, &["collector.invalid", "cannot be resolved"]);
}

#[tokio::test]
async fn a_receiver_that_never_answers_times_out_and_is_retryable() {
    for protocol in BOTH {
        let silent = raw(b"", true).await;
        let timeout = Some(Duration::from_millis(100));
        let error = failure(OtlpConfig { timeout, ..config(protocol, &format!("http://{silent}")) }).await;
        assert!(error.is_retryable());
        assert_says(&error, &["timed out", "waiting for a response", "100ms", "OTEL_EXPORTER_OTLP_TIMEOUT"]);
    }
}

#[tokio::test]
async fn a_response_that_stalls_times_out_and_says_where() {
    let stalling = raw(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n", true).await;
    let timeout = Some(Duration::from_millis(100));
    let config = OtlpConfig { timeout, ..config(Protocol::HttpProtobuf, &format!("http://{stalling}")) };
    assert_says(&failure(config).await, &["reading the response took longer than 100ms"]);
}

#[tokio::test]
async fn a_tls_handshake_that_stalls_times_out_and_says_where() {
    let silent = raw(b"", true).await;
    let timeout = Some(Duration::from_millis(100));
    let error = failure(OtlpConfig { timeout, ..config(Protocol::Grpc, &format!("https://{silent}")) }).await;
    assert_says(&error, &["the TLS handshake took longer than 100ms"]);
}

#[tokio::test]
async fn after_a_time_out_the_next_attempt_dials_anew() {
    // The first answer's body never comes; on the same connection the next would fare no better.
    let receiver = Receiver::start(Speaks::Http2, || ::http::Response::new(Never.boxed_unsync())).await;
    let timeout = Some(Duration::from_millis(100));
    let exporter = otlp(OtlpConfig { timeout, ..config(Protocol::Grpc, &receiver.url()) }).unwrap();
    for _ in 0..2 {
        assert!(exporter.export(batch()).await.unwrap_err().is_retryable());
    }
    assert_eq!(receiver.connections(), 2);
}

#[tokio::test]
async fn after_an_abandoned_attempt_the_next_one_dials_anew() {
    // Whoever exports may have less patience than the exporter, and give up first.
    let receiver = Receiver::start(Speaks::Http2, || ::http::Response::new(Never.boxed_unsync())).await;
    let exporter = otlp(OtlpConfig { timeout: None, ..config(Protocol::Grpc, &receiver.url()) }).unwrap();
    for attempt in 1..=2 {
        let abandoned = async {
            while receiver.requests() < attempt {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            outcome = exporter.export(batch()) => panic!("an answer that never came: {outcome:?}"),
            () = abandoned => {}
        }
    }
    assert_eq!(receiver.connections(), 2);
}

/// A body of which nothing ever comes.
struct Never;

impl Body for Never {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        Poll::Pending
    }
}

/// A body that begins like a gRPC message and breaks off.
struct Breaking {
    begun: bool,
}

impl Body for Breaking {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let next = if self.begun {
            Err(io::Error::other("broken"))
        } else {
            Ok(Frame::data(Bytes::from_static(&[0, 0, 0, 0, 9, 1])))
        };
        self.begun = true;
        Poll::Ready(Some(next))
    }
}

#[tokio::test]
async fn a_grpc_response_that_breaks_off_is_retryable() {
    let breaking = || ::http::Response::new(Breaking { begun: false }.boxed_unsync());
    let receiver = Receiver::start(Speaks::Http2, breaking).await;
    let error = failure(config(Protocol::Grpc, &receiver.url())).await;
    // Whether the reset overtakes the headers is HTTP/2's to decide.
    assert!(error.is_retryable(), "{error}");
}

#[tokio::test]
async fn a_refusal_before_the_request_was_read_to_its_end_is_heard() {
    let impatient = raw(b"HTTP/1.1 413 Payload Too Large\r\ncontent-length: 0\r\n\r\n", false).await;
    let exporter = otlp(config(Protocol::HttpProtobuf, &format!("http://{impatient}"))).unwrap();
    let large = Batch { request: vec![1; 32 << 20].into(), ..batch() };
    let error = exporter.export(large).await.unwrap_err();
    assert!(!error.is_retryable(), "{error}");
    assert_says(&error, &["413"]);
}

#[tokio::test]
async fn a_receiver_that_sends_its_clients_away_is_retryable() {
    // SETTINGS, then GOAWAY: no stream was processed, ENHANCE_YOUR_CALM.
    const AWAY: &[u8] = b"\0\0\0\x04\0\0\0\0\0\0\0\x08\x07\0\0\0\0\0\0\0\0\0\0\0\0\x0b";
    let receiver = raw(AWAY, true).await;
    let error = failure(config(Protocol::Grpc, &format!("http://{receiver}"))).await;
    assert!(error.is_retryable(), "{error:?}");
}

#[tokio::test]
async fn an_idle_connection_that_the_server_closes_costs_a_retry_at_most() {
    let closing = raw(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", false).await;
    let exporter = otlp(config(Protocol::HttpProtobuf, &format!("http://{closing}"))).unwrap();
    for _ in 0..20 {
        if let Err(error) = exporter.export(batch()).await {
            assert!(error.is_retryable(), "{error}");
        }
    }
}

#[tokio::test]
async fn the_same_exporter_delivers_again_once_the_receiver_is_back() {
    for (protocol, speaks) in [(Protocol::Grpc, Speaks::Http2), (Protocol::HttpProtobuf, Speaks::Http1)] {
        let socket = nobody();
        let endpoint = format!("http://{}", socket.local_addr().unwrap());
        let exporter = otlp(config(protocol, &endpoint)).unwrap();
        assert!(exporter.export(batch()).await.unwrap_err().is_retryable());
        let accepts =
            move || if protocol == Protocol::Grpc { grpc_answer(b"") } else { answer(200, &[], "") };
        let _receiver = Receiver::on(socket.listen(8).unwrap(), speaks, accepts);
        assert_eq!(exporter.export(batch()).await.unwrap().rejected, 0);
    }
}

#[tokio::test]
async fn a_connection_that_closes_before_the_answer_is_retryable() {
    for protocol in BOTH {
        let closing = raw(b"", false).await;
        let error = failure(config(protocol, &format!("http://{closing}"))).await;
        assert!(error.is_retryable(), "{error}");
    }
}

#[tokio::test]
async fn a_refusal_that_is_cut_short_is_judged_by_its_status() {
    let dying =
        raw(b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 3\r\ncontent-length: 100\r\n\r\n", false)
            .await;
    let error = failure(config(Protocol::HttpProtobuf, &format!("http://{dying}"))).await;
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3)));
}

#[tokio::test]
async fn grpc_to_an_http_port_is_a_permanent_failure_that_names_the_right_port() {
    let http1 = raw(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n", false).await;
    let error = failure(config(Protocol::Grpc, &format!("http://{http1}"))).await;
    assert!(!error.is_retryable(), "{error}");
    assert_says(&error, &["OTLP/HTTP port", "4317", "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"]);
}

#[tokio::test]
async fn grpc_to_hypers_http1_server_says_what_to_check() {
    let receiver = Receiver::start(Speaks::Http1, || answer(200, &[], "")).await;
    assert_says(&failure(config(Protocol::Grpc, &receiver.url())).await, &["4317"]);
}

#[tokio::test]
async fn http_to_a_grpc_port_is_a_permanent_failure_that_names_the_right_port() {
    let receiver = Receiver::start(Speaks::Http2, || grpc_answer(b"")).await;
    let error = failure(config(Protocol::HttpProtobuf, &receiver.url())).await;
    assert!(!error.is_retryable(), "{error}");
    assert_says(&error, &["gRPC port", "4318", "OTEL_EXPORTER_OTLP_PROTOCOL=grpc"]);
}

#[tokio::test]
async fn a_request_above_the_bound_is_refused_before_it_is_sent() {
    for protocol in BOTH {
        let error =
            failure(OtlpConfig { request_bytes_max: 10, ..config(protocol, "http://127.0.0.1:1") }).await;
        assert!(!error.is_retryable());
        assert_says(&error, &["larger than the 10"]);
    }
}
