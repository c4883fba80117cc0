//! Why there is no connection.

use super::BoxError;
use crate::http::client::error_kind::{self, Phase};

/// `error.type`; the type of a boxed error is not known, so what has no word of its own is `_OTHER`.
pub(super) fn error_type(error: &BoxError) -> &'static str {
    error_kind::error_type(error.as_ref(), Phase::Sending).unwrap_or("_OTHER")
}
