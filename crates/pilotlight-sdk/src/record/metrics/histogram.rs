//! One thread's share of a histogram with explicit boundaries.
//!
//! Specification: "Explicit Bucket Histogram Aggregation",
//! <https://opentelemetry.io/docs/specs/otel/metrics/sdk/#explicit-bucket-histogram-aggregation>.

use std::sync::Arc;

use crate::sync::atomic::{AtomicU64, Ordering, fence};

use super::version::Version;

/// Counts between boundaries, with sum, minimum and maximum.
#[derive(Debug)]
pub(crate) struct HistogramCell {
    /// Each is the largest value of its bucket; one bucket more holds what is larger than all.
    boundaries: Arc<[f64]>,
    /// Release: where a reader gave up waiting for a whole measurement, what it counted is in the sum it read. So the
    /// difference of two readings never has a sum of nothing.
    counts: Box<[AtomicU64]>,
    /// The bits of floats, like the two after it. Relaxed: `version` makes a measurement whole.
    sum: AtomicU64,
    min: AtomicU64,
    max: AtomicU64,
    version: Version,
}

/// What one or several cells have counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct HistogramTotals {
    pub(crate) counts: Vec<u64>,
    pub(crate) sum: f64,
    /// Smallest and largest value; `None` when they are not known of the span of time in question.
    pub(crate) range: Option<Range>,
}

/// The smallest and the largest value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Range {
    pub(crate) min: f64,
    pub(crate) max: f64,
}

impl Range {
    pub(crate) fn around(self, other: Self) -> Self {
        Self { min: self.min.min(other.min), max: self.max.max(other.max) }
    }
}

impl HistogramCell {
    pub(crate) fn new(boundaries: Arc<[f64]>) -> Self {
        let counts = (0..=boundaries.len()).map(|_| AtomicU64::new(0)).collect();
        let (min, max) =
            (AtomicU64::new(f64::INFINITY.to_bits()), AtomicU64::new(f64::NEG_INFINITY.to_bits()));
        Self { boundaries, counts, sum: AtomicU64::new(0), min, max, version: Version::default() }
    }

    /// Counts a finite `value`. For the one thread that owns the cell. Answers the bucket and how many values are in it now.
    #[inline]
    pub(crate) fn record(&self, value: f64) -> (usize, u64) {
        let bucket = self.boundaries.iter().take_while(|boundary| value > **boundary).count();
        let count = self.counts[bucket].load(Ordering::Relaxed) + 1;
        self.version.write(|| {
            let sum = f64::from_bits(self.sum.load(Ordering::Relaxed)) + value;
            self.sum.store(sum.to_bits(), Ordering::Relaxed);
            if value < f64::from_bits(self.min.load(Ordering::Relaxed)) {
                self.min.store(value.to_bits(), Ordering::Relaxed);
            }
            if value > f64::from_bits(self.max.load(Ordering::Relaxed)) {
                self.max.store(value.to_bits(), Ordering::Relaxed);
            }
            self.counts[bucket].store(count, Ordering::Release);
        });
        (bucket, count)
    }

    /// What has been counted, in whole measurements. For any thread.
    pub(crate) fn totals(&self) -> HistogramTotals {
        self.version.read(|| {
            let counts: Vec<u64> = self.counts.iter().map(|count| count.load(Ordering::Relaxed)).collect();
            fence(Ordering::Acquire);
            let min = f64::from_bits(self.min.load(Ordering::Relaxed));
            let max = f64::from_bits(self.max.load(Ordering::Relaxed));
            let range = (min <= max).then_some(Range { min, max });
            HistogramTotals { counts, sum: f64::from_bits(self.sum.load(Ordering::Relaxed)), range }
        })
    }

    /// Forgets everything, for the next thread.
    pub(crate) fn reset(&mut self) {
        *self = Self::new(Arc::clone(&self.boundaries));
    }
}

impl HistogramTotals {
    pub(crate) fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        if other.count() == 0 {
            return;
        }
        self.range = match (self.count(), self.range, other.range) {
            (0, _, range) => range,
            (_, Some(a), Some(b)) => Some(a.around(b)),
            _ => None,
        };
        self.counts.resize(other.counts.len(), 0);
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
        self.sum += other.sum;
    }

    /// What came after `earlier` was read from the same cell. Its range is known only when that was nothing.
    pub(crate) fn since(&self, earlier: &Self) -> Self {
        if earlier.count() == 0 {
            return self.clone();
        }
        let counts = self.counts.iter().zip(&earlier.counts).map(|(now, then)| now - then).collect();
        Self { counts, sum: self.sum - earlier.sum, range: None }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cell(boundaries: &[f64]) -> HistogramCell {
        HistogramCell::new(boundaries.into())
    }

    #[test]
    fn a_value_on_a_boundary_belongs_to_the_bucket_below() {
        let cell = cell(&[0.0, 10.0]);
        for value in [-1.0, 0.0, 0.5, 10.0, 10.5] {
            cell.record(value);
        }
        let totals = cell.totals();
        assert_eq!(totals.counts, [2, 2, 1]);
        assert_eq!((totals.sum, totals.range), (20.0, Some(Range { min: -1.0, max: 10.5 })));
    }

    #[test]
    fn without_boundaries_there_is_one_bucket() {
        let cell = cell(&[]);
        cell.record(3.0);
        assert_eq!(cell.totals().counts, [1]);
    }

    #[test]
    fn the_range_of_a_part_is_unknown() {
        let cell = cell(&[1.0]);
        cell.record(0.5);
        let earlier = cell.totals();
        cell.record(2.0);
        let part = cell.totals().since(&earlier);
        assert_eq!((part.counts, part.sum, part.range), (vec![0, 1], 2.0, None));
    }

    proptest! {
        #[test]
        fn two_threads_shares_add_up_to_what_one_would_have(
            a in prop::collection::vec(-100.0..100.0, 0..20),
            b in prop::collection::vec(-100.0..100.0, 0..20),
        ) {
            let boundaries = [-50.0, 0.0, 0.25, 50.0];
            let (both, one, other) = (cell(&boundaries), cell(&boundaries), cell(&boundaries));
            a.iter().for_each(|value| { both.record(*value); one.record(*value); });
            b.iter().for_each(|value| { both.record(*value); other.record(*value); });
            let mut merged = HistogramTotals::default();
            merged.merge(&one.totals());
            merged.merge(&other.totals());
            let expected = both.totals();
            prop_assert_eq!(merged.count(), expected.count());
            if merged.count() > 0 {
                prop_assert_eq!(&merged.counts, &expected.counts);
                prop_assert_eq!(merged.range, expected.range);
                prop_assert!((merged.sum - expected.sum).abs() < 1e-9);
            }
        }
    }
}
