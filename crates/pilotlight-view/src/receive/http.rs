//! OTLP over HTTP: protobuf or JSON by POST, answered in the same format.

use super::answer::Answer;
use super::body::{Bounds, too_large, whole};
use super::compression::ACCEPTED;
use super::endpoint::{Request, now, user_agent};
use super::grpc::response_message;
use super::intake::{Intake, Parcel, Port, Sink};
use super::refusal::{Refusal, shown};
use super::{Arrival, Compression, IncidentKind, Protocol, Signal, hints, rich_status};
use crate::store::Kept;
use http::header::{
    ACCEPT_ENCODING, ALLOW, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderValue,
    RETRY_AFTER, WWW_AUTHENTICATE,
};
use http::{Method, Response, StatusCode};
use std::sync::Arc;

/// In what a request was written, and what it is answered in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Protobuf,
    Json,
}

impl Format {
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let content_type = headers.get(CONTENT_TYPE)?.to_str().ok()?;
        let (media_type, _) = content_type.split_once(';').unwrap_or((content_type, ""));
        match media_type.trim().to_ascii_lowercase().as_str() {
            "application/x-protobuf" => Some(Self::Protobuf),
            "application/json" => Some(Self::Json),
            _ => None,
        }
    }

    pub(super) fn protocol(self) -> Protocol {
        match self {
            Self::Protobuf => Protocol::HttpProtobuf,
            Self::Json => Protocol::HttpJson,
        }
    }

    fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Protobuf => "application/x-protobuf",
            Self::Json => "application/json",
        })
    }
}

/// Answers a request.
pub(super) async fn answer<S: Sink>(
    intake: &Arc<Intake<S>>,
    port: &Arc<Port>,
    request: &mut Request,
) -> Result<Response<Answer>, Refusal> {
    let signal = signal(request)?;
    let format = Format::of(request.headers())
        .ok_or_else(|| hints::content_type(request.headers().get(CONTENT_TYPE)))?;
    let parcel = parcel(intake, port, request, signal, format).await?;
    let kept = intake.take(port, parcel).await?;
    Ok(accepted(signal, format, kept))
}

fn signal(request: &Request) -> Result<Signal, Refusal> {
    let signal = match request.uri().path() {
        "/v1/traces" => Signal::Traces,
        "/v1/metrics" => Signal::Metrics,
        "/v1/logs" => Signal::Logs,
        path => return Err(hints::unknown_path(request.method(), path)),
    };
    match request.method() {
        &Method::POST => Ok(signal),
        method => Err(Refusal::new(
            IncidentKind::Method,
            format!(
                "telemetry is sent with POST; {} {} has no meaning here",
                shown(method.as_str().as_bytes()),
                request.uri().path()
            ),
        )),
    }
}

async fn parcel<S: Sink>(
    intake: &Intake<S>,
    port: &Port,
    request: &mut Request,
    signal: Signal,
    format: Format,
) -> Result<Parcel, Refusal> {
    let compression = compression(request.headers())?;
    let bytes_max = intake.limits.http_bytes_max;
    let announced =
        request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if let Some(length) = announced.filter(|length| *length > bytes_max as u64) {
        return Err(too_large(length, bytes_max));
    }
    let bounds = Bounds { bytes_max, prefix: 0, announced: |_| None, timeout: intake.limits.body_timeout };
    let mut lease = intake.room.lease();
    let body = whole(request.body_mut(), &bounds, &mut lease).await?;
    let arrival = Arrival {
        unix_nano: now(),
        port: port.number,
        protocol: format.protocol(),
        compression,
        bytes: body.len() as u64,
        user_agent: user_agent(request.headers()),
    };
    Ok(Parcel { signal, arrival, body, bytes_max, lease })
}

fn compression(headers: &HeaderMap) -> Result<Compression, Refusal> {
    let Some(name) = headers.get(CONTENT_ENCODING) else { return Ok(Compression::None) };
    name.to_str().ok().and_then(Compression::named).ok_or_else(|| {
        Refusal::new(
            IncidentKind::ContentEncoding,
            format!("Content-Encoding {:?} is not known; {ACCEPTED} are", shown(name.as_bytes())),
        )
    })
}

fn accepted(signal: Signal, format: Format, kept: Kept) -> Response<Answer> {
    let body = match format {
        Format::Protobuf => response_message(kept),
        Format::Json => response_json(signal, kept),
    };
    let mut response = Response::new(Answer::data(body));
    response.headers_mut().insert(CONTENT_TYPE, format.content_type());
    response
}

fn response_json(signal: Signal, kept: Kept) -> Vec<u8> {
    let Some(reason) = kept.reason else { return b"{}".to_vec() };
    let rejected = match signal {
        Signal::Traces => "rejectedSpans",
        Signal::Metrics => "rejectedDataPoints",
        Signal::Logs => "rejectedLogRecords",
    };
    let partial = serde_json::json!({ rejected: kept.rejected.to_string(), "errorMessage": reason });
    serde_json::json!({ "partialSuccess": partial }).to_string().into_bytes()
}

/// The answer to a request that is not taken: a `google.rpc.Status` in the request's format, or text when that is neither.
pub(super) fn refused(format: Option<Format>, refusal: &Refusal) -> Response<Answer> {
    let (content_type, body) = match format {
        Some(format @ Format::Protobuf) => (format.content_type(), rich_status::encoded(refusal)),
        Some(format @ Format::Json) => (format.content_type(), rich_status::json(refusal)),
        None => (
            HeaderValue::from_static("text/plain; charset=utf-8"),
            format!("{}\n", refusal.message).into_bytes(),
        ),
    };
    let mut response = Response::new(Answer::data(body));
    *response.status_mut() = refusal.http;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, content_type);
    if let Some(delay) = refusal.retry_after {
        // Whole seconds are all that the header can say.
        let seconds = delay.as_secs() + u64::from(delay.subsec_nanos() > 0);
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds.max(1)));
    }
    match refusal.http {
        StatusCode::METHOD_NOT_ALLOWED => {
            drop(headers.insert(ALLOW, HeaderValue::from_static("POST, OPTIONS")))
        }
        StatusCode::UNAUTHORIZED => {
            drop(headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")))
        }
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            drop(headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(ACCEPTED)))
        }
        _ => {}
    }
    response
}
