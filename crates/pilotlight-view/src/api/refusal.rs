//! What a question is answered with that is not answered.

use crate::query::QuestionError;
use utoipa::IntoResponses;

/// The refusals that every question shares, for the API's description.
#[derive(IntoResponses)]
#[allow(dead_code)] // Describes; what is sent is made below.
pub(super) enum Refusals {
    /// A parameter is unknown or has a value that cannot be read; its name is in the message.
    #[response(status = 400)]
    Question(QuestionError),
    /// The viewer asks for a token, and this request has none or another.
    #[response(status = 401)]
    Token(QuestionError),
    /// The request is of another origin, or for another host.
    #[response(status = 403)]
    Origin(QuestionError),
    /// What was asked for is not here (any more).
    #[response(status = 404)]
    Missing(QuestionError),
    /// Too many questions at once: ask again after the seconds in `Retry-After`.
    #[response(status = 503)]
    Busy(QuestionError),
}
