//! Both transports against real servers over real sockets.

mod failures;
mod grpc;
mod http;
mod receiver;
mod secure;
mod signals;

use std::time::Duration;

use ::http::{HeaderName, HeaderValue};
use bytes::Bytes;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message;

use super::otlp;
use crate::config::{Compression, OtlpConfig, Protocol, TlsConfig};
use crate::transport::{Answer, Batch, ExportError, Receipt, Signal};

fn config(protocol: Protocol, endpoint: &str) -> OtlpConfig {
    OtlpConfig {
        signal: Signal::Traces,
        protocol,
        endpoint: endpoint.parse().unwrap(),
        headers: Vec::new(),
        // Far beyond what any test waits for.
        timeout: Some(Duration::from_secs(60)),
        compression: Compression::None,
        tls: TlsConfig::default(),
        request_bytes_max: 64 << 20,
        response_bytes_max: 4 << 20,
    }
}

fn request() -> ExportTraceServiceRequest {
    let spans = vec![Span { name: "GET /cart ".repeat(100), trace_id: vec![1; 16], ..Span::default() }];
    let scope_spans = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }],
    }
}

fn batch() -> Batch {
    Batch { signal: Signal::Traces, items: 1, request: request().encode_to_vec().into() }
}

fn partial_success() -> Bytes {
    let partial_success =
        Some(ExportTracePartialSuccess { rejected_spans: 3, error_message: "too old".into() });
    ExportTraceServiceResponse { partial_success }.encode_to_vec().into()
}

fn taken(answer: Answer) -> Receipt {
    Receipt { answer: Some(answer), ..Receipt::default() }
}

fn rejected_three(answer: Answer) -> Receipt {
    Receipt { rejected: 3, message: Some("too old".into()), answer: Some(answer) }
}

async fn export(config: OtlpConfig) -> Result<Receipt, ExportError> {
    otlp(config).unwrap().export(batch()).await
}

async fn failure(config: OtlpConfig) -> ExportError {
    export(config).await.unwrap_err()
}

fn header(name: &'static str, value: &'static str) -> (HeaderName, HeaderValue) {
    (HeaderName::from_static(name), HeaderValue::from_static(value))
}

#[track_caller]
fn assert_says(error: &ExportError, parts: &[&str]) {
    let text = error.to_string();
    for part in parts {
        assert!(text.contains(part), "`{text}` does not say `{part}`");
    }
}

const USER_AGENT: &str = concat!("OTel-OTLP-Exporter-Rust/", env!("CARGO_PKG_VERSION"));
