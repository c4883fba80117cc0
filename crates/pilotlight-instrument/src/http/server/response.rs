//! What a response says about how its request went.

use http::{Method, StatusCode};
use opentelemetry::StringValue;

/// How much of a response's body has been handed to the server.
#[derive(Debug)]
pub(super) struct BodyProgress {
    pub(super) sent: u64,
    pub(super) polled: bool,
    announced: Option<u64>,
}

impl BodyProgress {
    pub(super) fn new(announced: Option<u64>) -> Self {
        Self { sent: 0, polled: false, announced }
    }

    /// Servers stop asking once they have as many bytes as were announced. And a body that nobody ever asked
    /// for anything was replaced by another, not cut short.
    pub(super) fn is_satisfied(&self) -> bool {
        !self.polled || self.announced.is_some_and(|announced| self.sent >= announced)
    }
}

/// Responses whose body a server never asks for (RFC 9110, section 6.4.1), among them the upgraded ones: what
/// follows on their connection is no longer this exchange.
pub(super) fn has_no_body(method: &Method, status: StatusCode) -> bool {
    *method == Method::HEAD
        || (*method == Method::CONNECT && status.is_success())
        || status.is_informational()
        || status == StatusCode::NO_CONTENT
        || status == StatusCode::NOT_MODIFIED
}

/// The status code as `error.type` wants it, without an allocation for those that exist.
pub(super) fn status_text(status: StatusCode) -> StringValue {
    match status.as_u16() {
        500 => "500".into(),
        501 => "501".into(),
        502 => "502".into(),
        503 => "503".into(),
        504 => "504".into(),
        505 => "505".into(),
        507 => "507".into(),
        508 => "508".into(),
        511 => "511".into(),
        _ => String::from(status.as_str()).into(),
    }
}

/// The name of an error's type: it takes few values, as `error.type` must. A boxed trait object has no name
/// worth recording and becomes the conventions' `_OTHER`.
pub(super) fn error_type<E>() -> StringValue {
    match std::any::type_name::<E>() {
        name if name.contains("dyn ") => "_OTHER".into(),
        name => name.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_is_written_as_its_digits() {
        for code in 100..1000 {
            let status = StatusCode::from_u16(code).unwrap();
            assert_eq!(status_text(status).as_str(), code.to_string());
        }
    }

    #[test]
    fn errors_are_named_by_their_type() {
        assert_eq!(error_type::<std::fmt::Error>().as_str(), "core::fmt::Error");
        assert_eq!(error_type::<Box<dyn std::error::Error>>().as_str(), "_OTHER");
    }

    #[test]
    fn a_body_is_complete_when_it_kept_its_promise_or_was_never_asked() {
        let progress = |sent, polled, announced| BodyProgress { sent, polled, announced };
        assert!(progress(5, true, Some(5)).is_satisfied());
        assert!(progress(0, false, Some(5)).is_satisfied());
        assert!(!progress(4, true, Some(5)).is_satisfied());
        assert!(!progress(4, true, None).is_satisfied());
    }
}
