//! What went wrong, as only reqwest can tell: its own errors are behind questions, not types.

use std::error::Error;

/// The kind of `error`, if it is one of reqwest's, and says more than its sources do.
pub(crate) fn error_kind(error: &(dyn Error + 'static)) -> Option<&'static str> {
    let error = match error.downcast_ref::<reqwest_middleware::Error>() {
        // It says that it is the error inside, so it is not among the sources.
        Some(reqwest_middleware::Error::Reqwest(error)) => error,
        Some(reqwest_middleware::Error::Middleware(_)) => return None,
        None => error.downcast_ref::<reqwest::Error>()?,
    };
    if error.is_timeout() {
        Some("timeout")
    } else if error.is_dns() {
        Some("dns")
    } else if error.is_redirect() {
        Some("redirect")
    } else {
        None
    }
}
