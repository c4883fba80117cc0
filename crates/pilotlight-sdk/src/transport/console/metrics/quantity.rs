//! Numbers with their units as people read them.

use std::time::Duration;

use crate::record::Number;
use crate::transport::console::units;
use crate::transport::tree::plain::shorten;

/// Units are a few letters; a longer one must not push everything else off the line. The conventions' longest,
/// `{file_descriptor}`, is shown whole.
pub(super) const UNIT_WIDTH_MAX: usize = 17;

/// Behind a number, a hint is enough: the metric's own line has the unit. The longest number with it, indented, fits the narrowest
/// console.
const UNIT_BEHIND_NUMBER_WIDTH_MAX: usize = 8;

/// What a metric is measured in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Unit<'a> {
    /// A count, of whatever: the metric's own line says of what.
    Count,
    /// Each so many seconds.
    Time(f64),
    Bytes,
    Other(&'a str),
}

impl<'a> Unit<'a> {
    /// Reads UCUM's case-sensitive spelling, as far as conventions use it. Annotations (`{request}`) count things.
    pub(super) fn parse(unit: &'a str) -> Self {
        match unit {
            "" | "1" => Self::Count,
            "d" => Self::Time(86_400.0),
            "h" => Self::Time(3600.0),
            "min" => Self::Time(60.0),
            "s" => Self::Time(1.0),
            "ms" => Self::Time(1e-3),
            "us" => Self::Time(1e-6),
            "ns" => Self::Time(1e-9),
            "By" => Self::Bytes,
            _ if unit.starts_with('{') && unit.ends_with('}') => Self::Count,
            _ => Self::Other(unit),
        }
    }

    /// `1,204`, `12.3 ms`, `1.5 KiB`, `21.5 Cel`.
    pub(super) fn show(self, number: Number) -> String {
        match self {
            Self::Count => plain(number),
            Self::Time(seconds) => time(number.as_f64() * seconds).unwrap_or_else(|| plain(number)),
            Self::Bytes => bytes(number.as_f64()).unwrap_or_else(|| plain(number)),
            Self::Other(unit) => format!("{} {}", plain(number), shorten(unit, UNIT_BEHIND_NUMBER_WIDTH_MAX)),
        }
    }

    pub(super) fn show_f64(self, number: f64) -> String {
        self.show(Number::Float(number))
    }
}

/// `None` for what is no duration: NaN, infinities, and what is longer than all time.
fn time(seconds: f64) -> Option<String> {
    let duration = Duration::try_from_secs_f64(seconds.abs()).ok()?;
    Some(format!("{}{}", sign(seconds), units::duration(duration)))
}

/// One decimal and the unit that suits. Cut, not rounded, so that nothing shows as `1024.0 KiB`.
fn bytes(bytes: f64) -> Option<String> {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let sign = sign(bytes);
    let bytes = bytes.abs();
    if bytes < 1024.0 {
        return Some(format!("{sign}{} B", decimal(bytes)));
    }
    let mut amount = bytes;
    let unit = UNITS.into_iter().find(|_| {
        amount /= 1024.0;
        amount < 1024.0
    })?;
    Some(format!("{sign}{:.1} {unit}", (amount * 10.0).trunc() / 10.0))
}

fn sign(number: f64) -> &'static str {
    if number < 0.0 { "-" } else { "" }
}

fn plain(number: Number) -> String {
    match number {
        Number::Int(number) => with_separators(&number.to_string()),
        Number::Float(number) => decimal(number),
    }
}

/// Three decimals at most; where that would hide the number or fill the line, as a power of ten.
fn decimal(number: f64) -> String {
    let size = number.abs();
    if !number.is_finite() {
        number.to_string()
    } else if size >= 1e15 || size < 1e-3 && size > 0.0 {
        format!("{number:.2e}")
    } else {
        let digits = format!("{number:.3}");
        with_separators(digits.trim_end_matches('0').trim_end_matches('.'))
    }
}

/// A count with its thousands apart: `1,204`.
pub(super) fn count(count: u64) -> String {
    with_separators(&count.to_string())
}

/// Commas between the thousands of the digits before the point.
fn with_separators(number: &str) -> String {
    let (whole, fraction) = number.split_at(number.find('.').unwrap_or(number.len()));
    let mut apart = String::new();
    let digits = whole.trim_start_matches('-').len();
    for (i, letter) in whole.trim_start_matches('-').chars().enumerate() {
        if i > 0 && (digits - i).is_multiple_of(3) {
            apart.push(',');
        }
        apart.push(letter);
    }
    format!("{}{apart}{fraction}", if whole.starts_with('-') { "-" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(unit: &str, number: f64) -> String {
        Unit::parse(unit).show_f64(number)
    }

    #[test]
    fn thousands_stand_apart() {
        let shown = |number| Unit::Count.show(Number::Int(number));
        assert_eq!([0, 999, 1_000, -1_234_567].map(shown), ["0", "999", "1,000", "-1,234,567"]);
        assert_eq!(shown(i64::MIN), "-9,223,372,036,854,775,808");
        assert_eq!(count(u64::MAX), "18,446,744,073,709,551,615");
    }

    #[test]
    fn a_fraction_has_three_decimals_at_most() {
        assert_eq!(shown("1", 12_345.678_9), "12,345.679");
        assert_eq!(shown("", 0.5), "0.5");
        assert_eq!(shown("{request}", -3.0), "-3");
        assert_eq!(shown("1", 0.000_012_3), "1.23e-5");
        assert_eq!(shown("1", 1e18), "1.00e18");
        assert_eq!(shown("1", 0.0), "0");
    }

    #[test]
    fn times_have_the_unit_that_suits_them() {
        assert_eq!(shown("s", 0.0123), "12.3 ms");
        assert_eq!(shown("ms", 1_500.0), "1.5 s");
        assert_eq!(shown("us", 7.0), "7.0 µs");
        assert_eq!(shown("s", -125.0), "-2 min 5 s");
        assert_eq!(shown("s", 1e300), "1.00e300");
    }

    #[test]
    fn bytes_have_the_unit_that_suits_them() {
        assert_eq!(Unit::Bytes.show(Number::Int(512)), "512 B");
        assert_eq!(shown("By", 1536.0), "1.5 KiB");
        assert_eq!(shown("By", 1024.0 * 1024.0 - 1.0), "1023.9 KiB");
        assert_eq!(shown("By", -3.0 * 1024.0 * 1024.0), "-3.0 MiB");
        assert_eq!(shown("By", 1e30), "1.00e30");
    }

    #[test]
    fn a_unit_that_nobody_knows_stands_behind_the_number() {
        assert_eq!(shown("Cel", 21.5), "21.5 Cel");
        assert_eq!(shown("\u{1b}[2J", 1.0), r"1 \u{1b}[…");
        assert_eq!(shown("file_descriptor/s", 1.0), "1 file_de…");
        assert_eq!(shown(&"x".repeat(100), 1.0), "1 xxxxxxx…");
    }

    #[test]
    fn what_is_no_number_is_shown_as_what_it_is() {
        for unit in ["", "s", "By"] {
            assert_eq!(shown(unit, f64::NAN), "NaN");
            assert_eq!(shown(unit, f64::NEG_INFINITY), "-inf");
        }
    }
}
