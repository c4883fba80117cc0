//! Sizes and ages as people write them.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// A number of bytes: `512MiB`, `2GiB`, `20MB`, `65536`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bytes(pub(super) u64);

const SIZES: [(&str, u64); 8] = [
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("kB", 1_000),
    ("B", 1),
    ("", 1),
];

impl FromStr for Bytes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no size: write a number and KiB, MiB or GiB, such as 512MiB");
        let (number, unit) = number_and_unit(text).ok_or_else(wrong)?;
        let (_, size) =
            SIZES.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(unit)).ok_or_else(wrong)?;
        match number.checked_mul(size) {
            Some(0) => Err(format!("{text:?} is nothing: at least one byte is needed")),
            Some(bytes) => Ok(Self(bytes)),
            None => Err(format!("{text:?} is more than any machine has")),
        }
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = SIZES[..3].iter().find(|(_, size)| self.0 >= *size && self.0.is_multiple_of(*size));
        match whole {
            Some((unit, size)) => write!(f, "{}{unit}", self.0 / size),
            None => write!(f, "{}B", self.0),
        }
    }
}

/// How old something may be: `7d`, `12h`, `30m`, `45s`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Age(pub(super) Duration);

/// A stretch of time as it is written on the command line: `60s`, `5m`.
///
/// # Errors
/// When it is none, with how to write one.
pub(crate) fn age(text: &str) -> Result<Duration, String> {
    text.parse().map(|Age(age)| age)
}

const AGES: [(&str, u64); 4] = [("d", 24 * 3600), ("h", 3600), ("m", 60), ("s", 1)];

impl FromStr for Age {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no age: write a number and d, h, m or s, such as 7d or 12h");
        let (number, unit) = number_and_unit(text).ok_or_else(wrong)?;
        let (_, seconds) = AGES.into_iter().find(|(name, _)| *name == unit).ok_or_else(wrong)?;
        match number.checked_mul(seconds) {
            Some(0) => Err(format!("{text:?} is no time: at least one second is needed")),
            Some(seconds) => Ok(Self(Duration::from_secs(seconds))),
            None => Err(format!("{text:?} is longer than can be counted")),
        }
    }
}

impl fmt::Display for Age {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        let (unit, size) =
            AGES.into_iter().find(|(_, size)| seconds.is_multiple_of(*size)).unwrap_or(("s", 1));
        write!(f, "{}{unit}", seconds / size)
    }
}

fn number_and_unit(text: &str) -> Option<(u64, &str)> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    Some((number.parse().ok()?, unit.trim()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::{Age, Bytes};
    use std::time::Duration;

    #[test]
    fn sizes_are_read_as_people_write_them_and_written_so() {
        for (text, bytes, written) in [
            ("512MiB", 512 << 20, "512MiB"),
            ("2 gib", 2 << 30, "2GiB"),
            ("20MB", 20_000_000, "20000000B"),
            ("65536", 65_536, "64KiB"),
            ("7B", 7, "7B"),
        ] {
            assert_eq!(text.parse::<Bytes>().unwrap(), Bytes(bytes), "{text}");
            assert_eq!(Bytes(bytes).to_string(), written);
        }
    }

    #[test]
    fn what_is_no_size_says_how_to_write_one() {
        for text in ["", "MiB", "5 gigs", "-1MiB", "1.5GiB", "0", "99999999999GiB", "१MiB"] {
            assert!(text.parse::<Bytes>().is_err(), "{text}");
        }
        assert!("5 gigs".parse::<Bytes>().unwrap_err().contains("such as 512MiB"));
    }

    #[test]
    fn ages_are_read_as_people_write_them_and_written_so() {
        for (text, seconds) in [("7d", 7 * 86_400), ("12h", 12 * 3600), ("90m", 90 * 60), ("45s", 45)] {
            assert_eq!(text.parse::<Age>().unwrap(), Age(Duration::from_secs(seconds)));
            assert_eq!(Age(Duration::from_secs(seconds)).to_string(), text);
        }
        for text in ["", "7", "7days", "0d", "99999999999999999d"] {
            assert!(text.parse::<Age>().is_err(), "{text}");
        }
    }
}
