//! Numbers and times, as the specification has them.

use std::time::Duration;

use super::reader::Unusable;
use crate::doctor::project::Sdk;

/// A time in milliseconds, or with the units that the SDK of Java takes; 0 is fine.
pub(super) fn time(text: &str, sdk: &Sdk) -> Result<Duration, Unusable> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match (sdk, &text[digits.len()..]) {
        (Sdk::Other("Java"), "ms") => 1,
        (Sdk::Other("Java"), "s") => 1_000,
        (Sdk::Other("Java"), "m") => 60_000,
        (Sdk::Other("Java"), "h") => 3_600_000,
        (Sdk::Other("Java"), "d") => 86_400_000,
        _ => return number(text, "milliseconds").map(|number| Duration::from_millis(number.into())),
    };
    number(digits, "milliseconds").map(|number| Duration::from_millis(u64::from(number) * unit))
}

/// How long a request may take, of which 0 means no limit. In Python this one is in seconds.
pub(super) fn timeout(text: &str, sdk: &Sdk) -> Result<Option<Duration>, Unusable> {
    let time = match sdk {
        Sdk::Other("Python") => seconds(text)?,
        _ => time(text, sdk)?,
    };
    Ok((!time.is_zero()).then_some(time))
}

fn seconds(text: &str) -> Result<Duration, Unusable> {
    let seconds = text.parse::<f64>().ok().filter(|seconds| (0.0..=f64::from(i32::MAX)).contains(seconds));
    seconds.map(Duration::from_secs_f64).ok_or_else(|| {
        Unusable::new("number-not-usable", "is not a number of seconds", "write seconds without a unit: 10")
    })
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
