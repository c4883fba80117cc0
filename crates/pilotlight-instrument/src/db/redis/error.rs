//! What went wrong, as Redis or the client calls it. Messages stay out: they hold keys, scripts and addresses.
//!
//! ```text
//!  answered by the server   its code            WRONGTYPE, NOAUTH, MOVED, ERR, …
//!  otherwise                a word for it       timeout, connection_refused, connection_reset, authentication_failed, …
//! ```

use crate::db::DbError;
use crate::db::error::code;
use opentelemetry::StringValue;
use redis::{ErrorKind, RedisError, ServerError};

/// `error.type` is the code that the server answered with (`WRONGTYPE`), or else `timeout`, `connection_refused`,
/// `connection_reset`, or a word for redis's kind of error. The message is never recorded.
impl DbError for RedisError {
    fn error_type(&self) -> StringValue {
        self.status_code().unwrap_or_else(|| word(self).into())
    }

    fn status_code(&self) -> Option<StringValue> {
        self.code().map(code)
    }
}

/// `error.type` is the code that the server answered with: `WRONGTYPE`.
impl DbError for ServerError {
    fn error_type(&self) -> StringValue {
        code(ServerError::code(self))
    }

    fn status_code(&self) -> Option<StringValue> {
        Some(code(ServerError::code(self)))
    }
}

fn word(error: &RedisError) -> &'static str {
    if error.is_timeout() {
        return "timeout";
    }
    if error.is_connection_refusal() {
        return "connection_refused";
    }
    match error.kind() {
        ErrorKind::Io if error.is_connection_dropped() => "connection_reset",
        ErrorKind::Io => "io",
        ErrorKind::Parse => "parse",
        ErrorKind::AuthenticationFailed => "authentication_failed",
        ErrorKind::UnexpectedReturnType => "unexpected_return_type",
        ErrorKind::InvalidClientConfig => "invalid_client_config",
        ErrorKind::Client => "client",
        ErrorKind::MasterNameNotFoundBySentinel => "master_name_not_found",
        ErrorKind::NoValidReplicasFoundBySentinel => "no_valid_replicas",
        ErrorKind::EmptySentinelList => "empty_sentinel_list",
        ErrorKind::ClusterConnectionNotFound => "cluster_connection_not_found",
        ErrorKind::RESP3NotSupported => "resp3_not_supported",
        _ => "_OTHER",
    }
}
