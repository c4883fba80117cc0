//! How a call ended: its code, and what there is to say about it.

use super::code::Code;
use super::message::decoded;
use http::{HeaderMap, HeaderValue, StatusCode};
use std::borrow::Cow;

#[derive(Clone, Debug)]
pub(super) struct Status {
    pub(super) code: Code,
    text: Text,
}

/// Decoded only when somebody wants to read it.
#[derive(Clone, Debug)]
enum Text {
    Static(&'static str),
    Encoded(HeaderValue),
    Owned(String),
}

impl Status {
    pub(super) fn new(code: Code, text: &'static str) -> Self {
        Self { code, text: Text::Static(text) }
    }

    pub(super) fn with_text(code: Code, text: String) -> Self {
        Self { code, text: Text::Owned(text) }
    }

    /// What headers, or trailers, say.
    pub(super) fn told(headers: &HeaderMap) -> Option<Self> {
        let code = Code::parse(headers.get("grpc-status")?.as_bytes());
        let text = headers.get("grpc-message").map_or(Text::Static(""), |text| Text::Encoded(text.clone()));
        Some(Self { code, text })
    }

    /// What the HTTP status means where no gRPC status came, which is how proxies fail (gRPC's
    /// `http-grpc-status-mapping`).
    pub(super) fn inferred(status: StatusCode) -> Self {
        let code = match status {
            StatusCode::BAD_REQUEST => Code::INTERNAL,
            StatusCode::UNAUTHORIZED => Code::UNAUTHENTICATED,
            StatusCode::FORBIDDEN => Code::PERMISSION_DENIED,
            StatusCode::NOT_FOUND => Code::UNIMPLEMENTED,
            StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT => Code::UNAVAILABLE,
            _ => Code::UNKNOWN,
        };
        match status {
            StatusCode::OK => Self::new(code, "the response ended without a grpc-status"),
            status => {
                Self::with_text(code, format!("no grpc-status came, but the HTTP status {}", status.as_u16()))
            }
        }
    }

    /// Routers say nothing about methods they do not have, beyond that they do not have them.
    pub(super) fn is_unimplemented_without_a_word(&self) -> bool {
        self.code == Code::UNIMPLEMENTED
            && match &self.text {
                Text::Static(text) => text.is_empty(),
                Text::Encoded(text) => text.is_empty(),
                Text::Owned(text) => text.is_empty(),
            }
    }

    /// What to read in a span's status, at most `bytes_max` bytes of it.
    pub(super) fn description(&self, bytes_max: usize) -> Cow<'static, str> {
        match &self.text {
            Text::Static(text) => Cow::Borrowed(text),
            Text::Encoded(text) => decoded(text.as_bytes(), bytes_max).into(),
            Text::Owned(text) => crate::telemetry::text::cut(text, bytes_max).to_owned().into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proxies_are_understood_by_their_http_status() {
        let table = [
            (200, "UNKNOWN"),
            (400, "INTERNAL"),
            (401, "UNAUTHENTICATED"),
            (403, "PERMISSION_DENIED"),
            (404, "UNIMPLEMENTED"),
            (418, "UNKNOWN"),
            (429, "UNAVAILABLE"),
            (500, "UNKNOWN"),
            (502, "UNAVAILABLE"),
            (503, "UNAVAILABLE"),
            (504, "UNAVAILABLE"),
        ];
        for (http, name) in table {
            let status = Status::inferred(StatusCode::from_u16(http).unwrap());
            assert_eq!(status.code.name().as_str(), name, "{http}");
        }
    }

    #[test]
    fn only_a_router_is_silent_about_what_it_does_not_have() {
        let mut headers = HeaderMap::new();
        headers.insert("grpc-status", HeaderValue::from_static("12"));
        assert!(Status::told(&headers).unwrap().is_unimplemented_without_a_word());
        headers.insert("grpc-message", HeaderValue::from_static("later"));
        assert!(!Status::told(&headers).unwrap().is_unimplemented_without_a_word());
    }
}
