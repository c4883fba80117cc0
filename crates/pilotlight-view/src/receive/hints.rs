//! What to do about a path or a content type that OTLP does not have.

use super::IncidentKind;
use super::refusal::{Refusal, shown};
use http::{HeaderValue, Method};

/// Nothing is at this path.
pub(super) fn unknown_path(method: &Method, path: &str) -> Refusal {
    let (method, place) = (shown(method.as_str().as_bytes()), shown(path.as_bytes()));
    Refusal::new(IncidentKind::UnknownPath, format!("{method} {place}: {}", path_hint(path)))
}

fn path_hint(path: &str) -> String {
    const PATHS: [&str; 3] = ["/v1/traces", "/v1/metrics", "/v1/logs"];
    let trimmed = path.trim_end_matches('/');
    let ending = PATHS.into_iter().find(|known| trimmed.ends_with(known));
    match (trimmed, ending) {
        ("", _) => "OTLP is taken at /v1/traces, /v1/metrics and /v1/logs. A base URL goes into OTEL_EXPORTER_OTLP_ENDPOINT, to \
                    which the exporter adds these; the endpoint of one signal, and one set in code, is used as it is and needs the path"
            .to_owned(),
        (_, Some(known)) if trimmed == known => format!("the path is {known}, without a slash at its end"),
        (_, Some(known)) if trimmed.ends_with(&format!("{known}{known}")) || trimmed.starts_with("/v1/") => format!(
            "the path is there twice. {known} is added to OTEL_EXPORTER_OTLP_ENDPOINT by the exporter: take it out of that, or set the \
             endpoint of the signal alone"
        ),
        (_, Some(known)) => format!("the path is {known}; take what is before it out of the endpoint"),
        ("/v1", _) => "the path ends too early: OTLP has /v1/traces, /v1/metrics and /v1/logs".to_owned(),
        ("/v1/trace" | "/v1/span" | "/v1/spans", _) => "the path of traces is /v1/traces".to_owned(),
        ("/v1/metric", _) => "the path of metrics is /v1/metrics".to_owned(),
        ("/v1/log", _) => "the path of logs is /v1/logs".to_owned(),
        ("/api/traces", _) => "this is the path of Jaeger's own format; send OTLP to /v1/traces".to_owned(),
        ("/api/v1/spans" | "/api/v2/spans", _) => "this is the path of Zipkin; send OTLP to /v1/traces".to_owned(),
        ("/v1development/profiles", _) => "profiles are not taken, only traces, metrics and logs".to_owned(),
        (path, _) if path.contains("opentelemetry.proto.collector") => {
            "this is the path of a gRPC method, but the request is no gRPC: its content type has to be application/grpc".to_owned()
        }
        _ => "OTLP over HTTP has the paths /v1/traces, /v1/metrics and /v1/logs".to_owned(),
    }
}

/// A content type that OTLP does not have.
pub(super) fn content_type(content_type: Option<&HeaderValue>) -> Refusal {
    let message = match content_type {
        None => "there is no Content-Type; OTLP over HTTP is application/x-protobuf or application/json"
            .to_owned(),
        Some(given) => format!(
            "Content-Type {:?} is not OTLP's; over HTTP it is application/x-protobuf or application/json",
            shown(given.as_bytes())
        ),
    };
    Refusal::new(IncidentKind::ContentType, message)
}
