//! What went wrong, in diesel's own words for it: it does not hand SQLSTATEs on. Messages stay out: they hold values.

use crate::db::DbError;
use diesel::result::{ConnectionError, DatabaseErrorKind, Error};
use opentelemetry::StringValue;

/// `error.type` is a word for diesel's kind of error: `unique_violation`, `serialization_failure`, `closed_connection`, …; there
/// is no status code, for diesel does not tell it. That no row was found is no failure, and nor is a rollback that the program
/// asked for.
impl DbError for Error {
    fn error_type(&self) -> StringValue {
        match self {
            Self::DatabaseError(kind, _) => of_database(kind).into(),
            Self::InvalidCString(_) => "invalid_c_string".into(),
            Self::NotFound => "not_found".into(),
            Self::QueryBuilderError(_) => "query_builder".into(),
            Self::DeserializationError(_) => "deserialization".into(),
            Self::SerializationError(_) => "serialization".into(),
            // What went wrong first.
            Self::RollbackErrorOnCommit { commit_error, .. } => commit_error.error_type(),
            Self::RollbackTransaction => "rollback_transaction".into(),
            Self::AlreadyInTransaction => "already_in_transaction".into(),
            Self::NotInTransaction => "not_in_transaction".into(),
            Self::BrokenTransactionManager => "broken_transaction_manager".into(),
            Self::IntegerConversion(_) => "integer_conversion".into(),
            _ => "_OTHER".into(),
        }
    }

    fn is_failure(&self) -> bool {
        !matches!(self, Self::NotFound | Self::RollbackTransaction)
    }
}

fn of_database(kind: &DatabaseErrorKind) -> &'static str {
    match kind {
        DatabaseErrorKind::UniqueViolation => "unique_violation",
        DatabaseErrorKind::ForeignKeyViolation => "foreign_key_violation",
        DatabaseErrorKind::UnableToSendCommand => "unable_to_send_command",
        DatabaseErrorKind::SerializationFailure => "serialization_failure",
        DatabaseErrorKind::ReadOnlyTransaction => "read_only_transaction",
        DatabaseErrorKind::RestrictViolation => "restrict_violation",
        DatabaseErrorKind::NotNullViolation => "not_null_violation",
        DatabaseErrorKind::CheckViolation => "check_violation",
        DatabaseErrorKind::ExclusionViolation => "exclusion_violation",
        DatabaseErrorKind::ClosedConnection => "closed_connection",
        // Whatever else the database said.
        _ => "database",
    }
}

/// `error.type` is a word for diesel's kind of error. What a server had against a connection, a wrong password for one, is in
/// messages alone: it is all `bad_connection`.
impl DbError for ConnectionError {
    fn error_type(&self) -> StringValue {
        match self {
            Self::InvalidCString(_) => "invalid_c_string".into(),
            Self::BadConnection(_) => "bad_connection".into(),
            Self::InvalidConnectionUrl(_) => "invalid_connection_url".into(),
            Self::CouldntSetupConfiguration(error) => error.error_type(),
            _ => "_OTHER".into(),
        }
    }
}
