//! gRPC: against tonic's server, and against one that answers what tonic would not.

use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use hyper::server::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::service::TowerToHyperService;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use tokio::net::TcpListener;
use tonic::codec::CompressionEncoding;

use super::receiver::{Receiver, Speaks, answer, grpc_answer, grpc_body, grpc_failure};
use super::*;

/// `google.rpc.Status { code: 8, details: [RetryInfo { retry_delay: 2.5 s }] }`, written out by hand.
const RETRY_INFO: &[u8] = b"\x08\x08\x1a\x36\x0a\x28type.googleapis.com/google.rpc.RetryInfo\x12\x0a\x0a\x08\x08\x02\x10\x80\xca\xb5\xee\x01";

#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<tonic::Request<ExportTraceServiceRequest>>>>);

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: tonic::Request<ExportTraceServiceRequest>,
    ) -> Result<tonic::Response<ExportTraceServiceResponse>, tonic::Status> {
        self.0.lock().unwrap().push(request);
        Ok(tonic::Response::new(ExportTraceServiceResponse::decode(partial_success()).unwrap()))
    }
}

impl Collector {
    async fn start(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let service = TraceServiceServer::new(self.clone())
            .accept_compressed(CompressionEncoding::Gzip)
            .send_compressed(CompressionEncoding::Gzip);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let service = TowerToHyperService::new(service.clone());
                let builder = http2::Builder::new(TokioExecutor::new());
                tokio::spawn(builder.serve_connection(TokioIo::new(stream), service));
            }
        });
        format!("http://{address}")
    }

    fn request(&self) -> tonic::Request<ExportTraceServiceRequest> {
        self.0.lock().unwrap().pop().unwrap()
    }
}

fn grpc(endpoint: &str) -> OtlpConfig {
    config(Protocol::Grpc, endpoint)
}

#[tokio::test]
async fn tonics_server_gets_the_batch_and_its_partial_success_is_the_receipt() {
    let collector = Collector::default();
    let receipt = export(grpc(&collector.start().await)).await.unwrap();
    // The response is gzip: tonic was told that we accept it.
    assert_eq!(receipt, rejected_three(Answer::Grpc(0)));
    assert_eq!(collector.request().into_inner(), request());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_compressed_batch_arrives_the_same_on_a_multi_threaded_runtime_too() {
    let collector = Collector::default();
    let config = OtlpConfig { compression: Compression::Gzip, ..grpc(&collector.start().await) };
    export(config).await.unwrap();
    assert_eq!(collector.request().into_inner(), request());
}

#[tokio::test]
async fn headers_and_user_agent_and_deadline_are_sent_with_the_call() {
    let receiver = Receiver::start(Speaks::Http2, || grpc_answer(b"")).await;
    let headers = vec![header("api-key", "k1"), header("x-tenant", "shop")];
    let config = OtlpConfig { headers, compression: Compression::Gzip, ..grpc(&receiver.url()) };
    assert_eq!(export(config).await.unwrap(), taken(Answer::Grpc(0)));
    let request = receiver.request();
    assert_eq!(request.uri().path(), "/opentelemetry.proto.collector.trace.v1.TraceService/Export");
    for (name, value) in [
        ("api-key", "k1"),
        ("x-tenant", "shop"),
        ("user-agent", USER_AGENT),
        ("content-type", "application/grpc+proto"),
        ("te", "trailers"),
        ("grpc-encoding", "gzip"),
        ("grpc-timeout", "60000m"),
    ] {
        assert_eq!(request.headers()[name], value, "{name}");
    }
    assert_eq!(request.body()[0], 1, "the compressed flag");
    assert!(request.body().len() < batch().request.len() / 4);
}

#[tokio::test]
async fn each_status_code_is_retried_exactly_when_the_specification_says_so() {
    let retryable = [1, 4, 10, 11, 14, 15];
    for code in (1..=17).chain([u32::MAX]) {
        let receiver = Receiver::start(Speaks::Http2, move || grpc_failure(code, &[])).await;
        let error = failure(grpc(&receiver.url())).await;
        assert_eq!(error.is_retryable(), retryable.contains(&code), "{code}: {error}");
        assert_eq!(error.retry_after(), None);
        assert_says(&error, &[&receiver.url(), &format!("({code})")]);
    }
}

#[tokio::test]
async fn resource_exhausted_is_retried_after_the_delay_that_the_receiver_names() {
    for encoded in [STANDARD_NO_PAD.encode(RETRY_INFO), STANDARD.encode(RETRY_INFO)] {
        let receiver = Receiver::start(Speaks::Http2, move || {
            grpc_failure(8, &[("grpc-message", "slow%20down%21"), ("grpc-status-details-bin", &encoded)])
        })
        .await;
        let error = failure(grpc(&receiver.url())).await;
        assert!(error.is_retryable());
        assert_eq!(error.retry_after(), Some(Duration::from_millis(2500)));
        assert_says(&error, &["RESOURCE_EXHAUSTED (8): slow down!"]);
    }
}

#[tokio::test]
async fn retry_info_does_not_make_a_permanent_failure_retryable() {
    let encoded = STANDARD.encode(RETRY_INFO);
    let receiver =
        Receiver::start(Speaks::Http2, move || grpc_failure(3, &[("grpc-status-details-bin", &encoded)]))
            .await;
    assert!(!failure(grpc(&receiver.url())).await.is_retryable());
}

#[tokio::test]
async fn unusable_details_are_as_good_as_none() {
    for details in ["!!", "AAAA", "GjUKKHR5"] {
        let receiver =
            Receiver::start(Speaks::Http2, move || grpc_failure(8, &[("grpc-status-details-bin", details)]))
                .await;
        assert!(!failure(grpc(&receiver.url())).await.is_retryable(), "{details}");
    }
}

#[tokio::test]
async fn missing_credentials_point_at_the_headers() {
    let receiver = Receiver::start(Speaks::Http2, || grpc_failure(16, &[])).await;
    assert_says(&failure(grpc(&receiver.url())).await, &["UNAUTHENTICATED", "OTEL_EXPORTER_OTLP_HEADERS"]);
}

#[tokio::test]
async fn an_accepted_batch_with_an_unreadable_response_is_not_sent_again() {
    let bodies: [&[u8]; 5] =
        [b"", b"\0\0", b"\0\0\0\0\x09\x0a", b"\x01\0\0\0\x02\x1f\x8b", b"\0\0\0\0\x02\xff\xff"];
    for body in bodies {
        let receiver = Receiver::start(Speaks::Http2, move || grpc_body(body)).await;
        let receipt = export(grpc(&receiver.url())).await.unwrap();
        assert_eq!(receipt.rejected, 0);
        assert!(receipt.message.unwrap().contains("cannot be read"), "{body:?}");
    }
}

#[tokio::test]
async fn a_proxy_that_answers_in_http_is_read_as_grpc_says() {
    let expected =
        [(401, false), (403, false), (404, false), (429, true), (500, false), (502, true), (503, true)];
    for (status, retryable) in expected {
        let receiver = Receiver::start(Speaks::Http2, move || answer(status, &[], "<html>")).await;
        let error = failure(grpc(&receiver.url())).await;
        assert_eq!(error.is_retryable(), retryable, "{error}");
        assert_says(&error, &[&format!("HTTP {status}")]);
    }
}

#[tokio::test]
async fn an_http2_server_that_is_no_grpc_server_is_named_as_such() {
    let receiver = Receiver::start(Speaks::Http2, || answer(200, &[], "hello")).await;
    let error = failure(grpc(&receiver.url())).await;
    assert!(!error.is_retryable());
    assert_says(&error, &["no gRPC server", "4317", "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"]);
}

#[tokio::test]
async fn calls_share_one_connection() {
    let receiver = Receiver::start(Speaks::Http2, || grpc_answer(b"")).await;
    let exporter = otlp(grpc(&receiver.url())).unwrap();
    for _ in 0..3 {
        exporter.export(batch()).await.unwrap();
    }
    assert_eq!((receiver.requests(), receiver.connections()), (3, 1));
}

#[tokio::test]
async fn a_response_above_the_bound_is_a_permanent_failure() {
    let receiver = Receiver::start(Speaks::Http2, || grpc_answer(&[0; 10_000])).await;
    let error = failure(OtlpConfig { response_bytes_max: 1000, ..grpc(&receiver.url()) }).await;
    assert!(!error.is_retryable());
    assert_says(&error, &["more than 1000 bytes"]);
}
