//! One request: who may send it, which protocol it speaks, and its answer.

use super::answer::Answer;
use super::http::Format;
use super::intake::{Intake, Port, Sink};
use super::refusal::Refusal;
use super::{IncidentKind, Protocol, body, grpc, http as otlp_http, origin};
use http::header::{
    ACCESS_CONTROL_REQUEST_METHOD, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, USER_AGENT,
};
use http::{Method, Response, Version};
use hyper::body::Incoming;
use std::sync::Arc;

pub(super) type Request = http::Request<Incoming>;

/// Answers a request; what is refused is written down.
pub(super) async fn answer<S: Sink>(
    intake: &Arc<Intake<S>>,
    port: &Arc<Port>,
    mut request: Request,
) -> Response<Answer> {
    let spoken = Spoken::by(&request);
    intake.sink.look_at(request.headers());
    let origin = match origin::admitted(request.headers()) {
        Ok(origin) => origin,
        Err(refusal) => return refuse(intake, port, spoken, &mut request, &refusal).await,
    };
    let mut response = if origin.is_some() && is_preflight(&request) {
        origin::preflight(request.headers())
    } else {
        match take(intake, port, spoken, &mut request).await {
            Ok(response) => response,
            Err(refusal) => refuse(intake, port, spoken, &mut request, &refusal).await,
        }
    };
    if let Some(origin) = origin {
        origin::allow(&mut response, origin);
    }
    response
}

fn is_preflight(request: &Request) -> bool {
    request.method() == Method::OPTIONS && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

async fn take<S: Sink>(
    intake: &Arc<Intake<S>>,
    port: &Arc<Port>,
    spoken: Spoken,
    request: &mut Request,
) -> Result<Response<Answer>, Refusal> {
    if let Some(token) = &intake.token {
        check_token(request.headers(), token)?;
    }
    match spoken {
        Spoken::Grpc => grpc::answer(intake, port, request).await,
        Spoken::Http(_) => otlp_http::answer(intake, port, request).await,
    }
}

async fn refuse<S: Sink>(
    intake: &Intake<S>,
    port: &Port,
    spoken: Spoken,
    request: &mut Request,
    refusal: &Refusal,
) -> Response<Answer> {
    intake.refused(port, spoken.protocol(), user_agent(request.headers()), refusal);
    body::drain(request).await;
    match spoken {
        Spoken::Grpc => grpc::refused(refusal),
        Spoken::Http(format) => otlp_http::refused(format, refusal),
    }
}

/// What a request speaks, and so what it is answered in.
#[derive(Debug, Clone, Copy)]
enum Spoken {
    Grpc,
    /// None: neither protobuf nor JSON, by its content type.
    Http(Option<Format>),
}

impl Spoken {
    fn by(request: &Request) -> Self {
        let content_type = request.headers().get(CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
        let grpc = content_type.strip_prefix(b"application/grpc");
        // `application/grpc-web` is another protocol.
        let grpc = grpc.is_some_and(|rest| matches!(rest.first(), None | Some(b'+' | b';')));
        if grpc && request.version() == Version::HTTP_2 {
            return Self::Grpc;
        }
        Self::Http(Format::of(request.headers()))
    }

    fn protocol(self) -> Option<Protocol> {
        match self {
            Self::Grpc => Some(Protocol::Grpc),
            Self::Http(format) => format.map(Format::protocol),
        }
    }
}

fn check_token(headers: &HeaderMap, token: &str) -> Result<(), Refusal> {
    let given = headers.get(AUTHORIZATION).and_then(|value| value.as_bytes().strip_prefix(b"Bearer "));
    if given.is_some_and(|given| same(given, token.as_bytes())) {
        return Ok(());
    }
    let message = match given {
        None => {
            "a token is needed: set OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20… with the one that this receiver was given"
        }
        Some(_) => "the token is not the one that this receiver was given",
    };
    Err(Refusal::new(IncidentKind::Token, message))
}

/// Compares in a time that does not tell how much of it is right.
fn same(given: &[u8], token: &[u8]) -> bool {
    given.len() == token.len() && given.iter().zip(token).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

/// What the sender calls itself, at most 200 characters.
pub(super) fn user_agent(headers: &HeaderMap) -> Option<String> {
    let name = headers.get(USER_AGENT)?;
    Some(String::from_utf8_lossy(name.as_bytes()).chars().take(200).collect())
}

/// Nanoseconds since 1970.
pub(super) fn now() -> u64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
}
