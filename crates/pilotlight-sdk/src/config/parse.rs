//! The specification's types: how the text of a variable becomes a value.
//!
//! A parser answers `None` when the value counts as unset, so that the next place in the chain has its turn; it may
//! also answer with a value *and* problems, when only a part of the text could be used.
//!
//! Specification: "Common configuration", <https://opentelemetry.io/docs/specs/otel/configuration/common/>.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use super::warning::Problems;

/// The largest number taken: what the specification has every implementation accept, and small enough that a time
/// that many milliseconds from now (24 days) can always be computed.
pub(crate) const NUMBER_MAX: usize = i32::MAX as usize;

/// Only `true`, whatever its case, is true. Anything else is false, and warned about when it is not `false`.
pub(crate) fn boolean(text: &str, problems: &mut Problems) -> Option<bool> {
    let value = text.eq_ignore_ascii_case("true");
    if !value && !text.eq_ignore_ascii_case("false") {
        problems.add("is neither true nor false");
    }
    Some(value)
}

/// A number that may be zero.
pub(crate) fn count(text: &str, problems: &mut Problems) -> Option<usize> {
    number(text, 0..=NUMBER_MAX, "", problems)
}

/// A number that must not be zero.
pub(crate) fn positive(text: &str, problems: &mut Problems) -> Option<usize> {
    number(text, 1..=NUMBER_MAX, "", problems)
}

/// Milliseconds.
pub(crate) fn duration(text: &str, problems: &mut Problems) -> Option<Duration> {
    let millis = number(text, 0..=NUMBER_MAX, " of milliseconds", problems)?;
    Some(Duration::from_millis(millis as u64))
}

/// Milliseconds between one time and the next: a pause of zero is none.
pub(crate) fn interval(text: &str, problems: &mut Problems) -> Option<Duration> {
    let millis = number(text, 1..=NUMBER_MAX, " of milliseconds", problems)?;
    Some(Duration::from_millis(millis as u64))
}

/// Milliseconds, of which 0 means no limit.
pub(crate) fn timeout(text: &str, problems: &mut Problems) -> Option<Option<Duration>> {
    duration(text, problems).map(limit)
}

/// A port to listen on; 0 lets the system choose.
pub(crate) fn port(text: &str, problems: &mut Problems) -> Option<u16> {
    number(text, 0..=usize::from(u16::MAX), "", problems)?.try_into().ok()
}

/// A file. Whether it can be read is seen when it is needed.
pub(crate) fn path(text: &str, _: &mut Problems) -> Option<PathBuf> {
    Some(PathBuf::from(text))
}

/// Text as it is.
pub(crate) fn string(text: &str, _: &mut Problems) -> Option<String> {
    Some(text.to_owned())
}

/// A timeout set in code: zero means no limit there too.
pub(crate) fn limit(timeout: Duration) -> Option<Duration> {
    (!timeout.is_zero()).then(|| bounded(timeout))
}

/// A duration set in code, cut to what a variable could have said, so that adding it to a clock cannot overflow.
pub(crate) fn bounded(duration: Duration) -> Duration {
    duration.min(Duration::from_millis(NUMBER_MAX as u64))
}

/// A size set in code: zero is refused.
pub(crate) fn at_least_one(value: usize, problems: &mut Problems) -> Option<usize> {
    if value == 0 {
        problems.add("is 0, which would let nothing through");
    }
    (value > 0).then_some(value)
}

fn number(text: &str, range: RangeInclusive<usize>, unit: &str, problems: &mut Problems) -> Option<usize> {
    let number = text.parse().ok().filter(|number| range.contains(number));
    if number.is_none() {
        problems.add(format!("is not a whole number{unit} from {} to {}", range.start(), range.end()));
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T>(parse: impl Fn(&str, &mut Problems) -> Option<T>, text: &str) -> (Option<T>, bool) {
        let mut problems = Problems::default();
        let value = parse(text, &mut problems);
        (value, !problems.into_vec().is_empty())
    }

    #[test]
    fn only_true_is_true_and_only_odd_spellings_are_warned_about() {
        for (text, value, warned) in [
            ("true", true, false),
            ("TRUE", true, false),
            ("tRuE", true, false),
            ("false", false, false),
            ("False", false, false),
            ("1", false, true),
            ("yes", false, true),
            ("on", false, true),
            ("truee", false, true),
        ] {
            assert_eq!(read(boolean, text), (Some(value), warned), "{text:?}");
        }
    }

    #[test]
    fn numbers_outside_their_range_are_refused() {
        for (text, value) in [
            ("0", Some(0)),
            ("1", Some(1)),
            ("2147483647", Some(NUMBER_MAX)),
            ("2147483648", None),
            ("99999999999999999999999999", None),
            ("-1", None),
            ("1.5", None),
            ("1e3", None),
            ("0x10", None),
            ("12 ms", None),
            ("twelve", None),
        ] {
            assert_eq!(read(count, text), (value, value.is_none()), "{text:?}");
        }
        assert_eq!(read(positive, "0"), (None, true));
        assert_eq!(read(positive, "1"), (Some(1), false));
    }

    #[test]
    fn a_timeout_of_zero_is_no_limit_and_a_duration_of_zero_is_zero() {
        assert_eq!(read(timeout, "0"), (Some(None), false));
        assert_eq!(read(timeout, "1500"), (Some(Some(Duration::from_millis(1500))), false));
        assert_eq!(read(timeout, "-1"), (None, true));
        assert_eq!(read(duration, "0"), (Some(Duration::ZERO), false));
        assert_eq!(read(duration, "5s"), (None, true));
        assert_eq!(read(interval, "0"), (None, true));
        assert_eq!(read(interval, "1"), (Some(Duration::from_millis(1)), false));
    }

    #[test]
    fn a_port_has_16_bits() {
        for (text, value) in [("0", Some(0)), ("65535", Some(65535)), ("65536", None), ("http", None)] {
            assert_eq!(read(port, text), (value, value.is_none()), "{text:?}");
        }
    }

    #[test]
    fn times_set_in_code_are_cut_to_what_clocks_can_bear() {
        assert_eq!(limit(Duration::ZERO), None);
        assert_eq!(limit(Duration::MAX), Some(Duration::from_millis(2_147_483_647)));
        assert_eq!(bounded(Duration::from_secs(1)), Duration::from_secs(1));
    }
}
