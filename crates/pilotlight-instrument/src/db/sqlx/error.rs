//! What sqlx's errors tell of themselves: never their messages, which quote values of the query.

use crate::db::DbError;
use crate::db::error::code;
use opentelemetry::StringValue;
use sqlx::Error;
use sqlx::error::DatabaseError;
use std::io::ErrorKind;

/// `db.response.status_code` is what the conventions want of each database: PostgreSQL's SQLSTATE, SQLite's extended result code,
/// the number of MySQL's and MariaDB's errors. `error.type` is the same, or else one of a few words, as `pool_timeout`, `pool_closed`,
/// `connection_refused`, `connection_reset`, `io`, `tls`, `protocol`, `encode`, `decode`.
///
/// That a query has no row is an answer of the database, and no failure.
impl DbError for Error {
    fn error_type(&self) -> StringValue {
        self.status_code().unwrap_or_else(|| word(self).into())
    }

    fn status_code(&self) -> Option<StringValue> {
        self.as_database_error().and_then(status_code)
    }

    fn is_failure(&self) -> bool {
        !matches!(self, Error::RowNotFound)
    }
}

/// What a migration failed of.
#[cfg(feature = "sqlx-migrate")]
impl DbError for sqlx::migrate::MigrateError {
    fn error_type(&self) -> StringValue {
        cause(self).map_or("migration".into(), DbError::error_type)
    }

    fn status_code(&self) -> Option<StringValue> {
        cause(self)?.status_code()
    }
}

#[cfg(feature = "sqlx-migrate")]
fn cause(error: &sqlx::migrate::MigrateError) -> Option<&Error> {
    use sqlx::migrate::MigrateError::{Execute, ExecuteMigration};
    match error {
        Execute(error) | ExecuteMigration(error, _) => Some(error),
        _ => None,
    }
}

fn status_code(error: &(dyn DatabaseError + 'static)) -> Option<StringValue> {
    mysql_number(error).or_else(|| Some(code(&error.code()?)))
}

#[cfg(feature = "sqlx-mysql")]
fn mysql_number(error: &(dyn DatabaseError + 'static)) -> Option<StringValue> {
    let error = error.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>()?;
    Some(error.number().to_string().into())
}

#[cfg(not(feature = "sqlx-mysql"))]
fn mysql_number(_: &(dyn DatabaseError + 'static)) -> Option<StringValue> {
    None
}

fn word(error: &Error) -> &'static str {
    match error {
        Error::Configuration(_) | Error::InvalidArgument(_) => "configuration",
        Error::Database(_) => "database",
        Error::Io(error) => io_word(error.kind()),
        Error::Tls(_) => "tls",
        Error::Protocol(_) => "protocol",
        Error::RowNotFound => "row_not_found",
        Error::TypeNotFound { .. } => "type_not_found",
        Error::ColumnIndexOutOfBounds { .. } | Error::ColumnNotFound(_) => "column_not_found",
        Error::ColumnDecode { .. } | Error::Decode(_) => "decode",
        Error::Encode(_) => "encode",
        Error::PoolTimedOut => "pool_timeout",
        Error::PoolClosed => "pool_closed",
        Error::WorkerCrashed => "worker_crashed",
        Error::InvalidSavePointStatement | Error::BeginFailed => "transaction",
        _ => "_OTHER",
    }
}

/// The words that HTTP's clients have for the same.
fn io_word(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::ConnectionRefused => "connection_refused",
        // The server is gone, however it shows.
        ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::NotConnected
        | ErrorKind::UnexpectedEof => "connection_reset",
        ErrorKind::TimedOut => "timeout",
        _ => "io",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    fn told(error: Error) -> (String, Option<String>) {
        (error.error_type().to_string(), error.status_code().map(|code| code.to_string()))
    }

    #[test]
    fn errors_that_are_not_the_databases_are_told_in_a_word() {
        assert_eq!(told(Error::PoolTimedOut), ("pool_timeout".into(), None));
        assert_eq!(told(Error::PoolClosed), ("pool_closed".into(), None));
        assert_eq!(told(Error::Protocol("secret".into())), ("protocol".into(), None));
        let lost = io::Error::new(ErrorKind::UnexpectedEof, "secret");
        assert_eq!(told(Error::Io(lost)), ("connection_reset".into(), None));
    }

    #[test]
    fn no_row_is_no_failure() {
        assert!(!Error::RowNotFound.is_failure());
        assert!(Error::PoolClosed.is_failure());
    }
}
