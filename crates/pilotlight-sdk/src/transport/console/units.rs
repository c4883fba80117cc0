//! Times and durations as people read them.

use std::time::{Duration, SystemTime};

/// One decimal and the unit that suits: `850 ns`, `12.3 µs`, `1.0 ms`, `59.9 s`, `2 min 5 s`, `3 h 20 min`. Cut, not rounded,
/// so that no duration shows as `1000.0 ms`.
pub(super) fn duration(duration: Duration) -> String {
    let nanos = duration.as_nanos();
    let seconds = duration.as_secs();
    match nanos {
        0..1_000 => format!("{nanos} ns"),
        1_000..1_000_000 => with_decimal(nanos, 1_000, "µs"),
        1_000_000..1_000_000_000 => with_decimal(nanos, 1_000_000, "ms"),
        1_000_000_000..60_000_000_000 => with_decimal(nanos, 1_000_000_000, "s"),
        60_000_000_000..3_600_000_000_000 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
    }
}

fn with_decimal(nanos: u128, unit: u128, name: &str) -> String {
    format!("{}.{} {name}", nanos / unit, nanos % unit * 10 / unit)
}

/// `2023-11-14 22:13:20.000 UTC`.
pub(super) fn utc(time: SystemTime) -> String {
    // The library refuses times before 1970 and after 9999; neither can come from OTLP's unsigned nanoseconds.
    let text = humantime::format_rfc3339_millis(time.max(SystemTime::UNIX_EPOCH)).to_string();
    text.replace('T', " ").replace('Z', " UTC")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_the_unit_that_suits_it() {
        let shown = |nanos| duration(Duration::from_nanos(nanos));
        assert_eq!(shown(0), "0 ns");
        assert_eq!(shown(999), "999 ns");
        assert_eq!(shown(12_345), "12.3 µs");
        assert_eq!(shown(999_999_999), "999.9 ms");
        assert_eq!(shown(59_999_999_999), "59.9 s");
        assert_eq!(shown(125_000_000_000), "2 min 5 s");
        assert_eq!(shown(12_000_000_000_000), "3 h 20 min");
    }

    #[test]
    fn a_time_is_shown_as_its_date_in_the_gregorian_calendar() {
        let shown = |seconds| utc(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(shown(0), "1970-01-01 00:00:00.000 UTC");
        assert_eq!(shown(951_782_400), "2000-02-29 00:00:00.000 UTC");
        assert_eq!(shown(1_700_000_000), "2023-11-14 22:13:20.000 UTC");
        assert_eq!(shown(4_107_542_400), "2100-03-01 00:00:00.000 UTC");
        assert_eq!(
            utc(SystemTime::UNIX_EPOCH + Duration::from_nanos(u64::MAX)),
            "2554-07-21 23:34:33.709 UTC"
        );
    }
}
