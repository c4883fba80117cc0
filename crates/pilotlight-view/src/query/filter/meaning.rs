//! Words to tests: what a word asks, decided once for all rows.

use super::parse::error;
use super::words::{Field, Operator, Word};
use crate::query::text::{SEARCHED_BYTES, cut};
use crate::query::{QuestionError, SpanKind, SpanStatus};
use std::ops::RangeInclusive;

/// What must hold, or must not.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Test {
    pub(super) negated: bool,
    pub(super) subject: Subject,
}

/// What is looked at.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Subject {
    /// The name, the body and any value.
    Anything(Needle),
    /// Attributes of the row, its resource and its scope.
    Attribute(String, ValueTest),
    /// Attributes of the resource.
    Resource(String, ValueTest),
    Service(ValueTest),
    ScopeName(ValueTest),
    SpanName(ValueTest),
    LogBody(ValueTest),
    Kind(SpanKind),
    Status(SpanStatus),
    /// Nanoseconds.
    Duration(RangeInclusive<u64>),
    Severity(RangeInclusive<u8>),
    SpanId(ValueTest),
    TraceId(ValueTest),
    /// Nothing can be so.
    Never,
}

/// What is asked of a text.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum ValueTest {
    Any,
    Is(String),
    Contains(Needle),
    Number(Bound),
}

/// A number's bound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bound {
    operator: Operator,
    number: f64,
}

/// A text that is looked for in any case of letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Needle {
    /// In small letters.
    pub(super) text: String,
}

impl Test {
    /// What a word means.
    ///
    /// # Errors
    /// When its value is none that the field has, or the operator none for the field.
    pub(super) fn of(word: &Word, at: usize) -> Result<Self, QuestionError> {
        Ok(match word {
            Word::Text(text) => Self { negated: false, subject: Subject::Anything(Needle::new(text)) },
            Word::Exists { field, negated } => Self { negated: *negated, subject: existence(field) },
            Word::Compare { field, operator, value } => {
                Self { negated: operator.is_negated(), subject: comparison(field, *operator, value, at)? }
            }
        })
    }
}

fn existence(field: &Field) -> Subject {
    match field {
        Field::Attribute(key) => Subject::Attribute(key.clone(), ValueTest::Any),
        Field::Resource(key) => Subject::Resource(key.clone(), ValueTest::Any),
        Field::Service => Subject::Resource("service.name".to_owned(), ValueTest::Any),
        Field::ScopeName => Subject::ScopeName(ValueTest::Any),
        Field::SpanName | Field::SpanKind | Field::SpanStatus | Field::SpanDuration => {
            Subject::SpanName(ValueTest::Any)
        }
        Field::SpanId => Subject::SpanId(ValueTest::Any),
        Field::TraceId => Subject::TraceId(ValueTest::Any),
        Field::LogSeverity => Subject::Severity(1..=24),
        Field::LogBody => Subject::LogBody(ValueTest::Any),
    }
}

fn comparison(field: &Field, operator: Operator, value: &str, at: usize) -> Result<Subject, QuestionError> {
    Ok(match field {
        Field::SpanKind => Subject::Kind(named(field, operator, value, at, &KINDS)?),
        Field::SpanStatus => Subject::Status(named(field, operator, value, at, &STATUSES)?),
        Field::SpanDuration => duration(operator, value, at)?,
        Field::LogSeverity => severity(operator, value, at)?,
        Field::Attribute(key) => Subject::Attribute(key.clone(), ValueTest::of(field, operator, value, at)?),
        Field::Resource(key) => Subject::Resource(key.clone(), ValueTest::of(field, operator, value, at)?),
        Field::Service => Subject::Service(ValueTest::of(field, operator, value, at)?),
        Field::ScopeName => Subject::ScopeName(ValueTest::of(field, operator, value, at)?),
        Field::SpanName => Subject::SpanName(ValueTest::of(field, operator, value, at)?),
        Field::LogBody => Subject::LogBody(ValueTest::of(field, operator, value, at)?),
        // Ids are written in small letters here, and by others in any.
        Field::SpanId => Subject::SpanId(ValueTest::of(field, operator, &value.to_ascii_lowercase(), at)?),
        Field::TraceId => Subject::TraceId(ValueTest::of(field, operator, &value.to_ascii_lowercase(), at)?),
    })
}

impl ValueTest {
    fn of(field: &Field, operator: Operator, value: &str, at: usize) -> Result<Self, QuestionError> {
        Ok(match operator {
            Operator::Is | Operator::IsNot => Self::Is(cut(value, SEARCHED_BYTES).to_owned()),
            Operator::Contains | Operator::ContainsNot => Self::Contains(Needle::new(value)),
            _ => match value.parse::<f64>() {
                Ok(number) if !number.is_nan() => Self::Number(Bound { operator, number }),
                _ => {
                    let message = format!(
                        "`{operator}` compares numbers, and `{value}` is none: write `{field}{operator}500`, or `{field}={value}`."
                    );
                    return Err(error(message, at));
                }
            },
        })
    }

    pub(super) fn holds(&self, text: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Is(value) => value == text,
            Self::Contains(needle) => needle.is_in(text),
            Self::Number(bound) => text.parse().is_ok_and(|number| bound.holds(number)),
        }
    }
}

impl Bound {
    fn holds(self, number: f64) -> bool {
        match self.operator {
            Operator::Over => number > self.number,
            Operator::AtLeast => number >= self.number,
            Operator::Under => number < self.number,
            Operator::AtMost => number <= self.number,
            _ => false,
        }
    }
}

impl Needle {
    fn new(text: &str) -> Self {
        Self { text: text.to_lowercase() }
    }

    /// Whether it can be found by comparing bytes without their case.
    pub(super) fn is_ascii(&self) -> bool {
        self.text.is_ascii()
    }

    /// Whether a text contains it.
    pub(super) fn is_in(&self, text: &str) -> bool {
        if self.is_ascii() {
            self.places(text).next().is_some()
        } else {
            text.to_lowercase().contains(&self.text)
        }
    }

    /// Where in a text it is, when it is ASCII. It looks for its rarest byte in either case, and around those for all of it.
    pub(super) fn places<'a>(&'a self, text: &'a str) -> impl Iterator<Item = usize> + 'a {
        let needle = self.text.as_bytes();
        let rarest = needle.iter().enumerate().min_by_key(|(_, byte)| commonness(**byte));
        let (offset, byte) = rarest.map_or((0, None), |(offset, byte)| (offset, Some(*byte)));
        let hits = byte
            .into_iter()
            .flat_map(move |byte| memchr::memchr2_iter(byte, byte.to_ascii_uppercase(), text.as_bytes()));
        let everywhere = byte.is_none().then_some(0);
        let found = hits.filter_map(move |at| {
            let start = at.checked_sub(offset)?;
            let place = text.as_bytes().get(start..start + needle.len())?;
            place.eq_ignore_ascii_case(needle).then_some(start)
        });
        everywhere.into_iter().chain(found)
    }
}

/// How often a byte is in what telemetry consists of, roughly: the letters of English by frequency, digits, what URLs are full of.
fn commonness(byte: u8) -> u8 {
    const COMMON_LAST: &[u8] = b"zqxjkvbwyfgmpuhdlcsrnioate";
    match byte {
        b'0'..=b'9' => 28,
        b'.' | b'/' | b'-' | b'_' | b' ' => 27,
        other => COMMON_LAST
            .iter()
            .position(|letter| *letter == other)
            .and_then(|position| u8::try_from(position + 1).ok())
            .unwrap_or(0),
    }
}

const KINDS: [(&str, SpanKind); 6] = [
    ("unspecified", SpanKind::Unspecified),
    ("internal", SpanKind::Internal),
    ("server", SpanKind::Server),
    ("client", SpanKind::Client),
    ("producer", SpanKind::Producer),
    ("consumer", SpanKind::Consumer),
];

const STATUSES: [(&str, SpanStatus); 3] =
    [("unset", SpanStatus::Unset), ("ok", SpanStatus::Ok), ("error", SpanStatus::Error)];

/// Severities by name, with the first of the four numbers that each has.
const SEVERITIES: [(&str, u8); 6] =
    [("trace", 1), ("debug", 5), ("info", 9), ("warn", 13), ("error", 17), ("fatal", 21)];

fn named<T: Copy>(
    field: &Field,
    operator: Operator,
    value: &str,
    at: usize,
    all: &[(&str, T)],
) -> Result<T, QuestionError> {
    let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
    if !matches!(operator, Operator::Is | Operator::IsNot) {
        let message = format!("`{field}` is one of {}: ask with `=` or `!=`.", names.join(", "));
        return Err(error(message, at));
    }
    let known = all.iter().find(|(name, _)| name.eq_ignore_ascii_case(value));
    known
        .map(|(_, one)| *one)
        .ok_or_else(|| error(format!("`{field}` is never `{value}`: it is one of {}.", names.join(", ")), at))
}

fn duration(operator: Operator, value: &str, at: usize) -> Result<Subject, QuestionError> {
    let nanoseconds = nanoseconds(value).ok_or_else(|| {
        error(
            format!(
                "`{value}` is not a duration: write a number and its unit, `250ms`, `1.5s`, `80us`, `2m`."
            ),
            at,
        )
    })?;
    let range = match operator {
        Operator::Contains | Operator::ContainsNot => {
            return Err(error("A duration is compared with `=`, `!=`, `>`, `>=`, `<` or `<=`.", at));
        }
        Operator::Is | Operator::IsNot => Some(nanoseconds..=nanoseconds),
        Operator::Over => nanoseconds.checked_add(1).map(|from| from..=u64::MAX),
        Operator::AtLeast => Some(nanoseconds..=u64::MAX),
        Operator::Under => nanoseconds.checked_sub(1).map(|to| 0..=to),
        Operator::AtMost => Some(0..=nanoseconds),
    };
    Ok(range.map_or(Subject::Never, Subject::Duration))
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // `as` saturates: longer than 584 years is as long as it gets.
fn nanoseconds(value: &str) -> Option<u64> {
    let unit_at = value.find(|char: char| !char.is_ascii_digit() && char != '.')?;
    let (number, unit) = value.split_at_checked(unit_at)?;
    let factor = match unit {
        "ns" => 1.0,
        "us" | "µs" | "μs" => 1e3,
        "ms" => 1e6,
        "s" => 1e9,
        "m" | "min" => 60e9,
        "h" => 3600e9,
        _ => return None,
    };
    number.parse::<f64>().ok().map(|number| (number * factor).round() as u64)
}

fn severity(operator: Operator, value: &str, at: usize) -> Result<Subject, QuestionError> {
    let by_name = SEVERITIES.iter().find(|(name, _)| name.eq_ignore_ascii_case(value));
    let by_name = by_name.map(|(_, first)| (*first, first + 3));
    let by_number = value.parse::<u8>().ok().filter(|number| *number <= 24).map(|number| (number, number));
    let (low, high) = by_name.or(by_number).ok_or_else(|| {
        let names: Vec<&str> = SEVERITIES.iter().map(|(name, _)| *name).collect();
        error(
            format!(
                "`{value}` is not a severity: it is one of {}, or a number from 0 to 24.",
                names.join(", ")
            ),
            at,
        )
    })?;
    let range = match operator {
        Operator::Contains | Operator::ContainsNot => {
            return Err(error("A severity is compared with `=`, `!=`, `>`, `>=`, `<` or `<=`.", at));
        }
        Operator::Is | Operator::IsNot => Some(low..=high),
        Operator::Over => Some(high + 1..=u8::MAX),
        Operator::AtLeast => Some(low..=u8::MAX),
        Operator::Under => low.checked_sub(1).map(|to| 0..=to),
        Operator::AtMost => Some(0..=high),
    };
    Ok(range.map_or(Subject::Never, Subject::Severity))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_needle_is_found_in_any_case_and_only_where_it_is() {
        let needle = Needle::new("Order");
        assert!(needle.is_in("POST /orders"));
        assert!(needle.is_in("oORDER"));
        assert!(!needle.is_in("orde"));
        assert_eq!(needle.places("order orDER").collect::<Vec<_>>(), [0, 6]);
        assert!(Needle::new("STRASSE ä").is_in("die Strasse Ä"));
        assert!(Needle::new("").is_in(""));
    }

    #[test]
    fn durations_are_read_with_their_units() {
        assert_eq!(nanoseconds("1.5s"), Some(1_500_000_000));
        assert_eq!(nanoseconds("80us"), Some(80_000));
        assert_eq!(nanoseconds("2m"), Some(120_000_000_000));
        assert_eq!((nanoseconds("5"), nanoseconds("x"), nanoseconds("1.2.3s")), (None, None, None));
    }
}
