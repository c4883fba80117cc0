//! What went wrong, by SQLSTATE where PostgreSQL gave one. Messages stay out: they hold values.

use crate::db::DbError;
use crate::db::error::code;
use opentelemetry::StringValue;
use std::error::Error as _;
use std::io;
use tokio_postgres::Error;

/// `error.type` and `db.response.status_code` are the SQLSTATE that PostgreSQL answered with. Without an answer, `error.type` is
/// `timeout`, `connection_refused`, `connection_reset`, `connection_closed`, `tls`, or another word for what the client ran into.
///
/// Another number of rows than the program expected is no failure: PostgreSQL did what it was asked to.
impl DbError for Error {
    fn error_type(&self) -> StringValue {
        self.status_code().unwrap_or_else(|| word(self).into())
    }

    fn status_code(&self) -> Option<StringValue> {
        self.code().map(|state| code(state.code()))
    }

    fn is_failure(&self) -> bool {
        word(self) != ROW_COUNT
    }
}

fn word(error: &Error) -> &'static str {
    let of_io = error.source().and_then(|cause| cause.downcast_ref().and_then(of_io));
    of_io.unwrap_or_else(|| of_message(&error.to_string()))
}

fn of_io(error: &io::Error) -> Option<&'static str> {
    use io::ErrorKind as Kind;
    Some(match error.kind() {
        Kind::TimedOut => "timeout",
        Kind::ConnectionRefused => "connection_refused",
        Kind::ConnectionReset | Kind::ConnectionAborted | Kind::BrokenPipe | Kind::UnexpectedEof => {
            "connection_reset"
        }
        _ => return None,
    })
}

/// The client tells kinds of errors by nothing but their messages, which begin with fixed words; values may come behind.
fn of_message(message: &str) -> &'static str {
    let known = BEGINNINGS.iter().find(|(beginning, _)| message.starts_with(beginning));
    known.map_or("_OTHER", |(_, word)| *word)
}

const ROW_COUNT: &str = "row_count";

const BEGINNINGS: [(&str, &str); 17] = [
    ("connection closed", "connection_closed"),
    ("timeout waiting for server", "timeout"),
    ("error communicating with the server", "io"),
    ("error connecting to server", "connect"),
    ("error performing TLS handshake", "tls"),
    ("authentication error", "authentication"),
    ("unexpected message from server", "unexpected_message"),
    ("error parsing response from server", "parse"),
    ("error encoding message to server", "encode"),
    ("error serializing parameter", "parameter"),
    ("error deserializing column", "column"),
    ("invalid column", "column"),
    ("query returned an unexpected number of columns", "column_count"),
    ("query returned an unexpected number of rows", ROW_COUNT),
    ("expected ", "parameter_count"),
    ("invalid connection string", "config"),
    ("invalid configuration", "config"),
];
