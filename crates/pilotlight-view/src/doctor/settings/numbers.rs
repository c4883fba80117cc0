//! Numbers and times, as the specification has them.

use std::time::Duration;

use super::reader::Unusable;

/// Milliseconds; 0 is fine.
pub(super) fn millis(text: &str) -> Result<Duration, Unusable> {
    number(text, "milliseconds").map(|number| Duration::from_millis(number.into()))
}

/// Milliseconds, of which 0 means no limit.
pub(super) fn timeout(text: &str) -> Result<Option<Duration>, Unusable> {
    millis(text).map(|time| (!time.is_zero()).then_some(time))
}

/// A whole number up to what every implementation has to accept.
pub(super) fn number(text: &str, unit: &str) -> Result<u32, Unusable> {
    let number = text.parse::<u32>().ok().filter(|number| *number <= i32::MAX.cast_unsigned());
    number.ok_or_else(|| {
        let advice = match unit {
            "milliseconds" => "write milliseconds without a unit: 5000 for five seconds",
            _ => "write a whole number without a sign",
        };
        Unusable::new("number-not-usable", format!("is not a whole number of {unit}"), advice)
    })
}

/// Only `true`, whatever its case, is true.
pub(super) fn boolean(text: &str) -> Result<bool, Unusable> {
    match text {
        _ if text.eq_ignore_ascii_case("true") => Ok(true),
        _ if text.eq_ignore_ascii_case("false") => Ok(false),
        _ => Err(Unusable::new(
            "boolean-not-usable",
            "is neither true nor false, and counts as false",
            "write true or false",
        )),
    }
}
