//! OTLP as gRPC and as HTTP.

use std::io::Read;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Extension, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use flate2::read::GzDecoder;
use opentelemetry_proto::tonic::collector::logs::v1::logs_service_server::{LogsService, LogsServiceServer};
use opentelemetry_proto::tonic::collector::logs::v1::{ExportLogsServiceRequest, ExportLogsServiceResponse};
use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_server::{
    MetricsService, MetricsServiceServer,
};
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use tonic::codec::CompressionEncoding;
use tonic::{Request as GrpcRequest, Response as GrpcResponse, Status};

use super::ledger::{Ledger, Protocol, Request, Verdict};
use super::server::Connection;
use super::signal::Export;

const PROTOBUF: &str = "application/x-protobuf";

/// Both protocols on one router; `Connection` must be among a request's extensions.
pub(super) fn router(ledger: &Arc<Ledger>) -> Router {
    let traces =
        TraceServiceServer::new(Grpc(Arc::clone(ledger))).accept_compressed(CompressionEncoding::Gzip);
    let metrics =
        MetricsServiceServer::new(Grpc(Arc::clone(ledger))).accept_compressed(CompressionEncoding::Gzip);
    let logs = LogsServiceServer::new(Grpc(Arc::clone(ledger))).accept_compressed(CompressionEncoding::Gzip);
    Router::new()
        .route_service("/opentelemetry.proto.collector.trace.v1.TraceService/Export", traces)
        .route_service("/opentelemetry.proto.collector.metrics.v1.MetricsService/Export", metrics)
        .route_service("/opentelemetry.proto.collector.logs.v1.LogsService/Export", logs)
        .route("/v1/traces", post(over_http::<ExportTraceServiceRequest>))
        .route("/v1/metrics", post(over_http::<ExportMetricsServiceRequest>))
        .route("/v1/logs", post(over_http::<ExportLogsServiceRequest>))
        .layer(DefaultBodyLimit::disable())
        .with_state(Arc::clone(ledger))
}

struct Grpc(Arc<Ledger>);

#[tonic::async_trait]
impl TraceService for Grpc {
    async fn export(
        &self,
        request: GrpcRequest<ExportTraceServiceRequest>,
    ) -> Result<GrpcResponse<ExportTraceServiceResponse>, Status> {
        self.over_grpc(request).await
    }
}

#[tonic::async_trait]
impl MetricsService for Grpc {
    async fn export(
        &self,
        request: GrpcRequest<ExportMetricsServiceRequest>,
    ) -> Result<GrpcResponse<ExportMetricsServiceResponse>, Status> {
        self.over_grpc(request).await
    }
}

#[tonic::async_trait]
impl LogsService for Grpc {
    async fn export(
        &self,
        request: GrpcRequest<ExportLogsServiceRequest>,
    ) -> Result<GrpcResponse<ExportLogsServiceResponse>, Status> {
        self.over_grpc(request).await
    }
}

impl Grpc {
    async fn over_grpc<E: Export>(
        &self,
        request: GrpcRequest<E>,
    ) -> Result<GrpcResponse<E::Response>, Status> {
        let (metadata, extensions, message) = request.into_parts();
        let seen = seen::<E>(Protocol::Grpc, &metadata.into_headers(), "grpc-encoding");
        match self.0.judge(seen, message).await {
            Verdict::Answer(response) => Ok(GrpcResponse::new(response)),
            Verdict::HangUp => extensions.get::<Connection>().unwrap().hang_up().await,
            Verdict::KeepSilent => std::future::pending().await,
            Verdict::Unavailable(_) => Err(Status::unavailable("come back later")),
            Verdict::Refuse => Err(Status::invalid_argument(E::REFUSAL)),
        }
    }
}

async fn over_http<E: Export>(
    State(ledger): State<Arc<Ledger>>,
    Extension(connection): Extension<Connection>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if headers.get(header::CONTENT_TYPE).is_none_or(|value| value != PROTOBUF) {
        return StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response();
    }
    let seen = seen::<E>(Protocol::Http, &headers, "content-encoding");
    let Ok(message) = E::decode(&*plain(&body, seen.encoding.as_deref())) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    match ledger.judge(seen, message).await {
        Verdict::Answer(response) => {
            ([(header::CONTENT_TYPE, PROTOBUF)], prost::Message::encode_to_vec(&response)).into_response()
        }
        Verdict::HangUp => connection.hang_up().await,
        Verdict::KeepSilent => std::future::pending().await,
        Verdict::Unavailable(None) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Verdict::Unavailable(Some(pause)) => {
            let pause = pause.as_secs().to_string();
            (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, pause)]).into_response()
        }
        Verdict::Refuse => (StatusCode::BAD_REQUEST, E::REFUSAL).into_response(),
    }
}

fn seen<E: Export>(protocol: Protocol, headers: &HeaderMap, encoding: &'static str) -> Request {
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    let (encoding, user_agent) = (text(HeaderName::from_static(encoding)), text(header::USER_AGENT));
    Request { at: Instant::now(), protocol, encoding, user_agent, signal: E::SIGNAL, items: 0 }
}

fn plain(body: &[u8], encoding: Option<&str>) -> Vec<u8> {
    let mut plain = Vec::new();
    match encoding {
        Some("gzip") => drop(GzDecoder::new(body).read_to_end(&mut plain).unwrap()),
        _ => plain.extend_from_slice(body),
    }
    plain
}
