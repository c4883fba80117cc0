//! How an operation failed, in words that take few values.

use opentelemetry::StringValue;

/// What a driver's error tells: never its message, which may hold values of the query.
///
/// Implemented for the errors of the drivers that have an integration. For another driver's, which cannot have this trait, there
/// is [`Failure`].
pub trait DbError {
    /// `error.type`: the status code where the database gave one, else a word for what kind of error it is. It must take few
    /// values.
    fn error_type(&self) -> StringValue;

    /// `db.response.status_code`: what the database itself answered, as SQLSTATE or the number of its error.
    fn status_code(&self) -> Option<StringValue> {
        None
    }

    /// Whether the operation failed. What a driver makes an error of need not be one: that there is no row is an answer.
    fn is_failure(&self) -> bool {
        true
    }
}

/// An operation's failure, as spans and measurements have it.
///
/// ```
/// use pilotlight_instrument::db::Failure;
///
/// let refused = Failure::status_code("23505");
/// let lost = Failure::error_type("connection_reset");
/// # use pilotlight_instrument::db::DbError;
/// # assert_eq!((refused.error_type().as_str(), lost.error_type().as_str()), ("23505", "connection_reset"));
/// # assert_eq!((refused.status_code().map(|code| code.to_string()), lost.status_code()), (Some("23505".into()), None));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    error_type: StringValue,
    status_code: Option<StringValue>,
}

impl Failure {
    /// The database answered with this code, which is the `error.type` as well.
    pub fn status_code(code: impl Into<StringValue>) -> Self {
        let code = code.into();
        Self { error_type: code.clone(), status_code: Some(code) }
    }

    /// There was no answer, or one without a code: `error.type` is this word. It must take few values: never an error's message.
    pub fn error_type(word: impl Into<StringValue>) -> Self {
        Self { error_type: word.into(), status_code: None }
    }
}

impl DbError for Failure {
    fn error_type(&self) -> StringValue {
        self.error_type.clone()
    }

    fn status_code(&self) -> Option<StringValue> {
        self.status_code.clone()
    }
}

/// A status code as the server gave it, if it is one. A server may answer with anything, and scripts within it with errors of
/// their own, whose first word need not be a code.
#[cfg(any(feature = "redis", feature = "sqlx", feature = "tokio-postgres"))]
pub(super) fn code(code: &str) -> StringValue {
    let is_code = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    match code.len() {
        1..=CODE_BYTES_MAX if code.bytes().all(is_code) => String::from(code).into(),
        _ => "_OTHER".into(),
    }
}

/// A SQLSTATE has 5 bytes, and the longest code that Redis has, `UNKILLABLE`, 10.
#[cfg(any(feature = "redis", feature = "sqlx", feature = "tokio-postgres"))]
const CODE_BYTES_MAX: usize = 32;

#[cfg(all(test, any(feature = "redis", feature = "sqlx", feature = "tokio-postgres")))]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_answers_with_is_a_code_or_nothing_is_told_of_it() {
        for known in ["23505", "40P01", "WRONGTYPE", "2067"] {
            assert_eq!(code(known).as_str(), known);
        }
        for strange in ["", "Key (email)=(a@b.example)", "secret", &"1".repeat(1000), "23505\n"] {
            assert_eq!(code(strange).as_str(), "_OTHER", "{strange}");
        }
    }
}
