//! How the values of a histogram are spread: quantiles, and bars.

use crate::record::{BucketsView, ExponentialHistogramPointView, HistogramPointView};

/// How many bars are drawn at most: as many as the default boundaries make buckets.
const BARS_MAX: usize = 16;

/// Bars from low to high.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Stands for no values at all, which the lowest bar does not.
const NO_BAR: char = '·';

/// The buckets of one series, ascending.
pub(super) struct Spread {
    buckets: Vec<Bucket>,
    min: Option<f64>,
    max: Option<f64>,
}

#[derive(Clone, Copy)]
struct Bucket {
    lower: f64,
    upper: f64,
    count: u64,
}

impl Spread {
    pub(super) fn explicit(point: &HistogramPointView<'_>) -> Self {
        let lower = [f64::NEG_INFINITY].into_iter().chain(point.bounds());
        let upper = point.bounds().chain([f64::INFINITY]);
        let buckets = lower.zip(upper).zip(point.bucket_counts());
        let buckets = buckets.map(|((lower, upper), count)| Bucket { lower, upper, count }).collect();
        Self { buckets, min: point.min(), max: point.max() }
    }

    pub(super) fn exponential(point: &ExponentialHistogramPointView<'_>) -> Self {
        let threshold = point.zero_threshold();
        let negative = run(point.negative(), point.scale());
        let mut buckets: Vec<Bucket> = negative
            .map(|Bucket { lower, upper, count }| Bucket { lower: -upper, upper: -lower, count })
            .collect();
        buckets.reverse();
        if point.zero_count() > 0 {
            buckets.push(Bucket { lower: -threshold, upper: threshold, count: point.zero_count() });
        }
        buckets.extend(run(point.positive(), point.scale()));
        Self { buckets, min: point.min(), max: point.max() }
    }

    /// An estimate of the value that the share `q` of all values does not exceed: values are taken to be spread evenly over
    /// their bucket, and to lie between the smallest and the largest one. `None` when there are no buckets or no values.
    pub(super) fn quantile(&self, q: f64) -> Option<f64> {
        let rank = q * self.buckets.iter().map(|bucket| bucket.count as f64).sum::<f64>();
        let mut below = 0.0;
        let bucket = self.buckets.iter().filter(|bucket| bucket.count > 0).find(|bucket| {
            let is_reached = below + bucket.count as f64 >= rank;
            below += if is_reached { 0.0 } else { bucket.count as f64 };
            is_reached
        })?;
        let (lower, upper) = self.ends(bucket);
        Some(lower + (upper - lower) * ((rank - below) / bucket.count as f64))
    }

    /// From where to where the values of a bucket lie: no further than the smallest and the largest of all. Where those are
    /// not known, a bucket without an end is taken to be a point at its other end, or to begin at zero if that is below it.
    fn ends(&self, bucket: &Bucket) -> (f64, f64) {
        let lower = bucket.lower.max(self.min.unwrap_or(bucket.lower));
        let upper = bucket.upper.min(self.max.unwrap_or(bucket.upper));
        match (lower.is_finite(), upper.is_finite()) {
            (false, true) => (upper.min(0.0), upper),
            (true, false) => (lower, lower),
            _ => (lower, upper),
        }
    }

    /// A bar for each bucket, or for as many neighbours as it takes to need no more than sixteen. The highest bar is as high
    /// as a line in every series. `None` when there is nothing to compare.
    pub(super) fn bars(&self) -> Option<String> {
        let neighbours = self.buckets.len().div_ceil(BARS_MAX);
        if self.buckets.len() < 2 {
            return None;
        }
        let counts = self.buckets.chunks(neighbours);
        let counts: Vec<u128> =
            counts.map(|bars| bars.iter().map(|bucket| u128::from(bucket.count)).sum()).collect();
        let highest = counts.iter().copied().max().filter(|highest| *highest > 0)?;
        Some(counts.into_iter().map(|count| bar(count, highest)).collect())
    }
}

fn bar(count: u128, highest: u128) -> char {
    let height = (count * BARS.len() as u128).div_ceil(highest) as usize;
    height.checked_sub(1).map_or(NO_BAR, |bar| BARS[bar.min(BARS.len() - 1)])
}

/// The buckets of values on one side of zero, by their absolute values.
fn run(buckets: BucketsView<'_>, scale: i32) -> impl Iterator<Item = Bucket> {
    // Exponents of two, rather than powers of a base so near to one that it has few digits left.
    let step = (-f64::from(scale)).exp2();
    let bound = move |index: i64| (index as f64 * step).exp2();
    let indices = i64::from(buckets.offset())..;
    let buckets = indices.zip(buckets.counts());
    buckets.map(move |(index, count)| Bucket { lower: bound(index), upper: bound(index + 1), count })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn spread(bounds: &[f64], counts: &[u64], ends: Option<(f64, f64)>) -> Spread {
        let lower = [f64::NEG_INFINITY].into_iter().chain(bounds.iter().copied());
        let upper = bounds.iter().copied().chain([f64::INFINITY]);
        let buckets = lower.zip(upper).zip(counts);
        let buckets = buckets.map(|((lower, upper), count)| Bucket { lower, upper, count: *count }).collect();
        Spread { buckets, min: ends.map(|ends| ends.0), max: ends.map(|ends| ends.1) }
    }

    #[test]
    fn a_quantile_lies_within_its_bucket_in_proportion() {
        let spread = spread(&[10.0, 20.0], &[50, 40, 10], Some((0.0, 30.0)));
        assert_eq!(
            [0.25, 0.5, 0.7, 0.95, 1.0].map(|q| spread.quantile(q).unwrap()),
            [5.0, 10.0, 15.0, 25.0, 30.0]
        );
    }

    #[test]
    fn a_quantile_never_leaves_what_was_measured() {
        let spread = spread(&[10.0], &[4, 0], Some((6.0, 7.0)));
        assert_eq!([0.01, 0.99].map(|q| spread.quantile(q).unwrap()), [6.01, 6.99]);
    }

    #[test]
    fn without_ends_a_quantile_stops_at_the_last_bound() {
        let spread = spread(&[10.0], &[1, 1], None);
        assert_eq!([0.25, 0.99].map(|q| spread.quantile(q).unwrap()), [5.0, 10.0]);
    }

    #[test]
    fn no_values_have_no_quantile_and_no_bars() {
        let empty = spread(&[10.0], &[0, 0], None);
        assert_eq!((empty.quantile(0.5), empty.bars()), (None, None));
        let none = spread(&[], &[], None);
        assert_eq!((none.quantile(0.5), none.bars()), (None, None));
    }

    #[test]
    fn few_values_have_a_low_bar_and_none_have_none() {
        assert_eq!(spread(&[1.0, 2.0, 3.0], &[0, 1, 500, 1000], None).bars().unwrap(), "·▁▄█");
        assert_eq!(spread(&[1.0; 31], &[1; 32], None).bars().unwrap(), "█".repeat(16));
    }

    proptest! {
        #[test]
        fn no_buckets_make_it_panic(
            bounds in prop::collection::vec(any::<f64>(), 0..40),
            counts in prop::collection::vec(any::<u64>(), 0..40),
            ends: Option<(f64, f64)>,
            q in 0.0..1.0f64,
        ) {
            let spread = spread(&bounds, &counts, ends);
            spread.quantile(q);
            if let Some(bars) = spread.bars() {
                prop_assert!(bars.chars().count() <= BARS_MAX);
            }
        }
    }
}
