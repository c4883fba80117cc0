//! What the head of a message says about its body, and how far that body has come.

use http::header::CONTENT_LENGTH;
use http::{HeaderMap, Method, StatusCode};
use opentelemetry::KeyValue;

/// The length a message says it has.
pub(crate) fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Responses whose body nobody ever asks for (RFC 9110, section 6.4.1), among them the upgraded ones: what
/// follows on their connection is no longer this exchange.
pub(crate) fn has_no_body(method: &Method, status: StatusCode) -> bool {
    *method == Method::HEAD
        || (*method == Method::CONNECT && status.is_success())
        || status.is_informational()
        || status == StatusCode::NO_CONTENT
        || status == StatusCode::NOT_MODIFIED
}

/// How much of a response's body has been handed to whoever reads it.
#[derive(Debug)]
pub(crate) struct BodyProgress {
    pub(crate) bytes: u64,
    pub(crate) polled: bool,
    announced: Option<u64>,
}

impl BodyProgress {
    pub(crate) fn new(announced: Option<u64>) -> Self {
        Self { bytes: 0, polled: false, announced }
    }

    /// What a span says of it.
    pub(crate) fn size(&self) -> KeyValue {
        KeyValue::new("http.response.body.size", i64::try_from(self.bytes).unwrap_or(i64::MAX))
    }

    /// Readers stop asking once they have as many bytes as were announced.
    pub(crate) fn is_complete(&self) -> bool {
        self.announced.is_some_and(|announced| self.bytes >= announced)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_complete_when_it_kept_its_promise() {
        let progress = |bytes, announced| BodyProgress { bytes, polled: true, announced };
        assert!(progress(5, Some(5)).is_complete());
        assert!(!progress(4, Some(5)).is_complete());
        assert!(!progress(4, None).is_complete());
    }
}
