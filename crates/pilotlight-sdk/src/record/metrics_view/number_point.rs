//! One series of a sum or gauge.

use std::fmt;
use std::time::SystemTime;

use crate::encode::field::number_point;
use crate::record::ValueView;

use super::exemplar::{ExemplarView, exemplars};
use super::message::Message;

/// One series of a sum or gauge (an OTLP `NumberDataPoint` message), read where it lies.
///
/// ```
/// use pilotlight_sdk::record::NumberPointView;
///
/// fn show(point: NumberPointView<'_>) {
///     let attributes: Vec<String> = point.attributes().map(|(key, value)| format!("{key}={value}")).collect();
///     println!("{} {}", attributes.join(" "), point.value());
/// }
/// ```
#[derive(Clone, Copy)]
pub struct NumberPointView<'a> {
    message: Message<'a>,
}

impl<'a> NumberPointView<'a> {
    pub(super) fn new(message: &'a [u8]) -> Self {
        Self { message: Message(message) }
    }

    /// What tells the series from others of its metric.
    pub fn attributes(&self) -> impl Iterator<Item = (&'a str, ValueView<'a>)> + Clone + use<'a> {
        self.message.attributes(number_point::ATTRIBUTES)
    }

    /// The value of one attribute.
    pub fn attribute(&self, key: &str) -> Option<ValueView<'a>> {
        self.message.attribute(number_point::ATTRIBUTES, key)
    }

    /// Since when the value counts; `None` when unknown.
    pub fn start_time(&self) -> Option<SystemTime> {
        self.message.known_time(number_point::START_TIME)
    }

    /// As [`start_time`](Self::start_time), in nanoseconds since the Unix epoch; 0 when unknown.
    pub fn start_time_nanos(&self) -> u64 {
        self.message.number(number_point::START_TIME)
    }

    /// When the value was collected.
    pub fn time(&self) -> SystemTime {
        self.message.time(number_point::TIME)
    }

    /// As [`time`](Self::time), in nanoseconds since the Unix epoch.
    pub fn time_nanos(&self) -> u64 {
        self.message.number(number_point::TIME)
    }

    /// The sum, or the last value.
    pub fn value(&self) -> Number {
        self.message.either_number(number_point::AS_INT, number_point::AS_DOUBLE)
    }

    /// Measurements that stand for the others.
    pub fn exemplars(&self) -> impl Iterator<Item = ExemplarView<'a>> + Clone + use<'a> {
        exemplars(self.message, number_point::EXEMPLARS)
    }
}

impl fmt::Debug for NumberPointView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NumberPointView")
            .field("attributes", &self.attributes().collect::<Vec<_>>())
            .field("value", &self.value())
            .finish_non_exhaustive()
    }
}

/// A measured number.
///
/// ```
/// use pilotlight_sdk::record::Number;
///
/// assert_eq!(Number::Int(3).to_string(), "3");
/// assert_eq!(Number::Float(3.0).to_string(), "3.0");
/// assert_eq!(Number::Int(3).as_f64(), 3.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// Of an instrument for integers.
    Int(i64),
    /// Of an instrument for floating-point numbers.
    Float(f64),
}

impl Number {
    /// The nearest floating-point number.
    pub fn as_f64(self) -> f64 {
        match self {
            Self::Int(number) => number as f64,
            Self::Float(number) => number,
        }
    }
}

/// A float always with a point or an exponent, so that it is not taken for an integer.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(number) => number.fmt(f),
            Self::Float(number) => write!(f, "{number:?}"),
        }
    }
}
