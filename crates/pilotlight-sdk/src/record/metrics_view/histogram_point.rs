//! One series of a histogram with given bounds.

use std::fmt;
use std::time::SystemTime;

use crate::encode::field::histogram_point;
use crate::encode::reader::fixed64s;
use crate::record::ValueView;

use super::exemplar::{ExemplarView, exemplars};
use super::message::Message;

/// One series of a histogram with explicit bounds (an OTLP `HistogramDataPoint` message), read where it lies.
///
/// ```
/// use pilotlight_sdk::record::HistogramPointView;
///
/// fn show(point: HistogramPointView<'_>) {
///     let upper_bounds = point.bounds().chain([f64::INFINITY]);
///     for (bound, count) in upper_bounds.zip(point.bucket_counts()) {
///         println!("≤ {bound}: {count}");
///     }
/// }
/// ```
#[derive(Clone, Copy)]
pub struct HistogramPointView<'a> {
    message: Message<'a>,
}

impl<'a> HistogramPointView<'a> {
    pub(super) fn new(message: &'a [u8]) -> Self {
        Self { message: Message(message) }
    }

    /// What tells the series from others of its metric.
    pub fn attributes(&self) -> impl Iterator<Item = (&'a str, ValueView<'a>)> + Clone + use<'a> {
        self.message.attributes(histogram_point::ATTRIBUTES)
    }

    /// The value of one attribute.
    pub fn attribute(&self, key: &str) -> Option<ValueView<'a>> {
        self.message.attribute(histogram_point::ATTRIBUTES, key)
    }

    /// Since when values are counted; `None` when unknown.
    pub fn start_time(&self) -> Option<SystemTime> {
        self.message.known_time(histogram_point::START_TIME)
    }

    /// As [`start_time`](Self::start_time), in nanoseconds since the Unix epoch; 0 when unknown.
    pub fn start_time_nanos(&self) -> u64 {
        self.message.number(histogram_point::START_TIME)
    }

    /// When the counts were collected.
    pub fn time(&self) -> SystemTime {
        self.message.time(histogram_point::TIME)
    }

    /// As [`time`](Self::time), in nanoseconds since the Unix epoch.
    pub fn time_nanos(&self) -> u64 {
        self.message.number(histogram_point::TIME)
    }

    /// How many values were recorded.
    pub fn count(&self) -> u64 {
        self.message.number(histogram_point::COUNT)
    }

    /// Their sum; `None` where it would not be monotonic, and was not kept.
    pub fn sum(&self) -> Option<f64> {
        self.message.float(histogram_point::SUM)
    }

    /// The smallest value, if it was kept.
    pub fn min(&self) -> Option<f64> {
        self.message.float(histogram_point::MIN)
    }

    /// The largest value, if it was kept.
    pub fn max(&self) -> Option<f64> {
        self.message.float(histogram_point::MAX)
    }

    /// The inclusive upper bounds of the buckets, ascending; one fewer than there are buckets, since the last has none.
    pub fn bounds(&self) -> impl Iterator<Item = f64> + Clone + use<'a> {
        self.message.all_bytes(histogram_point::EXPLICIT_BOUNDS).flat_map(fixed64s).map(f64::from_bits)
    }

    /// How many values each bucket holds; none when buckets were not kept.
    pub fn bucket_counts(&self) -> impl Iterator<Item = u64> + Clone + use<'a> {
        self.message.all_bytes(histogram_point::BUCKET_COUNTS).flat_map(fixed64s)
    }

    /// Values that stand for the others.
    pub fn exemplars(&self) -> impl Iterator<Item = ExemplarView<'a>> + Clone + use<'a> {
        exemplars(self.message, histogram_point::EXEMPLARS)
    }
}

impl fmt::Debug for HistogramPointView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HistogramPointView")
            .field("attributes", &self.attributes().collect::<Vec<_>>())
            .field("count", &self.count())
            .field("sum", &self.sum())
            .field("bounds", &self.bounds().collect::<Vec<_>>())
            .field("bucket_counts", &self.bucket_counts().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
