//! The empty request of one signal, as its exporter would send it.

use std::io::Write;
use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::tls;
use crate::doctor::settings::{Compression, Headers, Protocol, SignalSettings, Url};

/// Answers to empty requests are a few bytes.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// How much of a server's message is shown.
const MESSAGE_CHARS_MAX: usize = 200;

/// What became of a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Exchange {
    /// It was answered.
    Answered {
        /// How.
        answer: Answer,
        /// How the same request was answered without compression, when it was refused with it.
        uncompressed: Option<Answer>,
    },
    /// No answer in time.
    Silent,
    /// The connection failed: how.
    Failed(String),
}

impl Exchange {
    /// HTTP when the answer has no status of gRPC, in whichever protocol was asked.
    pub(super) fn spoken(&self) -> Option<Protocol> {
        let Self::Answered { answer, uncompressed } = self else { return None };
        uncompressed.as_ref().unwrap_or(answer).grpc.is_none().then_some(Protocol::HttpProtobuf)
    }
}

/// How a request was answered.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answer {
    /// The status of HTTP.
    pub status: u16,
    /// The status of gRPC.
    pub grpc: Option<i32>,
    /// What gRPC's server says about it.
    pub message: String,
    /// Where it wants the request to go.
    pub location: Option<String>,
    /// The server's clock.
    pub date: Option<SystemTime>,
    /// The type of the body.
    pub content_type: Option<String>,
}

impl Answer {
    /// Whether telemetry would have been taken that was sent in `protocol`. Whoever answers gRPC without a status of it does not speak it.
    pub fn is_fine(&self, protocol: Protocol) -> bool {
        match (self.grpc, protocol) {
            (Some(code), _) => code == 0,
            (None, Protocol::Grpc) => false,
            (None, Protocol::HttpProtobuf | Protocol::HttpJson) => {
                (200..300).contains(&self.status) && !self.is_page()
            }
        }
    }

    /// Whether a page for people was answered.
    pub fn is_page(&self) -> bool {
        self.content_type.as_deref().is_some_and(|kind| kind.starts_with("text/html"))
    }
}

/// Sends the empty request of `signal` to `at`.
pub(super) async fn send(signal: &SignalSettings, at: SocketAddr, limit: Duration) -> Exchange {
    let Some(url) = signal.url() else { return Exchange::Failed("the address is not known".to_owned()) };
    let compression = signal.compression.value;
    let answer = match once(signal, url, at, compression, limit).await {
        Ok(answer) => answer,
        Err(exchange) => return exchange,
    };
    let is_suspicious = compression != Compression::None && !answer.is_fine(signal.protocol.value);
    let uncompressed = match is_suspicious {
        true => once(signal, url, at, Compression::None, limit).await.ok(),
        false => None,
    };
    Exchange::Answered { answer, uncompressed }
}

async fn once(
    signal: &SignalSettings,
    url: &Url,
    at: SocketAddr,
    compression: Compression,
    limit: Duration,
) -> Result<Answer, Exchange> {
    let exchange = async {
        let request = request(signal, url, compression)?;
        if !url.is_secure {
            let tcp = TcpStream::connect(at).await.map_err(|error| error.to_string())?;
            return answered(signal, tcp, request).await;
        }
        let alpn: &[u8] = if signal.protocol.value == Protocol::Grpc { b"h2" } else { b"http/1.1" };
        let identity =
            signal.identity.as_ref().map(|(certificate, key)| (certificate.as_path(), key.as_path()));
        let certificate = signal.certificate.as_ref().map(|file| file.value.as_path());
        let tls = tls::connect(at, &url.host, (certificate, identity), alpn).await?;
        answered(signal, tls, request).await
    };
    match timeout(limit, exchange).await {
        Ok(Ok(answer)) => Ok(answer),
        // HTTP/2 lets a server say why it closes.
        Ok(Err(error)) => Err(Exchange::Failed(signal.headers.value.scrub(&error))),
        Err(_) => Err(Exchange::Silent),
    }
}

fn request(
    signal: &SignalSettings,
    url: &Url,
    compression: Compression,
) -> Result<Request<Full<Bytes>>, String> {
    let is_grpc = signal.protocol.value == Protocol::Grpc;
    let (content_type, message) = match signal.protocol.value {
        Protocol::Grpc => ("application/grpc", Vec::new()),
        Protocol::HttpProtobuf => ("application/x-protobuf", Vec::new()),
        Protocol::HttpJson => ("application/json", b"{}".to_vec()),
    };
    let mut body = compressed(&message, compression);
    if is_grpc {
        let length = u32::try_from(body.len()).unwrap_or(u32::MAX).to_be_bytes();
        let flag = u8::from(compression != Compression::None);
        body = [&[flag], &length[..], &body].concat();
    }
    let uri = match is_grpc {
        true => format!(
            "{}://{}{}",
            if url.is_secure { "https" } else { "http" },
            url.authority(),
            signal.signal.method()
        ),
        false => url.target(),
    };
    let mut request = Request::builder()
        .method(Method::POST)
        .uri(uri)
        .header("content-type", content_type)
        .header("user-agent", "pilotlight-doctor");
    request =
        if is_grpc { request.header("te", "trailers") } else { request.header("host", url.authority()) };
    if compression != Compression::None {
        request = request
            .header(if is_grpc { "grpc-encoding" } else { "content-encoding" }, compression.to_string());
    }
    for (name, value) in signal.headers.value.pairs() {
        let (Ok(name), Ok(mut value)) =
            (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_bytes(value))
        else {
            continue;
        };
        value.set_sensitive(true);
        request = request.header(name, value);
    }
    request.body(Full::new(Bytes::from(body))).map_err(|error| error.to_string())
}

/// Writing to memory cannot fail; a body that could not be compressed would be refused, and seen as such.
fn compressed(message: &[u8], compression: Compression) -> Vec<u8> {
    match compression {
        Compression::None => message.to_vec(),
        Compression::Gzip => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            let _ = encoder.write_all(message);
            encoder.finish().unwrap_or_default()
        }
        Compression::Zstd => zstd::encode_all(message, 0).unwrap_or_default(),
    }
}

async fn answered<S>(
    signal: &SignalSettings,
    stream: S,
    request: Request<Full<Bytes>>,
) -> Result<Answer, String>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let io = TokioIo::new(stream);
    if signal.protocol.value == Protocol::Grpc {
        let (mut sender, connection) = hyper::client::conn::http2::handshake(TokioExecutor::new(), io)
            .await
            .map_err(|error| told(&error))?;
        let running = tokio::spawn(connection);
        let response = sender.send_request(request).await;
        let answer = read(response, &signal.headers.value).await;
        running.abort();
        return answer;
    }
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(io).await.map_err(|error| told(&error))?;
    let running = tokio::spawn(connection);
    let answer = read(sender.send_request(request).await, &signal.headers.value).await;
    running.abort();
    answer
}

async fn read(response: hyper::Result<Response<Incoming>>, sent: &Headers) -> Result<Answer, String> {
    let (head, body) = response.map_err(|error| told(&error))?.into_parts();
    // A body that is too long, or breaks off, takes nothing from what the head says.
    let trailers = match Limited::new(body, BODY_BYTES_MAX).collect().await {
        Ok(body) => body.trailers().cloned().unwrap_or_default(),
        Err(_) => HeaderMap::new(),
    };
    Ok(answer(head.status, &head.headers, &trailers, sent))
}

/// Without the credentials that were `sent`, which some servers repeat.
fn answer(status: StatusCode, headers: &HeaderMap, trailers: &HeaderMap, sent: &Headers) -> Answer {
    let text = |name: &str| {
        let value = trailers.get(name).or_else(|| headers.get(name))?;
        Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let shown = |name: &str| {
        text(name).map(|text| sent.scrub(&text).chars().take(MESSAGE_CHARS_MAX).collect::<String>())
    };
    Answer {
        status: status.as_u16(),
        grpc: text("grpc-status").and_then(|code| code.parse().ok()),
        message: shown("grpc-message").unwrap_or_default(),
        location: shown("location"),
        date: text("date").and_then(|date| httpdate::parse_http_date(&date).ok()),
        content_type: shown("content-type"),
    }
}

/// With what it was caused by, where hyper hides what matters.
fn told(error: &hyper::Error) -> String {
    let cause = std::error::Error::source(error).map(|cause| format!(": {cause}")).unwrap_or_default();
    format!("{error}{cause}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::doctor::environment::Environment;
    use crate::doctor::project::Project;
    use crate::doctor::settings::{self, Signal};
    use crate::doctor::source::Sources;

    #[test]
    fn credentials_that_a_server_repeats_are_taken_out_before_anything_is_cut() {
        let environment =
            Environment::from([("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20s3cret")]);
        let settings = settings::resolve(&environment, &Project::default(), &Sources::default());
        let sent = &settings.of(Signal::Traces).headers.value;
        let text = format!("{}Bearer s3cret", "x".repeat(MESSAGE_CHARS_MAX - 10));
        let mut trailers = HeaderMap::new();
        trailers.insert("grpc-message", HeaderValue::from_str(&text).unwrap());
        trailers.insert("location", HeaderValue::from_static("http://login/?token=s3cret"));
        let answer = answer(StatusCode::OK, &HeaderMap::new(), &trailers, sent);
        assert!(answer.message.ends_with("x[redacted]"), "{answer:?}");
        assert_eq!(answer.location.as_deref(), Some("http://login/?token=[redacted]"));
    }
}
