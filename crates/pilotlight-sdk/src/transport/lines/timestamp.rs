//! Times as RFC 3339 has them, in UTC, with nanoseconds.

use std::ops::Range;
use std::time::{Duration, SystemTime};

const SECOND: u64 = 1_000_000_000;

/// Where the nanoseconds stand in `2026-11-22T12:03:44.123456789Z`.
const FRACTION: Range<usize> = 20..29;

/// Hours to milliseconds in the same.
const CLOCK: Range<usize> = 11..23;

/// Writes times. Those of one second differ in their last digits alone, so only another second asks the calendar: records in
/// the order of time cost a few nanoseconds each.
pub(super) struct Timestamps {
    second: u64,
    text: Vec<u8>,
}

impl Timestamps {
    pub(super) fn new() -> Self {
        Self { second: 0, text: date_and_time(0) }
    }

    /// `2026-11-22T12:03:44.123456789Z`.
    pub(super) fn rfc3339(&mut self, unix_nanos: u64) -> &str {
        let second = unix_nanos / SECOND;
        if second != self.second {
            (self.second, self.text) = (second, date_and_time(second));
        }
        let mut fraction = unix_nanos % SECOND;
        for digit in self.text[FRACTION].iter_mut().rev() {
            *digit = b'0' + (fraction % 10) as u8;
            fraction /= 10;
        }
        // Digits took the place of digits.
        std::str::from_utf8(&self.text).unwrap_or_default()
    }

    /// `12:03:44.123`.
    pub(super) fn clock(&mut self, unix_nanos: u64) -> &str {
        &self.rfc3339(unix_nanos)[CLOCK]
    }
}

/// 64 bits of nanoseconds end in the year 2554, so the year has four digits and the library never refuses.
fn date_and_time(second: u64) -> Vec<u8> {
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(second);
    humantime::format_rfc3339_nanos(time).to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_time_has_nine_digits_of_nanoseconds_and_ends_in_z() {
        let mut timestamps = Timestamps::new();
        assert_eq!(timestamps.rfc3339(0), "1970-01-01T00:00:00.000000000Z");
        assert_eq!(timestamps.rfc3339(1_700_000_000_000_000_007), "2023-11-14T22:13:20.000000007Z");
        assert_eq!(timestamps.rfc3339(1_700_000_000_123_456_789), "2023-11-14T22:13:20.123456789Z");
        assert_eq!(timestamps.clock(1_700_000_001_987_654_321), "22:13:21.987");
        assert_eq!(timestamps.rfc3339(u64::MAX), "2554-07-21T23:34:33.709551615Z");
    }

    proptest! {
        #[test]
        fn the_text_is_that_of_the_library_whatever_came_before(times in prop::collection::vec(0u64.., 1..8)) {
            let mut timestamps = Timestamps::new();
            for nanos in times {
                let time = SystemTime::UNIX_EPOCH + Duration::from_nanos(nanos);
                prop_assert_eq!(timestamps.rfc3339(nanos), humantime::format_rfc3339_nanos(time).to_string());
            }
        }
    }
}
