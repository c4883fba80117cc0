//! Why a request is refused, in the terms of both protocols.

use super::IncidentKind;
use super::journal::printable;
use http::StatusCode;
use std::time::Duration;

/// A request that is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// What the journal calls it.
    pub(super) kind: IncidentKind,
    /// What an HTTP client gets.
    pub(super) http: StatusCode,
    /// What a gRPC client gets.
    pub(super) grpc: Code,
    /// What is wrong, and what to do; cut as the journal's lines are, since it may quote what was sent.
    pub(super) message: String,
    /// When to come again; only when that would help.
    pub(super) retry_after: Option<Duration>,
}

/// The status codes of gRPC that are used here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Code {
    InvalidArgument = 3,
    DeadlineExceeded = 4,
    PermissionDenied = 7,
    ResourceExhausted = 8,
    Unimplemented = 12,
    Internal = 13,
    Unavailable = 14,
    Unauthenticated = 16,
}

impl Refusal {
    /// With the codes that this kind of trouble has as a rule.
    pub(super) fn new(kind: IncidentKind, message: impl Into<String>) -> Self {
        let (http, grpc) = codes(kind);
        Self { kind, http, grpc, message: printable(&message.into()), retry_after: None }
    }

    /// The store or the memory for requests is full for the moment.
    pub(super) fn busy(retry_after: Duration, message: impl Into<String>) -> Self {
        Self { retry_after: Some(retry_after), ..Self::new(IncidentKind::Busy, message) }
    }

    /// A body that did not come in time.
    pub(super) fn slow(waited: Duration) -> Self {
        let message = format!("the body was not whole after {} s; send smaller batches", waited.as_secs());
        Self {
            http: StatusCode::REQUEST_TIMEOUT,
            grpc: Code::DeadlineExceeded,
            ..Self::new(IncidentKind::Malformed, message)
        }
    }

    /// A gRPC frame that breaks gRPC's own rules.
    pub(super) fn broken_frame(kind: IncidentKind, message: impl Into<String>) -> Self {
        Self { grpc: Code::Internal, ..Self::new(kind, message) }
    }
}

/// A path or a header as the sender wrote it, not longer than what to do about it: that comes behind.
pub(super) fn shown(given: &[u8]) -> String {
    String::from_utf8_lossy(given).chars().take(GIVEN_CHARACTERS_MAX).collect()
}

/// Longer ones say no more, and the journal's lines are short.
const GIVEN_CHARACTERS_MAX: usize = 100;

fn codes(kind: IncidentKind) -> (StatusCode, Code) {
    match kind {
        IncidentKind::UnknownPath => (StatusCode::NOT_FOUND, Code::Unimplemented),
        IncidentKind::ContentType => (StatusCode::UNSUPPORTED_MEDIA_TYPE, Code::InvalidArgument),
        IncidentKind::ContentEncoding => (StatusCode::UNSUPPORTED_MEDIA_TYPE, Code::Unimplemented),
        IncidentKind::Method => (StatusCode::METHOD_NOT_ALLOWED, Code::Unimplemented),
        IncidentKind::TooLarge | IncidentKind::Bomb => {
            (StatusCode::PAYLOAD_TOO_LARGE, Code::ResourceExhausted)
        }
        IncidentKind::Busy => (StatusCode::SERVICE_UNAVAILABLE, Code::Unavailable),
        IncidentKind::Origin | IncidentKind::Host => (StatusCode::FORBIDDEN, Code::PermissionDenied),
        IncidentKind::Token => (StatusCode::UNAUTHORIZED, Code::Unauthenticated),
        IncidentKind::WrongPort
        | IncidentKind::Malformed
        | IncidentKind::Partial
        | IncidentKind::Tls
        | IncidentKind::Unreadable => (StatusCode::BAD_REQUEST, Code::InvalidArgument),
    }
}

#[cfg(test)]
mod tests {
    use super::{IncidentKind, Refusal, shown};

    #[test]
    fn what_was_sent_does_not_come_back_whole() {
        let refusal = Refusal::new(IncidentKind::Malformed, format!("no number: {:?}", "é".repeat(1 << 20)));
        assert_eq!(refusal.message.chars().count(), 300);
        assert_eq!(shown(&[0xff; 1000]).chars().count(), 100);
    }
}
