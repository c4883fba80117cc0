//! What can go wrong with a request, and how a client and a span are told.

use std::fmt;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::database::DatabaseError;
use crate::failure::whole_story;

/// How much of an id is told back: more than any has.
const ID_CHARS_MAX: usize = 64;

/// Why something was not done. `Display` says what failed and on what; the cause is linked as its source.
#[derive(Debug)]
pub struct Error {
    kind: Kind,
    message: String,
    // Boxed, since results are passed around far more often than errors are made.
    cause: Option<Box<Cause>>,
    // Whether a span has recorded it: an error is recorded once, on the span where it happened.
    recorded: bool,
}

#[derive(Debug)]
enum Cause {
    Database(DatabaseError),
    Call(Box<dyn std::error::Error + Send + Sync>),
}

/// The kinds of failure, each with one HTTP status and one `error.type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The body is not the JSON that the route takes.
    InvalidBody,
    /// The body exceeds the limit.
    BodyTooLarge,
    /// The body did not arrive in time.
    BodyTimeout,
    /// No such user.
    UnknownUser,
    /// The order makes no sense: no items, or nothing to pay.
    InvalidOrder,
    /// The `Idempotency-Key` is too long, or was used for another order.
    InvalidKey,
    /// An item that the warehouse does not know.
    UnknownItem,
    /// An item cannot be reserved.
    SoldOut,
    /// The inventory cannot be reached, takes too long, or answers what nobody expects.
    InventoryUnavailable,
    /// The payment provider said no.
    PaymentDeclined,
    /// The payments cannot be reached, take too long, or answer what nobody expects; each time they were asked.
    PaymentsUnavailable,
    /// A statement failed.
    Database,
    /// The database is away, starting, or busy for too long.
    DatabaseUnavailable,
    /// The answer took too long.
    Overdue,
    /// No such route.
    UnknownRoute,
    /// The route exists, for other methods.
    MethodNotAllowed,
}

impl Error {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), cause: None, recorded: false }
    }

    /// Nobody has this id, which is told back in part: a client can make up long ones.
    pub(crate) fn unknown_user(id: &str) -> Self {
        let id: String = id.chars().take(ID_CHARS_MAX).collect();
        Self::new(Kind::UnknownUser, format!("there is no user {id:?}"))
    }

    pub(crate) fn database(message: impl Into<String>, cause: impl Into<DatabaseError>) -> Self {
        let cause = cause.into();
        let kind = if cause.passes() { Kind::DatabaseUnavailable } else { Kind::Database };
        Self { cause: Some(Box::new(Cause::Database(cause))), ..Self::new(kind, message) }
    }

    /// A call to another program failed.
    pub(crate) fn call(
        kind: Kind,
        message: impl Into<String>,
        cause: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self { cause: Some(Box::new(Cause::Call(cause.into()))), ..Self::new(kind, message) }
    }

    /// What kind of failure this is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The database's own code for the failure, if it gave one.
    #[must_use]
    pub fn database_code(&self) -> Option<String> {
        let Cause::Database(cause) = self.cause.as_deref()? else { return None };
        cause.code().map(str::to_owned)
    }

    /// The message with what caused it, where there is room for one line only.
    pub(crate) fn with_cause(&self) -> String {
        whole_story(self)
    }

    /// As a field of a log line takes it, which then has the causes, too.
    pub(crate) fn as_dyn(&self) -> &(dyn std::error::Error + 'static) {
        self
    }

    /// Whether the client asked for something that cannot be; otherwise it is the shop that failed.
    pub(crate) fn is_clients_fault(&self) -> bool {
        self.kind.status().is_client_error()
    }

    /// Notes that a span records this error; true for the first one.
    pub(crate) fn begin_recording(&mut self) -> bool {
        !std::mem::replace(&mut self.recorded, true)
    }

    /// What the client may know: not what the database said, nor who else is behind it all.
    fn public_message(&self) -> &str {
        match self.kind {
            Kind::Database | Kind::DatabaseUnavailable => "the shop's database failed; try again later",
            Kind::InventoryUnavailable => "the inventory does not answer; try again later",
            Kind::PaymentsUnavailable => "the payments do not answer; try again later",
            _ => &self.message,
        }
    }
}

impl Kind {
    /// The status a client gets.
    #[must_use]
    pub fn status(self) -> StatusCode {
        match self {
            Kind::InvalidBody | Kind::InvalidOrder => StatusCode::BAD_REQUEST,
            Kind::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Kind::BodyTimeout => StatusCode::REQUEST_TIMEOUT,
            Kind::InvalidKey => StatusCode::UNPROCESSABLE_ENTITY,
            Kind::UnknownUser | Kind::UnknownItem | Kind::UnknownRoute => StatusCode::NOT_FOUND,
            Kind::SoldOut | Kind::PaymentDeclined | Kind::Database => StatusCode::INTERNAL_SERVER_ERROR,
            Kind::InventoryUnavailable
            | Kind::PaymentsUnavailable
            | Kind::DatabaseUnavailable
            | Kind::Overdue => StatusCode::SERVICE_UNAVAILABLE,
            Kind::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        }
    }

    /// The value of `error.type` on a span that failed this way.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::InvalidBody => "invalid_body",
            Kind::BodyTooLarge => "body_too_large",
            Kind::BodyTimeout => "body_timeout",
            Kind::UnknownUser => "unknown_user",
            Kind::InvalidOrder => "invalid_order",
            Kind::InvalidKey => "invalid_key",
            Kind::UnknownItem => "unknown_item",
            Kind::SoldOut => "sold_out",
            Kind::InventoryUnavailable => "inventory_unavailable",
            Kind::PaymentDeclined => "payment_declined",
            Kind::PaymentsUnavailable => "payments_unavailable",
            Kind::Database => "database",
            Kind::DatabaseUnavailable => "database_unavailable",
            Kind::Overdue => "overdue",
            Kind::UnknownRoute => "unknown_route",
            Kind::MethodNotAllowed => "method_not_allowed",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(match self.cause.as_deref()? {
            Cause::Database(cause) => cause,
            Cause::Call(cause) => cause.as_ref(),
        })
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        (self.kind.status(), Json(json!({ "error": self.public_message() }))).into_response()
    }
}
