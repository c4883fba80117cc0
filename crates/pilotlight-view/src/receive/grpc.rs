//! OTLP over gRPC: one message in a frame of its own, a status in the trailers.
//!
//! The calls are unary and their messages are passed on as they came, so the framing is done here and nothing is encoded again.

use super::answer::Answer;
use super::body::{Bounds, whole};
use super::compression::ACCEPTED;
use super::endpoint::{Request, now, user_agent};
use super::intake::{Intake, Parcel, Port, Sink};
use super::refusal::{Refusal, shown};
use super::{Arrival, Compression, IncidentKind, Protocol, Signal, rich_status};
use crate::store::Kept;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use bytes::{BufMut, Bytes, BytesMut};
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use http::{Method, Response};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceResponse,
};
use prost::Message;
use std::sync::Arc;

/// Answers a call.
pub(super) async fn answer<S: Sink>(
    intake: &Arc<Intake<S>>,
    port: &Arc<Port>,
    request: &mut Request,
) -> Result<Response<Answer>, Refusal> {
    if request.method() != Method::POST {
        return Err(Refusal::new(
            IncidentKind::Method,
            format!("gRPC calls are POST, not {}", shown(request.method().as_str().as_bytes())),
        ));
    }
    let parcel = parcel(intake, port, request).await?;
    let kept = intake.take(port, parcel).await?;
    Ok(accepted(kept))
}

async fn parcel<S: Sink>(intake: &Intake<S>, port: &Port, request: &mut Request) -> Result<Parcel, Refusal> {
    let signal = signal(request.uri().path())?;
    let encoding = encoding(request.headers())?;
    let bytes_max = intake.limits.grpc_bytes_max;
    let bounds = Bounds { bytes_max, prefix: PREFIX, announced, timeout: intake.limits.body_timeout };
    let mut lease = intake.room.lease();
    let frame = whole(request.body_mut(), &bounds, &mut lease).await?;
    let (compressed, body) = unframe(frame)?;
    let compression =
        if compressed { encoding.ok_or_else(compressed_with_nothing)? } else { Compression::None };
    let arrival = Arrival {
        unix_nano: now(),
        port: port.number,
        protocol: Protocol::Grpc,
        compression,
        bytes: body.len() as u64,
        user_agent: user_agent(request.headers()),
    };
    Ok(Parcel { signal, arrival, body, bytes_max, lease })
}

fn signal(path: &str) -> Result<Signal, Refusal> {
    match path {
        "/opentelemetry.proto.collector.trace.v1.TraceService/Export" => Ok(Signal::Traces),
        "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export" => Ok(Signal::Metrics),
        "/opentelemetry.proto.collector.logs.v1.LogsService/Export" => Ok(Signal::Logs),
        _ => Err(Refusal::new(
            IncidentKind::UnknownPath,
            format!(
                "there is no gRPC method {} here; traces, metrics and logs of OTLP are taken",
                shown(path.as_bytes())
            ),
        )),
    }
}

/// What a compressed message is compressed with; none when it is not said.
fn encoding(headers: &HeaderMap) -> Result<Option<Compression>, Refusal> {
    let Some(name) = headers.get("grpc-encoding") else { return Ok(None) };
    let compression = name.to_str().ok().and_then(Compression::named).ok_or_else(|| {
        Refusal::new(
            IncidentKind::ContentEncoding,
            format!("grpc-encoding {:?} is not known; {ACCEPTED} are", shown(name.as_bytes())),
        )
    })?;
    Ok(Some(compression).filter(|compression| *compression != Compression::None))
}

/// A byte that says whether the message is compressed, and four with its length.
const PREFIX: usize = 5;

fn announced(beginning: &[u8]) -> Option<u64> {
    let (length, _) = beginning.get(1..)?.split_first_chunk::<4>()?;
    Some(u64::from(u32::from_be_bytes(*length)) + PREFIX as u64)
}

/// The only message of a call, and whether it is compressed.
fn unframe(frame: Bytes) -> Result<(bool, Bytes), Refusal> {
    let malformed = |words: String| Err(Refusal::broken_frame(IncidentKind::Malformed, words));
    let Some(announced) = announced(&frame) else {
        return malformed(format!("the call has {} bytes, which is no whole gRPC message", frame.len()));
    };
    if announced != frame.len() as u64 {
        return malformed(format!(
            "the gRPC frame announces {} bytes, but {} came: it was cut off, or there is more than one message",
            announced - PREFIX as u64,
            frame.len() - PREFIX,
        ));
    }
    match frame[0] {
        0 => Ok((false, frame.slice(PREFIX..))),
        1 => Ok((true, frame.slice(PREFIX..))),
        flag => malformed(format!("the gRPC frame has the flag {flag}; there are only 0 and 1")),
    }
}

fn compressed_with_nothing() -> Refusal {
    Refusal::broken_frame(
        IncidentKind::ContentEncoding,
        "the gRPC message says that it is compressed, but grpc-encoding does not say with what",
    )
}

fn accepted(kept: Kept) -> Response<Answer> {
    let message = response_message(kept);
    let mut frame = BytesMut::with_capacity(PREFIX + message.len());
    frame.put_u8(0);
    frame.put_u32(u32::try_from(message.len()).unwrap_or_default());
    frame.put_slice(&message);
    let mut trailers = HeaderMap::with_capacity(1);
    trailers.insert("grpc-status", HeaderValue::from_static("0"));
    response(Answer::with_trailers(frame.freeze(), trailers))
}

/// An `Export…ServiceResponse`: the three are the same in protobuf, and empty when all is well.
pub(super) fn response_message(kept: Kept) -> Vec<u8> {
    let partial_success = kept.reason.map(|error_message| ExportTracePartialSuccess {
        rejected_spans: i64::try_from(kept.rejected).unwrap_or(i64::MAX),
        error_message,
    });
    ExportTraceServiceResponse { partial_success }.encode_to_vec()
}

/// The answer to a call that is not taken: a status and nothing else.
pub(super) fn refused(refusal: &Refusal) -> Response<Answer> {
    let mut response = response(Answer::default());
    let headers = response.headers_mut();
    headers.insert("grpc-status", HeaderValue::from(refusal.grpc as u16));
    let texts = [
        ("grpc-message", percent_encoded(&refusal.message)),
        ("grpc-status-details-bin", STANDARD_NO_PAD.encode(rich_status::encoded(refusal))),
    ];
    for (name, text) in texts {
        if let Ok(value) = HeaderValue::from_str(&text) {
            headers.insert(name, value);
        }
    }
    response
}

fn response(body: Answer) -> Response<Answer> {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    headers.insert("grpc-accept-encoding", HeaderValue::from_static(ACCEPTED));
    response
}

/// A message as gRPC writes it into a header: printable ASCII as it is, all else and `%` as `%XX`.
fn percent_encoded(message: &str) -> String {
    let mut encoded = String::with_capacity(message.len());
    for byte in message.bytes() {
        match byte {
            b' '..=b'~' if byte != b'%' => encoded.push(char::from(byte)),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}
