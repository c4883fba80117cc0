//! `grpc-timeout`: how long the caller is willing to wait.

use http::HeaderMap;
use std::time::Duration;

/// The caller's patience, if it named one in the way gRPC has it: at most eight digits and a unit.
pub(super) fn timeout(headers: &HeaderMap) -> Option<Duration> {
    parse(headers.get("grpc-timeout")?.as_bytes())
}

fn parse(text: &[u8]) -> Option<Duration> {
    let (unit, digits) = text.split_last()?;
    if digits.is_empty() || digits.len() > DIGITS_MAX || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let count = digits.iter().fold(0, |count, digit| count * 10 + u64::from(digit - b'0'));
    match unit {
        b'H' => Some(Duration::from_secs(count * 3600)),
        b'M' => Some(Duration::from_secs(count * 60)),
        b'S' => Some(Duration::from_secs(count)),
        b'm' => Some(Duration::from_millis(count)),
        b'u' => Some(Duration::from_micros(count)),
        b'n' => Some(Duration::from_nanos(count)),
        _ => None,
    }
}

/// What the protocol allows; more cannot be had without overflow either.
const DIGITS_MAX: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_unit_is_understood() {
        assert_eq!(parse(b"2H"), Some(Duration::from_secs(7200)));
        assert_eq!(parse(b"3M"), Some(Duration::from_secs(180)));
        assert_eq!(parse(b"4S"), Some(Duration::from_secs(4)));
        assert_eq!(parse(b"5m"), Some(Duration::from_millis(5)));
        assert_eq!(parse(b"6u"), Some(Duration::from_micros(6)));
        assert_eq!(parse(b"99999999n"), Some(Duration::from_nanos(99_999_999)));
    }

    #[test]
    fn garbage_is_no_timeout() {
        for garbage in ["", "S", "1", "1s", "-1S", "123456789S", "1.5S", " 1S"] {
            assert_eq!(parse(garbage.as_bytes()), None, "{garbage:?}");
        }
    }

    proptest! {
        #[test]
        fn any_count_of_any_unit_is_understood(count in 0u32..100_000_000, unit in "[HMSmun]") {
            let text = format!("{count}{unit}");
            prop_assert!(parse(text.as_bytes()).is_some());
        }

        #[test]
        fn no_bytes_are_too_much(bytes: Vec<u8>) {
            let _ = parse(&bytes);
        }
    }
}
