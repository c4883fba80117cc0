//! A stretch of time, as questions ask for it.

use crate::query::QuestionError;

/// From a moment on, and before another, in nanoseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TimeRange {
    /// The first nanosecond that is meant.
    pub(crate) from: u64,
    /// The last nanosecond that is meant.
    pub(crate) last: u64,
}

impl TimeRange {
    /// Everything, whatever its time.
    pub(crate) const ALL: Self = Self { from: 0, last: u64::MAX };

    /// What a question's `from_ms` and `to_ms` mean. The end is not part of it.
    ///
    /// # Errors
    /// When one of them is not a number, or the range ends before it begins.
    pub(crate) fn of(from_ms: Option<f64>, to_ms: Option<f64>) -> Result<Self, QuestionError> {
        let from = from_ms.map_or(Ok(0), |from| nanoseconds(from, "from_ms"))?;
        let last = match to_ms {
            Some(to) => nanoseconds(to, "to_ms")?.saturating_sub(1),
            None => u64::MAX,
        };
        if from > last && to_ms != from_ms {
            let message = "The range ends before it begins: `to_ms` must be later than `from_ms`.".to_owned();
            return Err(QuestionError { message, position: None });
        }
        Ok(Self { from, last })
    }

    /// Whether a moment is meant.
    pub(crate) fn holds(self, unix_nano: u64) -> bool {
        self.from <= unix_nano && unix_nano <= self.last
    }

    /// Whether a stretch from `from` to `last` has moments that are meant.
    pub(crate) fn overlaps(self, from: u64, last: u64) -> bool {
        self.from <= last && from <= self.last
    }
}

/// Milliseconds of a page's clock, as nanoseconds. What is before 1970 or after 2554 is the first or last moment there is.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // `as` saturates, which is what is meant.
fn nanoseconds(milliseconds: f64, name: &str) -> Result<u64, QuestionError> {
    if milliseconds.is_nan() {
        let message = format!("`{name}` is not a number: give milliseconds since 1970, or leave it out.");
        return Err(QuestionError { message, position: None });
    }
    // Whole milliseconds and their fraction apart: a float has no room for today's nanoseconds.
    let whole = milliseconds.floor();
    let fraction = ((milliseconds - whole) * 1e6) as u64;
    Ok((whole as u64).saturating_mul(1_000_000).saturating_add(fraction))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_s_milliseconds_are_exact_nanoseconds() {
        let range = TimeRange::of(Some(1_763_880_000_000.0), Some(1_763_880_000_001.0)).unwrap();
        assert_eq!((range.from, range.last), (1_763_880_000_000_000_000, 1_763_880_000_000_999_999));
    }

    #[test]
    fn times_out_of_reach_are_the_first_and_the_last_there_are() {
        let range = TimeRange::of(Some(-1e300), Some(f64::INFINITY)).unwrap();
        assert_eq!((range.from, range.last), (0, u64::MAX - 1));
        assert!(TimeRange::of(Some(f64::NAN), None).is_err());
        assert!(TimeRange::of(Some(2.0), Some(1.0)).is_err());
    }
}
