//! Receives OTLP traces and logs, over gRPC and HTTP/protobuf on one port, and counts the spans and the log records.
//!
//! The first line of its output is the address it listens on. `GET /count` answers with what it has counted.

use std::future::{Future, pending};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Result;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use axum::serve::ListenerExt;
use bytes::{Buf, Bytes};
use clap::Parser;
use http_body_util::{BodyExt, Full};
use pilotlight_bench::receiver::Count;
use prost::Message;
use tokio::net::TcpListener;

/// Requests above this are refused. No contestant comes near it, whatever it puts into one request.
const REQUEST_BYTES_MAX: usize = 512 << 20;

/// A receiver of OTLP traces and logs that counts.
#[derive(Parser, Clone)]
struct Args {
    /// The port on 127.0.0.1; 0 picks a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Answer only after this time.
    #[arg(long, default_value_t = 0)]
    delay_ms: u64,
    /// Take requests and never answer.
    #[arg(long)]
    hang: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let args = Args::parse();
    let listener = TcpListener::bind(("127.0.0.1", args.port)).await?;
    println!("{}", listener.local_addr()?);
    let listener = listener.tap_io(|connection| {
        // Only latency suffers when this fails.
        let _ = connection.set_nodelay(true);
    });
    let receiver = Arc::new(Receiver { args, counted: Counted::default() });
    Ok(axum::serve(listener, routes(receiver)).await?)
}

fn routes(receiver: Arc<Receiver>) -> Router {
    Router::new()
        .route("/opentelemetry.proto.collector.trace.v1.TraceService/Export", grpc(Signal::Traces))
        .route("/opentelemetry.proto.collector.logs.v1.LogsService/Export", grpc(Signal::Logs))
        .route("/v1/traces", http(Signal::Traces))
        .route("/v1/logs", http(Signal::Logs))
        .route("/count", get(count))
        .with_state(receiver)
}

/// What is exported.
#[derive(Clone, Copy)]
enum Signal {
    Traces,
    Logs,
}

struct Receiver {
    args: Args,
    counted: Counted,
}

#[derive(Default)]
struct Counted {
    spans: AtomicU64,
    logs: AtomicU64,
    requests: AtomicU64,
    bytes: AtomicU64,
}

async fn count(State(receiver): State<Arc<Receiver>>) -> Response {
    let count = receiver.counted.so_far();
    match serde_json::to_string(&count) {
        Ok(json) => json.into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

fn http(signal: Signal) -> MethodRouter<Arc<Receiver>> {
    post(async move |State(receiver): State<Arc<Receiver>>, body: Body| {
        answer(receiver.take(signal, body, Ok).await)
    })
}

fn answer(taken: Result<(), String>) -> Response {
    match taken {
        // An empty message: everything was accepted.
        Ok(()) => ([(header::CONTENT_TYPE, "application/x-protobuf")], "").into_response(),
        Err(refusal) => (StatusCode::BAD_REQUEST, refusal).into_response(),
    }
}

fn grpc(signal: Signal) -> MethodRouter<Arc<Receiver>> {
    post(async move |State(receiver): State<Arc<Receiver>>, body: Body| {
        grpc_answer(receiver.take(signal, body, unframed).await)
    })
}

fn grpc_answer(taken: Result<(), String>) -> Response {
    const EMPTY_MESSAGE: &[u8] = &[0; 5];
    const INVALID_ARGUMENT: &str = "3";
    let (message, status) = match taken {
        Ok(()) => (EMPTY_MESSAGE, HeaderValue::from_static("0")),
        Err(refusal) => {
            eprintln!("refused a gRPC request: {refusal}");
            (&[][..], HeaderValue::from_static(INVALID_ARGUMENT))
        }
    };
    let trailers = HeaderMap::from_iter([(header::HeaderName::from_static("grpc-status"), status)]);
    let body = Full::new(Bytes::from_static(message)).with_trailers(async { Some(Ok(trailers)) });
    ([(header::CONTENT_TYPE, "application/grpc")], Body::new(body)).into_response()
}

/// Takes the message out of gRPC's frame.
fn unframed(mut body: Bytes) -> Result<Bytes, String> {
    if body.len() < 5 {
        return Err(format!("a gRPC frame needs 5 bytes, got {}", body.len()));
    }
    let compressed = body.get_u8() != 0;
    let length = body.get_u32() as usize;
    match (compressed, body.len() == length) {
        (true, _) => Err("compressed messages are not supported: switch compression off".to_owned()),
        (_, false) => Err(format!("the frame says {length} bytes, {} came", body.len())),
        (false, true) => Ok(body),
    }
}

impl Receiver {
    async fn take(
        &self,
        signal: Signal,
        body: Body,
        message: impl Fn(Bytes) -> Result<Bytes, String>,
    ) -> Result<(), String> {
        let body =
            to_bytes(body, REQUEST_BYTES_MAX).await.map_err(|error| format!("reading failed: {error}"))?;
        let message = message(body)?;
        let bytes = message.len() as u64;
        let request = Request::decode(message).map_err(|error| format!("not an OTLP request: {error}"))?;
        self.reluctance().await;
        self.counted.add(signal, request.records(), bytes);
        Ok(())
    }

    fn reluctance(&self) -> impl Future<Output = ()> + use<> {
        let Args { hang, delay_ms, .. } = self.args;
        async move {
            if hang {
                pending::<()>().await;
            }
            if delay_ms > 0 {
                tokio::time::sleep(Duration::from_millis(delay_ms)).await;
            }
        }
    }
}

impl Counted {
    fn add(&self, signal: Signal, records: u64, bytes: u64) {
        let of_this_kind = match signal {
            Signal::Traces => &self.spans,
            Signal::Logs => &self.logs,
        };
        of_this_kind.fetch_add(records, Ordering::Relaxed);
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    fn so_far(&self) -> Count {
        Count {
            spans: self.spans.load(Ordering::Relaxed),
            logs: self.logs.load(Ordering::Relaxed),
            requests: self.requests.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
        }
    }
}

// As much of OTLP as counting needs; traces and logs have the same shape. Spans and log records stay slices of the
// request, so that a receiver on the same machine takes as little of it as possible from the contestants.

#[derive(Clone, PartialEq, Message)]
struct Request {
    #[prost(message, repeated, tag = "1")]
    of_resources: Vec<OfResource>,
}

#[derive(Clone, PartialEq, Message)]
struct OfResource {
    #[prost(message, repeated, tag = "2")]
    of_scopes: Vec<OfScope>,
}

#[derive(Clone, PartialEq, Message)]
struct OfScope {
    #[prost(bytes = "bytes", repeated, tag = "2")]
    records: Vec<Bytes>,
}

impl Request {
    fn records(&self) -> u64 {
        let scopes = self.of_resources.iter().flat_map(|resource| &resource.of_scopes);
        scopes.map(|scope| scope.records.len() as u64).sum()
    }
}
