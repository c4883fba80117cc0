//! Histograms as Prometheus counts them: each bucket with all below it.

use crate::record::{BucketsView, ExponentialHistogramPointView, HistogramPointView};

/// The most buckets that one sign of an exponential histogram becomes.
///
/// The text formats know no exponential buckets, each bucket is a series to Prometheus, and a histogram of 160 buckets would be
/// 160 of them. Twenty tell a median from a 99th percentile: they are what OpenTelemetry's default bounds come to.
const BUCKETS_MAX: i64 = 20;

/// A histogram's point in cumulative buckets.
#[derive(Debug, PartialEq)]
pub(super) struct Spread {
    /// Finite upper bounds, strictly ascending, and how many values are no larger.
    pub(super) buckets: Vec<(f64, u64)>,
    /// How many values there are; the bucket `+Inf`.
    pub(super) count: u64,
    pub(super) sum: Option<f64>,
}

impl Spread {
    /// A histogram with given bounds.
    pub(super) fn explicit(point: HistogramPointView<'_>) -> Self {
        let buckets = cumulative(point.bounds().zip(point.bucket_counts()));
        Self { buckets, count: total(point.bucket_counts(), point.count()), sum: point.sum() }
    }

    /// An exponential histogram, at a scale low enough that at most [`BUCKETS_MAX`] buckets of each sign remain between the
    /// smallest and the largest value.
    ///
    /// Lowering the scale merges neighbours, so the bounds that remain are bounds the finer histogram had, and a series in
    /// Prometheus goes on where its bound does. A negative bucket excludes its upper bound where Prometheus includes it: a value
    /// that is exactly a bound counts one bucket higher.
    pub(super) fn exponential(point: ExponentialHistogramPointView<'_>) -> Self {
        let (negative, positive) = (Run::new(point.negative()), Run::new(point.positive()));
        let shift = negative.shift().max(positive.shift());
        let growth = (-(f64::from(point.scale()) - f64::from(shift))).exp2();
        let bound = |index: i64| (index as f64 * growth).exp2();
        let negative = negative.merged(shift).into_iter().rev().map(|(i, count)| (-bound(i), count));
        let zero = [(point.zero_threshold(), point.zero_count())];
        let positive = positive.merged(shift).into_iter().map(|(i, count)| (bound(i + 1), count));
        let counts = point.negative().counts().chain(point.positive().counts()).chain([point.zero_count()]);
        let count = total(counts, point.count());
        Self { buckets: cumulative(negative.chain(zero).chain(positive)), count, sum: point.sum() }
    }

    /// The sum, unless OpenMetrics forbids it: a sum that could fall is none.
    pub(super) fn monotonic_sum(&self) -> Option<f64> {
        let never_negative = self.buckets.first().is_none_or(|(bound, _)| *bound >= 0.0);
        self.sum.filter(|sum| never_negative && *sum >= 0.0)
    }
}

/// The buckets whose bound is finite and above the one before; what others hold counts from the next bound on.
fn cumulative(buckets: impl Iterator<Item = (f64, u64)>) -> Vec<(f64, u64)> {
    let (mut below, mut last) = (0_u64, f64::NEG_INFINITY);
    let mut usable = Vec::new();
    for (bound, count) in buckets {
        below = below.saturating_add(count);
        if bound > last && bound.is_finite() {
            usable.push((bound, below));
            last = bound;
        }
    }
    usable
}

/// Never less than a bucket says.
fn total(counts: impl Iterator<Item = u64>, count: u64) -> u64 {
    counts.fold(0, u64::saturating_add).max(count)
}

/// The buckets of one sign, from the first to the last that hold anything.
struct Run {
    first: i64,
    counts: Vec<u64>,
}

impl Run {
    fn new(buckets: BucketsView<'_>) -> Self {
        let mut counts: Vec<_> = buckets.counts().collect();
        let end = counts.iter().rposition(|count| *count > 0).map_or(0, |last| last + 1);
        counts.truncate(end);
        let start = counts.iter().position(|count| *count > 0).unwrap_or(0);
        counts.drain(..start);
        Self { first: i64::from(buckets.offset()) + start as i64, counts }
    }

    fn last(&self) -> i64 {
        self.first + self.counts.len() as i64 - 1
    }

    /// By how much the scale must fall.
    fn shift(&self) -> u32 {
        // 40 halvings leave nothing of the 2^32 indices there are.
        (0..40).find(|shift| (self.last() >> shift) - (self.first >> shift) < BUCKETS_MAX).unwrap_or(40)
    }

    /// Index and count of each bucket at a scale lower by `shift`.
    fn merged(&self, shift: u32) -> Vec<(i64, u64)> {
        let mut merged: Vec<(i64, u64)> = Vec::new();
        for (index, count) in (self.first..).map(|index| index >> shift).zip(&self.counts) {
            match merged.last_mut() {
                Some((last, sum)) if *last == index => *sum = sum.saturating_add(*count),
                _ => merged.push((index, *count)),
            }
        }
        merged
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets;
    use opentelemetry_proto::tonic::metrics::v1::{
        ExponentialHistogramDataPoint, HistogramDataPoint, metric as proto,
    };

    use super::*;
    use crate::record::{MetricData, MetricsView};
    use crate::transport::prometheus::tests::metrics;

    fn spread(data: proto::Data) -> Spread {
        let request = metrics::request(vec![metrics::metric("h", "", "", data)]);
        let (_, _, metric) = MetricsView::new(&request).metrics().next().unwrap();
        match metric.data() {
            MetricData::Histogram { mut points, .. } => Spread::explicit(points.next().unwrap()),
            MetricData::ExponentialHistogram { mut points, .. } => {
                Spread::exponential(points.next().unwrap())
            }
            other => panic!("{other:?}"),
        }
    }

    fn explicit(bounds: &[f64], counts: &[u64], count: u64) -> Spread {
        let point = HistogramDataPoint {
            explicit_bounds: bounds.to_vec(),
            bucket_counts: counts.to_vec(),
            count,
            sum: Some(1.0),
            ..Default::default()
        };
        spread(metrics::histogram(vec![point]))
    }

    fn buckets(offset: i32, counts: &[u64]) -> Option<Buckets> {
        Some(Buckets { offset, bucket_counts: counts.to_vec() })
    }

    fn exponential(
        scale: i32,
        negative: Option<Buckets>,
        zero_count: u64,
        positive: Option<Buckets>,
    ) -> Spread {
        let point =
            ExponentialHistogramDataPoint { scale, zero_count, negative, positive, ..Default::default() };
        spread(metrics::exponential(vec![point]))
    }

    #[test]
    fn each_bucket_counts_all_below_it() {
        let spread = explicit(&[1.0, 5.0], &[2, 3, 4], 9);
        assert_eq!(spread.buckets, [(1.0, 2), (5.0, 5)]);
        assert_eq!(spread.count, 9);
    }

    #[test]
    fn a_histogram_without_buckets_has_its_count() {
        assert_eq!(explicit(&[], &[], 9).count, 9);
    }

    #[test]
    fn bounds_that_make_no_sense_are_left_out_and_their_values_are_not() {
        let spread = explicit(&[5.0, 1.0, f64::NAN, 6.0, f64::INFINITY], &[1, 1, 1, 1, 1, 1], 2);
        assert_eq!(spread.buckets, [(5.0, 1), (6.0, 4)]);
        assert_eq!(spread.count, 6);
    }

    #[test]
    fn exponential_buckets_become_powers_of_their_base() {
        let spread = exponential(0, None, 1, buckets(1, &[2, 0, 3]));
        assert_eq!(spread.buckets, [(0.0, 1), (4.0, 3), (8.0, 3), (16.0, 6)]);
        assert_eq!(spread.count, 6);
    }

    #[test]
    fn negative_exponential_buckets_come_first_and_mirrored() {
        let spread = exponential(0, buckets(0, &[1, 2]), 0, buckets(0, &[4]));
        assert_eq!(spread.buckets, [(-2.0, 2), (-1.0, 3), (0.0, 3), (2.0, 7)]);
    }

    #[test]
    fn fine_buckets_are_merged_until_few_enough_remain() {
        let spread = exponential(5, None, 0, buckets(-80, &[1; 160]));
        assert_eq!(spread.count, 160);
        // Five doublings, each in four: scale 2, and the bucket for zero.
        assert_eq!(spread.buckets.len(), 5 * 4 + 1);
        assert!(spread.buckets.iter().any(|(bound, count)| (*bound, *count) == (1.0, 80)));
    }

    #[test]
    fn bounds_stay_the_same_when_the_scale_falls() {
        let bounds = |spread: Spread| spread.buckets.into_iter().map(|(bound, _)| bound).collect::<Vec<_>>();
        let fine = bounds(exponential(2, None, 0, buckets(0, &[1; 20])));
        let coarse = bounds(exponential(2, None, 0, buckets(0, &[1; 21])));
        let shared = coarse.iter().filter(|bound| fine.contains(bound)).count();
        assert_eq!(shared, 11);
    }

    #[test]
    fn the_widest_indices_and_scales_are_survived() {
        for scale in [i32::MIN, -1, 20, i32::MAX] {
            let counts = [u64::MAX; 3];
            let spread = exponential(scale, buckets(i32::MAX, &counts), 1, buckets(i32::MIN, &counts));
            assert_eq!(spread.count, u64::MAX);
            assert!(spread.buckets.is_sorted_by(|a, b| a.0 < b.0 && a.1 <= b.1));
        }
    }

    #[test]
    fn a_sum_that_could_fall_is_none_to_openmetrics() {
        assert_eq!(explicit(&[0.0], &[1, 1], 2).monotonic_sum(), Some(1.0));
        assert_eq!(explicit(&[-1.0], &[1, 1], 2).monotonic_sum(), None);
    }
}
