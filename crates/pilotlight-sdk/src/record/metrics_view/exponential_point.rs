//! One series of an exponential histogram.

use std::fmt;
use std::time::SystemTime;

use crate::encode::field::{buckets, exponential_point};
use crate::encode::reader::{varints, zigzag};
use crate::record::ValueView;

use super::exemplar::{ExemplarView, exemplars};
use super::message::Message;

/// One series of an exponential histogram (an OTLP `ExponentialHistogramDataPoint` message), read where it lies.
///
/// With `base = 2^(2^-scale)`, the bucket with index `i` holds the values `v` with `base^i < v <= base^(i + 1)`.
///
/// Specification: "ExponentialHistogram",
/// <https://opentelemetry.io/docs/specs/otel/metrics/data-model/#exponentialhistogram>.
///
/// ```
/// use pilotlight_sdk::record::ExponentialHistogramPointView;
///
/// fn show(point: ExponentialHistogramPointView<'_>) {
///     let base = (-f64::from(point.scale())).exp2().exp2();
///     let positive = point.positive();
///     for (index, count) in (positive.offset()..).zip(positive.counts()) {
///         println!("≤ {}: {count}", base.powi(index + 1));
///     }
/// }
/// ```
#[derive(Clone, Copy)]
pub struct ExponentialHistogramPointView<'a> {
    message: Message<'a>,
}

impl<'a> ExponentialHistogramPointView<'a> {
    pub(super) fn new(message: &'a [u8]) -> Self {
        Self { message: Message(message) }
    }

    /// What tells the series from others of its metric.
    pub fn attributes(&self) -> impl Iterator<Item = (&'a str, ValueView<'a>)> + Clone + use<'a> {
        self.message.attributes(exponential_point::ATTRIBUTES)
    }

    /// The value of one attribute.
    pub fn attribute(&self, key: &str) -> Option<ValueView<'a>> {
        self.message.attribute(exponential_point::ATTRIBUTES, key)
    }

    /// Since when values are counted; `None` when unknown.
    pub fn start_time(&self) -> Option<SystemTime> {
        self.message.known_time(exponential_point::START_TIME)
    }

    /// As [`start_time`](Self::start_time), in nanoseconds since the Unix epoch; 0 when unknown.
    pub fn start_time_nanos(&self) -> u64 {
        self.message.number(exponential_point::START_TIME)
    }

    /// When the counts were collected.
    pub fn time(&self) -> SystemTime {
        self.message.time(exponential_point::TIME)
    }

    /// As [`time`](Self::time), in nanoseconds since the Unix epoch.
    pub fn time_nanos(&self) -> u64 {
        self.message.number(exponential_point::TIME)
    }

    /// How many values were recorded.
    pub fn count(&self) -> u64 {
        self.message.number(exponential_point::COUNT)
    }

    /// Their sum; `None` where it would not be monotonic, and was not kept.
    pub fn sum(&self) -> Option<f64> {
        self.message.float(exponential_point::SUM)
    }

    /// The smallest value, if it was kept.
    pub fn min(&self) -> Option<f64> {
        self.message.float(exponential_point::MIN)
    }

    /// The largest value, if it was kept.
    pub fn max(&self) -> Option<f64> {
        self.message.float(exponential_point::MAX)
    }

    /// How fine the buckets are: each doubling of a value is split into `2^scale` buckets.
    pub fn scale(&self) -> i32 {
        zigzag(self.message.number(exponential_point::SCALE))
    }

    /// How many values are no further from zero than [`zero_threshold`](Self::zero_threshold).
    pub fn zero_count(&self) -> u64 {
        self.message.number(exponential_point::ZERO_COUNT)
    }

    /// How far from zero a value may be and still count as zero.
    pub fn zero_threshold(&self) -> f64 {
        self.message.float(exponential_point::ZERO_THRESHOLD).unwrap_or(0.0)
    }

    /// The buckets of values above zero.
    pub fn positive(&self) -> BucketsView<'a> {
        BucketsView { message: Message(self.message.bytes(exponential_point::POSITIVE)) }
    }

    /// The buckets of values below zero, by their absolute values.
    pub fn negative(&self) -> BucketsView<'a> {
        BucketsView { message: Message(self.message.bytes(exponential_point::NEGATIVE)) }
    }

    /// Values that stand for the others.
    pub fn exemplars(&self) -> impl Iterator<Item = ExemplarView<'a>> + Clone + use<'a> {
        exemplars(self.message, exponential_point::EXEMPLARS)
    }
}

impl fmt::Debug for ExponentialHistogramPointView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExponentialHistogramPointView")
            .field("attributes", &self.attributes().collect::<Vec<_>>())
            .field("count", &self.count())
            .field("sum", &self.sum())
            .field("scale", &self.scale())
            .field("zero_count", &self.zero_count())
            .field("positive", &self.positive())
            .field("negative", &self.negative())
            .finish_non_exhaustive()
    }
}

/// A run of buckets of an exponential histogram.
///
/// ```
/// use pilotlight_sdk::record::BucketsView;
///
/// fn values(buckets: BucketsView<'_>) -> u64 {
///     buckets.counts().sum()
/// }
/// ```
#[derive(Clone, Copy)]
pub struct BucketsView<'a> {
    message: Message<'a>,
}

impl<'a> BucketsView<'a> {
    /// The index of the first bucket.
    pub fn offset(&self) -> i32 {
        zigzag(self.message.number(buckets::OFFSET))
    }

    /// How many values each bucket holds, from the first.
    pub fn counts(&self) -> impl Iterator<Item = u64> + Clone + use<'a> {
        self.message.all_bytes(buckets::COUNTS).flat_map(varints)
    }
}

impl fmt::Debug for BucketsView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BucketsView")
            .field("offset", &self.offset())
            .field("counts", &self.counts().collect::<Vec<_>>())
            .finish()
    }
}
