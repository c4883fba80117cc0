//! What a question is answered with that is not answered.

use crate::query::QuestionError;
use axum::response::{IntoResponse, Response};
use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};
use utoipa::IntoResponses;

/// Why a question is not answered: a status, and words for whoever asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    status: StatusCode,
    error: QuestionError,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, error: QuestionError { message: message.into(), position: None } }
    }

    pub(super) fn question(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    pub(super) fn missing(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, message)
    }

    pub(super) fn busy(message: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, message)
    }
}

impl From<QuestionError> for Refusal {
    fn from(error: QuestionError) -> Self {
        Self { status: StatusCode::BAD_REQUEST, error }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = (self.status, axum::Json(self.error)).into_response();
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            // A question takes milliseconds; a second is long enough for the others to be done.
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

/// The refusals that every question shares, for the API's description.
#[derive(IntoResponses)]
#[allow(dead_code)] // Describes what is sent above.
pub(super) enum Refusals {
    /// A parameter is unknown or has a value that cannot be read; its name is in the message.
    #[response(status = 400)]
    Question(QuestionError),
    /// The viewer asks for a token, and this request has none or another.
    #[response(status = 401)]
    Token(QuestionError),
    /// Another page asks, in the same browser.
    #[response(status = 403)]
    Origin(QuestionError),
    /// What was asked for is not here (any more).
    #[response(status = 404)]
    Missing(QuestionError),
    /// The request is for another host: somebody made a name point here.
    #[response(status = 421)]
    Host(QuestionError),
    /// Too many questions at once: ask again after the seconds in `Retry-After`.
    #[response(status = 503)]
    Busy(QuestionError),
}
